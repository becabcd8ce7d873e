use super::places::Place;
use crate::watched;
use lanward_nt::NtStatus;
use lanward_server::{Conversing, PipeInstance, PipeOutlet};
use rustix::net::{RecvFlags, SendFlags};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// How long a service may leave unread what it is told.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest message a service may send, and the most that is read of a stream at once.
const LONGEST: usize = 64 * 1024;

/// A connection to a service. It ends when it is dropped.
pub(super) struct Conversation {
    socket: Arc<AsyncFd<OwnedFd>>,
    messages: bool,
    /// Who hands on what the service says.
    listening: Option<AbortHandle>,
    _place: Place,
}

impl Conversation {
    /// The service is told `greeting` in front of all else; a new socket has room for that.
    pub(super) fn new(socket: OwnedFd, place: Place, greeting: &[u8], messages: bool) -> io::Result<Self> {
        if !greeting.is_empty() {
            rustix::net::send(&socket, greeting, SendFlags::NOSIGNAL)?;
        }
        let socket = Arc::new(watched(socket)?);
        Ok(Self { socket, messages, listening: None, _place: place })
    }

    async fn tell(&self, message: &[u8]) -> io::Result<()> {
        let mut left = message;
        while !left.is_empty() {
            let send = |socket: &OwnedFd| Ok(rustix::net::send(socket, left, SendFlags::NOSIGNAL)?);
            let sent = self.socket.async_io(Interest::WRITABLE, send).await?;
            left = left.get(sent..).unwrap_or_default();
        }
        Ok(())
    }
}

impl PipeInstance for Conversation {
    fn message<'a>(&'a mut self, input: &'a [u8], _: &'a mut Vec<Vec<u8>>) -> Conversing<'a> {
        Box::pin(async move {
            match timeout(PATIENCE, self.tell(input)).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => {
                    tracing::debug!(%error, "A local service hears no more");
                    Err(NtStatus::PIPE_DISCONNECTED)
                }
                Err(_) => Err(NtStatus::IO_TIMEOUT),
            }
        })
    }

    fn attach(&mut self, outlet: PipeOutlet) {
        let socket = Arc::clone(&self.socket);
        let listening = tokio::spawn(async move {
            if let Err(status) = hand_on(&socket, &outlet).await {
                tracing::debug!(%status, "A local service says no more");
            }
            outlet.end();
        });
        self.listening = Some(listening.abort_handle());
    }

    fn is_message_type(&self) -> bool {
        self.messages
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

/// Hands on what a service says, as fast as the client reads it, until it says no more.
async fn hand_on(socket: &AsyncFd<OwnedFd>, outlet: &PipeOutlet) -> Result<(), NtStatus> {
    let mut buffer = vec![0; LONGEST];
    loop {
        let receive =
            |socket: &OwnedFd| Ok(rustix::net::recv(socket, buffer.as_mut_slice(), RecvFlags::TRUNC)?.1);
        let received = socket.async_io(Interest::READABLE, receive).await;
        match received.map_err(|_| NtStatus::PIPE_DISCONNECTED)? {
            0 => return Ok(()),
            // What was cut off is no message any more.
            length if length > LONGEST => return Err(NtStatus::PIPE_DISCONNECTED),
            length => outlet.say(&buffer[..length]).await?,
        }
    }
}
