//! An open named stream: the data is a file of the depot's, everything else is the object's it belongs to.

use crate::file::LocalFile;
use crate::metadata::stat;
use crate::status::status;
use lanward_nt::fscc::{FileObjectId, ReparsePoint};
use lanward_nt::{FileAttributes, NtString};
use lanward_vfs::{
    AllocatedRange, BasicUpdate, Data, DirectoryEntry, ExtendedAttribute, File, FileKind, Intent, Metadata,
    NtStatus, OpenedStream, Result, StreamEntry, Wait, Wanted,
};
use rustix::fs::{AtFlags, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, fdatasync, fsync, utimensat};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Bytes copied at once.
const PIECE: usize = 1 << 20;

/// One handle on a stream.
#[derive(Debug)]
pub(crate) struct LocalStream {
    owner: Arc<LocalFile>,
    /// Another one once the stream has become the data of its file.
    data: RwLock<Arc<LocalFile>>,
    /// Whether it was made by this open, until that is on stable storage.
    fresh: AtomicBool,
}

impl LocalStream {
    pub(crate) fn new(owner: &Arc<LocalFile>, data: LocalFile, fresh: bool) -> Self {
        Self { owner: Arc::clone(owner), data: RwLock::new(Arc::new(data)), fresh: AtomicBool::new(fresh) }
    }

