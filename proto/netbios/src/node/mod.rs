//! An end node on one subnet (RFC 1001 15, RFC 1002 5.1.1 to 5.1.3, [MS-NBTE] 3.1): which names it has there, how it gets and keeps them, and
//! what it answers. It sends nothing itself and knows no clock: packets come in with the time, and packets to be sent come out.

mod answer;
mod claim;
mod respond;
#[cfg(test)]
mod tests;

use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use crate::{FullName, NamePacket, NameType, NetbiosName, Scope};
use claim::Progress;

/// How a node gets and finds names (RFC 1001 10, [MS-NBTE] 3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NodeType {
    /// By broadcasts.
    #[default]
    B,
    /// By name servers.
    P,
    /// By broadcasts, then by name servers.
    M,
    /// By name servers, and by broadcasts where none answers.
    H,
}

impl NodeType {
    /// The ONT bits of NB_FLAGS.
    #[must_use]
    pub const fn flags(self) -> NameType {
        NameType::from_bits_retain(match self {
            Self::B => 0,
            Self::P => 0x2000,
            Self::M => 0x4000,
            Self::H => 0x6000,
        })
    }

    const fn broadcasts(self) -> bool {
        !matches!(self, Self::P)
    }
}

/// What a node is on its subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeConfig {
    /// How it gets names.
    pub node_type: NodeType,
    /// The scope of all its names.
    pub scope: Scope,
    /// Its own address.
    pub address: Ipv4Addr,
    /// Name servers, the one that is preferred first. With none of them every node is a B node.
    pub servers: Vec<Ipv4Addr>,
    /// The host has other addresses: names are registered with name servers as [MS-NBTE] 2.2.2 says.
    pub multihomed: bool,
    /// Seconds others may believe its answers, and the time to live it asks name servers for.
    pub ttl: u32,
    /// The hardware address, for the status of the node.
    pub unit_id: [u8; 6],
}

/// What a node is at with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameState {
    /// Nobody has objected so far.
    Claiming,
    /// It is the node's.
    Registered,
    /// Somebody else has it.
    Conflict,
    /// It is given up.
    Releasing,
}

/// A name of a node's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalName {
    /// The name.
    pub name: NetbiosName,
    /// Whether others may have it too.
    pub group: bool,
    /// What the node is at with it.
    pub state: NameState,
    /// A name server has it, too.
    pub served: bool,
}

/// A packet to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The packet.
    pub packet: NamePacket,
    /// Where to; `None` to the subnet's broadcast address.
    pub to: Option<SocketAddrV4>,
}

/// What has become of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameEvent {
    /// It is the node's now.
    Registered(NetbiosName),
    /// Somebody else has it, at this address if that is known.
    Refused(NetbiosName, Option<Ipv4Addr>),
    /// It is the node's no more, as was asked for.
    Released(NetbiosName),
}

/// A node on one subnet.
#[derive(Debug)]
pub struct Node {
    config: NodeConfig,
    /// Where name servers and other nodes listen.
    port: u16,
    names: BTreeMap<NetbiosName, Entry>,
    outgoing: VecDeque<Outgoing>,
    events: VecDeque<NameEvent>,
}

#[derive(Debug)]
struct Entry {
    group: bool,
    progress: Progress,
    /// The name server that has it.
    service: Option<Service>,
    /// When somebody last said that it is somebody else's.
    doubted: Option<Duration>,
}

/// A name server that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Service {
    /// Its place in the node's list.
    server: usize,
}

/// Random transaction ids.
pub(crate) type Ids<'a> = &'a mut dyn FnMut() -> u16;

impl Node {
    /// The most names a node has.
    pub const MAX_NAMES: usize = 64;
    /// Where the name service is (RFC 1002 4.2).
    pub const PORT: u16 = 137;

