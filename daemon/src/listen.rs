//! Where to listen: private addresses only, unless somebody names others.

use crate::config::ListenAddress;
use anyhow::{Context as _, Result, anyhow};
use lanward_sys::Interface;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, TcpListener};

/// Where SMB is expected.
pub(crate) const USUAL_PORT: u16 = 445;

/// The port of those who may not have the usual one.
pub(crate) const ORDINARY_PORT: u16 = 4445;

const BACKLOG: i32 = 1024;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    /// `None` for every private address of the machine.
    pub(crate) addresses: Option<Vec<ListenAddress>>,
    /// The port of addresses without one of their own; `None` for the usual one, or the ordinary one where that is not allowed.
    pub(crate) port: Option<u16>,
}

impl Wish {
    /// Whether the usual port is taken for want of another.
    fn leaves_port_open(&self) -> bool {
        let named = self.addresses.as_ref();
        self.port.is_none() && named.is_none_or(|all| all.iter().any(|address| address.port.is_none()))
    }
}

/// Listeners on everything that is wished for. Addresses in `kept` are listened on already and left out.
///
/// # Errors
/// An address cannot be listened on; then none is.
pub(crate) fn bind(wish: &Wish, kept: &BTreeSet<SocketAddr>) -> Result<Bound> {
    let interfaces = lanward_sys::interfaces().context("looking at the network interfaces")?;
    match bind_all(wish, &interfaces, kept, wish.port.unwrap_or(USUAL_PORT)) {
        Err(error) if wish.leaves_port_open() && is_refused(&error) => {
            tracing::info!("port {USUAL_PORT} is not allowed for this user: taking {ORDINARY_PORT}");
            let mut bound = bind_all(wish, &interfaces, kept, ORDINARY_PORT)?;
            bound.fell_back = true;
            Ok(bound)
        }
        result => result,
    }
}

/// Listeners on what is there by now of everything that is wished for; what cannot be listened on is left for another time.
pub(crate) fn follow(wish: &Wish, kept: &BTreeSet<SocketAddr>, fell_back: bool) -> io::Result<Bound> {
    let interfaces = lanward_sys::interfaces()?;
    let port = if fell_back { ORDINARY_PORT } else { wish.port.unwrap_or(USUAL_PORT) };
    let mut bound = Bound { wanted: addresses(wish, &interfaces, port), fell_back, ..Bound::default() };
    for address in bound.wanted.difference(kept) {
        match bind_one(*address) {
            Ok(listener) => bound.listeners.push(listener),
            Err(error) => tracing::debug!(%address, %error, "not listening here yet"),
        }
    }
    Ok(bound)
}

/// What came of a wish.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    pub(crate) listeners: Vec<TcpListener>,
    /// Every address of the wish, those that were kept among them.
    pub(crate) wanted: BTreeSet<SocketAddr>,
    /// The usual port was not allowed.
    pub(crate) fell_back: bool,
}

fn bind_all(wish: &Wish, interfaces: &[Interface], kept: &BTreeSet<SocketAddr>, port: u16) -> Result<Bound> {
    let mut bound = Bound { wanted: addresses(wish, interfaces, port), ..Bound::default() };
    for address in bound.wanted.difference(kept) {
        match bind_one(*address) {
            Ok(listener) => bound.listeners.push(listener),
            // An address nobody named may go away, or not be ready yet, without harm.
            Err(error) if wish.addresses.is_none() && error.kind() == ErrorKind::AddrNotAvailable => {
                tracing::warn!(%address, %error, "not listening here");
            }
            Err(error) => return Err(explained(error, *address)),
        }
    }
    Ok(bound)
}

fn is_refused(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io.is_some_and(|io| io.kind() == ErrorKind::PermissionDenied)
}

pub(crate) fn explained(error: io::Error, address: SocketAddr) -> anyhow::Error {
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => "another program listens there: stop it or choose another port",
        ErrorKind::AddrNotAvailable => "no interface of this machine has the address",
        ErrorKind::PermissionDenied => {
            "ports below 1024 need a right this user does not have: choose another port"
        }
        _ => "it cannot be listened on",
    };
    anyhow!(error).context(format!("{address}: {remedy}"))
}

pub(crate) fn bind_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn addresses(wish: &Wish, interfaces: &[Interface], port: u16) -> BTreeSet<SocketAddr> {
    let scoped = |ip, index| match ip {
        IpAddr::V6(v6) if v6.is_unicast_link_local() => SocketAddrV6::new(v6, port, 0, index).into(),
        ip => SocketAddr::new(ip, port),
    };
    if let Some(named) = &wish.addresses {
        let scope = |ip| interfaces.iter().find(|i| i.addresses.contains(&ip)).map_or(0, |i| i.index);
        let with_port = |named: &ListenAddress| {
            let mut address = scoped(named.ip, scope(named.ip));
            address.set_port(named.port.unwrap_or(port));
            address
        };
        return named.iter().map(with_port).collect();
    }
    let all = interfaces.iter().flat_map(|i| i.addresses.iter().map(|ip| (*ip, i.index)));
    all.filter(|(ip, _)| is_private(*ip)).map(|(ip, index)| scoped(ip, index)).collect()
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
mod tests {
    use super::*;

    #[test]
    fn private_and_public() {
        let cases = [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("172.32.0.1", false),
            ("192.168.0.1", true),
            ("169.254.1.1", true),
            ("100.64.0.1", true),
            ("100.127.255.255", true),
            ("100.128.0.1", false),
            ("8.8.8.8", false),
            ("0.0.0.0", false),
            ("::1", true),
            ("::", false),
            ("fe80::1", true),
            ("fd00::1", true),
            ("2001:db8::1", false),
            ("::ffff:192.168.0.1", true),
            ("::ffff:8.8.8.8", false),
        ];
        for (ip, private) in cases {
            assert_eq!(is_private(ip.parse().unwrap()), private, "{ip}");
        }
    }

    fn interface(index: u32, addresses: &[&str]) -> Interface {
        let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
        Interface {
            name: format!("if{index}"),
            index,
            addresses,
            loopback: false,
            speed: None,
            spreads: false,
        }
    }

    #[test]
    fn nobody_listens_in_public_unasked() {
        let interfaces = [
            interface(1, &["127.0.0.1", "::1"]),
            interface(2, &["192.168.1.2", "203.0.113.9", "2001:db8::2", "fe80::2"]),
        ];
        let chosen = addresses(&Wish::default(), &interfaces, 445);
        let shown: Vec<String> = chosen.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["127.0.0.1:445", "192.168.1.2:445", "[::1]:445", "[fe80::2%2]:445"]);
        let named = Wish { addresses: Some(vec!["203.0.113.9:4445".parse().unwrap()]), port: Some(7) };
        let shown: Vec<String> = addresses(&named, &interfaces, 7).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["203.0.113.9:4445"]);
    }

    #[test]
    fn what_is_kept_is_not_bound_again() {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = first.local_addr().unwrap();
        let named = ListenAddress { ip: address.ip(), port: Some(address.port()) };
        let wish = Wish { addresses: Some(vec![named]), port: None };
        let kept = BTreeSet::from([address]);
        let bound = bind(&wish, &kept).unwrap();
        assert!(bound.listeners.is_empty() && bound.wanted == kept);
        let error = format!("{:#}", bind(&wish, &BTreeSet::new()).unwrap_err());
        assert!(error.contains("another program listens there"), "{error}");
    }
}