    fn data(&self) -> Arc<LocalFile> {
        Arc::clone(&self.data.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// [MS-FSA] 2.1.4.17: the file was modified, whichever stream it was.
    fn modified(&self) {
        let times = Timestamps {
            last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
            last_modification: Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        };
        let _own = self.owner.changing();
        // The data is there: that its time does not show is no reason to say it is not.
        let _ = utimensat(&self.owner.handle.fd, c"", &times, AtFlags::EMPTY_PATH);
    }

    /// Moves this stream's data to the file's own. It is there before the stream goes.
    fn become_data(&self, from: &NtString) -> Result<()> {
        let owner = &self.owner;
        if owner.kind != FileKind::File || stat(&owner.handle.fd).map_err(status)?.stx_size != 0 {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let flags = OFlags::RDWR | OFlags::CLOEXEC;
        let fd =
            rustix::fs::open(owner.handle.proc_path(), flags, rustix::fs::Mode::empty()).map_err(status)?;
        let (old, new) = (self.data(), Arc::new(owner.stream_data(fd, None)?));
        let readable = rustix::fs::open(
            old.handle.proc_path(),
            OFlags::RDONLY | OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        );
        let source = owner.stream_data(readable.map_err(status)?, None)?;
        let (mut at, mut piece) = (0, Vec::new());
        loop {
            piece.clear();
            let count = source.read_into(at, PIECE, &mut piece, Wait::Allowed)?;
            if count == 0 {
                break;
            }
            new.write(at, &piece, Wait::Allowed)?;
            at += count as u64;
        }
        fdatasync(&new.handle.fd).map_err(status)?;
        owner.remove_named(from)?;
        *self.data.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }
}

impl File for LocalStream {
    fn metadata(&self) -> Result<Metadata> {
        let of_owner = self.owner.metadata()?;
        let state = stat(&self.data().handle.fd).map_err(status)?;
        let mut attributes = of_owner.attributes.difference(FileAttributes::DIRECTORY);
        if attributes.is_empty() {
            attributes = FileAttributes::NORMAL;
        }
        Ok(Metadata {
            kind: FileKind::File,
            attributes,
            end_of_file: state.stx_size,
            allocation_size: state.stx_blocks.saturating_mul(512),
            ..of_owner
        })
    }

    fn read(&self, offset: u64, buf: &mut [u8], wait: Wait) -> Result<usize> {
        self.data().read(offset, buf, wait)
    }

    fn read_into(&self, offset: u64, length: usize, buf: &mut Vec<u8>, wait: Wait) -> Result<usize> {
        self.data().read_into(offset, length, buf, wait)
    }

    fn write(&self, offset: u64, data: &[u8], wait: Wait) -> Result<()> {
        self.data().write(offset, data, wait)?;
        self.modified();
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        self.data().flush()?;
        if self.fresh.load(Ordering::Acquire) {
            self.owner.flush()?;
            if let Some(directory) = self.owner.shared.depot.directory() {
                fsync(&*directory).map_err(status)?;
            }
            self.fresh.store(false, Ordering::Release);
        }
        Ok(())
    }

    fn set_end_of_file(&self, length: u64) -> Result<()> {
        self.data().set_end_of_file(length)?;
        self.modified();
        Ok(())
    }

    fn reserve(&self, length: u64) -> Result<()> {
        self.data().reserve(length)
    }

    fn set_basic(&self, update: &BasicUpdate) -> Result<()> {
        self.owner.set_basic(update)
    }

    fn list(
        &self,
        _wanted: &Wanted<'_>,
        _limit: usize,
        _entries: &mut Vec<DirectoryEntry>,
        _wait: Wait,
    ) -> Result<bool> {
        Err(NtStatus::NOT_A_DIRECTORY)
    }

    fn rewind(&self) -> Result<()> {
        Err(NtStatus::NOT_A_DIRECTORY)
    }

    fn allocated_ranges(&self, offset: u64, length: u64, limit: usize) -> Result<Vec<AllocatedRange>> {
        self.data().allocated_ranges(offset, length, limit)
    }

    fn zero(&self, offset: u64, length: u64) -> Result<()> {
        self.data().zero(offset, length)?;
        self.modified();
        Ok(())
    }

    fn extended_attributes(&self) -> Result<Vec<ExtendedAttribute>> {
        self.owner.extended_attributes()
    }

    fn set_extended_attribute(&self, attribute: &ExtendedAttribute) -> Result<()> {
        self.owner.set_extended_attribute(attribute)
    }

    fn copy_from(&self, source: &dyn File, source_offset: u64, offset: u64, length: u64) -> Result<u64> {
        let copied = self.data().copy_from(source, source_offset, offset, length)?;
        self.modified();
        Ok(copied)
    }

    fn share_extents(&self, source: &dyn File, source_offset: u64, offset: u64, length: u64) -> Result<()> {
        self.data().share_extents(source, source_offset, offset, length)?;
        self.modified();
        Ok(())
    }

    fn object_id(&self) -> Result<Option<FileObjectId>> {
        self.owner.object_id()
    }

    fn set_object_id(&self, id: Option<&FileObjectId>) -> Result<()> {
        self.owner.set_object_id(id)
    }

    fn security(&self) -> Result<Option<Vec<u8>>> {
        self.owner.security()
    }

    fn set_security(&self, descriptor: &[u8]) -> Result<()> {
        self.owner.set_security(descriptor)
    }

    fn remove_security(&self) -> Result<()> {
        self.owner.remove_security()
    }

    fn reparse_point(&self) -> Result<Option<ReparsePoint>> {
        self.owner.reparse_point()
    }

    fn set_reparse_point(&self, point: Option<&ReparsePoint>) -> Result<()> {
        self.owner.set_reparse_point(point)
    }

    fn streams(&self) -> Result<Vec<StreamEntry>> {
        self.owner.streams()
    }

    fn may_have_streams(&self) -> bool {
        self.owner.may_have_streams()
    }

    fn open_stream(self: Arc<Self>, name: &NtString, intent: Intent, data: Data) -> Result<OpenedStream> {
        self.owner.open_named(name, intent, data)
    }

    fn rename_stream(&self, from: &NtString, to: &NtString, replace: bool) -> Result<()> {
        if !to.units().is_empty() {
            return self.owner.rename_named(from, to, replace);
        }
        if !replace {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        self.owner.shared.check_writable()?;
        self.become_data(from)
    }

    fn remove_stream(&self, name: &NtString) -> Result<()> {
        self.owner.remove_named(name)
    }
}
