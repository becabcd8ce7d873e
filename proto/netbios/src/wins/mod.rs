//! A name server (RFC 1001 15.1.2 and 15.1.3, RFC 1002 5.1.4, [MS-NBTE] 3.2): who has which name on many subnets. Before a name changes hands its
//! owner is asked. Like a node it sends nothing itself and knows no clock.

mod challenge;
mod record;
#[cfg(test)]
mod tests;

use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use crate::{
    AddressEntry, FullName, NameFlags, NamePacket, NetbiosName, Opcode, Outgoing, Rcode, Record, RecordData,
    RecordType,
};
use challenge::Challenge;
pub use record::{WinsKind, WinsRecord};

/// How much a name server takes and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WinsConfig {
    /// The shortest time to live it gives, in seconds.
    pub min_ttl: u32,
    /// The longest, in seconds; those who ask for ever get this.
    pub max_ttl: u32,
    /// Names altogether.
    pub max_names: usize,
    /// Names that one address has.
    pub max_names_of_address: usize,
}

impl Default for WinsConfig {
    fn default() -> Self {
        Self { min_ttl: 6 * 3_600, max_ttl: 6 * 86_400, max_names: 16_384, max_names_of_address: 64 }
    }
}

/// The database of a name server, and the questions it waits for.
#[derive(Debug)]
pub struct WinsServer {
    config: WinsConfig,
    /// Where the owners of names listen.
    port: u16,
    names: BTreeMap<FullName, WinsRecord>,
    challenges: BTreeMap<u16, Challenge>,
    /// Each with the address of this machine it is to leave from.
    outgoing: VecDeque<(Ipv4Addr, Outgoing)>,
    /// When to look next for what is believed no more.
    sweep: Duration,
}

/// How often what is believed no more is looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// How long a name that was given up is kept to be shown.
const KEEP_RELEASED: Duration = Duration::from_secs(3_600);

/// The longest scope of a name that is kept: what the name server of Windows takes.
const MAX_SCOPE: usize = 238;

impl WinsServer {
    /// An empty database.
    #[must_use]
    pub const fn new(config: WinsConfig, port: u16) -> Self {
        Self {
            config,
            port,
            names: BTreeMap::new(),
            challenges: BTreeMap::new(),
            outgoing: VecDeque::new(),
            sweep: Duration::ZERO,
        }
    }

    /// Enters a name of the server's own, which nobody takes from it.
    pub fn add_own(&mut self, name: FullName, entry: AddressEntry) {
        if name.name.suffix() == NetbiosName::LOCAL_MASTER {
            return;
        }
        // Somebody who wanted it before waits in vain, and does not get it when nobody answers.
        self.challenges.retain(|_, challenge| challenge.wish.name != name);
        let kind = kind_of(&name, entry.is_group(), false);
        match self.names.get_mut(&name).filter(|record| record.own && record.kind != WinsKind::Group) {
            Some(record) => {
                record.add(entry.address, Duration::MAX);
                if record.kind == WinsKind::Unique && record.addresses.len() > 1 {
                    record.kind = WinsKind::Multihomed;
                }
            }
            None => {
                let record = WinsRecord { own: true, ..WinsRecord::new(kind, entry, Duration::MAX) };
                self.names.insert(name, record);
            }
        }
    }

    /// Takes a name of the server's own away, at one of its addresses.
    pub fn remove_own(&mut self, name: &FullName, address: Ipv4Addr) {
        let Some(record) = self.names.get_mut(name).filter(|record| record.own) else { return };
        record.addresses.retain(|(known, _)| *known != address);
        if record.addresses.is_empty() && record.kind != WinsKind::Group {
            self.names.remove(name);
        }
    }

    /// The names, with those that were given up lately.
    pub fn names(&self) -> impl Iterator<Item = (&FullName, &WinsRecord)> {
        self.names.iter()
    }

    /// The next packet to be sent from `at`, an address of this machine: what is answered leaves from where it was asked, at once or later.
    pub fn next_outgoing(&mut self, at: Ipv4Addr) -> Option<Outgoing> {
        let next = self.outgoing.iter().position(|(from, _)| *from == at)?;
        self.outgoing.remove(next).map(|(_, outgoing)| outgoing)
    }

    /// This machine has the address `at` no more: who asked there is to ask again.
    pub fn forget(&mut self, at: Ipv4Addr) {
        self.challenges.retain(|_, challenge| challenge.wish.asker.at != at);
        self.outgoing.retain(|(from, _)| *from != at);
    }

