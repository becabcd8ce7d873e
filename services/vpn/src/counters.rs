//! What was dropped, by the reason: one counter each, so that whoever looks for lost packets finds where they went.

use serde::{Deserialize, Serialize};

/// Why a packet, connection or call was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drop {
    /// A connection while there are as many as may begin at once.
    TooManyStarting,
    /// A connection of an address that has as many as one may begin at once.
    TooManyFromAddress,
    /// A connection of an address that makes too many in a minute.
    ConnectionRate,
    /// A call while there are as many sessions as there may be.
    TooManySessions,
    /// A call of a user who has as many as one may have.
    TooManyOfUser,
    /// A logon of an address that tries too many in a minute.
    LogonRate,
    /// A call for which no address is left.
    NoAddress,
    /// A GRE packet that is longer than any well-meant one, or has no whole header.
    GreLength,
    /// A GRE packet that is none of PPTP's.
    GreHeader,
    /// A GRE packet of no call of its sender.
    GreUnknown,
    /// A GRE packet the call has no use for: late, twice, not for its state, or not to be decrypted.
    GreUnwanted,
    /// A packet that is no whole IPv4 packet.
    InnerHeader,
    /// A packet from an address that is not the sender's.
    InnerSource,
    /// A packet to somebody else who dialled in.
    InnerPeer,
    /// A packet to where those who dialled in may not go.
    InnerReach,
    /// A packet that the system did not take.
    InnerRefused,
    /// A packet to nobody who dialled in.
    OuterDestination,
    /// A packet that is too long for its session and may not be cut.
    OuterTooBig,
    /// A packet to a session that could not take it.
    OuterUnwanted,
    /// A GRE packet the system had no room for.
    SendFailed,
}

impl Drop {
    /// All of them, in order.
    pub const ALL: [Self; 20] = [
        Self::TooManyStarting,
        Self::TooManyFromAddress,
        Self::ConnectionRate,
        Self::TooManySessions,
        Self::TooManyOfUser,
        Self::LogonRate,
        Self::NoAddress,
        Self::GreLength,
        Self::GreHeader,
        Self::GreUnknown,
        Self::GreUnwanted,
        Self::InnerHeader,
        Self::InnerSource,
        Self::InnerPeer,
        Self::InnerReach,
        Self::InnerRefused,
        Self::OuterDestination,
        Self::OuterTooBig,
        Self::OuterUnwanted,
        Self::SendFailed,
    ];

    /// As metrics and commands name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooManyStarting => "too-many-starting",
            Self::TooManyFromAddress => "too-many-from-address",
            Self::ConnectionRate => "connection-rate",
            Self::TooManySessions => "too-many-sessions",
            Self::TooManyOfUser => "too-many-of-user",
            Self::LogonRate => "logon-rate",
            Self::NoAddress => "no-address",
            Self::GreLength => "gre-length",
            Self::GreHeader => "gre-header",
            Self::GreUnknown => "gre-unknown",
            Self::GreUnwanted => "gre-unwanted",
            Self::InnerHeader => "inner-header",
            Self::InnerSource => "inner-source",
            Self::InnerPeer => "inner-peer",
            Self::InnerReach => "inner-reach",
            Self::InnerRefused => "inner-refused",
            Self::OuterDestination => "outer-destination",
            Self::OuterTooBig => "outer-too-big",
            Self::OuterUnwanted => "outer-unwanted",
            Self::SendFailed => "send-failed",
        }
    }
}

/// How often what was dropped since the process started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters([u64; Drop::ALL.len()]);

impl Counters {
    /// Counts one.
    pub fn count(&mut self, why: Drop) {
        if let Some(at) = self.0.get_mut(why as usize) {
            *at += 1;
        }
    }

    /// How often this happened.
    #[must_use]
    pub fn of(&self, why: Drop) -> u64 {
        self.0.get(why as usize).copied().unwrap_or(0)
    }

    /// Each reason and how often it happened.
    pub fn all(&self) -> impl Iterator<Item = (Drop, u64)> {
        Drop::ALL.into_iter().map(|why| (why, self.of(why)))
    }

    /// Adds those of a process that is gone.
    pub fn add(&mut self, other: &Self) {
        for (own, theirs) in self.0.iter_mut().zip(other.0) {
            *own += theirs;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counters, Drop};

    #[test]
    fn each_reason_has_a_counter_and_a_name_of_its_own() {
        let mut counters = Counters::default();
        for (times, why) in Drop::ALL.into_iter().enumerate() {
            assert_eq!(why as usize, times);
            for _ in 0..times {
                counters.count(why);
            }
        }
        let mut twice = counters.clone();
        twice.add(&counters);
        for (at, (why, times)) in twice.all().enumerate() {
            assert_eq!((why as usize, times), (at, 2 * at as u64));
        }
        let mut names: Vec<_> = Drop::ALL.iter().map(|why| why.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Drop::ALL.len());
    }
}
