//! Getting, keeping and giving up names, step by step as time goes on.

use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;

use super::{Entry, Ids, NameEvent, NameState, Node, NodeConfig, NodeType, Outgoing, Service};
use crate::{AddressEntry, FullName, NameFlags, NamePacket, NetbiosName, Opcode, Record, RecordType};

/// BCAST_REQ_RETRY_TIMEOUT (RFC 1002 6).
const BROADCAST_AGAIN: Duration = Duration::from_millis(250);
/// UCAST_REQ_RETRY_TIMEOUT ([MS-NBTE] 3.1.2).
const ASK_AGAIN: Duration = Duration::from_millis(1500);
/// BCAST_REQ_RETRY_COUNT and UCAST_REQ_RETRY_COUNT (RFC 1002 6).
const TIMES: u8 = 3;
/// How long until name servers are asked again of which none answered.
const SEEK_AGAIN: Duration = Duration::from_secs(60);
/// [MS-NBTE] 3.1.4.1: the shortest time after which a name server is told again.
const MIN_TIMEOUT: Duration = Duration::from_secs(300);
/// The longest a name server can ask for patience.
const MAX_PATIENCE: Duration = Duration::from_secs(30);

/// What a node is at with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is not the node's yet.
    Claiming(Stage),
    /// No name server answers to a node that needs one.
    Waiting {
        until: Duration,
    },
    /// It is the node's, whatever it is at.
    Held {
        check: Option<Check>,
    },
    /// Somebody else has it.
    Conflict,
    Releasing(Release),
}

/// What a node does about a name it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// A name server is told again, or looked for.
    At(Duration),
    Now(Stage),
}

/// A question and how often it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) id: u16,
    sent: u8,
    due: Duration,
}

/// Whom a name is claimed from. Servers are numbers in the node's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Everybody on the subnet.
    Broadcast(Round),
    /// A name server.
    Server(Round, usize),
    /// Whoever a name server says has it (RFC 1002 4.2.7).
    Owner(Round, usize, Ipv4Addr),
    /// The server again, as the owner did not answer (4.2.3).
    Overwrite(Round, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    Server(Round, usize),
    Broadcast(Round),
}

impl Round {
    const fn new(id: u16, now: Duration) -> Self {
        Self { id, sent: 0, due: now }
    }

    /// One more time, unless it was often enough.
    fn again(&mut self, now: Duration, after: Duration) -> bool {
        if self.sent >= TIMES {
            return false;
        }
        self.sent = self.sent.saturating_add(1);
        self.due = now.saturating_add(after);
        true
    }

    /// Whoever was asked wants more time.
    pub(super) fn wait(&mut self, now: Duration, seconds: u32) {
        let patience = Duration::from_secs(seconds.into()).clamp(ASK_AGAIN, MAX_PATIENCE);
        self.sent = TIMES;
        self.due = now.saturating_add(patience);
    }
}

impl Stage {
    const fn round(&self) -> &Round {
        match self {
            Self::Broadcast(round)
            | Self::Server(round, _)
            | Self::Owner(round, ..)
            | Self::Overwrite(round, _) => round,
        }
    }

    pub(super) const fn round_mut(&mut self) -> &mut Round {
        match self {
            Self::Broadcast(round)
            | Self::Server(round, _)
            | Self::Owner(round, ..)
            | Self::Overwrite(round, _) => round,
        }
    }
}

impl Progress {
    /// Whether the name is the node's.
    pub(super) const fn holds(&self) -> bool {
        matches!(self, Self::Held { .. })
    }

    pub(super) const fn state(&self) -> NameState {
        match self {
            Self::Claiming(_) | Self::Waiting { .. } => NameState::Claiming,
            Self::Held { .. } => NameState::Registered,
            Self::Conflict => NameState::Conflict,
            Self::Releasing(_) => NameState::Releasing,
        }
    }

    /// The stage of a claim, or of a check.
    pub(super) const fn stage_mut(&mut self) -> Option<&mut Stage> {
        match self {
            Self::Claiming(stage) | Self::Held { check: Some(Check::Now(stage)) } => Some(stage),
            Self::Held { .. } | Self::Waiting { .. } | Self::Conflict | Self::Releasing(_) => None,
        }
    }

