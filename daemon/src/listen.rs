//! Listening where the policy says.

use crate::interfaces::{Policy, Service};
use anyhow::{Context as _, Result, anyhow};
use lanward_sys::Interface;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, SocketAddrV6, TcpListener};

/// Where SMB is expected.
pub(crate) const USUAL_PORT: u16 = 445;

/// The port of those who may not have the usual one.
pub(crate) const ORDINARY_PORT: u16 = 4445;

const BACKLOG: i32 = 1024;

/// What stands for the interface of an address that none has.
const NOBODY: &str = "-";

/// Addresses to listen on, each with the name of its interface, which is `*` for all.
pub(crate) type Wanted = BTreeMap<SocketAddr, String>;

/// What came of a policy.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    pub(crate) listeners: Vec<TcpListener>,
    /// Every address of the policy, those that were kept among them.
    pub(crate) wanted: Wanted,
    /// The usual port was not allowed.
    pub(crate) fell_back: bool,
    /// Something could not be had that may be had later.
    pub(crate) again: bool,
}

/// Listeners on everything that the policy offers now. Addresses in `kept` are listened on already and left out.
///
/// # Errors
/// An address cannot be listened on; then none is.
pub(crate) fn bind(policy: &Policy, kept: &Wanted) -> Result<Bound> {
    let interfaces = lanward_sys::interfaces().context("looking at the network interfaces")?;
    match bind_all(policy, &interfaces, kept, policy.port.unwrap_or(USUAL_PORT)) {
        Err(error) if leaves_port_open(policy) && is_refused(&error) => {
            tracing::info!("port {USUAL_PORT} is not allowed for this user: taking {ORDINARY_PORT}");
            let mut bound = bind_all(policy, &interfaces, kept, ORDINARY_PORT)?;
            bound.fell_back = true;
            Ok(bound)
        }
        result => result,
    }
}

/// Listeners on what is there by now of everything that the policy offers; what cannot be listened on is left for another time.
pub(crate) fn follow(policy: &Policy, interfaces: &[Interface], kept: &Wanted, mut fell_back: bool) -> Bound {
    let usual = policy.port.unwrap_or(USUAL_PORT);
    // Who had no address until now has tried no port.
    fell_back |= kept.is_empty() && leaves_port_open(policy) && {
        let wanted = wanted(policy, interfaces, usual);
        let refused = |address: &&SocketAddr| {
            bind_one(**address, true).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
        };
        wanted.keys().find(|address| address.port() == usual).filter(refused).is_some()
    };
    let port = if fell_back { ORDINARY_PORT } else { usual };
    let mut bound = Bound { wanted: wanted(policy, interfaces, port), fell_back, ..Bound::default() };
    for (address, interface) in bound.wanted.iter().filter(|(address, _)| !kept.contains_key(address)) {
        match bind_one(*address, interface != NOBODY) {
            Ok(listener) => bound.listeners.push(listener),
            // When an interface has it, that is told.
            Err(error) if error.kind() == ErrorKind::AddrNotAvailable => {}
            Err(error) => {
                tracing::debug!(%address, %error, "not listening here yet");
                bound.again = true;
            }
        }
    }
    bound
}

/// Whether the usual port is taken for want of another.
fn leaves_port_open(policy: &Policy) -> bool {
    let named = policy.addresses.as_ref();
    policy.port.is_none() && named.is_none_or(|all| all.iter().any(|address| address.port.is_none()))
}

fn bind_all(policy: &Policy, interfaces: &[Interface], kept: &Wanted, port: u16) -> Result<Bound> {
    let mut bound = Bound { wanted: wanted(policy, interfaces, port), ..Bound::default() };
    for (address, interface) in bound.wanted.iter().filter(|(address, _)| !kept.contains_key(address)) {
        if kept.keys().any(|other| excludes(*other, *address)) {
            bound.again = true;
            continue;
        }
        match bind_one(*address, interface != NOBODY) {
            Ok(listener) => bound.listeners.push(listener),
            Err(error) if error.kind() == ErrorKind::AddrNotAvailable => {
                tracing::warn!(%address, "No interface has the address: it is listened on as soon as one has it");
            }
            Err(error) => return Err(explained(error, *address)),
        }
    }
    Ok(bound)
}

