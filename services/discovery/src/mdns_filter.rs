//! Keeps the responder of multicast DNS from being used against others. It answers whoever asks from another port than its own alone and at once
//! ([RFC 6762] 6.7), however often, wherever he is or says to be, with several times as much: so its sockets get nothing from other ports. What it says
//! then is said to everybody on the link, and once in a second. Resolvers that ask once are answered by [`crate::names`], which counts.

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use socket2::{SockFilter, Socket, Type};
use std::io;

// Classic BPF: load two octets, compare, return; linux/bpf_common.h.
const LOAD: u16 = 0x28;
const JUMP_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;

/// Takes what was sent from `port` whole, and nothing else. A filter of UDP begins at its header, and that with the port of the sender.
fn program(port: u16) -> [SockFilter; 4] {
    [
        SockFilter::new(LOAD, 0, 0, 0),
        SockFilter::new(JUMP_EQUAL, 0, 1, port.into()),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
}

/// Has the sockets of this process that are at `port` of no address in particular hear only what comes from that port. Answers how many there are: the
/// responder tells nobody which are its own.
///
/// # Errors
/// The system's.
pub(crate) fn hear_only_takers_part(port: u16) -> io::Result<usize> {
    let own = pidfd_open(getpid(), PidfdFlags::empty())?;
    let mut found = 0;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        let Some(number) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        // What was closed meanwhile is none of them.
        let descriptor = match pidfd_getfd(&own, number, PidfdGetfdFlags::empty()) {
            Ok(descriptor) => descriptor,
            Err(rustix::io::Errno::BADF) => continue,
            Err(error) => return Err(error.into()),
        };
        let socket = Socket::from(descriptor);
        let at = socket.local_addr().ok().and_then(|at| at.as_socket());
        let is_theirs = at.is_some_and(|at| at.port() == port && at.ip().is_unspecified());
        if is_theirs && socket.r#type().is_ok_and(|kind| kind == Type::DGRAM) {
            socket.attach_filter(&program(port))?;
            found += 1;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::Domain;
    use std::net::{SocketAddr, UdpSocket};
    use std::time::Duration;

    /// A socket that shares its port, as those of multicast DNS do.
    fn sharing(at: SocketAddr) -> UdpSocket {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        socket.set_reuse_address(true).unwrap();
        socket.bind(&at.into()).unwrap();
        socket.into()
    }

    #[test]
    fn only_who_takes_part_is_heard() {
        let socket = sharing("0.0.0.0:0".parse().unwrap());
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let port = socket.local_addr().unwrap().port();
        let stranger = UdpSocket::bind("127.0.13.2:0").unwrap();
        let taker_part = sharing(SocketAddr::from(([127, 0, 13, 3], port)));
        match hear_only_takers_part(port) {
            // Some sandboxes let nobody have a descriptor by its number.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return,
            found => assert_eq!(found.unwrap(), 1),
        }
        stranger.send_to(b"no", ("127.0.13.4", port)).unwrap();
        taker_part.send_to(b"yes", ("127.0.13.4", port)).unwrap();
        let mut buffer = [0; 8];
        let (length, _) = socket.recv_from(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"yes");
    }
}
