use super::pages::{PAGE, PAGE_BYTES};
use super::store::{Node, Store, stored};
use super::{Inner, MemVolume, streams};
use crate::{
    AllocatedRange, BasicUpdate, Data, DirectoryEntry, ExtendedAttribute, File, FileKind, Intent, Metadata,
    OpenedStream, Result, StreamEntry, Wait, Wanted,
};
use lanward_nt::fscc::{FileObjectId, ReparsePoint};
use lanward_nt::{FileAttributes, FileTime, NtStatus, NtString, ShortName};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One handle on a [`MemVolume`].
#[derive(Debug)]
pub(super) struct MemFile {
    pub(super) inner: Arc<Inner>,
    pub(super) node: u64,
    /// The node whose data this is a handle of: the same, or a named stream's.
    data: AtomicU64,
    /// The upper-cased name listed last.
    position: Mutex<Option<NtString>>,
}

impl MemFile {
    /// A handle on `node`, counted in `store`.
    pub(super) fn open(inner: &Arc<Inner>, store: &mut Store, node: u64) -> Result<Arc<Self>> {
        store.node_mut(node)?.opens += 1;
        let (data, position) = (AtomicU64::new(node), Mutex::new(None));
        Ok(Arc::new(Self { inner: Arc::clone(inner), node, data, position }))
    }

    /// A handle on the stream `data` of `node`, counted in `store` with both.
    pub(super) fn open_stream(
        inner: &Arc<Inner>,
        store: &mut Store,
        node: u64,
        data: u64,
    ) -> Result<Arc<Self>> {
        store.node_mut(data)?.opens += 1;
        store.node_mut(node)?.opens += 1;
        let (data, position) = (AtomicU64::new(data), Mutex::new(None));
        Ok(Arc::new(Self { inner: Arc::clone(inner), node, data, position }))
    }

    /// Makes this handle of a stream one of the object's own data.
    pub(super) fn turn_to_data(&self, store: &mut Store) -> Result<()> {
        store.node_mut(self.node)?;
        let before = self.data.swap(self.node, Ordering::AcqRel);
        if before != self.node {
            store.closed(before);
        }
        Ok(())
    }

    fn data(&self) -> u64 {
        self.data.load(Ordering::Acquire)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Node, FileTime) -> Result<T>) -> Result<T> {
        let now = self.inner.now();
        work(self.inner.store().node_mut(self.node)?, now)
    }

    fn with_data<T>(&self, work: impl FnOnce(&mut Node, FileTime) -> Result<T>) -> Result<T> {
        let now = self.inner.now();
        let mut store = self.inner.store();
        let node = store.node_mut(self.data())?;
        if node.is_directory() { Err(NtStatus::FILE_IS_A_DIRECTORY) } else { work(node, now) }
    }

    fn change(&self, end: u64, work: impl FnOnce(&mut Node)) -> Result<()> {
        if end > i64::MAX as u64 {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.with_data(|node, _| {
            work(node);
            Ok(())
        })?;
        self.with(|node, now| {
            (node.last_write_time, node.change_time) = (now, now);
            Ok(())
        })
    }
}

impl Drop for MemFile {
    fn drop(&mut self) {
        let (mut store, data) = (self.inner.store(), self.data());
        if data != self.node {
            store.closed(data);
        }
        store.closed(self.node);
    }
}

impl File for MemFile {
    fn metadata(&self) -> Result<Metadata> {
        let store = self.inner.store();
        let metadata = store.node(self.node)?.metadata(MemVolume::number(self.node));
        let data = self.data();
        if data == self.node {
            return Ok(metadata);
        }
        let stream = store.node(data)?.metadata(metadata.number);
        let mut attributes = metadata.attributes.difference(FileAttributes::DIRECTORY);
        if attributes.is_empty() {
            attributes = FileAttributes::NORMAL;
        }
        let (end_of_file, allocation_size) = (stream.end_of_file, stream.allocation_size);
        Ok(Metadata { kind: FileKind::File, attributes, end_of_file, allocation_size, ..metadata })
    }

    fn read(&self, offset: u64, buf: &mut [u8], _wait: Wait) -> Result<usize> {
        let done = self.with_data(|node, _| Ok(node.data.read(offset, buf)))?;
        self.with(|node, now| {
            node.last_access_time = now;
            Ok(done)
        })
    }

    fn write(&self, offset: u64, data: &[u8], _wait: Wait) -> Result<()> {
        let end = offset.checked_add(data.len() as u64).ok_or(NtStatus::INVALID_PARAMETER)?;
        let free = self.inner.capacity.saturating_sub(self.inner.store().allocated());
        if (data.len() as u64).next_multiple_of(PAGE) > free {
            return Err(NtStatus::DISK_FULL);
        }
        if let Some(limits) = self.inner.limits() {
            let store = self.inner.store();
            let more = store.node(self.data())?.data.missing(offset, end);
            limits.check(&store, self.node, more)?;
        }
        self.change(end, |node| node.data.write(offset, data))
    }

    fn flush(&self) -> Result<()> {
        self.with(|_, _| Ok(()))
    }

    fn set_end_of_file(&self, length: u64) -> Result<()> {
        self.change(length, |node| node.data.set_length(length))
    }

    fn reserve(&self, length: u64) -> Result<()> {
        if length > self.inner.capacity {
            return Err(NtStatus::DISK_FULL);
        }
        self.with_data(|node, _| {
            node.reserved = node.reserved.max(length.next_multiple_of(PAGE));
            Ok(())
        })
    }

