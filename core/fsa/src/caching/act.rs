use super::CacheState;
use lanward_nt::AccessMask;

/// What somebody does to a stream, as far as others' caches are concerned ([MS-FSA] 2.1.4.12 Operation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Opens it for something that looks at or changes data.
    Open,
    /// Opens it and throws its data away.
    Overwrite,
    /// Opens it against the share modes of those that may not have it open any more (OPEN_BREAK_H).
    OpenAgainstShareMode,
    /// Writes, locks, or changes its length.
    Change,
    /// Renames it, links it, marks it as going, or changes its security.
    Rename,
    /// Changes what a directory lists, or what its list shows of an entry (PARENT_OBJECT).
    ChangeEntry,
}

/// Whose caches an act is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Oplocks,
    /// Batch oplocks: their holders may not have the file open any more, so share modes are looked at after they have answered.
    Batch,
    Leases,
}

/// Rights that neither look at data nor change it, so that an open with no other disturbs no lease.
const STAT: AccessMask = AccessMask::READ_ATTRIBUTES
    .union(AccessMask::WRITE_ATTRIBUTES)
    .union(AccessMask::READ_CONTROL)
    .union(AccessMask::SYNCHRONIZE);

impl Act {
    /// What others lose.
    pub(super) const fn loses(self) -> CacheState {
        match self {
            Self::Open => CacheState::WRITE,
            Self::OpenAgainstShareMode | Self::Rename => CacheState::HANDLE,
            Self::Overwrite | Self::Change | Self::ChangeEntry => CacheState::READ_WRITE,
        }
    }

    /// What others must have said that they lost before it goes on. A cache of opens that goes only because that of reads goes keeps nobody.
    pub(super) const fn waits_for(self) -> CacheState {
        match self {
            Self::ChangeEntry => CacheState::NONE,
            Self::OpenAgainstShareMode | Self::Rename => CacheState::HANDLE,
            Self::Open | Self::Overwrite | Self::Change => CacheState::WRITE,
        }
    }

    /// Whether a level II oplock goes though it is one's own: it has no key to tell by ([MS-FSA] 2.1.4.12 IIOplocks).
    pub(super) const fn takes_own_level_two(self) -> bool {
        matches!(self, Self::Change)
    }
}

/// Whether an open with these rights leaves leases alone (`lease`) or oplocks, which are more easily disturbed ([MS-FSA] 2.1.4.12, OPEN).
pub(crate) fn is_stat_open(access: AccessMask, lease: bool) -> bool {
    let harmless = if lease { STAT } else { STAT.difference(AccessMask::READ_CONTROL) };
    harmless.contains(access)
}