    /// When [`WinsServer::tick`] has something to do.
    #[must_use]
    pub fn wakes_at(&self) -> Duration {
        self.challenges.values().map(Challenge::due).fold(self.sweep, Duration::min)
    }

    /// Does what is due at `now`.
    pub fn tick(&mut self, now: Duration) {
        self.continue_challenges(now);
        if self.sweep <= now {
            self.names.retain(|_, record| record.expire(now, KEEP_RELEASED));
            self.sweep = now.saturating_add(SWEEP);
        }
    }

    /// Takes a packet that `from` sent to the server alone, to its address `at`. What it leads to comes out of [`WinsServer::next_outgoing`]. False if a name
    /// server has nothing to do with it.
    pub fn receive(
        &mut self,
        packet: &NamePacket,
        from: SocketAddrV4,
        at: Ipv4Addr,
        now: Duration,
        ids: &mut dyn FnMut() -> u16,
    ) -> bool {
        let asker = Asker { from, at };
        if packet.response {
            return self.challenge_answered(packet, from, now);
        }
        let Some(question) = packet.questions.first().filter(|q| q.kind == RecordType::NB) else {
            return false;
        };
        let name = question.name.clone();
        let entry = packet.additionals.first().and_then(|record| {
            let entry = record.addresses().first().copied()?;
            (record.name == name).then_some((entry, record.ttl))
        });
        match (packet.opcode, entry) {
            (Opcode::QUERY, _) => self.query(packet, &name, asker, now),
            (Opcode::RELEASE, Some((entry, _))) => self.release(packet, &name, entry, asker, now),
            (opcode, Some((entry, ttl))) if opcode.is_registration() || opcode.is_refresh() => {
                let ttl = self.ttl(ttl);
                let wish = Wish { name, entry, ttl, asker, packet: packet.clone() };
                self.register(wish, now, ids);
            }
            (Opcode::RELEASE, None) => self.refuse(packet, &name, asker, Rcode::FORMAT),
            (opcode, None) if opcode.is_registration() || opcode.is_refresh() => {
                self.refuse(packet, &name, asker, Rcode::FORMAT);
            }
            _ => return false,
        }
        true
    }

    /// The seconds a name is given to whom asks for `asked`.
    fn ttl(&self, asked: u32) -> u32 {
        let asked = if asked == 0 { u32::MAX } else { asked };
        asked.max(self.config.min_ttl).min(self.config.max_ttl)
    }

    /// RFC 1002 5.1.4.1, [MS-NBTE] 3.2.5.1 to 3.2.5.3. A refresh by somebody who does not have the name is the same.
    fn register(&mut self, wish: Wish, now: Duration, ids: &mut dyn FnMut() -> u16) {
        if wish.name.scope.encoded_len() > MAX_SCOPE {
            return self.respond(&wish, Rcode::SERVER);
        }
        if wish.name.name.is_wildcard() {
            return self.respond(&wish, Rcode::REFUSED);
        }
        // Each subnet has its own: everybody may have it, and nobody finds it here ([MS-NBTE] appendix A, note 3).
        if wish.name.name.suffix() == NetbiosName::LOCAL_MASTER {
            return self.respond(&wish, Rcode::SUCCESS);
        }
        let Some(record) = self.names.get_mut(&wish.name) else {
            return self.enter(&wish, now);
        };
        if record.own && !(record.kind == WinsKind::Group && wish.entry.is_group()) {
            let rcode = if record.has(wish.entry.address) { Rcode::SUCCESS } else { Rcode::ACTIVE };
            return self.respond(&wish, rcode);
        }
        if record.released || record.until <= now {
            return self.enter(&wish, now);
        }
        let until = now.saturating_add(Duration::from_secs(wish.ttl.into()));
        match (record.kind, wish.entry.is_group()) {
            (WinsKind::Group, true) => record.until = record.until.max(until),
            (WinsKind::SpecialGroup, true) => record.add(wish.entry.address, until),
            (WinsKind::Group | WinsKind::SpecialGroup, false) => return self.respond(&wish, Rcode::ACTIVE),
            (WinsKind::Unique | WinsKind::Multihomed, false) if record.has(wish.entry.address) => {
                record.add(wish.entry.address, until);
            }
            (WinsKind::Unique | WinsKind::Multihomed, _) => return self.challenge(wish, now, ids),
        }
        self.respond(&wish, Rcode::SUCCESS);
    }

