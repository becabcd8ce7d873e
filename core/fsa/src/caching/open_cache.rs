use super::Owner;
use lanward_nt::Guid;
use std::sync::atomic::AtomicBool;

/// What an open has to do with caches.
#[derive(Debug, Default)]
pub(crate) struct OpenCache {
    /// Its oplock or lease, from when it was granted until it is closed.
    pub(crate) owner: Option<Owner>,
    /// Lease table and key of the lease on the directory its name is in, which its own changes leave alone ([MS-FSA] ParentOplockKey).
    pub(crate) parent: Option<(u64, Guid)>,
    /// It is more than a stat open.
    pub(crate) active: bool,
    /// What the directory's list shows of the file changed through this open, and those who cache the list do not know yet.
    pub(crate) changed_entry: AtomicBool,
}
