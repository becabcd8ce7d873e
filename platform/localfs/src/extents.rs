//! Copying and sharing data inside the file system.

use crate::file::LocalFile;
use crate::status::status;
use lanward_vfs::{File, NtStatus, Result};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, copy_file_range, openat};
use rustix::io::{Errno, pwrite};

/// A block of any file system we know.
const BLOCK: usize = 65_536;

/// Whether files beneath `root` can share their blocks: tried with a file that has no name.
pub(crate) fn can_share(root: impl AsFd) -> bool {
    let unnamed = || -> rustix::io::Result<OwnedFd> {
        openat(
            root.as_fd(),
            c".",
            OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC,
            Mode::from_raw_mode(0o600),
        )
    };
    let share = || -> rustix::io::Result<()> {
        let file = unnamed()?;
        pwrite(&file, &[1; BLOCK], 0)?;
        lanward_sys::clone_range(&file, BLOCK as u64, &file, 0, BLOCK as u64)
    };
    share().is_ok()
}

/// What tells only that the system cannot do it in this way.
fn elsewise(errno: Errno) -> NtStatus {
    match errno {
        Errno::XDEV | Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS | Errno::BADF => NtStatus::NOT_SUPPORTED,
        e => status(e),
    }
}

impl LocalFile {
    pub(crate) fn copy_extents(
        &self,
        source: &dyn File,
        source_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<u64> {
        self.check_data()?;
        let source = source.descriptor().ok_or(NtStatus::NOT_SUPPORTED)?;
        let mut done = 0;
        while done < length {
            let (mut from, mut to) = (source_offset + done, offset + done);
            let wanted = usize::try_from(length - done).unwrap_or(usize::MAX);
            match copy_file_range(source, Some(&mut from), &self.handle.fd, Some(&mut to), wanted) {
                Ok(0) => break,
                Ok(count) => done += count as u64,
                Err(Errno::INTR) => {}
                // What was copied until here is: the rest goes the other way, or fails there.
                Err(_) if done > 0 => break,
                Err(e) => return Err(elsewise(e)),
            }
        }
        Ok(done)
    }

    pub(crate) fn clone_extents(
        &self,
        source: &dyn File,
        source_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<()> {
        self.check_data()?;
        let source = source.descriptor().ok_or(NtStatus::NOT_SUPPORTED)?;
        lanward_sys::clone_range(&self.handle.fd, offset, source, source_offset, length).map_err(elsewise)
    }
}
