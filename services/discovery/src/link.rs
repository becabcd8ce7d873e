//! One link: what is heard and said there.

use crate::Attachment;
use crate::engine::{Config, now, random};
use crate::metadata::{self, Metadata};
use crate::sockets::{Sockets, bind_metadata};
use crate::wsd::{Host, MAX_DATAGRAM, Outgoing, Responder, Subnet};
use lanward_server::Server;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long bye may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long to wait when a socket fails, which it does again at once.
const PAUSE: Duration = Duration::from_secs(1);

/// A link that is served until it is stopped.
#[derive(Debug)]
pub(crate) struct Link {
    attachment: Attachment,
    addresses: Vec<SocketAddr>,
    stop: CancellationToken,
}

impl Link {
    /// What answers at these addresses until `stop`.
    pub(crate) const fn new(
        attachment: Attachment,
        addresses: Vec<SocketAddr>,
        stop: CancellationToken,
    ) -> Self {
        Self { attachment, addresses, stop }
    }

    /// Begins to serve a link.
    ///
    /// # Errors
    /// A port cannot be had.
    pub(crate) fn start(
        server: &Arc<Server>,
        config: &Config,
        host: &Arc<Host>,
        attachment: Attachment,
        tasks: &TaskTracker,
    ) -> io::Result<Self> {
        let sockets = Sockets::bind(&attachment, config.port)?;
        let listen = |subnet: &Subnet| bind_metadata(subnet.address, attachment.index, config.http_port);
        let listeners = attachment.subnets.iter().map(listen).collect::<io::Result<Vec<_>>>()?;
        let http_port =
            listeners.first().map_or(Ok(config.http_port), |l| Ok::<_, io::Error>(l.local_addr()?.port()))?;
        let responder =
            Responder::new(Arc::clone(host), attachment.subnets.clone(), http_port, now(), &mut random);
        let heard = SocketAddr::new(sockets.address().ip(), sockets.address().port());
        let mut addresses = vec![heard];
        let stop = CancellationToken::new();
        let metadata =
            Arc::new(Metadata::new(Arc::clone(host), attachment.subnets.clone(), Arc::clone(server)));
        for listener in listeners {
            addresses.push(listener.local_addr()?);
            tasks.spawn(metadata::serve(listener, Arc::clone(&metadata), stop.clone()));
        }
        let served = Served {
            server: Arc::clone(server),
            interface: attachment.interface.clone(),
            sockets,
            responder,
        };
        tasks.spawn(served.run(stop.clone()));
        Ok(Self { attachment, addresses, stop })
    }

    pub(crate) const fn attachment(&self) -> &Attachment {
        &self.attachment
    }

    /// Where it hears questions, and answers for metadata.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }
}

/// Whether what comes from a peer to an address of this machine is looked at, at this moment.
pub(crate) fn is_in_a_zone(server: &Server, local: IpAddr, port: u16, peer: SocketAddr) -> bool {
    server.settings().zone_of(SocketAddr::new(local, port), peer).discovery
}

struct Served {
    server: Arc<Server>,
    interface: String,
    sockets: Sockets,
    responder: Responder,
}

impl Served {
    async fn run(mut self, stop: CancellationToken) {
        let mut buffer = [0; MAX_DATAGRAM + 1];
        loop {
            self.send_outgoing().await;
            tokio::select! {
                received = self.sockets.receive(&mut buffer) => match received {
                    Ok((len, from, everybody)) => self.take(&buffer[..len], from, everybody),
                    Err(error) => {
                        tracing::debug!(interface = self.interface, %error, "questions are not received");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
                () = sleep_until(self.responder.wakes_at()) => {}
                () = stop.cancelled() => break,
            }
        }
        self.responder.leave(now(), &mut random);
        if tokio::time::timeout(FAREWELL, self.send_all()).await.is_err() {
            tracing::debug!(interface = self.interface, "bye was not said in time");
        }
    }

    fn take(&mut self, bytes: &[u8], from: SocketAddr, everybody: bool) {
        let port = self.sockets.address().port();
        let near = self.responder.next_to(from.ip());
        if !near.is_some_and(|local| is_in_a_zone(&self.server, local, port, from)) {
            return;
        }
        if let Err(reason) = self.responder.receive(bytes, from, everybody, now(), &mut random) {
            tracing::trace!(%from, %reason, "a message of WS-Discovery has no answer");
        }
    }

    async fn send_all(&mut self) {
        while self.responder.wakes_at().is_some() {
            self.send_outgoing().await;
            sleep_until(self.responder.wakes_at()).await;
        }
    }

    async fn send_outgoing(&mut self) {
        while let Some(Outgoing { to, bytes }) = self.responder.next_outgoing(now()) {
            if let Err(error) = self.sockets.send(&bytes, to).await {
                tracing::debug!(interface = self.interface, ?to, %error, "a message of WS-Discovery was not sent");
            }
        }
    }
}

/// Waits until then; for ever without a time, and not at all when it is past.
async fn sleep_until(at: Option<Duration>) {
    match at {
        Some(at) => tokio::time::sleep(at.saturating_sub(now())).await,
        None => std::future::pending().await,
    }
}
