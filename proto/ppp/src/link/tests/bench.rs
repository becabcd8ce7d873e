//! One end of a link, and a peer whose every frame is written by hand.

use super::*;
use crate::authentication::{Acceptance, AuthenticationRequest, Grant};
use lanward_auth::NtHash;
use lanward_auth::mschap::{MasterKey, MppeKeys};

pub(super) struct Bench {
    pub(super) link: Link,
    pub(super) now: Duration,
    pub(super) down: Option<CloseReason>,
    pub(super) up: Option<Addresses>,
    pub(super) asked: Vec<(u32, Box<AuthenticationRequest>)>,
    random: u8,
}

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// A frame with a packet of a control protocol.
pub(super) fn frame(protocol: Protocol, code: u8, identifier: u8, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xff, 0x03];
    frame.extend_from_slice(&protocol.0.to_be_bytes());
    frame.extend_from_slice(&[code, identifier]);
    frame.extend_from_slice(&u16::try_from(data.len() + 4).unwrap().to_be_bytes());
    frame.extend_from_slice(data);
    frame
}

/// What a frame carries: its protocol, and the packet's code, identifier and data.
pub(super) fn parts(frame: &[u8]) -> (Protocol, u8, u8, &[u8]) {
    let (protocol, start) = split_frame(frame).unwrap();
    let packet = Packet::decode(&frame[start..]).unwrap();
    (protocol, packet.code.0, packet.identifier, packet.data)
}

impl Bench {
    /// An end that has sent its first request, which is what else comes back.
    pub(super) fn new(config: LinkConfig) -> (Self, Vec<u8>) {
        let mut random = 0;
        let mut events = Vec::new();
        let link = Link::new(config, Duration::ZERO, &mut |bytes| fill(&mut random, bytes), &mut events);
        let mut bench = Self { link, now: Duration::ZERO, down: None, up: None, asked: Vec::new(), random };
        let frames = bench.take(events);
        assert_eq!(frames.len(), 1);
        (bench, frames.into_iter().next().unwrap())
    }

    /// The frames one frame of the peer's leads to.
    pub(super) fn feed(&mut self, frame: &[u8]) -> Vec<Vec<u8>> {
        let mut frame = frame.to_vec();
        let (now, random) = (self.now, &mut self.random);
        let mut events = Vec::new();
        self.link.receive(&mut frame, 0, now, &mut |bytes| fill(random, bytes), &mut events);
        self.take(events)
    }

    /// The frames that the next thing to do leads to, however late that is.
    pub(super) fn tick(&mut self) -> Vec<Vec<u8>> {
        let Some(deadline) = self.link.deadline() else { return Vec::new() };
        self.now = self.now.max(deadline);
        let (now, random) = (self.now, &mut self.random);
        let mut events = Vec::new();
        self.link.tick(now, &mut |bytes| fill(random, bytes), &mut events);
        self.take(events)
    }

    /// Lets time pass until the link is gone.
    pub(super) fn end(&mut self) -> CloseReason {
        while self.link.deadline().is_some() {
            self.tick();
        }
        self.down.unwrap()
    }

    fn take(&mut self, events: Vec<LinkEvent>) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        for event in events {
            match event {
                LinkEvent::Send(frame) => frames.push(frame),
                LinkEvent::Authenticate { token, request } => self.asked.push((token, request)),
                LinkEvent::Up(addresses) => self.up = Some(addresses),
                LinkEvent::Down(reason) => self.down = Some(reason),
                _ => {}
            }
        }
        frames
    }

    /// LCP is open: the peer asked for `options` and agrees to all it was asked for.
    pub(super) fn establish(config: LinkConfig, options: &[u8]) -> (Self, Vec<Vec<u8>>) {
        let (mut bench, request) = Self::new(config);
        let answer = bench.feed(&frame(Protocol::LCP, 1, 1, options));
        assert_eq!(answer, [frame(Protocol::LCP, 2, 1, options)], "the peer's options are fine");
        let (_, _, identifier, data) = parts(&request);
        let frames = bench.feed(&frame(Protocol::LCP, 2, identifier, data));
        (bench, frames)
    }

    /// A server that has let somebody in; its first requests of the network phase are what else comes back.
    pub(super) fn authenticated(config: LinkConfig) -> (Self, Vec<Vec<u8>>) {
        let (mut bench, challenge) = Self::establish(config, &[5, 6, 9, 9, 9, 9]);
        let (protocol, code, identifier, _) = parts(&challenge[0]);
        assert_eq!((protocol, code), (Protocol::CHAP, 1));
        let mut response = vec![49];
        response.resize(50, 7);
        response.extend_from_slice(b"User");
        bench.feed(&frame(Protocol::CHAP, 2, identifier, &response));
        let (token, _) = bench.asked.pop().unwrap();
        let hash = NtHash::of_password(&"clientPass".into());
        let verdict = Verdict::Accepted(Box::new(Acceptance {
            authenticator_response: Some([1; 20]),
            keys: Some(MppeKeys::v2(&MasterKey::derive(&hash, &[7; 24]))),
            grant: Grant { address: Some(ASSIGNED), ..Grant::default() },
        }));
        let (now, random) = (bench.now, &mut bench.random);
        let mut events = Vec::new();
        bench.link.authenticated(token, verdict, now, &mut |bytes| fill(random, bytes), &mut events);
        let frames = bench.take(events);
        assert_eq!(parts(&frames[0]).1, 3, "success");
        (bench, frames[1..].to_vec())
    }
}

/// 11 22 33 44 and on, so that the first magic number is that of the worked frames.
fn fill(random: &mut u8, bytes: &mut [u8]) {
    for byte in bytes {
        *random = random.wrapping_add(0x11);
        *byte = *random;
    }
}
