//! The sockets of a link: at an address of this machine, and at the group of all that take part.

use crate::Attachment;
use crate::wsd::Recipient;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};

/// WS-Discovery 2.4: the group of IPv4.
const GROUP_V4: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);

/// The group of IPv6, on a link.
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc);

/// The longest a message waits to be sent.
const DEADLINE: Duration = Duration::from_secs(1);

/// Connections that wait to be accepted.
const BACKLOG: i32 = 16;

#[derive(Debug)]
pub(crate) struct Sockets {
    /// What is sent leaves here.
    own: UdpSocket,
    /// What is sent to everybody arrives here.
    group: UdpSocket,
    everybody: SocketAddr,
    address: SocketAddr,
}

impl Sockets {
    /// Sockets for `port` on a link.
    ///
    /// # Errors
    /// The system's; AddrNotAvailable: the link has no address.
    pub(crate) fn bind(at: &Attachment, port: u16) -> io::Result<Self> {
        let first = at.subnets.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let own = bind(scoped(first.address, port, at.index))?;
        let address = own.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let everybody = match first.address {
            IpAddr::V4(local) => {
                own.set_multicast_if_v4(&local)?;
                own.set_multicast_ttl_v4(1)?;
                GROUP_V4.into()
            }
            IpAddr::V6(_) => {
                own.set_multicast_if_v6(at.index)?;
                own.set_multicast_hops_v6(1)?;
                GROUP_V6.into()
            }
        };
        let group = join(at, first.address, everybody, address.port())?;
        let everybody = group.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let tokio = |socket: Socket| UdpSocket::from_std(socket.into());
        Ok(Self { own: tokio(own)?, group: tokio(group)?, everybody, address })
    }

    /// Where messages leave.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for a message; answers its length, who sent it, and whether it was for everybody. Dropping the future loses nothing.
    pub(crate) async fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr, bool)> {
        loop {
            let (socket, everybody) = tokio::select! {
                ready = self.own.readable() => (ready.map(|()| &self.own)?, false),
                ready = self.group.readable() => (ready.map(|()| &self.group)?, true),
            };
            match socket.try_recv_from(buffer) {
                Ok((len, from)) => return Ok((len, from, everybody)),
                // Somebody we sent to is not there: that is for nobody here.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The system's.
    pub(crate) async fn send(&self, bytes: &[u8], to: Recipient) -> io::Result<()> {
        let to = match to {
            Recipient::Everybody => self.everybody,
            Recipient::One(peer) => peer,
        };
        tokio::time::timeout(DEADLINE, self.own.send_to(bytes, to)).await??;
        Ok(())
    }
}

/// Listens for those who want metadata.
///
/// # Errors
/// The system's.
pub(crate) fn bind_metadata(address: IpAddr, index: u32, port: u16) -> io::Result<TcpListener> {
    let address = scoped(address, port, index);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// A socket at which arrives what is sent to a group of the family of `local` on a link.
///
/// # Errors
/// The system has none for this one.
pub(crate) fn join(at: &Attachment, local: IpAddr, group: IpAddr, port: u16) -> io::Result<Socket> {
    let socket = bind(scoped(group, port, at.index))?;
    match (group, local) {
        (IpAddr::V4(group), IpAddr::V4(local)) => {
            // What arrives at other interfaces is for who listens there.
            socket.set_multicast_all_v4(false)?;
            socket.join_multicast_v4(&group, &local)?;
        }
        (IpAddr::V6(group), _) => socket.join_multicast_v6(&group, at.index)?,
        _ => return Err(io::ErrorKind::AddrNotAvailable.into()),
    }
    Ok(socket)
}

/// An address with the interface it is at, where it needs one.
pub(crate) fn scoped(ip: IpAddr, port: u16, index: u32) -> SocketAddr {
    match ip {
        IpAddr::V4(_) => SocketAddr::new(ip, port),
        IpAddr::V6(v6) => SocketAddrV6::new(v6, port, 0, index).into(),
    }
}

/// Others on this machine may take part, too.
pub(crate) fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}
