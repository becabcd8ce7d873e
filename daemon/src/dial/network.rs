//! Addresses and routes while a line is up. Those through the tunnel go with its interface; others are taken back.

use super::{Plan, opened};
use crate::exit::Refused;
use anyhow::Result;
use lanward_sys::{Route, Tun, interface_index};
use lanward_vpn::DialUp;
use std::net::Ipv4Addr;
use std::path::PathBuf;

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
    resolv_conf: Option<PathBuf>,
}

impl Drop for Configured {
    fn drop(&mut self) {
        if let Some(route) = self.server.take()
            && let Err(error) = route.remove()
        {
            tracing::debug!(%error, "the route to the server stays");
        }
        if let Some(file) = self.resolv_conf.take()
            && let Err(error) = std::fs::remove_file(&file)
        {
            tracing::warn!(%error, file = %file.display(), "the name servers stay");
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
        opened(now.add(), "the route to the server", ADMIN)?;
        configured.server = Some(now);
    }
    wanted.extend(up.peer.map(|address| Destination { address, prefix: 32 }));
    for Destination { address, prefix } in wanted {
        let route = Route { destination: address, prefix, gateway: None, interface };
        opened(route.add(), &format!("the route to {address}/{prefix}"), ADMIN)?;
    }
    if let Some(file) = plan.resolv_conf.clone().filter(|_| !up.dns.is_empty()) {
        let lines: String = up.dns.iter().map(|server| format!("nameserver {server}\n")).collect();
        std::fs::write(&file, lines)?;
        configured.resolv_conf = Some(file);
    }
    Ok(configured)
}

#[cfg(test)]
mod tests {
    use super::Destination;
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
}
