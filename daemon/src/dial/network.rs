//! Addresses and routes while a line is up. Those through the tunnel go with its interface; others are taken back.

use super::name_servers::NameServers;
use super::{Plan, opened};
use crate::exit::Refused;
use anyhow::{Result, bail};
use lanward_sys::{Route, Tun, interface_index};
use lanward_vpn::DialUp;
use std::io::ErrorKind;
use std::net::Ipv4Addr;

const ADMIN: &str = "CAP_NET_ADMIN";

/// A network as `"192.168.7.0/24"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Destination {
    address: Ipv4Addr,
    prefix: u8,
}

impl std::str::FromStr for Destination {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Refused::Input(format!("`{text}` is no network: write it as 192.168.7.0/24"));
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        let address: Ipv4Addr = address.parse().map_err(|_| wrong())?;
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= 32).ok_or_else(wrong)?;
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
        Ok(Self { address: Ipv4Addr::from_bits(address.to_bits() & mask), prefix })
    }
}

impl Destination {
    const fn contains(self, address: Ipv4Addr) -> bool {
        let ignored = 32 - self.prefix as u32;
        let differ = self.address.to_bits() ^ address.to_bits();
        matches!(differ.checked_shr(ignored), None | Some(0))
    }
}

/// What is to be taken back when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Configured {
    server: Option<Route>,
    name_servers: Option<NameServers>,
}

impl Drop for Configured {
    fn drop(&mut self) {
        if let Some(route) = self.server.take()
            && let Err(error) = route.remove()
        {
            tracing::debug!(%error, "the route to the server stays");
        }
    }
}

/// Gives the interface what the server granted, and leads through it what was asked for.
///
/// # Errors
/// The system's.
pub(super) fn configure(plan: &Plan, tun: &Tun, server: Ipv4Addr, up: &DialUp) -> Result<Configured> {
    let mut configured = Configured::default();
    let interface = interface_index(tun.name())?;
    let here = Surroundings::look(server, tun.name())?;
    if let Some(why) = here.forbid(up.address) {
        bail!("the server gave this machine {}, which {why}", up.address);
    }
    opened(tun.configure(up.address, 32, up.mtu.into()), "the interface's address", ADMIN)?;
    let mut wanted = plan.routes.clone();
    if plan.default_route {
        // Two halves, beside the route that is there and is needed again.
        wanted
            .extend([0, 128].map(|first| Destination { address: Ipv4Addr::new(first, 0, 0, 0), prefix: 1 }));
    }
    if wanted.iter().any(|route| route.contains(server)) {
        // Packets of the tunnel itself must not go into it.
        let (now, _) = Route::to(server)?;
        match now.add() {
            // Somebody has seen to it.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            added => {
                opened(added, "the route to the server", ADMIN)?;
                configured.server = Some(now);
            }
        }
    }
    for Destination { address, prefix } in wanted {
        let route = Route { destination: address, prefix, gateway: None, interface };
        opened(route.add(), &format!("the route to {address}/{prefix}"), ADMIN)?;
    }
    if let Some(peer) = up.peer {
        let route = Route { destination: peer, prefix: 32, gateway: None, interface };
        match here.forbid_route(peer) {
            Some(why) => tracing::warn!(%peer, "No route to the server's address in the tunnel: it {why}"),
            None => match route.add() {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                added => opened(added, "the route to the server's address in the tunnel", ADMIN)?,
            },
        }
    }
    if let Some(file) = plan.resolv_conf.as_ref().filter(|_| !up.dns.is_empty()) {
        configured.name_servers = Some(NameServers::write(file, &up.dns)?);
    }
    Ok(configured)
}

/// What this machine has without the line: no address that a server names may be of it.
#[derive(Debug, Default)]
struct Surroundings {
    server: Option<Ipv4Addr>,
    networks: Vec<Destination>,
    gateways: Vec<Ipv4Addr>,
}

