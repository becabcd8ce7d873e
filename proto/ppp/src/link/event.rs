use core::fmt;
use core::net::Ipv4Addr;

use lanward_auth::mschap::KeyStrength;

use crate::authentication::AuthenticationRequest;

/// What a link wants done, or tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// A frame for the peer.
    Send(Vec<u8>),
    /// Somebody says who it is: the answer goes to [`Link::authenticated`](super::Link::authenticated) with the same token.
    Authenticate {
        /// Names the question; an answer with another one is late, and ignored.
        token: u32,
        /// What was said.
        request: Box<AuthenticationRequest>,
    },
    /// It is known who the client is. From a server, this follows a verdict; from a client, the server has accepted it.
    Authenticated,
    /// What the peer says it is (LCP Identification): bytes from the net, to be shown with care.
    Identified(Vec<u8>),
    /// Packets of IP pass.
    Up(Addresses),
    /// Packets of IPv6 pass, too.
    Ipv6Up {
        /// This end's interface identifier.
        local: [u8; 8],
        /// The peer's.
        peer: [u8; 8],
    },
    /// Packets of IPv6 pass no more.
    Ipv6Down,
    /// The link is gone. Nothing follows.
    Down(CloseReason),
}

/// What was agreed on for IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// This end's address.
    pub local: Ipv4Addr,
    /// The peer's; `None` where a server has told its client none.
    pub peer: Option<Ipv4Addr>,
    /// DNS servers, the preferred one first: what a server has given, and a client been given.
    pub dns: [Option<Ipv4Addr>; 2],
    /// WINS servers, the same.
    pub wins: [Option<Ipv4Addr>; 2],
    /// The largest packet of IP that may be sent.
    pub mtu: u16,
    /// What encrypts them; `None` where nothing does, which only happens where it is not required.
    pub encryption: Option<Encryption>,
}

/// How packets are encrypted (RFC 3078).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encryption {
    /// How long the keys are.
    pub strength: KeyStrength,
    /// Whether each packet has a key of its own.
    pub stateless: bool,
}

/// Why a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CloseReason {
    /// This end was told to close it.
    Local,
    /// An administrator closed it.
    Administrator,
    /// The tunnel around it is gone.
    TunnelLost,
    /// The peer ended it.
    Peer,
    /// The peer never answered, or LCP did not come to an end in time.
    EstablishTimeout,
    /// The ends did not agree on LCP's options.
    OptionsRefused,
    /// The peer does not speak LCP.
    LcpRejected,
    /// What is sent comes back.
    LoopedBack,
    /// The peer began anew too often.
    Renegotiations,
    /// The peer agrees to no way of authentication that is allowed here.
    AuthenticationMethodRefused,
    /// Authentication took too long.
    AuthenticationTimeout,
    /// It is not who it says.
    AuthenticationFailed,
    /// It is who it says, and may not come in, or not now.
    NotPermitted,
    /// The server did not prove that it knows the password.
    ServerNotAuthentic,
    /// The password is too old, and was not changed.
    PasswordExpired,
    /// The peer does not encrypt as is required here.
    EncryptionRequired,
    /// Encryption was not agreed on in time.
    EncryptionTimeout,
    /// The peer wants other keys in the middle of everything: the old ones would come again.
    EncryptionRestarted,
    /// Too much of what came did not decrypt.
    DecryptionErrors,
    /// The ends did not agree on addresses.
    AddressRefused,
    /// Addresses were not agreed on in time.
    NetworkTimeout,
    /// The peer answers no requests for an echo.
    EchoTimeout,
    /// Nothing passed for too long.
    IdleTimeout,
    /// The time that was allowed is over.
    SessionTimeout,
}

impl CloseReason {
    /// Every reason, for tables of counters.
    pub const ALL: [Self; 24] = [
        Self::Local,
        Self::Administrator,
        Self::TunnelLost,
        Self::Peer,
        Self::EstablishTimeout,
        Self::OptionsRefused,
        Self::LcpRejected,
        Self::LoopedBack,
        Self::Renegotiations,
        Self::AuthenticationMethodRefused,
        Self::AuthenticationTimeout,
        Self::AuthenticationFailed,
        Self::NotPermitted,
        Self::ServerNotAuthentic,
        Self::PasswordExpired,
        Self::EncryptionRequired,
        Self::EncryptionTimeout,
        Self::EncryptionRestarted,
        Self::DecryptionErrors,
        Self::AddressRefused,
        Self::NetworkTimeout,
        Self::EchoTimeout,
        Self::IdleTimeout,
        Self::SessionTimeout,
    ];

    /// A word for it, as logs and counters name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Administrator => "administrator",
            Self::TunnelLost => "tunnel-lost",
            Self::Peer => "peer",
            Self::EstablishTimeout => "establish-timeout",
            Self::OptionsRefused => "options-refused",
            Self::LcpRejected => "lcp-rejected",
            Self::LoopedBack => "looped-back",
            Self::Renegotiations => "renegotiations",
            Self::AuthenticationMethodRefused => "authentication-method-refused",
            Self::AuthenticationTimeout => "authentication-timeout",
            Self::AuthenticationFailed => "authentication-failed",
            Self::NotPermitted => "not-permitted",
            Self::ServerNotAuthentic => "server-not-authentic",
            Self::PasswordExpired => "password-expired",
            Self::EncryptionRequired => "encryption-required",
            Self::EncryptionTimeout => "encryption-timeout",
            Self::EncryptionRestarted => "encryption-restarted",
            Self::DecryptionErrors => "decryption-errors",
            Self::AddressRefused => "address-refused",
            Self::NetworkTimeout => "network-timeout",
            Self::EchoTimeout => "echo-timeout",
            Self::IdleTimeout => "idle-timeout",
            Self::SessionTimeout => "session-timeout",
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a packet was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendError {
    /// No packets of this kind pass (yet, or any more).
    NotOpen,
    /// It is neither IPv4 nor IPv6.
    NotIp,
    /// It is larger than the peer takes.
    TooLarge {
        /// The largest it takes.
        mtu: u16,
    },
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpen => f.write_str("the link passes no such packets"),
            Self::NotIp => f.write_str("no packet of IP"),
            Self::TooLarge { mtu } => write!(f, "larger than {mtu} bytes"),
        }
    }
}

impl core::error::Error for SendError {}
