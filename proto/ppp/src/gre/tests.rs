//! Packets byte for byte, and the order of what is delivered.

use core::convert::Infallible;
use core::net::Ipv4Addr;
use core::time::Duration;

use proptest::prelude::*;

use super::*;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A packet with this number whose payload is its number, and what it is delivered as.
fn packet(sequence: u32) -> Vec<u8> {
    let mut out = Vec::new();
    GreHeader { call_id: 9, sequence: Some(sequence), acknowledgement: None, payload: 0..0 }.encode(&mut out);
    out.extend(sequence.to_be_bytes());
    out[4..6].copy_from_slice(&[0, 4]);
    out
}

/// Numbers delivered for one packet, in order, with what was lost before each.
fn deliver(session: &mut GreSession, packet: &[u8], now: Duration) -> Vec<(u32, u32)> {
    let header = GreHeader::decode(packet).unwrap();
    let first = session.receive(&header, packet, now);
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    let mut delivered: Vec<_> =
        first.map(|(range, lost)| (number(&packet[range]), lost)).into_iter().collect();
    while let Some((payload, lost)) = session.next_due(now) {
        delivered.push((number(&payload), lost));
    }
    delivered
}

fn trusted() -> GreSession {
    let mut session = GreSession::new(GreConfig::default(), 1);
    session.trust();
    session
}

#[test]
fn headers_as_dissectors_read_them() {
    for (hex, header) in [
        (&[0x30, 0x01, 0x88, 0x0b, 0, 1, 0x11, 0x11, 0, 0, 0, 0, 0xff][..], (Some(0), None, 12..13)),
        (
            &[0x30, 0x81, 0x88, 0x0b, 0, 1, 0x11, 0x11, 0, 0, 0, 1, 0, 0, 0, 0, 0xff][..],
            (Some(1), Some(0), 16..17),
        ),
        (&[0x20, 0x81, 0x88, 0x0b, 0, 0, 0x11, 0x11, 0, 0, 0, 5][..], (None, Some(5), 12..12)),
        (&[0x20, 0x01, 0x88, 0x0b, 0, 0, 0x11, 0x11][..], (None, None, 8..8)),
    ] {
        let (sequence, acknowledgement, payload) = header;
        let header = GreHeader { call_id: 0x1111, sequence, acknowledgement, payload: payload.clone() };
        assert_eq!(GreHeader::decode(hex), Ok(header.clone()));
        let mut out = Vec::new();
        header.encode(&mut out);
        assert_eq!(out[..4], hex[..4]);
        assert_eq!(out[6..], hex[6..payload.start]);
    }
}

#[test]
fn what_a_raw_socket_delivers() {
    let mut bytes = vec![0x45, 0, 0, 28, 0, 0, 0x40, 0, 64, 47, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1];
    bytes.extend([0x20, 0x01, 0x88, 0x0b, 0, 0, 0x11, 0x11]);
    let (source, destination) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1));
    assert_eq!(Ipv4Packet::decode(&bytes), Ok(Ipv4Packet { source, destination, payload: 20..28 }));
    bytes.extend([0; 18]);
    assert_eq!(Ipv4Packet::decode(&bytes).map(|packet| packet.payload), Ok(20..28), "padding is none of it");
    for (at, octet) in [(0, 0x44), (0, 0x4f), (0, 0x65), (3, 19), (3, 255), (6, 0x20), (7, 1), (9, 6)] {
        let mut wrong = bytes.clone();
        wrong[at] = octet;
        assert_eq!(Ipv4Packet::decode(&wrong), Err(GreDrop::Ip), "octet {at} is {octet:#x}");
    }
}

#[test]
fn sequence_numbers_begin_small_and_wrap() {
    for first in [0, 1] {
        let mut session = trusted();
        assert_eq!(deliver(&mut session, &packet(first), ms(0)), [(first, 0)]);
        assert_eq!(deliver(&mut session, &packet(first + 1), ms(0)), [(first + 1, 0)]);
    }
    let mut receiver = Receiver::new();
    assert_eq!(receiver.arrive(1 << 16, b"x", ms(0)), Arrival::Dropped(GreDrop::FarAhead));
    assert_eq!(receiver.arrive(5, b"x", ms(0)), Arrival::Deliver { lost: 0 });
}

