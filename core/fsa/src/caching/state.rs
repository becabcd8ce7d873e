use std::fmt;
use std::ops::BitOr;

/// What may be cached: READ_CACHING, HANDLE_CACHING and WRITE_CACHING of [MS-FSA] 2.1.1.10, with the values of [MS-SMB2] 2.2.13.2.8.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheState(u8);

impl CacheState {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// READ_CACHING
    pub const READ: Self = Self(1);
    /// HANDLE_CACHING
    pub const HANDLE: Self = Self(2);
    /// WRITE_CACHING
    pub const WRITE: Self = Self(4);
    /// READ_CACHING and HANDLE_CACHING
    pub const READ_HANDLE: Self = Self(3);
    /// READ_CACHING and WRITE_CACHING
    pub const READ_WRITE: Self = Self(5);
    /// All of it
    pub const ALL: Self = Self(7);

    /// From a lease's state on the wire, whatever it says.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        // The three bits that mean something.
        match bits & 7 {
            0 => Self::NONE,
            1 => Self::READ,
            2 => Self::HANDLE,
            3 => Self::READ_HANDLE,
            4 => Self::WRITE,
            5 => Self::READ_WRITE,
            6 => Self(6),
            _ => Self::ALL,
        }
    }

    /// As on the wire.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0 as u32
    }

    /// Whether nothing may be cached.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` is in it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is in it.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is left without `other`; without READ_CACHING there is nothing left.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0).legal()
    }

    /// Itself, if it is one of the combinations there are ([MS-FSA] 2.1.5.18), else nothing.
    #[must_use]
    pub const fn legal(self) -> Self {
        if self.0 & Self::READ.0 == 0 { Self::NONE } else { self }
    }

    /// Whether its holder has to say that it has given something up: it may have data or opens that nobody else knows of.
    pub(crate) const fn needs_acknowledgment(self) -> bool {
        self.0 & (Self::HANDLE.0 | Self::WRITE.0) != 0
    }
}

impl BitOr for CacheState {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for CacheState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = [(Self::READ, "R"), (Self::HANDLE, "H"), (Self::WRITE, "W")];
        letters
            .iter()
            .filter(|(bit, _)| self.contains(*bit))
            .try_for_each(|(_, letter)| f.write_str(letter))?;
        if self.is_none() { f.write_str("none") } else { Ok(()) }
    }
}

/// An oplock's level ([MS-SMB2] 2.2.13 RequestedOplockLevel, but for leases).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OplockLevel {
    /// No oplock.
    #[default]
    None,
    /// LEVEL_TWO: reads.
    Two,
    /// LEVEL_ONE: reads and writes.
    Exclusive,
    /// BATCH: reads, writes and opens.
    Batch,
}

impl OplockLevel {
    /// What it lets its holder cache.
    #[must_use]
    pub const fn state(self) -> CacheState {
        match self {
            Self::None => CacheState::NONE,
            Self::Two => CacheState::READ,
            Self::Exclusive => CacheState::READ_WRITE,
            Self::Batch => CacheState::ALL,
        }
    }

    /// The level that lets its holder cache this.
    #[must_use]
    pub const fn of(state: CacheState) -> Self {
        if state.contains(CacheState::ALL) {
            Self::Batch
        } else if state.contains(CacheState::READ_WRITE) {
            Self::Exclusive
        } else if state.contains(CacheState::READ) {
            Self::Two
        } else {
            Self::None
        }
    }
}
