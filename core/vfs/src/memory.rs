//! [`MemVolume`]: the volume other backends are measured against.

mod file;
mod links;
mod pages;
mod quotas;
mod store;
mod streams;

use crate::{
    Capabilities, FileNumber, Intent, Metadata, OpenRequest, Opened, Quota, QuotaLimits, Result, Volume,
    VolumeInformation, Wait,
};
use file::MemFile;
use lanward_nt::{FileTime, NtPath, NtStatus, NtString, ShortName, Sid};
use links::Link;
use pages::PAGE;
use quotas::Limits;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Node, Place, Store};

/// A volume in memory: without regard to case, keeping it; hard links, extended attributes, holes. It never waits.
#[derive(Debug)]
pub struct MemVolume {
    inner: Arc<Inner>,
}

/// What the volume and its handles share.
struct Inner {
    store: Mutex<Store>,
    clock: Box<dyn Fn() -> FileTime + Send + Sync>,
    capacity: u64,
    made: FileTime,
    /// Whether a directory was ever given a descriptor.
    secured: AtomicBool,
    /// What owners may take, on a volume that limits it. Taken before `store`.
    quotas: Option<Mutex<Limits>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

impl Inner {
    fn now(&self) -> FileTime {
        (self.clock)()
    }

    fn note_security(&self, node: &Node) {
        if node.is_directory() && node.security.is_some() {
            self.secured.store(true, Ordering::Relaxed);
        }
    }

