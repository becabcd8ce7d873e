use crate::links::{LinkKind, links};
use crate::read::last_error;
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network interface that is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its number.
    pub index: u32,
    /// Its addresses; a link-local IPv6 address needs `index` as its scope.
    pub addresses: Vec<IpAddr>,
    /// What it is.
    pub kind: LinkKind,
    /// Whether it leads to this machine only.
    pub loopback: bool,
    /// Bits a second, where the driver tells.
    pub speed: Option<u64>,
    /// Whether what is received is spread over several queues, as receive-side scaling does.
    pub spreads: bool,
}

/// The interfaces that are up, with their addresses, by number.
///
/// # Errors
/// The system's.
pub fn interfaces() -> std::io::Result<Vec<Interface>> {
    let mut head = std::ptr::null_mut();
    // SAFETY: `head` is a place for a pointer to the list.
    if unsafe { libc::getifaddrs(&raw mut head) } != 0 {
        return Err(last_error().into());
    }
    let mut found: BTreeMap<u32, Interface> = BTreeMap::new();
    let mut at = head;
    // SAFETY: `at` is null or an item of the list, which stays as it is until it is freed below.
    while let Some(item) = unsafe { at.as_ref() } {
        add(&mut found, item);
        at = item.ifa_next;
    }
    // SAFETY: `head` is the list getifaddrs gave, freed once; nothing made from it borrows from it.
    unsafe { libc::freeifaddrs(head) };
    for link in links()? {
        if let Some(interface) = found.get_mut(&link.index) {
            interface.kind = link.kind;
        }
    }
    Ok(found.into_values().collect())
}

/// Takes one address of the list up.
fn add(found: &mut BTreeMap<u32, Interface>, item: &libc::ifaddrs) {
    if item.ifa_flags & flag(libc::IFF_UP) == 0 || item.ifa_name.is_null() {
        return;
    }
    // SAFETY: getifaddrs gives every item a name that ends with NUL.
    let name = unsafe { CStr::from_ptr(item.ifa_name) };
    // SAFETY: `name` ends with NUL.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    if index == 0 {
        return;
    }
    let name = name.to_string_lossy().into_owned();
    let interface = found.entry(index).or_insert_with(|| Interface {
        speed: speed(&name),
        spreads: spreads(&name),
        name,
        index,
        addresses: Vec::new(),
        kind: LinkKind::Other,
        loopback: item.ifa_flags & flag(libc::IFF_LOOPBACK) != 0,
    });
    interface.addresses.extend(address(item.ifa_addr));
}

fn flag(value: libc::c_int) -> libc::c_uint {
    value.cast_unsigned()
}

/// The internet address behind a socket address of the list, if it is one.
fn address(raw: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: `raw` is null or a socket address with a family.
    let family = i32::from(unsafe { raw.as_ref() }?.sa_family);
    match family {
        libc::AF_INET => {
            // SAFETY: an AF_INET address is a sockaddr_in; it is read unaligned.
            let v4 = unsafe { raw.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: an AF_INET6 address is a sockaddr_in6; it is read unaligned.
            let v6 = unsafe { raw.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(Ipv6Addr::from(v6.sin6_addr.s6_addr).into())
        }
        _ => None,
    }
}

/// The kernel tells megabits a second, -1 where it does not know.
fn speed(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/sys/class/net/{name}/speed")).ok()?;
    text.trim().parse::<u64>().ok()?.checked_mul(1_000_000).filter(|s| *s > 0)
}

/// More than one queue to receive from.
fn spreads(name: &str) -> bool {
    let Ok(queues) = std::fs::read_dir(format!("/sys/class/net/{name}/queues")) else { return false };
    queues.flatten().filter(|q| q.file_name().as_encoded_bytes().starts_with(b"rx-")).nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::interfaces;

    #[test]
    fn the_loopback_is_there() {
        let all = interfaces().unwrap();
        let lo = all.iter().find(|i| i.loopback).expect("a machine has a loopback interface");
        assert!(lo.index > 0 && !lo.name.is_empty() && lo.kind == crate::LinkKind::Loopback);
        assert!(lo.addresses.iter().all(std::net::IpAddr::is_loopback));
    }
}
