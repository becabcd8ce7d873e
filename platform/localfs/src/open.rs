//! Opening and making files and directories.

use crate::beneath;
use crate::directories::Directory;
use crate::dos::{self, Dos};
use crate::file::LocalFile;
use crate::metadata::{Stored, kind, metadata, number, stat};
use crate::outside::Own;
use crate::path::{Component, EncodedPath, joined};
use crate::status::status;
use crate::stored::{change_stored, read_stored, write_stored};
use crate::volume::Shared;
use lanward_nt::FileAttributes;
use lanward_vfs::{Data, FileKind, Intent, NtStatus, OpenRequest, Opened, Result};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, mkdirat, unlinkat};
use rustix::io::Errno;
use std::sync::{Arc, MutexGuard, PoisonError};

/// Times an open starts over because names moved under it.
const ATTEMPTS: usize = 4;

/// A descriptor and how it was got.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) fd: OwnedFd,
    /// It names the object and serves nothing that takes a right to read it.
    pub(crate) path_only: bool,
}

pub(crate) fn access(data: Data) -> OFlags {
    match (data.contains(Data::READ), data.contains(Data::WRITE)) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        _ => OFlags::RDONLY,
    }
}

/// Opens what exists. A handle for metadata asks for the right to read nevertheless, for everything is cheaper with it.
pub(crate) fn open_handle(
    root: BorrowedFd<'_>,
    path: &[u8],
    data: Data,
    no_follow: bool,
) -> rustix::io::Result<Handle> {
    let more = if no_follow { OFlags::NOFOLLOW } else { OFlags::empty() };
    let full = |flags| beneath::open(root, path, flags | more).map(|fd| Handle { fd, path_only: false });
    let named = || beneath::open(root, path, OFlags::PATH | more).map(|fd| Handle { fd, path_only: true });
    match full(access(data)) {
        Err(Errno::ISDIR) => full(OFlags::RDONLY),
        Err(Errno::ACCESS | Errno::PERM) if data.is_empty() => named(),
        // A socket, a FIFO without a reader, a device without a driver.
        Err(Errno::NXIO | Errno::NODEV) => named(),
        Err(Errno::LOOP) if no_follow => named(),
        outcome => outcome,
    }
}

/// A directory that was just made, whose mode may keep its maker from listing it.
fn made_directory(above: &OwnedFd, name: &[u8]) -> rustix::io::Result<Handle> {
    let open = |flags| beneath::open_straight(above, name, flags | OFlags::DIRECTORY);
    match open(OFlags::RDONLY) {
        Err(Errno::ACCESS) => open(OFlags::PATH).map(|fd| Handle { fd, path_only: true }),
        outcome => outcome.map(|fd| Handle { fd, path_only: false }),
    }
}

impl Shared {
    pub(crate) fn open(self: &Arc<Self>, request: &OpenRequest<'_>) -> Result<Opened> {
        if self.too_slow(request.wait) {
            return Err(NtStatus::CANT_WAIT);
        }
        if request.data.contains(Data::WRITE) {
            self.check_writable()?;
        }
        let path = EncodedPath::new(request.path)?;
        let Some((above, name)) = path.split() else { return self.open_root(request) };
        if request.posix.is_some() {
            return self.open_exactly(request, &path, name);
        }
        if request.intent == Intent::Open {
            match open_handle(self.borrow_root(), &path.bytes, request.data, request.no_follow) {
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                outcome => return self.opened(request, &path, &path.bytes, outcome.map_err(status)?),
            }
        }
        for _ in 0..ATTEMPTS {
            let _making = (request.intent != Intent::Open).then(|| self.lock_name(name.units));
            let (directory, own) = match self.directories.find_known(path.above(), name) {
                Some(known) => known,
                None => {
                    let directory = self.directories.find_directory(&above, request.wait)?;
                    let own = self.directories.find_name(&directory, name, request.wait)?;
                    (directory, own)
                }
            };
            let own = match own {
                None => self.directories.find_short(&directory, name.units, request.wait)?,
                own => own,
            };
            if let Some(opened) = self.open_in(request, &path, &directory, name, own)? {
                return Ok(opened);
            }
        }
        Err(NtStatus::OBJECT_NAME_NOT_FOUND)
    }

