//! Names as POSIX finds and gives them: as they are spelled, and through no link.

use crate::beneath;
use crate::directories::Directory;
use crate::metadata::{kind, number, stat, stat_at};
use crate::naming::{Found, failed, link_as};
use crate::open::{Handle, access};
use crate::outside::Own;
use crate::path::{Component, EncodedPath, joined, shown};
use crate::status::status;
use crate::volume::Shared;
use lanward_nt::NtPath;
use lanward_vfs::{FileKind, FileNumber, Intent, NtStatus, OpenRequest, Opened, Result};
use rustix::fd::BorrowedFd;
use rustix::fs::{OFlags, RenameFlags, renameat, renameat_with};
use rustix::io::Errno;
use std::sync::Arc;

/// Times an open starts over because names moved under it.
const ATTEMPTS: usize = 4;

impl Shared {
    /// [`Shared::open`] of a request with [`OpenRequest::posix`].
    pub(crate) fn open_exactly(
        self: &Arc<Self>,
        request: &OpenRequest<'_>,
        path: &EncodedPath<'_>,
        name: Component<'_>,
    ) -> Result<Opened> {
        for _ in 0..ATTEMPTS {
            if request.intent != Intent::Create {
                match open_straight(self.borrow_root(), &path.bytes, request) {
                    Err(Errno::NOENT) if request.intent == Intent::OpenOrCreate => {}
                    outcome => {
                        let handle = outcome.map_err(|e| self.refusal(path, e))?;
                        return self.opened(request, path, &path.bytes, handle);
                    }
                }
            }
            let directory = self.directory_exactly(path)?;
            if let Some(opened) = self.make(request, path, &directory, name)? {
                return Ok(opened);
            }
            if request.intent == Intent::Create {
                return Err(NtStatus::OBJECT_NAME_COLLISION);
            }
        }
        Err(NtStatus::OBJECT_NAME_NOT_FOUND)
    }

    /// Why a path could not be opened: whether its last name is missing or one before it.
    fn refusal(&self, path: &EncodedPath<'_>, errno: Errno) -> NtStatus {
        match errno {
            Errno::NOENT => self.directory_exactly(path).err().unwrap_or(NtStatus::OBJECT_NAME_NOT_FOUND),
            e => straight(e),
        }
    }

    /// The directory a path's last name is in.
    fn directory_exactly(&self, path: &EncodedPath<'_>) -> Result<Directory> {
        let above = path.above();
        let fd = beneath::open_straight(&*self.root, above, OFlags::PATH)
            .and_then(|fd| match kind(&stat(&fd)?) {
                FileKind::Directory => Ok(fd),
                FileKind::Symlink => Err(Errno::LOOP),
                _ => Err(Errno::NOTDIR),
            })
            .and_then(|fd| crate::reparse::check_way(&fd).map(|()| fd))
            .map_err(|e| match straight(e) {
                NtStatus::OBJECT_NAME_NOT_FOUND => NtStatus::OBJECT_PATH_NOT_FOUND,
                other => other,
            })?;
        Ok(Directory { fd: Arc::new(fd), path: above.to_vec(), watch: None })
    }

    /// As [`Shared::rename`], with rename(2)'s idea of what may be replaced.
    pub(crate) fn rename_exactly(
        &self,
        from: &EncodedPath<'_>,
        expected: FileNumber,
        to: &EncodedPath<'_>,
        replace: bool,
    ) -> Result<NtPath> {
        let source = self.find_exactly(from, expected)?;
        let (_, name) = to.split().ok_or(NtStatus::ACCESS_DENIED)?;
        let _making = self.lock_name(name.units);
        let directory = self.directory_exactly(to)?;
        let (old, new) = (&*source.directory.fd, &*directory.fd);
        let path = joined(&directory.path, name.bytes);
        let _own = self
            .outside
            .changing(|| [Own::Goes(source.path()), Own::Goes(path.clone()), Own::Comes(path.clone())]);
        if !replace {
            return match renameat_with(old, &source.name, new, name.bytes, RenameFlags::NOREPLACE) {
                // A file system that knows no flags; or a directory into itself, which fails again.
                Err(Errno::INVAL | Errno::NOSYS) if stat_at(new, name.bytes).is_err() => {
                    renameat(old, &source.name, new, name.bytes).map_err(moved)
                }
                outcome => outcome.map_err(moved),
            }
            .and_then(|()| shown(&path));
        }
        let existing = stat_at(new, name.bytes).ok();
        if existing.is_some_and(|stat| number(&stat) == expected) {
            // rename(2) does nothing where both are names of one file.
            return shown(&path);
        }
        let streams = existing.and_then(|stat| self.depot.doomed(new, name.bytes, &stat));
        renameat(old, &source.name, new, name.bytes).map_err(moved)?;
        streams.into_iter().for_each(|id| self.depot.discard(id));
        shown(&path)
    }

    pub(crate) fn link_exactly(
        &self,
        from: &EncodedPath<'_>,
        expected: FileNumber,
        to: &EncodedPath<'_>,
    ) -> Result<()> {
        let source = self.find_exactly(from, expected)?;
        if kind(&source.stat) == FileKind::Directory {
            return Err(NtStatus::FILE_IS_A_DIRECTORY);
        }
        let (_, name) = to.split().ok_or(NtStatus::ACCESS_DENIED)?;
        let _making = self.lock_name(name.units);
        let directory = self.directory_exactly(to)?;
        let _own = self.outside.changing(|| [Own::Comes(joined(&directory.path, name.bytes))]);
        link_as(&source, &directory, name.bytes)
    }

    fn find_exactly(&self, path: &EncodedPath<'_>, expected: FileNumber) -> Result<Found> {
        let (_, name) = path.split().ok_or(NtStatus::ACCESS_DENIED)?;
        let directory = self.directory_exactly(path)?;
        let stat = stat_at(&*directory.fd, name.bytes).map_err(status)?;
        if number(&stat) != expected {
            return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
        }
        Ok(Found { directory, name: name.bytes.to_vec(), stat })
    }
}

/// As [`crate::open::open_handle`], without following any link.
fn open_straight(root: BorrowedFd<'_>, path: &[u8], request: &OpenRequest<'_>) -> rustix::io::Result<Handle> {
    let full = |flags| beneath::open_straight(root, path, flags).map(|fd| Handle { fd, path_only: false });
    let named = || beneath::open_straight(root, path, OFlags::PATH).map(|fd| Handle { fd, path_only: true });
    match full(access(request.data)) {
        Err(Errno::ISDIR) => full(OFlags::RDONLY),
        Err(Errno::ACCESS | Errno::PERM) if request.data.is_empty() => named(),
        // A socket, a FIFO without a reader, a device without a driver.
        Err(Errno::NXIO | Errno::NODEV) => named(),
        // A link, at the end or on the way: the second fails again.
        Err(Errno::LOOP) => named(),
        outcome => outcome,
    }
}

/// What an error of a call means that follows no link.
fn straight(errno: Errno) -> NtStatus {
    if errno == Errno::LOOP { NtStatus::STOPPED_ON_SYMLINK } else { status(errno) }
}

/// What a rename that failed is told.
fn moved(errno: Errno) -> NtStatus {
    match errno {
        Errno::EXIST | Errno::NOTEMPTY => NtStatus::OBJECT_NAME_COLLISION,
        // A file onto a directory, and the other way round.
        Errno::ISDIR => NtStatus::FILE_IS_A_DIRECTORY,
        Errno::NOTDIR => NtStatus::NOT_A_DIRECTORY,
        e => failed(e),
    }
}
