use super::eap::{FAILURE, IDENTITY, Inner, MSCHAPV2, NAK, OpCode, REQUEST, RESPONSE, SUCCESS, end, typed};
use super::exchange::{Algorithm, Challenge, Outstanding, change_proof, value_and_name, with_name};
use super::texts::{self, Failure};
use super::{
    Acceptance, AuthenticationFailure, AuthenticationRequest, AuthenticatorConfig, MsChapError, Proof, Step,
    Success, Verdict,
};
use crate::packet::Packet;
use core::time::Duration;

/// The server's side of EAP.
#[derive(Debug)]
pub(super) struct EapAuthenticator {
    config: AuthenticatorConfig,
    /// Of the Request that was sent last.
    identifier: u8,
    /// Of the challenge that was sent last, within MS-CHAPv2.
    inner: u8,
    token: u32,
    /// The Request that waits for its Response.
    outstanding: Option<Outstanding>,
    state: State,
}

#[derive(Debug)]
enum State {
    Idle,
    Identity,
    Challenged {
        challenge: [u8; 16],
    },
    Judging {
        name: Vec<u8>,
    },
    /// A message of failure was sent, after which another try may come, or a new password.
    Refused {
        error: MsChapError,
        challenge: [u8; 16],
        next: Next,
    },
    /// A message of success was sent.
    Proved {
        success: Box<Success>,
    },
    /// The end was sent, in answer to this.
    Accepted {
        answered: Vec<u8>,
    },
    Over,
}

/// What may follow a message of failure but the peer's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    Nothing,
    Response,
    ChangePassword { name: Vec<u8> },
}

impl EapAuthenticator {
    pub(super) const fn new(config: AuthenticatorConfig) -> Self {
        Self { config, identifier: 0, inner: 0, token: 0, outstanding: None, state: State::Idle }
    }

    pub(super) fn start(&mut self, now: Duration, rng: &mut dyn FnMut(&mut [u8]), out: &mut Vec<Step>) {
        if !matches!(self.state, State::Idle) {
            return;
        }
        let mut first = [0];
        rng(&mut first);
        [self.identifier] = first;
        self.state = State::Identity;
        self.request(typed(REQUEST, self.identifier, IDENTITY, &[]), now, out);
    }

    pub(super) fn receive(
        &mut self,
        packet: &Packet<'_>,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        let [kind, data @ ..] = packet.data else { return };
        if packet.code != RESPONSE || packet.identifier != self.identifier {
            return;
        }
        if let State::Accepted { answered } = &self.state {
            if answered == packet.data {
                out.push(Step::Send(end(SUCCESS, self.identifier)));
            }
            return;
        }
        if self.outstanding.is_none() {
            return;
        }
        match (&self.state, *kind) {
            // Whose it is, the Response says again.
            (State::Identity, IDENTITY) => self.challenge(now, rng, out),
            (State::Challenged { .. }, NAK) => self.fail(AuthenticationFailure::NoCommonMethod, out),
            (_, MSCHAPV2) => {
                if let Ok(inner) = mschap(data) {
                    self.inner(inner, packet.data, out);
                }
            }
            _ => {}
        }
    }

    pub(super) fn verdict(
        &mut self,
        token: u32,
        verdict: Verdict,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        if token != self.token || !matches!(self.state, State::Judging { .. }) {
            return;
        }
        let State::Judging { name } = core::mem::replace(&mut self.state, State::Over) else { return };
        match verdict {
            Verdict::Accepted(acceptance) => self.accept(*acceptance, name, now, out),
            Verdict::Refused { error, retry } => self.refuse(error, retry, name, now, rng, out),
        }
    }

