//! [MS-SMB2] 3.3.5.15.11 Handling a Query Network Interface Request: the addresses a client can open further channels to.

use crate::smb2::connection::Connection;
use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb2::messages::{InterfaceAddress, InterfaceCapability, NetworkInterfaceInfo};
use lanward_sys::Interface;
use lanward_wire::ReplyBudget;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// Bits a second of an interface that does not tell: what every one has, and what the loopback has at least.
const UNTOLD: u64 = 1_000_000_000;
const LOOPBACK: u64 = 10_000_000_000;

pub(super) fn query(context: &Context<'_>, budget: ReplyBudget, out: &mut Out) -> Outcome {
    if context.dialect().is_none_or(|d| !d.is_smb3()) {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    let connection = context.connection;
    let interfaces = connection.service.interfaces().map_err(|_| NtStatus::UNSUCCESSFUL)?;
    let here: Vec<SocketAddr> = connection.service.server.transports().iter().map(|t| t.address()).collect();
    let (local, peer) = (connection.local, connection.peer.ip());
    let mut list = told(&interfaces, &here, local, peer);
    // What is told must lead to where the session may be used (a session stands on one floor).
    list.retain(|info| in_zone(connection, info));
    let written = budget.writer(out.vec()).push(1, |w| NetworkInterfaceInfo::encode_list(&list, w));
    written.map_err(|_| NtStatus::BUFFER_TOO_SMALL)?;
    Ok(NtStatus::SUCCESS)
}

fn in_zone(connection: &Connection, info: &NetworkInterfaceInfo) -> bool {
    let InterfaceAddress::Ip(ip) = info.address else { return false };
    let zone =
        connection.service.server.zone_of(SocketAddr::new(ip, connection.local.port()), connection.peer);
    zone.name == connection.zone().name
}

/// The addresses that are listened on `here` at the port a client came to: those of the loopback if it came through it, and no others otherwise
/// hidden. The one it came to is among them.
fn told(
    interfaces: &[Interface],
    here: &[SocketAddr],
    local: SocketAddr,
    peer: IpAddr,
) -> Vec<NetworkInterfaceInfo> {
    let (came_to, peer) = (local.ip().to_canonical(), peer.to_canonical());
    let here: Vec<IpAddr> =
        here.iter().filter(|a| a.port() == local.port()).map(|a| a.ip().to_canonical()).collect();
    let served = |ip: &IpAddr| {
        *ip == came_to || here.iter().any(|h| h == ip || (h.is_unspecified() && h.is_ipv4() == ip.is_ipv4()))
    };
    let mut list = Vec::new();
    for interface in interfaces.iter().filter(|i| !i.loopback || peer.is_loopback()) {
        let mut addresses: BTreeSet<IpAddr> = interface.addresses.iter().copied().collect();
        if interface.loopback {
            // All of 127.0.0.0/8 is this machine, whatever the interface has.
            addresses.extend(here.iter().chain([&came_to]).filter(|ip| ip.is_loopback()));
        }
        let speed = interface.speed.unwrap_or(if interface.loopback { LOOPBACK } else { UNTOLD });
        let capability =
            if interface.spreads { InterfaceCapability::RSS_CAPABLE } else { InterfaceCapability::empty() };
        // There is no scope in the answer to make a link-local address of use.
        let usable = |ip: &&IpAddr| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
        list.extend(addresses.iter().filter(usable).filter(|ip| served(ip)).map(|ip| NetworkInterfaceInfo {
            if_index: interface.index,
            capability,
            link_speed: speed,
            address: InterfaceAddress::Ip(*ip),
        }));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(index: u32, loopback: bool, addresses: &[&str]) -> Interface {
        let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
        let speed = (index == 2).then_some(2_500_000_000);
        let kind = lanward_sys::LinkKind::Other;
        Interface { name: format!("if{index}"), index, addresses, kind, loopback, speed, spreads: index == 2 }
    }

    fn shown(here: &[&str], local: &str, peer: &str) -> Vec<String> {
        let interfaces = [
            interface(1, true, &["127.0.0.1", "::1"]),
            interface(2, false, &["10.0.0.1", "fe80::1", "fd00::1"]),
            interface(3, false, &["10.1.0.1"]),
        ];
        let here: Vec<SocketAddr> = here.iter().map(|a| a.parse().unwrap()).collect();
        let list = told(&interfaces, &here, local.parse().unwrap(), peer.parse().unwrap());
        let show = |info: &NetworkInterfaceInfo| match info.address {
            InterfaceAddress::Ip(ip) => format!("{} {ip}", info.if_index),
            InterfaceAddress::Unknown(family) => format!("family {family}"),
        };
        list.iter().map(show).collect()
    }

    #[test]
    fn a_client_is_told_where_it_can_come_to() {
        let all = ["0.0.0.0:445", "[::]:445"];
        assert_eq!(shown(&all, "10.0.0.1:445", "10.0.0.9"), ["2 10.0.0.1", "2 fd00::1", "3 10.1.0.1"]);
        assert_eq!(shown(&["0.0.0.0:445"], "10.0.0.1:445", "10.0.0.9"), ["2 10.0.0.1", "3 10.1.0.1"]);
        let one = ["10.0.0.1:445", "10.1.0.1:4445"];
        assert_eq!(shown(&one, "10.0.0.1:445", "10.0.0.9"), ["2 10.0.0.1"]);
        // A connection that was handed over is at least where it is.
        assert_eq!(shown(&[], "10.1.0.1:445", "10.0.0.9"), ["3 10.1.0.1"]);
        assert_eq!(shown(&all, "[::ffff:10.0.0.1]:445", "::ffff:10.0.0.9")[0], "2 10.0.0.1");
    }

    #[test]
    fn the_loopback_is_for_who_comes_through_it() {
        let all = ["127.0.0.1:445", "127.0.0.2:445", "127.0.0.3:446", "10.0.0.1:445"];
        assert_eq!(shown(&all, "127.0.0.1:445", "127.0.0.1"), ["1 127.0.0.1", "1 127.0.0.2", "2 10.0.0.1"]);
        assert_eq!(shown(&all, "10.0.0.1:445", "10.0.0.9"), ["2 10.0.0.1"]);
    }

    #[test]
    fn what_an_interface_can_do_is_what_it_says() {
        let interfaces = [interface(1, true, &["127.0.0.1"]), interface(2, false, &["10.0.0.1"])];
        let here = ["0.0.0.0:445".parse().unwrap()];
        let list = told(&interfaces, &here, "127.0.0.1:445".parse().unwrap(), "127.0.0.1".parse().unwrap());
        let facts: Vec<_> = list.iter().map(|i| (i.capability, i.link_speed)).collect();
        assert_eq!(
            facts,
            [
                (InterfaceCapability::empty(), 10_000_000_000),
                (InterfaceCapability::RSS_CAPABLE, 2_500_000_000)
            ]
        );
    }
}
