//! Reading and writing what Windows keeps about a file.

use crate::dos::{self, Dos};
use crate::metadata::{OWNER_WRITE, Stored, kind, stat};
use crate::open::{Handle, open_handle};
use crate::status::status;
use crate::volume::Shared;
use lanward_nt::FileAttributes;
use lanward_sys::act_as_self;
use lanward_vfs::{Capabilities, Data, FileKind, Result};
use rustix::fd::AsFd;
use rustix::fs::{Mode, Statx, chmod};
use rustix::io::Errno;
use std::ffi::CStr;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

/// Whether an object of this kind can have the attribute on this volume; the answer if not.
fn without_asking(shared: &Shared, kind: FileKind) -> Option<Stored> {
    if !shared.capabilities.contains(Capabilities::DOS_ATTRIBUTES) {
        return Some(Stored::Nowhere);
    }
    (!matches!(kind, FileKind::File | FileKind::Directory)).then_some(Stored::Some(Dos::default()))
}

/// Of an open object in this `state`.
pub(crate) fn read_stored(shared: &Shared, handle: &Handle, state: &Statx) -> Stored {
    read(shared, state, |value| handle.xattr(dos::NAME, value))
}

/// Of a name in a directory, not of what it may lead to.
pub(crate) fn read_stored_at(shared: &Shared, directory: impl AsFd, name: &CStr, state: &Statx) -> Stored {
    read(shared, state, |value| {
        if shared.getxattrat.load(Ordering::Relaxed) {
            let outcome = lanward_sys::getxattrat(&directory, name, dos::NAME, value);
            // Some sandboxes answer a call they do not know with EPERM.
            if !matches!(outcome, Err(Errno::NOSYS | Errno::PERM)) {
                return outcome;
            }
            shared.getxattrat.store(false, Ordering::Relaxed);
        }
        open_handle(directory.as_fd(), name.to_bytes(), Data::empty(), true)
            .and_then(|handle| handle.xattr(dos::NAME, value))
    })
}

fn read(shared: &Shared, state: &Statx, ask: impl FnOnce(&mut [u8]) -> rustix::io::Result<usize>) -> Stored {
    if let Some(stored) = without_asking(shared, kind(state)) {
        return stored;
    }
    if shared.bare.knows(state) {
        return Stored::Some(Dos::default());
    }
    let mut value = [0; dos::LONGEST];
    let outcome = act_as_self(|| ask(&mut value));
    if outcome == Err(Errno::NODATA) {
        shared.bare.note(state, SystemTime::now());
    }
    let mut stored = Stored::from_read(outcome, &value);
    if shared.real_modes
        && let Stored::Some(dos) = &mut stored
    {
        dos.mode = None;
    }
    if let Stored::Some(Dos { secured: true, .. }) = stored
        && kind(state) == FileKind::Directory
    {
        crate::acl::note_directory(shared);
    }
    stored
}

/// Changes what is kept of an object, whatever else does so at the same time.
pub(crate) fn change_stored(shared: &Shared, handle: &Handle, change: impl FnOnce(Dos) -> Dos) -> Result<()> {
    let state = stat(&handle.fd).map_err(status)?;
    let _one_at_a_time = shared.lock_stored(state.stx_ino);
    // Not what is known of the state: it may have changed since.
    let mut value = [0; dos::LONGEST];
    let outcome = act_as_self(|| handle.xattr(dos::NAME, &mut value));
    if let Stored::Some(dos) = Stored::from_read(outcome, &value) {
        write_stored(handle, change(dos), &state)?;
    }
    Ok(())
}

/// Keeps `dos`; answers what now is kept. Without a place for it READONLY takes the owner's right to write away and the rest is lost.
pub(crate) fn write_stored(handle: &Handle, dos: Dos, stat: &Statx) -> Result<Stored> {
    let directory = kind(stat) == FileKind::Directory;
    let write = || {
        if dos.is_default(directory) {
            handle.remove_xattr(dos::NAME).or_else(|e| if e == Errno::NODATA { Ok(()) } else { Err(e) })
        } else {
            handle.set_xattr(dos::NAME, &dos.encode(directory))
        }
    };
    match act_as_self(write) {
        Ok(()) => Ok(Stored::Some(dos)),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            if let Some(attributes) = dos.attributes.filter(|_| !directory) {
                show_read_only(handle, attributes.contains(FileAttributes::READONLY), stat)?;
            }
            Ok(Stored::Nowhere)
        }
        Err(e) => Err(status(e)),
    }
}

fn show_read_only(handle: &Handle, read_only: bool, stat: &Statx) -> Result<()> {
    let now = stat.stx_mode & 0o7777;
    let mode = if read_only { now & !OWNER_WRITE } else { now | OWNER_WRITE };
    if mode == now {
        return Ok(());
    }
    chmod(handle.proc_path(), Mode::from_raw_mode(mode.into())).map_err(status)
}
