//! Named streams of an object: finding, making, renaming and removing them in the depot.

use crate::beneath;
use crate::depot::{self, Depot, Id};
use crate::file::LocalFile;
use crate::metadata::{Stored, metadata, stat, stat_at};
use crate::open::{Handle, access};
use crate::scan;
use crate::status::status;
use crate::stream::LocalStream;
use crate::stream_name::{decode, encode};
use lanward_nt::NtString;
use lanward_vfs::{Capabilities, Data, FileKind, Intent, NtStatus, OpenedStream, Result, StreamEntry};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, RenameFlags, Statx, renameat, renameat_with, unlinkat};
use rustix::io::Errno;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Streams an object may have: finding one without regard to case looks at all of them.
const MOST: usize = 4096;

fn entry(name: NtString, state: &Statx) -> StreamEntry {
    StreamEntry { name, size: state.stx_size, allocation_size: state.stx_blocks.saturating_mul(512) }
}

impl LocalFile {
    /// The folder of this object's streams, if it has one.
    fn folder(&self) -> Result<Option<Arc<OwnedFd>>> {
        self.shared.depot.folder(self.streams_id()?, self.number.inode)
    }

    pub(crate) fn streams_id(&self) -> Result<Option<Id>> {
        if self.can_have_streams() { Depot::id(&self.handle) } else { Ok(None) }
    }

    fn can_have_streams(&self) -> bool {
        self.shared.capabilities.contains(Capabilities::NAMED_STREAMS)
            && matches!(self.kind, FileKind::File | FileKind::Directory)
    }

    pub(crate) fn list_streams(&self) -> Result<Vec<StreamEntry>> {
        let mut entries = Vec::new();
        if self.kind != FileKind::Directory {
            entries.push(entry(NtString::default(), &stat(&self.handle.fd).map_err(status)?));
        }
        let Some(folder) = self.folder()? else { return Ok(entries) };
        scan::names(&*folder, |own| {
            if let (Some(name), Ok(state)) = (decode(own), stat_at(&*folder, own)) {
                entries.push(entry(name, &state));
            }
            ControlFlow::Continue(())
        })
        .map_err(status)?;
        Ok(entries)
    }

    pub(crate) fn open_named(
        self: &Arc<Self>,
        name: &NtString,
        intent: Intent,
        data: Data,
    ) -> Result<OpenedStream> {
        let exact = encode(name)?;
        if !self.can_have_streams() {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        if data.contains(Data::WRITE) {
            self.shared.check_writable()?;
        }
        if intent == Intent::Open {
            let folder = self.folder()?.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
            let own = depot::find(&folder, name, &exact)?.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
            return self.opened_stream(&folder, &own, data);
        }
        let _changing = self.shared.depot.lock();
        if let Some(folder) = self.folder()?
            && let Some(own) = depot::find(&folder, name, &exact)?
        {
            if intent == Intent::Create {
                return Err(NtStatus::OBJECT_NAME_COLLISION);
            }
            return self.opened_stream(&folder, &own, data);
        }
        self.make_stream(name, &exact, data)
    }

    fn opened_stream(self: &Arc<Self>, folder: &OwnedFd, own: &[u8], data: Data) -> Result<OpenedStream> {
        let fd = beneath::open_straight(folder, own, access(data)).map_err(status)?;
        let name = decode(own).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        let file = LocalStream::new(self, self.stream_data(fd, None)?, false);
        Ok(OpenedStream { file: Arc::new(file), name, created: false })
    }

    fn make_stream(self: &Arc<Self>, name: &NtString, own: &[u8], data: Data) -> Result<OpenedStream> {
        self.shared.check_writable()?;
        let state = stat(&self.handle.fd).map_err(status)?;
        if depot::is_gone(&self.handle.fd)? {
            return Err(NtStatus::FILE_DELETED);
        }
        let _own = self.changing();
        let folder = self.shared.depot.make_folder(&self.handle, &state)?;
        let mut count = 0;
        scan::names(&*folder, |_| {
            count += 1;
            ControlFlow::Continue(())
        })
        .map_err(status)?;
        if count >= MOST {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        let fd = beneath::create(&*folder, own, access(data), beneath::FILE).map_err(status)?;
        if let Err(e) = depot::mark(&fd) {
            let _ = unlinkat(&*folder, own, AtFlags::empty());
            return Err(status(e));
        }
        let file = LocalStream::new(self, self.stream_data(fd, Some(folder))?, true);
        Ok(OpenedStream { file: Arc::new(file), name: name.clone(), created: true })
    }

    /// A handle on what holds a stream's data.
    pub(crate) fn stream_data(&self, fd: OwnedFd, made_in: Option<Arc<OwnedFd>>) -> Result<LocalFile> {
        let state = stat(&fd).map_err(status)?;
        let handle = Handle { fd, path_only: false };
        Ok(Self::new(
            Arc::clone(&self.shared),
            handle,
            metadata(&state, Stored::Nowhere),
            (b"", false),
            made_in,
        ))
    }

    pub(crate) fn rename_named(&self, from: &NtString, to: &NtString, replace: bool) -> Result<()> {
        self.shared.check_writable()?;
        let (exact_from, exact_to) = (encode(from)?, encode(to)?);
        let _changing = self.shared.depot.lock();
        let folder = self.folder()?.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        let own = depot::find(&folder, from, &exact_from)?.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        match depot::find(&folder, to, &exact_to)? {
            Some(target) if target != own => {
                if !replace {
                    return Err(NtStatus::OBJECT_NAME_COLLISION);
                }
                if stat_at(&*folder, &target).map_err(status)?.stx_size != 0 {
                    return Err(NtStatus::INVALID_PARAMETER);
                }
                renameat(&*folder, &own, &*folder, &target).map_err(status)?;
                // In the case that was asked for.
                renameat(&*folder, &target, &*folder, &exact_to).map_err(status)
            }
            _ => match renameat_with(&*folder, &own, &*folder, &exact_to, RenameFlags::NOREPLACE) {
                // To the name it has.
                Err(Errno::EXIST) => Ok(()),
                Err(Errno::INVAL | Errno::NOSYS) => {
                    renameat(&*folder, &own, &*folder, &exact_to).map_err(status)
                }
                outcome => outcome.map_err(status),
            },
        }
    }

    pub(crate) fn remove_named(&self, name: &NtString) -> Result<()> {
        self.shared.check_writable()?;
        let exact = encode(name)?;
        let _changing = self.shared.depot.lock();
        let folder = self.folder()?.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        let own = depot::find(&folder, name, &exact)?.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        unlinkat(&*folder, own, AtFlags::empty()).map_err(status)
    }
}
