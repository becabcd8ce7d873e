use crate::Open;
use lanward_fsa::{HeldCache, OplockLevel};
use lanward_nt::Guid;

/// What an open lets its client cache, as far as durability asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caching {
    /// A batch oplock that is not being broken.
    pub batch: bool,
    /// The lease the open belongs to.
    pub lease: Option<HeldLease>,
}

/// [MS-SMB2] 3.3.1.12 Per Lease, as far as durability asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldLease {
    /// Lease.LeaseKey
    pub key: Guid,
    /// Lease.Version: 1 or 2.
    pub version: u8,
    /// Handle caching, and no break on its way that takes it.
    pub handle: bool,
}

impl Caching {
    /// Whether the client may keep the handle whatever happens to its connection.
    #[must_use]
    pub fn keeps_handle(&self) -> bool {
        self.lease.map_or(self.batch, |lease| lease.handle)
    }
}

impl Open {
    /// What its client may cache now.
    #[must_use]
    pub fn caching(&self) -> Caching {
        let Some(file) = self.file() else { return Caching::default() };
        let handle = file.keeps_handle();
        match file.held_cache() {
            HeldCache::Oplock(level) => Caching { batch: handle && level == OplockLevel::Batch, lease: None },
            HeldCache::Lease(lease) => {
                let version = if lease.epoch.is_some() { 2 } else { 1 };
                // One that breaks is not held ([MS-SMB2] 3.3.7.1 Open.OplockState): nobody would answer for it.
                let handle = handle && !lease.breaking;
                Caching { batch: false, lease: Some(HeldLease { key: lease.key, version, handle }) }
            }
        }
    }
}
