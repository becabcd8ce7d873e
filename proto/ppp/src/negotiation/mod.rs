//! One control protocol's negotiation: the automaton with its timer, its counters and its packets (RFC 1661 4 and 5). What the options mean is the
//! protocol's own, behind [`Negotiable`].

mod context;
mod negotiable;
#[cfg(test)]
mod tests;

pub(crate) use context::Context;
pub(crate) use negotiable::{Answer, Negotiable};

use core::time::Duration;

use crate::automaton::{Action, Event, State, step};
use crate::link::CloseReason;
use crate::packet::{Code, ConfigureOption, Options, PACKET_HEADER, Packet};

/// Why a negotiation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// This end closed it.
    Closed,
    /// The peer did not answer.
    Timeout,
    /// It went on and on.
    NoAgreement,
    /// The peer ended it.
    Peer,
    /// The peer does not know the protocol, or not its codes.
    Unknown,
    /// An option that cannot be done without is not to be had.
    Refused(CloseReason),
}

/// What a step has changed for the layers above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Changes {
    /// The layer was open, and is no more.
    pub(crate) down: bool,
    /// The layer is open now.
    pub(crate) up: bool,
    /// The negotiation came to its end.
    pub(crate) finished: Option<End>,
    /// The peer asked for an end of it.
    pub(crate) terminated: bool,
}

/// A negotiation.
#[derive(Debug)]
pub(crate) struct Negotiation<O> {
    pub(crate) options: O,
    state: State,
    deadline: Option<Duration>,
    /// Requests that may still be sent without an answer.
    restart: u8,
    identifier: u8,
    /// The options of the last Configure-Request.
    request: Vec<u8>,
    /// Whether it waits for its answer.
    outstanding: bool,
    /// The options of the peer's request that was acknowledged last.
    granted: Option<Vec<u8>>,
    /// Since the layer was open last.
    tries: Tries,
    /// How often the peer made it begin anew.
    reopened: u8,
    end: End,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tries {
    /// Requests that were answered by a Nak or a Reject.
    refusals: u8,
    /// The identifier of the last of them.
    refused_request: Option<u8>,
    /// Those that were received.
    refused: u8,
    /// Requests that were received.
    requests: u8,
    /// Acknowledgements that were sent again while the layer was open.
    repeats: u8,
}

impl<O: Negotiable> Negotiation<O> {
    /// RFC 1661 4.6: the restart timer. The first request is repeated sooner: what opens the way of a call is often lost.
    pub(crate) const RESTART: Duration = Duration::from_secs(3);
    const FIRST_RESTART: Duration = Duration::from_secs(1);
    /// RFC 1661 4.6: Max-Configure, Max-Terminate and Max-Failure.
    const MAX_CONFIGURE: u8 = 10;
    const MAX_TERMINATE: u8 = 2;
    const MAX_FAILURE: u8 = 5;
    /// Refusals in one direction after which the ends will never agree.
    const MAX_REFUSALS: u8 = 10;
    /// Requests of the peer's without an end after which they will never agree either.
    const MAX_REQUESTS: u8 = 64;
    /// How often an acknowledgement is sent again before a request that is the same counts as one to begin anew.
    const MAX_REPEATS: u8 = 10;
    /// The most bytes of what is rejected that are sent back.
    const MAX_ECHOED: usize = 64;

