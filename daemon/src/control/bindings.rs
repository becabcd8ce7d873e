//! Where each service listens and where it does not, with the reason (behaviour 0.5).

use crate::listen::{USUAL_PORT, Wish, is_private};
use crate::netbios::{self, TRANSPORT};
use lanward_nbt::Netbios;
use lanward_server::Server;
use lanward_sys::Interface;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A service at an address of an interface, or at an interface without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Binding {
    pub(crate) interface: String,
    pub(crate) service: String,
    pub(crate) address: Option<IpAddr>,
    pub(crate) verdict: Verdict,
    pub(crate) reason: String,
    /// Where connections are accepted.
    pub(crate) listening_on: Vec<SocketAddr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Listening,
    RefusedByPolicy,
    NoAddress,
    /// It was asked for and could not be had.
    Failed,
}

/// The bindings of a server that is to listen as `wish` says.
///
/// # Errors
/// The interfaces cannot be read.
pub(super) fn bindings(
    server: &Server,
    netbios: &Netbios,
    wish: &Wish,
    rpc: &[SocketAddr],
) -> std::io::Result<Vec<Binding>> {
    let interfaces = lanward_sys::interfaces()?;
    let transports = server.transports();
    let (sessions, direct): (Vec<_>, Vec<_>) =
        transports.iter().partition(|transport| transport.name().starts_with(TRANSPORT));
    let listening: BTreeSet<SocketAddr> = direct.iter().map(|t| t.address()).collect();
    let mut bindings = of(&interfaces, &listening, wish);
    bindings.extend(of_rpc(&interfaces, rpc));
    let subnets = netbios.subnets();
    let names = subnets.iter().map(|s| (s.attachment().address, s.name_port()).into());
    let datagrams = subnets.iter().map(|s| (s.attachment().address, s.datagram_port()).into());
    let services: [(&str, BTreeSet<SocketAddr>); 3] = [
        ("netbios-ns", names.collect()),
        ("netbios-dgm", datagrams.collect()),
        ("netbios-ssn", sessions.iter().map(|t| t.address()).collect()),
    ];
    let has = |ip: Ipv4Addr| netbios::is_in_a_zone(server, ip);
    for (service, there) in &services {
        bindings.extend(of_netbios(&interfaces, service, there, has, wish));
    }
    Ok(bindings)
}

/// A service of NetBIOS, at every IPv4 address: there is none for others.
fn of_netbios(
    interfaces: &[Interface],
    service: &str,
    there: &BTreeSet<SocketAddr>,
    has: impl Fn(Ipv4Addr) -> bool,
    wish: &Wish,
) -> Vec<Binding> {
    let addresses = interfaces.iter().flat_map(|i| i.addresses.iter().map(move |ip| (i, *ip)));
    let rows = addresses.filter_map(|(interface, ip)| {
        let IpAddr::V4(v4) = ip else { return None };
        let listening_on: Vec<_> = there.iter().filter(|address| address.ip() == ip).copied().collect();
        let (verdict, reason) = match (listening_on.is_empty(), netbios::refusal(has(v4), wish, v4)) {
            (false, _) => (Verdict::Listening, "a zone with `netbios = true` covers it"),
            (true, Some(reason)) => (Verdict::RefusedByPolicy, reason),
            (true, None) => (Verdict::Failed, "the port could not be had: the log says why"),
        };
        Some(Binding {
            interface: interface.name.clone(),
            service: service.to_owned(),
            address: Some(ip),
            verdict,
            reason: reason.to_owned(),
            listening_on,
        })
    });
    rows.collect()
}

/// RPC over TCP, which listens where it is told and nowhere else.
fn of_rpc(interfaces: &[Interface], rpc: &[SocketAddr]) -> Vec<Binding> {
    let addresses: BTreeSet<IpAddr> = rpc.iter().map(SocketAddr::ip).collect();
    let at = |ip: IpAddr| {
        let interface = interfaces.iter().find(|interface| interface.addresses.contains(&ip));
        Binding {
            interface: interface.map_or_else(|| "-".to_owned(), |interface| interface.name.clone()),
            service: "rpc".to_owned(),
            address: Some(ip),
            verdict: Verdict::Listening,
            reason: "`[rpc]` names it".to_owned(),
            listening_on: rpc.iter().filter(|address| address.ip() == ip).copied().collect(),
        }
    };
    addresses.into_iter().map(at).collect()
}

fn of(interfaces: &[Interface], listening: &BTreeSet<SocketAddr>, wish: &Wish) -> Vec<Binding> {
    let mut bindings: Vec<Binding> = Vec::new();
    for interface in interfaces {
        if interface.addresses.is_empty() {
            bindings.push(Binding {
                interface: interface.name.clone(),
                service: "smb".to_owned(),
                address: None,
                verdict: Verdict::NoAddress,
                reason: "the interface has no address".to_owned(),
                listening_on: Vec::new(),
            });
        }
        let at = |ip: &IpAddr| binding(interface, *ip, listening, wish);
        bindings.extend(interface.addresses.iter().map(at));
    }
    // Addresses that were asked for and that no interface has.
    let missing = wish.addresses.iter().flatten().filter(|named| {
        !named.ip.is_unspecified() && !interfaces.iter().any(|i| i.addresses.contains(&named.ip))
    });
    bindings.extend(missing.map(|named| Binding {
        interface: "-".to_owned(),
        service: "smb".to_owned(),
        address: Some(named.ip),
        verdict: Verdict::NoAddress,
        reason: "`listen` names it and no interface that is up has it".to_owned(),
        listening_on: Vec::new(),
    }));
    bindings
}

