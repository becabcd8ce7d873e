//! An open file or directory.

use crate::dos::{self, Change, Dos};
use crate::listing::Listing;
use crate::metadata::{Stored, metadata, stat, time};
use crate::open::Handle;
use crate::outside::Changing;
use crate::scan;
use crate::status::status;
use crate::stored::{read_stored, write_stored};
use crate::volume::Shared;
use lanward_nt::fscc::{FileObjectId, ReparsePoint};
use lanward_nt::{FileAttributes, FileTime, NtString};
use lanward_vfs::{
    AllocatedRange, BasicUpdate, Data, DirectoryEntry, ExtendedAttribute, File, FileKind, FileNumber, Intent,
    Metadata, NtStatus, OpenedStream, Result, StreamEntry, Wait, Wanted,
};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, StatxFlags, Timespec, Timestamps, UTIME_OMIT, fdatasync, fsync, statx, utimensat};
use std::sync::{Arc, Mutex, PoisonError};

/// One handle on a [`crate::LocalVolume`].
#[derive(Debug)]
pub(crate) struct LocalFile {
    pub(crate) shared: Arc<Shared>,
    pub(crate) handle: Handle,
    pub(crate) kind: FileKind,
    pub(crate) number: FileNumber,
    /// The directory its name was made in, until that name is on stable storage.
    made_in: Mutex<Option<Arc<OwnedFd>>>,
    listing: Option<Box<Mutex<Listing>>>,
}

impl LocalFile {
    /// `path` is where it was found, and whether as POSIX finds it; `made_in` the directory it was just made in.
    pub(crate) fn new(
        shared: Arc<Shared>,
        handle: Handle,
        metadata: Metadata,
        (path, posix): (&[u8], bool),
        made_in: Option<Arc<OwnedFd>>,
    ) -> Self {
        let directory = metadata.kind == FileKind::Directory;
        let listing = directory.then(|| Box::new(Mutex::new(Listing::new(path, posix))));
        Self {
            shared,
            handle,
            kind: metadata.kind,
            number: metadata.number,
            made_in: Mutex::new(made_in),
            listing,
        }
    }

    /// # Errors
    /// What reading or writing data of something else answers.
    pub(crate) fn check_data(&self) -> Result<()> {
        match self.kind {
            FileKind::File => Ok(()),
            FileKind::Directory => Err(NtStatus::FILE_IS_A_DIRECTORY),
            FileKind::Special | FileKind::Symlink => Err(NtStatus::ACCESS_DENIED),
        }
    }

    /// Says that the file is about to be changed through this volume.
    pub(crate) fn changing(&self) -> Option<Changing> {
        self.shared.outside.changing_file(self.number)
    }

    fn listing(&self) -> Result<&Mutex<Listing>> {
        self.listing.as_deref().ok_or(NtStatus::NOT_A_DIRECTORY)
    }

    /// Sets what the file system keeps itself.
    fn set_times(&self, update: &BasicUpdate) -> Result<()> {
        if update.last_access_time.is_none() && update.last_write_time.is_none() {
            return Ok(());
        }
        let times = Timestamps {
            last_access: timespec(update.last_access_time),
            last_modification: timespec(update.last_write_time),
        };
        utimensat(&self.handle.fd, c"", &times, AtFlags::EMPTY_PATH).map_err(status)
    }

    /// Sets what the file system has no place for. A change time that was set goes with the next change.
    fn set_stored(&self, update: &BasicUpdate) -> Result<()> {
        let state = stat(&self.handle.fd).map_err(status)?;
        let _one_at_a_time = self.shared.lock_stored(state.stx_ino);
        let old = match read_stored(&self.shared, &self.handle, &state) {
            Stored::Some(dos) => dos,
            Stored::Nowhere => Dos::default(),
        };
        let sparse = FileAttributes::SPARSE_FILE;
        let default = dos::default_attributes(self.kind == FileKind::Directory);
        let mut attributes = old.attributes.unwrap_or(default);
        if let Some(wanted) = update.attributes {
            attributes = dos::settable(wanted) | (attributes & sparse);
        }
        if let Some(wanted) = update.sparse {
            attributes.set(sparse, wanted);
        }
        let written = time(&state.stx_mtime);
        let new = Dos {
            attributes: Some(attributes),
            creation_time: update.creation_time.or(old.creation_time),
            change: update.change_time.map(|time| Change { time, written }),
            ..old
        };
        if new != (Dos { attributes: Some(old.attributes.unwrap_or(default)), ..old }) {
            write_stored(&self.handle, new, &state)?;
        }
        Ok(())
    }
}

fn timespec(time: Option<FileTime>) -> Timespec {
    let Some(time) = time else { return Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT } };
    let (seconds, nanoseconds) = time.to_unix();
    Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() }
}

impl File for LocalFile {
    fn metadata(&self) -> Result<Metadata> {
        let state = stat(&self.handle.fd).map_err(status)?;
        Ok(metadata(&state, read_stored(&self.shared, &self.handle, &state)))
    }

    fn read(&self, offset: u64, buf: &mut [u8], wait: Wait) -> Result<usize> {
        self.read_data(offset, buf, wait)
    }

    fn read_into(&self, offset: u64, length: usize, buf: &mut Vec<u8>, wait: Wait) -> Result<usize> {
        self.read_data_into(offset, length, buf, wait)
    }

