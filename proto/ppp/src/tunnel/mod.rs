//! A control connection, its calls and their links, as one: a PPTP tunnel at either end.
//!
//! A tunnel is owned by one task and shares nothing. All it keeps is bounded: a message and 4 KiB of answers, its calls, and for each of them a link
//! and, once it is known who the peer is, packets that came too early. Whatever comes leads to a few events and to little more than its own
//! octets: the most is what tells a client that its call is over.

mod close_reason;
mod demux;
mod drive;
mod event;
mod session;
#[cfg(test)]
mod tests;

use core::ops::Range;
use core::time::Duration;

pub use close_reason::CloseReason;
pub use demux::{Demux, Route};
pub use event::TunnelEvent;

use crate::authentication::Verdict;
pub use crate::call::{CallKey, CallState};
use crate::call::{Calls, End};
use crate::control::{GeneralError, OutgoingCallReplyResult};
use crate::control_connection::{Admission, ControlConfig, ControlConnection, ControlCounters, ControlState};
use crate::gre::{GreConfig, GreCounters, GreDrop, GreDrops, GreHeader};
use crate::link::{LinkConfig, LinkEvent, LinkStatistics, SendError};
use session::Session;

/// What a tunnel is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelConfig {
    /// Its control connection.
    pub control: ControlConfig,
    /// Its packets.
    pub gre: GreConfig,
    /// The most calls at a time. Clients make one.
    pub most_calls: usize,
    /// How long a server's control connection may be without a call.
    pub without_call: Duration,
}

/// Random octets for whoever needs them.
pub type Rng<'a> = &'a mut dyn FnMut(&mut [u8]);

/// One end of a PPTP tunnel.
#[derive(Debug)]
pub struct Tunnel {
    config: TunnelConfig,
    end: End,
    control: ControlConnection,
    calls: Calls,
    sessions: Vec<Session>,
    /// The call a client makes as soon as it can.
    dialing: Option<(u16, LinkConfig)>,
    /// Since when there is no call,
    idle: Duration,
    /// and why, if there was one.
    last: Option<CloseReason>,
    /// Whether [`TunnelEvent::Closed`] was said.
    over: bool,
    /// Packets that are no call's, or were one's that is over.
    drops: GreDrops,
    /// What links said, before it is dealt with; empty between calls.
    said: Vec<LinkEvent>,
}

impl TunnelConfig {
    /// A tunnel of an end that calls itself `host`, as it is where nothing else is said.
    #[must_use]
    pub fn new(host: &str) -> Self {
        Self {
            control: ControlConfig::new(host),
            gre: GreConfig::default(),
            most_calls: 1,
            without_call: Duration::from_secs(30),
        }
    }
}

impl Tunnel {
    /// The server's end of a connection that was accepted.
    #[must_use]
    pub fn accept(config: TunnelConfig, admission: Admission, now: Duration) -> Self {
        let control = ControlConnection::accept(config.control.clone(), admission, now);
        Self::new(config, End::Concentrator, control, now)
    }

    /// The client's end of a connection that was made. It makes one call, with this id, whose link is as `link` says.
    #[must_use]
    pub fn originate(config: TunnelConfig, call_id: u16, link: LinkConfig, now: Duration) -> Self {
        let control = ControlConnection::originate(config.control.clone(), now);
        let mut tunnel = Self::new(config, End::NetworkServer, control, now);
        tunnel.dialing = Some((call_id, link));
        tunnel
    }

    fn new(config: TunnelConfig, end: End, control: ControlConnection, now: Duration) -> Self {
        let calls = Calls::new(end, config.most_calls);
        let (sessions, said) = (Vec::new(), Vec::new());
        let drops = GreDrops::none();
        Self {
            config,
            end,
            control,
            calls,
            sessions,
            dialing: None,
            idle: now,
            last: None,
            over: false,
            drops,
            said,
        }
    }

    /// What is to be sent on the connection; never more than [`ControlConnection::MAX_OUTPUT`] octets.
    #[must_use]
    pub fn tcp_output(&self) -> &[u8] {
        self.control.output()
    }

