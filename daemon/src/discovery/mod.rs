//! Announcements where zones have discovery: WS-Discovery and multicast DNS, at addresses where files are served, on links that come and go.

mod announced;

pub(crate) use announced::{Announced, Means, exposed};

use crate::config::{Config, DiscoverySection};
use crate::interfaces::{Policy, Service};
use crate::listen::{self, USUAL_PORT};
use lanward_discovery::names::Dialect;
use lanward_discovery::{Announcement, Attachment, Mdns, Subnet};
use lanward_server::{Server, Share};
use lanward_sys::Interface;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The longest name of a share that fits where Macs read it, in bytes.
const LONGEST_BACKUP: usize = 200;

#[derive(Debug)]
pub(crate) struct DiscoveryService {
    server: Arc<Server>,
    section: DiscoverySection,
    mdns: Mdns,
    announced: Announced,
    /// What could not be had, and may be had later.
    missing: BTreeSet<SocketAddr>,
}

impl DiscoveryService {
    /// The service, on no link yet.
    pub(crate) fn new(config: &Config, server: &Arc<Server>) -> Self {
        Self {
            server: Arc::clone(server),
            section: config.discovery.clone(),
            mdns: Mdns::default(),
            announced: Announced::new(config, server),
            missing: BTreeSet::new(),
        }
    }

    /// Where it is.
    pub(crate) const fn announced(&self) -> &Announced {
        &self.announced
    }

    /// Whether something could not be had that may be had later.
    pub(crate) fn again(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Is where the zones have it, the policy offers it and files are served now. What cannot be had is tried again.
    pub(crate) fn follow(&mut self, policy: &Policy) {
        let there = lanward_sys::interfaces().and_then(|i| Ok((i, lanward_sys::subnets()?)));
        let (interfaces, subnets) = match there {
            Ok(there) => there,
            Err(error) => return tracing::warn!(%error, "the interfaces changed, discovery did not"),
        };
        let prefixes = subnets.iter().map(|s| ((s.interface.as_str(), IpAddr::from(s.address)), s.prefix));
        let prefixes = prefixes.collect();
        let mut missing = BTreeSet::new();
        for (means, name, port) in [
            (Means::WsDiscovery, "WS-Discovery", self.section.metadata_port),
            (Means::Llmnr, "LLMNR", Dialect::Llmnr.port()),
            (Means::MdnsOnce, "mDNS for who asks once", Dialect::Mdns.port()),
        ] {
            let links = self.links(means, policy, &interfaces, &prefixes);
            for (at, error) in self.announced.attach(means, &links) {
                let Some(subnet) = at.subnets.first() else { continue };
                let address = SocketAddr::new(subnet.address, port);
                if missing.insert(address) && !self.missing.contains(&address) {
                    let why = listen::explained(error, address);
                    tracing::warn!(interface = at.interface, "no {name} yet: {why:#}");
                }
            }
        }
        self.missing = missing;
        if let Err(error) = self.mdns.announce(self.announcement(policy, &interfaces)) {
            tracing::warn!(%error, "no mDNS");
        }
        self.announced.set_mdns(self.mdns.addresses());
    }

    /// The addresses the server is announced at, with their interfaces.
    fn wanted<'a>(
        &'a self,
        means: Means,
        policy: &'a Policy,
        interfaces: &'a [Interface],
    ) -> impl Iterator<Item = (&'a Interface, IpAddr)> {
        let offered = policy.offered(Service::Discovery, interfaces);
        offered.filter(move |(_, ip)| self.announced.refusal(means, *ip).is_none())
    }

    /// The links one of them is to be on: one for each interface and family.
    fn links(
        &self,
        means: Means,
        policy: &Policy,
        interfaces: &[Interface],
        prefixes: &BTreeMap<(&str, IpAddr), u8>,
    ) -> Vec<Attachment> {
        let mut links: BTreeMap<(u32, bool), Attachment> = BTreeMap::new();
        for (interface, address) in self.wanted(means, policy, interfaces) {
            if means == Means::MdnsOnce && exposed(policy, interface, address).is_some() {
                continue;
            }
            // Link-local addresses of IPv6 have all their links in common (RFC 4291 2.5.6).
            let usual = if address.is_ipv4() { 32 } else { 10 };
            let prefix = prefixes.get(&(interface.name.as_str(), address)).copied().unwrap_or(usual);
            let link = links.entry((interface.index, address.is_ipv4())).or_insert_with(|| Attachment {
                interface: interface.name.clone(),
                index: interface.index,
                subnets: Vec::new(),
            });
            link.subnets.push(Subnet { address, prefix });
        }
        links.into_values().collect()
    }

    fn announcement(&self, policy: &Policy, interfaces: &[Interface]) -> Announcement {
        let wanted = self.wanted(Means::Mdns, policy, interfaces);
        let wanted = wanted.filter(|(interface, ip)| exposed(policy, interface, *ip).is_none());
        let addresses: BTreeSet<IpAddr> = wanted.map(|(_, ip)| ip).collect();
        let ports = addresses.iter().filter_map(|ip| announced::port(&self.server, *ip));
        Announcement {
            name: self.server.identity().name.clone(),
            model: self.section.model.clone(),
            port: ports.min().unwrap_or(USUAL_PORT),
            backups: backups(&self.server),
            addresses,
        }
    }

    /// Says goodbye.
    pub(crate) async fn stop(&mut self) {
        tokio::join!(self.announced.stop(), self.mdns.stop());
    }
}

/// The shares that Macs back up to, if everybody may know of them who is told.
fn backups(server: &Server) -> Vec<String> {
    let settings = server.settings();
    let told = || settings.zones.iter().chain([&settings.default_zone]).filter(|zone| zone.discovery);
    let is_for_all = |share: &Arc<Share>| told().all(|zone| zone.shows(&share.name));
    let shares = server.shares().into_iter().filter(|share| share.rules.time_machine.is_some());
    let names = shares.filter(is_for_all).map(|share| share.name.to_string());
    names.filter(|name| name.len() <= LONGEST_BACKUP).collect()
}
