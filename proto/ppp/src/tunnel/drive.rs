//! What happens by itself: answers, time and ends.

use core::convert::Infallible;
use core::time::Duration;

use super::session::Session;
use super::{CloseReason, Rng, Tunnel, TunnelEvent};
use crate::call::{CallKey, CallState, CallStep, Calls, End};
use crate::control::ControlMessage;
use crate::control_connection::{ControlState, ControlStep};
use crate::link::{LinkConfig, LinkEvent};

impl Tunnel {
    /// Time has passed; to be called at [`Tunnel::deadline`] at the latest.
    pub fn tick(&mut self, now: Duration, rng: Rng<'_>, out: &mut Vec<TunnelEvent>) {
        self.control.tick(now, rng);
        let keys: Vec<CallKey> = self.calls.iter().map(|call| call.key).collect();
        for key in keys {
            self.tick_session(key, now, rng, out);
            self.tick_call(key, now, out);
        }
        if self.without_call_until().is_some_and(|at| at <= now) {
            self.control.stop(CloseReason::NoCall, now);
        }
        self.settle(now, out);
    }

    /// When [`Tunnel::tick`] has something to do; `None` when all is over.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let sessions = self.sessions.iter().filter_map(Session::deadline);
        let calls = self.calls.iter().filter_map(|call| call_until(call.state, call.since));
        sessions.chain(calls).chain(self.control.deadline()).chain(self.without_call_until()).min()
    }

    fn tick_session(&mut self, key: CallKey, now: Duration, rng: Rng<'_>, out: &mut Vec<TunnelEvent>) {
        let said = &mut self.said;
        let Some(session) = self.sessions.iter_mut().find(|session| session.key == key) else { return };
        session.link.tick(now, rng, said);
        if session.blocked_at().is_some_and(|at| at <= now) {
            session.diagnosed = true;
            out.push(TunnelEvent::GreBlocked { call: key });
        }
        let closing = session.closing.filter(|(_, until)| *until <= now);
        self.hear(key, now, out);
        self.deliver_due(key, now, rng, out);
        if let Some((reason, _)) = closing {
            self.end_call(key, reason, now, out);
        }
    }

    fn tick_call(&mut self, key: CallKey, now: Duration, out: &mut Vec<TunnelEvent>) {
        let Some(call) = self.calls.find(key) else { return };
        if call_until(call.state, call.since).is_none_or(|at| at > now) {
            return;
        }
        match call.state {
            CallState::WaitDisconnect => {
                self.calls.forget(key);
                self.idle = now;
            }
            _ => self.end_call(key, CloseReason::CallTimeout, now, out),
        }
    }

    /// A server hangs up where nobody calls. A client does as soon as its call is over: see [`Tunnel::settle`].
    fn without_call_until(&self) -> Option<Duration> {
        let waits = self.end == End::Concentrator
            && self.control.state() == ControlState::Established
            && self.calls.is_empty();
        waits.then(|| self.idle.saturating_add(self.config.without_call))
    }

    pub(super) fn take_step(
        &mut self,
        step: ControlStep,
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) {
        match step {
            ControlStep::Established { host, vendor } => {
                self.idle = now;
                out.push(TunnelEvent::Established { host, vendor });
                let Some((call_id, _)) = self.dialing else { return };
                if let Some((_, request)) = self.calls.ask(call_id, &self.config.control, now) {
                    self.control.send(&request, now);
                }
            }
            ControlStep::Call(message) => self.take_call_message(message, now, rng, out),
        }
    }

    fn take_call_message(
        &mut self,
        message: ControlMessage,
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) {
        match self.calls.receive(message, now) {
            CallStep::Ignored => self.control.count_ignored(),
            CallStep::Reply(reply) => self.control.send(&reply, now),
            CallStep::Requested(call, request) => {
                let request = Box::new(request);
                out.push(TunnelEvent::CallRequested { call, request });
            }
            CallStep::Connected(call) => {
                let Some((_, link)) = self.dialing.take() else { return };
                out.push(TunnelEvent::CallConnected { call });
                self.begin(call, link, now, rng, out);
            }
            CallStep::Ended(call, reason) => self.ended_by_peer(call, reason, now, out),
            CallStep::Violation => self.control.close(CloseReason::UnexpectedMessage, now),
        }
    }

    /// The link of a call that is established.
    pub(super) fn begin(
        &mut self,
        key: CallKey,
        link: LinkConfig,
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) {
        let Some(call) = self.calls.find(key) else { return };
        let ids = (call.call_id, call.peer_call_id);
        let session = Session::new(key, ids, self.config.gre, link, now, rng, &mut self.said);
        self.sessions.push(session);
        self.hear(key, now, out);
    }

    /// Deals with what a call's link has said.
    pub(super) fn hear(&mut self, key: CallKey, now: Duration, out: &mut Vec<TunnelEvent>) {
        let mut said = core::mem::take(&mut self.said);
        let mut down = None;
        if let Some(session) = self.sessions.iter_mut().find(|session| session.key == key) {
            for event in said.drain(..) {
                match event {
                    LinkEvent::Send(frame) => {
                        let mut packet = Vec::new();
                        let Ok(()) = session.gre.send(&mut packet, |packet| {
                            packet.extend_from_slice(&frame);
                            Ok::<(), Infallible>(())
                        });
                        out.push(TunnelEvent::Gre(packet));
                    }
                    LinkEvent::Down(reason) => {
                        let reason = CloseReason::Link(reason);
                        down.get_or_insert(session.closing.map_or(reason, |(reason, _)| reason));
                    }
                    event => {
                        if matches!(event, LinkEvent::Authenticated | LinkEvent::Up(_)) {
                            session.trust();
                        }
                        out.push(TunnelEvent::Link { call: key, event });
                    }
                }
            }
        }
        said.clear();
        self.said = said;
        if let Some(reason) = down {
            self.end_call(key, reason, now, out);
        }
    }

    /// Frames whose turn has come, and the acknowledgement that is due.
    pub(super) fn deliver_due(
        &mut self,
        key: CallKey,
        now: Duration,
        rng: Rng<'_>,
        out: &mut Vec<TunnelEvent>,
    ) {
        loop {
            let said = &mut self.said;
            let Some(session) = self.sessions.iter_mut().find(|session| session.key == key) else { return };
            let Some((mut frame, lost)) = session.gre.next_due(now) else { break };
            if let Some(ip) = session.link.receive(&mut frame, lost, now, rng, said) {
                frame.truncate(ip.end);
                frame.drain(..ip.start.min(ip.end));
                out.push(TunnelEvent::Ip { call: key, packet: frame });
            }
            self.hear(key, now, out);
        }
        let session = self.sessions.iter_mut().find(|session| session.key == key);
        if let Some(packet) = session.and_then(|session| session.gre.acknowledge(now)) {
            out.push(TunnelEvent::Gre(packet));
        }
    }

    /// Ends a call at once, whatever its link is at. A call that is ended already is not ended again.
    pub(super) fn end_call(
        &mut self,
        key: CallKey,
        reason: CloseReason,
        now: Duration,
        out: &mut Vec<TunnelEvent>,
    ) {
        let Some(call) = self.calls.find(key).copied() else { return };
        if let Some(message) = self.calls.end(key, reason, &self.config.control, now) {
            self.control.send(&message, now);
        }
        if call.state == CallState::WaitDisconnect {
            return;
        }
        self.gone(key, call.call_id, reason, now, out);
        // [MS-PTPT] 3.2.4: without a call there is nothing to keep it for.
        if self.end == End::Concentrator && self.calls.is_empty() {
            self.control.stop(reason, now);
        }
    }

    /// The peer has ended a call. A client is told that it is over, and may want another; a server needs to be told nothing.
    fn ended_by_peer(
        &mut self,
        call: CallKey,
        reason: CloseReason,
        now: Duration,
        out: &mut Vec<TunnelEvent>,
    ) {
        let Some(ended) = self.calls.find(call).copied() else { return };
        if self.end == End::Concentrator
            && let Some(message) = self.calls.end(call, reason, &self.config.control, now)
        {
            self.control.send(&message, now);
        }
        self.calls.forget(call);
        if ended.state != CallState::WaitDisconnect {
            let reason = self.why(call, reason, now);
            self.gone(call, ended.call_id, reason, now, out);
        }
    }

    /// Why a call whose tunnel ends for this reason has ended: if its link was ending, for what that did.
    fn why(&mut self, call: CallKey, reason: CloseReason, now: Duration) -> CloseReason {
        let session = self.sessions.iter_mut().find(|session| session.key == call);
        session.and_then(|session| session.why(now)).unwrap_or(reason)
    }

    /// A call carries nothing any more.
    pub(super) fn gone(
        &mut self,
        call: CallKey,
        call_id: u16,
        reason: CloseReason,
        now: Duration,
        out: &mut Vec<TunnelEvent>,
    ) {
        for over in self.sessions.extract_if(.., |session| session.key == call) {
            self.drops.add(&over.gre.counters().drops);
        }
        (self.idle, self.last) = (now, Some(reason));
        out.push(TunnelEvent::CallDown { call, call_id, reason });
    }

    /// What follows from what happened: a client without a call hangs up, and a control connection that is closed takes all with it.
    pub(super) fn settle(&mut self, now: Duration, out: &mut Vec<TunnelEvent>) {
        let established = self.control.state() == ControlState::Established;
        if self.end == End::NetworkServer && established && self.calls.is_empty() {
            self.control.stop(self.last.unwrap_or(CloseReason::Local), now);
        }
        let Some(reason) = self.control.closed() else { return };
        if self.over {
            return;
        }
        self.over = true;
        let calls: Vec<_> = self.calls.iter().copied().collect();
        for call in calls {
            self.calls.forget(call.key);
            if call.state != CallState::WaitDisconnect {
                let reason = self.why(call.key, reason, now);
                self.gone(call.key, call.call_id, reason, now, out);
            }
        }
        out.push(TunnelEvent::Closed(reason));
    }
}

/// How long a call may stay where it is.
fn call_until(state: CallState, since: Duration) -> Option<Duration> {
    let most = match state {
        CallState::Established => return None,
        CallState::Requested | CallState::WaitReply => Calls::REPLY_TIMEOUT,
        CallState::WaitDisconnect => Calls::DISCONNECT_TIMEOUT,
    };
    Some(since.saturating_add(most))
}
