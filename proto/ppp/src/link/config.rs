use core::net::Ipv4Addr;
use core::time::Duration;

use lanward_auth::mschap::KeyStrength;

use crate::authentication::{Credentials, Method};
use crate::mppe::FlushRule;

/// What a link may agree to, and for how long it waits.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// Which end of the link this is.
    pub role: Role,
    /// Ways to prove who the client is, the one that is preferred first. A server asks for the first and follows its peer to another one of the
    /// list, never out of it. A client agrees to these and no other.
    pub methods: Vec<Method>,
    /// What encryption is wanted, and whether anything may pass without.
    pub mppe: MppePolicy,
    /// The most bytes behind a frame's protocol number that the peer is asked to send, and that are sent to it.
    pub mru: u16,
    /// Whether headers without address, control and the first byte of the protocol are offered and agreed to.
    pub compress_headers: bool,
    /// Whether IPv6 may be opened.
    pub ipv6: bool,
    /// How long things may take.
    pub timers: LinkTimers,
}

/// The end of a link, and what only that end needs to know.
#[derive(Debug, Clone)]
pub enum Role {
    /// Asks the peer who it is and gives it an address.
    Server(ServerRole),
    /// Says who it is and asks for an address.
    Client(ClientRole),
}

/// What a server knows of itself. The client's address and name servers come with the verdict on who it is.
#[derive(Debug, Clone)]
pub struct ServerRole {
    /// The name in its challenges.
    pub name: Vec<u8>,
    /// How often somebody may try again after a refusal.
    pub retries: u8,
    /// Its own address on the link.
    pub address: Ipv4Addr,
}

/// What a client knows of itself.
#[derive(Debug, Clone)]
pub struct ClientRole {
    /// Who it is.
    pub credentials: Credentials,
    /// Whether it asks for DNS and WINS servers.
    pub name_servers: bool,
    /// The address the tunnel itself goes to. No address on the link may be this one: packets to it would go around for ever.
    pub tunnel: Option<Ipv4Addr>,
}

/// What a link may encrypt with (RFC 3078).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MppePolicy {
    /// Nothing passes without.
    pub required: bool,
    /// The lengths of keys that are allowed, in any order; with none there is no encryption.
    pub strengths: Vec<KeyStrength>,
    /// Whether keys may stay the same from packet to packet where the peer wants that.
    pub stateful: bool,
    /// What is sent then after a loss.
    pub flush: FlushRule,
}

impl Default for MppePolicy {
    fn default() -> Self {
        Self {
            required: true,
            strengths: vec![KeyStrength::Bits128],
            stateful: false,
            flush: FlushRule::default(),
        }
    }
}

/// How long a link waits. All but `idle` and `session` bound a phase: none of them can go on for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkTimers {
    /// From the start until LCP is open.
    pub establish: Duration,
    /// From then until it is known who the client is.
    pub authentication: Duration,
    /// How long a client that was refused has for its next try, or for a new password.
    pub retry: Duration,
    /// From then until addresses, and encryption where it is required, are agreed on.
    pub network: Duration,
    /// Time between requests for an echo once the link is up; zero for none.
    pub echo: Duration,
    /// Requests without an echo before the link counts as dead.
    pub echo_failures: u8,
    /// Time without a packet of IP after which the link is closed, if any.
    pub idle: Option<Duration>,
    /// Time after which the link is closed whatever passes, if any.
    pub session: Option<Duration>,
}

impl Default for LinkTimers {
    fn default() -> Self {
        Self {
            establish: Duration::from_secs(30),
            authentication: Duration::from_secs(30),
            retry: Duration::from_secs(60),
            network: Duration::from_secs(30),
            echo: Duration::from_secs(30),
            echo_failures: 4,
            idle: None,
            session: None,
        }
    }
}

impl LinkConfig {
    /// The MRU where nothing else is said: what is sent fits into 1500 bytes with all headers around it, with room to spare.
    pub const DEFAULT_MRU: u16 = 1400;

    /// A server's, as it is where nothing else is said: MS-CHAPv2 and MPPE of 128 bits, stateless, required.
    #[must_use]
    pub fn server(name: &[u8], address: Ipv4Addr) -> Self {
        Self::new(Role::Server(ServerRole { name: name.to_vec(), retries: 2, address }))
    }

    /// A client's, as it is where nothing else is said.
    #[must_use]
    pub fn client(credentials: Credentials) -> Self {
        Self::new(Role::Client(ClientRole { credentials, name_servers: true, tunnel: None }))
    }

    fn new(role: Role) -> Self {
        Self {
            role,
            methods: vec![Method::MsChapV2],
            mppe: MppePolicy::default(),
            mru: Self::DEFAULT_MRU,
            compress_headers: true,
            ipv6: false,
            timers: LinkTimers::default(),
        }
    }
}
