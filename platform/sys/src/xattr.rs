use crate::read::last_error;
use rustix::fd::{AsFd, AsRawFd};
use rustix::io::Result;
use std::ffi::{CStr, c_int, c_long};

/// The same number on every architecture, as with all calls since 5.1 (alpha apart, which nobody asks for).
const SYS_GETXATTRAT: c_long = 464;

/// `struct xattr_args` of Linux 6.13.
#[repr(C)]
struct Arguments {
    value: u64,
    size: u32,
    flags: u32,
}

/// Reads the extended attribute `name` of the object `path` names beneath `directory` into `buf`, without opening it and without
/// following a symbolic link at the end.
///
/// # Errors
/// The system's; `NOSYS` before Linux 6.13, `RANGE` when `buf` is too small.
pub fn getxattrat(directory: impl AsFd, path: &CStr, name: &CStr, buf: &mut [u8]) -> Result<usize> {
    let arguments = Arguments {
        value: buf.as_mut_ptr().expose_provenance() as u64,
        size: u32::try_from(buf.len()).unwrap_or(u32::MAX),
        flags: 0,
    };
    // SAFETY: both strings end with NUL; `arguments` has the size given and names `buf`, writable for `size` bytes; all of them
    // live across the call.
    let outcome = unsafe {
        libc::syscall(
            SYS_GETXATTRAT,
            directory.as_fd().as_raw_fd(),
            path.as_ptr(),
            c_int::from(libc::AT_SYMLINK_NOFOLLOW),
            name.as_ptr(),
            &raw const arguments,
            size_of::<Arguments>(),
        )
    };
    usize::try_from(outcome).map_err(|_| last_error())
}

#[cfg(test)]
mod tests {
    use super::getxattrat;
    use rustix::fs::{CWD, XattrFlags, setxattr};
    use rustix::io::Errno;

    #[test]
    fn reads_what_was_set() {
        let name = std::env::temp_dir().join(format!("lanward-xattr-{}", std::process::id()));
        std::fs::write(&name, b"").unwrap();
        let path = std::ffi::CString::new(name.to_str().unwrap()).unwrap();
        let set = setxattr(&name, c"user.lanward.test", b"seven", XattrFlags::empty());
        let mut buf = [0; 16];
        let found = getxattrat(CWD, &path, c"user.lanward.test", &mut buf);
        std::fs::remove_file(&name).unwrap();
        if set.is_err() || found == Err(Errno::NOSYS) {
            return; // neither kernel nor file system can
        }
        assert_eq!(found, Ok(5));
        assert_eq!(&buf[..5], b"seven");
    }
}