fn binding(interface: &Interface, ip: IpAddr, listening: &BTreeSet<SocketAddr>, wish: &Wish) -> Binding {
    let serves = |address: &&SocketAddr| {
        address.ip() == ip || address.ip().is_unspecified() && address.is_ipv4() == ip.is_ipv4()
    };
    let listening_on: Vec<SocketAddr> = listening.iter().filter(serves).copied().collect();
    let named = wish.addresses.as_ref();
    let wanted = named.map(|all| all.iter().any(|named| named.ip == ip || named.ip.is_unspecified()));
    let (verdict, reason) = match (listening_on.is_empty(), wanted) {
        (false, Some(_)) => (Verdict::Listening, "`listen` names it"),
        (false, None) => (Verdict::Listening, "a private address, and `listen` names no others"),
        (true, Some(false)) => (Verdict::RefusedByPolicy, "`listen` names other addresses only"),
        (true, None) if !is_private(ip) => {
            (Verdict::RefusedByPolicy, "a public address: these are listened on only if `listen` names them")
        }
        (true, _) => {
            (Verdict::Failed, "it cannot be listened on yet: the log says why, and it is tried again")
        }
    };
    Binding {
        interface: interface.name.clone(),
        service: "smb".to_owned(),
        address: Some(ip),
        verdict,
        reason: reason.to_owned(),
        listening_on,
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.map_or_else(|| "-".to_owned(), |ip| ip.to_string());
        let verdict = match self.verdict {
            Verdict::Listening => {
                let ports = self.listening_on.iter().map(|address| address.port().to_string());
                match ports.collect::<Vec<_>>().join(" ") {
                    usual if self.service == "smb" && usual == USUAL_PORT.to_string() => {
                        "listening".to_owned()
                    }
                    ports => format!("listening ({ports})"),
                }
            }
            Verdict::RefusedByPolicy => "refused by policy".to_owned(),
            Verdict::NoAddress => "no address".to_owned(),
            Verdict::Failed => "not listening".to_owned(),
        };
        let (interface, service, reason) = (&self.interface, &self.service, &self.reason);
        write!(f, "{interface:<16} {service:<12} {address:<40} {verdict:<18} {reason}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(name: &str, addresses: &[&str]) -> Interface {
        Interface {
            name: name.to_owned(),
            index: 1,
            addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
            loopback: false,
            speed: None,
            spreads: false,
        }
    }

    fn verdicts(listening: &[&str], wish: &Wish) -> Vec<(String, Verdict)> {
        let interfaces =
            [interface("eth0", &["192.168.1.2", "203.0.113.9", "10.0.0.1"]), interface("ppp0", &[])];
        let listening = listening.iter().map(|a| a.parse().unwrap()).collect();
        let all = of(&interfaces, &listening, wish);
        let shown = |b: &Binding| b.address.map_or_else(|| b.interface.clone(), |ip| ip.to_string());
        all.iter().map(|b| (shown(b), b.verdict)).collect()
    }

    #[test]
    fn every_address_has_a_verdict_and_its_reason() {
        let found = verdicts(&["192.168.1.2:445"], &Wish::default());
        let expected = [
            ("192.168.1.2", Verdict::Listening),
            ("203.0.113.9", Verdict::RefusedByPolicy),
            ("10.0.0.1", Verdict::Failed),
            ("ppp0", Verdict::NoAddress),
        ];
        assert_eq!(found, expected.map(|(at, verdict)| (at.to_owned(), verdict)));
    }

    #[test]
    fn ports_of_rpc_are_told() {
        let rpc = ["10.0.0.1:135", "10.0.0.1:5040", "0.0.0.0:135"].map(|a| a.parse().unwrap());
        let found = of_rpc(&[interface("eth0", &["10.0.0.1"])], &rpc);
        let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(shown[0].starts_with("-") && shown[0].contains("0.0.0.0"), "{shown:?}");
        assert!(shown[1].starts_with("eth0") && shown[1].contains("listening (135 5040)"), "{shown:?}");
    }

    #[test]
    fn what_is_named_is_wanted_and_nothing_else_is() {
        let named = ["203.0.113.9", "172.16.5.5"].map(|a| a.parse().unwrap()).to_vec();
        let found = verdicts(&["203.0.113.9:4445"], &Wish { addresses: Some(named), port: None });
        let expected = [
            ("192.168.1.2", Verdict::RefusedByPolicy),
            ("203.0.113.9", Verdict::Listening),
            ("10.0.0.1", Verdict::RefusedByPolicy),
            ("ppp0", Verdict::NoAddress),
            ("172.16.5.5", Verdict::NoAddress),
        ];
        assert_eq!(found, expected.map(|(at, verdict)| (at.to_owned(), verdict)));
        let any = verdicts(
            &["0.0.0.0:445"],
            &Wish { addresses: Some(vec!["0.0.0.0".parse().unwrap()]), port: None },
        );
        assert!(any.iter().take(3).all(|(_, verdict)| *verdict == Verdict::Listening), "{any:?}");
    }
}
