use core::net::Ipv4Addr;
use core::ops::Range;
use core::time::Duration;
use std::collections::VecDeque;

use super::accounts::judge;
use crate::link::{Addresses, CloseReason, Link, LinkConfig, LinkEvent};

/// The place of the server in a [`Pair`]; the client has the other one.
pub(crate) const SERVER: usize = 0;

/// What a server and a client of the same link have to say to each other, over a net that loses some of it, on a clock of its own.
pub(crate) struct Pair {
    pub(crate) ends: [End; 2],
    pub(crate) now: Duration,
    /// Everybody's password, as the server's accounts have it.
    pub(crate) password: String,
    /// How long a verdict takes.
    pub(crate) thinks: Duration,
    /// Of a thousand frames, how many are lost.
    pub(crate) loss: u64,
    /// Frames in both directions so far.
    pub(crate) frames: usize,
    random: u64,
    verdicts: VecDeque<(Duration, u32, crate::authentication::Verdict)>,
}

/// One end, and what it was told.
pub(crate) struct End {
    pub(crate) link: Link,
    /// Frames on their way to it, and how many are missing before each.
    incoming: VecDeque<(Duration, u32, Vec<u8>)>,
    lost: u32,
    /// Packets that arrived.
    pub(crate) packets: Vec<Vec<u8>>,
    pub(crate) up: Option<Addresses>,
    pub(crate) ipv6: bool,
    pub(crate) down: Option<CloseReason>,
    /// Every frame it has sent.
    pub(crate) sent: Vec<Vec<u8>>,
}

/// How long a frame takes.
const DELAY: Duration = Duration::from_millis(20);

pub(super) fn random_bytes(state: &mut u64, bytes: &mut [u8]) {
    for byte in bytes {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = state.to_be_bytes().first().copied().unwrap_or_default();
    }
}

impl Pair {
    pub(crate) fn new(server: LinkConfig, client: LinkConfig, seed: u64) -> Self {
        let mut random = seed;
        let mut events = [Vec::new(), Vec::new()];
        let mut rng = |bytes: &mut [u8]| random_bytes(&mut random, bytes);
        let [to_server, to_client] = &mut events;
        let mut end = |config, events: &mut Vec<LinkEvent>| End {
            link: Link::new(config, Duration::ZERO, &mut rng, events),
            incoming: VecDeque::new(),
            lost: 0,
            packets: Vec::new(),
            up: None,
            ipv6: false,
            down: None,
            sent: Vec::new(),
        };
        let ends = [end(server, to_server), end(client, to_client)];
        let mut pair = Self {
            ends,
            now: Duration::ZERO,
            password: "clientPass".to_owned(),
            thinks: DELAY,
            loss: 0,
            frames: 0,
            random,
            verdicts: VecDeque::new(),
        };
        for (place, events) in events.into_iter().enumerate() {
            pair.take(place, events);
        }
        pair
    }

    /// Goes on until nothing more happens before `until`, or `done` says so.
    pub(crate) fn run(&mut self, until: Duration, mut done: impl FnMut(&Self) -> bool) {
        while !done(self) {
            let arrivals = self.ends.iter().filter_map(|end| Some(end.incoming.front()?.0));
            let ticks = self.ends.iter().filter_map(|end| end.link.deadline());
            let verdict = self.verdicts.front().map(|(at, ..)| *at);
            let Some(next) = arrivals.chain(ticks).chain(verdict).min().filter(|next| *next <= until) else {
                break;
            };
            self.now = self.now.max(next);
            self.step();
        }
    }

    fn step(&mut self) {
        let now = self.now;
        if let Some((_, token, verdict)) = self.verdicts.pop_front_if(|(at, ..)| *at <= now) {
            self.call(SERVER, |link, now, rng, events| link.authenticated(token, verdict, now, rng, events));
        }
        for place in [SERVER, SERVER ^ 1] {
            let Some(end) = self.ends.get_mut(place) else { continue };
            if let Some((_, lost, mut frame)) = end.incoming.pop_front_if(|(at, ..)| *at <= now) {
                let mut inner = None;
                self.call(place, |link, now, rng, events| {
                    inner = link.receive(&mut frame, lost, now, rng, events);
                });
                if let (Some(range), Some(end)) = (inner, self.ends.get_mut(place)) {
                    let packet: Option<&[u8]> = frame.get(Range { ..range });
                    end.packets.extend(packet.map(<[u8]>::to_vec));
                }
            }
            if self
                .ends
                .get(place)
                .and_then(|end| end.link.deadline())
                .is_some_and(|deadline| deadline <= now)
            {
                self.call(place, |link, now, rng, events| link.tick(now, rng, events));
                let after = self.ends.get(place).and_then(|end| end.link.deadline());
                assert!(after.is_none_or(|deadline| deadline > now), "a tick leaves its work undone");
            }
        }
    }