    /// A node without names, whose fellow nodes and name servers listen on `port`.
    #[must_use]
    pub const fn new(config: NodeConfig, port: u16) -> Self {
        Self { config, port, names: BTreeMap::new(), outgoing: VecDeque::new(), events: VecDeque::new() }
    }

    /// What it is.
    #[must_use]
    pub const fn config(&self) -> &NodeConfig {
        &self.config
    }

    /// Begins to claim a name; [`Node::next_event`] says what becomes of it. A name that is there already, and in no conflict, is left as it is.
    /// False if it has as many names as it can.
    pub fn add(
        &mut self,
        name: NetbiosName,
        group: bool,
        now: Duration,
        ids: &mut dyn FnMut() -> u16,
    ) -> bool {
        let kept = self.names.get(&name).is_some_and(|entry| {
            entry.group == group && !matches!(entry.progress, Progress::Conflict | Progress::Releasing(_))
        });
        if kept {
            if self.names.get(&name).is_some_and(|entry| entry.progress.holds()) {
                self.events.push_back(NameEvent::Registered(name));
            }
            return true;
        }
        if self.names.len() >= Self::MAX_NAMES && !self.names.contains_key(&name) {
            return false;
        }
        let progress = if name.is_wildcard() {
            self.events.push_back(NameEvent::Registered(name));
            Progress::Held { check: None }
        } else {
            self.begin(now, ids)
        };
        self.names.insert(name, Entry { group, progress, service: None, doubted: None });
        self.advance(now, ids);
        true
    }

    /// Begins to give up a name.
    pub fn release(&mut self, name: NetbiosName, now: Duration, ids: &mut dyn FnMut() -> u16) {
        let Some(entry) = self.names.get_mut(&name) else { return };
        if matches!(entry.progress, Progress::Releasing(_)) {
            return;
        }
        if !entry.progress.holds() || name.is_wildcard() {
            self.names.remove(&name);
            self.events.push_back(NameEvent::Released(name));
            return;
        }
        entry.progress = claim::releasing(&self.config, entry.service, now, ids());
        self.advance(now, ids);
    }

    /// Begins to give up every name.
    pub fn release_all(&mut self, now: Duration, ids: &mut dyn FnMut() -> u16) {
        let names: Vec<_> = self.names.keys().copied().collect();
        names.into_iter().for_each(|name| self.release(name, now, ids));
    }

    /// Its names.
    pub fn names(&self) -> impl Iterator<Item = LocalName> + '_ {
        self.names.iter().map(|(name, entry)| LocalName {
            name: *name,
            group: entry.group,
            state: entry.progress.state(),
            served: entry.service.is_some(),
        })
    }

    /// Whether a name is its own, so that what is for the name is for this node.
    #[must_use]
    pub fn holds(&self, name: &FullName) -> bool {
        name.scope == self.config.scope
            && self.names.get(&name.name).is_some_and(|entry| entry.progress.holds())
    }

    /// The next packet to be sent.
    pub fn next_outgoing(&mut self) -> Option<Outgoing> {
        self.outgoing.pop_front()
    }

    /// The next thing to know about its names.
    pub fn next_event(&mut self) -> Option<NameEvent> {
        self.events.pop_front()
    }

    /// When [`Node::tick`] has something to do.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Duration> {
        self.names.values().filter_map(Entry::due).min()
    }

    /// Does what is due at `now`.
    pub fn tick(&mut self, now: Duration, ids: &mut dyn FnMut() -> u16) {
        self.advance(now, ids);
    }

    fn full(&self, name: NetbiosName) -> FullName {
        FullName { name, scope: self.config.scope.clone() }
    }

    fn name_type(&self, group: bool) -> NameType {
        let group = if group { NameType::GROUP } else { NameType::empty() };
        self.config.node_type.flags() | group
    }

    fn server(&self, index: usize) -> Option<SocketAddrV4> {
        self.config.servers.get(index).map(|ip| SocketAddrV4::new(*ip, self.port))
    }
}
