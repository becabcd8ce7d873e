use rustix::fd::{AsFd, AsRawFd};
use rustix::io::{Errno, Result};

/// Reads up to `length` bytes at `offset` behind what `buf` holds, without zeroing the room first, and answers how many came.
/// `nowait` asks for `RWF_NOWAIT`: only what is in memory.
///
/// # Errors
/// The system's, `AGAIN` and `OPNOTSUPP` among them with `nowait`; `buf` is then as it was.
pub fn read_append(
    fd: impl AsFd,
    offset: u64,
    length: usize,
    buf: &mut Vec<u8>,
    nowait: bool,
) -> Result<usize> {
    let offset = libc::off_t::try_from(offset).map_err(|_| Errno::INVAL)?;
    buf.reserve(length);
    let room = &mut buf.spare_capacity_mut()[..length];
    let part = libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() };
    let flags = if nowait { libc::RWF_NOWAIT } else { 0 };
    let fd = fd.as_fd().as_raw_fd();
    let outcome = if nowait {
        // SAFETY: `part` describes `room`, writable memory of `length` bytes that lives across the call.
        unsafe { libc::preadv2(fd, &raw const part, 1, offset, flags) }
    } else {
        // SAFETY: `room` is writable memory of `length` bytes that lives across the call.
        unsafe { libc::pread(fd, part.iov_base, part.iov_len, offset) }
    };
    let Ok(count) = usize::try_from(outcome) else { return Err(last_error()) };
    // SAFETY: the kernel filled `count <= length` bytes of the reserved room behind the old length.
    unsafe { buf.set_len(buf.len() + count.min(length)) };
    Ok(count.min(length))
}

/// The calling thread's `errno`.
pub(crate) fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use super::read_append;
    use rustix::io::Errno;
    use std::io::Write as _;

    #[test]
    fn appends_and_leaves_alone_on_error() {
        let name = std::env::temp_dir().join(format!("lanward-read-{}", std::process::id()));
        let mut file = std::fs::File::create(&name).unwrap();
        file.write_all(b"0123456789").unwrap();
        let write_only = file;
        let file = std::fs::File::open(&name).unwrap();
        std::fs::remove_file(&name).unwrap();
        let mut buf = b"> ".to_vec();
        assert_eq!(read_append(&file, 4, 3, &mut buf, false), Ok(3));
        assert_eq!(buf, b"> 456");
        assert_eq!(read_append(&file, 8, 30, &mut buf, false), Ok(2));
        assert_eq!(read_append(&file, 10, 30, &mut buf, false), Ok(0));
        assert_eq!(buf, b"> 45689");
        assert_eq!(read_append(&write_only, 0, 1, &mut buf, false), Err(Errno::BADF));
        assert_eq!(buf, b"> 45689");
    }
}
