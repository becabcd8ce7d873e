//! ncacn_ip_tcp ([MS-RPCE] 2.1.1.1): the interfaces on ports of their own, for those who prove who they are.

use crate::association::Instance;
use crate::endpoint::Endpoint;
use lanward_nt::NtStatus;
use lanward_server::{Caller, PipeInstance, Server, User};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout, timeout_at};

/// Most connections of all clients, and of one address.
const CONNECTIONS: usize = 256;
const CONNECTIONS_PER_ADDRESS: usize = 32;

/// How long one is kept that says nothing: before it is known who is there, and after.
const SILENT: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_secs(15 * 60);

/// How long one is kept altogether of whom it is not known who is there, whatever it says: where that must be proved, and where everybody may ask.
const UNPROVED: Duration = Duration::from_secs(30);
const ASKING: Duration = Duration::from_secs(5 * 60);

/// How long a client may take to receive an answer, however many fragments it has.
const WRITE_DEADLINE: Duration = Duration::from_secs(30);

/// How long to pause when the system has no descriptors left for another connection.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Bytes read at a time.
const PIECE: usize = 8 * 1024;

/// A port at which associations are taken, and the connections that are there.
pub struct RpcPort {
    server: Arc<Server>,
    endpoint: Endpoint,
    connections: Mutex<HashMap<IpAddr, usize>>,
}

impl RpcPort {
    pub(crate) fn new(server: &Arc<Server>, endpoint: Endpoint) -> Arc<Self> {
        Arc::new(Self { server: Arc::clone(server), endpoint, connections: Mutex::default() })
    }

    /// Takes connections until it is dropped; then those that are there end.
    ///
    /// # Errors
    /// The listener cannot be watched. What goes wrong with one connection ends only that one.
    pub async fn serve(self: Arc<Self>, listener: std::net::TcpListener) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Some(slot) = self.take_slot(peer.ip()) else {
                        tracing::debug!(%peer, "Too many RPC connections");
                        continue;
                    };
                    let port = Arc::clone(&self);
                    connections.spawn(async move {
                        if let Err(error) = port.converse(stream, peer).await {
                            tracing::debug!(%peer, %error, "An RPC connection ended");
                        }
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "Accepting an RPC connection failed");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }

    async fn converse(&self, mut stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let caller = Caller {
            user: Arc::new(User::anonymous()),
            server: Arc::clone(&self.server),
            local: stream.local_addr()?,
            peer,
            session: None,
            activity: Arc::default(),
        };
        let mut instance = Instance::new(self.endpoint.clone(), caller);
        let mut piece = vec![0; PIECE];
        let last = Instant::now() + if self.endpoint.public { ASKING } else { UNPROVED };
        loop {
            let known = instance.is_authenticated();
            let until = if known { Instant::now() + IDLE } else { last.min(Instant::now() + SILENT) };
            let length = timeout_at(until, stream.read(&mut piece)).await??;
            let Some(input) = piece.get(..length).filter(|input| !input.is_empty()) else { return Ok(()) };
            let mut replies = Vec::new();
            let outcome = instance.message(input, &mut replies).await;
            let answer = replies.concat();
            timeout(WRITE_DEADLINE, stream.write_all(&answer)).await??;
            if outcome == Err(NtStatus::PIPE_DISCONNECTED) || instance.is_over() {
                return stream.shutdown().await;
            }
        }
    }

    fn take_slot(self: &Arc<Self>, peer: IpAddr) -> Option<Slot> {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = connections.values().sum();
        let of_peer = connections.get(&peer).copied().unwrap_or(0);
        if all >= CONNECTIONS || of_peer >= CONNECTIONS_PER_ADDRESS {
            return None;
        }
        connections.insert(peer, of_peer + 1);
        Some(Slot { port: Arc::clone(self), peer })
    }
}

/// Counts a connection while it is there.
struct Slot {
    port: Arc<RpcPort>,
    peer: IpAddr,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut connections = self.port.connections.lock().unwrap_or_else(PoisonError::into_inner);
        match connections.get_mut(&self.peer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(connections.remove(&self.peer)),
        }
    }
}
