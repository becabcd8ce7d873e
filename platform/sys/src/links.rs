//! The machine's links, asked of rtnetlink(7): what kind each is. /sys tells the same, but of the network namespace it was mounted in.

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};
use std::io;

/// What kind of link an interface is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// A cable or radio, and what looks the same to everybody: a VLAN, a bond, one end of a pair of a container.
    Ethernet,
    /// A switch in this machine.
    Bridge,
    /// A link to nowhere.
    Dummy,
    /// To this machine only.
    Loopback,
    /// To one peer, by PPP.
    Ppp,
    /// Over another network: TUN and TAP, WireGuard, GRE, IP in IP.
    Tunnel,
    /// Anything else.
    Other,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Ethernet, Self::Bridge, Self::Dummy, Self::Loopback, Self::Ppp, Self::Tunnel, Self::Other];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ethernet => "ethernet",
            Self::Bridge => "bridge",
            Self::Dummy => "dummy",
            Self::Loopback => "loopback",
            Self::Ppp => "ppp",
            Self::Tunnel => "tunnel",
            Self::Other => "other",
        }
    }
}

/// A link, whether or not it is up and has addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The interface's number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: LinkKind,
    /// It is to be used (IFF_UP), whether or not anything is at the other end.
    pub up: bool,
}

/// All links of this machine.
///
/// # Errors
/// The system's.
pub fn links() -> io::Result<Vec<Link>> {
    let flags = SocketFlags::CLOEXEC;
    // Without a protocol it is NETLINK_ROUTE, which is 0.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    sendto(&socket, &request(), SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut buffer = vec![0; ANSWER];
    let mut found = Vec::new();
    loop {
        let len = match recv(&socket, &mut buffer, RecvFlags::empty()) {
            Ok((len, _)) => len,
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        if take(buffer.get(..len).unwrap_or_default(), &mut found)? {
            return Ok(found);
        }
    }
}

/// More than the kernel puts into one datagram of a dump.
const ANSWER: usize = 64 << 10;

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
/// NLM_F_REQUEST and NLM_F_DUMP.
const DUMP: u16 = 0x1 | 0x300;
const IFF_UP: u32 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;
/// Length of an nlmsghdr.
const HEADER: usize = 16;
/// Length of an ifinfomsg.
const LINK: usize = 16;
/// Length of an rtattr.
const ATTRIBUTE: usize = 4;

/// An nlmsghdr that asks for all links, and an empty ifinfomsg.
fn request() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + LINK);
    bytes.extend(32u32.to_ne_bytes());
    bytes.extend(RTM_GETLINK.to_ne_bytes());
    bytes.extend(DUMP.to_ne_bytes());
    bytes.resize(HEADER + LINK, 0);
    bytes
}

/// Takes the links of one datagram up; whether it is the last.
fn take(mut datagram: &[u8], found: &mut Vec<Link>) -> io::Result<bool> {
    while let Some((kind, body, rest)) = message(datagram) {
        match kind {
            NLMSG_DONE => return Ok(true),
            NLMSG_ERROR => return Err(io::Error::other("the kernel does not list its links")),
            RTM_NEWLINK => found.extend(link(body)),
            _ => {}
        }
        datagram = rest;
    }
    Ok(false)
}

/// A message's type and content, and what is behind it.
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let len = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let body = bytes.get(HEADER..len)?;
    Some((u16_at(bytes, 4)?, body, bytes.get(len.next_multiple_of(4)..).unwrap_or_default()))
}

fn link(body: &[u8]) -> Option<Link> {
    let attributes = body.get(LINK..)?;
    let name = attribute(attributes, IFLA_IFNAME).map(text)?;
    let info = attribute(attributes, IFLA_LINKINFO).and_then(|info| attribute(info, IFLA_INFO_KIND));
    let hardware = u16_at(body, 2)?;
    Some(Link {
        index: u32_at(body, 4)?,
        name,
        kind: kind(hardware, &info.map(text).unwrap_or_default()),
        up: u32_at(body, 8)? & IFF_UP != 0,
    })
}

