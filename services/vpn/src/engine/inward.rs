//! From the tunnels to the system.

use super::{Engine, random};
use crate::counters::Drop;
use crate::ip::{Packet, clamp_mss};
use lanward_ppp::gre::{GreDrop, GreHeader};
use std::net::Ipv4Addr;
use std::time::Duration;

impl Engine {
    /// A GRE packet came, without the header of IP in front. What was in it and may pass goes to `deliver`, which says whether the system took it.
    pub(crate) fn gre(
        &mut self,
        from: Ipv4Addr,
        bytes: &mut [u8],
        now: Duration,
        deliver: &mut dyn FnMut(&[u8]) -> bool,
    ) {
        let header = match GreHeader::decode(bytes) {
            Ok(header) => header,
            Err(GreDrop::Short | GreDrop::Truncated | GreDrop::TooLarge) => {
                return self.count(Drop::GreLength);
            }
            Err(_) => return self.count(Drop::GreHeader),
        };
        let Some(route) = self.demux.find(from, header.call_id) else { return self.count(Drop::GreUnknown) };
        let place =
            self.slots.get_mut(route.slot as usize).filter(|place| place.generation == route.generation);
        let Some(entry) = place.and_then(|place| place.entry.as_deref_mut()) else {
            return self.count(Drop::GreUnknown);
        };
        let came = entry.tunnel.receive_gre(bytes, now, &mut random, &mut self.said);
        if let Some((_, at)) = came
            && let Some(packet) = bytes.get_mut(at)
        {
            self.inward(route.slot, packet, deliver);
        }
        self.hear(route.slot, now);
        self.settle(route.slot, now);
    }

    /// A packet out of a tunnel: it goes where those who dialled in may go, and comes from whom it says.
    pub(super) fn inward(&mut self, slot: u32, packet: &mut [u8], deliver: &mut dyn FnMut(&[u8]) -> bool) {
        let entry = self.slots.get_mut(slot as usize).and_then(|place| place.entry.as_deref_mut());
        let Some(session) = entry.and_then(|entry| entry.session.as_deref_mut()) else { return };
        session.usage.packets_in += 1;
        session.usage.octets_in += packet.len() as u64;
        let verdict = match (Packet::parse(packet), session.address) {
            (Some(read), Some(address)) => self.border.inward(&read, address),
            _ => Err(Drop::InnerHeader),
        };
        let verdict = verdict.and_then(|()| {
            clamp_mss(packet, session.mtu.saturating_sub(40));
            if deliver(packet) { Ok(()) } else { Err(Drop::InnerRefused) }
        });
        if let Err(why) = verdict {
            session.usage.dropped += 1;
            self.counters.count(why);
        }
    }
}
