use core::net::Ipv4Addr;
use core::time::Duration;

use lanward_wire::{Encode, Reader};

use super::accounts::judge;
use super::echo_request;
use super::pair::random_bytes;
use crate::authentication::{AuthenticationRequest, Credentials, MsChapError, Verdict};
use crate::control::{
    ControlMessage, ControlMessageType, GeneralError, OutgoingCallReply, OutgoingCallReplyResult, StartReply,
    StartReplyResult,
};
use crate::control_connection::{Admission, ControlConfig, ControlConnection};
use crate::gre::GreHeader;
use crate::link::{LinkConfig, LinkEvent};
use crate::tunnel::{CallKey, CloseReason, Tunnel, TunnelConfig, TunnelEvent};

/// What a server's end calls its calls, and a client's its own.
const CALL_ID: u16 = 0x5e12;

/// Any bytes as what happens to the server's end of a tunnel: octets of the connection, messages that are nearly right, GRE packets, time, verdicts and
/// what its owner does.
///
/// # Panics
/// Where something does not hold: more is kept or sent than may be, the end does not come, or something follows it.
pub fn server_tunnel(bytes: &[u8]) {
    let admission = Admission::Accept;
    let config = TunnelConfig { most_calls: 2, ..TunnelConfig::new("lanward") };
    run(Tunnel::accept(config, admission, Duration::ZERO), bytes);
}

/// The same to the client's end.
///
/// # Panics
/// Likewise.
pub fn client_tunnel(bytes: &[u8]) {
    let link = LinkConfig::client(Credentials::new("User", "clientPass"));
    run(Tunnel::originate(TunnelConfig::new("client"), CALL_ID, link, Duration::ZERO), bytes);
}

fn run(tunnel: Tunnel, bytes: &[u8]) {
    let mut world = World {
        tunnel,
        now: Duration::ZERO,
        random: 7,
        asked: Vec::new(),
        calls: Vec::new(),
        closed: false,
        sequence: 0,
    };
    let mut r = Reader::new(bytes);
    while let Ok(op) = r.u8("op") {
        let len = usize::from(r.u8("length").unwrap_or(0)).min(r.remaining());
        let argument = r.bytes(len, "argument").unwrap_or_default();
        world.act(op, argument);
    }
    world.peer_is_gone();
}

/// One end, and all it does to the outside.
struct World {
    tunnel: Tunnel,
    now: Duration,
    random: u64,
    /// Questions that are not answered.
    asked: Vec<(CallKey, u32, AuthenticationRequest)>,
    calls: Vec<CallKey>,
    closed: bool,
    /// The next number of a GRE packet that is in order.
    sequence: u32,
}

impl World {
    fn act(&mut self, op: u8, argument: &[u8]) {
        let first = argument.first().copied().unwrap_or(0);
        match op & 15 {
            0 => self.receive_tcp(argument),
            1..=3 => {
                let message = message(u16::from(op >> 4), argument);
                self.receive_tcp(&message);
            }
            4 => self.receive_gre(argument.to_vec()),
            5..=7 => {
                let step = if op & 15 == 5 { u32::from(op >> 4) } else { 1 };
                self.sequence = self.sequence.wrapping_add(step);
                self.receive_gre(frame(self.sequence, argument));
            }
            8 | 9 => self.pass(Duration::from_millis(u64::from(first).saturating_mul(u64::from(op >> 4)))),
            10 => self.answer(first),
            11 => {
                let now = self.now;
                self.tunnel.tcp_sent(usize::from(first), now);
            }
            12 => self.send(first),
            13 => {
                if let Some(call) = self.calls.first().copied() {
                    self.call(0, |tunnel, now, rng, out| {
                        tunnel.close_call(call, CloseReason::Local, now, rng, out);
                    });
                }
            }
            14 if first > 250 => self.call(0, |tunnel, now, rng, out| {
                tunnel.stop(CloseReason::Shutdown, now, rng, out);
            }),
            15 if first > 250 => self.call(0, |tunnel, now, _, out| tunnel.tcp_lost(now, out)),
            _ => self.pass(Duration::from_millis(1)),
        }
    }

    fn receive_tcp(&mut self, octets: &[u8]) {
        self.call(octets.len(), |tunnel, now, rng, out| tunnel.receive_tcp(octets, now, rng, out));
    }

