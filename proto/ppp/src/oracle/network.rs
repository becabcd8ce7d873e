use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::BTreeMap;

use super::accounts::judge;
use super::pair::random_bytes;
use crate::authentication::Verdict;
use crate::control_connection::{Admission, ControlConnection};
use crate::link::{Addresses, LinkConfig, LinkEvent};
use crate::tunnel::{CallKey, CloseReason, Tunnel, TunnelConfig, TunnelEvent};

/// A server's tunnel and a client's with a net between them that may lose, double and reorder what goes by GRE, on a clock of its own.
pub(crate) struct Network {
    /// The server first, as in [`super::Pair`].
    pub(crate) ends: [Endpoint; 2],
    pub(crate) now: Duration,
    /// Everybody's password, as the server's accounts have it.
    pub(crate) password: String,
    /// Of a thousand GRE packets, how many are lost, come twice, and come late.
    pub(crate) trouble: [u32; 3],
    /// All that was sent, in order: when, by whom, and what.
    pub(crate) sent: Vec<(Duration, usize, Sent)>,
    links: [LinkConfig; 2],
    random: u64,
    serial: u64,
    coming: BTreeMap<(Duration, u64), (usize, Coming)>,
}

/// One end, and what it was told.
pub(crate) struct Endpoint {
    pub(crate) tunnel: Tunnel,
    pub(crate) call: Option<CallKey>,
    pub(crate) up: Option<Addresses>,
    /// Packets of IP that arrived.
    pub(crate) packets: Vec<Vec<u8>>,
    /// Why its call ended, and when.
    pub(crate) down: Option<CloseReason>,
    pub(crate) closed: Option<CloseReason>,
    pub(crate) blocked: bool,
}

/// What an end has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    Tcp(Vec<u8>),
    Gre(Vec<u8>),
}

enum Coming {
    Tcp(Vec<u8>),
    Gre(Vec<u8>),
    End,
    Verdict(CallKey, u32, Verdict),
}

/// How long anything takes.
const DELAY: Duration = Duration::from_millis(10);
/// How much longer what is late takes.
const LATE: Duration = Duration::from_millis(12);

