//! The sockets of a subnet: at its address, and at its broadcast addresses.

use crate::Attachment;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;
use tokio::net::UdpSocket;

/// The longest a packet waits to be sent.
const DEADLINE: Duration = Duration::from_secs(1);

/// Room for any packet that is read.
pub(crate) const MAX_PACKET: usize = lanward_netbios::DatagramPacket::MAX_LEN;

/// One service on one subnet.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// What is sent leaves here, so that answers to it come back here.
    own: UdpSocket,
    /// What is sent to everybody on the subnet.
    directed: Option<UdpSocket>,
    /// What is sent to everybody on the wire.
    limited: Option<UdpSocket>,
    broadcast: Option<Ipv4Addr>,
    port: u16,
}

impl Sockets {
    /// Sockets for `port` on a subnet.
    ///
    /// # Errors
    /// The port at the subnet's address cannot be had.
    pub(crate) fn bind(subnet: &Attachment, port: u16) -> io::Result<Self> {
        let own = bind(SocketAddrV4::new(subnet.address, port), None)?;
        let port = own.local_addr()?.port();
        let shared = |address: Ipv4Addr| {
            let socket = bind(SocketAddrV4::new(address, port), Some(&subnet.interface));
            let failed =
                |error: &io::Error| tracing::warn!(%address, port, %error, "broadcasts are not heard");
            socket.inspect_err(failed).ok()
        };
        let directed = subnet.broadcast.and_then(shared);
        let limited = subnet.broadcast.and_then(|_| shared(Ipv4Addr::BROADCAST));
        Ok(Self { own, directed, limited, broadcast: subnet.broadcast, port })
    }

    /// Where it is.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Waits for a packet; answers its length, who sent it, and whether it was for everybody. Dropping the future loses nothing.
    pub(crate) async fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddrV4, bool)> {
        loop {
            let (socket, broadcast) = tokio::select! {
                ready = self.own.readable() => (ready.map(|()| &self.own)?, false),
                socket = readable(self.directed.as_ref()) => (socket?, true),
                socket = readable(self.limited.as_ref()) => (socket?, true),
            };
            match socket.try_recv_from(buffer) {
                Ok((len, std::net::SocketAddr::V4(from))) => return Ok((len, from, broadcast)),
                Ok(_) => {}
                // Somebody we sent to is not there: that is for nobody here.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a packet; `None` to everybody on the subnet.
    ///
    /// # Errors
    /// The system's; Unsupported: there is no everybody on this subnet.
    pub(crate) async fn send(&self, packet: &[u8], to: Option<SocketAddrV4>) -> io::Result<()> {
        let everybody = || Some(SocketAddrV4::new(self.broadcast?, self.port));
        let to = to.or_else(everybody).ok_or(io::ErrorKind::Unsupported)?;
        tokio::time::timeout(DEADLINE, self.own.send_to(packet, to)).await??;
        Ok(())
    }
}

async fn readable(socket: Option<&UdpSocket>) -> io::Result<&UdpSocket> {
    match socket {
        Some(socket) => socket.readable().await.map(|()| socket),
        None => std::future::pending().await,
    }
}

/// A socket at an address; one that several interfaces have in common hears what arrives at `interface` only.
fn bind(address: SocketAddrV4, interface: Option<&str>) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_broadcast(true)?;
    if let Some(interface) = interface {
        socket.set_reuse_address(true)?;
        socket.bind_device(Some(interface.as_bytes()))?;
    }
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}
