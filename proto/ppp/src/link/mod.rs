//! One PPP session, at either end: LCP, then who the client is, then encryption and addresses, then packets (RFC 1661 3).
//!
//! A server asks whoever knows the accounts by [`LinkEvent::Authenticate`]; no password and no hash of one is ever in a server's link. Where encryption is
//! required, nothing passes without; the restart of an encryption that was in use ends the link, because its keys would come again.

mod authenticate;
mod config;
mod data;
mod echo;
mod establish;
mod event;
mod network;
mod statistics;
#[cfg(test)]
mod tests;

pub use config::{ClientRole, LinkConfig, LinkTimers, MppePolicy, Role, ServerRole};
pub use event::{Addresses, CloseReason, Encryption, LinkEvent, SendError};
pub use statistics::LinkStatistics;

use core::ops::Range;
use core::time::Duration;

use crate::authentication::{Success, Verdict};
use crate::bucket::Bucket;
use crate::ccp::Ccp;
use crate::frame::{MAX_INFORMATION, Protocol, split_frame};
use crate::ipcp::Ipcp;
use crate::ipv6cp::Ipv6cp;
use crate::lcp::Lcp;
use crate::mppe::{Receiver, Sender};
use crate::negotiation::{Context, Negotiation};
use authenticate::Authentication;
use echo::Echo;

/// One end of a PPP session. It does no I/O: frames come in, and what is to be done goes out as [`LinkEvent`]s.
#[derive(Debug)]
pub struct Link {
    config: LinkConfig,
    phase: Phase,
    /// When the phase has lasted too long.
    phase_ends: Option<Duration>,
    lcp: Negotiation<Lcp>,
    authentication: Option<Authentication>,
    /// What the token of the last question was, out here.
    token: u32,
    /// Who the client turned out to be, and what it gets.
    success: Option<Box<Success>>,
    ccp: Option<Negotiation<Ccp>>,
    ipcp: Option<Negotiation<Ipcp>>,
    ipv6cp: Option<Negotiation<Ipv6cp>>,
    mppe: Option<(Sender, Receiver)>,
    /// Whether a packet was encrypted or decrypted with the keys of this session.
    keys_used: bool,
    /// Frames that were lost before the next encrypted one.
    lost: u32,
    /// What was told with [`LinkEvent::Up`].
    addresses: Option<Addresses>,
    ipv6_told: bool,
    echo: Echo,
    /// When a packet of IP passed last.
    used: Duration,
    idle: Option<Duration>,
    session_ends: Option<Duration>,
    rejects: Bucket,
    /// The identifier of the last Protocol-Reject.
    rejected: u8,
    /// Identifications that were told.
    identified: u8,
    reason: CloseReason,
    statistics: LinkStatistics,
}

/// RFC 1661 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Establish,
    Authenticate,
    Network,
    Terminate,
    Dead,
}

/// What comes with every call.
struct Io<'a> {
    now: Duration,
    rng: &'a mut dyn FnMut(&mut [u8]),
    out: &'a mut Vec<LinkEvent>,
}

impl Io<'_> {
    fn context<'b>(&'b mut self, mru: u16, rejects: &'b mut Bucket) -> Context<'b> {
        Context { now: self.now, rng: self.rng, out: self.out, mru: usize::from(mru), rejects }
    }
}

impl Link {
    /// A link over a call that is there now; it begins to speak at once.
    pub fn new(
        config: LinkConfig,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<LinkEvent>,
    ) -> Self {
        let server = matches!(config.role, Role::Server(_));
        let lcp = Lcp::new(server, config.methods.clone(), config.mru, config.compress_headers, rng);
        let mut link = Self {
            phase: Phase::Establish,
            phase_ends: Some(now.saturating_add(config.timers.establish)),
            lcp: Negotiation::new(lcp),
            authentication: None,
            token: 0,
            success: None,
            ccp: None,
            ipcp: None,
            ipv6cp: None,
            mppe: None,
            keys_used: false,
            lost: 0,
            addresses: None,
            ipv6_told: false,
            echo: Echo::new(now),
            used: now,
            idle: config.timers.idle,
            session_ends: None,
            rejects: Bucket::new(10, now),
            rejected: 0,
            identified: 0,
            reason: CloseReason::Local,
            statistics: LinkStatistics::default(),
            config,
        };
        let mut io = Io { now, rng, out };
        let mru = link.peer_mru();
        link.lcp.start(&mut io.context(mru, &mut link.rejects));
        link
    }

