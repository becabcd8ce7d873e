//! The control connection ([RFC 2637] 3.1, [MS-PTPT] 3.1), as originator and as receiver.
//!
//! It keeps what messages 1 to 6 are about and hands those about calls on. Nothing on it is authenticated: whatever comes, it goes on or it is
//! closed, and it holds a message and a few answers at most. Two ends that call each other have two connections ([MS-PTPT] 3.1.5.1.1).

mod config;
mod outbox;
mod started;
#[cfg(test)]
mod tests;

use core::time::Duration;

pub use config::{Admission, ControlConfig, ControlTimers, Profile};

use crate::bucket::Bucket;
use crate::control::{
    ControlMessage, EchoReply, EchoRequest, FixedText, Framing, GeneralError, StopReason, StopReply,
    StopRequest,
};
use crate::tunnel::CloseReason;
use outbox::Outbox;

/// One end of a control connection.
#[derive(Debug)]
pub struct ControlConnection {
    config: ControlConfig,
    state: ControlState,
    /// Since when.
    since: Duration,
    framing: Framing,
    outbox: Outbox,
    /// When a message last came.
    heard: Duration,
    /// When the message began that is not whole.
    begun: Option<Duration>,
    /// What was asked for last, and when.
    echo: Option<(u32, Duration)>,
    echoes: Bucket,
    messages: Bucket,
    counters: ControlCounters,
}

/// Where a control connection is ([RFC 2637] 3.1.2, 3.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlState {
    /// A server's, of a peer that has not said anything.
    Idle(Admission),
    /// A client's, whose request is not answered.
    WaitReply,
    /// Calls can be made.
    Established,
    /// This end has said that it ends, for this reason.
    WaitStopReply(CloseReason),
    /// It has ended. What waits in its output may still be sent.
    Closed(CloseReason),
}

/// What came on a control connection and is for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlStep {
    /// It is established, with a peer that calls itself this.
    Established {
        /// The peer's name.
        host: FixedText<64>,
        /// Whose product it is.
        vendor: FixedText<64>,
    },
    /// A message about calls.
    Call(ControlMessage),
}

/// What passed on a control connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ControlCounters {
    /// Messages that came.
    pub received: u64,
    /// Those that were not for anything.
    pub ignored: u64,
    /// Requests for an echo that were not answered, as there were too many.
    pub echoes_unanswered: u64,
    /// Those whose Reserved0 was not zero.
    pub reserved_not_zero: u32,
}

impl ControlConnection {
    /// The most octets that wait to be sent.
    pub const MAX_OUTPUT: usize = Outbox::MAX;
    /// Messages in a second that are enough for anybody.
    const MESSAGES_PER_SECOND: u32 = 100;
    /// Requests for an echo in a second that are answered.
    const ECHOES_PER_SECOND: u32 = 10;

    /// The server's end of a connection that was accepted.
    #[must_use]
    pub fn accept(config: ControlConfig, admission: Admission, now: Duration) -> Self {
        Self::new(config, ControlState::Idle(admission), now)
    }

    /// The client's end of a connection that was made: it asks at once.
    #[must_use]
    pub fn originate(config: ControlConfig, now: Duration) -> Self {
        let request = ControlMessage::StartRequest(config.start_request());
        let mut connection = Self::new(config, ControlState::WaitReply, now);
        connection.send(&request, now);
        connection
    }