    fn receive_gre(&mut self, mut packet: Vec<u8>) {
        let len = packet.len();
        self.call(len, |tunnel, now, rng, out| {
            if let Some((_, range)) = tunnel.receive_gre(&mut packet, now, rng, out) {
                assert!(packet.get(range).is_some_and(|ip| !ip.is_empty()), "a packet that is not there");
            }
        });
    }

    fn answer(&mut self, how: u8) {
        let Some((call, token, request)) = self.asked.pop() else { return };
        let verdict = match how & 3 {
            0 => Verdict::Refused { error: MsChapError::AuthenticationFailure, retry: how & 4 == 0 },
            1 => Verdict::Refused { error: MsChapError::PasswordExpired, retry: true },
            _ => judge(&request, "clientPass", Ipv4Addr::new(10, 99, 0, 7)),
        };
        self.call(0, |tunnel, now, rng, out| tunnel.authenticated(call, token, verdict, now, rng, out));
    }

    fn send(&mut self, len: u8) {
        let (from, to) = (Ipv4Addr::new(10, 99, 0, 1), Ipv4Addr::new(10, 99, 0, 7));
        let packet = echo_request(from, to, usize::from(len));
        let mut out = Vec::new();
        for call in self.calls.clone() {
            if self.tunnel.send_ip(call, &packet, self.now, &mut out).is_err() {
                assert!(out.is_empty(), "what cannot be sent is not");
            }
            out.clear();
        }
    }

