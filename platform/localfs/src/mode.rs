//! Modes and owners that clients set.
//!
//! Where all files are the server's own, a mode cannot be theirs: without its owner's rights the server could not serve the file to anybody, and
//! a set-user-ID bit would lend out the server's identity. So it is kept beside the DOS attributes and only shown ([`crate::dos::StoredMode`]).

use crate::dos::{self, Dos, StoredMode};
use crate::file::LocalFile;
use crate::metadata::{Stored, stat};
use crate::open::Handle;
use crate::status::status;
use crate::stored::{read_stored, write_stored};
use crate::volume::Shared;
use lanward_vfs::{FileKind, NtStatus, PosixState, Result};
use rustix::fs::{AtFlags, Gid, Mode, Statx, Uid, chmod, chownat};

/// What no mode that is only shown has: to whoever follows it, it would lend the server's identity.
const IDENTITIES: u16 = 0o6000;
/// The server's rights on what it makes for clients.
const NEEDED_ON_FILE: u16 = 0o600;
const NEEDED_ON_DIRECTORY: u16 = 0o700;

impl Shared {
    /// The mode something is made with that is to be shown with `wanted`.
    pub(crate) const fn mode_to_make(&self, wanted: u16, directory: bool) -> Mode {
        if self.real_modes {
            return Mode::from_raw_mode((wanted & PosixState::PERMISSIONS) as u32);
        }
        let needed = if directory { NEEDED_ON_DIRECTORY } else { NEEDED_ON_FILE };
        Mode::from_raw_mode((wanted & 0o777 | needed) as u32)
    }

    /// What is to be kept so that something in this state is shown with `wanted`.
    pub(crate) fn mode_to_keep(&self, wanted: u16, state: &Statx) -> Option<StoredMode> {
        let shown = wanted & PosixState::PERMISSIONS & !IDENTITIES;
        let real = state.stx_mode & PosixState::PERMISSIONS;
        (!self.real_modes && shown != real).then_some(StoredMode { shown, real })
    }
}

impl LocalFile {
    pub(crate) fn write_mode(&self, permissions: u16) -> Result<()> {
        if matches!(self.kind, FileKind::Symlink) {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        if self.shared.real_modes {
            let mode = Mode::from_raw_mode((permissions & PosixState::PERMISSIONS).into());
            return chmod(self.handle.proc_path(), mode).map_err(status);
        }
        keep_mode(&self.shared, &self.handle, self.kind, permissions)
    }

    pub(crate) fn write_owner(&self, owner: Option<u32>, group: Option<u32>) -> Result<()> {
        let state = stat(&self.handle.fd).map_err(status)?;
        let owner = owner.filter(|o| *o != state.stx_uid);
        let group = group.filter(|g| *g != state.stx_gid);
        if owner.is_none() && group.is_none() {
            return Ok(());
        }
        // All ones mean "leave it" to the system.
        if !self.shared.real_modes || owner == Some(u32::MAX) || group == Some(u32::MAX) {
            return Err(NtStatus::PRIVILEGE_NOT_HELD);
        }
        let (owner, group) = (owner.map(Uid::from_raw), group.map(Gid::from_raw));
        chownat(&self.handle.fd, c"", owner, group, AtFlags::EMPTY_PATH).map_err(|e| match e {
            rustix::io::Errno::PERM => NtStatus::PRIVILEGE_NOT_HELD,
            e => status(e),
        })
    }
}

fn keep_mode(shared: &Shared, handle: &Handle, kind: FileKind, permissions: u16) -> Result<()> {
    let state = stat(&handle.fd).map_err(status)?;
    let _one_at_a_time = shared.lock_stored(state.stx_ino);
    let mode = shared.mode_to_keep(permissions, &state);
    let Stored::Some(dos) = read_stored(shared, handle, &state) else { return Err(NtStatus::NOT_SUPPORTED) };
    if dos.mode == mode {
        return Ok(());
    }
    let attributes = dos.attributes.unwrap_or(dos::default_attributes(kind == FileKind::Directory));
    write_stored(handle, Dos { attributes: Some(attributes), mode, ..dos }, &state)?;
    Ok(())
}
