use super::{Negotiated, Options, Reply, Session, Ticket};
use crate::transport::Transport;
use crate::{Error, Result};
use lanward_smb1::messages::Capabilities;
use lanward_smb1::{Dialect, Flags, Flags2, SequenceNumber, SigningKey, Text};
use std::collections::{BTreeMap, VecDeque};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// A connection to a server. It blocks; every wait ends by [`Options::timeout`].
///
/// One request at a time: [`Connection::call`] and the calls named after commands. Several in flight: [`Connection::send`], then
/// [`Connection::receive`] in any order.
#[derive(Debug)]
pub struct Connection {
    pub(crate) transport: Transport,
    pub(crate) options: Options,
    pub(crate) negotiated: Negotiated,
    pub(crate) sessions: Vec<Session>,
    pub(crate) signing: Option<ActiveSigning>,
    pub(crate) next_multiplex_id: u16,
    /// Replies nobody has asked for yet.
    pub(crate) arrived: VecDeque<Reply>,
    /// Messages that answer no request: oplock breaks.
    pub(crate) notices: VecDeque<Reply>,
}

/// Signing once the first user is there ([MS-CIFS] 3.2.1.2).
#[derive(Debug)]
pub(crate) struct ActiveSigning {
    pub(crate) key: SigningKey,
    pub(crate) next: SequenceNumber,
    /// ClientResponseSequenceNumber
    pub(crate) answers: BTreeMap<Ticket, SequenceNumber>,
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

    /// Connects the socket, and the NetBIOS session where one is wanted, and says nothing more yet.
    ///
    /// # Errors
    /// The socket, or the session service's refusal.
    pub fn open(address: impl ToSocketAddrs, options: Options) -> Result<Self> {
        let address = address.to_socket_addrs()?.next().ok_or(Error::Unable("the name has no address"))?;
        let mut transport = Transport::connect(address, options.timeout)?;
        if let Some(request) = &options.netbios {
            transport.call(request, options.timeout)?;
        }
        Ok(Self {
            transport,
            options,
            negotiated: Negotiated::default(),
            sessions: Vec::new(),
            signing: None,
            next_multiplex_id: 1,
            arrived: VecDeque::new(),
            notices: VecDeque::new(),
        })
    }

    /// What the connection was made with.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// The same, to be changed: what is not negotiated counts from the next request on.
    pub const fn options_mut(&mut self) -> &mut Options {
        &mut self.options
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

    /// Whether requests are signed.
    #[must_use]
    pub const fn is_signing(&self) -> bool {
        self.signing.is_some()
    }

    /// The number that the next signed request takes.
    #[must_use]
    pub fn sequence(&self) -> Option<SequenceNumber> {
        self.signing.as_ref().map(|signing| signing.next)
    }

    /// Goes on at another number, as after a request that the server did not count.
    pub const fn set_sequence(&mut self, next: SequenceNumber) {
        if let Some(signing) = &mut self.signing {
            signing.next = next;
        }
    }

    /// What strings of requests are in.
    #[must_use]
    pub fn text(&self) -> Text {
        Text { unicode: self.flags2().contains(Flags2::UNICODE), code_page: self.options.code_page }
    }

    /// The Flags of requests that ask for no others.
    #[must_use]
    pub fn flags(&self) -> Flags {
        Flags::CASE_INSENSITIVE | Flags::CANONICALIZED_PATHS
    }

    /// The Flags2 of requests that ask for no others.
    #[must_use]
    pub fn flags2(&self) -> Flags2 {
        let negotiated = &self.negotiated;
        let newer = negotiated.dialect.is_none_or(|dialect| dialect >= Dialect::LanMan2);
        let can = |capability, wanted: bool| {
            wanted && (negotiated.dialect.is_none() || negotiated.capabilities.contains(capability))
        };
        let (unicode, nt_status) = (self.options.unicode, self.options.nt_status);
        let mut flags2 = Flags2::empty();
        flags2.set(Flags2::LONG_NAMES, newer);
        flags2.set(Flags2::UNICODE, can(Capabilities::UNICODE, unicode));
        flags2.set(Flags2::NT_STATUS, can(Capabilities::STATUS32, nt_status));
        let extended = can(Capabilities::EXTENDED_SECURITY, self.options.extended_security);
        flags2.set(Flags2::EXTENDED_SECURITY, extended);
        flags2
    }
}