impl Surroundings {
    fn look(server: Ipv4Addr, own: &str) -> Result<Self> {
        let others = lanward_sys::subnets()?.into_iter().filter(|subnet| subnet.interface != own);
        let networks = others.map(|subnet| Destination { address: subnet.address, prefix: subnet.prefix });
        let table = std::fs::read_to_string("/proc/net/route")?;
        Ok(Self { server: Some(server), networks: networks.collect(), gateways: gateways(&table) })
    }

    /// Why an address that a server names cannot be one in the tunnel, if it cannot.
    fn forbid(&self, address: Ipv4Addr) -> Option<&'static str> {
        if address.is_loopback()
            || address.is_unspecified()
            || address.is_multicast()
            || address.is_broadcast()
        {
            return Some("is no machine's");
        }
        if self.server == Some(address) {
            return Some("is where the tunnel itself goes");
        }
        if self.gateways.contains(&address) {
            return Some("is a gateway that is in use");
        }
        let own = self.networks.iter().any(|network| network.address == address);
        own.then_some("is this machine's already")
    }

    /// Why no route may lead to an address that a server names, if none may.
    fn forbid_route(&self, address: Ipv4Addr) -> Option<&'static str> {
        let taken = self.networks.iter().any(|network| network.contains(address));
        self.forbid(address).or(taken.then_some("is of a network that this machine is in"))
    }
}

/// The gateways of a table of routes as `/proc/net/route` has it: in the third column, as a number in memory.
fn gateways(table: &str) -> Vec<Ipv4Addr> {
    let third = table.lines().skip(1).filter_map(|line| line.split_ascii_whitespace().nth(2));
    let addresses =
        third.filter_map(|text| Some(Ipv4Addr::from(u32::from_str_radix(text, 16).ok()?.to_ne_bytes())));
    addresses.filter(|address| !address.is_unspecified()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Destination, Surroundings, gateways};
    use std::net::Ipv4Addr;

    #[test]
    fn networks_as_people_write_them() {
        let parse = |text: &str| text.parse::<Destination>();
        let net = parse("192.168.7.9/24").unwrap();
        assert_eq!(net, Destination { address: Ipv4Addr::new(192, 168, 7, 0), prefix: 24 });
        assert!(
            net.contains(Ipv4Addr::new(192, 168, 7, 255)) && !net.contains(Ipv4Addr::new(192, 168, 8, 0))
        );
        assert!(parse("0.0.0.0/0").unwrap().contains(Ipv4Addr::BROADCAST));
        assert_eq!(parse("10.0.0.1").unwrap().prefix, 32);
        for wrong in ["", "10.0.0.0/33", "x/8", "fd00::/8", "10.0.0.0/"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_server_names_is_nothing_that_this_machine_has() {
        let table =
            "Iface Destination Gateway Flags\neth0 00000000 0107A8C0 0003\neth0 0007A8C0 00000000 0001\n";
        let table = if cfg!(target_endian = "little") {
            table.to_owned()
        } else {
            table.replace("0107A8C0", "C0A80701")
        };
        let gateway = Ipv4Addr::new(192, 168, 7, 1);
        assert_eq!(gateways(&table), [gateway]);
        let server = Ipv4Addr::new(203, 0, 113, 5);
        let network = |text: &str| text.parse::<Destination>().unwrap();
        let networks = vec![network("127.0.0.1/8"), network("192.168.8.0/24")];
        let here = Surroundings { server: Some(server), networks, gateways: vec![gateway] };
        let wrong = [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "203.0.113.5",
            "192.168.7.1",
            "192.168.8.20",
        ];
        for address in wrong {
            assert!(here.forbid_route(address.parse().unwrap()).is_some(), "{address}");
        }
        for address in ["192.168.8.0", "192.168.7.1", "203.0.113.5", "127.0.0.1"] {
            assert!(here.forbid(address.parse().unwrap()).is_some(), "{address}");
        }
        assert_eq!(
            here.forbid("192.168.8.20".parse().unwrap()),
            None,
            "another's network may have the same numbers"
        );
        for address in ["10.99.0.1", "192.168.7.2", "198.51.100.1"] {
            assert_eq!(here.forbid_route(address.parse().unwrap()), None, "{address}");
        }
    }
}