    fn new(config: ControlConfig, state: ControlState, now: Duration) -> Self {
        Self {
            config,
            state,
            since: now,
            framing: Framing::new(),
            outbox: Outbox::default(),
            heard: now,
            begun: None,
            echo: None,
            echoes: Bucket::new(Self::ECHOES_PER_SECOND, now),
            messages: Bucket::new(Self::MESSAGES_PER_SECOND, now),
            counters: ControlCounters::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn state(&self) -> ControlState {
        self.state
    }

    /// Why it has ended, if it has.
    #[must_use]
    pub const fn closed(&self) -> Option<CloseReason> {
        match self.state {
            ControlState::Closed(reason) => Some(reason),
            _ => None,
        }
    }

    /// What passed so far.
    #[must_use]
    pub const fn counters(&self) -> ControlCounters {
        ControlCounters { reserved_not_zero: self.framing.reserved_not_zero(), ..self.counters }
    }

    /// One more message that was not for anything.
    pub const fn count_ignored(&mut self) {
        self.counters.ignored = self.counters.ignored.saturating_add(1);
    }

    /// What is to be sent.
    #[must_use]
    pub fn output(&self) -> &[u8] {
        self.outbox.octets()
    }

    /// So many octets of it are on their way.
    pub fn sent(&mut self, octets: usize, now: Duration) {
        self.outbox.sent(octets, now);
    }

    /// Takes from `input` until there is something for others; `None` when all is taken. Call it until then, and look whether it is closed.
    pub fn receive(&mut self, input: &mut &[u8], now: Duration) -> Option<ControlStep> {
        while self.closed().is_none() {
            match self.framing.next(input) {
                Ok(Some(message)) => {
                    self.begun = None;
                    if let Some(step) = self.receive_message(message, now) {
                        return Some(step);
                    }
                }
                Ok(None) => {
                    if self.framing.has_begun() {
                        self.begun.get_or_insert(now);
                    }
                    return None;
                }
                Err(error) => self.close(error.into(), now),
            }
        }
        *input = &[];
        None
    }

    fn receive_message(&mut self, message: ControlMessage, now: Duration) -> Option<ControlStep> {
        self.counters.received = self.counters.received.saturating_add(1);
        if !self.messages.take(now) {
            self.close(CloseReason::Flood, now);
            return None;
        }
        self.heard = now;
        match (self.state, message) {
            (ControlState::Idle(admission), ControlMessage::StartRequest(request)) => {
                self.start_requested(admission, &request, now)
            }
            (ControlState::WaitReply, ControlMessage::StartReply(reply)) => self.start_replied(&reply, now),
            (ControlState::Idle(_) | ControlState::WaitReply, _) => {
                self.close(CloseReason::UnexpectedMessage, now);
                None
            }
            (ControlState::Established, message) => self.receive_established(message, now),
            (ControlState::WaitStopReply(reason), ControlMessage::StopReply(_)) => {
                self.close(reason, now);
                None
            }
            (ControlState::WaitStopReply(reason), ControlMessage::StopRequest(_)) => {
                self.send(&Self::stop_reply(), now);
                self.close(reason, now);
                None
            }
            (ControlState::WaitStopReply(_) | ControlState::Closed(_), _) => {
                self.count_ignored();
                None
            }
        }
    }

    fn receive_established(&mut self, message: ControlMessage, now: Duration) -> Option<ControlStep> {
        match message {
            ControlMessage::EchoRequest(EchoRequest { identifier }) => {
                if self.echoes.take(now) {
                    let reply = EchoReply { identifier, result: 1, error: GeneralError::NONE };
                    self.send(&ControlMessage::EchoReply(reply), now);
                } else {
                    self.counters.echoes_unanswered = self.counters.echoes_unanswered.saturating_add(1);
                }
            }
            ControlMessage::EchoReply(reply) => match self.echo {
                Some((identifier, _)) if identifier == reply.identifier => self.echo = None,
                _ => self.count_ignored(),
            },
            ControlMessage::StopRequest(_) => {
                self.send(&Self::stop_reply(), now);
                self.close(CloseReason::PeerStopped, now);
            }
            ControlMessage::StopReply(_) => self.count_ignored(),
            // There is a control connection: asking for one, or granting it, again must change nothing.
            ControlMessage::StartRequest(_) | ControlMessage::StartReply(_) => {
                self.close(CloseReason::UnexpectedMessage, now);
            }
            other => return Some(ControlStep::Call(other)),
        }
        None
    }

    /// Sends a message. Where it does not fit the peer has not read for long, and the connection is closed.
    pub fn send(&mut self, message: &ControlMessage, now: Duration) {
        if self.closed().is_none() && !self.outbox.push(message, now) {
            self.close(CloseReason::PeerDoesNotRead, now);
        }
    }

    /// Ends it by the book: the peer is asked to, and has a while to agree. One that is not established is closed at once.
    pub fn stop(&mut self, reason: CloseReason, now: Duration) {
        match self.state {
            ControlState::Established => {
                let why = match reason {
                    CloseReason::Version => StopReason::PROTOCOL,
                    CloseReason::Shutdown => StopReason::LOCAL_SHUTDOWN,
                    _ => StopReason::NONE,
                };
                self.send(&ControlMessage::StopRequest(StopRequest { reason: why }), now);
                if self.closed().is_none() {
                    self.enter(ControlState::WaitStopReply(reason), now);
                }
            }
            ControlState::Idle(_) | ControlState::WaitReply => self.close(reason, now),
            ControlState::WaitStopReply(_) | ControlState::Closed(_) => {}
        }
    }

    /// Ends it at once.
    pub fn close(&mut self, reason: CloseReason, now: Duration) {
        if self.closed().is_none() {
            self.enter(ControlState::Closed(reason), now);
        }
    }

    /// The connection was closed or reset. Where this end wanted that, it is what it wanted.
    pub fn lost(&mut self, now: Duration) {
        match self.state {
            ControlState::WaitStopReply(reason) => self.close(reason, now),
            _ => self.close(CloseReason::ConnectionLost, now),
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration, rng: &mut dyn FnMut(&mut [u8])) {
        if self.closed().is_some() {
            return;
        }
        if let Some((at, reason)) = self.ends().min()
            && at <= now
        {
            return self.close(reason, now);
        }
        if self.echo_due().is_some_and(|at| at <= now) {
            let mut identifier = [0; 4];
            rng(&mut identifier);
            let identifier = u32::from_be_bytes(identifier);
            self.echo = Some((identifier, now));
            self.send(&ControlMessage::EchoRequest(EchoRequest { identifier }), now);
        }
    }

    /// When [`ControlConnection::tick`] has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.ends().map(|(at, _)| at).chain(self.echo_due()).min()
    }

    /// When it ends, and why, if nothing comes.
    fn ends(&self) -> impl Iterator<Item = (Duration, CloseReason)> {
        let timers = self.config.timers;
        let state = match self.state {
            ControlState::Idle(_) | ControlState::WaitReply => {
                Some((timers.start, CloseReason::StartTimeout))
            }
            ControlState::WaitStopReply(reason) => Some((timers.stop, reason)),
            ControlState::Established | ControlState::Closed(_) => None,
        };
        let state = state.map(|(after, reason)| (self.since, after, reason));
        let message = self.begun.map(|since| (since, timers.message, CloseReason::MessageTimeout));
        let output =
            self.outbox.stuck_since().map(|since| (since, timers.output, CloseReason::PeerDoesNotRead));
        let echo = self.echo.map(|(_, since)| (since, timers.echo_reply, CloseReason::EchoTimeout));
        let open = self.closed().is_none();
        let all = [state, message, output, echo].into_iter().flatten().filter(move |_| open);
        all.map(|(since, after, reason)| (since.saturating_add(after), reason))
    }

    fn echo_due(&self) -> Option<Duration> {
        let asks = self.state == ControlState::Established && self.echo.is_none();
        asks.then(|| self.heard.saturating_add(self.config.timers.echo))
    }

    fn enter(&mut self, state: ControlState, now: Duration) {
        (self.state, self.since) = (state, now);
        if state != ControlState::Established {
            self.echo = None;
        }
    }

    const fn stop_reply() -> ControlMessage {
        ControlMessage::StopReply(StopReply { result: 1, error: GeneralError::NONE })
    }
}
