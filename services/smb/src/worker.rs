//! Threads that each run the connections given to them, start to end: no request ever changes its thread.

use crate::arrivals::Arrivals;
use crate::link::Link;
use crate::service::{Service, now};
use crate::session_service;
use crate::smb2::{self, Ended};
use crate::{buffer, smb1};
use lanward_server::{ConnectionEntry, Event, Refusal, Server};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// After so many connections of a worker have ended, what they used goes back to the system.
const RELEASE_AFTER: usize = 256;

/// Connections that wait for a worker to take them.
const BACKLOG: usize = 128;

/// A connection on its way to a worker.
struct Arrival {
    entry: Arc<ConnectionEntry>,
    stream: TcpStream,
    local: SocketAddr,
    peer: SocketAddr,
    transport: Transport,
}

/// What carries the messages of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// TCP alone ([MS-SMB2] 2.1).
    DirectTcp,
    /// A NetBIOS session over TCP (RFC 1002 4.3).
    Netbios,
}

/// One runtime per thread.
pub struct Workers {
    service: Arc<Service>,
    queues: Vec<mpsc::Sender<Arrival>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    arrivals: RwLock<Arc<Arrivals>>,
    next: AtomicUsize,
    stop: CancellationToken,
    connections: TaskTracker,
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workers").field("threads", &self.queues.len()).finish_non_exhaustive()
    }
}

impl Workers {
    /// Starts `count` threads (at least one).
    ///
    /// # Errors
    /// The system gives no thread or no event queue.
    pub fn start(service: Arc<Service>, count: usize) -> io::Result<Arc<Self>> {
        let stop = CancellationToken::new();
        let connections = TaskTracker::new();
        let (mut queues, mut threads) = (Vec::new(), Vec::new());
        for index in 0..count.max(1) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(64)
                .build()?;
            let (queue, arrivals) = mpsc::channel(BACKLOG);
            let run = work(service.clone(), arrivals, stop.clone(), connections.clone());
            let thread = std::thread::Builder::new().name(format!("smb-{index}"));
            // The first one closes what nobody comes back for, for all of them.
            let scavenged = (index == 0).then(|| service.server.clone());
            let (stopped, done) = (stop.clone(), connections.clone());
            threads.push(thread.spawn(move || {
                runtime.block_on(async {
                    tokio::join!(run, scavenge(scavenged, stopped, done));
                });
            })?);
            queues.push(queue);
        }
        let threads = Mutex::new(threads);
        let (arrivals, next) = (RwLock::default(), AtomicUsize::new(0));
        Ok(Arc::new(Self { service, queues, threads, arrivals, next, stop, connections }))
    }

    /// Refuses from now on what comes by these interfaces.
    pub fn refuse_arrivals(&self, arrivals: Arrivals) {
        *self.arrivals.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(arrivals);
    }

    /// Hands over an accepted connection; one that no limit or no queue has room for is closed, as is one that may not come by its interface.
    pub(crate) fn accept(
        &self,
        stream: TcpStream,
        local: SocketAddr,
        peer: SocketAddr,
        transport: Transport,
    ) {
        let arrivals = Arc::clone(&self.arrivals.read().unwrap_or_else(PoisonError::into_inner));
        if arrivals.refuse(transport, local.ip(), &stream) {
            tracing::debug!(%peer, %local, "Refused a connection that came by another interface");
            self.service.server.refuse_connection(peer, Refusal::Interface);
            return;
        }
        let entry = match self.service.server.admit_connection(local, peer, now()) {
            Ok(entry) => entry,
            Err(refusal) => {
                tracing::debug!(%peer, ?refusal, "Refused a connection");
                self.service.server.event(Event::ConnectionRefused { peer, why: refusal });
                return;
            }
        };
        let index = self.next.fetch_add(1, Ordering::Relaxed) % self.queues.len();
        if self.queues[index].try_send(Arrival { entry, stream, local, peer, transport }).is_err() {
            tracing::warn!(%peer, "Refused a connection: the workers are behind");
        }
    }

    /// How long a peer may be gone without a word.
    pub(crate) fn dead_peer_deadline(&self) -> Duration {
        self.service.server.settings().dead_peer
    }

    /// Ends all connections: at once those that do nothing, the others when they have answered what they are at, or when `deadline` is over.
    pub async fn drain(&self, deadline: Duration) {
        self.connections.close();
        self.stop.cancel();
        if tokio::time::timeout(deadline, self.connections.wait()).await.is_err() {
            tracing::warn!(
                left = self.connections.len(),
                "Connections were still busy when the deadline passed"
            );
        }
    }

    /// Waits for the threads, which end once they are drained.
    pub fn join(&self) {
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("A worker thread had panicked");
            }
        }
    }
}

