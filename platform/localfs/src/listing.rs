//! Listing a directory through its handle.

use crate::metadata::{MASK, Stored, kind, metadata, stat};
use crate::name::decode;
use crate::open::Handle;
use crate::path::joined;
use crate::short_names::Without;
use crate::status::status;
use crate::stored::{read_stored, read_stored_at};
use crate::volume::{Shared, open_path};
use lanward_nt::ShortName;
use lanward_vfs::{DirectoryEntry, FileKind, Metadata, NtStatus, Result, Wait, Wanted};
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
    reading: Reading,
    /// Whose 8.3 names are not shown, once that is asked for.
    without: Option<Without>,
}

/// How far the names were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Opened,
    Rewound,
    Begun,
    Finished,
}

impl Listing {
    pub(crate) fn new(path: &[u8], posix: bool) -> Self {
        Self {
            path: path.into(),
            posix,
            buffer: Vec::new(),
            names: Vec::new(),
            next: 0,
            reading: Reading::Opened,
            without: None,
        }
    }

    pub(crate) fn rewind(&mut self, directory: &OwnedFd) -> Result<()> {
        seek(directory, SeekFrom::Start(0)).map_err(status)?;
        self.names.clear();
        (self.next, self.reading, self.without) = (0, Reading::Rewound, None);
        Ok(())
    }

    pub(crate) fn list(
        &mut self,
        shared: &Shared,
        directory: &OwnedFd,
        wanted: &Wanted<'_>,
        (limit, wait): (usize, Wait),
        entries: &mut Vec<DirectoryEntry>,
    ) -> Result<bool> {
        if wanted.short_names && self.without.is_none() {
            self.without = Some(self.tell_apart(shared, directory, wait)?);
        }
        let mut found = 0;
        loop {
            if self.next == self.names.len() && !self.refill(directory)? {
                return Ok(false);
            }
            let Ok(own) = CStr::from_bytes_until_nul(&self.names[self.next..]) else { return Ok(false) };
            let name = decode(own.to_bytes());
            if (wanted.names)(&name) {
                if found == limit {
                    return Ok(true);
                }
                if let Some(metadata) = self.look(shared, directory, own) {
                    let without = self.without.as_ref().filter(|_| wanted.short_names);
                    let short_name =
                        without.map_or(ShortName::default(), |w| w.beside(own.to_bytes(), &name));
                    entries.push(DirectoryEntry { name, short_name, metadata });
                    found += 1;
                }
            }
            self.next += own.to_bytes().len() + 1;
        }
    }

    /// Whose 8.3 names are not shown. What is read at once is kept, of a larger directory all names are read for it.
    fn tell_apart(&mut self, shared: &Shared, directory: &OwnedFd, wait: Wait) -> Result<Without> {
        if self.reading == Reading::Opened {
            self.rewind(directory)?;
        }
        if self.reading != Reading::Rewound {
            return Ok(Without::All);
        }
        let (at_root, folded) = (self.path.is_empty(), |units: &[u16]| shared.directories.folded(units));
        self.read_more(directory)?;
        if self.reading != Reading::Finished {
            self.read_more(directory)?;
        }
        if self.reading == Reading::Finished {
            let names = &self.names;
            let mut names = |each: &mut dyn FnMut(&[u8])| {
                split(names).for_each(each);
                Ok(())
            };
            return Without::among(&mut names, at_root, folded);
        }
        if wait == Wait::Never {
            self.rewind(directory)?;
            return Err(NtStatus::CANT_WAIT);
        }
        let mut names = |each: &mut dyn FnMut(&[u8])| {
            self.rewind(directory)?;
            while self.refill(directory)? {
                split(&self.names).for_each(&mut *each);
            }
            Ok(())
        };
        let without = Without::among(&mut names, at_root, folded);
        self.rewind(directory)?;
        without
    }

    /// Reads some more names; false at the end. The buffer goes with the last of them.
    fn refill(&mut self, directory: &OwnedFd) -> Result<bool> {
        if self.reading == Reading::Opened {
            // Some file systems show a directory as it was when it was opened, until it is rewound.
            self.rewind(directory)?;
        }
        self.names.clear();
        self.next = 0;
        while self.names.is_empty() && self.reading != Reading::Finished {
            self.read_more(directory)?;
        }
        if self.names.is_empty() {
            (self.buffer, self.names) = (Vec::new(), Vec::new());
        }
        Ok(!self.names.is_empty())
    }

    /// Reads behind the names there are what the system gives at once.
    fn read_more(&mut self, directory: &OwnedFd) -> Result<()> {
        self.buffer.reserve(BUFFER);
        let mut raw = RawDir::new(directory, self.buffer.spare_capacity_mut());
        self.reading = Reading::Finished;
        while let Some(entry) = raw.next() {
            let entry = entry.map_err(status)?;
            let name = entry.file_name();
            if name != c"." && name != c".." {
                self.names.extend_from_slice(name.to_bytes_with_nul());
            }
            if raw.is_buffer_empty() {
                self.reading = Reading::Begun;
                break;
            }
        }
        Ok(())
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

/// The names in a buffer of which each has a NUL behind it.
fn split(names: &[u8]) -> impl Iterator<Item = &[u8]> {
    names.split_inclusive(|byte| *byte == 0).map(|name| &name[..name.len() - 1])
}

/// What a client is to know, unless that is nothing.
fn shown(state: &Statx, stored: Stored) -> Option<Metadata> {
    (!stored.is_private()).then(|| metadata(state, stored))
}
