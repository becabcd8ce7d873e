//! One page over HTTP, for whoever collects: one request for each connection, of bounded length and time.

use super::text;
use crate::vpn::VpnHandle;
use anyhow::{Context as _, Result};
use lanward_server::Server;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Answered at once.
const AT_ONCE: usize = 4;

/// Longest request, in bytes.
const MAX_REQUEST: usize = 8 << 10;

/// How long a request and its answer may take together.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long to pause when the system has no descriptors left.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Answers until this is dropped.
#[derive(Debug)]
pub(crate) struct Answering(JoinHandle<()>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Answers at an address.
///
/// # Errors
/// It cannot be listened on.
pub(crate) async fn listen(
    server: Arc<Server>,
    vpn: Option<VpnHandle>,
    address: SocketAddr,
) -> Result<Answering> {
    let bound = TcpListener::bind(address).await;
    let listener = bound.with_context(|| format!("metrics cannot be answered at {address}"))?;
    Ok(Answering(tokio::spawn(accept(listener, server, vpn))))
}

async fn accept(listener: TcpListener, server: Arc<Server>, vpn: Option<VpnHandle>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (server, vpn) = (Arc::clone(&server), vpn.clone());
                tokio::spawn(async move {
                    if !matches!(timeout(DEADLINE, converse(stream, &server, vpn.as_ref())).await, Ok(Ok(())))
                    {
                        tracing::debug!("a request for metrics came to nothing");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "metrics");
                sleep(EXHAUSTED).await;
            }
        }
    }
}

async fn converse(mut stream: TcpStream, server: &Server, vpn: Option<&VpnHandle>) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < MAX_REQUEST {
        if stream.read_buf(&mut request).await? == 0 {
            break;
        }
    }
    let (status, body) = respond(&request, || text(server, vpn));
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// The status line's end and the body for a request.
fn respond(request: &[u8], page: impl FnOnce() -> String) -> (&'static str, String) {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ');
    match (words.next(), words.next(), words.next()) {
        (Some(b"GET"), Some(b"/metrics"), Some(version)) if version.starts_with(b"HTTP/1.") => {
            ("200 OK", page())
        }
        (Some(b"GET"), Some(_), Some(version)) if version.starts_with(b"HTTP/1.") => {
            ("404 Not Found", "the page is /metrics\n".to_owned())
        }
        (Some(_), Some(_), Some(version)) if version.starts_with(b"HTTP/1.") => {
            ("405 Method Not Allowed", String::new())
        }
        _ => ("400 Bad Request", String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_is_answered() {
        let status = |request: &[u8]| respond(request, || "page".to_owned()).0;
        assert_eq!(
            respond(b"GET /metrics HTTP/1.1\r\n\r\n", || "page".to_owned()),
            ("200 OK", "page".into())
        );
        assert_eq!(status(b"GET / HTTP/1.0\r\n\r\n"), "404 Not Found");
        assert_eq!(status(b"POST /metrics HTTP/1.1\r\n\r\n"), "405 Method Not Allowed");
        for nonsense in [&b""[..], b"GET", b"GET /metrics", b"\xffSMB", b"GET /metrics SMTP\r\n\r\n"] {
            assert_eq!(status(nonsense), "400 Bad Request");
        }
    }
}