#[test]
fn early_packets_wait_for_those_before_them() {
    let mut session = trusted();
    deliver(&mut session, &packet(0), ms(0));
    assert_eq!(deliver(&mut session, &packet(2), ms(5)), []);
    assert_eq!(deliver(&mut session, &packet(3), ms(6)), []);
    assert_eq!(deliver(&mut session, &packet(1), ms(7)), [(1, 0), (2, 0), (3, 0)]);
    assert_eq!(deliver(&mut session, &packet(5), ms(10)), []);
    assert_eq!(session.deadline(), Some(ms(30)));
    assert_eq!(session.next_due(ms(29)), None);
    assert_eq!(session.next_due(ms(30)), Some((5u32.to_be_bytes().to_vec(), 1)));
    assert_eq!(deliver(&mut session, &packet(4), ms(31)), [], "given up");
    assert_eq!(session.counters().lost, 1);
}

#[test]
fn nothing_is_held_for_strangers() {
    let mut session = GreSession::new(GreConfig::default(), 1);
    deliver(&mut session, &packet(0), ms(0));
    assert_eq!(deliver(&mut session, &packet(3), ms(0)), [(3, 2)]);
    assert_eq!(deliver(&mut session, &packet(1), ms(0)), []);
}

#[test]
fn acknowledgements_ride_or_go_alone_after_their_time() {
    let mut session = trusted();
    let mut out = Vec::new();
    let write = |out: &mut Vec<u8>| {
        out.push(7);
        Ok::<(), Infallible>(())
    };
    session.send(&mut out, write).unwrap();
    assert_eq!(out, [0x30, 0x01, 0x88, 0x0b, 0, 1, 0, 1, 0, 0, 0, 0, 7]);
    deliver(&mut session, &packet(0), ms(0));
    assert_eq!(session.acknowledge(ms(99)), None);
    assert_eq!(session.deadline(), Some(ms(100)));
    out.clear();
    session.send(&mut out, write).unwrap();
    assert_eq!(out, [0x30, 0x81, 0x88, 0x0b, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 7]);
    assert_eq!(session.acknowledge(ms(100)), None, "it has gone");
    deliver(&mut session, &packet(1), ms(200));
    assert_eq!(session.acknowledge(ms(300)), Some(vec![0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 1, 0, 0, 0, 1]));
    assert_eq!(session.acknowledge(ms(900)), None);
    for number in 2..18 {
        deliver(&mut session, &packet(number), ms(301));
    }
    assert!(session.acknowledge(ms(301)).is_some(), "at once where many wait");
}

#[test]
fn what_is_not_written_takes_no_number() {
    let mut session = trusted();
    let mut out = vec![1, 2];
    assert_eq!(session.send(&mut out, |_| Err("full")), Err("full"));
    session.send(&mut out, |_| Ok::<(), Infallible>(())).unwrap();
    assert_eq!(out, [1, 2]);
    assert_eq!(session.counters().sent, 0);
}

proptest! {
    /// Whatever the net does: once, in order, and all of it accounted for.
    #[test]
    fn nothing_is_delivered_twice_or_out_of_order(
        start in prop_oneof![Just(0u32), Just(1), 0u32..1 << 16],
        steps in proptest::collection::vec((-40i32..60, 0u64..15), 1..200),
    ) {
        let mut session = trusted();
        let (mut now, mut sent, mut all) = (ms(0), start, Vec::new());
        for (step, later) in steps {
            now += ms(later);
            sent = sent.saturating_add_signed(step);
            all.extend(deliver(&mut session, &packet(sent), now));
            session.acknowledge(now);
            prop_assert!(session.deadline().is_none_or(|at| at > now));
        }
        now += ms(100);
        while let Some((payload, lost)) = session.next_due(now) {
            all.push((u32::from_be_bytes(payload.try_into().unwrap()), lost));
        }
        for pair in all.windows(2) {
            prop_assert_eq!(pair[1].0, pair[0].0 + 1 + pair[1].1);
        }
    }

    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = Ipv4Packet::decode(&bytes);
        if let Ok(header) = GreHeader::decode(&bytes) {
            prop_assert!(header.payload.end <= bytes.len());
            trusted().receive(&header, &bytes, ms(0));
        }
    }
}