/// The content of the first attribute of a type.
fn attribute(mut bytes: &[u8], wanted: u16) -> Option<&[u8]> {
    /// NLA_F_NESTED and NLA_F_NET_BYTEORDER are no part of the type.
    const TYPE: u16 = 0x3fff;
    loop {
        let len = usize::from(u16_at(bytes, 0)?);
        let content = bytes.get(ATTRIBUTE..len)?;
        if u16_at(bytes, 2)? & TYPE == wanted {
            return Some(content);
        }
        bytes = bytes.get(len.next_multiple_of(4)..)?;
    }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// From the type of hardware (ARPHRD_*) and what made the link, which cables and radios do not tell.
fn kind(hardware: u16, made_by: &str) -> LinkKind {
    match (made_by, hardware) {
        ("bridge", _) => LinkKind::Bridge,
        ("dummy", _) => LinkKind::Dummy,
        ("tun" | "wireguard" | "ovpn" | "vxlan" | "geneve" | "gretap" | "ip6gretap" | "xfrm", _) => {
            LinkKind::Tunnel
        }
        // ARPHRD_PPP
        ("ppp", _) | (_, 512) => LinkKind::Ppp,
        // ARPHRD_LOOPBACK
        (_, 772) => LinkKind::Loopback,
        // ARPHRD_TUNNEL, TUNNEL6, SIT, IPGRE, IP6GRE and NONE
        (_, 768 | 769 | 776 | 778 | 823 | 0xfffe) => LinkKind::Tunnel,
        // ARPHRD_ETHER
        (_, 1) => LinkKind::Ethernet,
        _ => LinkKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let cases = [
            (1, "", LinkKind::Ethernet),
            (1, "vlan", LinkKind::Ethernet),
            (1, "veth", LinkKind::Ethernet),
            (1, "bridge", LinkKind::Bridge),
            (1, "dummy", LinkKind::Dummy),
            (1, "tun", LinkKind::Tunnel),
            (0xfffe, "tun", LinkKind::Tunnel),
            (0xfffe, "wireguard", LinkKind::Tunnel),
            (778, "gre", LinkKind::Tunnel),
            (512, "ppp", LinkKind::Ppp),
            (512, "", LinkKind::Ppp),
            (772, "", LinkKind::Loopback),
            (32, "", LinkKind::Other),
        ];
        for (hardware, made_by, expected) in cases {
            assert_eq!(kind(hardware, made_by), expected, "{hardware} {made_by}");
        }
    }

    #[test]
    fn the_loopback_is_a_link() {
        let all = links().unwrap();
        let lo = all.iter().find(|link| link.kind == LinkKind::Loopback).expect("a machine has one");
        assert_eq!((lo.name.as_str(), lo.index), ("lo", 1));
    }

    fn put(kind: u16, content: &[u8]) -> Vec<u8> {
        let len = u16::try_from(ATTRIBUTE + content.len()).unwrap();
        let mut bytes = [len.to_ne_bytes(), kind.to_ne_bytes()].concat();
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn message_of(kind: u16, body: &[u8]) -> Vec<u8> {
        let len = u32::try_from(HEADER + body.len()).unwrap();
        let mut bytes = len.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.resize(HEADER, 0);
        bytes.extend(body);
        bytes
    }

    #[test]
    fn links_are_read_and_nonsense_is_none() {
        let mut body = vec![0; LINK];
        body[2..4].copy_from_slice(&1u16.to_ne_bytes());
        body[4..8].copy_from_slice(&7u32.to_ne_bytes());
        body[8..12].copy_from_slice(&IFF_UP.to_ne_bytes());
        body.extend(put(IFLA_IFNAME, b"cable0\0"));
        body.extend(put(IFLA_LINKINFO | 0x8000, &put(IFLA_INFO_KIND, b"dummy\0")));
        let whole = [message_of(RTM_NEWLINK, &body), message_of(NLMSG_DONE, &[0; 4])].concat();
        let mut found = Vec::new();
        assert!(take(&whole, &mut found).unwrap());
        let link = Link { index: 7, name: "cable0".into(), kind: LinkKind::Dummy, up: true };
        assert_eq!(found, [link]);
        for end in 0..whole.len() {
            let mut found = Vec::new();
            assert_eq!(take(&whole[..end], &mut found).ok(), Some(false), "{end}");
        }
        assert!(take(&message_of(NLMSG_ERROR, &[0; 4]), &mut Vec::new()).is_err());
    }
}
