//! Reading a directory's names from one end to the other.

use crate::beneath;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, OFlags, RawDir};
use rustix::io::Result;
use std::ops::ControlFlow;

const BUFFER: usize = 32 * 1024;

/// A descriptor of `directory` to read names from, with a position of its own.
pub(crate) fn reopen(directory: impl AsFd) -> Result<OwnedFd> {
    beneath::open(directory, b"", OFlags::RDONLY | OFlags::DIRECTORY)
}

/// Shows `each` every name of `directory` but `.` and `..`, until it breaks.
pub(crate) fn names(directory: impl AsFd, mut each: impl FnMut(&[u8]) -> ControlFlow<()>) -> Result<()> {
    entries(directory, |name, _| each(name))
}

/// The same with what each is, as far as the file system says.
pub(crate) fn entries(
    directory: impl AsFd,
    mut each: impl FnMut(&[u8], FileType) -> ControlFlow<()>,
) -> Result<()> {
    let directory = reopen(directory)?;
    let mut buffer = Vec::with_capacity(BUFFER);
    let mut entries = RawDir::new(&directory, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." && each(name, entry.file_type()).is_break() {
            break;
        }
    }
    Ok(())
}