    /// The id of what was asked, if anything was.
    pub(super) fn id(&mut self) -> Option<u16> {
        if let Self::Releasing(Release::Server(round, _) | Release::Broadcast(round)) = self {
            return Some(round.id);
        }
        self.stage_mut().map(|stage| stage.round().id)
    }
}

impl Entry {
    /// When something is due.
    pub(super) const fn due(&self) -> Option<Duration> {
        match &self.progress {
            Progress::Claiming(stage) | Progress::Held { check: Some(Check::Now(stage)) } => {
                Some(stage.round().due)
            }
            Progress::Waiting { until } | Progress::Held { check: Some(Check::At(until)) } => Some(*until),
            Progress::Releasing(Release::Server(round, _) | Release::Broadcast(round)) => Some(round.due),
            Progress::Held { check: None } | Progress::Conflict => None,
        }
    }
}

/// Where giving up a name begins.
pub(super) fn releasing(config: &NodeConfig, service: Option<Service>, now: Duration, id: u16) -> Progress {
    let round = Round::new(id, now);
    Progress::Releasing(match service {
        Some(service) if config.node_type != NodeType::B => Release::Server(round, service.server),
        _ => Release::Broadcast(round),
    })
}

impl Node {
    /// Where a claim begins.
    pub(super) fn begin(&self, now: Duration, ids: Ids<'_>) -> Progress {
        let round = Round::new(ids(), now);
        let asks_server =
            !self.config.servers.is_empty() && matches!(self.config.node_type, NodeType::P | NodeType::H);
        if asks_server {
            return Progress::Claiming(Stage::Server(round, 0));
        }
        if self.config.node_type.broadcasts() {
            return Progress::Claiming(Stage::Broadcast(round));
        }
        Progress::Waiting { until: now.saturating_add(SEEK_AGAIN) }
    }

    /// Looks again whether a name is the node's that somebody says is not.
    pub(super) fn check(&self, now: Duration, ids: Ids<'_>) -> Option<Check> {
        match self.begin(now, ids) {
            Progress::Claiming(stage) => Some(Check::Now(stage)),
            _ => None,
        }
    }

    /// Takes every step that is due.
    pub(super) fn advance(&mut self, now: Duration, ids: Ids<'_>) {
        let due = |entry: &Entry| entry.due().is_some_and(|due| due <= now);
        let names: Vec<_> = self.names.iter().filter(|(_, e)| due(e)).map(|(name, _)| *name).collect();
        for name in names {
            let Some(mut entry) = self.names.remove(&name) else { continue };
            if self.step(name, &mut entry, now, ids) {
                self.names.insert(name, entry);
            }
        }
    }

    /// Takes a step; false when that was the last one of a name that is given up.
    fn step(&mut self, name: NetbiosName, entry: &mut Entry, now: Duration, ids: Ids<'_>) -> bool {
        match entry.progress {
            Progress::Claiming(stage) => {
                let (stage, done) = self.ask(name, entry, stage, now, ids);
                match done {
                    Asked::Goes => entry.progress = Progress::Claiming(stage),
                    Asked::Got(check) => {
                        entry.progress = Progress::Held { check };
                        self.events.push_back(NameEvent::Registered(name));
                    }
                    Asked::Nobody => {
                        entry.progress = Progress::Waiting { until: now.saturating_add(SEEK_AGAIN) }
                    }
                }
            }
            Progress::Held { check: Some(Check::Now(stage)) } => {
                let (stage, done) = self.ask(name, entry, stage, now, ids);
                entry.progress = Progress::Held {
                    check: match done {
                        Asked::Goes => Some(Check::Now(stage)),
                        Asked::Got(check) => check,
                        Asked::Nobody => Some(Check::At(now.saturating_add(SEEK_AGAIN))),
                    },
                };
            }
            Progress::Held { check: Some(Check::At(_)) } => {
                let server = entry.service.map_or(0, |service| service.server);
                let stage = Stage::Server(Round::new(ids(), now), server);
                entry.progress = Progress::Held { check: Some(Check::Now(stage)) };
                return self.step(name, entry, now, ids);
            }
            Progress::Waiting { .. } => {
                entry.progress = self.begin(now, ids);
                if matches!(entry.progress, Progress::Claiming(_)) {
                    return self.step(name, entry, now, ids);
                }
            }
            Progress::Releasing(release) => return self.give_up(name, entry, release, now, ids),
            Progress::Held { check: None } | Progress::Conflict => {}
        }
        true
    }

