//! What has broken others' GRE, by the rows of the catalogue: sent into a session that is up, and that goes on as if nothing had been.

use super::*;
use crate::gre::{GreHeader, Ipv4Packet};

const SERVER_ID: u16 = Network::CALL_IDS[SERVER];
const CLIENT_ID: u16 = Network::CALL_IDS[CLIENT];

/// A packet for the server's end, which says of itself what it likes.
fn packet(first: u32, announced: u16, call_id: u16, rest: &[u8]) -> Vec<u8> {
    [&first.to_be_bytes()[..], &announced.to_be_bytes(), &call_id.to_be_bytes(), rest].concat()
}

/// One with this number.
fn data(sequence: u32, payload: &[u8]) -> Vec<u8> {
    let announced = u16::try_from(payload.len()).unwrap();
    packet(0x3001_880b, announced, SERVER_ID, &[&sequence.to_be_bytes()[..], payload].concat())
}

/// Each of these is dropped for this reason, by a tunnel whose session then still passes packets.
fn dropped(packets: &[Vec<u8>], reason: GreDrop) {
    let mut network = running();
    assert!(passes(&mut network));
    for packet in packets {
        let before = drops(&network, reason);
        let delivered = network.ends[SERVER].packets.len();
        network.receive_gre(SERVER, &mut packet.clone());
        assert_eq!(drops(&network, reason), before + 1, "{:x?}", &packet[..packet.len().min(32)]);
        assert_eq!(network.ends[SERVER].packets.len(), delivered);
        assert!(passes(&mut network), "{:x?}", &packet[..packet.len().min(32)]);
    }
}

fn drops(network: &Network, reason: GreDrop) -> u64 {
    let end = &network.ends[SERVER];
    let of_call = end.call.and_then(|call| end.tunnel.gre_counters(call));
    end.tunnel.drops().of(reason) + of_call.map_or(0, |counters| counters.drops.of(reason))
}

/// The number of the last packet the client has sent.
fn last_number(network: &Network) -> u32 {
    let sent = network.sent.iter().rev().find_map(|(_, place, sent)| match sent {
        crate::oracle::Sent::Gre(packet) if *place == CLIENT => GreHeader::decode(packet).unwrap().sequence,
        _ => None,
    });
    sent.expect("it has sent something")
}

