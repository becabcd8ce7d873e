//! Where each service listens and where it does not, with the reason (behaviour 0.5).

use super::Control;
use crate::discovery::{Means, exposed};
use crate::interfaces::{Policy, Service};
use crate::listen::USUAL_PORT;
use crate::listeners;
use crate::netbios::{TRANSPORT, is_in_a_zone};
use crate::vpn;
use lanward_sys::{Interface, Link};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

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

/// A service as it is looked at: its name, what the policy calls it, where it listens, and what else there must be at an address.
struct Looked<'a> {
    name: &'a str,
    service: Service,
    there: BTreeSet<SocketAddr>,
    /// Why it is not where the policy would offer it.
    unless: &'a dyn Fn(IpAddr) -> Option<&'static str>,
}

/// The bindings of a server.
///
/// # Errors
/// The interfaces cannot be read.
pub(super) fn bindings(control: &Control) -> std::io::Result<Vec<Binding>> {
    let Control { server, netbios, discovery: announced, rpc, vpn: calls, .. } = control;
    let policy = &control.policy();
    let (links, interfaces) = (lanward_sys::links()?, lanward_sys::interfaces()?);
    let transports = server.transports();
    let at = |kind: &str| {
        let those = transports.iter().filter(|transport| transport.name().starts_with(kind));
        those.map(|transport| transport.address()).collect()
    };
    let subnets = netbios.subnets();
    let names = subnets.iter().map(|s| (s.attachment().address, s.name_port()).into());
    let datagrams = subnets.iter().map(|s| (s.attachment().address, s.datagram_port()).into());
    let no_zone = |ip: IpAddr| match ip {
        IpAddr::V4(v4) if is_in_a_zone(server, v4) => None,
        _ => Some("no zone with `netbios = true` covers it"),
    };
    let over_netbios = |name, there| Looked { name, service: Service::Netbios, there, unless: &no_zone };
    let no_wsd = |ip| announced.refusal(Means::WsDiscovery, ip);
    let exposes = |ip| {
        let mut at = interfaces.iter().filter(|interface| interface.addresses.contains(&ip));
        at.find_map(|interface| exposed(policy, interface, ip))
    };
    let no_llmnr = |ip| announced.refusal(Means::Llmnr, ip);
    let no_mdns = |ip| announced.refusal(Means::Mdns, ip).or_else(|| exposes(ip));
    let found_by = |name, means, unless| Looked {
        name,
        service: Service::Discovery,
        there: announced.addresses(means),
        unless,
    };
    let tunnels = calls.as_ref().map(|vpn| vpn.live(|live| live.interface().to_owned()));
    let no_vpn = |ip| match &tunnels {
        None => Some("the configuration has no `[vpn]`"),
        Some(name) => {
            let own = interfaces.iter().find(|interface| interface.name == *name);
            let through = own.is_some_and(|own| own.addresses.contains(&ip));
            through.then_some("nobody calls through a call")
        }
    };
    let services = [
        Looked { name: "smb", service: Service::Smb, there: at(listeners::TRANSPORT), unless: &|_| None },
        over_netbios("netbios-ns", names.collect()),
        over_netbios("netbios-dgm", datagrams.collect()),
        over_netbios("netbios-ssn", at(TRANSPORT)),
        found_by("wsd", Means::WsDiscovery, &no_wsd),
        found_by("mdns", Means::Mdns, &no_mdns),
        found_by("llmnr", Means::Llmnr, &no_llmnr),
        Looked { name: "pptp", service: Service::Vpn, there: at(vpn::TRANSPORT), unless: &no_vpn },
    ];
    let mut bindings = Vec::new();
    for looked in &services {
        bindings.extend(of(&links, &interfaces, looked, policy));
    }
    bindings.extend(of_rpc(&interfaces, rpc));
    Ok(bindings)
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

fn of(links: &[Link], interfaces: &[Interface], looked: &Looked<'_>, policy: &Policy) -> Vec<Binding> {
    let row = |interface: &str, address, (verdict, reason): (Verdict, &str), listening_on| Binding {
        interface: interface.to_owned(),
        service: looked.name.to_owned(),
        address,
        verdict,
        reason: reason.to_owned(),
        listening_on,
    };
    let v4_only = matches!(looked.service, Service::Netbios | Service::Vpn);
    let mut bindings = Vec::new();
    for link in links {
        let interface = interfaces.iter().find(|interface| interface.index == link.index);
        let addresses = interface.into_iter().flat_map(|interface| &interface.addresses);
        let addresses: Vec<IpAddr> = addresses.filter(|ip| !v4_only || ip.is_ipv4()).copied().collect();
        if let (Some(interface), false) = (interface, addresses.is_empty()) {
            bindings.extend(addresses.into_iter().map(|ip| {
                let there = looked.there.iter().filter(|at| serves(at, ip)).copied().collect::<Vec<_>>();
                let (verdict, reason) = verdict(interface, ip, looked, policy, !there.is_empty());
                row(&link.name, Some(ip), (verdict, &reason), there)
            }));
            continue;
        }
        let reason = match link.up {
            false => "the interface is down",
            true if v4_only => "the interface has no IPv4 address",
            true => "the interface has no address",
        };
        bindings.push(row(&link.name, None, (Verdict::NoAddress, reason), Vec::new()));
    }
    // Addresses that were asked for and that no interface has.
    let is_missing =
        |ip: IpAddr| !ip.is_unspecified() && !interfaces.iter().any(|i| i.addresses.contains(&ip));
    let named = policy.addresses.iter().flatten().map(|named| named.ip);
    let missing: BTreeSet<IpAddr> =
        named.filter(|ip| looked.service == Service::Smb && is_missing(*ip)).collect();
    bindings.extend(missing.into_iter().map(|ip| {
        let there = looked.there.iter().filter(|at| serves(at, ip)).copied().collect::<Vec<_>>();
        let verdict = match there.is_empty() {
            true => (Verdict::NoAddress, "`listen` names it and no interface that is up has it"),
            false => (Verdict::Listening, "`listen` names it"),
        };
        row("-", Some(ip), verdict, there)
    }));
    bindings
}

/// Whether a listener serves an address.
fn serves(listener: &SocketAddr, ip: IpAddr) -> bool {
    listener.ip() == ip || listener.ip().is_unspecified() && listener.is_ipv4() == ip.is_ipv4()
}

fn verdict(
    interface: &Interface,
    ip: IpAddr,
    looked: &Looked<'_>,
    policy: &Policy,
    listening: bool,
) -> (Verdict, String) {
    let judged = policy.judge(looked.service, interface, ip);
    let reason = judged.reason.to_string();
    if listening {
        return (Verdict::Listening, reason);
    }
    if !judged.allowed {
        return (Verdict::RefusedByPolicy, reason);
    }
    match (looked.unless)(ip) {
        Some(reason) => (Verdict::RefusedByPolicy, reason.to_owned()),
        None => (
            Verdict::Failed,
            "it cannot be listened on yet: the log says why, and it is tried again".to_owned(),
        ),
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
#[path = "bindings_tests.rs"]
mod tests;
