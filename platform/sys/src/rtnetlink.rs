//! The few things of rtnetlink(7) that an interface of ours needs: one request and its answer at a time, without lists.

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with,
};
use std::io;
use std::net::Ipv4Addr;

const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
const RTM_GETROUTE: u16 = 26;
const NLM_F_REQUEST: u16 = 0x1;
const NLM_F_ACK: u16 = 0x4;
const NLM_F_REPLACE: u16 = 0x100;
const NLM_F_EXCL: u16 = 0x200;
const NLM_F_CREATE: u16 = 0x400;
const NLMSG_ERROR: u16 = 2;
const IFLA_MTU: u16 = 4;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PREFSRC: u16 = 7;
const AF_INET: u8 = 2;
const RT_TABLE_MAIN: u8 = 254;
const RTPROT_STATIC: u8 = 4;
const RT_SCOPE_UNIVERSE: u8 = 0;
const RT_SCOPE_LINK: u8 = 253;
const RTN_UNICAST: u8 = 1;
const IFF_UP: u32 = 1;

/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 4096;

/// Where packets to a destination go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Where it leads: all addresses that share the first `prefix` bits of this one.
    pub destination: Ipv4Addr,
    /// Bits that count, 0 to 32.
    pub prefix: u8,
    /// The router; `None` where the destination is on the link.
    pub gateway: Option<Ipv4Addr>,
    /// The interface's number.
    pub interface: u32,
}

impl Route {
    /// Enters it into the main table. Needs CAP_NET_ADMIN.
    ///
    /// # Errors
    /// The system's; EXIST when there is one to the same destination, which stays.
    pub fn add(&self) -> io::Result<()> {
        request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &self.message()).map(drop)
    }

    /// Takes it out of the main table. Needs CAP_NET_ADMIN.
    ///
    /// # Errors
    /// The system's; SRCH when it is not there.
    pub fn remove(&self) -> io::Result<()> {
        request(RTM_DELROUTE, 0, &self.message()).map(drop)
    }

    /// The route that packets to an address take now, as one to that address alone, and the address of this machine they come from.
    ///
    /// # Errors
    /// The system's; NETUNREACH when there is none.
    pub fn to(destination: Ipv4Addr) -> io::Result<(Self, Option<Ipv4Addr>)> {
        let mut body = route_head(32, 0, 0).to_vec();
        attribute(&mut body, RTA_DST, &destination.octets());
        let answer = request(RTM_GETROUTE, 0, &body)?;
        let mut route = Self { destination, prefix: 32, gateway: None, interface: 0 };
        let mut source = None;
        for (kind, value) in attributes(answer.get(12..).unwrap_or_default()) {
            let four = value.first_chunk::<4>().copied().unwrap_or_default();
            match kind {
                RTA_OIF => route.interface = u32::from_ne_bytes(four),
                RTA_GATEWAY => route.gateway = Some(four.into()),
                RTA_PREFSRC => source = Some(four.into()),
                _ => {}
            }
        }
        Ok((route, source))
    }

    fn message(&self) -> Vec<u8> {
        let scope = if self.gateway.is_some() { RT_SCOPE_UNIVERSE } else { RT_SCOPE_LINK };
        let mut body = route_head(self.prefix, RT_TABLE_MAIN, scope).to_vec();
        attribute(&mut body, RTA_DST, &self.destination.octets());
        if let Some(gateway) = self.gateway {
            attribute(&mut body, RTA_GATEWAY, &gateway.octets());
        }
        attribute(&mut body, RTA_OIF, &self.interface.to_ne_bytes());
        body
    }
}

/// struct rtmsg
const fn route_head(prefix: u8, table: u8, scope: u8) -> [u8; 12] {
    [AF_INET, prefix, 0, 0, table, RTPROT_STATIC, scope, RTN_UNICAST, 0, 0, 0, 0]
}

/// The number of an interface.
///
/// # Errors
/// NODEV: there is none of this name.
pub fn interface_index(name: &str) -> io::Result<u32> {
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    Ok(rustix::net::netdevice::name_to_index(&socket, name)?)
}

