use super::exchange::{Algorithm, Challenge, Outstanding, change_proof, value_and_name, with_name};
use super::texts::{self, Failure};
use super::{
    Acceptance, AuthenticationFailure, AuthenticationRequest, AuthenticatorConfig, MsChapError, Proof, Step,
    Success, Verdict,
};
use crate::packet::{Code, Packet};
use core::time::Duration;

/// RFC 1994, 4.1 and 4.2; RFC 2759, 7.
pub(super) const CHALLENGE: Code = Code(1);
pub(super) const RESPONSE: Code = Code(2);
pub(super) const SUCCESS: Code = Code(3);
pub(super) const FAILURE: Code = Code(4);
pub(super) const CHANGE_PASSWORD: Code = Code(7);

/// The server's side of CHAP.
#[derive(Debug)]
pub(super) struct ChapAuthenticator {
    algorithm: Algorithm,
    config: AuthenticatorConfig,
    /// Of the packet that was sent last.
    identifier: u8,
    token: u32,
    succeeded: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    Idle,
    /// A Challenge waits for its Response.
    Challenged {
        challenge: Challenge,
        outstanding: Outstanding,
    },
    /// A Response waits for its verdict.
    Judging {
        packet: Vec<u8>,
        name: Vec<u8>,
    },
    /// A Failure was sent, and another try may follow, or a new password.
    Refused {
        answered: Vec<u8>,
        failure: Vec<u8>,
        challenge: Challenge,
        change_as: Option<Vec<u8>>,
    },
    /// A Success was sent, in answer to this.
    Accepted {
        answered: Vec<u8>,
        success: Vec<u8>,
    },
    Over,
}

impl ChapAuthenticator {
    pub(super) fn new(algorithm: Algorithm, config: AuthenticatorConfig) -> Self {
        Self { algorithm, config, identifier: 0, token: 0, succeeded: false, state: State::Idle }
    }

    pub(super) fn challenge(&mut self, now: Duration, rng: &mut dyn FnMut(&mut [u8]), out: &mut Vec<Step>) {
        if !matches!(self.state, State::Idle | State::Accepted { .. }) {
            return;
        }
        let mut first = [0];
        rng(&mut first);
        let [first] = first;
        self.identifier = if self.token == 0 { first } else { self.identifier.wrapping_add(1) };
        let challenge = Challenge::random(self.algorithm, rng);
        let packet = self.packet(CHALLENGE, &with_name(challenge.bytes(), &self.config.name));
        out.push(Step::Send(packet.clone()));
        self.state = State::Challenged { challenge, outstanding: Outstanding::new(packet, now) };
    }

    pub(super) fn receive(&mut self, packet: &Packet<'_>, out: &mut Vec<Step>) {
        let bytes = packet_bytes(packet);
        match (&self.state, packet.code) {
            (State::Challenged { challenge, .. }, RESPONSE) if packet.identifier == self.identifier => {
                self.response(*challenge, packet, bytes, out);
            }
            (State::Refused { answered, failure, .. }, _) if *answered == bytes => {
                out.push(Step::Send(failure.clone()));
            }
            (State::Refused { challenge, change_as: None, .. }, RESPONSE) if self.follows(packet) => {
                self.response(*challenge, packet, bytes, out);
            }
            (
                State::Refused { challenge: Challenge::V2(challenge), change_as: Some(name), .. },
                CHANGE_PASSWORD,
            ) if self.follows(packet) => {
                if let Ok(proof) = change_proof(*challenge, packet.data) {
                    let name = name.clone();
                    self.ask(packet.identifier, name, proof, bytes, out);
                }
            }
            // The peer has not seen it.
            (State::Accepted { answered, success }, _) if *answered == bytes => {
                out.push(Step::Send(success.clone()));
            }
            _ => {}
        }
    }

    pub(super) fn verdict(
        &mut self,
        token: u32,
        verdict: Verdict,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        if token != self.token || !matches!(self.state, State::Judging { .. }) {
            return;
        }
        let State::Judging { packet, name } = core::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        match verdict {
            Verdict::Accepted(acceptance) => self.accept(*acceptance, packet, name, out),
            Verdict::Refused { error, retry } => self.refuse(error, retry, packet, name, rng, out),
        }
    }

