use crate::{
    DatagramBody, DatagramData, DatagramHeader, DatagramPacket, DatagramType, Fragments, FullName,
    NetbiosName,
};
use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;
use lanward_wire::{Decode, Encode, Reader};
use proptest::prelude::*;

const FRED: &[u8] = b"\x20EGFCEFEECACACACACACACACACACACACA\0";
const ANY: &[u8] = b"\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0";

fn names() -> (FullName, FullName) {
    let fred = NetbiosName::new("FRED", b' ').unwrap();
    (FullName::unscoped(fred), FullName::unscoped(NetbiosName::ANY))
}

const HEADER: DatagramHeader = DatagramHeader {
    kind: DatagramType::DIRECT_GROUP,
    node_type: 2,
    id: 0x0102,
    source: Ipv4Addr::new(10, 0, 0, 1),
    port: 138,
};

fn from() -> SocketAddrV4 {
    SocketAddrV4::new(HEADER.source, 138)
}

#[test]
fn both_ways() {
    let (fred, any) = names();
    let whole = DatagramPacket::split(&HEADER, &fred, &any, b"hello").unwrap().swap_remove(0);
    let other = |kind, body| DatagramPacket { kind, flags: 0, id: 1, source: HEADER.source, port: 138, body };
    let head = |kind: u8| [&[kind, 0, 0, 1, 10, 0, 0, 1, 0, 138][..]].concat();
    let cases = [
        (whole, [&[0x11, 0x0a, 1, 2, 10, 0, 0, 1, 0, 138, 0, 73, 0, 0][..], FRED, ANY, b"hello"].concat()),
        (other(DatagramType::ERROR, DatagramBody::Error(0x82)), [&head(0x13)[..], b"\x82"].concat()),
        (other(DatagramType::QUERY_REQUEST, DatagramBody::Query(fred)), [&head(0x14)[..], FRED].concat()),
    ];
    for (packet, bytes) in cases {
        assert_eq!(packet.to_bytes(), bytes);
        assert_eq!(DatagramPacket::decode(&mut Reader::new(&bytes)).as_ref(), Ok(&packet));
        // Data may be of any length; all else has one.
        for len in 0..bytes.len() {
            assert!(DatagramPacket::decode(&mut Reader::new(&bytes[..len])).is_err(), "{len}");
        }
    }
    assert!(DatagramPacket::decode(&mut Reader::new(&[0x17; 100])).is_err());
}

#[test]
fn long_ones_go_in_parts_and_come_out_whole() {
    let (fred, any) = names();
    let data: Vec<u8> = (0..1000u32).map(|n| n.to_le_bytes()[0]).collect();
    let parts = DatagramPacket::split(&HEADER, &fred, &any, &data).unwrap();
    assert!(parts.len() == 3 && parts.iter().all(|part| part.to_bytes().len() <= 576 - 28));
    let mut fragments = Fragments::default();
    let mut whole = None;
    for part in &parts {
        assert_eq!(whole, None);
        let again = DatagramPacket::decode(&mut Reader::new(&part.to_bytes())).unwrap();
        whole = fragments.receive(from(), again, Duration::ZERO);
    }
    assert_eq!(whole.map(|d| (d.data, d.source)), Some((data, fred.clone())));
    assert_eq!(fragments.held(), 0);
    assert!(DatagramPacket::split(&HEADER, &fred, &any, &[0; Fragments::MAX_DATAGRAM + 1]).is_err());
}

#[test]
fn parts_that_do_not_fit_together_are_dropped() {
    let (fred, any) = names();
    let parts = DatagramPacket::split(&HEADER, &fred, &any, &[1; 1000]).unwrap();
    let second = Duration::from_secs(1);
    let run = |order: &[usize], senders: &[u16], step: Duration| {
        let mut fragments = Fragments::default();
        let mut now = Duration::ZERO;
        let mut whole = None;
        for (part, port) in order.iter().zip(senders) {
            whole = fragments.receive(SocketAddrV4::new(HEADER.source, *port), parts[*part].clone(), now);
            now += step;
        }
        whole.is_some()
    };
    assert!(run(&[0, 1, 2], &[138; 3], second));
    assert!(!run(&[0, 2, 1], &[138; 3], second), "out of order");
    assert!(!run(&[1, 2], &[138; 2], second), "the first is missing");
    assert!(!run(&[0, 1, 2], &[138, 138, 139], second), "of somebody else");
    assert!(!run(&[0, 1, 2], &[138; 3], second * 3), "too late");
    assert!(run(&[0, 0, 1, 2], &[138; 4], second), "sent again");
}

fn part(id: u16, first: bool, more: bool, offset: u16, data: Vec<u8>) -> DatagramPacket {
    let (source, destination) = names();
    let body = DatagramBody::Data(DatagramData { first, more, offset, source, destination, data });
    DatagramPacket { kind: HEADER.kind, flags: 0, id, source: HEADER.source, port: 138, body }
}

proptest! {
    /// Whatever comes, no more is kept than may be.
    #[test]
    fn memory_is_bounded(parts in proptest::collection::vec((0u16..40, any::<bool>(), any::<bool>(), 0u16..3, 0usize..1500), 0..200)) {
        let mut fragments = Fragments::default();
        for (id, first, more, at, len) in parts {
            let whole = fragments.receive(from(), part(id, first, more, at * 500, vec![0; len]), Duration::ZERO);
            prop_assert!(whole.is_none_or(|d| d.data.len() <= Fragments::MAX_DATAGRAM));
            prop_assert!(fragments.held() <= Fragments::MAX_WAITING * Fragments::MAX_DATAGRAM);
        }
    }
}