    /// So many octets of it are on their way.
    pub fn tcp_sent(&mut self, octets: usize, now: Duration) {
        self.control.sent(octets, now);
    }

    /// Octets came on the connection.
    pub fn receive_tcp(&mut self, octets: &[u8], now: Duration, rng: Rng<'_>, out: &mut Vec<TunnelEvent>) {
        let mut input = octets;
        while let Some(step) = self.control.receive(&mut input, now) {
            self.take_step(step, now, rng, out);
        }
        self.settle(now, out);
    }

    /// The connection was closed by the peer, or reset. Many peers do that when their call is over, and say no more.
    pub fn tcp_lost(&mut self, now: Duration, out: &mut Vec<TunnelEvent>) {
        let over = self.calls.iter().all(|call| call.state == CallState::WaitDisconnect);
        match self.last.filter(|_| over && self.control.state() == ControlState::Established) {
            Some(reason) => self.control.close(reason, now),
            None => self.control.lost(now),
        }
        self.settle(now, out);
    }

    /// There is room for a call: this end calls it `call_id`, and its link is as `link` says. Without effect on one that is gone; it was then said
    /// to be down.
    pub fn accept_call(
        &mut self,
        call: CallKey,
        call_id: u16,
        link: LinkConfig,
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) {
        if let Some(reply) = self.calls.take(call, call_id, &self.config.control, now) {
            self.control.send(&reply, now);
            self.begin(call, link, now, rng, out);
        }
        self.settle(now, out);
    }

    /// There is no room for a call, or there may be none (`forbidden`).
    pub fn refuse_call(&mut self, call: CallKey, forbidden: bool, now: Duration, out: &mut Vec<TunnelEvent>) {
        let (result, error) = if forbidden {
            (OutgoingCallReplyResult::DO_NOT_ACCEPT, GeneralError::NONE)
        } else {
            (OutgoingCallReplyResult::GENERAL_ERROR, GeneralError::NO_RESOURCE)
        };
        if let Some(reply) = self.calls.refuse(call, result, error) {
            self.control.send(&reply, now);
            self.gone(call, 0, CloseReason::CallRefused, now, out);
        }
        self.settle(now, out);
    }

    /// A GRE packet came from the peer, without the header of IP in front. A packet of IP that came in it is decrypted in place; the call and where it
    /// lies are what comes back, and it is before all that `out` has of this call.
    pub fn receive_gre(
        &mut self,
        packet: &mut [u8],
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) -> Option<(CallKey, Range<usize>)> {
        match self.receive_packet(packet, now, rng, out) {
            Ok(ip) => {
                self.settle(now, out);
                ip
            }
            Err(reason) => {
                self.drops.count(reason);
                None
            }
        }
    }

    /// Appends the GRE packet that carries a packet of IP through a call.
    ///
    /// # Errors
    /// As [`Link::send_ip`](crate::link::Link::send_ip), or the call is gone; nothing is appended.
    pub fn send_ip(
        &mut self,
        call: CallKey,
        packet: &[u8],
        now: Duration,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let session = self.sessions.iter_mut().find(|session| session.key == call);
        let Some(Session { gre, link, .. }) = session else { return Err(SendError::NotOpen) };
        gre.send(out, |out| link.send_ip(packet, now, out))
    }

    /// What is said to a call's [`LinkEvent::Authenticate`] with this token. Without effect on a call that is gone, or another token.
    pub fn authenticated(
        &mut self,
        call: CallKey,
        token: u32,
        verdict: Verdict,
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) {
        let said = &mut self.said;
        if let Some(session) = self.sessions.iter_mut().find(|session| session.key == call) {
            session.link.authenticated(token, verdict, now, rng, said);
        }
        self.hear(call, now, out);
        self.settle(now, out);
    }

    /// Ends a call by the book: its link first. [`TunnelEvent::CallDown`] follows within a few seconds.
    pub fn close_call(
        &mut self,
        call: CallKey,
        reason: CloseReason,
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) {
        let said = &mut self.said;
        match self.sessions.iter_mut().find(|session| session.key == call) {
            Some(session) if session.closing.is_none() => {
                session.closing = Some((reason, now.saturating_add(Session::CLOSE_TIMEOUT)));
                session.link.close(reason.for_link(), now, rng, said);
                self.hear(call, now, out);
            }
            Some(_) => {}
            None => self.end_call(call, reason, now, out),
        }
        self.settle(now, out);
    }