    pub(crate) fn new(options: O) -> Self {
        Self {
            options,
            state: State::Initial,
            deadline: None,
            restart: 0,
            identifier: 0,
            request: Vec::new(),
            outstanding: false,
            granted: None,
            tries: Tries::default(),
            reopened: 0,
            end: End::Closed,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Opened
    }

    /// Whether it is being closed, or is closed, or was never begun.
    pub(crate) fn is_over(&self) -> bool {
        !matches!(self.state, State::RequestSent | State::AckReceived | State::AckSent | State::Opened)
    }

    /// Whether it waits for the end of its own doing.
    pub(crate) fn is_closing(&self) -> bool {
        matches!(self.state, State::Closing | State::Stopping)
    }

    /// The peer may listen only now: what it was asked in vain is asked again at once.
    pub(crate) fn hurry(&mut self, context: &mut Context<'_>) {
        if self.state == State::RequestSent && self.tries.requests == 0 && self.restart > 0 {
            self.event(Event::Timeout, None, context);
        }
    }

    /// How often the peer made an open layer begin anew.
    pub(crate) fn reopened(&self) -> u8 {
        self.reopened
    }

    /// Whether either end has refused what the other one asked for.
    pub(crate) const fn disputed(&self) -> bool {
        self.tries.refusals > 0 || self.tries.refused > 0
    }

    /// When [`Negotiation::tick`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// The lower layer is up, and this one is wanted.
    pub(crate) fn start(&mut self, context: &mut Context<'_>) -> Changes {
        let changes = self.event(Event::Open, None, context);
        merge(changes, self.event(Event::Up, None, context))
    }

    /// The layer is wanted no more.
    pub(crate) fn close(&mut self, context: &mut Context<'_>) -> Changes {
        self.end = End::Closed;
        self.event(Event::Close, None, context)
    }

    /// The peer does not know the protocol.
    pub(crate) fn protocol_rejected(&mut self, context: &mut Context<'_>) -> Changes {
        self.end = End::Unknown;
        self.event(Event::FatalReject, None, context)
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, context: &mut Context<'_>) -> Changes {
        if self.deadline.is_none_or(|deadline| context.now < deadline) {
            return Changes::default();
        }
        if self.restart > 0 {
            return self.event(Event::Timeout, None, context);
        }
        if !matches!(self.state, State::Closing | State::Stopping) {
            self.end = End::Timeout;
        }
        self.event(Event::LastTimeout, None, context)
    }

    /// One packet, of codes 1 to 7 or of one nobody knows.
    pub(crate) fn receive(&mut self, packet: &Packet<'_>, context: &mut Context<'_>) -> Changes {
        match packet.code {
            Code::CONFIGURE_REQUEST => self.receive_request(packet, context),
            Code::CONFIGURE_ACK => self.receive_ack(packet, context),
            Code::CONFIGURE_NAK | Code::CONFIGURE_REJECT => self.receive_refusal(packet, context),
            Code::TERMINATE_REQUEST => {
                let terminated = !self.is_over();
                if terminated {
                    self.end = End::Peer;
                }
                Changes { terminated, ..self.event(Event::TerminateRequest, Some(packet), context) }
            }
            Code::TERMINATE_ACK => self.event(Event::TerminateAck, None, context),
            // What is rejected begins with its own header.
            Code::CODE_REJECT => match packet.data {
                [1..=7, _, _, _, ..] => self.protocol_rejected(context),
                [_, _, _, _, ..] => self.event(Event::TolerableReject, None, context),
                _ => Changes::default(),
            },
            _ => self.event(Event::UnknownCode, Some(packet), context),
        }
    }

    fn receive_request(&mut self, packet: &Packet<'_>, context: &mut Context<'_>) -> Changes {
        let Ok(options) = Options::decode(packet.data) else { return Changes::default() };
        if matches!(
            self.state,
            State::Initial | State::Starting | State::Closed | State::Closing | State::Stopping
        ) {
            return self.event(Event::GoodRequest, Some(packet), context);
        }
        if self.state == State::Opened
            && self.tries.repeats < Self::MAX_REPEATS
            && self.granted.as_deref() == Some(packet.data)
        {
            // The acknowledgement was lost, and nothing else has happened: it is sent again, and the layer stays open.
            self.tries.repeats = self.tries.repeats.saturating_add(1);
            context.send(O::PROTOCOL, Packet { code: Code::CONFIGURE_ACK, ..*packet });
            return Changes::default();
        }
        if self.state == State::Opened {
            self.reopened = self.reopened.saturating_add(1);
        }
        self.tries.requests = self.tries.requests.saturating_add(1);
        if self.tries.requests > Self::MAX_REQUESTS {
            return Changes { finished: Some(End::NoAgreement), ..Changes::default() };
        }
        if self.tries.refused_request.take() == Some(packet.identifier) {
            // The answer was lost: one disagreement is not two.
            self.tries.refusals = self.tries.refusals.saturating_sub(1);
        }
        let reply = match self.judge(options, context.rng) {
            Ok(reply) => reply,
            Err(end) => return Changes { finished: Some(end), ..Changes::default() },
        };
        let Some((code, data)) = reply else {
            self.granted = Some(packet.data.to_vec());
            self.options.agree(options);
            return self.event(Event::GoodRequest, Some(packet), context);
        };
        if data.len().saturating_add(PACKET_HEADER) > context.mru {
            return Changes::default();
        }
        self.tries.refusals = self.tries.refusals.saturating_add(1);
        self.tries.refused_request = Some(packet.identifier);
        let reply = Packet { code, identifier: packet.identifier, data: &data };
        self.event(Event::BadRequest, Some(&reply), context)
    }

    /// The refusal a request deserves, if it deserves one.
    fn judge(
        &mut self,
        options: Options<'_>,
        rng: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Option<(Code, Vec<u8>)>, End> {
        let (mut rejects, mut naks, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        let mut insists = false;
        for option in options.iter() {
            let value = match self.options.judge(option, rng) {
                Answer::Ack => continue,
                Answer::Reject => {
                    option.encode(&mut rejects);
                    continue;
                }
                Answer::Nak(value) => {
                    option.encode(&mut refused);
                    value
                }
                Answer::Insist(value) => {
                    insists = true;
                    value
                }
            };
            ConfigureOption { kind: option.kind, value: &value }.encode(&mut naks);
        }
        let judged = naks.len();
        self.options.missing(options, self.tries.refusals, &mut naks);
        insists |= naks.len() > judged;
        if rejects.is_empty() && naks.is_empty() {
            return Ok(None);
        }
        if self.tries.refusals >= Self::MAX_REFUSALS || insists && self.tries.refusals >= Self::MAX_FAILURE {
            return Err(End::NoAgreement);
        }
        Ok(Some(if !rejects.is_empty() {
            (Code::CONFIGURE_REJECT, rejects)
        } else if self.tries.refusals >= Self::MAX_FAILURE {
            (Code::CONFIGURE_REJECT, refused)
        } else {
            (Code::CONFIGURE_NAK, naks)
        }))
    }

    fn receive_ack(&mut self, packet: &Packet<'_>, context: &mut Context<'_>) -> Changes {
        if !self.answers(packet) || packet.data != self.request {
            return Changes::default();
        }
        self.outstanding = false;
        match self.options.acknowledged() {
            Ok(()) => self.event(Event::Ack, None, context),
            Err(reason) => Changes { finished: Some(End::Refused(reason)), ..Changes::default() },
        }
    }

    fn receive_refusal(&mut self, packet: &Packet<'_>, context: &mut Context<'_>) -> Changes {
        let Ok(options) = Options::decode(packet.data) else { return Changes::default() };
        if !self.answers(packet) || packet.data.is_empty() {
            return Changes::default();
        }
        let reject = packet.code == Code::CONFIGURE_REJECT;
        if reject && !Options::decode(&self.request).is_ok_and(|ours| options.are_among(ours)) {
            return Changes::default();
        }
        self.outstanding = false;
        self.tries.refused = self.tries.refused.saturating_add(1);
        if self.tries.refused > Self::MAX_REFUSALS {
            return Changes { finished: Some(End::NoAgreement), ..Changes::default() };
        }
        for option in options.iter() {
            let heard = if reject {
                self.options.rejected(option)
            } else {
                self.options.suggested(option, context.rng)
            };
            if let Err(reason) = heard {
                return Changes { finished: Some(End::Refused(reason)), ..Changes::default() };
            }
        }
        self.event(Event::Nak, None, context)
    }

    /// Whether a packet answers the request that waits for an answer.
    fn answers(&self, packet: &Packet<'_>) -> bool {
        self.outstanding && packet.identifier == self.identifier && !self.is_over()
    }

    fn event(&mut self, event: Event, packet: Option<&Packet<'_>>, context: &mut Context<'_>) -> Changes {
        let mut changes = Changes::default();
        let Some((actions, next)) = step(self.state, event) else { return changes };
        self.state = next;
        for action in actions {
            match action {
                Action::LayerUp => {
                    changes.up = true;
                    self.tries = Tries::default();
                }
                Action::LayerDown => changes.down = true,
                Action::LayerStarted | Action::SendEchoReply => {}
                Action::LayerFinished => changes.finished = Some(self.end),
                Action::InitializeRestartCount => {
                    self.restart = if actions.contains(&Action::SendTerminateRequest) {
                        Self::MAX_TERMINATE
                    } else {
                        Self::MAX_CONFIGURE
                    };
                }
                Action::ZeroRestartCount => {
                    self.restart = 0;
                    self.deadline = Some(context.now.saturating_add(Self::RESTART));
                }
                Action::SendRequest => self.send_request(event == Event::Timeout, context),
                Action::SendTerminateRequest => {
                    self.identifier = self.identifier.wrapping_add(1);
                    self.send(Code::TERMINATE_REQUEST, self.identifier, &[], context);
                    self.arm(Self::MAX_TERMINATE, context.now);
                }
                Action::SendAck | Action::SendNak | Action::SendTerminateAck | Action::SendCodeReject => {
                    self.reply(*action, packet, context);
                }
            }
        }
        if !self.state.is_timed() {
            self.deadline = None;
        }
        changes
    }

    fn reply(&self, action: Action, packet: Option<&Packet<'_>>, context: &mut Context<'_>) {
        let Some(packet) = packet else { return };
        match action {
            Action::SendAck => self.send(Code::CONFIGURE_ACK, packet.identifier, packet.data, context),
            Action::SendNak => self.send(packet.code, packet.identifier, packet.data, context),
            Action::SendTerminateAck => self.send(Code::TERMINATE_ACK, packet.identifier, &[], context),
            _ => {
                let room = Self::MAX_ECHOED.min(context.mru.saturating_sub(PACKET_HEADER));
                if !context.rejects.take(context.now) {
                    return;
                }
                let mut rejected = Vec::new();
                packet.encode(&mut rejected);
                rejected.truncate(room);
                self.send(Code::CODE_REJECT, packet.identifier, &rejected, context);
            }
        }
    }

    fn send_request(&mut self, again: bool, context: &mut Context<'_>) {
        let mut request = Vec::new();
        self.options.request(&mut request);
        if !again || request != self.request {
            self.identifier = self.identifier.wrapping_add(1);
        }
        self.request = request;
        self.outstanding = true;
        self.send(Code::CONFIGURE_REQUEST, self.identifier, &self.request, context);
        self.arm(Self::MAX_CONFIGURE, context.now);
    }

    /// Starts the restart timer for one of the tries that are left.
    fn arm(&mut self, all: u8, now: Duration) {
        let wait = if self.restart == all { Self::FIRST_RESTART } else { Self::RESTART };
        self.restart = self.restart.saturating_sub(1);
        self.deadline = Some(now.saturating_add(wait));
    }

    fn send(&self, code: Code, identifier: u8, data: &[u8], context: &mut Context<'_>) {
        context.send(O::PROTOCOL, Packet { code, identifier, data });
    }
}

fn merge(first: Changes, second: Changes) -> Changes {
    Changes {
        down: first.down || second.down,
        up: first.up || second.up,
        finished: second.finished.or(first.finished),
        terminated: first.terminated || second.terminated,
    }
}
