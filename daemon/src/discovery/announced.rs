//! Where the server is announced, and why not elsewhere.

use crate::config::{Config, DiscoverySection};
use crate::interfaces::{Policy, Service, is_private};
use crate::listen::USUAL_PORT;
use crate::netbios::TRANSPORT;
use lanward_discovery::names::Dialect;
use lanward_discovery::{Attachment, Discovery};
use lanward_server::{Server, Zone};
use lanward_sys::Interface;
use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

/// RFC 6762 3: the port of multicast DNS.
const MDNS_PORT: u16 = 5353;

/// By what the server is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    WsDiscovery,
    Mdns,
    /// Who does not take part in multicast DNS, and asks for addresses only.
    MdnsOnce,
    Llmnr,
}

/// Where the server is announced at the moment.
#[derive(Debug, Clone)]
pub(crate) struct Announced {
    server: Arc<Server>,
    wsd: Arc<Discovery>,
    llmnr: Arc<Discovery>,
    mdns_once: Arc<Discovery>,
    mdns: Arc<RwLock<BTreeSet<IpAddr>>>,
    /// What the configuration has at all.
    section: DiscoverySection,
}

impl Announced {
    /// Nowhere yet.
    pub(crate) fn new(config: &Config, server: &Arc<Server>) -> Self {
        let section = &config.discovery;
        let own = lanward_discovery::Config {
            http_port: section.metadata_port,
            ..lanward_discovery::Config::new(server, env!("CARGO_PKG_VERSION"))
        };
        let names = |dialect| Discovery::of_names(Arc::clone(server), own.clone(), dialect);
        Self {
            server: Arc::clone(server),
            llmnr: names(Dialect::Llmnr),
            mdns_once: names(Dialect::Mdns),
            wsd: Discovery::new(Arc::clone(server), own),
            mdns: Arc::default(),
            section: section.clone(),
        }
    }

    /// Where questions are heard, and for WS-Discovery metadata answered.
    pub(crate) fn addresses(&self, means: Means) -> BTreeSet<SocketAddr> {
        match means {
            Means::WsDiscovery => self.wsd.addresses().into_iter().collect(),
            Means::Llmnr => self.llmnr.addresses().into_iter().collect(),
            Means::MdnsOnce => self.mdns_once.addresses().into_iter().collect(),
            Means::Mdns => {
                let addresses = self.mdns.read().unwrap_or_else(PoisonError::into_inner);
                addresses.iter().map(|ip| SocketAddr::new(*ip, MDNS_PORT)).collect()
            }
        }
    }

    /// Why the server is not announced at an address where the policy offers it; `None`: it is.
    pub(crate) fn refusal(&self, means: Means, ip: IpAddr) -> Option<&'static str> {
        let enabled = match means {
            Means::WsDiscovery => self.section.ws_discovery,
            Means::Mdns | Means::MdnsOnce => self.section.mdns,
            Means::Llmnr => self.section.llmnr,
        };
        if ip.is_loopback() {
            return Some("there is nobody to find on the loopback");
        }
        if !enabled {
            return Some("`[discovery]` turns it off");
        }
        if !is_in_a_zone(&self.server, ip) {
            return Some("no zone with `discovery = true` covers it");
        }
        let link_local = matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
        match (means, port(&self.server, ip)) {
            (_, None) => Some("no files are served there"),
            (Means::WsDiscovery, _) if ip.is_ipv6() && !link_local => {
                Some("in IPv6 WS-Discovery is at link-local addresses")
            }
            (Means::Llmnr | Means::MdnsOnce, _) if ip.is_ipv6() && !link_local => {
                Some("in IPv6 who asks for a name is answered with link-local addresses")
            }
            (Means::WsDiscovery, Some(port)) if port != USUAL_PORT => {
                Some("who finds it by WS-Discovery connects to port 445, and files are served at another")
            }
            _ => None,
        }
    }

    /// Is on these links from now on. Answers where that could not be.
    pub(super) fn attach(&self, means: Means, links: &[Attachment]) -> Vec<(Attachment, io::Error)> {
        match means {
            Means::WsDiscovery => self.wsd.attach(links),
            Means::Llmnr => self.llmnr.attach(links),
            Means::MdnsOnce => self.mdns_once.attach(links),
            Means::Mdns => Vec::new(),
        }
    }

    pub(super) fn set_mdns(&self, addresses: BTreeSet<IpAddr>) {
        *self.mdns.write().unwrap_or_else(PoisonError::into_inner) = addresses;
    }

    pub(super) async fn stop(&self) {
        tokio::join!(self.wsd.stop(), self.llmnr.stop(), self.mdns_once.stop());
    }
}

/// Where files are served at an address: the usual port, if they are served there.
pub(super) fn port(server: &Server, ip: IpAddr) -> Option<u16> {
    let transports = server.transports();
    let others = [TRANSPORT, crate::vpn::TRANSPORT];
    let is_direct = |name: &str| !others.iter().any(|other| name.starts_with(other));
    let direct = transports.iter().filter(|transport| is_direct(&transport.name()));
    let serves = |at: &SocketAddr| at.ip() == ip || at.ip().is_unspecified() && at.is_ipv4() == ip.is_ipv4();
    let ports = direct.map(|transport| transport.address()).filter(serves).map(|at| at.port());
    ports.min_by_key(|port| (*port != USUAL_PORT, *port))
}

