use crate::caching::{
    BreakRoute, CacheRequest, CacheState, HeldCache, LeaseRequest, LeaseTable, OplockLevel,
};
use crate::lock::{LockOwner, RangeLock};
use crate::node::{FileNode, Verdict, Want};
use crate::notify::OpenNotify;
use crate::offload::blocking;
use crate::open::Rights;
use crate::{FileOpen, FileSystem, SecurityContext};
use lanward_nt::{
    AccessMask, CreateOptions, FileAttributes, FileTime, Guid, NtPath, NtStatus, NtString, ShareAccess,
};
use lanward_vfs::{Data, FileKind, FileNumber, Intent, OpenRequest, Opened, Wait};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// An open of a file as it outlives the object store: what it is of and what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// The name of the file.
    pub path: NtPath,
    /// The name of the stream; empty for the one without.
    pub stream: NtString,
    /// Which file the name led to.
    pub number: FileNumber,
    /// When that file was made: numbers are given again.
    pub creation_time: FileTime,
    /// What the open may do.
    pub granted: AccessMask,
    /// What its user could have asked for.
    pub maximal: AccessMask,
    /// What it lets others do.
    pub share: ShareAccess,
    /// The options it was opened with.
    pub options: CreateOptions,
    /// Opened with the POSIX extensions.
    pub posix: bool,
    /// [MS-FSA] Mode, as CreateOptions bits.
    pub mode: u32,
    /// [MS-FSA] CurrentByteOffset, in bytes.
    pub position: u64,
    /// The byte ranges it has locked.
    pub locks: Vec<KeptLock>,
    /// What its client may cache.
    pub cache: KeptCache,
}

/// A byte range an open has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptLock {
    /// First byte.
    pub offset: u64,
    /// Length in bytes.
    pub length: u64,
    /// Nobody else may read either.
    pub exclusive: bool,
}

/// What a client may cache through an open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptCache {
    /// Nothing.
    None,
    /// What an oplock allows, as [`CacheState::bits`].
    Oplock(u32),
    /// What a lease allows.
    Lease {
        /// The client's name for it.
        key: Guid,
        /// As [`CacheState::bits`].
        state: u32,
        /// In version 2.
        epoch: Option<u16>,
        /// The client's lease of the directory.
        parent: Option<Guid>,
    },
}

impl FileOpen {
    /// All that brings this open back; `None` when it is closed or its file cannot say what it is.
    #[must_use]
    pub fn kept(&self) -> Option<KeptFile> {
        let metadata = self.file.metadata().ok()?;
        let path = self.shared_path()?;
        let cache = match self.held_cache() {
            HeldCache::Oplock(OplockLevel::None) => KeptCache::None,
            HeldCache::Oplock(level) => KeptCache::Oplock(level.state().bits()),
            HeldCache::Lease(lease) => KeptCache::Lease {
                key: lease.key,
                state: lease.state.bits(),
                epoch: lease.epoch,
                parent: lease.parent,
            },
        };
        let state = self.node.state();
        let stream = state.stream(self.stream)?;
        Some(KeptFile {
            path: NtPath::clone(&path),
            stream: stream.name().clone(),
            number: self.node.number,
            creation_time: metadata.creation_time,
            granted: self.rights.granted,
            maximal: self.rights.maximal,
            share: self.rights.share,
            options: self.options,
            posix: self.posix,
            mode: self.mode.load(Ordering::Relaxed),
            position: self.position.load(Ordering::Relaxed),
            locks: stream.locks.held_by(self.id).map(kept_lock).collect(),
            cache,
        })
    }

    /// Closes it without what closing does to the file: it comes back in a later run of the server, which then
    /// deletes what it was to delete on close.
    pub fn abandon(&self) {
        self.mode.fetch_and(!CreateOptions::DELETE_ON_CLOSE.bits(), Ordering::AcqRel);
        drop(self.unregister());
    }
}