/// Whether one of two addresses is for all, the other among them, so that only one can be listened on.
fn excludes(one: SocketAddr, other: SocketAddr) -> bool {
    one != other
        && one.port() == other.port()
        && one.is_ipv4() == other.is_ipv4()
        && (one.ip().is_unspecified() || other.ip().is_unspecified())
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

/// A listener at an address that an interface has (`had`), or that may be nobody's.
pub(crate) fn bind_one(address: SocketAddr, had: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // An address that the kernel still looks for others at (duplicate address detection) is listened on before it can be reached.
    if had && address.is_ipv6() {
        socket.set_freebind_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Where the policy offers files.
fn wanted(policy: &Policy, interfaces: &[Interface], port: u16) -> Wanted {
    let named = policy.addresses.as_deref().unwrap_or_default();
    let mut wanted = Wanted::new();
    // One socket for all addresses listens everywhere, which it may if nothing is refused anywhere.
    if !policy.may_refuse(Service::Smb) {
        let any = named.iter().filter(|named| named.ip.is_unspecified());
        wanted
            .extend(any.map(|named| (SocketAddr::new(named.ip, named.port.unwrap_or(port)), "*".to_owned())));
    }
    let is_covered = |wanted: &Wanted, address: SocketAddr| {
        let any = |w: &SocketAddr| w.ip().is_unspecified() && w.is_ipv4() == address.is_ipv4();
        wanted.keys().any(|w| any(w) && w.port() == address.port())
    };
    for (interface, ip) in policy.offered(Service::Smb, interfaces) {
        let by_name = named.iter().filter(|n| n.ip == ip || is_any_of(n.ip, ip));
        let mut ports: Vec<u16> = by_name.map(|named| named.port.unwrap_or(port)).collect();
        if ports.is_empty() {
            ports.push(port);
        }
        for address in ports.into_iter().map(|port| scoped(ip, interface.index, port)) {
            if !is_covered(&wanted, address) {
                wanted.insert(address, interface.name.clone());
            }
        }
    }
    // What no interface has may be this machine's nonetheless, as all of 127.0.0.0/8 is.
    let had = |ip: IpAddr| interfaces.iter().any(|i| i.addresses.contains(&ip));
    for name in named.iter().filter(|n| !n.ip.is_unspecified() && !had(n.ip)) {
        let loopback = interfaces.iter().find(|i| i.loopback && name.ip.is_loopback());
        if loopback.is_some_and(|lo| !policy.judge(Service::Smb, lo, name.ip).allowed) {
            continue;
        }
        let interface = loopback.map_or(NOBODY, |interface| &interface.name);
        wanted.insert(SocketAddr::new(name.ip, name.port.unwrap_or(port)), interface.to_owned());
    }
    wanted
}

fn is_any_of(any: IpAddr, ip: IpAddr) -> bool {
    any.is_unspecified() && any.is_ipv4() == ip.is_ipv4()
}

fn scoped(ip: IpAddr, index: u32, port: u16) -> SocketAddr {
    match ip {
        IpAddr::V6(v6) if v6.is_unicast_link_local() => SocketAddrV6::new(v6, port, 0, index).into(),
        ip => SocketAddr::new(ip, port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ListenAddress;
    use crate::interfaces::Rule;
    use lanward_sys::LinkKind;

    fn interface(index: u32, addresses: &[&str]) -> Interface {
        let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
        Interface {
            name: format!("if{index}"),
            index,
            addresses,
            kind: LinkKind::Ethernet,
            loopback: index == 1,
            speed: None,
            spreads: false,
        }
    }

    fn shown(policy: &Policy, interfaces: &[Interface]) -> Vec<String> {
        wanted(policy, interfaces, 445).iter().map(|(at, name)| format!("{at} {name}")).collect()
    }

    fn listening(addresses: &[&str]) -> Policy {
        let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
        Policy { addresses: Some(addresses), ..Policy::default() }
    }

    #[test]
    fn nobody_listens_in_public_unasked() {
        let interfaces = [
            interface(1, &["127.0.0.1", "::1"]),
            interface(2, &["192.168.1.2", "203.0.113.9", "2001:db8::2", "fe80::2"]),
        ];
        let chosen = shown(&Policy::default(), &interfaces);
        assert_eq!(
            chosen,
            ["127.0.0.1:445 if1", "192.168.1.2:445 if2", "[::1]:445 if1", "[fe80::2%2]:445 if2"]
        );
        let named = shown(&listening(&["203.0.113.9:4445", "10.9.9.9", "127.5.5.5"]), &interfaces);
        assert_eq!(named, ["10.9.9.9:445 -", "127.5.5.5:445 if1", "203.0.113.9:4445 if2"]);
    }

    #[test]
    fn one_socket_for_all_addresses_is_for_who_refuses_nothing() {
        let interfaces = [
            interface(1, &["127.0.0.1"]),
            interface(2, &["10.0.0.1"]),
            interface(3, &["10.1.0.1", "fd00::1"]),
        ];
        let mut policy = listening(&["0.0.0.0:4445"]);
        assert_eq!(shown(&policy, &interfaces), ["0.0.0.0:4445 *"]);
        let names = vec!["if2".to_owned().try_into().unwrap()];
        policy.rules.push(Rule { names, ..Rule::default() });
        assert_eq!(shown(&policy, &interfaces), ["10.1.0.1:4445 if3", "127.0.0.1:4445 if1"]);
        // What a rule allows beside `listen` has the usual port.
        policy.rules.push(Rule {
            allow: true,
            addresses: vec![lanward_server::Network { address: "fd00::".parse().unwrap(), prefix: 8 }],
            ..Rule::default()
        });
        assert_eq!(
            shown(&policy, &interfaces),
            ["10.1.0.1:4445 if3", "127.0.0.1:4445 if1", "[fd00::1]:445 if3"]
        );
    }

    #[test]
    fn what_is_kept_is_not_bound_again() {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = first.local_addr().unwrap();
        let named = ListenAddress { ip: address.ip(), port: Some(address.port()) };
        let policy = Policy { addresses: Some(vec![named]), ..Policy::default() };
        let kept = Wanted::from([(address, "lo".to_owned())]);
        let bound = bind(&policy, &kept).unwrap();
        assert!(bound.listeners.is_empty() && bound.wanted == kept);
        let error = format!("{:#}", bind(&policy, &Wanted::new()).unwrap_err());
        assert!(error.contains("another program listens there"), "{error}");
        let interfaces = lanward_sys::interfaces().unwrap();
        let later = follow(&policy, &interfaces, &Wanted::new(), false);
        assert!(later.again && later.listeners.is_empty(), "it may be free later");
    }

    #[test]
    fn what_is_in_the_way_of_all_addresses_goes_first() {
        let kept = Wanted::from([("127.0.0.1:4999".parse().unwrap(), "lo".to_owned())]);
        let bound = bind(&listening(&["0.0.0.0:4999"]), &kept).unwrap();
        assert!(bound.again && bound.listeners.is_empty());
        let excludes = |one: &str, other: &str| excludes(one.parse().unwrap(), other.parse().unwrap());
        assert!(excludes("0.0.0.0:1", "127.0.0.1:1") && excludes("[::1]:1", "[::]:1"));
        assert!(!excludes("0.0.0.0:1", "127.0.0.1:2") && !excludes("[::]:1", "127.0.0.1:1"));
        assert!(!excludes("0.0.0.0:1", "0.0.0.0:1") && !excludes("10.0.0.1:1", "127.0.0.1:1"));
    }

    #[test]
    fn what_is_not_there_is_waited_for() {
        // TEST-NET-1 is nobody's.
        let policy = listening(&["192.0.2.77:4445"]);
        let bound = bind(&policy, &Wanted::new()).unwrap();
        assert!(bound.listeners.is_empty() && bound.wanted.len() == 1);
    }
}