/// Brings an interface up, with this length of its longest packets in bytes.
pub(crate) fn set_link(index: u32, mtu: u32) -> io::Result<()> {
    // struct ifinfomsg: family, padding, type, index, flags, change
    let mut body = vec![0; 4];
    for word in [index, IFF_UP, IFF_UP] {
        body.extend(word.to_ne_bytes());
    }
    attribute(&mut body, IFLA_MTU, &mtu.to_ne_bytes());
    request(RTM_NEWLINK, 0, &body).map(drop)
}

/// Gives an interface an address.
pub(crate) fn add_address(index: u32, address: Ipv4Addr, prefix: u8) -> io::Result<()> {
    // struct ifaddrmsg: family, prefix, flags, scope, index
    let mut body = vec![AF_INET, prefix, 0, 0];
    body.extend(index.to_ne_bytes());
    attribute(&mut body, IFA_LOCAL, &address.octets());
    attribute(&mut body, IFA_ADDRESS, &address.octets());
    request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &body).map(drop)
}

fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
    body.extend(length.to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
    body.resize(body.len().next_multiple_of(4), 0);
}

fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let [a, b, c, d] = *bytes.first_chunk::<4>()?;
        let length = usize::from(u16::from_ne_bytes([a, b]));
        let value = bytes.get(4..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_ne_bytes([c, d]), value))
    })
}

/// Asks and answers what stands behind the answer's header; nothing for a plain acknowledgement.
fn request(kind: u16, flags: u16, body: &[u8]) -> io::Result<Vec<u8>> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, 0))?;
    let length = u32::try_from(16 + body.len()).unwrap_or(u32::MAX);
    let acknowledged = if kind == RTM_GETROUTE { 0 } else { NLM_F_ACK };
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend((flags | NLM_F_REQUEST | acknowledged).to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    send(&socket, &message, SendFlags::empty())?;
    let mut answer = vec![0; MAX_ANSWER];
    let (length, _) = recv(&socket, answer.as_mut_slice(), RecvFlags::empty())?;
    answer.truncate(length);
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "an answer of the kernel is cut off");
    let [low, high] = *answer.get(4..).and_then(|rest| rest.first_chunk::<2>()).ok_or_else(broken)?;
    if u16::from_ne_bytes([low, high]) != NLMSG_ERROR {
        return Ok(answer.split_off(answer.len().min(16)));
    }
    let code = *answer.get(16..).and_then(|rest| rest.first_chunk::<4>()).ok_or_else(broken)?;
    match i32::from_ne_bytes(code) {
        0 => Ok(Vec::new()),
        code => Err(Errno::from_raw_os_error(-code).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, attribute, attributes, interface_index};
    use std::net::Ipv4Addr;

    #[test]
    fn attributes_are_written_and_read() {
        let mut bytes = Vec::new();
        attribute(&mut bytes, 1, &[1, 2, 3]);
        attribute(&mut bytes, 7, &[4, 5, 6, 7]);
        assert_eq!(bytes.len(), 16);
        let read: Vec<_> = attributes(&bytes).collect();
        assert_eq!(read, [(1, &[1, 2, 3][..]), (7, &[4, 5, 6, 7][..])]);
        for cut in 0..16 {
            assert!(attributes(&bytes[..cut]).count() < 2);
        }
        assert_eq!(attributes(&[0; 8]).count(), 0, "a length that leads nowhere ends the list");
    }

    #[test]
    fn routes_come_and_go() {
        if !crate::own_network() {
            return;
        }
        let tun = crate::Tun::create("route%d").unwrap();
        tun.configure(Ipv4Addr::new(10, 97, 0, 1), 24, 1400).unwrap();
        let interface = interface_index(tun.name()).unwrap();
        let far = Ipv4Addr::new(192, 0, 2, 7);
        assert!(Route::to(far).is_err());
        let gateway = Some(Ipv4Addr::new(10, 97, 0, 9));
        let route = Route { destination: Ipv4Addr::new(192, 0, 2, 0), prefix: 24, gateway, interface };
        route.add().unwrap();
        let other = Route { gateway: Some(Ipv4Addr::new(10, 97, 0, 8)), ..route };
        assert_eq!(other.add().unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
        let (found, source) = Route::to(far).unwrap();
        assert_eq!(found, Route { destination: far, prefix: 32, gateway, interface });
        assert_eq!(source, Some(Ipv4Addr::new(10, 97, 0, 1)));
        route.remove().unwrap();
        assert!(Route::to(far).is_err() && route.remove().is_err());
        assert!(interface_index("no-such-link").is_err());
    }
}
