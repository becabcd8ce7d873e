//! Opening strictly beneath a directory.

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::{Errno, Result};

/// Never wait for a lease, a FIFO or a terminal, never hand a descriptor to a child.
const ALWAYS: OFlags = OFlags::CLOEXEC.union(OFlags::NOCTTY);
const BENEATH: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);
/// The kernel gives up on a path with `..` in a link while names move about; then it is asked again.
const ATTEMPTS: usize = 16;

/// What a file is made with, less the process's mask.
pub(crate) const FILE: Mode = Mode::from_raw_mode(0o666);

/// Opens `path` (the root itself when empty) beneath `root`; symbolic links are followed as long as they stay there.
pub(crate) fn open(root: impl AsFd, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
    open_with(root.as_fd(), path, flags, Mode::empty(), BENEATH)
}

/// As [`open`], without following any link.
pub(crate) fn open_straight(root: impl AsFd, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
    open_with(
        root.as_fd(),
        path,
        flags | OFlags::NOFOLLOW,
        Mode::empty(),
        BENEATH | ResolveFlags::NO_SYMLINKS,
    )
}

/// Makes the file `name` with the permission bits `mode` in `directory`; it must be new.
pub(crate) fn create(directory: impl AsFd, name: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    open_with(directory.as_fd(), name, flags, mode, BENEATH)
}

/// Makes a file without a name on the file system of `directory`; NOTSUP and its like where that cannot be.
pub(crate) fn unnamed(directory: impl AsFd, mode: Mode) -> Result<OwnedFd> {
    open_with(directory.as_fd(), b"", OFlags::TMPFILE | OFlags::RDWR, mode, BENEATH)
}

fn open_with(
    root: rustix::fd::BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
    mode: Mode,
    resolve: ResolveFlags,
) -> Result<OwnedFd> {
    let path = if path.is_empty() { b"." } else { path };
    let flags = if flags.contains(OFlags::PATH) {
        flags | OFlags::CLOEXEC
    } else {
        flags | ALWAYS | OFlags::NONBLOCK
    };
    let mut attempt = 0;
    loop {
        match openat2(root, path, flags, mode, resolve) {
            Err(Errno::AGAIN | Errno::INTR) if attempt < ATTEMPTS => attempt += 1,
            outcome => return outcome,
        }
    }
}