impl FileSystem {
    /// Brings back an open of an earlier run of the server. What it has it had together with all others that come back, so nobody is asked;
    /// `leases` are its client's, breaks of an oplock go over `route` until the client is back, and it acts for `by`.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: the name is gone or leads to another file; SHARING_VIOLATION: somebody else has it open by now; what the
    /// volume answers.
    pub async fn reopen(
        self: &Arc<Self>,
        kept: &KeptFile,
        leases: Option<&Arc<LeaseTable>>,
        route: &Arc<BreakRoute>,
        by: &Arc<SecurityContext>,
    ) -> Result<Arc<FileOpen>, NtStatus> {
        let this = self.acting_for(by)?;
        let opened = this.open_again(kept).await?;
        let metadata = &opened.metadata;
        let same = metadata.number == kept.number && metadata.creation_time == kept.creation_time;
        if !same || metadata.kind != FileKind::File {
            return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
        }
        let cache = match &kept.cache {
            KeptCache::None => CacheRequest::None,
            KeptCache::Oplock(state) => {
                CacheRequest::Oplock { level: OplockLevel::of(CacheState::from_bits(*state)), route }
            }
            KeptCache::Lease { key, state, epoch, parent } => {
                leases.map_or(CacheRequest::None, |table| {
                    CacheRequest::Lease(LeaseRequest {
                        table,
                        key: *key,
                        state: CacheState::from_bits(*state),
                        // Granting counts one change more: the client may have been told of one that was not written down, and takes
                        // nothing that looks older than what it knows ([MS-SMB2] 3.2.5.7.5).
                        epoch: *epoch,
                        parent: *parent,
                        directories: true,
                    })
                })
            }
        };
        this.admit_again(kept, opened, &cache, by)
    }

    async fn open_again(&self, kept: &KeptFile) -> Result<Opened, NtStatus> {
        let (volume, path) = (Arc::clone(self.volume()), kept.path.clone());
        let mut data = Data::empty();
        let reads = AccessMask::READ_DATA | AccessMask::EXECUTE;
        data.set(Data::READ, kept.granted.intersects(reads));
        data.set(Data::WRITE, kept.granted.intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA));
        let (stream, posix) = (kept.stream.clone(), kept.posix.then_some(0));
        blocking(move || {
            let named = !stream.units().is_empty();
            let mut opened = volume.open(&OpenRequest {
                path: &path,
                intent: Intent::Open,
                data: if named { Data::empty() } else { data },
                make_directory: false,
                attributes: FileAttributes::empty(),
                security: None,
                mode: None,
                no_follow: false,
                posix,
                wait: Wait::Allowed,
            })?;
            if named {
                opened.file = opened.file.open_stream(&stream, Intent::Open, data)?.file;
            }
            Ok(opened)
        })
        .await
    }

    fn admit_again(
        self: &Arc<Self>,
        kept: &KeptFile,
        opened: Opened,
        cache: &CacheRequest<'_>,
        by: &Arc<SecurityContext>,
    ) -> Result<Arc<FileOpen>, NtStatus> {
        let want = Want {
            path: &opened.path,
            stream: &kept.stream,
            access: kept.granted,
            added: AccessMask::empty(),
            share: kept.share,
            posix: kept.posix,
        };
        let number = kept.number;
        let mut shard = self.shard(number);
        let node = shard.get(&number).cloned().unwrap_or_else(|| Arc::new(FileNode::new(number)));
        let id = self.next_open();
        let (place, cache) = {
            let mut state = node.state();
            match state.try_open(&want) {
                Verdict::Granted => {}
                Verdict::SharingViolation => return Err(NtStatus::SHARING_VIOLATION),
                Verdict::DeletePending => return Err(NtStatus::DELETE_PENDING),
            }
            let (place, cache, _) = state.register(&node, &want, cache, false)?;
            if let Some(stream) = state.stream_mut(place.stream) {
                kept.locks.iter().for_each(|lock| stream.locks.hold_again(range_lock(lock, id)));
            }
            (place, cache)
        };
        shard.entry(number).or_insert_with(|| Arc::clone(&node));
        drop(shard);
        Ok(Arc::new(FileOpen {
            file_system: Arc::clone(self),
            node,
            file: opened.file,
            id,
            link: place.link,
            stream: place.stream,
            cache,
            rights: Rights { granted: kept.granted, maximal: kept.maximal, share: kept.share },
            by: Arc::clone(by),
            options: kept.options,
            posix: kept.posix,
            directory: false,
            closed: AtomicBool::new(false),
            position: AtomicU64::new(kept.position),
            mode: AtomicU32::new(kept.mode),
            sticky_write_time: AtomicU64::new(0),
            sticky_change_time: AtomicU64::new(0),
            holds_time: AtomicBool::new(false),
            archived: AtomicBool::new(false),
            notify: OpenNotify::default(),
            last_quota: None,
            scan: tokio::sync::Mutex::new(None),
        }))
    }
}

const fn kept_lock(lock: &RangeLock) -> KeptLock {
    KeptLock { offset: lock.offset, length: lock.length, exclusive: lock.exclusive }
}

const fn range_lock(lock: &KeptLock, open: u64) -> RangeLock {
    let owner = LockOwner(0);
    RangeLock { offset: lock.offset, length: lock.length, exclusive: lock.exclusive, open, owner }
}