    /// Asks once more, or goes on to whom is asked next.
    fn ask(
        &mut self,
        name: NetbiosName,
        entry: &mut Entry,
        mut stage: Stage,
        now: Duration,
        ids: Ids<'_>,
    ) -> (Stage, Asked) {
        match &mut stage {
            Stage::Broadcast(round) => {
                let last = !round.again(now, BROADCAST_AGAIN);
                // The last one says that the name is taken now (RFC 1002 4.2.3, NAME OVERWRITE DEMAND).
                let desired = if last { NameFlags::empty() } else { NameFlags::RECURSION_DESIRED };
                let packet = self.registration(
                    name,
                    entry,
                    round.id,
                    Opcode::REGISTRATION,
                    desired | NameFlags::BROADCAST,
                );
                self.outgoing.push_back(Outgoing { packet, to: None });
                if !last {
                    return (stage, Asked::Goes);
                }
                if self.config.servers.is_empty() || self.config.node_type == NodeType::B {
                    return (stage, Asked::Got(None));
                }
                if self.config.node_type == NodeType::M && entry.service.is_none() {
                    return self.ask(name, entry, Stage::Server(Round::new(ids(), now), 0), now, ids);
                }
                (stage, Asked::Got(Some(Check::At(now.saturating_add(SEEK_AGAIN)))))
            }
            Stage::Server(round, server) | Stage::Overwrite(round, server) => {
                if let Some(to) = self.server(*server)
                    && round.again(now, ASK_AGAIN)
                {
                    let (id, server) = (round.id, *server);
                    let (opcode, flags) = self.asks_server_for(entry, &stage, server);
                    let packet = self.registration(name, entry, id, opcode, flags);
                    self.outgoing.push_back(Outgoing { packet, to: Some(to) });
                    return (stage, Asked::Goes);
                }
                let next = server.saturating_add(1);
                if next < self.config.servers.len() {
                    entry.service = None;
                    return self.ask(name, entry, Stage::Server(Round::new(ids(), now), next), now, ids);
                }
                entry.service = None;
                match self.config.node_type {
                    NodeType::H if !entry.progress.holds() => {
                        self.ask(name, entry, Stage::Broadcast(Round::new(ids(), now)), now, ids)
                    }
                    NodeType::M => (stage, Asked::Got(Some(Check::At(now.saturating_add(SEEK_AGAIN))))),
                    _ => (stage, Asked::Nobody),
                }
            }
            Stage::Owner(round, server, owner) => {
                let server = *server;
                if round.again(now, ASK_AGAIN) {
                    let packet = NamePacket::request(
                        round.id,
                        Opcode::QUERY,
                        NameFlags::empty(),
                        self.full(name),
                        RecordType::NB,
                    );
                    let to = Some(SocketAddrV4::new(*owner, self.port));
                    self.outgoing.push_back(Outgoing { packet, to });
                    return (stage, Asked::Goes);
                }
                self.ask(name, entry, Stage::Overwrite(Round::new(ids(), now), server), now, ids)
            }
        }
    }

    /// Which request a name server gets: a refresh if it has the name.
    fn asks_server_for(&self, entry: &Entry, stage: &Stage, server: usize) -> (Opcode, NameFlags) {
        if matches!(stage, Stage::Overwrite(..)) {
            return (Opcode::REGISTRATION, NameFlags::empty());
        }
        let opcode = if entry.service.is_some_and(|service| service.server == server) {
            Opcode::REFRESH
        } else if self.config.multihomed && !entry.group {
            Opcode::MULTIHOMED_REGISTRATION
        } else {
            Opcode::REGISTRATION
        };
        (opcode, NameFlags::RECURSION_DESIRED)
    }

    /// A request that has the name's address (RFC 1002 4.2.2 to 4.2.4, 4.2.9).
    fn registration(
        &self,
        name: NetbiosName,
        entry: &Entry,
        id: u16,
        opcode: Opcode,
        flags: NameFlags,
    ) -> NamePacket {
        let name = self.full(name);
        let mut packet = NamePacket::request(id, opcode, flags, name.clone(), RecordType::NB);
        packet.additionals.push(self.own_record(name, entry.group));
        packet
    }

    /// The record that says that a name is at this node.
    pub(super) fn own_record(&self, name: FullName, group: bool) -> Record {
        let entry = AddressEntry { kind: self.name_type(group), address: self.config.address };
        Record::address(name, self.config.ttl, entry)
    }