impl Network {
    pub(crate) const ASSIGNED: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 7);
    /// What the server and the client call their call.
    pub(crate) const CALL_IDS: [u16; 2] = [0x5e12, 0xc11e];

    pub(crate) fn new(server: LinkConfig, client: LinkConfig, seed: u64) -> Self {
        let now = Duration::ZERO;
        let [_, client_id] = Self::CALL_IDS;
        let endpoint = |tunnel| Endpoint {
            tunnel,
            call: None,
            up: None,
            packets: Vec::new(),
            down: None,
            closed: None,
            blocked: false,
        };
        let ends = [
            endpoint(Tunnel::accept(TunnelConfig::new("lanward"), Admission::Accept, now)),
            endpoint(Tunnel::originate(TunnelConfig::new("client"), client_id, client.clone(), now)),
        ];
        let mut network = Self {
            ends,
            now,
            password: "clientPass".to_owned(),
            trouble: [0; 3],
            sent: Vec::new(),
            links: [server, client],
            random: seed,
            serial: 0,
            coming: BTreeMap::new(),
        };
        network.take(1, Vec::new());
        network
    }

    /// Goes on until nothing more happens before `until`, or `done` says so.
    pub(crate) fn run(&mut self, until: Duration, mut done: impl FnMut(&Self) -> bool) {
        while !done(self) {
            let coming = self.coming.keys().next().map(|(at, _)| *at);
            let ticks = self.ends.iter().filter_map(|end| end.tunnel.deadline());
            let Some(next) = ticks.chain(coming).min().filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            self.step();
        }
        if self.now < until && !done(self) {
            self.now = until;
        }
    }

    fn step(&mut self) {
        let now = self.now;
        if let Some(entry) = self.coming.first_entry()
            && entry.key().0 <= now
        {
            let (place, coming) = entry.remove();
            match coming {
                Coming::Tcp(octets) => {
                    self.call(place, |tunnel, now, rng, out| tunnel.receive_tcp(&octets, now, rng, out));
                }
                Coming::Gre(mut packet) => self.receive_gre(place, &mut packet),
                Coming::End => self.call(place, |tunnel, now, _, out| tunnel.tcp_lost(now, out)),
                Coming::Verdict(call, token, verdict) => self.call(place, |tunnel, now, rng, out| {
                    tunnel.authenticated(call, token, verdict, now, rng, out);
                }),
            }
        }
        for place in [0, 1] {
            let due = self.ends.get(place).and_then(|end| end.tunnel.deadline());
            if due.is_some_and(|due| due <= now) {
                self.call(place, |tunnel, now, rng, out| tunnel.tick(now, rng, out));
                let after = self.ends.get(place).and_then(|end| end.tunnel.deadline());
                assert!(after.is_none_or(|deadline| deadline > now), "a tick leaves its work undone");
            }
        }
    }

    /// A GRE packet arrives at one end, whoever made it.
    pub(crate) fn receive_gre(&mut self, place: usize, packet: &mut [u8]) {
        let before = self.ends.get(place).map_or(0, |end| end.packets.len());
        let mut ip = None;
        self.call(place, |tunnel, now, rng, out| ip = tunnel.receive_gre(packet, now, rng, out));
        if let (Some((_, range)), Some(end)) = (ip, self.ends.get_mut(place)) {
            // It came before what was held back behind it, which `call` has put there.
            let held = end.packets.split_off(before.min(end.packets.len()));
            end.packets.extend(packet.get(range).map(<[u8]>::to_vec));
            end.packets.extend(held);
        }
    }

    /// Does something with one end's tunnel, and what it wants done.
    pub(crate) fn call(
        &mut self,
        place: usize,
        act: impl FnOnce(&mut Tunnel, Duration, &mut dyn FnMut(&mut [u8]), &mut Vec<TunnelEvent>),
    ) {
        let (now, random) = (self.now, &mut self.random);
        let mut events = Vec::new();
        if let Some(end) = self.ends.get_mut(place) {
            act(&mut end.tunnel, now, &mut |octets| random_bytes(random, octets), &mut events);
        }
        self.take(place, events);
    }

    /// Sends a packet of IP from one end.
    pub(crate) fn send(&mut self, place: usize, packet: &[u8]) -> bool {
        let mut out = Vec::new();
        let Some(end) = self.ends.get_mut(place) else { return false };
        let Some(call) = end.call else { return false };
        let sent = end.tunnel.send_ip(call, packet, self.now, &mut out).is_ok();
        if sent {
            self.deliver_gre(place, out);
        }
        sent
    }

    fn deliver_gre(&mut self, from: usize, packet: Vec<u8>) {
        self.sent.push((self.now, from, Sent::Gre(packet.clone())));
        let [lost, twice, late] = self.trouble;
        let mut happens = |of_thousand: u32| {
            let mut dice = [0; 4];
            random_bytes(&mut self.random, &mut dice);
            u32::from_be_bytes(dice).checked_rem(1000).unwrap_or(0) < of_thousand
        };
        let [lost, twice, late] = [happens(lost), happens(twice), happens(late)];
        let at = self.now.saturating_add(if late { DELAY.saturating_add(LATE) } else { DELAY });
        if twice {
            self.put(at, from ^ 1, Coming::Gre(packet.clone()));
        }
        if !lost {
            self.put(at, from ^ 1, Coming::Gre(packet));
        }
    }

    fn put(&mut self, at: Duration, place: usize, coming: Coming) {
        self.serial = self.serial.saturating_add(1);
        self.coming.insert((at, self.serial), (place, coming));
    }

    fn take(&mut self, place: usize, events: Vec<TunnelEvent>) {
        let now = self.now;
        for event in events {
            let Some(end) = self.ends.get_mut(place) else { return };
            assert_eq!(end.closed, None, "something follows the end: {event:?}");
            match event {
                TunnelEvent::Established { .. } => {}
                TunnelEvent::CallRequested { call, .. } => {
                    end.call = Some(call);
                    let [id, _] = Self::CALL_IDS;
                    let [link, _] = self.links.clone();
                    self.call(place, |tunnel, now, rng, out| {
                        tunnel.accept_call(call, id, link, now, rng, out);
                    });
                }
                TunnelEvent::CallConnected { call } => end.call = Some(call),
                TunnelEvent::Gre(packet) => self.deliver_gre(place, packet),
                TunnelEvent::Ip { packet, .. } => end.packets.push(packet),
                TunnelEvent::Link { call, event } => self.take_link(place, call, event),
                TunnelEvent::GreBlocked { .. } => end.blocked = true,
                TunnelEvent::CallDown { reason, .. } => {
                    assert_eq!(end.down, None, "a call goes down once");
                    (end.down, end.call) = (Some(reason), None);
                }
                TunnelEvent::Closed(reason) => {
                    end.closed = Some(reason);
                    assert_eq!(end.call, None, "a tunnel ends with its calls");
                    assert_eq!(end.tunnel.deadline(), None, "a tunnel that is over wants to be woken");
                    self.put(now.saturating_add(DELAY).saturating_add(DELAY), place ^ 1, Coming::End);
                }
            }
        }
        let Some(end) = self.ends.get_mut(place) else { return };
        let output = end.tunnel.tcp_output().to_vec();
        assert!(output.len() <= ControlConnection::MAX_OUTPUT, "more waits than may");
        if !output.is_empty() {
            end.tunnel.tcp_sent(output.len(), now);
            self.sent.push((now, place, Sent::Tcp(output.clone())));
            self.put(now.saturating_add(DELAY), place ^ 1, Coming::Tcp(output));
        }
    }

    fn take_link(&mut self, place: usize, call: CallKey, event: LinkEvent) {
        match event {
            LinkEvent::Authenticate { token, request } => {
                assert_eq!(place, 0, "a client asks nobody");
                let verdict = judge(&request, &self.password, Self::ASSIGNED);
                let at = self.now.saturating_add(DELAY);
                self.put(at, place, Coming::Verdict(call, token, verdict));
            }
            LinkEvent::Up(addresses) => {
                if let Some(end) = self.ends.get_mut(place) {
                    end.up = Some(addresses);
                }
            }
            _ => {}
        }
    }
}
