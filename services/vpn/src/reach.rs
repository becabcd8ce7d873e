//! Where those who dialled in may go.

use crate::counters::Drop;
use crate::ip::{self, Packet};
use crate::messages::Machine;
use crate::pool::AddressRange;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// How far those who dialled in get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// This server's own services, and nothing else: what encryption there is would not keep anybody from more.
    #[default]
    #[serde(rename = "self")]
    Own,
    /// Private networks that this machine routes to as well.
    Lan,
    /// Everything that this machine routes to.
    Internet,
}

/// What decides on a packet of somebody who dialled in.
#[derive(Debug, Clone)]
pub(crate) struct Border {
    pub(crate) reach: Reach,
    /// The server's address in the tunnels.
    pub(crate) own: Ipv4Addr,
    /// The addresses of those who dialled in: nobody gets from one to another.
    pub(crate) clients: AddressRange,
    /// Ports of the server's own services.
    pub(crate) tcp: Vec<u16>,
    pub(crate) udp: Vec<u16>,
    /// The other addresses of the server.
    pub(crate) machine: Machine,
}

impl Border {
    /// Whether a packet of whoever has `address` may come in.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn inward(&self, packet: &Packet<'_>, address: Ipv4Addr) -> Result<(), Drop> {
        if packet.source != address {
            return Err(Drop::InnerSource);
        }
        let to = packet.destination;
        if to == self.own {
            let goes = is_own_service(packet, &self.tcp, &self.udp);
            return if goes { Ok(()) } else { Err(Drop::InnerReach) };
        }
        if self.clients.contains(to) {
            return Err(Drop::InnerPeer);
        }
        if self.machine.addresses.contains(&to) {
            // Further is to other machines: of this one there is no more elsewhere.
            let goes = is_own_service(packet, &self.machine.tcp_ports, &self.machine.udp_ports);
            return if goes && self.reach != Reach::Own { Ok(()) } else { Err(Drop::InnerReach) };
        }
        let is_nowhere = to.is_loopback() || to.is_unspecified() || to.is_multicast() || to.is_broadcast();
        let goes = match self.reach {
            Reach::Own => false,
            Reach::Lan => to.is_private(),
            Reach::Internet => !is_nowhere && !to.is_link_local(),
        };
        if goes { Ok(()) } else { Err(Drop::InnerReach) }
    }
}

/// A packet to the server itself: echoes, its services, and answers to what it asked. Those have a port of ours at which nobody listens for strangers,
/// and TCP's first packet is not among them.
fn is_own_service(packet: &Packet<'_>, tcp: &[u16], udp: &[u16]) -> bool {
    if packet.fragment_offset > 0 {
        // Of no use without the first, which is looked at.
        return true;
    }
    match packet.protocol {
        ip::ICMP => true,
        ip::TCP => packet.ports().is_some_and(|(_, to)| tcp.contains(&to)) || packet.is_tcp_answer(),
        ip::UDP => packet.ports().is_some_and(|(_, to)| udp.contains(&to)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Border, Reach};
    use crate::counters::Drop;
    use crate::ip::{Packet, tests::tcp};
    use crate::messages::Machine;
    use crate::pool::AddressRange;
    use std::net::Ipv4Addr;

    const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 10);
    const SERVER: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);
    /// The server's address in another network.
    const OFFICE: Ipv4Addr = Ipv4Addr::new(192, 168, 7, 1);

    fn border(reach: Reach) -> Border {
        let clients =
            AddressRange { first: Ipv4Addr::new(10, 99, 0, 10), last: Ipv4Addr::new(10, 99, 0, 99) };
        let machine = Machine {
            addresses: [OFFICE, Ipv4Addr::new(192, 168, 7, 255), SERVER].into(),
            tcp_ports: vec![445],
            udp_ports: Vec::new(),
        };
        Border { reach, own: SERVER, clients, tcp: vec![445, 139], udp: vec![137, 138], machine }
    }

    fn verdict(reach: Reach, from: Ipv4Addr, to: Ipv4Addr, port: u16) -> Result<(), Drop> {
        let bytes = tcp(from, to, port, 0x02);
        border(reach).inward(&Packet::parse(&bytes).unwrap(), CLIENT)
    }

    #[test]
    fn who_dialled_in_reaches_what_was_meant() {
        let (lan, world) = (Ipv4Addr::new(192, 168, 1, 1), Ipv4Addr::new(198, 51, 100, 1));
        let other = Ipv4Addr::new(10, 99, 0, 11);
        let (no, yes) = (Err(Drop::InnerReach), Ok(()));
        for (reach, to_lan, to_world) in
            [(Reach::Own, no, no), (Reach::Lan, yes, no), (Reach::Internet, yes, yes)]
        {
            assert_eq!(verdict(reach, CLIENT, SERVER, 445), Ok(()));
            assert_eq!(verdict(reach, CLIENT, SERVER, 22), no, "{reach:?}");
            assert_eq!(verdict(reach, CLIENT, lan, 80), to_lan, "{reach:?}");
            assert_eq!(verdict(reach, CLIENT, world, 80), to_world, "{reach:?}");
            assert_eq!(verdict(reach, CLIENT, other, 445), Err(Drop::InnerPeer));
            for spoofed in [other, SERVER, world, Ipv4Addr::UNSPECIFIED] {
                assert_eq!(verdict(reach, spoofed, SERVER, 445), Err(Drop::InnerSource));
            }
            for nowhere in ["127.0.0.1", "224.0.0.251", "255.255.255.255", "0.0.0.0", "169.254.169.254"] {
                assert_eq!(verdict(reach, CLIENT, nowhere.parse().unwrap(), 445), no, "{nowhere}");
            }
        }
    }

    #[test]
    fn the_server_has_the_same_services_at_its_other_addresses_and_no_more() {
        for reach in [Reach::Own, Reach::Lan, Reach::Internet] {
            let far = if reach == Reach::Own { Err(Drop::InnerReach) } else { Ok(()) };
            assert_eq!(verdict(reach, CLIENT, OFFICE, 445), far, "{reach:?}");
            for port in [22, 139, 1723] {
                assert_eq!(verdict(reach, CLIENT, OFFICE, port), Err(Drop::InnerReach), "{reach:?} {port}");
            }
            let everybody = crate::ip::tests::packet(
                CLIENT,
                Ipv4Addr::new(192, 168, 7, 255),
                17,
                &[0, 99, 0, 67, 0, 8, 0, 0],
            );
            let packet = Packet::parse(&everybody).unwrap();
            assert_eq!(border(reach).inward(&packet, CLIENT), Err(Drop::InnerReach), "{reach:?}");
        }
    }

    #[test]
    fn answers_come_in_and_calls_to_other_ports_do_not() {
        let inward = |flags| {
            let bytes = tcp(CLIENT, SERVER, 40_000, flags);
            border(Reach::Own).inward(&Packet::parse(&bytes).unwrap(), CLIENT)
        };
        assert_eq!((inward(0x12), inward(0x10)), (Ok(()), Ok(())));
        assert_eq!((inward(0x02), inward(0x00)), (Err(Drop::InnerReach), Err(Drop::InnerReach)));
    }
}