    fn set_basic(&self, update: &BasicUpdate) -> Result<()> {
        self.with(|node, now| {
            node.creation_time = update.creation_time.unwrap_or(node.creation_time);
            node.last_access_time = update.last_access_time.unwrap_or(node.last_access_time);
            node.last_write_time = update.last_write_time.unwrap_or(node.last_write_time);
            let sparse = node.attributes.contains(FileAttributes::SPARSE_FILE);
            node.attributes = update.attributes.map_or(node.attributes, stored);
            node.attributes.set(FileAttributes::SPARSE_FILE, update.sparse.unwrap_or(sparse));
            node.change_time = update.change_time.unwrap_or(now);
            Ok(())
        })
    }

    fn list(
        &self,
        wanted: &Wanted<'_>,
        limit: usize,
        entries: &mut Vec<DirectoryEntry>,
        _wait: Wait,
    ) -> Result<bool> {
        let mut position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        let store = self.inner.store();
        let links = store.node(self.node)?.links.as_ref().ok_or(NtStatus::NOT_A_DIRECTORY)?;
        let from = position.clone();
        let mut found = 0;
        for (key, link) in links.behind(from.as_ref()) {
            if found == limit {
                return Ok(true);
            }
            *position = Some(key.clone());
            if (wanted.names)(&link.name) {
                let metadata = store.node(link.node)?.metadata(MemVolume::number(link.node));
                let short_name =
                    if wanted.short_names { links.short_name(&link.name) } else { ShortName::default() };
                entries.push(DirectoryEntry { name: link.name.clone(), short_name, metadata });
                found += 1;
            }
        }
        Ok(false)
    }

    fn rewind(&self) -> Result<()> {
        if !self.inner.store().node(self.node)?.is_directory() {
            return Err(NtStatus::NOT_A_DIRECTORY);
        }
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    fn allocated_ranges(&self, offset: u64, length: u64, limit: usize) -> Result<Vec<AllocatedRange>> {
        self.with_data(|node, _| Ok(node.data.ranges(offset, length, limit)))
    }

    fn zero(&self, offset: u64, length: u64) -> Result<()> {
        self.change(0, |node| node.data.zero(offset, length))
    }

    fn security(&self) -> Result<Option<Vec<u8>>> {
        self.with(|node, _| Ok(node.security.clone()))
    }

    fn remove_security(&self) -> Result<()> {
        self.with(|node, now| {
            node.security = None;
            node.change_time = now;
            Ok(())
        })
    }

    fn set_security(&self, descriptor: &[u8]) -> Result<()> {
        self.with(|node, now| {
            node.security = Some(descriptor.to_vec());
            node.change_time = now;
            self.inner.note_security(node);
            Ok(())
        })
    }

    fn extended_attributes(&self) -> Result<Vec<ExtendedAttribute>> {
        self.with(|node, _| Ok(node.eas.clone()))
    }

    fn set_extended_attribute(&self, attribute: &ExtendedAttribute) -> Result<()> {
        if attribute.name.is_empty() || attribute.name.len() > 254 {
            return Err(NtStatus::INVALID_EA_NAME);
        }
        if attribute.value.len() > usize::from(u16::MAX) {
            return Err(NtStatus::EA_TOO_LARGE);
        }
        self.with(|node, now| {
            node.eas.retain(|ea| !ea.name.eq_ignore_ascii_case(&attribute.name));
            if !attribute.value.is_empty() {
                node.eas.push(attribute.clone());
            }
            node.change_time = now;
            Ok(())
        })
    }

    fn share_extents(&self, source: &dyn File, source_offset: u64, offset: u64, length: u64) -> Result<()> {
        // Memory has nothing to gain from sharing: the bytes are as they would be.
        let mut piece = vec![0; PAGE_BYTES];
        for at in (0..length).step_by(PAGE_BYTES) {
            source.read(source_offset + at, &mut piece, Wait::Allowed)?;
            self.write(offset + at, &piece, Wait::Allowed)?;
        }
        Ok(())
    }

    fn object_id(&self) -> Result<Option<FileObjectId>> {
        self.with(|node, _| Ok(node.object_id))
    }

    fn set_object_id(&self, id: Option<&FileObjectId>) -> Result<()> {
        self.with(|node, now| {
            node.object_id = id.copied();
            node.change_time = now;
            Ok(())
        })
    }

    fn reparse_point(&self) -> Result<Option<ReparsePoint>> {
        self.with(|node, _| Ok(node.reparse.clone()))
    }

    fn set_reparse_point(&self, point: Option<&ReparsePoint>) -> Result<()> {
        self.with(|node, now| {
            node.reparse = point.cloned();
            node.change_time = now;
            Ok(())
        })
    }

    fn streams(&self) -> Result<Vec<StreamEntry>> {
        streams::list(&self.inner.store(), self.node)
    }

    fn open_stream(self: Arc<Self>, name: &NtString, intent: Intent, _data: Data) -> Result<OpenedStream> {
        streams::open(&self, name, intent)
    }

    fn rename_stream(&self, from: &NtString, to: &NtString, replace: bool) -> Result<()> {
        streams::rename(self, from, to, replace)
    }

    fn remove_stream(&self, name: &NtString) -> Result<()> {
        streams::remove(self, name)
    }
}
