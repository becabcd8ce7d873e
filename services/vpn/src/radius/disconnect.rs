use lanward_radius::{
    DynamicAnswer, DynamicKind, DynamicRequest, DynamicServer, ErrorCause, MAX_PACKET, Secret,
};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::UdpSocket;

/// Hears RADIUS servers that want somebody sent away (RFC 5176).
#[derive(Debug)]
pub struct Disconnector {
    socket: UdpSocket,
    secrets: BTreeMap<IpAddr, Secret>,
    server: DynamicServer,
}

/// What became of who was to be sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// There was such a session, and it ends.
    Sent,
    /// There is none.
    Nobody,
}

impl Disconnector {
    /// Listens at an address for servers with these secrets; `name` is what this server calls itself to them. Within a runtime.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn bind(
        address: SocketAddr,
        name: &str,
        secrets: impl IntoIterator<Item = (IpAddr, Secret)>,
    ) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket)?;
        Ok(Self { socket, secrets: secrets.into_iter().collect(), server: DynamicServer::new(name) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The socket's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until it is dropped. `send_away` ends the sessions that are meant.
    pub async fn serve(mut self, mut send_away: impl FnMut(&DynamicRequest) -> Away) {
        let mut buffer = vec![0; MAX_PACKET];
        loop {
            let (length, from) = match self.socket.recv_from(&mut buffer).await {
                Ok(received) => received,
                Err(error) => {
                    tracing::debug!(%error, "A RADIUS server cannot be heard");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Some(secret) = self.secrets.get(&from.ip().to_canonical()) else {
                tracing::debug!(%from, "Somebody who is no RADIUS server wants something of sessions");
                continue;
            };
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            let answer = self
                .server
                .receive(&buffer[..length], secret, now, |request| decide(request, &mut send_away));
            if let Some(answer) = answer
                && let Err(error) = self.socket.send_to(&answer, from).await
            {
                tracing::debug!(%from, %error, "A RADIUS server is not answered");
            }
        }
    }
}

fn decide(request: &DynamicRequest, send_away: &mut impl FnMut(&DynamicRequest) -> Away) -> DynamicAnswer {
    match request.kind {
        DynamicKind::Disconnect => match send_away(request) {
            Away::Sent => DynamicAnswer::Ack,
            Away::Nobody => DynamicAnswer::Nak(ErrorCause::SessionContextNotFound),
        },
        // The terms of a session are told when it begins.
        DynamicKind::ChangeOfAuthorization => DynamicAnswer::Nak(ErrorCause::UnsupportedService),
    }
}
