//! A link on which the name is answered for: its socket and its time.

use super::message::{answers, query};
use super::{Dialect, NameResponder};
use crate::Attachment;
use crate::engine::{now, random};
use crate::link::{Link, is_in_a_zone};
use crate::sockets::{bind, join, scoped};
use lanward_server::Server;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often it is asked who else has the name ([RFC 4795] 4.1), and how long an answer is waited for ([RFC 4795] 7, LLMNR_TIMEOUT).
const TRIES: usize = 3;
const WAIT: Duration = Duration::from_millis(100);

/// How long to leave a name to whoever has it.
const LEFT: Duration = Duration::from_mins(1);

/// How long to wait when a socket fails, which it does again at once.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest question for one name: a header, the name, type and class, and options.
const MAX_QUESTION: usize = 512;

/// Begins to answer on a link.
///
/// # Errors
/// The port cannot be had.
pub(crate) fn start(
    server: &Arc<Server>,
    dialect: Dialect,
    name: &str,
    attachment: Attachment,
    tasks: &TaskTracker,
) -> io::Result<Link> {
    let local = attachment.subnets.first().ok_or(io::ErrorKind::AddrNotAvailable)?.address;
    let group = dialect.group(local);
    // What is sent from here has the port of questions, and the address that leads to who asks.
    let socket = UdpSocket::from_std(join(&attachment, local, group, dialect.port())?.into())?;
    let addresses = vec![SocketAddr::new(local, dialect.port())];
    let stop = CancellationToken::new();
    let named = Named {
        server: Arc::clone(server),
        responder: NameResponder::new(dialect, name, attachment.subnets.clone()),
        attachment: attachment.clone(),
        dialect,
        name: name.to_owned(),
        local,
        socket,
    };
    let stopped = stop.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = named.run() => {}
            () = stopped.cancelled() => {}
        }
    });
    Ok(Link::new(attachment, addresses, stop))
}

struct Named {
    server: Arc<Server>,
    responder: NameResponder,
    attachment: Attachment,
    dialect: Dialect,
    name: String,
    local: IpAddr,
    socket: UdpSocket,
}

impl Named {
    async fn run(mut self) {
        loop {
            match self.other().await {
                Ok(None) => break,
                Ok(Some(other)) => {
                    let interface = &self.attachment.interface;
                    tracing::warn!(%interface, %other, dialect = ?self.dialect, "somebody else has the server's name, and it is left to him");
                    tokio::time::sleep(LEFT).await;
                }
                Err(error) => {
                    tracing::debug!(interface = self.attachment.interface, %error, "nobody can be asked who has a name");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        let mut buffer = [0; MAX_QUESTION];
        loop {
            match self.socket.recv_from(&mut buffer).await {
                Ok((length, from)) => self.hear(buffer.get(..length).unwrap_or_default(), from),
                Err(error) => {
                    tracing::debug!(interface = self.attachment.interface, %error, "questions are not received");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Who else answers for the name.
    async fn other(&self) -> io::Result<Option<IpAddr>> {
        let socket = bind(scoped(self.local, 0, self.attachment.index))?;
        match self.local {
            IpAddr::V4(local) => socket.set_multicast_if_v4(&local)?,
            IpAddr::V6(_) => socket.set_multicast_if_v6(self.attachment.index)?,
        }
        let socket = UdpSocket::from_std(socket.into())?;
        let mut id = [0; 2];
        random(&mut id);
        let id = u16::from_be_bytes(id);
        let group = scoped(self.dialect.group(self.local), self.dialect.port(), self.attachment.index);
        let mut buffer = [0; MAX_QUESTION];
        for _ in 0..TRIES {
            socket.send_to(&query(id, self.dialect, &self.name), group).await?;
            let heard = async {
                loop {
                    let (length, from) = socket.recv_from(&mut buffer).await?;
                    // Another program of this machine may answer, too.
                    let own = self.attachment.subnets.iter().any(|subnet| subnet.address == from.ip());
                    if !own && answers(buffer.get(..length).unwrap_or_default(), id) {
                        return Ok::<_, io::Error>(from.ip());
                    }
                }
            };
            if let Ok(other) = tokio::time::timeout(WAIT, heard).await {
                return other.map(Some);
            }
        }
        Ok(None)
    }

    fn hear(&mut self, bytes: &[u8], from: SocketAddr) {
        let near = self.responder.next_to(from.ip());
        if !near.is_some_and(|local| is_in_a_zone(&self.server, local, self.dialect.port(), from)) {
            return;
        }
        match self.responder.receive(bytes, from, now()) {
            // Where there is no room for it, who asks asks again.
            Ok(answer) => drop(self.socket.try_send_to(&answer, from)),
            Err(reason) => tracing::trace!(%from, ?reason, "a question for a name has no answer"),
        }
    }
}