    fn limits(&self) -> Option<MutexGuard<'_, Limits>> {
        Some(self.quotas.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemVolume {
    /// An empty volume of 1 GiB; `clock` gives the times of files.
    #[must_use]
    pub fn new(clock: impl Fn() -> FileTime + Send + Sync + 'static) -> Arc<Self> {
        Self::with_capacity(clock, 1 << 30)
    }

    /// An empty volume that holds `capacity` bytes of data.
    #[must_use]
    pub fn with_capacity(clock: impl Fn() -> FileTime + Send + Sync + 'static, capacity: u64) -> Arc<Self> {
        Self::make(clock, capacity, None)
    }

    /// An empty volume of 1 GiB that counts what files take by their descriptors' owners, and limits it.
    #[must_use]
    pub fn with_quotas(clock: impl Fn() -> FileTime + Send + Sync + 'static) -> Arc<Self> {
        Self::make(clock, 1 << 30, Some(Mutex::default()))
    }

    fn make(
        clock: impl Fn() -> FileTime + Send + Sync + 'static,
        capacity: u64,
        quotas: Option<Mutex<Limits>>,
    ) -> Arc<Self> {
        let made = clock();
        let store = Mutex::new(Store::new(made));
        Arc::new(Self {
            inner: Arc::new(Inner {
                store,
                clock: Box::new(clock),
                capacity,
                made,
                secured: AtomicBool::new(false),
                quotas,
            }),
        })
    }

    fn number(node: u64) -> FileNumber {
        FileNumber { device: 1, inode: node }
    }

    fn opened(&self, store: &mut Store, node: u64, path: NtPath, created: bool) -> Result<Opened> {
        let file = MemFile::open(&self.inner, store, node)?;
        Ok(Opened { metadata: store.node(node)?.metadata(Self::number(node)), file, path, created })
    }

    /// The link at `from`, if it still is `number`.
    fn source(store: &Store, from: &NtPath, number: FileNumber) -> Result<(Place, Link)> {
        let place = store.place(from)?;
        let link = place.found.clone().ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        if Self::number(link.node) != number {
            return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
        }
        Ok((place, link))
    }

    /// Makes room for a new link at `to`: takes what is there away if that is allowed.
    fn replace(store: &mut Store, to: &Place, replace: bool, now: FileTime) -> Result<()> {
        let Some(old) = &to.found else { return Ok(()) };
        if !replace {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        if store.node(old.node)?.is_directory() {
            return Err(NtStatus::ACCESS_DENIED);
        }
        store.take_link(to.directory, &to.name, now)?;
        store.unlinked(old.node, now);
        Ok(())
    }
}

impl Volume for MemVolume {
    fn capabilities(&self) -> Capabilities {
        Capabilities::EXTENDED_ATTRIBUTES
            | Capabilities::HARD_LINKS
            | Capabilities::DOS_ATTRIBUTES
            | Capabilities::SPARSE_FILES
            | Capabilities::BLOCK_REFCOUNTING
            | Capabilities::OBJECT_IDS
            | Capabilities::REPARSE_POINTS
            | Capabilities::SECURITY
            | Capabilities::NAMED_STREAMS
            | if self.inner.quotas.is_some() {
                Capabilities::QUOTAS | Capabilities::QUOTAS_ENFORCED
            } else {
                Capabilities::empty()
            }
    }

    fn secured(&self) -> bool {
        self.inner.secured.load(Ordering::Relaxed)
    }

    fn information(&self) -> Result<VolumeInformation> {
        let free = self.inner.capacity.saturating_sub(self.inner.store().allocated());
        Ok(VolumeInformation {
            serial: 0x4c41_4e57,
            label: "Memory".to_owned(),
            creation_time: self.inner.made,
            file_system: "NTFS".to_owned(),
            total_bytes: self.inner.capacity,
            free_bytes: free,
            available_bytes: free,
            allocation_unit: PAGE as u32,
            maximum_component: 255,
            files: None,
        })
    }

    fn open(&self, request: &OpenRequest<'_>) -> Result<Opened> {
        let mut store = self.inner.store();
        if request.path.is_root() {
            if request.intent == Intent::Create {
                return Err(NtStatus::OBJECT_NAME_COLLISION);
            }
            return self.opened(&mut store, store::ROOT, NtPath::root(), false);
        }
        let place = store.place_of_any_name(request.path)?;
        let path = place.path()?;
        match (&place.found, request.intent) {
            (Some(_), Intent::Create) => Err(NtStatus::OBJECT_NAME_COLLISION),
            (Some(link), _) => self.opened(&mut store, link.node, path, false),
            (None, Intent::Open) => Err(NtStatus::OBJECT_NAME_NOT_FOUND),
            (None, _) => {
                let now = self.inner.now();
                if !store.node(place.directory)?.is_directory() {
                    return Err(NtStatus::OBJECT_PATH_NOT_FOUND);
                }
                let mut node = Node::new(request.make_directory, request.attributes, now);
                node.security = request.security.map(<[u8]>::to_vec);
                request.posix.or(request.mode).into_iter().for_each(|mode| node.set_permissions(mode));
                self.inner.note_security(&node);
                let node = store.insert(node);
                store.add_link(place.directory, place.name, node, now)?;
                self.opened(&mut store, node, path, true)
            }
        }
    }

    fn lookup(&self, path: &NtPath, _wait: Wait) -> Result<(NtPath, Metadata)> {
        let store = self.inner.store();
        let (path, node) = store.find(path)?;
        Ok((path, store.node(node)?.metadata(Self::number(node))))
    }

    fn short_name(&self, path: &NtPath, _wait: Wait) -> Result<ShortName> {
        let store = self.inner.store();
        let place = store.place(path)?;
        let links = store.node(place.directory)?.links.as_ref().ok_or(NtStatus::OBJECT_PATH_NOT_FOUND)?;
        Ok(place.found.map(|link| links.short_name(&link.name)).unwrap_or_default())
    }

    fn rename(&self, from: &NtPath, number: FileNumber, to: &NtPath, replace: bool) -> Result<NtPath> {
        let now = self.inner.now();
        let mut store = self.inner.store();
        let (source, link) = Self::source(&store, from, number)?;
        let target = store.place(to)?;
        if store.is_within(target.directory, link.node) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let same_name = source.directory == target.directory && source.name.eq_ignore_case(&target.name);
        match &target.found {
            // A change of case alone, or another name of the same file: the target's name stays, the source's goes.
            Some(old) if old.node == link.node => {
                store.take_link(target.directory, &target.name, now)?;
                if !same_name {
                    store.unlinked(link.node, now);
                }
            }
            _ => Self::replace(&mut store, &target, replace, now)?,
        }
        if !same_name {
            store.take_link(source.directory, &link.name, now)?;
        }
        let path = target.parent.join(target.name.units()).ok_or(NtStatus::OBJECT_NAME_INVALID)?;
        store.add_link(target.directory, NtString(target.name.0), link.node, now)?;
        store.node_mut(link.node)?.change_time = now;
        Ok(path)
    }

    fn link(&self, from: &NtPath, number: FileNumber, to: &NtPath, replace: bool) -> Result<()> {
        let now = self.inner.now();
        let mut store = self.inner.store();
        let (_, link) = Self::source(&store, from, number)?;
        if store.node(link.node)?.is_directory() {
            return Err(NtStatus::FILE_IS_A_DIRECTORY);
        }
        let target = store.place(to)?;
        if !store.node(target.directory)?.is_directory() {
            return Err(NtStatus::OBJECT_PATH_NOT_FOUND);
        }
        if target.found.as_ref().is_some_and(|t| t.node == link.node) && replace {
            return Ok(());
        }
        Self::replace(&mut store, &target, replace, now)?;
        store.add_link(target.directory, target.name, link.node, now)?;
        let node = store.node_mut(link.node)?;
        node.link_count += 1;
        node.change_time = now;
        Ok(())
    }

    fn remove(&self, path: &NtPath, number: FileNumber) -> Result<()> {
        let now = self.inner.now();
        let mut store = self.inner.store();
        let (place, link) = Self::source(&store, path, number)?;
        if store.node(link.node)?.links.as_ref().is_some_and(|l| !l.is_empty()) {
            return Err(NtStatus::DIRECTORY_NOT_EMPTY);
        }
        store.take_link(place.directory, &link.name, now)?;
        store.unlinked(link.node, now);
        Ok(())
    }

    fn quota(&self, owner: &Sid) -> Result<Option<Quota>> {
        let limits = self.inner.limits().ok_or(NtStatus::NOT_SUPPORTED)?;
        Ok(limits.all(&self.inner.store()).remove(owner))
    }

    fn quotas(&self, after: Option<&Sid>, limit: usize) -> Result<Vec<Quota>> {
        let limits = self.inner.limits().ok_or(NtStatus::NOT_SUPPORTED)?;
        let all = limits.all(&self.inner.store()).into_values();
        Ok(all.filter(|q| after.is_none_or(|after| q.owner > *after)).take(limit).collect())
    }

    fn set_quota(&self, owner: &Sid, limits: Option<QuotaLimits>) -> Result<()> {
        self.inner.limits().ok_or(NtStatus::NOT_SUPPORTED)?.set(owner, limits, self.inner.now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn volume() -> Arc<MemVolume> {
        let ticks = AtomicU64::new(132_000_000_000_000_000);
        MemVolume::new(move || FileTime(ticks.fetch_add(10, Ordering::Relaxed)))
    }

    #[test]
    fn passes_the_kit() {
        crate::kit::run_all(&|| volume());
    }

    #[test]
    fn passes_the_kit_with_quotas() {
        crate::kit::run_all(&|| {
            let ticks = AtomicU64::new(132_000_000_000_000_000);
            MemVolume::with_quotas(move || FileTime(ticks.fetch_add(10, Ordering::Relaxed)))
        });
    }

    #[test]
    fn is_full_when_full() {
        let volume = MemVolume::with_capacity(|| FileTime(1), 3 * PAGE);
        let path = NtPath::new("f".into()).unwrap();
        let request = OpenRequest {
            path: &path,
            intent: Intent::Create,
            data: crate::Data::WRITE,
            make_directory: false,
            attributes: lanward_nt::FileAttributes::empty(),
            security: None,
            mode: None,
            no_follow: false,
            posix: None,
            wait: Wait::Never,
        };
        let file = volume.open(&request).unwrap().file;
        file.write(0, &[1; 8192], Wait::Never).unwrap();
        assert_eq!(file.write(8192, &[1; 8192], Wait::Never), Err(NtStatus::DISK_FULL));
        assert_eq!(volume.information().unwrap().free_bytes, PAGE);
        volume.remove(&path, file.metadata().unwrap().number).unwrap();
        drop(file);
        assert_eq!(volume.information().unwrap().free_bytes, 3 * PAGE, "the last handle gives the room back");
    }
}
