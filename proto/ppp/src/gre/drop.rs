use core::fmt;

/// Why a packet was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GreDrop {
    /// The IP header is none, or lies about lengths, or is that of a fragment or of another protocol.
    Ip,
    /// It ends within its GRE header.
    Short,
    /// It is not enhanced GRE of version 1 with PPP in it, or has bits that must be zero.
    Flags,
    /// It announces more payload than there is.
    Truncated,
    /// It has a sequence number and no payload.
    Empty,
    /// It has payload and no sequence number.
    Unnumbered,
    /// It is larger than any frame of PPP.
    TooLarge,
    /// There is no such call, or the peer is not the one it is with.
    NoCall,
    /// It is here already, or was given up.
    Duplicate,
    /// Its number is too far ahead to be believed.
    FarAhead,
    /// The call is not authenticated, and has had its share for now.
    RateLimited,
}

impl GreDrop {
    /// Every reason, in order.
    pub const ALL: [Self; 11] = [
        Self::Ip,
        Self::Short,
        Self::Flags,
        Self::Truncated,
        Self::Empty,
        Self::Unnumbered,
        Self::TooLarge,
        Self::NoCall,
        Self::Duplicate,
        Self::FarAhead,
        Self::RateLimited,
    ];

    /// A word for it, as logs and counters name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Short => "short",
            Self::Flags => "flags",
            Self::Truncated => "truncated",
            Self::Empty => "empty",
            Self::Unnumbered => "unnumbered",
            Self::TooLarge => "too-large",
            Self::NoCall => "no-call",
            Self::Duplicate => "duplicate",
            Self::FarAhead => "far-ahead",
            Self::RateLimited => "rate-limited",
        }
    }
}

impl fmt::Display for GreDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many packets were dropped, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GreDrops([u64; GreDrop::ALL.len()]);

impl GreDrops {
    /// None so far.
    #[must_use]
    pub const fn none() -> Self {
        Self([0; GreDrop::ALL.len()])
    }

    /// One more.
    pub fn count(&mut self, reason: GreDrop) {
        for (known, count) in GreDrop::ALL.iter().zip(&mut self.0) {
            if *known == reason {
                *count = count.saturating_add(1);
            }
        }
    }

    /// All of these, too.
    pub fn add(&mut self, others: &Self) {
        for (count, other) in self.0.iter_mut().zip(others.0) {
            *count = count.saturating_add(other);
        }
    }

    /// Each reason with its count.
    pub fn iter(&self) -> impl Iterator<Item = (GreDrop, u64)> {
        GreDrop::ALL.into_iter().zip(self.0)
    }

    /// How many for one reason.
    #[must_use]
    pub fn of(&self, reason: GreDrop) -> u64 {
        self.iter().find(|(known, _)| *known == reason).map_or(0, |(_, count)| count)
    }
}
