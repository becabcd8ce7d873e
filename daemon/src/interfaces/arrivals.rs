//! Which addresses of this machine are not for what comes by another interface than theirs.

use super::{Policy, Service};
use lanward_server::Settings;
use lanward_smb::RefusedArrivals;
use lanward_sys::Interface;
use std::net::IpAddr;

/// A packet reaches every address of this machine by every interface, so that a rule or a zone for one would be passed by whoever names an
/// address of another. An address is not for what comes by an interface where a rule refuses the service at this address, or that is not, as its own
/// is, among those of a zone.
pub(crate) fn refused_arrivals(
    service: Service,
    policy: &Policy,
    settings: &Settings,
    interfaces: &[Interface],
) -> RefusedArrivals {
    let may_matter = policy.may_refuse(service) || settings.zones.iter().any(|zone| !zone.links.is_empty());
    let mut refused = RefusedArrivals::new();
    if !may_matter {
        return refused;
    }
    for (own, ip) in policy.offered(service, interfaces) {
        let has = |other: &Interface| other.addresses.contains(&ip);
        // Several interfaces may have the same one, and a link-local one is that of its interface anyhow.
        let others = interfaces.iter().filter(|other| !other.loopback && !has(other) && !is_link_local(ip));
        let not_by = others
            .filter(|other| !policy.judge(service, other, ip).allowed || !same_zones(settings, own, other));
        let numbers: std::collections::BTreeSet<u32> = not_by.map(|other| other.index).collect();
        if !numbers.is_empty() {
            refused.insert(ip.to_canonical(), numbers);
        }
    }
    refused
}

/// Whether no zone of interfaces has one of them without the other. Addresses of the loopback are for all, and who dials in has a zone by himself.
fn same_zones(settings: &Settings, own: &Interface, other: &Interface) -> bool {
    let dials_in = settings.dial_in.is_some_and(|dial_in| other.addresses.contains(&dial_in.address));
    let together = |links: &[u32]| links.contains(&own.index) == links.contains(&other.index);
    let mut zones = settings.zones.iter().filter(|zone| !zone.links.is_empty());
    own.loopback || dials_in || zones.all(|zone| together(&zone.links))
}

fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interfaces::Rule;
    use lanward_server::{DialInNetwork, Network, Zone};
    use lanward_sys::LinkKind;
    use std::collections::BTreeSet;
    use std::sync::Arc;

    fn interface(index: u32, name: &str, addresses: &[&str]) -> Interface {
        let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
        let loopback = name == "lo";
        Interface {
            name: name.to_owned(),
            index,
            addresses,
            kind: LinkKind::Ethernet,
            loopback,
            speed: None,
            spreads: false,
        }
    }

    fn interfaces() -> [Interface; 4] {
        [
            interface(1, "lo", &["127.0.0.1", "10.9.9.9"]),
            interface(2, "lan0", &["10.0.0.1", "fe80::1", "fd00::1"]),
            interface(3, "guest0", &["10.3.0.1"]),
            interface(4, "vpn0", &["10.99.0.1"]),
        ]
    }

    fn shown(policy: &Policy, settings: &Settings) -> Vec<(String, BTreeSet<u32>)> {
        let refused = refused_arrivals(Service::Smb, policy, settings, &interfaces());
        refused.into_iter().map(|(ip, by)| (ip.to_string(), by)).collect()
    }

    fn refused(ip: &str, by: &[u32]) -> (String, BTreeSet<u32>) {
        (ip.to_owned(), by.iter().copied().collect())
    }

    #[test]
    fn addresses_are_for_all_where_nothing_tells_interfaces_apart() {
        assert_eq!(shown(&Policy::default(), &Settings::default()), []);
        let locals = vec![Network { address: "10.0.0.1".parse().unwrap(), prefix: 32 }];
        let by_address =
            Settings { zones: vec![Arc::new(Zone { locals, ..Zone::default() })], ..Settings::default() };
        assert_eq!(shown(&Policy::default(), &by_address), []);
    }

    #[test]
    fn a_rule_is_for_what_comes_by_the_interface() {
        let names = vec!["guest*".to_owned().try_into().unwrap()];
        let policy = Policy { rules: vec![Rule { names, ..Rule::default() }], ..Policy::default() };
        let by_guest = |ip| refused(ip, &[3]);
        assert_eq!(
            shown(&policy, &Settings::default()),
            ["10.0.0.1", "10.9.9.9", "10.99.0.1", "127.0.0.1", "fd00::1"].map(by_guest)
        );
    }

    #[test]
    fn a_zone_of_interfaces_is_for_what_comes_by_them() {
        let legacy = Zone { links: vec![2], ..Zone::default() };
        let dial_in = DialInNetwork {
            network: Network { address: "10.99.0.0".parse().unwrap(), prefix: 24 },
            address: "10.99.0.1".parse().unwrap(),
        };
        let settings =
            Settings { zones: vec![Arc::new(legacy)], dial_in: Some(dial_in), ..Settings::default() };
        assert_eq!(
            shown(&Policy::default(), &settings),
            [
                refused("10.0.0.1", &[3]),
                refused("10.3.0.1", &[2]),
                refused("10.99.0.1", &[2]),
                refused("fd00::1", &[3])
            ]
        );
    }
}