    /// Gives a name that nobody has.
    fn enter(&mut self, wish: &Wish, now: Duration) {
        // A group has no address, and others can be given any: whoever had them entered counts, too.
        let by = Some(*wish.asker.from.ip());
        let held = |record: &&WinsRecord| record.has(wish.entry.address) || record.entered_by == by;
        let full = !self.names.contains_key(&wish.name) && self.names.len() >= self.config.max_names;
        if full || self.names.values().filter(held).count() >= self.config.max_names_of_address {
            return self.respond(wish, Rcode::SERVER);
        }
        let multihomed = wish.packet.opcode == Opcode::MULTIHOMED_REGISTRATION;
        let kind = kind_of(&wish.name, wish.entry.is_group(), multihomed);
        let until = now.saturating_add(Duration::from_secs(wish.ttl.into()));
        let record = WinsRecord { entered_by: by, ..WinsRecord::new(kind, wish.entry, until) };
        self.names.insert(wish.name.clone(), record);
        self.respond(wish, Rcode::SUCCESS);
    }

    /// RFC 1002 4.2.12 to 4.2.14.
    fn query(&mut self, packet: &NamePacket, name: &FullName, asker: Asker, now: Duration) {
        let found = self.names.get(name).filter(|record| !record.released && record.until > now);
        let entries = found.map(WinsRecord::entries).filter(|entries| !entries.is_empty());
        let answer = match entries {
            Some(entries) => {
                let data = RecordData::Addresses(entries);
                let record =
                    Record { name: name.clone(), kind: RecordType::NB, ttl: self.config.min_ttl, data };
                packet.answer(FLAGS, Rcode::SUCCESS, record)
            }
            None => packet.answer(FLAGS, Rcode::NAME, Record::nothing(name.clone())),
        };
        self.send(answer, asker.from, asker.at);
    }

    /// RFC 1002 4.2.9 to 4.2.11. A group is nobody's to give up, and what nobody has is given up already.
    fn release(
        &mut self,
        packet: &NamePacket,
        name: &FullName,
        entry: AddressEntry,
        asker: Asker,
        now: Duration,
    ) {
        let from = *asker.from.ip();
        let rcode = match self.names.get_mut(name).filter(|record| !record.released) {
            Some(record) if record.own => Rcode::ACTIVE,
            None | Some(WinsRecord { kind: WinsKind::Group, .. }) => Rcode::SUCCESS,
            Some(record) if !record.has(entry.address) => Rcode::ACTIVE,
            // Nobody gives up what is somebody else's.
            Some(record) if from != entry.address && !record.has(from) => Rcode::REFUSED,
            Some(record) => {
                record.addresses.retain(|(known, _)| *known != entry.address);
                if record.addresses.is_empty() {
                    record.release(now.saturating_add(KEEP_RELEASED));
                }
                Rcode::SUCCESS
            }
        };
        let record = Record::address(name.clone(), 0, entry);
        let packet = packet.answer(FLAGS, rcode, record);
        self.send(packet, asker.from, asker.at);
    }

    fn refuse(&mut self, packet: &NamePacket, name: &FullName, asker: Asker, rcode: Rcode) {
        let packet = packet.answer(FLAGS, rcode, Record::nothing(name.clone()));
        self.send(packet, asker.from, asker.at);
    }

    /// Answers a registration (RFC 1002 4.2.5, 4.2.6).
    fn respond(&mut self, wish: &Wish, rcode: Rcode) {
        let ttl = if rcode == Rcode::SUCCESS { wish.ttl } else { 0 };
        let record = Record::address(wish.name.clone(), ttl, wish.entry);
        let packet = wish.packet.answer(FLAGS, rcode, record);
        self.send(packet, wish.asker.from, wish.asker.at);
    }

    fn send(&mut self, packet: NamePacket, to: SocketAddrV4, at: Ipv4Addr) {
        self.outgoing.push_back((at, Outgoing { packet, to: Some(to) }));
    }
}

/// A name somebody wants.
#[derive(Debug)]
struct Wish {
    name: FullName,
    entry: AddressEntry,
    /// Seconds it gets.
    ttl: u32,
    asker: Asker,
    /// The request.
    packet: NamePacket,
}

/// Who asks, and which address of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asker {
    from: SocketAddrV4,
    at: Ipv4Addr,
}

/// A name server's responses.
const FLAGS: NameFlags = NameFlags::AUTHORITATIVE.union(NameFlags::RECURSION_AVAILABLE);

fn kind_of(name: &FullName, group: bool, multihomed: bool) -> WinsKind {
    match (group, name.name.suffix()) {
        (true, NetbiosName::DOMAIN_CONTROLLERS) => WinsKind::SpecialGroup,
        (true, _) => WinsKind::Group,
        (false, _) if multihomed => WinsKind::Multihomed,
        (false, _) => WinsKind::Unique,
    }
}
