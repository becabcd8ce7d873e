use super::{BreakRoute, CacheState, LeaseTable, OplockLevel};
use lanward_nt::Guid;
use std::sync::Arc;

/// What an open asks to be allowed to cache.
#[derive(Debug, Clone, Copy, Default)]
pub enum CacheRequest<'a> {
    /// Nothing.
    #[default]
    None,
    /// An oplock.
    Oplock {
        /// Of at most this level.
        level: OplockLevel,
        /// Where its breaks go.
        route: &'a Arc<BreakRoute>,
    },
    /// A lease.
    Lease(LeaseRequest<'a>),
}

/// [MS-SMB2] 2.2.13.2.8, 2.2.13.2.10: a lease as it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct LeaseRequest<'a> {
    /// The leases of the client.
    pub table: &'a Arc<LeaseTable>,
    /// The client's name for it.
    pub key: Guid,
    /// What it should allow.
    pub state: CacheState,
    /// The epoch the client counts from, in version 2.
    pub epoch: Option<u16>,
    /// The client's lease of the directory, if it named one.
    pub parent: Option<Guid>,
    /// Whether directories can be leased.
    pub directories: bool,
}

/// What an open may cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldCache {
    /// What an oplock of this level allows; `None` for none.
    Oplock(OplockLevel),
    /// What its lease allows.
    Lease(LeaseGrant),
}

/// [MS-SMB2] 2.2.14.2.10, 2.2.14.2.11: a lease as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseGrant {
    /// The client's name for it.
    pub key: Guid,
    /// What it allows; while it breaks, what it allowed before.
    pub state: CacheState,
    /// Whether a break waits for the client's acknowledgment.
    pub breaking: bool,
    /// Its epoch; a lease of version 1 has none.
    pub epoch: Option<u16>,
    /// The client's lease of the directory.
    pub parent: Option<Guid>,
}

impl HeldCache {
    /// Nothing.
    pub const NONE: Self = Self::Oplock(OplockLevel::None);

    /// Whether its holder may keep the file open though it has closed it: what a durable open needs ([MS-SMB2] 3.3.5.9.6).
    #[must_use]
    pub const fn caches_handles(&self) -> bool {
        match self {
            Self::Oplock(level) => matches!(level, OplockLevel::Batch),
            Self::Lease(lease) => lease.state.contains(CacheState::HANDLE),
        }
    }
}

impl Default for HeldCache {
    fn default() -> Self {
        Self::NONE
    }
}
