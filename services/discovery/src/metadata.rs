//! What a computer says of itself to who asks over HTTP: one message for each connection, of bounded length and time.

use crate::engine::{fresh_guid, now};
use crate::link::is_in_a_zone;
use crate::wsd::{self, Allowance, Host, Rate, Reading, Refusal, Request, Subnet, Wanted};
use lanward_server::Server;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Connections of a link at once.
const AT_ONCE: usize = 16;

/// Connections of one source at once.
const AT_ONCE_EACH: u32 = 4;

/// How long a request and its answer may take together.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long to pause when the system has no descriptors left.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Requests of one source.
const EACH: Rate = Rate { at_once: 20, every: Duration::from_millis(500) };

/// Requests of all.
const ALL: Rate = Rate { at_once: 100, every: Duration::from_millis(40) };

/// The metadata of one link.
#[derive(Debug)]
pub(crate) struct Metadata {
    host: Arc<Host>,
    subnets: Vec<Subnet>,
    server: Arc<Server>,
    path: String,
    sources: Mutex<Sources>,
}

#[derive(Debug)]
struct Sources {
    allowance: Allowance,
    connected: BTreeMap<IpAddr, u32>,
}

impl Metadata {
    pub(crate) fn new(host: Arc<Host>, subnets: Vec<Subnet>, server: Arc<Server>) -> Self {
        let path = format!("/{}", host.endpoint);
        let sources = Sources { allowance: Allowance::new(EACH, ALL), connected: BTreeMap::new() };
        Self { host, subnets, server, path, sources: Mutex::new(sources) }
    }

    /// Counts a connection until the guard is dropped; `None`: it is not served.
    fn admit(self: &Arc<Self>, local: SocketAddr, peer: SocketAddr) -> Option<Connected> {
        let (ip, near) = (peer.ip(), |subnet: &Subnet| subnet.contains(peer.ip()));
        if !self.subnets.iter().any(near) || !is_in_a_zone(&self.server, local.ip(), local.port(), peer) {
            return None;
        }
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let there = sources.connected.get(&ip).copied().unwrap_or(0);
        if there >= AT_ONCE_EACH || !sources.allowance.take(ip, now()) {
            return None;
        }
        sources.connected.insert(ip, there + 1);
        Some(Connected { metadata: Arc::clone(self), ip })
    }

    /// The answer to a message.
    fn answer(&self, message: &[u8]) -> Result<String, Refusal> {
        match Request::parse(message) {
            Ok(Request { version, message_id, wanted: Wanted::Get }) => {
                Ok(wsd::metadata(&self.host, version, &message_id, fresh_guid()))
            }
            _ => Err(Refusal::BadRequest),
        }
    }

    async fn converse(&self, stream: &mut TcpStream) -> io::Result<()> {
        let outcome = match self.read(stream).await? {
            Ok(message) => self.answer(&message),
            Err(refusal) => Err(refusal),
        };
        let (status, body) = match outcome {
            Ok(body) => ("200 OK", body),
            Err(refusal) => (refusal.status(), String::new()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/soap+xml; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await?;
        stream.shutdown().await
    }

    /// The message, whole. The buffer grows with what has arrived.
    async fn read(&self, stream: &mut TcpStream) -> io::Result<Result<Vec<u8>, Refusal>> {
        let mut bytes = Vec::new();
        let head = loop {
            match wsd::read_head(&bytes, &self.path) {
                Reading::Head(head) => break head,
                Reading::Refused(refusal) => return Ok(Err(refusal)),
                Reading::More if stream.read_buf(&mut bytes).await? == 0 => {
                    return Ok(Err(Refusal::BadRequest));
                }
                Reading::More => {}
            }
        };
        if head.expects && bytes.len() < head.end {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        while bytes.len() < head.end {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(Err(Refusal::BadRequest));
            }
        }
        bytes.truncate(head.end);
        Ok(Ok(bytes.split_off(head.begin)))
    }
}

/// A connection that counts.
struct Connected {
    metadata: Arc<Metadata>,
    ip: IpAddr,
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut sources = self.metadata.sources.lock().unwrap_or_else(PoisonError::into_inner);
        match sources.connected.get_mut(&self.ip) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(sources.connected.remove(&self.ip)),
        }
    }
}

/// Answers until it is stopped.
pub(crate) async fn serve(listener: TcpListener, metadata: Arc<Metadata>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let (mut stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "metadata are not answered");
                tokio::time::sleep(EXHAUSTED).await;
                continue;
            }
        };
        // Who finds no place is not waited with.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let Ok(local) = stream.local_addr() else { continue };
        let Some(connected) = metadata.admit(local, peer) else { continue };
        tokio::spawn(async move {
            let conversation = connected.metadata.converse(&mut stream);
            if !matches!(tokio::time::timeout(DEADLINE, conversation).await, Ok(Ok(()))) {
                tracing::debug!(%peer, "a request for metadata came to nothing");
            }
            drop((connected, place));
        });
    }
}
