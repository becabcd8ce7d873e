use crate::read::last_error;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd as _, RawFd};

/// What a kernel tells of one packet: [`Told`] needs no more of it.
const ROOM: usize = 128;

/// Where control messages have to begin.
#[repr(C, align(8))]
struct Told([u8; ROOM]);

/// The number of the interface by which a connection came, which need not be the one that has its address (ip(7) `IP_PKTINFO`, ipv6(7)
/// `IPV6_PKTINFO`); 0 where the system does not know.
///
/// # Errors
/// The system's.
pub fn arrived_by(connection: &TcpStream) -> io::Result<u32> {
    let fd = connection.as_raw_fd();
    // An address of IPv4 in a socket of IPv6 is asked for as one of IPv6.
    let (level, ask, told) = match connection.local_addr()? {
        SocketAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_PKTINFO, libc::IP_PKTOPTIONS),
        SocketAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_2292PKTINFO, libc::IPV6_2292PKTOPTIONS),
    };
    set(fd, level, ask, 1)?;
    let mut message = Told([0; ROOM]);
    let mut length: libc::socklen_t = ROOM as libc::socklen_t;
    // SAFETY: the descriptor is open, and at most `length` bytes are written where there are so many.
    let done = unsafe { libc::getsockopt(fd, level, told, message.0.as_mut_ptr().cast(), &raw mut length) };
    let failed = (done != 0).then(last_error);
    // With it set the system would keep packets.
    set(fd, level, ask, 0)?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    Ok(interface_of(&message.0[..usize::try_from(length).unwrap_or(0).min(ROOM)]))
}

/// The interface in a message of type `IP_PKTINFO` or `IPV6_PKTINFO` that is the first of some.
fn interface_of(messages: &[u8]) -> u32 {
    const HEADER: usize = size_of::<libc::cmsghdr>();
    let number = |at: usize| Some(u32::from_ne_bytes(*messages.get(at..)?.first_chunk()?));
    let (level, kind) = (number(HEADER - 8), number(HEADER - 4));
    let is = |wanted: libc::c_int, found: Option<u32>| found == Some(wanted.cast_unsigned());
    if is(libc::IPPROTO_IP, level) && is(libc::IP_PKTINFO, kind) {
        return number(HEADER).unwrap_or(0);
    }
    if is(libc::IPPROTO_IPV6, level) {
        // Behind the address.
        return number(HEADER + 16).unwrap_or(0);
    }
    0
}

fn set(fd: RawFd, level: libc::c_int, option: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: the descriptor is open, and the option is an int of the length that is told.
    let done = unsafe {
        libc::setsockopt(fd, level, option, (&raw const value).cast(), size_of_val(&value) as libc::socklen_t)
    };
    if done != 0 {
        return Err(last_error().into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::arrived_by;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn what_comes_from_here_comes_by_the_loopback() {
        let loopback = crate::interfaces().unwrap().into_iter().find(|i| i.loopback).unwrap().index;
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (accepted, _) = listener.accept().unwrap();
            assert_eq!(arrived_by(&accepted).unwrap(), loopback, "{address}");
            assert_eq!(arrived_by(&accepted).unwrap(), loopback, "asked again");
        }
    }
}
