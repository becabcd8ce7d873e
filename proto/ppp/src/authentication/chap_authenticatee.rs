use super::chap_authenticator::{CHALLENGE, CHANGE_PASSWORD, FAILURE, RESPONSE, SUCCESS, packet_bytes};
use super::exchange::{Algorithm, Outstanding, value_and_name, with_name};
use super::prover::{Heard, Prover};
use super::texts::Failure;
use super::{AuthenticationFailure, Credentials, Grant, Step, Success};
use crate::packet::{Code, Packet};
use core::time::Duration;

/// The client's side of CHAP.
#[derive(Debug)]
pub(super) struct ChapAuthenticatee {
    prover: Prover,
    /// The Challenge or Failure that was answered last, and with what.
    answered: Option<(Vec<u8>, Vec<u8>)>,
    /// That answer and its identifier, until it was judged: what was sent back may have been lost.
    waiting: Option<(u8, Outstanding)>,
    succeeded: bool,
    over: bool,
}

impl ChapAuthenticatee {
    pub(super) fn new(algorithm: Algorithm, credentials: Credentials) -> Self {
        let prover = Prover::new(algorithm, credentials);
        Self { prover, answered: None, waiting: None, succeeded: false, over: false }
    }

    pub(super) fn receive(
        &mut self,
        packet: &Packet<'_>,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        if self.over {
            return;
        }
        let bytes = packet_bytes(packet);
        if let Some((asked, answer)) = &self.answered
            && *asked == bytes
        {
            out.push(Step::Send(answer.clone()));
            return;
        }
        let waits = self.waiting.as_ref().is_some_and(|(identifier, _)| *identifier == packet.identifier);
        match packet.code {
            CHALLENGE => self.challenge(packet, bytes, now, rng, out),
            SUCCESS if waits => self.success(packet.data, out),
            FAILURE if waits => self.failure(packet, bytes, now, rng, out),
            _ => {}
        }
    }

    pub(super) fn tick(&mut self, now: Duration, out: &mut Vec<Step>) {
        let Some((_, outstanding)) = &mut self.waiting else { return };
        match outstanding.tick(now) {
            Ok(packet) => out.extend(packet.map(Step::Send)),
            Err(()) => self.fail(AuthenticationFailure::TimedOut, out),
        }
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.waiting.as_ref().map(|(_, outstanding)| outstanding.deadline())
    }

    fn challenge(
        &mut self,
        packet: &Packet<'_>,
        bytes: Vec<u8>,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        let Ok((value, _)) = value_and_name(packet.data) else { return };
        match self.prover.respond(packet.identifier, value, rng) {
            Ok(Some(response)) => {
                let data = with_name(&response, self.prover.name());
                self.answer(RESPONSE, packet.identifier, &data, bytes, now, out);
            }
            Ok(None) => {}
            Err(failure) => self.fail(failure, out),
        }
    }

    fn success(&mut self, text: &[u8], out: &mut Vec<Step>) {
        self.waiting = None;
        let keys = match self.prover.check_success(text) {
            Ok(keys) => keys,
            Err(failure) => return self.fail(failure, out),
        };
        if !self.succeeded {
            self.succeeded = true;
            let name = self.prover.name().to_vec();
            out.push(Step::Succeeded(Box::new(Success { name, keys, grant: Grant::default() })));
        }
    }

    fn failure(
        &mut self,
        packet: &Packet<'_>,
        bytes: Vec<u8>,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        match self.prover.hear_failure(&Failure::read(packet.data), rng) {
            Heard::Over(error) => self.fail(AuthenticationFailure::Refused(error), out),
            Heard::Change(data) => {
                let identifier = packet.identifier.wrapping_add(1);
                self.answer(CHANGE_PASSWORD, identifier, &data, bytes, now, out);
            }
        }
    }

    fn answer(
        &mut self,
        code: Code,
        identifier: u8,
        data: &[u8],
        asked: Vec<u8>,
        now: Duration,
        out: &mut Vec<Step>,
    ) {
        let packet = packet_bytes(&Packet { code, identifier, data });
        self.waiting = Some((identifier, Outstanding::new(packet.clone(), now)));
        self.answered = Some((asked, packet.clone()));
        out.push(Step::Send(packet));
    }

    fn fail(&mut self, failure: AuthenticationFailure, out: &mut Vec<Step>) {
        self.over = true;
        self.waiting = None;
        out.push(Step::Failed(failure));
    }
}