#[test]
fn g01_less_than_a_header_and_ip_that_lies() {
    let packets: Vec<Vec<u8>> =
        (0..8).map(|len| packet(0x2001_880b, 0, SERVER_ID, &[])[..len].to_vec()).collect();
    dropped(&packets, GreDrop::Short);
    for len in 0..20 {
        assert_eq!(Ipv4Packet::decode(&vec![0x45; len]), Err(GreDrop::Ip));
    }
    for first in [0x40, 0x44, 0x4f, 0x65, 0x05] {
        let mut bytes = vec![first, 0, 0, 28, 0, 0, 0, 0, 64, 47, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        bytes.extend([0; 8]);
        assert_eq!(Ipv4Packet::decode(&bytes), Err(GreDrop::Ip), "{first:#x}");
    }
}

#[test]
fn g02_headers_cut_off() {
    let whole = packet(0x3081_880b, 0, SERVER_ID, &[0; 8]);
    let mut packets: Vec<Vec<u8>> = (8..16).map(|len| whole[..len].to_vec()).collect();
    let acknowledges = packet(0x2081_880b, 0, SERVER_ID, &[0; 4]);
    packets.extend((8..12).map(|len| acknowledges[..len].to_vec()));
    dropped(&packets, GreDrop::Short);
}

#[test]
fn g03_more_payload_announced_than_there_is() {
    let packets: Vec<Vec<u8>> = [4, 20, 24, 2048]
        .map(|announced| packet(0x3001_880b, announced, SERVER_ID, &[0, 0, 0, 9, 1, 2, 3]))
        .to_vec();
    dropped(&packets, GreDrop::Truncated);
    dropped(&[packet(0x3001_880b, 0xffff, SERVER_ID, &[0; 24])], GreDrop::TooLarge);
}

#[test]
fn g04_what_follows_the_payload_is_padding() {
    let mut network = running();
    let next = last_number(&network) + 1;
    // An LCP Echo-Request is answered, whatever follows it.
    let magic_and_padding = [0xff, 3, 0xc0, 0x21, 9, 77, 0, 8, 1, 2, 3, 4];
    let mut bytes = data(next, &magic_and_padding);
    bytes.extend([0xee; 30]);
    let header = GreHeader::decode(&bytes).unwrap();
    assert_eq!(bytes[header.payload], magic_and_padding);
    let before = network.sent.len();
    network.receive_gre(SERVER, &mut bytes);
    assert!(network.sent.len() > before, "it is answered");
}

#[test]
fn g05_other_versions_protocols_and_bits() {
    let good = 0x3001_880bu32;
    let mut packets = Vec::new();
    for bit in 0..32 {
        // All but the two that say whether there are numbers.
        if ![28, 23].contains(&bit) {
            packets.push(packet(good ^ (1 << bit), 1, SERVER_ID, &[0, 0, 0, 9, 1]));
        }
    }
    assert_eq!(packets.len(), 30);
    dropped(&packets, GreDrop::Flags);
}

#[test]
fn g06_numbers_without_payload_and_the_reverse() {
    dropped(&[data(9, &[])], GreDrop::Empty);
    dropped(
        &[packet(0x2001_880b, 3, SERVER_ID, &[1, 2, 3]), packet(0x2081_880b, 1, SERVER_ID, &[0; 5])],
        GreDrop::Unnumbered,
    );
}

#[test]
fn g07_calls_that_are_not_there() {
    let packets: Vec<Vec<u8>> = [0, 1, SERVER_ID ^ 1, CLIENT_ID, 0xffff]
        .map(|call_id| packet(0x3001_880b, 1, call_id, &[0, 0, 0, 9, 1]))
        .to_vec();
    dropped(&packets, GreDrop::NoCall);
    // From another address a known id is nobody's.
    let mut demux = Demux::new();
    let (peer, other) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
    let route = Route { slot: 0, generation: 0 };
    let id = demux.allocate(peer, route, secs(0), &mut rng).unwrap();
    assert_eq!(demux.find(peer, id), Some(route));
    assert!((0..=u16::MAX).all(|id| demux.find(other, id).is_none()));
    assert_eq!(demux.len(), 1, "misses leave nothing");
}

#[test]
fn g08_replays_jumps_and_resets() {
    let mut network = running();
    assert!(passes(&mut network));
    for behind in [0, 1, 2, 1 << 16, (1 << 31) - 1, 1 << 31] {
        let sequence = last_number(&network).wrapping_sub(behind);
        let before = drops(&network, GreDrop::Duplicate);
        network.receive_gre(SERVER, &mut data(sequence, &[0xff, 3, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0]));
        assert_eq!(drops(&network, GreDrop::Duplicate), before + 1, "{sequence}");
        assert!(passes(&mut network), "{sequence}");
    }
    for ahead in [1025, 1 << 16, 1 << 30, i32::MAX.unsigned_abs()] {
        let before = drops(&network, GreDrop::FarAhead);
        let sequence = last_number(&network).wrapping_add(ahead);
        for _ in 0..20 {
            network.receive_gre(SERVER, &mut data(sequence, &[0xff, 3, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0]));
        }
        assert_eq!(drops(&network, GreDrop::FarAhead), before + 20);
        assert!(passes(&mut network), "{ahead}");
    }
}

#[test]
fn g08_numbers_wrap_and_a_sender_that_was_away_is_heard_again() {
    let mut receiver = crate::gre::Receiver::new();
    let delivered = |arrival| matches!(arrival, crate::gre::Arrival::Deliver { .. });
    assert!(delivered(receiver.arrive(0, b"x", ms(0))));
    // Far ahead, one by one, while others come: a lie.
    for step in 0..100 {
        assert!(!delivered(receiver.arrive(0xffff_0000 - (1 << 31) + step, b"x", ms(u64::from(step)))));
    }
    // So many in a row, in silence: the sender, after a long while.
    let mut at = secs(5);
    let mut number = 0x7fff_0000u32;
    while !delivered(receiver.arrive(number, b"x", at)) {
        number += 1;
        at += ms(1);
        assert!(number < 0x7fff_0020, "it is never heard again");
    }
    assert_eq!(number, 0x7fff_0000 + 15);
    // And over the end of all numbers.
    for next in 1..40u32 {
        let ahead = number.wrapping_add(1000);
        assert!(delivered(receiver.arrive(ahead, b"x", at)), "{next}");
        number = ahead;
    }
    let mut near = crate::gre::Receiver::new();
    near.arrive(0, b"x", ms(0));
    let mut last = 0u32;
    while last < u32::MAX - 1024 {
        let silence = secs(u64::from(last >> 8) + 10);
        let jump = last.saturating_add(0x4000_0000).min(u32::MAX - 40);
        for step in 0..16 {
            near.arrive(jump + step, b"x", silence * 2);
        }
        last = jump + 15;
    }
    for number in (last..=u32::MAX).skip(1).chain(0..20) {
        assert!(delivered(near.arrive(number, b"x", secs(1 << 30))), "{number:#x}");
    }
    assert_eq!(near.acknowledgement(), Some(19));
}

#[test]
fn g09_acknowledgements_of_nothing() {
    let mut network = running();
    assert!(passes(&mut network));
    let call = network.ends[SERVER].call.unwrap();
    let counters = |network: &Network| network.ends[SERVER].tunnel.gre_counters(call).unwrap();
    for number in [u32::MAX, 1 << 30, 1 << 31, (1 << 31) - 1, 100_000] {
        let before = counters(&network).bad_acknowledgements;
        network.receive_gre(SERVER, &mut packet(0x2081_880b, 0, SERVER_ID, &number.to_be_bytes()));
        assert_eq!(counters(&network).bad_acknowledgements, before + 1, "{number:#x}");
    }
    let sent = network.sent.len();
    for _ in 0..10_000 {
        network.receive_gre(SERVER, &mut packet(0x2081_880b, 0, SERVER_ID, &[0; 4]));
    }
    assert_eq!(network.sent.len(), sent, "a flood of them is answered by nothing");
    assert!(passes(&mut network));
    // And before anything was sent at all.
    let mut session = crate::gre::GreSession::new(GreConfig::default(), 1);
    let first = packet(0x2081_880b, 0, 1, &[0; 4]);
    assert_eq!(session.receive(&GreHeader::decode(&first).unwrap(), &first, ms(0)), None);
    assert_eq!((session.counters().bad_acknowledgements, session.peer_has()), (1, None));
}

#[test]
fn g10_every_second_packet_is_missing() {
    let mut receiver = crate::gre::Receiver::new();
    receiver.set_patience(secs(3600));
    receiver.arrive(0, b"x", ms(0));
    let (mut delivered, mut held) = (0, 0i64);
    for number in (2..2000).step_by(2) {
        // Each of them twice: the second is no other one.
        for _ in 0..2 {
            if receiver.arrive(number, &[0; 1400], ms(1)) == crate::gre::Arrival::Held {
                held += 1;
            }
        }
        while receiver.next_due(ms(1)).is_some() {
            delivered += 1;
        }
        assert!(held - delivered <= i64::try_from(crate::gre::Receiver::MAX_HELD).unwrap());
    }
    assert_eq!(held, 999);
    assert!(delivered >= 999 - 32);
}

#[test]
fn g11_packets_before_and_after_a_call() {
    beside(|| {
        let frame = [0xff, 3, 0xc0, 0x21, 1, 1, 0, 4];
        let bytes = packet(0x3001_880b, 8, 0x2222, &[&[0, 0, 0, 0][..], &frame].concat());
        let quiet = |end: &mut Alone| {
            let before = end.events.len();
            end.gre(&bytes);
            assert_eq!(end.events.len(), before);
            assert!(end.tunnel.drops().of(GreDrop::NoCall) > 0);
        };
        let mut end = Alone::established();
        quiet(&mut end);
        end.tcp(&bytes_of(Type::OUTGOING_CALL_REQUEST));
        quiet(&mut end);
        end.accept();
        let before = end.events.len();
        end.gre(&bytes);
        assert!(end.events.len() > before, "in a call it is answered");
        end.tcp(&bytes_of(Type::CALL_CLEAR_REQUEST));
        quiet(&mut end);
        end.tcp(&bytes_of(Type::STOP_REQUEST));
        quiet(&mut end);
    });
}

#[test]
fn g12_a_flood_from_a_stranger() {
    beside(|| {
        let mut end = Alone::called();
        let frame = [0xff, 3, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0];
        for number in 0..1000u32 {
            end.gre(&packet(0x3001_880b, 12, 0x2222, &[&number.to_be_bytes()[..], &frame].concat()));
        }
        let call = end.tunnel.calls().next().unwrap().0;
        let counters = end.tunnel.gre_counters(call).unwrap();
        assert_eq!((counters.received, counters.drops.of(GreDrop::RateLimited)), (100, 900));
        // Half a second later there is room for half as many.
        end.pass(ms(500));
        for number in 1000..2000u32 {
            end.gre(&packet(0x3001_880b, 12, 0x2222, &[&number.to_be_bytes()[..], &frame].concat()));
        }
        assert_eq!(end.tunnel.gre_counters(call).unwrap().received, 150);
        end.tcp(&bytes_of(Type::CALL_CLEAR_REQUEST));
        assert_eq!(end.tunnel.gre_counters(call), None);
        assert_eq!(end.tunnel.drops().of(GreDrop::RateLimited), 900 + 950, "what was dropped stays known");
    });
}

#[test]
fn g12_nothing_of_a_stranger_is_kept() {
    let mut end = Alone::called();
    for number in [0u32, 2, 4, 6] {
        let payload = [&number.to_be_bytes()[..], &[0xff, 3, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0]].concat();
        end.gre(&packet(0x3001_880b, 12, 0x2222, &payload));
    }
    let call = end.tunnel.calls().next().unwrap().0;
    assert_eq!(end.tunnel.gre_counters(call).unwrap().lost, 3, "given up at once");
}

#[test]
fn g13_larger_than_any_frame() {
    let packets: Vec<Vec<u8>> = [2049, 4096, 65_515].map(|len| data(9, &vec![0; len])).to_vec();
    dropped(&packets, GreDrop::TooLarge);
}

#[test]
fn g14_nothing_to_send_is_not_sent() {
    let mut network = running();
    let before = network.sent.len();
    assert!(!network.send(SERVER, &[]));
    assert_eq!(network.sent.len(), before);
    assert!(passes(&mut network));
}

#[test]
fn c15_ten_thousand_malformed_packets_leave_nothing() {
    let mut network = running();
    let call = network.ends[SERVER].call.unwrap();
    let good = data(last_number(&network) + 1, &[0; 64]);
    for round in 0..10_000usize {
        let mut bytes = good.clone();
        match round % 4 {
            0 => bytes[round / 4 % 4] ^= [0x40, 0x06, 0xff, 0xff][round / 4 % 4],
            1 => bytes.truncate(round % good.len()),
            2 => bytes[5] = 0xc0,
            _ => bytes[6] ^= 1,
        }
        network.receive_gre(SERVER, &mut bytes);
    }
    let end = &network.ends[SERVER];
    let dropped: u64 = end.tunnel.drops().iter().map(|(_, count)| count).sum();
    assert_eq!(dropped, 10_000, "each is counted, and that is all");
    assert_eq!(network.ends[SERVER].call, Some(call));
    assert!(passes(&mut network));
}
