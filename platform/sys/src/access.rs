use crate::read::last_error;
use rustix::fd::{AsFd, AsRawFd as _};
use rustix::fs::Access;
use rustix::io::{Errno, Result};
use std::ffi::{c_int, c_long};

/// Whether whom this thread acts for may do `what` with an open object, whatever its descriptor was opened for.
///
/// # Errors
/// The system's, but for a refusal; `NOSYS` before Linux 5.8. The older call is no substitute: it asks for the process, not for the thread.
pub fn permits(object: impl AsFd, what: Access) -> Result<bool> {
    let flags = c_int::from(libc::AT_EMPTY_PATH | libc::AT_EACCESS);
    // SAFETY: the path ends with NUL and lives across the call; the call writes nothing.
    let outcome: c_long = unsafe {
        libc::syscall(libc::SYS_faccessat2, object.as_fd().as_raw_fd(), c"".as_ptr(), what.bits(), flags)
    };
    if outcome == 0 {
        return Ok(true);
    }
    match last_error() {
        Errno::ACCESS | Errno::PERM | Errno::ROFS => Ok(false),
        error => Err(error),
    }
}
