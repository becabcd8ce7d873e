use core::net::Ipv4Addr;
use core::time::Duration;

use crate::{AddressEntry, NameType};

/// What a name is to a name server ([MS-NBTE] appendix A, notes 2 and 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WinsKind {
    /// One host's, at one address.
    Unique,
    /// One host's, at several addresses.
    Multihomed,
    /// Everybody's; found by broadcast, so no addresses are kept.
    Group,
    /// Many hosts', each with its address: the controllers of a domain.
    SpecialGroup,
}

/// A name in the database of a name server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WinsRecord {
    /// What it is.
    pub kind: WinsKind,
    /// The owner's node type.
    pub node_type: NameType,
    /// Where it is, the oldest first, and until when each is believed. None of a group.
    pub addresses: Vec<(Ipv4Addr, Duration)>,
    /// Until when the record is believed, and once it was given up until when it is kept.
    pub until: Duration,
    /// It was given up, or not refreshed in time.
    pub released: bool,
    /// It is the server's own and never changes.
    pub own: bool,
    /// Who had it entered, whatever address that one gave it.
    pub entered_by: Option<Ipv4Addr>,
}

impl WinsRecord {
    /// [MS-NBTE] 3.2.1 asks for 25 at least.
    pub const MAX_ADDRESSES: usize = 25;

    pub(super) fn new(kind: WinsKind, entry: AddressEntry, until: Duration) -> Self {
        let mut record = Self {
            kind,
            node_type: entry.kind & NameType::NODE_TYPE,
            addresses: Vec::new(),
            until,
            released: false,
            own: false,
            entered_by: None,
        };
        if kind != WinsKind::Group {
            record.addresses.push((entry.address, until));
        }
        record
    }

    /// Adds an address or keeps it for longer; with too many of them the oldest goes ([MS-NBTE] 3.2.5.1).
    pub(super) fn add(&mut self, address: Ipv4Addr, until: Duration) {
        self.addresses.retain(|(known, _)| *known != address);
        if self.addresses.len() >= Self::MAX_ADDRESSES {
            self.addresses.remove(0);
        }
        self.addresses.push((address, until));
        self.until = self.until.max(until);
    }

    pub(super) fn has(&self, address: Ipv4Addr) -> bool {
        self.addresses.iter().any(|(known, _)| *known == address)
    }

    /// What a query is answered with: a group is found by broadcast.
    pub(super) fn entries(&self) -> Vec<AddressEntry> {
        let group = matches!(self.kind, WinsKind::Group | WinsKind::SpecialGroup);
        let kind = self.node_type | if group { NameType::GROUP } else { NameType::empty() };
        if self.kind == WinsKind::Group {
            return vec![AddressEntry { kind, address: Ipv4Addr::BROADCAST }];
        }
        self.addresses.iter().map(|(address, _)| AddressEntry { kind, address: *address }).collect()
    }

    /// Lets go of what is believed no more; false when nothing is left to keep.
    pub(super) fn expire(&mut self, now: Duration, keep: Duration) -> bool {
        if self.own {
            return true;
        }
        self.addresses.retain(|(_, until)| *until > now);
        let gone = self.until <= now || (self.kind != WinsKind::Group && self.addresses.is_empty());
        if self.released {
            return self.until > now;
        }
        if gone {
            self.release(now.saturating_add(keep));
        }
        true
    }

    /// It is given up; until then it is shown as that.
    pub(super) fn release(&mut self, until: Duration) {
        self.released = true;
        self.until = until;
        self.addresses.clear();
    }
}