/// Why multicast DNS does not answer at an address though the server may be announced there. Its responder answers whatever comes to an interface
/// in a family of addresses, from anywhere: one that has a public address without discovery would tell, and be used against, the whole Internet.
pub(crate) fn exposed(policy: &Policy, interface: &Interface, ip: IpAddr) -> Option<&'static str> {
    let others = interface.addresses.iter().filter(|other| other.is_ipv4() == ip.is_ipv4());
    let is_refused = |other: &IpAddr| !policy.judge(Service::Discovery, interface, *other).allowed;
    let exposes = others.filter(|other| !is_private(**other)).any(is_refused);
    exposes.then_some("the interface has a public address, too, at which it would be answered")
}

/// Whether any client of an address may be in a zone with discovery, at this moment.
fn is_in_a_zone(server: &Server, ip: IpAddr) -> bool {
    let settings = server.settings();
    let covers = |zone: &&Arc<Zone>| zone.locals.is_empty() || zone.locals.iter().any(|n| n.contains(ip));
    // A zone with all clients of an address leaves none of them to those after it.
    let mut covering = settings.zones.iter().filter(covers);
    let decides = covering.find(|zone| zone.discovery || zone.peers.is_empty());
    decides.unwrap_or(&settings.default_zone).discovery
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::{FileTime, Guid, Sid};
    use lanward_server::{Identity, Network, Settings};

    fn zone(locals: &[&str], peers: &[&str], discovery: bool) -> Arc<Zone> {
        let ranges = |all: &[&str]| {
            all.iter().map(|ip| Network { address: ip.parse().unwrap(), prefix: 32 }).collect()
        };
        Arc::new(Zone { locals: ranges(locals), peers: ranges(peers), discovery, ..Zone::default() })
    }

    fn announced(zones: Vec<Arc<Zone>>, default: bool) -> Announced {
        let identity = Identity {
            name: "BOX".into(),
            workgroup: "LAB".into(),
            comment: String::new(),
            guid: Guid::default(),
            sid: Sid::new(5, &[21, 1, 2, 3]),
        };
        let settings = Settings { zones, default_zone: zone(&[], &[], default), ..Settings::default() };
        Announced::new(&Config::default(), &Server::new(identity, settings, FileTime(0)))
    }

    #[test]
    fn zones_decide_where_the_server_is_announced() {
        let zones = vec![
            zone(&["10.0.0.1"], &[], false),
            zone(&["10.0.0.2"], &["10.0.0.9"], false),
            zone(&["10.0.0.3"], &["10.0.0.9"], true),
        ];
        let there =
            |default, ip: &str| is_in_a_zone(&announced(zones.clone(), default).server, ip.parse().unwrap());
        let expected = [
            ("10.0.0.1", false, false),
            ("10.0.0.2", true, false),
            ("10.0.0.3", true, true),
            ("10.0.0.4", true, false),
        ];
        for (ip, with, without) in expected {
            assert_eq!((there(true, ip), there(false, ip)), (with, without), "{ip}");
        }
    }

    #[test]
    fn multicast_dns_stays_away_from_the_internet() {
        let addresses = ["10.0.0.1", "fe80::1", "2001:db8::1"].iter().map(|ip| ip.parse().unwrap()).collect();
        let mut interface = Interface {
            name: "eth0".into(),
            index: 2,
            addresses,
            kind: lanward_sys::LinkKind::Ethernet,
            loopback: false,
            speed: None,
            spreads: false,
        };
        let mut policy = Policy::default();
        let is_exposed = |policy: &Policy, interface: &Interface, ip: &str| {
            exposed(policy, interface, ip.parse().unwrap()).is_some()
        };
        assert!(!is_exposed(&policy, &interface, "10.0.0.1"));
        assert!(is_exposed(&policy, &interface, "fe80::1"));
        interface.addresses.push("203.0.113.9".parse().unwrap());
        assert!(is_exposed(&policy, &interface, "10.0.0.1"));
        policy.rules.push(crate::interfaces::Rule { allow: true, public: true, ..Default::default() });
        assert!(!is_exposed(&policy, &interface, "10.0.0.1") && !is_exposed(&policy, &interface, "fe80::1"));
    }

    #[test]
    fn who_finds_the_server_can_connect_to_it() {
        let announced = announced(Vec::new(), true);
        let refusal = |means, ip: &str| announced.refusal(means, ip.parse().unwrap());
        let none = Some("no files are served there");
        assert_eq!((refusal(Means::WsDiscovery, "10.0.0.1"), refusal(Means::Mdns, "10.0.0.1")), (none, none));
        let transports = [":4445", ":445"].map(|port| {
            let address: SocketAddr = format!("10.0.0.{}{port}", port.len()).parse().unwrap();
            announced.server.add_transport("tcp", address)
        });
        let other =
            Some("who finds it by WS-Discovery connects to port 445, and files are served at another");
        assert_eq!(
            (refusal(Means::WsDiscovery, "10.0.0.5"), refusal(Means::Mdns, "10.0.0.5")),
            (other, None)
        );
        assert_eq!((refusal(Means::WsDiscovery, "10.0.0.4"), refusal(Means::Mdns, "10.0.0.4")), (None, None));
        drop(transports);
        let _calls = announced.server.add_transport("pptp:10.0.0.4:1723", "10.0.0.4:1723".parse().unwrap());
        assert_eq!(refusal(Means::Mdns, "10.0.0.4"), none);
        assert!(refusal(Means::Mdns, "127.0.0.1").is_some());
    }
}