    /// Asks the peer of a call whether it is still there; the call ends unless anything of it arrives within `patience` ([`crate::link::Link::probe`]).
    pub fn probe(
        &mut self,
        call: CallKey,
        patience: Duration,
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) {
        let said = &mut self.said;
        if let Some(session) = self.sessions.iter_mut().find(|session| session.key == call) {
            session.link.probe(patience, now, rng, said);
            self.hear(call, now, out);
        }
        self.settle(now, out);
    }

    /// Whether packets pass over a call.
    #[must_use]
    pub fn is_up(&self, call: CallKey) -> bool {
        let session = self.sessions.iter().find(|session| session.key == call);
        session.is_some_and(|session| session.link.addresses().is_some())
    }

    /// Ends everything by the book: links are told, calls ended and the control connection stopped, without waiting in between.
    /// [`TunnelEvent::Closed`] follows within a few seconds.
    pub fn stop(&mut self, reason: CloseReason, now: Duration, rng: Rng<'_>, out: &mut Vec<TunnelEvent>) {
        self.dialing = None;
        let keys: Vec<CallKey> = self.calls.iter().map(|call| call.key).collect();
        for key in keys {
            let said = &mut self.said;
            if let Some(session) = self.sessions.iter_mut().find(|session| session.key == key) {
                session.closing.get_or_insert((reason, now));
                session.link.close(reason.for_link(), now, rng, said);
            }
            self.hear(key, now, out);
            self.end_call(key, reason, now, out);
        }
        self.control.stop(reason, now);
        self.settle(now, out);
    }

    /// What the control connection is at.
    #[must_use]
    pub const fn state(&self) -> ControlState {
        self.control.state()
    }

    /// Each call: its name, its id at this end, and where it is.
    pub fn calls(&self) -> impl Iterator<Item = (CallKey, u16, CallState)> {
        self.calls.iter().map(|call| (call.key, call.call_id, call.state))
    }

    /// What passed on the control connection.
    #[must_use]
    pub const fn control_counters(&self) -> ControlCounters {
        self.control.counters()
    }

    /// What passed through a call that is established.
    #[must_use]
    pub fn gre_counters(&self, call: CallKey) -> Option<GreCounters> {
        self.sessions.iter().find(|session| session.key == call).map(|session| session.gre.counters())
    }

    /// What passed through the link of a call that is established.
    #[must_use]
    pub fn link_statistics(&self, call: CallKey) -> Option<&LinkStatistics> {
        self.sessions.iter().find(|session| session.key == call).map(|session| session.link.statistics())
    }

    /// Packets that were dropped as they were no call's, or were one's that is over.
    #[must_use]
    pub const fn drops(&self) -> GreDrops {
        self.drops
    }

    fn receive_packet(
        &mut self,
        packet: &mut [u8],
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) -> Result<Option<(CallKey, Range<usize>)>, GreDrop> {
        let header = GreHeader::decode(packet)?;
        let said = &mut self.said;
        let session = self.sessions.iter_mut().find(|session| session.call_id == header.call_id);
        let session = session.ok_or(GreDrop::NoCall)?;
        session.heard = true;
        let key = session.key;
        if header.sequence.is_some() && session.strangers.as_mut().is_some_and(|bucket| !bucket.take(now)) {
            session.gre.count_drop(GreDrop::RateLimited);
            return Ok(None);
        }
        let mut ip = None;
        if let Some((place, lost)) = session.gre.receive(&header, packet, now) {
            let start = place.start;
            let frame = packet.get_mut(place).unwrap_or_default();
            ip = session.link.receive(frame, lost, now, rng, said).map(|ip| {
                let place = start.saturating_add(ip.start)..start.saturating_add(ip.end);
                (key, place)
            });
        }
        self.hear(key, now, out);
        self.deliver_due(key, now, rng, out);
        Ok(ip)
    }
}