    pub(super) fn tick(&mut self, now: Duration, out: &mut Vec<Step>) {
        let Some(outstanding) = &mut self.outstanding else { return };
        match outstanding.tick(now) {
            Ok(packet) => out.extend(packet.map(Step::Send)),
            Err(()) => {
                let refused = match &self.state {
                    State::Refused { error, .. } => AuthenticationFailure::Refused(*error),
                    _ => AuthenticationFailure::TimedOut,
                };
                self.fail(refused, out);
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.outstanding.as_ref().map(Outstanding::deadline)
    }

    fn challenge(&mut self, now: Duration, rng: &mut dyn FnMut(&mut [u8]), out: &mut Vec<Step>) {
        let mut challenge = [0; 16];
        rng(&mut challenge);
        self.next_identifier();
        self.inner = self.identifier;
        let data = with_name(&challenge, &self.config.name);
        self.state = State::Challenged { challenge };
        self.inner_request(OpCode::CHALLENGE, &data, now, out);
    }

    fn inner(&mut self, inner: Inner<'_>, answered: &[u8], out: &mut Vec<Step>) {
        let follows = inner.identifier == self.inner || inner.identifier == self.inner.wrapping_add(1);
        match (&self.state, inner.op_code) {
            (State::Challenged { challenge }, OpCode::RESPONSE) if inner.identifier == self.inner => {
                self.response(*challenge, inner, out);
            }
            (State::Refused { challenge, next: Next::Response, .. }, OpCode::RESPONSE) if follows => {
                self.response(*challenge, inner, out);
            }
            (
                State::Refused { challenge, next: Next::ChangePassword { name }, .. },
                OpCode::CHANGE_PASSWORD,
            ) if follows => {
                if let Ok(proof) = change_proof(*challenge, inner.data) {
                    self.ask(inner.identifier, name.clone(), proof, out);
                }
            }
            (State::Refused { error, .. }, OpCode::FAILURE) => {
                self.fail(AuthenticationFailure::Refused(*error), out);
            }
            (State::Proved { .. }, OpCode::SUCCESS) => {
                let accepted = State::Accepted { answered: answered.to_vec() };
                let State::Proved { success } = core::mem::replace(&mut self.state, accepted) else { return };
                self.outstanding = None;
                out.push(Step::Send(end(SUCCESS, self.identifier)));
                out.push(Step::Succeeded(success));
            }
            _ => {}
        }
    }

    fn response(&mut self, challenge: [u8; 16], inner: Inner<'_>, out: &mut Vec<Step>) {
        let Ok((value, name)) = value_and_name(inner.data) else { return };
        let Ok(proof) = Challenge::V2(challenge).proof(inner.identifier, value) else { return };
        self.ask(inner.identifier, name.to_vec(), proof, out);
    }

    fn ask(&mut self, inner: u8, name: Vec<u8>, proof: Proof, out: &mut Vec<Step>) {
        self.inner = inner;
        self.token = self.token.wrapping_add(1);
        self.outstanding = None;
        let request = Box::new(AuthenticationRequest { name: name.clone(), proof });
        self.state = State::Judging { name };
        out.push(Step::Ask { token: self.token, request });
    }

    fn accept(&mut self, acceptance: Acceptance, name: Vec<u8>, now: Duration, out: &mut Vec<Step>) {
        let Acceptance { authenticator_response, keys, grant } = acceptance;
        let Some(response) = authenticator_response else {
            return self.fail(AuthenticationFailure::Impostor, out);
        };
        self.state = State::Proved { success: Box::new(Success { name, keys, grant }) };
        self.next_identifier();
        self.inner_request(OpCode::SUCCESS, &texts::success(&response), now, out);
    }

    fn refuse(
        &mut self,
        error: MsChapError,
        retry: bool,
        name: Vec<u8>,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        let left = self.config.retries.checked_sub(1).filter(|_| retry);
        let next = match error {
            MsChapError::PasswordExpired => Next::ChangePassword { name },
            _ if left.is_some() => Next::Response,
            _ => Next::Nothing,
        };
        let retry = next == Next::Response;
        let Challenge::V2(challenge) = Challenge::random(Algorithm::V2, rng) else { return };
        let text = Failure { error, retry, challenge: Some(texts::Challenge::Bytes(&challenge)), version: 3 };
        let text = text.to_text();
        if next != Next::Nothing {
            self.config.retries = left.unwrap_or(0);
            out.push(Step::Refused(error));
        }
        self.state = State::Refused { error, challenge, next };
        self.next_identifier();
        self.inner_request(OpCode::FAILURE, &text, now, out);
    }

    fn fail(&mut self, failure: AuthenticationFailure, out: &mut Vec<Step>) {
        self.state = State::Over;
        self.outstanding = None;
        out.push(Step::Send(end(FAILURE, self.identifier)));
        out.push(Step::Failed(failure));
    }

    const fn next_identifier(&mut self) {
        self.identifier = self.identifier.wrapping_add(1);
    }

    fn inner_request(&mut self, op_code: OpCode, data: &[u8], now: Duration, out: &mut Vec<Step>) {
        let inner = Inner { op_code, identifier: self.inner, data };
        self.request(inner.packet(REQUEST, self.identifier), now, out);
    }

    fn request(&mut self, packet: Vec<u8>, now: Duration, out: &mut Vec<Step>) {
        out.push(Step::Send(packet.clone()));
        self.outstanding = Some(Outstanding::new(packet, now));
    }
}

/// A Response of MS-CHAPv2: those to messages of success and failure are an OpCode alone.
fn mschap(data: &[u8]) -> Result<Inner<'_>, lanward_wire::DecodeError> {
    match data {
        [op_code @ (3 | 4)] => Ok(Inner { op_code: OpCode(*op_code), identifier: 0, data: &[] }),
        _ => Inner::decode(data),
    }
}
