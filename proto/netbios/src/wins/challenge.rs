//! Asking the owner of a name whether it still has it, before somebody else gets it (RFC 1002 5.1.4.1).

use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;

use super::{WinsKind, WinsServer, Wish};
use crate::{NameFlags, NamePacket, Opcode, Rcode, Record, RecordData, RecordType};

/// How long an owner has to answer, each time.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// How often each address is asked.
const TIMES: u8 = 3;
/// Names that are asked for at once.
const AT_ONCE: usize = 64;
/// Addresses of one name that are asked.
const MAX_ASKED: usize = 4;

/// A name that somebody wants and others had.
#[derive(Debug)]
pub(super) struct Challenge {
    pub(super) wish: Wish,
    /// Who had it and has not been asked yet, the newest last.
    left: Vec<Ipv4Addr>,
    /// Who is asked.
    owner: Ipv4Addr,
    sent: u8,
    due: Duration,
}

impl Challenge {
    pub(super) const fn due(&self) -> Duration {
        self.due
    }
}

impl WinsServer {
    /// Begins to ask the owners of a name that is wanted; whoever wants it is told to wait (4.2.16). The same request again changes nothing.
    pub(super) fn challenge(&mut self, wish: Wish, now: Duration, ids: &mut dyn FnMut() -> u16) {
        let waits = self.challenges.values().find(|other| other.wish.name == wish.name);
        if let Some(other) = waits {
            let same = other.wish.asker == wish.asker && other.wish.packet.id == wish.packet.id;
            if !same {
                self.respond(&wish, Rcode::SERVER);
            }
            return;
        }
        let Some(record) = self.names.get(&wish.name) else { return };
        let mut left: Vec<_> = record.addresses.iter().rev().take(MAX_ASKED).map(|(ip, _)| *ip).collect();
        left.reverse();
        let id = (0..4).map(|_| ids()).find(|id| !self.challenges.contains_key(id));
        let (Some(owner), Some(id)) = (left.pop(), id.filter(|_| self.challenges.len() < AT_ONCE)) else {
            return self.respond(&wish, Rcode::SERVER);
        };
        let addresses = u32::try_from(left.len()).unwrap_or(0).saturating_add(1);
        self.wait(&wish, addresses.saturating_mul(2 /* seconds for each */));
        self.challenges.insert(id, Challenge { wish, left, owner, sent: 0, due: now });
        self.continue_challenges(now);
    }

    /// Tells whoever asks that the answer takes up to `seconds` (4.2.16).
    fn wait(&mut self, wish: &Wish, seconds: u32) {
        let asked = wish.packet.flags.bits();
        let flags = [wish.packet.opcode.0 << 3 | asked >> 4, asked << 4];
        let data = RecordData::Other(flags.to_vec());
        let record = Record { name: wish.name.clone(), kind: RecordType::NB, ttl: seconds, data };
        let mut packet = wish.packet.answer(NameFlags::AUTHORITATIVE, Rcode::SUCCESS, record);
        packet.opcode = Opcode::WACK;
        packet.flags = NameFlags::AUTHORITATIVE;
        self.send(packet, wish.asker.from, wish.asker.at);
    }

    pub(super) fn continue_challenges(&mut self, now: Duration) {
        let due: Vec<u16> = self.challenges.iter().filter(|(_, c)| c.due <= now).map(|(id, _)| *id).collect();
        for id in due {
            let Some(mut challenge) = self.challenges.remove(&id) else { continue };
            if challenge.sent >= TIMES {
                // Nobody is there any more.
                match challenge.left.pop() {
                    Some(next) => (challenge.owner, challenge.sent) = (next, 0),
                    None => {
                        self.names.remove(&challenge.wish.name);
                        self.enter(&challenge.wish, now);
                        continue;
                    }
                }
            }
            let name = challenge.wish.name.clone();
            let packet = NamePacket::request(id, Opcode::QUERY, NameFlags::empty(), name, RecordType::NB);
            self.send(packet, SocketAddrV4::new(challenge.owner, self.port), challenge.wish.asker.at);
            challenge.sent = challenge.sent.saturating_add(1);
            challenge.due = now.saturating_add(ASK_AGAIN);
            self.challenges.insert(id, challenge);
        }
    }

    /// What the owner of a name says. Who has the wanted address, too, is the same host ([MS-NBTE] 3.2.5.3).
    pub(super) fn challenge_answered(
        &mut self,
        packet: &NamePacket,
        from: SocketAddrV4,
        now: Duration,
    ) -> bool {
        let expected = |c: &Challenge| c.owner == *from.ip() && packet.subject() == Some(&c.wish.name);
        if packet.opcode != Opcode::QUERY || !self.challenges.get(&packet.id).is_some_and(expected) {
            return false;
        }
        let Some(mut challenge) = self.challenges.remove(&packet.id) else { return false };
        let wish = &challenge.wish;
        let has = packet.answers.first().map(Record::addresses).unwrap_or_default();
        if packet.rcode != Rcode::SUCCESS || has.is_empty() {
            // Not there: the next address is asked at once.
            challenge.sent = TIMES;
            challenge.due = now;
            self.challenges.insert(packet.id, challenge);
            self.continue_challenges(now);
            return true;
        }
        let same_host = has.iter().any(|entry| entry.address == wish.entry.address) && !wish.entry.is_group();
        if !same_host {
            self.respond(&challenge.wish, Rcode::ACTIVE);
            return true;
        }
        let until = now.saturating_add(Duration::from_secs(wish.ttl.into()));
        if let Some(record) = self.names.get_mut(&wish.name) {
            record.kind = WinsKind::Multihomed;
            record.add(wish.entry.address, until);
        }
        self.respond(&challenge.wish, Rcode::SUCCESS);
        true
    }
}