    /// [MS-NBTE] 3.1.7: the server is told first, and everybody if it does not confirm that or there is none.
    fn give_up(
        &mut self,
        name: NetbiosName,
        entry: &mut Entry,
        mut release: Release,
        now: Duration,
        ids: Ids<'_>,
    ) -> bool {
        let again = match &mut release {
            Release::Server(round, _) => round.again(now, ASK_AGAIN),
            Release::Broadcast(round) => {
                self.config.node_type.broadcasts() && round.again(now, BROADCAST_AGAIN)
            }
        };
        if !again {
            if matches!(release, Release::Server(..)) && self.config.node_type.broadcasts() {
                let round = Round::new(ids(), now);
                return self.give_up(name, entry, Release::Broadcast(round), now, ids);
            }
            self.events.push_back(NameEvent::Released(name));
            return false;
        }
        let (id, to, flags) = match release {
            Release::Server(round, server) => (round.id, self.server(server), NameFlags::empty()),
            Release::Broadcast(round) => (round.id, None, NameFlags::BROADCAST),
        };
        let mut packet = self.registration(name, entry, id, Opcode::RELEASE, flags);
        for record in &mut packet.additionals {
            record.ttl = 0;
        }
        self.outgoing.push_back(Outgoing { packet, to });
        entry.progress = Progress::Releasing(release);
        true
    }

    /// A name server has taken a name for `ttl` seconds.
    pub(super) fn served(&mut self, name: NetbiosName, server: usize, ttl: u32, now: Duration) {
        let Some(entry) = self.names.get_mut(&name) else { return };
        let timeout = (ttl != 0).then(|| Duration::from_secs(ttl.into()).max(MIN_TIMEOUT));
        entry.service = Some(Service { server });
        // Halfway, so that the server can be away for a while without losing the name.
        let check =
            timeout.map(|timeout| Check::At(now.saturating_add(timeout.checked_div(2).unwrap_or(timeout))));
        if !entry.progress.holds() {
            self.events.push_back(NameEvent::Registered(name));
        }
        entry.progress = Progress::Held { check };
    }

    /// Somebody else has a name.
    pub(super) fn refused(&mut self, name: NetbiosName, owner: Option<Ipv4Addr>) {
        let Some(entry) = self.names.get_mut(&name) else { return };
        entry.progress = Progress::Conflict;
        entry.service = None;
        self.events.push_back(NameEvent::Refused(name, owner));
    }

    /// A name server says who has a name and leaves it to the node to ask.
    pub(super) fn challenge(
        &mut self,
        name: NetbiosName,
        server: usize,
        owner: Ipv4Addr,
        now: Duration,
        ids: Ids<'_>,
    ) {
        self.turn_to(name, Stage::Owner(Round::new(ids(), now), server, owner), now, ids);
    }

    /// The owner of a name does not have it any more.
    pub(super) fn overwrite(&mut self, name: NetbiosName, server: usize, now: Duration, ids: Ids<'_>) {
        self.turn_to(name, Stage::Overwrite(Round::new(ids(), now), server), now, ids);
    }

    fn turn_to(&mut self, name: NetbiosName, next: Stage, now: Duration, ids: Ids<'_>) {
        let stage = self.names.get_mut(&name).and_then(|entry| entry.progress.stage_mut());
        if let Some(stage) = stage {
            *stage = next;
            self.advance(now, ids);
        }
    }

    /// A name server has confirmed, or not, that a name is given up.
    pub(super) fn release_answered(
        &mut self,
        name: NetbiosName,
        confirmed: bool,
        now: Duration,
        ids: Ids<'_>,
    ) {
        let Some(entry) = self.names.get_mut(&name) else { return };
        if confirmed && self.config.node_type != NodeType::M || !self.config.node_type.broadcasts() {
            self.names.remove(&name);
            self.events.push_back(NameEvent::Released(name));
            return;
        }
        entry.progress = Progress::Releasing(Release::Broadcast(Round::new(ids(), now)));
        self.advance(now, ids);
    }
}

/// What came of asking.
enum Asked {
    /// It goes on.
    Goes,
    /// The name is the node's; when to do something about it again.
    Got(Option<Check>),
    /// No name server answered.
    Nobody,
}
