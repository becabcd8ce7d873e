//! Listing a directory through its handle.

use crate::metadata::{MASK, Stored, kind, metadata, stat};
use crate::name::decode;
use crate::open::Handle;
use crate::path::joined;
use crate::status::status;
use crate::stored::{read_stored, read_stored_at};
use crate::volume::{Shared, open_path};
use lanward_nt::NtString;
use lanward_vfs::{DirectoryEntry, FileKind, Metadata, Result};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, OFlags, RawDir, SeekFrom, Statx, seek, statx};
use std::ffi::CStr;

const BUFFER: usize = 32 * 1024;

/// Where a handle is in its directory.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The directory's path when it was opened, for links in it.
    path: Box<[u8]>,
    /// Links are shown as themselves.
    posix: bool,
    /// What the system gives at once; only its capacity is used.
    buffer: Vec<u8>,
    /// Names read and not asked for yet, each with a NUL behind it, from `next` on.
    names: Vec<u8>,
    next: usize,
    finished: bool,
    /// Names were read since the last rewind.
    begun: bool,
}

impl Listing {
    pub(crate) fn new(path: &[u8], posix: bool) -> Self {
        Self {
            path: path.into(),
            posix,
            buffer: Vec::new(),
            names: Vec::new(),
            next: 0,
            finished: false,
            begun: false,
        }
    }

    pub(crate) fn rewind(&mut self, directory: &OwnedFd) -> Result<()> {
        seek(directory, SeekFrom::Start(0)).map_err(status)?;
        self.names.clear();
        (self.next, self.finished, self.begun) = (0, false, true);
        Ok(())
    }

    pub(crate) fn list(
        &mut self,
        shared: &Shared,
        directory: &OwnedFd,
        wanted: &dyn Fn(&NtString) -> bool,
        limit: usize,
        entries: &mut Vec<DirectoryEntry>,
    ) -> Result<bool> {
        let mut found = 0;
        loop {
            if self.next == self.names.len() && !self.refill(directory)? {
                return Ok(false);
            }
            let Ok(own) = CStr::from_bytes_until_nul(&self.names[self.next..]) else { return Ok(false) };
            let name = decode(own.to_bytes());
            if wanted(&name) {
                if found == limit {
                    return Ok(true);
                }
                if let Some(metadata) = self.look(shared, directory, own) {
                    entries.push(DirectoryEntry { name, metadata });
                    found += 1;
                }
            }
            self.next += own.to_bytes().len() + 1;
        }
    }

    /// Reads some more names; false at the end. The buffer goes with the last of them.
    fn refill(&mut self, directory: &OwnedFd) -> Result<bool> {
        if !self.begun {
            // Some file systems show a directory as it was when it was opened, until it is rewound.
            self.rewind(directory)?;
        }
        self.names.clear();
        self.next = 0;
        self.buffer.reserve(BUFFER);
        while self.names.is_empty() && !self.finished {
            let mut raw = RawDir::new(directory, self.buffer.spare_capacity_mut());
            self.finished = true;
            while let Some(entry) = raw.next() {
                let entry = entry.map_err(status)?;
                let name = entry.file_name();
                if name != c"." && name != c".." {
                    self.names.extend_from_slice(name.to_bytes_with_nul());
                }
                if raw.is_buffer_empty() {
                    self.finished = false;
                    break;
                }
            }
        }
        if self.names.is_empty() {
            (self.buffer, self.names) = (Vec::new(), Vec::new());
        }
        Ok(!self.names.is_empty())
    }

    /// What is known about a name; nothing if it went meanwhile or is a link that leads nowhere or out.
    fn look(&self, shared: &Shared, directory: &OwnedFd, name: &CStr) -> Option<Metadata> {
        let state = statx(directory, name, AtFlags::SYMLINK_NOFOLLOW, MASK).ok()?;
        match kind(&state) {
            FileKind::Symlink if !self.posix => {
                let path = joined(&self.path, name.to_bytes());
                let fd = open_path(shared, &path, OFlags::empty()).ok()?;
                let state = stat(&fd).ok()?;
                let handle = Handle { fd, path_only: true };
                shown(&state, read_stored(shared, &handle, &state))
            }
            _ => shown(&state, read_stored_at(shared, directory, name, &state)),
        }
    }
}

/// What a client is to know, unless that is nothing.
fn shown(state: &Statx, stored: Stored) -> Option<Metadata> {
    (!stored.is_private()).then(|| metadata(state, stored))
}