    pub(super) fn tick(&mut self, now: Duration, out: &mut Vec<Step>) {
        let State::Challenged { outstanding, .. } = &mut self.state else { return };
        match outstanding.tick(now) {
            Ok(packet) => out.extend(packet.map(Step::Send)),
            Err(()) => {
                self.state = State::Over;
                out.push(Step::Failed(AuthenticationFailure::TimedOut));
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Challenged { outstanding, .. } => Some(outstanding.deadline()),
            _ => None,
        }
    }

    /// Whether a packet has the identifier of the Failure it follows, or the one after it: clients do either.
    fn follows(&self, packet: &Packet<'_>) -> bool {
        packet.identifier == self.identifier || packet.identifier == self.identifier.wrapping_add(1)
    }

    fn response(&mut self, challenge: Challenge, packet: &Packet<'_>, bytes: Vec<u8>, out: &mut Vec<Step>) {
        let Ok((value, name)) = value_and_name(packet.data) else { return };
        let Ok(proof) = challenge.proof(packet.identifier, value) else { return };
        self.ask(packet.identifier, name.to_vec(), proof, bytes, out);
    }

    fn ask(&mut self, identifier: u8, name: Vec<u8>, proof: Proof, packet: Vec<u8>, out: &mut Vec<Step>) {
        self.identifier = identifier;
        self.token = self.token.wrapping_add(1);
        let request = Box::new(AuthenticationRequest { name: name.clone(), proof });
        self.state = State::Judging { packet, name };
        out.push(Step::Ask { token: self.token, request });
    }

    fn accept(&mut self, acceptance: Acceptance, answered: Vec<u8>, name: Vec<u8>, out: &mut Vec<Step>) {
        let Acceptance { authenticator_response, keys, grant } = acceptance;
        let text = match (self.algorithm, authenticator_response) {
            (Algorithm::V2, Some(response)) => texts::success(&response),
            // Who judged has proved nothing: the client would go away.
            (Algorithm::V2, None) => {
                out.push(Step::Failed(AuthenticationFailure::Impostor));
                return;
            }
            (Algorithm::Md5 | Algorithm::V1, _) => Vec::new(),
        };
        let success = self.packet(SUCCESS, &text);
        out.push(Step::Send(success.clone()));
        self.state = State::Accepted { answered, success };
        if !self.succeeded {
            self.succeeded = true;
            out.push(Step::Succeeded(Box::new(Success { name, keys, grant })));
        }
    }

    fn refuse(
        &mut self,
        error: MsChapError,
        retry: bool,
        answered: Vec<u8>,
        name: Vec<u8>,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        let change = self.algorithm == Algorithm::V2 && error == MsChapError::PasswordExpired;
        let change_as = Some(name).filter(|_| change && !self.succeeded);
        let left = self.config.retries.checked_sub(1).filter(|_| retry && !self.succeeded && !change);
        let challenge = Challenge::random(self.algorithm, rng);
        let text = match self.algorithm {
            Algorithm::Md5 => Vec::new(),
            Algorithm::V1 | Algorithm::V2 => Failure {
                error,
                retry: left.is_some(),
                challenge: Some(texts::Challenge::Bytes(challenge.bytes())),
                version: if self.algorithm == Algorithm::V2 { 3 } else { 0 },
            }
            .to_text(),
        };
        let failure = self.packet(FAILURE, &text);
        out.push(Step::Send(failure.clone()));
        let again = left.is_some() && self.algorithm != Algorithm::Md5;
        if !again && change_as.is_none() {
            out.push(Step::Failed(AuthenticationFailure::Refused(error)));
            return;
        }
        self.config.retries = left.unwrap_or(0);
        self.state = State::Refused { answered, failure, challenge, change_as };
        out.push(Step::Refused(error));
    }

    fn packet(&self, code: Code, data: &[u8]) -> Vec<u8> {
        packet_bytes(&Packet { code, identifier: self.identifier, data })
    }
}

/// A packet as it is sent. None here is longer than any length can say.
pub(super) fn packet_bytes(packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(packet.data.len().saturating_add(4));
    packet.encode(&mut bytes);
    bytes
}