/// Closes opens whose clients do not come back, and once the last connection has ended all that still wait.
async fn scavenge(server: Option<Arc<Server>>, stop: CancellationToken, connections: TaskTracker) {
    let Some(server) = server else { return };
    tokio::select! {
        () = server.scavenge() => {}
        () = stop.cancelled() => {}
    }
    connections.wait().await;
    server.forget_disconnected().await;
}

async fn work(
    service: Arc<Service>,
    mut arrivals: mpsc::Receiver<Arrival>,
    stop: CancellationToken,
    connections: TaskTracker,
) {
    let mut trim = tokio::time::interval(Duration::from_secs(1));
    let ended = Arc::new(AtomicUsize::new(0));
    loop {
        tokio::select! {
            arrival = arrivals.recv() => match arrival {
                Some(arrival) => begin(&service, arrival, &stop, &connections, &ended),
                None => break,
            },
            _ = trim.tick() => {
                let crowd_left = ended.load(Ordering::Relaxed) >= RELEASE_AFTER;
                if buffer::trim() || crowd_left {
                    ended.store(0, Ordering::Relaxed);
                    lanward_sys::release_freed_memory();
                }
            }
            () = stop.cancelled() => break,
        }
    }
    connections.wait().await;
}

/// A connection's task. If it panics, that connection ends and no other notices.
fn begin(
    service: &Arc<Service>,
    arrival: Arrival,
    stop: &CancellationToken,
    connections: &TaskTracker,
    ended: &Arc<AtomicUsize>,
) {
    let Arrival { entry, stream, local, peer, transport } = arrival;
    let Ok(mut stream) = tokio::net::TcpStream::from_std(stream) else { return };
    let (service, stop, ended) = (service.clone(), stop.clone(), ended.clone());
    connections.spawn(async move {
        let roll_call = Arc::clone(entry.roll_call());
        let established = match transport {
            Transport::DirectTcp => Ok(()),
            Transport::Netbios => session_service::establish(&mut stream, &entry, &stop).await,
        };
        let reason = match established {
            Ok(()) => serve(service, entry, stream, local, peer, stop).await,
            Err(reason) => reason,
        };
        roll_call.leave();
        ended.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(%peer, reason, "Connection ended");
    });
}

/// Serves a connection, over which messages come, until it ends; answers why it did.
async fn serve(
    service: Arc<Service>,
    entry: Arc<ConnectionEntry>,
    stream: tokio::net::TcpStream,
    local: SocketAddr,
    peer: SocketAddr,
    stop: CancellationToken,
) -> &'static str {
    let link = Link::new(service.clone(), entry.clone(), stream);
    let connection = Arc::new(smb2::Connection::new(service.clone(), entry.clone(), local, peer));
    match smb2::drive(connection, link, stop.clone()).await {
        Ended::Because(reason) => reason,
        Ended::Smb1(link, frame) => {
            let connection = Arc::new(smb1::Connection::new(service, entry, local, peer));
            // Not every connection's task has room for it.
            Box::pin(smb1::drive(connection, link, frame, stop)).await
        }
    }
}
