//! What is offered at which address of which interface. Whatever listens or announces itself asks [`Policy::judge`] and nothing else.

use super::NamePattern;
use crate::config::ListenAddress;
use lanward_server::Network;
use lanward_sys::{Interface, LinkKind};
use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// What can be offered at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Service {
    /// SMB over TCP.
    Smb,
    /// Names, datagrams and sessions.
    Netbios,
    /// Being found: WS-Discovery and mDNS.
    Discovery,
    /// Printing, where it is no part of SMB.
    Print,
    /// Dialling in.
    Vpn,
}

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    /// `[interface.NAME]`, in the order of the file: the first that covers a service at an address decides.
    pub(crate) rules: Vec<Rule>,
    /// `listen`: where files are offered when no rule decides; `None` for every private address of the machine.
    pub(crate) addresses: Option<Vec<ListenAddress>>,
    /// The port of addresses without one of their own; `None` for the usual one, or the ordinary one where that is not allowed.
    pub(crate) port: Option<u16>,
}

/// A rule about some services at some addresses: all that it asks for must be so, and it asks for nothing where a list is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) allow: bool,
    /// It allows at public addresses too.
    pub(crate) public: bool,
    pub(crate) services: Vec<Service>,
    pub(crate) names: Vec<NamePattern>,
    pub(crate) kinds: Vec<LinkKind>,
    pub(crate) addresses: Vec<Network>,
    pub(crate) zones: Vec<ZoneAddresses>,
}

/// The addresses of this machine that are a zone's.
#[derive(Debug, Clone, Default)]
pub(crate) struct ZoneAddresses {
    pub(crate) locals: Vec<Network>,
    pub(crate) interfaces: Vec<String>,
}

/// Whether a service is offered at an address, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) allowed: bool,
    pub(crate) reason: Reason,
}

/// Why a service is or is not offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A rule says so.
    Allowed(String),
    /// A rule says so.
    Refused(String),
    Named,
    NotNamed,
    Private,
    Public,
    Loopback,
    NoIpv4,
}

impl Policy {
    /// Whether `service` is offered at `ip`, an address of `interface`. Carrier does not matter; who is offered what is up to zones.
    pub(crate) fn judge(&self, service: Service, interface: &Interface, ip: IpAddr) -> Judgement {
        let ip = ip.to_canonical();
        let refused = |reason| Judgement { allowed: false, reason };
        if service == Service::Netbios && ip.is_ipv6() {
            return refused(Reason::NoIpv4);
        }
        if let Some(rule) = self.rules.iter().find(|rule| rule.covers(service, interface, ip)) {
            let reason = if rule.allow { Reason::Allowed } else { Reason::Refused };
            return Judgement { allowed: rule.allow, reason: reason(rule.name.clone()) };
        }
        match service {
            Service::Smb => self.usually(ip, self.addresses.as_deref()),
            Service::Vpn => self.usually(ip, None),
            Service::Netbios | Service::Discovery if interface.loopback && !self.names(ip) => {
                refused(Reason::Loopback)
            }
            // Who could not get any files there need not find the server there.
            Service::Netbios | Service::Discovery | Service::Print => self.judge(Service::Smb, interface, ip),
        }
    }

    /// Where `service` is offered: addresses of interfaces that are up.
    pub(crate) fn offered<'a>(
        &'a self,
        service: Service,
        interfaces: &'a [Interface],
    ) -> impl Iterator<Item = (&'a Interface, IpAddr)> + 'a {
        let all = interfaces.iter().flat_map(|i| i.addresses.iter().map(move |ip| (i, *ip)));
        all.filter(move |(interface, ip)| self.judge(service, interface, *ip).allowed)
    }

    /// Whether any rule may refuse `service` somewhere.
    pub(crate) fn may_refuse(&self, service: Service) -> bool {
        self.rules.iter().any(|rule| !rule.allow && rule.is_about(service))
    }

    /// Where no rule decides.
    fn usually(&self, ip: IpAddr, named: Option<&[ListenAddress]>) -> Judgement {
        let Some(named) = named else {
            let allowed = is_private(ip);
            return Judgement { allowed, reason: if allowed { Reason::Private } else { Reason::Public } };
        };
        let covers =
            |n: &ListenAddress| n.ip == ip || (n.ip.is_unspecified() && n.ip.is_ipv4() == ip.is_ipv4());
        let allowed = named.iter().any(covers);
        Judgement { allowed, reason: if allowed { Reason::Named } else { Reason::NotNamed } }
    }

    /// Whether `listen` has this very address.
    fn names(&self, ip: IpAddr) -> bool {
        self.addresses.iter().flatten().any(|named| named.ip == ip)
    }
}

impl Rule {
    fn is_about(&self, service: Service) -> bool {
        self.services.is_empty() || self.services.contains(&service)
    }

    fn covers(&self, service: Service, interface: &Interface, ip: IpAddr) -> bool {
        let asked = self.public || !self.allow || is_private(ip);
        asked
            && self.is_about(service)
            && (self.names.is_empty() || self.names.iter().any(|name| name.matches(&interface.name)))
            && (self.kinds.is_empty() || self.kinds.contains(&interface.kind))
            && (self.addresses.is_empty() || self.addresses.iter().any(|range| range.contains(ip)))
            && (self.zones.is_empty() || self.zones.iter().any(|zone| zone.covers(interface, ip)))
    }

    /// Whether it asks for nothing.
    pub(crate) fn covers_everything(&self) -> bool {
        let unconditional = self.names.is_empty()
            && self.kinds.is_empty()
            && self.addresses.is_empty()
            && self.zones.is_empty();
        unconditional && (self.public || !self.allow)
    }
}

impl ZoneAddresses {
    fn covers(&self, interface: &Interface, ip: IpAddr) -> bool {
        self.interfaces.contains(&interface.name) || self.locals.iter().any(|range| range.contains(ip))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allowed(rule) => return write!(f, "`[interface.{rule}]` allows it"),
            Self::Refused(rule) => return write!(f, "`[interface.{rule}]` refuses it"),
            Self::Named => "`listen` names it",
            Self::NotNamed => "`listen` names other addresses only",
            Self::Private => "a private address, and nothing says otherwise",
            Self::Public => {
                "a public address: only where `listen` names it, or a rule of `[interface]` has `public = true`"
            }
            Self::Loopback => "there is nobody to find on the loopback",
            Self::NoIpv4 => "NetBIOS is for IPv4 only",
        })
    }
}

/// Whether an address can be reached from this machine or networks of its owner's only: loopback, link-local, RFC 1918, the carrier's
/// shared range (RFC 6598) and unique local addresses.
pub(crate) fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6 == Ipv6Addr::LOCALHOST || v6.is_unicast_link_local() || v6.is_unique_local(),
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