    /// One frame of the peer's, with `lost` frames known to be missing before it. A packet of IP is decrypted in place; where it lies in `frame` is
    /// what comes back.
    pub fn receive(
        &mut self,
        frame: &mut [u8],
        lost: u32,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<LinkEvent>,
    ) -> Option<Range<usize>> {
        self.lost = self.lost.saturating_add(lost);
        let Some((protocol, start)) = split_frame(frame) else {
            self.statistics.malformed = self.statistics.malformed.saturating_add(1);
            return None;
        };
        let length = frame.len();
        let information = frame.get_mut(start..).filter(|information| information.len() <= MAX_INFORMATION);
        let Some(information) = information else {
            self.statistics.too_long = self.statistics.too_long.saturating_add(1);
            return None;
        };
        let mut io = Io { now, rng, out };
        if matches!(protocol, Protocol::COMPRESSED | Protocol::IPV4 | Protocol::IPV6) {
            let inner = self.receive_data(protocol, information, &mut io)?;
            return Some(start.saturating_add(inner)..length);
        }
        match protocol {
            Protocol::LCP => self.receive_lcp(information, &mut io),
            _ if protocol.is_authentication() => self.receive_authentication(protocol, information, &mut io),
            _ => self.receive_network(protocol, information, &mut io),
        }
        None
    }

    /// The answer to [`LinkEvent::Authenticate`]; one that comes late or twice does nothing.
    pub fn authenticated(
        &mut self,
        token: u32,
        verdict: Verdict,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<LinkEvent>,
    ) {
        self.judged(token, verdict, &mut Io { now, rng, out });
    }

    /// Ends the link: the peer is told, and [`LinkEvent::Down`] follows when it agrees, or does not answer. Packets pass no more from now on.
    pub fn close(
        &mut self,
        reason: CloseReason,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<LinkEvent>,
    ) {
        self.shut(reason, &mut Io { now, rng, out });
    }

    /// Asks the peer whether it is still there: unless anything of it arrives within `patience`, the link is closed ([`CloseReason::EchoTimeout`]).
    /// One that is not up, or whose peer knows no echoes, stays as it is.
    pub fn probe(
        &mut self,
        patience: Duration,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<LinkEvent>,
    ) {
        self.probe_echo(patience, &mut Io { now, rng, out });
    }

    /// Time has passed; to be called at [`Link::deadline`] at the latest.
    pub fn tick(&mut self, now: Duration, rng: &mut dyn FnMut(&mut [u8]), out: &mut Vec<LinkEvent>) {
        let mut io = Io { now, rng, out };
        let mru = self.peer_mru();
        let changes = self.lcp.tick(&mut io.context(mru, &mut self.rejects));
        self.lcp_changed(changes, &mut io);
        self.tick_authentication(&mut io);
        self.tick_network(&mut io);
        self.tick_echo(&mut io);
        let over = |end: Option<Duration>| end.is_some_and(|end| now >= end);
        if over(self.phase_ends) {
            let reason = match self.phase {
                Phase::Establish => CloseReason::EstablishTimeout,
                Phase::Authenticate => CloseReason::AuthenticationTimeout,
                _ if self.awaits_encryption() => CloseReason::EncryptionTimeout,
                _ => CloseReason::NetworkTimeout,
            };
            self.shut(reason, &mut io);
        }
        if over(self.session_ends) {
            self.shut(CloseReason::SessionTimeout, &mut io);
        }
        if over(self.idle_ends()) {
            self.shut(CloseReason::IdleTimeout, &mut io);
        }
    }

    /// When [`Link::tick`] has something to do; `None` once the link is gone.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        [
            self.lcp.deadline(),
            self.authentication.as_ref().and_then(Authentication::deadline),
            self.ccp.as_ref().and_then(Negotiation::deadline),
            self.ipcp.as_ref().and_then(Negotiation::deadline),
            self.ipv6cp.as_ref().and_then(Negotiation::deadline),
            self.phase_ends,
            self.session_ends,
            self.idle_ends(),
            self.echo.deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
        .filter(|_| self.phase != Phase::Dead)
    }

    /// What was agreed on, while packets pass.
    #[must_use]
    pub const fn addresses(&self) -> Option<&Addresses> {
        self.addresses.as_ref()
    }

    /// What passed, and what did not.
    #[must_use]
    pub const fn statistics(&self) -> &LinkStatistics {
        &self.statistics
    }

    fn idle_ends(&self) -> Option<Duration> {
        let idle = self.idle.filter(|_| self.addresses.is_some())?;
        Some(self.used.saturating_add(idle))
    }

    /// What the peer takes behind a protocol number, as it has said by now.
    fn peer_mru(&self) -> u16 {
        self.lcp.options.peer.mru
    }
}
