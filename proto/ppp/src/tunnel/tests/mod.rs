//! Both ends against each other, and either against what no end should send.

mod catalogue_control;
mod catalogue_gre;
mod catalogue_table;
mod matrix;
mod pairs;
mod tshark;

use core::net::Ipv4Addr;
use core::time::Duration;

use lanward_wire::Encode;

use super::*;
use crate::authentication::Credentials;
use crate::control::vectors::messages;
use crate::control::{ControlMessage, ControlMessageType as Type, Framing};
use crate::oracle::{Network, echo_request};

const SERVER: usize = 0;
const CLIENT: usize = 1;
const OWN: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn rng(octets: &mut [u8]) {
    octets.fill(0x5a);
}

fn server_link() -> LinkConfig {
    LinkConfig::server(b"lanward", OWN)
}

fn client_link() -> LinkConfig {
    LinkConfig::client(Credentials::new("User", "clientPass"))
}

fn both_up(network: &Network) -> bool {
    network.ends.iter().all(|end| end.up.is_some())
}

/// Two ends whose links are up.
fn running() -> Network {
    let mut network = Network::new(server_link(), client_link(), 1);
    network.run(secs(30), both_up);
    assert!(both_up(&network), "{:?}", network.ends.each_ref().map(|end| (end.down, end.closed)));
    network
}

/// Sends a packet each way and says whether both arrive as they were.
fn passes(network: &mut Network) -> bool {
    let packets = [echo_request(OWN, Network::ASSIGNED, 100), echo_request(Network::ASSIGNED, OWN, 333)];
    let before = network.ends.each_ref().map(|end| end.packets.len());
    let sent = [SERVER, CLIENT].map(|place| network.send(place, &packets[place]));
    network.run(network.now + ms(100), |_| false);
    sent == [true; 2]
        && [SERVER, CLIENT]
            .iter()
            .all(|&place| network.ends[place].packets[before[place]..] == packets[place ^ 1..][..1])
}

/// Whatever `act` does, two others go on.
fn beside(act: impl FnOnce()) {
    let mut healthy = running();
    assert!(passes(&mut healthy));
    act();
    assert!(passes(&mut healthy), "others notice");
}

fn bytes_of(message_type: Type) -> Vec<u8> {
    messages().swap_remove(usize::from(message_type.0) - 1).1
}

/// One end alone, and what it was told.
struct Alone {
    tunnel: Tunnel,
    now: Duration,
    events: Vec<TunnelEvent>,
}

impl Alone {
    fn server() -> Self {
        let tunnel = Tunnel::accept(TunnelConfig::new("lanward"), Admission::Accept, secs(0));
        Self { tunnel, now: secs(0), events: Vec::new() }
    }

    /// The client calls its call 0x1111.
    fn client() -> Self {
        let tunnel = Tunnel::originate(TunnelConfig::new("client"), 0x1111, client_link(), secs(0));
        Self { tunnel, now: secs(0), events: Vec::new() }
    }

    /// A server with a control connection.
    fn established() -> Self {
        let mut end = Self::server();
        end.tcp(&bytes_of(Type::START_REQUEST));
        end
    }

    /// A server with the call 0x2222, which is 0x1111 at the client.
    fn called() -> Self {
        let mut end = Self::established();
        end.tcp(&bytes_of(Type::OUTGOING_CALL_REQUEST));
        end.accept();
        end
    }

    fn tcp(&mut self, octets: &[u8]) {
        self.tunnel.receive_tcp(octets, self.now, &mut rng, &mut self.events);
    }

    /// Takes the call that was requested last.
    fn accept(&mut self) {
        let requested = self.events.iter().rev().find_map(|event| match event {
            TunnelEvent::CallRequested { call, .. } => Some(*call),
            _ => None,
        });
        let call = requested.expect("a call was requested");
        self.tunnel.accept_call(call, 0x2222, server_link(), self.now, &mut rng, &mut self.events);
    }

    fn gre(&mut self, packet: &[u8]) {
        let mut packet = packet.to_vec();
        self.tunnel.receive_gre(&mut packet, self.now, &mut rng, &mut self.events);
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(next) = self.tunnel.deadline().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.tunnel.tick(self.now, &mut rng, &mut self.events);
        }
        self.now = until;
    }

    /// The messages that wait to be sent; they are taken.
    fn said(&mut self) -> Vec<ControlMessage> {
        let output = self.tunnel.tcp_output().to_vec();
        self.tunnel.tcp_sent(output.len(), self.now);
        let (mut framing, mut input, mut all) = (Framing::new(), &output[..], Vec::new());
        while let Some(message) = framing.next(&mut input).expect("well formed") {
            all.push(message);
        }
        all
    }

    fn closed(&self) -> Option<CloseReason> {
        self.events.iter().find_map(|event| match event {
            TunnelEvent::Closed(reason) => Some(*reason),
            _ => None,
        })
    }

    fn down(&self) -> Vec<CloseReason> {
        let down = |event: &TunnelEvent| match event {
            TunnelEvent::CallDown { reason, .. } => Some(*reason),
            _ => None,
        };
        self.events.iter().filter_map(down).collect()
    }
}