    /// Does something with one end's link, and what it wants done.
    pub(crate) fn call(
        &mut self,
        place: usize,
        act: impl FnOnce(&mut Link, Duration, &mut dyn FnMut(&mut [u8]), &mut Vec<LinkEvent>),
    ) {
        let (now, random) = (self.now, &mut self.random);
        let mut events = Vec::new();
        if let Some(end) = self.ends.get_mut(place) {
            act(&mut end.link, now, &mut |bytes| random_bytes(random, bytes), &mut events);
        }
        self.take(place, events);
    }

    /// Sends a packet of IP from one end.
    pub(crate) fn send(&mut self, place: usize, packet: &[u8]) -> bool {
        let Some(end) = self.ends.get_mut(place) else { return false };
        let mut frame = Vec::new();
        let sent = end.link.send_ip(packet, self.now, &mut frame).is_ok();
        if sent {
            self.deliver(place, frame);
        }
        sent
    }

    /// Puts a frame on its way from one end, whoever made it.
    pub(crate) fn deliver(&mut self, from: usize, frame: Vec<u8>) {
        self.frames = self.frames.saturating_add(1);
        let mut dice = [0; 4];
        random_bytes(&mut self.random, &mut dice);
        let lost = u64::from(u32::from_be_bytes(dice)).checked_rem(1000).unwrap_or(0) < self.loss;
        let arrives = self.now.saturating_add(DELAY);
        let Some(to) = self.ends.get_mut(from ^ 1) else { return };
        if lost {
            to.lost = to.lost.saturating_add(1);
        } else {
            to.incoming.push_back((arrives, core::mem::take(&mut to.lost), frame));
        }
    }

    fn take(&mut self, place: usize, events: Vec<LinkEvent>) {
        for event in events {
            let Some(end) = self.ends.get_mut(place) else { return };
            assert_eq!(end.down, None, "something follows the end: {event:?}");
            match event {
                LinkEvent::Send(frame) => {
                    end.sent.push(frame.clone());
                    self.deliver(place, frame);
                }
                LinkEvent::Authenticate { token, request } => {
                    assert_eq!(place, SERVER, "a client asks nobody");
                    let verdict = judge(&request, &self.password, Ipv4Addr::new(10, 99, 0, 7));
                    self.verdicts.push_back((self.now.saturating_add(self.thinks), token, verdict));
                }
                LinkEvent::Authenticated | LinkEvent::Identified(_) => {}
                LinkEvent::Up(addresses) => {
                    assert_eq!(end.up, None, "up twice");
                    end.up = Some(addresses);
                }
                LinkEvent::Ipv6Up { .. } => end.ipv6 = true,
                LinkEvent::Ipv6Down => end.ipv6 = false,
                LinkEvent::Down(reason) => {
                    end.down = Some(reason);
                    assert_eq!(end.link.deadline(), None, "a link that is gone wants to be woken");
                }
            }
        }
    }
}

/// A packet of IPv4 with an echo request of ICMP and so many bytes more, its header's checksum as it must be.
pub(crate) fn echo_request(from: Ipv4Addr, to: Ipv4Addr, more: usize) -> Vec<u8> {
    let length = u16::try_from(more.saturating_add(28)).unwrap_or(u16::MAX);
    let mut packet = vec![0x45, 0];
    packet.extend_from_slice(&length.to_be_bytes());
    packet.extend_from_slice(&[0, 1, 0, 0, 64, 1, 0, 0]);
    packet.extend_from_slice(&from.octets());
    packet.extend_from_slice(&to.octets());
    let words = packet.as_chunks::<2>().0.iter().map(|word| u32::from(u16::from_be_bytes(*word)));
    let sum = words.fold(0, u32::saturating_add);
    let folded = u16::try_from((sum & 0xffff).saturating_add(sum >> 16)).unwrap_or(0);
    if let Some(place) = packet.get_mut(10..12) {
        place.copy_from_slice(&(!folded).to_be_bytes());
    }
    packet.extend_from_slice(&[8, 0, 0, 0, 0, 1, 0, 1]);
    packet.resize(usize::from(length), 0xa5);
    packet
}
