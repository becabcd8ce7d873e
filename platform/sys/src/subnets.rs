use crate::read::last_error;
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::net::Ipv4Addr;

/// An IPv4 address of an interface that is up, and the subnet it is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subnet {
    /// The interface's name.
    pub interface: String,
    /// This machine's address there.
    pub address: Ipv4Addr,
    /// Bits of the address that all there have in common.
    pub prefix: u8,
    /// The address of everybody there; `None` where there is nobody but one peer.
    pub broadcast: Option<Ipv4Addr>,
    /// The hardware address; zero where there is none.
    pub hardware: [u8; 6],
    /// It leads to this machine only.
    pub loopback: bool,
}

/// The IPv4 subnets this machine is on, in order.
///
/// # Errors
/// The system's.
pub fn subnets() -> std::io::Result<Vec<Subnet>> {
    let mut head = std::ptr::null_mut();
    // SAFETY: `head` is a place for a pointer to the list.
    if unsafe { libc::getifaddrs(&raw mut head) } != 0 {
        return Err(last_error().into());
    }
    let mut found = Vec::new();
    let mut hardware = BTreeMap::new();
    let mut at = head;
    // SAFETY: `at` is null or an item of the list, which stays as it is until it is freed below.
    while let Some(item) = unsafe { at.as_ref() } {
        found.extend(subnet(item));
        hardware.extend(name(item).zip(link_address(item.ifa_addr)));
        at = item.ifa_next;
    }
    // SAFETY: `head` is the list getifaddrs gave, freed once; nothing made from it borrows from it.
    unsafe { libc::freeifaddrs(head) };
    for subnet in &mut found {
        subnet.hardware = hardware.get(&subnet.interface).copied().unwrap_or_default();
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn subnet(item: &libc::ifaddrs) -> Option<Subnet> {
    let has = |flag: libc::c_int| item.ifa_flags & flag.cast_unsigned() != 0;
    if !has(libc::IFF_UP) {
        return None;
    }
    let interface = name(item)?;
    let address = address(item.ifa_addr)?;
    let mask = address_or_none(item.ifa_netmask);
    let loopback = has(libc::IFF_LOOPBACK);
    let prefix = u32::from(mask).leading_ones();
    let everybody = (has(libc::IFF_BROADCAST) || loopback) && prefix < 31;
    Some(Subnet {
        hardware: [0; 6],
        interface,
        address,
        prefix: u8::try_from(prefix).unwrap_or(32),
        broadcast: everybody.then(|| address | !mask),
        loopback,
    })
}

/// No mask is that of one address.
fn address_or_none(raw: *const libc::sockaddr) -> Ipv4Addr {
    address(raw).unwrap_or(Ipv4Addr::BROADCAST)
}

/// The IPv4 address behind a socket address of the list, if it is one.
fn address(raw: *const libc::sockaddr) -> Option<Ipv4Addr> {
    // SAFETY: `raw` is null or a socket address with a family.
    let family = i32::from(unsafe { raw.as_ref() }?.sa_family);
    if family != libc::AF_INET {
        return None;
    }
    // SAFETY: an AF_INET address is a sockaddr_in; it is read unaligned.
    let v4 = unsafe { raw.cast::<libc::sockaddr_in>().read_unaligned() };
    Some(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr)))
}

/// The hardware address behind a socket address of the list, if it is one.
fn link_address(raw: *const libc::sockaddr) -> Option<[u8; 6]> {
    // SAFETY: `raw` is null or a socket address with a family.
    let family = i32::from(unsafe { raw.as_ref() }?.sa_family);
    if family != libc::AF_PACKET {
        return None;
    }
    // SAFETY: an AF_PACKET address is a sockaddr_ll; it is read unaligned.
    let link = unsafe { raw.cast::<libc::sockaddr_ll>().read_unaligned() };
    link.sll_addr.first_chunk().copied()
}

fn name(item: &libc::ifaddrs) -> Option<String> {
    if item.ifa_name.is_null() {
        return None;
    }
    // SAFETY: getifaddrs gives an item a name that ends with NUL.
    let label = unsafe { CStr::from_ptr(item.ifa_name) }.to_string_lossy();
    // An address may have a label of its own, such as eth0:1.
    Some(label.split(':').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::subnets;
    use std::net::Ipv4Addr;

    #[test]
    fn the_loopback_is_a_subnet() {
        let all = subnets().unwrap();
        let lo = all.iter().find(|s| s.address == Ipv4Addr::LOCALHOST).expect("a machine has 127.0.0.1");
        assert!(lo.loopback && lo.prefix == 8);
        assert_eq!((lo.broadcast, lo.hardware), (Some(Ipv4Addr::new(127, 255, 255, 255)), [0; 6]));
    }
}