    pub(crate) fn borrow_root(&self) -> BorrowedFd<'_> {
        rustix::fd::AsFd::as_fd(&*self.root)
    }

    fn open_root(self: &Arc<Self>, request: &OpenRequest<'_>) -> Result<Opened> {
        if request.intent == Intent::Create {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        let handle = open_handle(self.borrow_root(), b"", request.data, false).map_err(status)?;
        self.opened(request, &EncodedPath::new(request.path)?, b"", handle)
    }

    /// Opens `own`, or makes `name` without one, in a directory that was found; `None` when names moved and it has to be tried again.
    fn open_in(
        self: &Arc<Self>,
        request: &OpenRequest<'_>,
        path: &EncodedPath<'_>,
        directory: &Directory,
        name: Component<'_>,
        own: Option<Vec<u8>>,
    ) -> Result<Option<Opened>> {
        let Some(own) = own else {
            if request.intent == Intent::Open {
                return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
            }
            return self.make(request, path, directory, name);
        };
        if request.intent == Intent::Create {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        let found = joined(&directory.path, &own);
        match open_handle(self.borrow_root(), &found, request.data, request.no_follow) {
            Ok(handle) => self.opened(request, path, &found, handle).map(Some),
            Err(Errno::NOENT) if request.intent == Intent::OpenOrCreate && self.dangles(&found) => {
                Err(NtStatus::ACCESS_DENIED)
            }
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(status(e)),
        }
    }

    /// Whether a name is a link that leads nowhere.
    fn dangles(&self, path: &[u8]) -> bool {
        crate::volume::open_path(self, path, OFlags::NOFOLLOW).is_ok()
    }

    /// Keeps others from making this name until the guard goes.
    pub(crate) fn lock_name(&self, units: &[u16]) -> MutexGuard<'_, ()> {
        let stripe = self.directories.folded(units).stripe(self.making.len());
        self.making[stripe].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a file or directory that was not there; `None` if now it is.
    pub(crate) fn make(
        self: &Arc<Self>,
        request: &OpenRequest<'_>,
        path: &EncodedPath<'_>,
        directory: &Directory,
        name: Component<'_>,
    ) -> Result<Option<Opened>> {
        self.check_writable()?;
        let fd = &*directory.fd;
        let made = joined(&directory.path, name.bytes);
        let _own = self.outside.changing(|| [Own::Comes(made.clone())]);
        let attributes = dos::settable(request.attributes) | dos::default_attributes(request.make_directory);
        let secured = request.security.filter(|_| !request.make_directory);
        let usual = if request.make_directory { 0o777 } else { 0o666 };
        let mode = self.mode_to_make(request.posix.or(request.mode).unwrap_or(usual), request.make_directory);
        let outcome =
            if let Some(handle) = secured.and_then(|sd| self.unnamed(fd, mode, sd, attributes).transpose()) {
                // It comes with its descriptor: nobody finds it without.
                let handle = handle?;
                linkat(CWD, handle.proc_path(), fd, name.bytes, AtFlags::SYMLINK_FOLLOW).map(|()| handle)
            } else if request.make_directory {
                mkdirat(fd, name.bytes, mode).and_then(|()| made_directory(fd, name.bytes))
            } else {
                beneath::create(fd, name.bytes, access(request.data), mode)
                    .map(|fd| Handle { fd, path_only: false })
            };
        let handle = match outcome {
            Err(Errno::EXIST) => return Ok(None),
            Err(Errno::NOENT | Errno::NOTDIR) => return Err(NtStatus::OBJECT_PATH_NOT_FOUND),
            outcome => outcome.map_err(status)?,
        };
        let mut state = stat(&handle.fd).map_err(status)?;
        let mode = request.posix.and_then(|wanted| self.mode_to_keep(wanted, &state));
        let mut stored = Stored::Some(Dos { attributes: Some(attributes), mode, ..Dos::default() });
        if let Some(descriptor) = request.security {
            stored = read_stored(self, &handle, &state);
            if !matches!(stored, Stored::Some(Dos { secured: true, .. })) {
                let _own = self.outside.changing_file(number(&state));
                if let Err(e) = self.secure(&handle, request.make_directory, descriptor, attributes) {
                    let flags = if request.make_directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
                    let _ = unlinkat(&*directory.fd, name.bytes, flags);
                    return Err(e);
                }
                if mode.is_some() {
                    change_stored(self, &handle, |dos| Dos { mode, ..dos })?;
                }
                state = stat(&handle.fd).map_err(status)?;
                stored = read_stored(self, &handle, &state);
            }
        } else if let Stored::Some(dos) = stored
            && !dos.is_default(request.make_directory)
        {
            let _own = self.outside.changing_file(number(&state));
            stored = write_stored(&handle, dos, &state)?;
            state = stat(&handle.fd).map_err(status)?;
        }
        let metadata = metadata(&state, stored);
        let found = (&*made, request.posix.is_some());
        let file = LocalFile::new(Arc::clone(self), handle, metadata, found, Some(Arc::clone(&directory.fd)));
        Ok(Some(Opened { file: Arc::new(file), metadata, path: path.found(&made)?, created: true }))
    }

    /// A file that has a descriptor and no name yet; `None` where the file system has no such files.
    fn unnamed(
        &self,
        directory: &OwnedFd,
        mode: Mode,
        descriptor: &[u8],
        attributes: FileAttributes,
    ) -> Result<Option<Handle>> {
        let Ok(fd) = beneath::unnamed(directory, mode) else { return Ok(None) };
        let handle = Handle { fd, path_only: false };
        self.secure(&handle, false, descriptor, attributes)?;
        Ok(Some(handle))
    }

    fn secure(
        &self,
        handle: &Handle,
        directory: bool,
        descriptor: &[u8],
        attributes: FileAttributes,
    ) -> Result<()> {
        crate::acl::write(self, handle, directory, descriptor)?;
        change_stored(self, handle, |dos| Dos { attributes: Some(attributes), ..dos })
    }

    /// A handle on what was there.
    pub(crate) fn opened(
        self: &Arc<Self>,
        request: &OpenRequest<'_>,
        path: &EncodedPath<'_>,
        found: &[u8],
        handle: Handle,
    ) -> Result<Opened> {
        let mut handle = handle;
        let mut state = stat(&handle.fd).map_err(status)?;
        if kind(&state) == FileKind::Special && !handle.path_only {
            // Nobody holds a FIFO or a device open through us.
            handle = Handle {
                fd: crate::volume::open_path(self, found, OFlags::empty()).map_err(status)?,
                path_only: true,
            };
            state = stat(&handle.fd).map_err(status)?;
        }
        let stored = read_stored(self, &handle, &state);
        if stored.is_private() {
            return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
        }
        let metadata = metadata(&state, stored);
        let file = LocalFile::new(Arc::clone(self), handle, metadata, (found, request.posix.is_some()), None);
        Ok(Opened { file: Arc::new(file), metadata, path: path.found(found)?, created: false })
    }
}
