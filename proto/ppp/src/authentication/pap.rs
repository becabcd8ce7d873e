//! PAP (RFC 1334, 2), both sides: the password goes in the clear.

use super::chap_authenticator::packet_bytes;
use super::exchange::Outstanding;
use super::{
    AuthenticationFailure, AuthenticationRequest, AuthenticatorConfig, Credentials, Grant, LONGEST_NAME,
    MsChapError, Proof, Step, Success, Verdict,
};
use crate::packet::{Code, Packet};
use core::time::Duration;
use lanward_wire::{DecodeError, Reader};
use zeroize::Zeroizing;

const REQUEST: Code = Code(1);
const ACK: Code = Code(2);
const NAK: Code = Code(3);

/// RFC 1334, 2.2.1: who, and the password.
fn peer_and_password(data: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let mut r = Reader::new(data);
    let length = usize::from(r.u8("Peer-ID Length")?);
    let peer = r.bytes(length, "Peer-ID")?;
    let length = usize::from(r.u8("Passwd-Length")?);
    let password = r.bytes(length, "Password")?;
    Ok((peer, password))
}

/// The server's side.
#[derive(Debug)]
pub(super) struct PapAuthenticator {
    config: AuthenticatorConfig,
    token: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Waiting,
    Judging { packet: Zeroizing<Vec<u8>>, name: Vec<u8>, identifier: u8 },
    Accepted { answered: Zeroizing<Vec<u8>>, ack: Vec<u8> },
    Over,
}

impl PapAuthenticator {
    pub(super) const fn new(config: AuthenticatorConfig) -> Self {
        Self { config, token: 0, state: State::Waiting }
    }

    pub(super) fn receive(&mut self, packet: &Packet<'_>, out: &mut Vec<Step>) {
        let bytes = Zeroizing::new(packet_bytes(packet));
        match &self.state {
            State::Waiting if packet.code == REQUEST => {}
            State::Accepted { answered, ack } if *answered == bytes => {
                out.push(Step::Send(ack.clone()));
                return;
            }
            _ => return,
        }
        let Ok((name, password)) = peer_and_password(packet.data) else { return };
        self.token = self.token.wrapping_add(1);
        let proof = Proof::Pap { password: Zeroizing::new(password.to_vec()) };
        let request = Box::new(AuthenticationRequest { name: name.to_vec(), proof });
        out.push(Step::Ask { token: self.token, request });
        self.state = State::Judging { packet: bytes, name: name.to_vec(), identifier: packet.identifier };
    }

    pub(super) fn verdict(&mut self, token: u32, verdict: Verdict, out: &mut Vec<Step>) {
        if token != self.token || !matches!(self.state, State::Judging { .. }) {
            return;
        }
        let State::Judging { packet, name, identifier } = core::mem::replace(&mut self.state, State::Over)
        else {
            return;
        };
        // Msg-Length, and no message.
        let answer = |code| packet_bytes(&Packet { code, identifier, data: &[0] });
        match verdict {
            Verdict::Accepted(acceptance) => {
                let ack = answer(ACK);
                out.push(Step::Send(ack.clone()));
                self.state = State::Accepted { answered: packet, ack };
                out.push(Step::Succeeded(Box::new(Success { name, keys: None, grant: acceptance.grant })));
            }
            Verdict::Refused { error, retry } => {
                out.push(Step::Send(answer(NAK)));
                match self.config.retries.checked_sub(1).filter(|_| retry) {
                    Some(left) => {
                        self.config.retries = left;
                        self.state = State::Waiting;
                        out.push(Step::Refused(error));
                    }
                    None => out.push(Step::Failed(AuthenticationFailure::Refused(error))),
                }
            }
        }
    }
}

/// The client's side.
#[derive(Debug)]
pub(super) struct PapAuthenticatee {
    credentials: Credentials,
    identifier: u8,
    outstanding: Option<Outstanding>,
}

impl PapAuthenticatee {
    pub(super) const fn new(credentials: Credentials) -> Self {
        Self { credentials, identifier: 1, outstanding: None }
    }

    pub(super) fn start(&mut self, now: Duration, out: &mut Vec<Step>) {
        let name = self.credentials.name();
        let password = Zeroizing::new(self.credentials.password().to_string_lossy().into_bytes());
        let (Ok(name_length), Ok(length)) = (u8::try_from(name.len()), u8::try_from(password.len())) else {
            let refused = MsChapError::AuthenticationFailure;
            out.push(Step::Failed(AuthenticationFailure::Refused(refused)));
            return;
        };
        let data = Zeroizing::new([&[name_length], name, &[length], &password].concat());
        let packet = packet_bytes(&Packet { code: REQUEST, identifier: self.identifier, data: &data });
        out.push(Step::Send(packet.clone()));
        self.outstanding = Some(Outstanding::new(packet, now));
    }

    pub(super) fn receive(&mut self, packet: &Packet<'_>, out: &mut Vec<Step>) {
        if self.outstanding.is_none() || packet.identifier != self.identifier {
            return;
        }
        let step = match packet.code {
            ACK => {
                let name = self.credentials.name().to_vec();
                Step::Succeeded(Box::new(Success { name, keys: None, grant: Grant::default() }))
            }
            NAK => Step::Failed(AuthenticationFailure::Refused(MsChapError::AuthenticationFailure)),
            _ => return,
        };
        self.outstanding = None;
        out.push(step);
    }

    pub(super) fn tick(&mut self, now: Duration, out: &mut Vec<Step>) {
        let Some(outstanding) = &mut self.outstanding else { return };
        match outstanding.tick(now) {
            Ok(packet) => out.extend(packet.map(Step::Send)),
            Err(()) => {
                self.outstanding = None;
                out.push(Step::Failed(AuthenticationFailure::TimedOut));
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.outstanding.as_ref().map(Outstanding::deadline)
    }
}

const _: () = assert!(LONGEST_NAME >= 255, "a name of PAP is a name");
