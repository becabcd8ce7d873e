//! From the system to the tunnels.

use super::Engine;
use crate::counters::Drop;
use crate::ip::{Packet, clamp_mss, fragments, too_big};
use std::net::Ipv4Addr;
use std::time::Duration;

impl Engine {
    /// A packet that the system sends to somebody who dialled in.
    pub(crate) fn outward(&mut self, bytes: &mut [u8], now: Duration) {
        let Some(packet) = Packet::parse(bytes) else { return self.count(Drop::OuterDestination) };
        let (source, to, length) = (packet.source, packet.destination, packet.len());
        let Some(slot) = self.by_address.get(&to).copied() else { return self.count(Drop::OuterDestination) };
        // One of those who dialled in, whom the system would let through to another.
        if self.by_address.contains_key(&source) {
            return self.count(Drop::InnerPeer);
        }
        let entry = self.slots.get(slot as usize).and_then(|place| place.entry.as_deref());
        // Before it is up nobody knows how long its packets may be.
        let up = entry.and_then(|entry| entry.session.as_ref()).filter(|session| session.id.is_some());
        let Some(mtu) = up.map(|session| session.mtu) else {
            return self.count(Drop::OuterUnwanted);
        };
        if length > usize::from(mtu) {
            return self.outward_long(slot, bytes, mtu, to, now);
        }
        clamp_mss(bytes, mtu.saturating_sub(40));
        self.carry(slot, bytes.get(..length).unwrap_or_default(), now);
    }

    /// One that is too long for the tunnel: in parts where that is allowed, and else back with word of how long it may be.
    fn outward_long(&mut self, slot: u32, bytes: &[u8], mtu: u16, to: Ipv4Addr, now: Duration) {
        let Some(packet) = Packet::parse(bytes) else { return };
        let parts = fragments(&packet, mtu.into());
        if parts.is_empty() {
            self.count(Drop::OuterTooBig);
            self.outbox.inward.push(too_big(&packet, mtu, to));
        }
        for part in parts {
            self.carry(slot, &part, now);
        }
    }

    fn carry(&mut self, slot: u32, packet: &[u8], now: Duration) {
        let entry = self.slots.get_mut(slot as usize).and_then(|place| place.entry.as_deref_mut());
        let Some(entry) = entry else { return };
        let (local, peer) = (entry.local, entry.peer);
        let Some(session) = entry.session.as_deref_mut() else { return };
        let tunnel = &mut entry.tunnel;
        let carried = self.outbox.send(local, peer, |out| tunnel.send_ip(session.key, packet, now, out));
        match carried {
            Ok(()) => {
                session.usage.packets_out += 1;
                session.usage.octets_out += packet.len() as u64;
            }
            Err(_) => {
                session.usage.dropped += 1;
                self.counters.count(Drop::OuterUnwanted);
            }
        }
        self.settle(slot, now);
    }
}
