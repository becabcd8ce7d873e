mod bench;
mod catalogue;
mod catalogue_values;
mod fuzzed;
mod policies;
mod timers;
mod worked_frames;

use core::net::Ipv4Addr;
use core::time::Duration;

use super::*;
use crate::authentication::{Credentials, Method};
use crate::oracle::{Pair, SERVER, echo_request};
use crate::packet::Packet;
use lanward_auth::mschap::KeyStrength;

const CLIENT: usize = SERVER ^ 1;
const OWN: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);
const ASSIGNED: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 7);

fn server() -> LinkConfig {
    LinkConfig::server(b"lanward", OWN)
}

fn client() -> LinkConfig {
    LinkConfig::client(Credentials::new("User", "clientPass"))
}

fn both_up(pair: &Pair) -> bool {
    pair.ends.iter().all(|end| end.up.is_some())
}

/// A link that is up at both ends.
fn running() -> Pair {
    let mut pair = Pair::new(server(), client(), 1);
    pair.run(Duration::from_secs(30), both_up);
    assert!(both_up(&pair), "{:?}", pair.ends.each_ref().map(|end| end.down));
    pair
}

/// Sends a packet each way and says whether both arrive as they were.
fn passes(pair: &mut Pair) -> bool {
    let packets = [echo_request(OWN, ASSIGNED, 100), echo_request(ASSIGNED, OWN, 333)];
    let before = pair.ends.each_ref().map(|end| end.packets.len());
    let sent = [SERVER, CLIENT].map(|place| pair.send(place, &packets[place]));
    pair.run(pair.now + Duration::from_millis(100), |_| false);
    sent == [true; 2]
        && [SERVER, CLIENT]
            .iter()
            .all(|&place| pair.ends[place].packets[before[place]..] == packets[place ^ 1..][..1])
}

#[test]
fn a_server_and_a_client_agree_and_packets_pass() {
    let mut pair = running();
    let [server, client] = pair.ends.each_ref().map(|end| end.up.unwrap());
    assert_eq!((server.local, server.peer), (OWN, Some(ASSIGNED)));
    assert_eq!((client.local, client.peer), (ASSIGNED, Some(OWN)));
    assert_eq!((client.dns, client.wins), (server.dns, server.wins));
    assert_eq!(client.dns, [Some(Ipv4Addr::new(10, 99, 0, 53)), None]);
    assert_eq!((server.mtu, client.mtu), (1396, 1396));
    let encryption = Some(Encryption { strength: KeyStrength::Bits128, stateless: true });
    assert_eq!((server.encryption, client.encryption), (encryption, encryption));
    assert!(pair.now < Duration::from_secs(1), "{:?}", pair.now);
    for _ in 0..5000 {
        assert!(passes(&mut pair));
    }
    assert_eq!(pair.ends[SERVER].link.statistics().received, 5000);
    assert!(!pair.send(SERVER, &echo_request(OWN, ASSIGNED, 1396 - 27)), "larger than the peer takes");
    assert!(pair.send(SERVER, &echo_request(OWN, ASSIGNED, 1396 - 28)));
    pair.call(CLIENT, |link, now, rng, events| link.close(CloseReason::Local, now, rng, events));
    pair.run(Duration::from_secs(3600), |_| false);
    assert_eq!(pair.ends[CLIENT].down, Some(CloseReason::Local));
    assert_eq!(pair.ends[SERVER].down, Some(CloseReason::Peer));
}

/// Thousands of links may be idle at once. What is on the heap is a few lists of options.
#[test]
fn a_link_is_small() {
    assert!(size_of::<Link>() <= 2560, "{}", size_of::<Link>());
}

/// What sends and receives packets uses the room it is given.
#[test]
fn packets_go_into_the_callers_buffer() {
    let mut pair = running();
    let packet = echo_request(OWN, ASSIGNED, 1000);
    let mut frame = Vec::with_capacity(1500);
    let place = frame.as_ptr();
    for n in 0..100 {
        frame.truncate(0);
        frame.extend_from_slice(b"in front");
        pair.ends[SERVER].link.send_ip(&packet, pair.now, &mut frame).unwrap();
        assert_eq!((&frame[..8], frame.as_ptr()), (&b"in front"[..], place));
        let mut events = Vec::new();
        let now = pair.now;
        let range =
            pair.ends[CLIENT].link.receive(&mut frame[8..], 0, now, &mut |_| {}, &mut events).unwrap();
        assert_eq!(frame[8..][range], packet, "{n}");
        assert_eq!((events, frame.as_ptr()), (Vec::new(), place));
    }
}
