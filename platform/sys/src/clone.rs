use crate::read::last_error;
use rustix::fd::{AsFd, AsRawFd};
use rustix::io::Result;

/// FICLONERANGE: `_IOW(0x94, 13, struct file_clone_range)`.
const FICLONERANGE: libc::Ioctl = 0x4020_940d;

/// `struct file_clone_range` of Linux.
#[repr(C)]
struct Range {
    source: i64,
    source_offset: u64,
    length: u64,
    offset: u64,
}

/// Makes `length` bytes of `target` at `offset` share the storage of `source` at `source_offset`, until either is written.
///
/// # Errors
/// The system's; `OPNOTSUPP` where the file system cannot, `INVAL` for what is not aligned to its blocks, `XDEV`.
pub fn clone_range(
    target: impl AsFd,
    offset: u64,
    source: impl AsFd,
    source_offset: u64,
    length: u64,
) -> Result<()> {
    let range = Range { source: source.as_fd().as_raw_fd().into(), source_offset, length, offset };
    // SAFETY: `range` has the layout the call reads and lives across it; nothing is written to it.
    let outcome = unsafe { libc::ioctl(target.as_fd().as_raw_fd(), FICLONERANGE, &raw const range) };
    if outcome == 0 { Ok(()) } else { Err(last_error()) }
}

#[cfg(test)]
mod tests {
    use super::clone_range;
    use std::io::{Read as _, Seek as _, Write as _};

    #[test]
    fn shares_or_says_that_it_cannot() {
        let path = std::env::temp_dir().join(format!("lanward-clone-{}", std::process::id()));
        let mut file = std::fs::File::options().create_new(true).read(true).write(true).open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.write_all(&[7; 4096]).unwrap();
        if clone_range(&file, 8192, &file, 0, 4096).is_err() {
            return; // this file system has no shared blocks
        }
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [[7; 4096], [0; 4096], [7; 4096]].concat());
    }
}