    /// Time passes, by no more than to the next deadline at a time.
    fn pass(&mut self, time: Duration) {
        let until = self.now.saturating_add(time);
        for _ in 0..100_000 {
            let Some(next) = self.tunnel.deadline().filter(|next| *next <= until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            self.call(0, |tunnel, now, rng, out| tunnel.tick(now, rng, out));
            let after = self.tunnel.deadline();
            assert!(after.is_none_or(|deadline| deadline > self.now), "a tick leaves its work undone");
        }
        assert!(self.tunnel.deadline().is_none_or(|next| next > until), "it never rests");
    }

    /// A peer that says nothing any more is given up, whatever came before.
    fn peer_is_gone(&mut self) {
        self.pass(Duration::from_secs(600));
        assert!(self.closed, "a tunnel whose peer is gone goes on: {:?}", self.tunnel.state());
        assert_eq!(self.tunnel.deadline(), None, "a tunnel that is over wants to be woken");
        assert_eq!(self.tunnel.calls().count(), 0, "a call is left");
    }

    fn call(
        &mut self,
        received: usize,
        act: impl FnOnce(&mut Tunnel, Duration, &mut dyn FnMut(&mut [u8]), &mut Vec<TunnelEvent>),
    ) {
        let mut events = Vec::new();
        let waiting = self.tunnel.tcp_output().len();
        let random = &mut self.random;
        act(&mut self.tunnel, self.now, &mut |octets| random_bytes(random, octets), &mut events);
        let output = self.tunnel.tcp_output().len();
        assert!(output <= ControlConnection::MAX_OUTPUT, "more waits to be sent than may");
        // What time and this end do is not an answer; what is received leads to little more than itself.
        let said = output.saturating_sub(waiting);
        assert!(
            received == 0 || said <= received.saturating_mul(3).saturating_add(512),
            "{said} octets said"
        );
        assert!(events.len() <= 64, "one thing leads to {} others", events.len());
        let sent: usize = events
            .iter()
            .map(|event| if let TunnelEvent::Gre(packet) = event { packet.len() } else { 0 })
            .sum();
        assert!(
            received == 0 || sent <= received.saturating_mul(3).saturating_add(512),
            "{sent} octets sent"
        );
        self.take(events);
    }

    fn take(&mut self, events: Vec<TunnelEvent>) {
        for event in events {
            assert!(!self.closed, "something follows the end: {event:?}");
            match event {
                TunnelEvent::CallRequested { call, request } => {
                    self.calls.push(call);
                    if request.serial & 7 == 7 {
                        continue;
                    }
                    if request.serial & 7 == 6 {
                        self.call(0, |tunnel, now, _, out| {
                            tunnel.refuse_call(call, request.serial & 8 == 0, now, out);
                        });
                        continue;
                    }
                    let link = LinkConfig::server(b"lanward", Ipv4Addr::new(10, 99, 0, 1));
                    let id =
                        CALL_ID.wrapping_add(u16::try_from(self.calls.len()).unwrap_or(1)).wrapping_sub(1);
                    self.call(0, |tunnel, now, rng, out| {
                        tunnel.accept_call(call, id, link, now, rng, out);
                    });
                }
                TunnelEvent::CallConnected { call } => self.calls.push(call),
                TunnelEvent::Gre(packet) => {
                    assert!(GreHeader::decode(&packet).is_ok(), "a packet that nobody reads: {packet:x?}");
                }
                TunnelEvent::Ip { packet, .. } => assert!(!packet.is_empty(), "an empty packet"),
                TunnelEvent::Link { call, event: LinkEvent::Authenticate { token, request } } => {
                    self.asked.push((call, token, *request));
                    assert!(self.asked.len() <= 4096, "questions without end");
                }
                TunnelEvent::CallDown { call, .. } => self.calls.retain(|known| *known != call),
                TunnelEvent::Closed(_) => {
                    self.closed = true;
                    assert!(self.calls.is_empty(), "a tunnel ends before its calls");
                }
                TunnelEvent::Established { .. }
                | TunnelEvent::Link { .. }
                | TunnelEvent::GreBlocked { .. } => {}
            }
        }
    }
}

/// A message of this type, right but for what `changes` says: pairs of an offset and an octet.
fn message(control_type: u16, changes: &[u8]) -> Vec<u8> {
    let mut message = match ControlMessageType(control_type) {
        ControlMessageType::START_REPLY => ControlMessage::StartReply(start_reply()).to_bytes(),
        ControlMessageType::OUTGOING_CALL_REPLY => {
            let (result, error) = (OutgoingCallReplyResult::CONNECTED, GeneralError::NONE);
            let reply = OutgoingCallReply::refusal(CALL_ID, result, error);
            ControlMessage::OutgoingCallReply(reply).to_bytes()
        }
        other => {
            let len = other.exact_len().unwrap_or(12);
            let mut message = Vec::with_capacity(len);
            message.extend(u16::try_from(len).unwrap_or(0).to_be_bytes());
            message.extend([0, 1, 0x1a, 0x2b, 0x3c, 0x4d]);
            message.extend(control_type.to_be_bytes());
            // For most messages a version, or an id.
            message.extend([0, 0, 1, 0]);
            message.resize(len, 0);
            message
        }
    };
    for pair in changes.chunks(2) {
        if let [at, octet] = pair
            && let Some(place) = message.get_mut(usize::from(*at))
        {
            *place = *octet;
        }
    }
    message
}

fn start_reply() -> StartReply {
    let request = ControlConfig::new("server").start_request();
    StartReply {
        version: request.version,
        result: StartReplyResult::OK,
        error: GeneralError::NONE,
        sender: request.sender,
    }
}

/// A packet of the call with this number.
pub(super) fn frame(sequence: u32, payload: &[u8]) -> Vec<u8> {
    let header =
        GreHeader { call_id: CALL_ID, sequence: Some(sequence), acknowledgement: None, payload: 0..0 };
    let mut packet = Vec::new();
    header.encode(&mut packet);
    packet.extend_from_slice(payload);
    if let Some(place) = packet.get_mut(4..6) {
        place.copy_from_slice(&u16::try_from(payload.len()).unwrap_or(0).to_be_bytes());
    }
    packet
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// What leads far into a tunnel: a control connection, a call and a link that begins.
    pub(super) const BEGINNING: &[u8] = &[0x11, 0, 0x71, 0, 0x21, 0, 0x81, 0];

    fn bytes_of(operations: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = BEGINNING.to_vec();
        for (op, argument) in operations {
            bytes.extend([*op, u8::try_from(argument.len()).unwrap()]);
            bytes.extend(argument);
        }
        bytes
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            super::server_tunnel(&bytes);
            super::client_tunnel(&bytes);
        }

        #[test]
        fn any_operations(
            operations in proptest::collection::vec(
                (any::<u8>(), prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..40),
                    Just(vec![0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4]),
                    Just(vec![0xff, 0x03, 0xc0, 0x21, 2, 1, 0, 4]),
                    Just(vec![0xff, 0x03, 0xc0, 0x21, 5, 1, 0, 4]),
                    Just(vec![0xff, 0x03, 0xc2, 0x23, 1, 1, 0, 4]),
                ]),
                0..40,
            ),
        ) {
            let bytes = bytes_of(&operations);
            super::server_tunnel(&bytes);
            super::client_tunnel(&bytes);
        }
    }
}
