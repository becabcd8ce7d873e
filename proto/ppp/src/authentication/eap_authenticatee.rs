use super::chap_authenticator::packet_bytes;
use super::eap::{FAILURE, IDENTITY, Inner, MSCHAPV2, NAK, NOTIFICATION, OpCode, REQUEST, RESPONSE, typed};
use super::exchange::{Algorithm, value_and_name, with_name};
use super::prover::{Heard, Prover};
use super::texts::Failure;
use super::{AuthenticationFailure, Credentials, Grant, MsChapError, Step, Success};
use crate::packet::Packet;
use lanward_auth::mschap::MppeKeys;

/// The client's side of EAP.
#[derive(Debug)]
pub(super) struct EapAuthenticatee {
    prover: Prover,
    /// The Request that was answered last, and with what.
    answered: Option<(Vec<u8>, Vec<u8>)>,
    /// The identifier within MS-CHAPv2 of what this client responded to, until the server has judged it.
    waiting: Option<u8>,
    /// The server has proved itself; the message of success it ends with is not waited for, as nobody sends it again.
    proved: bool,
    /// What the server refused with.
    refused: Option<MsChapError>,
    over: bool,
}

impl EapAuthenticatee {
    pub(super) fn new(credentials: Credentials) -> Self {
        let prover = Prover::new(Algorithm::V2, credentials);
        Self { prover, answered: None, waiting: None, proved: false, refused: None, over: false }
    }

    pub(super) fn receive(
        &mut self,
        packet: &Packet<'_>,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<Step>,
    ) {
        if self.over {
            return;
        }
        match packet.code {
            REQUEST => self.request(packet, rng, out),
            FAILURE if !self.proved => {
                let error = self.refused.unwrap_or(MsChapError::AuthenticationFailure);
                self.fail(AuthenticationFailure::Refused(error), out);
            }
            _ => {}
        }
    }

    fn request(&mut self, packet: &Packet<'_>, rng: &mut dyn FnMut(&mut [u8]), out: &mut Vec<Step>) {
        let [kind, data @ ..] = packet.data else { return };
        let asked = packet_bytes(packet);
        if let Some((known, answer)) = &self.answered
            && *known == asked
        {
            out.push(Step::Send(answer.clone()));
            return;
        }
        let mut keys = None;
        let answer = match *kind {
            IDENTITY => typed(RESPONSE, packet.identifier, IDENTITY, self.prover.name()),
            NOTIFICATION => typed(RESPONSE, packet.identifier, NOTIFICATION, &[]),
            MSCHAPV2 => {
                let Ok(inner) = Inner::decode(data) else { return };
                match self.inner(inner, packet.identifier, rng, &mut keys) {
                    Ok(Some(answer)) => answer,
                    Ok(None) => return,
                    Err(failure) => return self.fail(failure, out),
                }
            }
            NAK => return,
            _ => typed(RESPONSE, packet.identifier, NAK, &[MSCHAPV2]),
        };
        self.answered = Some((asked, answer.clone()));
        out.push(Step::Send(answer));
        if keys.is_some() {
            self.proved = true;
            let name = self.prover.name().to_vec();
            out.push(Step::Succeeded(Box::new(Success { name, keys, grant: Grant::default() })));
        }
    }

    /// What responds to a packet of MS-CHAPv2. `keys` are set when the server has proved itself.
    fn inner(
        &mut self,
        inner: Inner<'_>,
        identifier: u8,
        rng: &mut dyn FnMut(&mut [u8]),
        keys: &mut Option<MppeKeys>,
    ) -> Result<Option<Vec<u8>>, AuthenticationFailure> {
        let waits = self.waiting == Some(inner.identifier);
        let respond = |op_code, inner, data: &[u8]| {
            Ok(Some(Inner { op_code, identifier: inner, data }.packet(RESPONSE, identifier)))
        };
        match inner.op_code {
            OpCode::CHALLENGE if !self.proved => {
                let Ok((value, _)) = value_and_name(inner.data) else { return Ok(None) };
                let Some(value) = self.prover.respond(inner.identifier, value, rng)? else { return Ok(None) };
                self.waiting = Some(inner.identifier);
                respond(OpCode::RESPONSE, inner.identifier, &with_name(&value, self.prover.name()))
            }
            OpCode::SUCCESS if waits => {
                self.waiting = None;
                *keys = self.prover.check_success(inner.data)?;
                Ok(Some(typed(RESPONSE, identifier, MSCHAPV2, &[OpCode::SUCCESS.0])))
            }
            OpCode::FAILURE if waits => {
                let failure = Failure::read(inner.data);
                self.refused = Some(failure.error);
                match self.prover.hear_failure(&failure, rng) {
                    Heard::Change(data) => {
                        let next = inner.identifier.wrapping_add(1);
                        self.waiting = Some(next);
                        respond(OpCode::CHANGE_PASSWORD, next, &data)
                    }
                    Heard::Over(_) => {
                        self.waiting = None;
                        Ok(Some(typed(RESPONSE, identifier, MSCHAPV2, &[OpCode::FAILURE.0])))
                    }
                }
            }
            _ => Ok(None),
        }
    }

    fn fail(&mut self, failure: AuthenticationFailure, out: &mut Vec<Step>) {
        self.over = true;
        out.push(Step::Failed(failure));
    }
}
