//! Accepting connections.

use crate::Workers;
use crate::worker::Transport;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long to pause when the system has no descriptors left for another connection.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Accepts connections and hands them to the workers until `stop` is cancelled.
///
/// # Errors
/// The listener cannot be watched. What goes wrong with one connection ends only that one.
pub async fn serve(listener: TcpListener, workers: Arc<Workers>, stop: CancellationToken) -> io::Result<()> {
    accept(listener, workers, Transport::DirectTcp, stop).await
}

/// The same for NetBIOS sessions, which begin with who calls whom (RFC 1002 5.2.2).
///
/// # Errors
/// The listener cannot be watched.
pub async fn serve_sessions(
    listener: TcpListener,
    workers: Arc<Workers>,
    stop: CancellationToken,
) -> io::Result<()> {
    accept(listener, workers, Transport::Netbios, stop).await
}

async fn accept(
    listener: TcpListener,
    workers: Arc<Workers>,
    transport: Transport,
    stop: CancellationToken,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return Ok(()),
        };
        match accepted.and_then(|(stream, peer)| Ok((stream.into_std()?, peer))) {
            Ok((stream, peer)) => {
                let Ok(local) = stream.local_addr() else { continue };
                if let Err(error) = prepare(&stream, workers.dead_peer_deadline()) {
                    tracing::debug!(%peer, %error, "A connection went away at once");
                    continue;
                }
                workers.accept(stream, local, peer, transport);
            }
            Err(error) => {
                tracing::warn!(%error, "Accepting a connection failed");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

/// Replies leave at once, and a peer that is gone without a word is noticed in time (behaviour 1.31): it is asked after half of it and then
/// every tenth. With a user timeout the system counts time and not questions, so that it ends the connection at the first tenth after the deadline.
fn prepare(stream: &TcpStream, deadline: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let second = Duration::from_secs(1);
    let keepalive = TcpKeepalive::new()
        .with_time((deadline / 2).max(second))
        .with_interval((deadline / 10).max(second))
        .with_retries(5);
    socket.set_tcp_keepalive(&keepalive)?;
    socket.set_tcp_user_timeout(Some(deadline))
}
