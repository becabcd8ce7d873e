use crate::negotiate::Negotiated;
use crate::session::Session;
use crate::transport::Transport;
use crate::{Error, Options, Reply, Result};
use lanward_smb2::{AsyncId, MessageId, SessionId};
use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// A connection to a server. It blocks; every wait ends by [`Options::timeout`].
///
/// One request at a time: [`Connection::call`] and the calls named after commands. Several in flight:
/// [`Connection::send`], then [`Connection::receive`] in any order.
#[derive(Debug)]
pub struct Connection {
    pub(crate) transport: Transport,
    pub(crate) options: Options,
    pub(crate) negotiated: Negotiated,
    pub(crate) sessions: Vec<Session>,
    pub(crate) window: Window,
    /// The message being made; kept for its capacity.
    pub(crate) out: Vec<u8>,
    /// Buffers of replies that were given back.
    pub(crate) spare: Vec<Vec<u8>>,
    /// Replies nobody has asked for yet.
    pub(crate) arrived: VecDeque<Reply>,
    /// Messages that answer no request: oplock and lease breaks, and server notifications.
    pub(crate) notifications: VecDeque<Reply>,
    /// Requests that the server said will take longer.
    pub(crate) pending: Vec<(MessageId, AsyncId)>,
}

/// The client's half of the credits ([MS-SMB2] 3.2.4.1.5, 3.2.5.1.4).
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) next: u64,
    pub(crate) credits: u32,
}

impl Connection {
    /// Connects and negotiates.
    ///
    /// # Errors
    /// The socket, the server's refusal, or an answer that breaks the protocol.
    pub fn connect(address: impl ToSocketAddrs, options: Options) -> Result<Self> {
        let mut connection = Self::open(address, options)?;
        connection.negotiate()?;
        Ok(connection)
    }

    /// Connects the socket and says nothing yet.
    ///
    /// # Errors
    /// The socket.
    pub fn open(address: impl ToSocketAddrs, options: Options) -> Result<Self> {
        let address = first(address)?;
        let mut transport = Transport::connect(address, options.timeout)?;
        if let Some(request) = &options.netbios {
            transport.call(request, options.timeout)?;
        }
        Ok(Self {
            transport,
            options,
            negotiated: Negotiated::default(),
            sessions: Vec::new(),
            window: Window { next: 0, credits: 1 },
            out: Vec::new(),
            spare: Vec::new(),
            arrived: VecDeque::new(),
            notifications: VecDeque::new(),
            pending: Vec::new(),
        })
    }

    /// What the connection was made with.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// What was negotiated.
    #[must_use]
    pub const fn negotiated(&self) -> &Negotiated {
        &self.negotiated
    }

    /// The sessions that logged in on this connection.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// A session, to look at it or to change what it protects.
    pub fn session_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|s| s.id == id)
    }

    /// Credits in hand.
    #[must_use]
    pub const fn credits(&self) -> u32 {
        self.window.credits
    }

    /// The next message id that a request will take.
    #[must_use]
    pub const fn next_message_id(&self) -> MessageId {
        MessageId(self.window.next)
    }

    /// The socket, to look at its addresses or to change its options.
    #[must_use]
    pub const fn stream(&self) -> &TcpStream {
        self.transport.stream()
    }

    /// Says that nothing more will be sent (a TCP half-close).
    ///
    /// # Errors
    /// The socket.
    pub fn shutdown_write(&mut self) -> Result<()> {
        self.transport.shutdown_write()
    }

    /// Whether the server closes the connection within this time. Replies that come meanwhile are lost.
    ///
    /// # Errors
    /// The socket, other than by being closed.
    pub fn closes_within(&mut self, timeout: Duration) -> Result<bool> {
        self.transport.closes_within(timeout)
    }

    /// Gives a reply's buffer back, so that the next reply needs no new one.
    pub fn recycle(&mut self, reply: Reply) {
        if self.spare.len() < 8 {
            self.spare.push(reply.bytes);
        }
    }

    pub(crate) fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.iter().find(|s| s.id == id)
    }
}

fn first(address: impl ToSocketAddrs) -> Result<SocketAddr> {
    address.to_socket_addrs()?.next().ok_or(Error::Unable("the name has no address"))
}
