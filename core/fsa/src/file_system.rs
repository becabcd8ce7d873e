use crate::SecurityContext;
use crate::caching::DirectoryCaches;
use crate::node::FileNode;
use crate::notify::Watchers;
use crate::rules::BackupUse;
use crate::tunnel::Tunnel;
use lanward_nt::{NtPath, NtStatus};
use lanward_vfs::{Capabilities, FileNumber, Volume, Wait};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

const SHARDS: usize = 32;

pub(crate) type Shard = HashMap<FileNumber, Arc<FileNode>>;

/// One volume with the state of its open files, as the server has it or on behalf of somebody.
#[derive(Debug)]
pub struct FileSystem {
    volume: Arc<dyn Volume>,
    state: Arc<State>,
    /// What this is a view of, which lives as long as it does.
    whole: Option<Arc<FileSystem>>,
}

/// What all views of a volume share.
#[derive(Debug)]
pub struct State {
    /// The volume, acting for nobody.
    own_volume: Arc<dyn Volume>,
    shards: Vec<Mutex<Shard>>,
    root_device: u64,
    last_open: AtomicU64,
    /// Counts renames and removals, so that an open can tell whether the name it found may have moved since.
    pub(crate) changes: AtomicU64,
    /// Told whenever a name or stream that went with its last open is gone, or stays after all.
    pub(crate) removals: Notify,
    /// Directories whose deletion is pending: only when there is one does a create look at its parent.
    pub(crate) pending_directories: AtomicUsize,
    /// Files of which some are told other times than the volume has.
    pub(crate) files_with_held_times: AtomicUsize,
    pub(crate) tunnel: Tunnel,
    pub(crate) watchers: Watchers,
    pub(crate) directory_caches: DirectoryCaches,
    pub(crate) backups: BackupUse,
}

impl FileSystem {
    /// The object store over `volume`. Looks at the root once, which may block for a moment.
    #[must_use]
    pub fn new(volume: Arc<dyn Volume>) -> Arc<Self> {
        let root = volume.lookup(&NtPath::root(), Wait::Allowed);
        let state = State {
            root_device: root.map_or(0, |(_, m)| m.number.device),
            own_volume: Arc::clone(&volume),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            last_open: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            removals: Notify::new(),
            pending_directories: AtomicUsize::new(0),
            files_with_held_times: AtomicUsize::new(0),
            tunnel: Tunnel::default(),
            watchers: Watchers::default(),
            directory_caches: DirectoryCaches::default(),
            backups: BackupUse::default(),
        };
        Arc::new(Self { volume, state: Arc::new(state), whole: None })
    }

    /// The same for somebody: this itself, or where files are opened as a user of the machine one that does so.
    ///
    /// # Errors
    /// ACCESS_DENIED: the volume cannot act as a user.
    pub fn acting_for(self: &Arc<Self>, by: &SecurityContext) -> Result<Arc<Self>, NtStatus> {
        let Some(identity) = &by.identity else { return Ok(Arc::clone(self)) };
        let volume = self.own_volume.acting_as(&identity.user).ok_or(NtStatus::ACCESS_DENIED)?;
        let whole = Some(Arc::clone(self.whole.as_ref().unwrap_or(self)));
        Ok(Arc::new(Self { volume, state: Arc::clone(&self.state), whole }))
    }

    /// Whether both are of the same volume, for whomever.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }

    /// The volume beneath, for what is the server's own business.
    pub(crate) fn own_volume(&self) -> &Arc<dyn Volume> {
        &self.state.own_volume
    }

    /// The volume beneath.
    #[must_use]
    pub const fn volume(&self) -> &Arc<dyn Volume> {
        &self.volume
    }

    /// Files that are open at least once.
    #[must_use]
    pub fn open_files(&self) -> usize {
        self.shards.iter().map(|s| s.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    /// The 64-bit number a client sees: the file's own within the root's file system, mixed with the device elsewhere.
    pub(crate) fn file_id(&self, number: FileNumber) -> u64 {
        if number.device == self.root_device {
            return number.inode;
        }
        number.inode ^ number.device.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The part of the table a file is in. Taken before the file's own state, never after it.
    pub(crate) fn shard(&self, number: FileNumber) -> MutexGuard<'_, Shard> {
        let mixed = (number.inode ^ number.device).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let index = usize::try_from(mixed).unwrap_or(0) % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shards.iter().map(|s| s.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn next_open(&self) -> u64 {
        self.last_open.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn is_slow(&self) -> bool {
        self.volume.capabilities().contains(Capabilities::SLOW)
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.volume.capabilities().contains(Capabilities::READ_ONLY)
    }
}

impl Deref for FileSystem {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}