    fn in_memory(&self, offset: u64, length: usize) -> Option<usize> {
        self.check_data().ok()?;
        if self.handle.path_only {
            return None;
        }
        let size = statx(&self.handle.fd, "", AtFlags::EMPTY_PATH, StatxFlags::SIZE).ok()?.stx_size;
        let there = usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX).min(length);
        lanward_sys::is_cached(&self.handle.fd, offset, u64::try_from(there).ok()?).then_some(there)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.handle.fd.as_fd())
    }

    fn write(&self, offset: u64, data: &[u8], wait: Wait) -> Result<()> {
        let _own = self.changing();
        self.write_data(offset, data, wait)
    }

    fn flush(&self) -> Result<()> {
        if self.handle.path_only {
            return Ok(());
        }
        if self.kind == FileKind::File { fdatasync(&self.handle.fd) } else { fsync(&self.handle.fd) }
            .map_err(status)?;
        let made_in = self.made_in.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(directory) = made_in {
            // A directory that may not be read cannot be synchronized; the data is safe all the same.
            if let Ok(directory) = scan::reopen(&*directory) {
                fsync(directory).map_err(status)?;
            }
            *self.made_in.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        Ok(())
    }

    fn set_end_of_file(&self, length: u64) -> Result<()> {
        self.check_data()?;
        let _own = self.changing();
        rustix::fs::ftruncate(&self.handle.fd, length).map_err(status)
    }

    fn reserve(&self, length: u64) -> Result<()> {
        let _own = self.changing();
        self.reserve_data(length)
    }

    fn set_basic(&self, update: &BasicUpdate) -> Result<()> {
        self.shared.check_writable()?;
        let _own = self.changing();
        self.set_times(update)?;
        self.set_stored(update)
    }

    fn list(
        &self,
        wanted: &Wanted<'_>,
        limit: usize,
        entries: &mut Vec<DirectoryEntry>,
        wait: Wait,
    ) -> Result<bool> {
        let listing = self.listing()?;
        if self.shared.too_slow(wait) {
            return Err(NtStatus::CANT_WAIT);
        }
        if self.handle.path_only {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let mut listing = listing.lock().unwrap_or_else(PoisonError::into_inner);
        listing.list(&self.shared, &self.handle.fd, wanted, (limit, wait), entries)
    }

    fn rewind(&self) -> Result<()> {
        let mut listing = self.listing()?.lock().unwrap_or_else(PoisonError::into_inner);
        listing.rewind(&self.handle.fd)
    }

    fn allocated_ranges(&self, offset: u64, length: u64, limit: usize) -> Result<Vec<AllocatedRange>> {
        self.ranges(offset, length, limit)
    }

    fn zero(&self, offset: u64, length: u64) -> Result<()> {
        let _own = self.changing();
        self.zero_data(offset, length)
    }

    fn security(&self) -> Result<Option<Vec<u8>>> {
        crate::acl::read(&self.shared, &self.handle)
    }

    fn set_security(&self, descriptor: &[u8]) -> Result<()> {
        let _own = self.changing();
        self.shared.check_writable()?;
        crate::acl::write(&self.shared, &self.handle, self.kind == FileKind::Directory, descriptor)
    }

    fn remove_security(&self) -> Result<()> {
        let _own = self.changing();
        self.shared.check_writable()?;
        crate::acl::remove(&self.shared, &self.handle)
    }

    fn set_mode(&self, permissions: u16) -> Result<()> {
        self.shared.check_writable()?;
        let _own = self.changing();
        self.write_mode(permissions)
    }

    fn set_owner(&self, owner: Option<u32>, group: Option<u32>) -> Result<()> {
        self.shared.check_writable()?;
        let _own = self.changing();
        self.write_owner(owner, group)
    }

    fn extended_attributes(&self) -> Result<Vec<ExtendedAttribute>> {
        crate::ea::read(&self.handle)
    }

    fn set_extended_attribute(&self, attribute: &ExtendedAttribute) -> Result<()> {
        self.shared.check_writable()?;
        let _own = self.changing();
        let _one_at_a_time = self.shared.lock_stored(stat(&self.handle.fd).map_err(status)?.stx_ino);
        crate::ea::write(&self.handle, attribute)
    }

    fn copy_from(&self, source: &dyn File, source_offset: u64, offset: u64, length: u64) -> Result<u64> {
        let _own = self.changing();
        self.copy_extents(source, source_offset, offset, length)
    }

    fn share_extents(&self, source: &dyn File, source_offset: u64, offset: u64, length: u64) -> Result<()> {
        let _own = self.changing();
        self.clone_extents(source, source_offset, offset, length)
    }

    fn object_id(&self) -> Result<Option<FileObjectId>> {
        crate::object_id::read(&self.handle)
    }

    fn set_object_id(&self, id: Option<&FileObjectId>) -> Result<()> {
        let _own = self.changing();
        self.shared.check_writable()?;
        crate::object_id::write(&self.handle, id)
    }

    fn reparse_point(&self) -> Result<Option<ReparsePoint>> {
        self.read_reparse_point()
    }

    fn set_reparse_point(&self, point: Option<&ReparsePoint>) -> Result<()> {
        self.shared.check_writable()?;
        self.write_reparse_point(point)
    }

    fn streams(&self) -> Result<Vec<StreamEntry>> {
        self.list_streams()
    }

    fn may_have_streams(&self) -> bool {
        self.shared.depot.is_in_use() && matches!(self.streams_id(), Ok(Some(_)))
    }

    fn open_stream(self: Arc<Self>, name: &NtString, intent: Intent, data: Data) -> Result<OpenedStream> {
        self.open_named(name, intent, data)
    }

    fn remove_stream(&self, name: &NtString) -> Result<()> {
        self.remove_named(name)
    }
}
