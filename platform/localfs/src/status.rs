use lanward_vfs::NtStatus;
use rustix::io::Errno;

/// What a client is told for what the system said. The one table of this crate; calls for which an error means something else
/// translate it before they come here.
pub(crate) fn status(errno: Errno) -> NtStatus {
    match errno {
        // A link that leads in a circle leads nowhere.
        Errno::NOENT | Errno::LOOP => NtStatus::OBJECT_NAME_NOT_FOUND,
        Errno::NOTDIR => NtStatus::OBJECT_PATH_NOT_FOUND,
        Errno::EXIST => NtStatus::OBJECT_NAME_COLLISION,
        Errno::ACCESS | Errno::PERM => NtStatus::ACCESS_DENIED,
        // Of openat2: a link would have left the share. Of rename and link: two file systems, which those say themselves.
        Errno::XDEV => NtStatus::STOPPED_ON_SYMLINK,
        Errno::ROFS => NtStatus::MEDIA_WRITE_PROTECTED,
        Errno::NOSPC => NtStatus::DISK_FULL,
        Errno::DQUOT => NtStatus::QUOTA_EXCEEDED,
        Errno::FBIG | Errno::INVAL | Errno::OVERFLOW => NtStatus::INVALID_PARAMETER,
        Errno::NAMETOOLONG | Errno::ILSEQ => NtStatus::OBJECT_NAME_INVALID,
        Errno::MFILE | Errno::NFILE => NtStatus::TOO_MANY_OPENED_FILES,
        Errno::NOTEMPTY => NtStatus::DIRECTORY_NOT_EMPTY,
        Errno::ISDIR => NtStatus::FILE_IS_A_DIRECTORY,
        Errno::MLINK => NtStatus::TOO_MANY_LINKS,
        Errno::BUSY | Errno::TXTBSY => NtStatus::SHARING_VIOLATION,
        Errno::BADF => NtStatus::ACCESS_DENIED,
        Errno::NOMEM | Errno::NOBUFS => NtStatus::INSUFFICIENT_RESOURCES,
        Errno::AGAIN => NtStatus::CANT_WAIT,
        Errno::STALE => NtStatus::FILE_DELETED,
        Errno::OPNOTSUPP | Errno::NOSYS => NtStatus::NOT_SUPPORTED,
        Errno::NODEV | Errno::NXIO => NtStatus::NO_SUCH_DEVICE,
        Errno::TIMEDOUT => NtStatus::IO_TIMEOUT,
        Errno::TOOBIG | Errno::RANGE => NtStatus::EA_TOO_LARGE,
        Errno::IO => NtStatus::UNEXPECTED_IO_ERROR,
        _ => NtStatus::UNSUCCESSFUL,
    }
}
