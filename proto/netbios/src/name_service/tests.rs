use super::*;
use crate::{FullName, NetbiosName};
use core::net::Ipv4Addr;
use lanward_wire::{Decode, Encode, Reader};

fn fred() -> FullName {
    FullName::unscoped(NetbiosName::new("FRED", NetbiosName::SERVER).unwrap())
}

const FRED: &[u8] = b"\x20EGFCEFEECACACACACACACACACACACACA\0";

fn entry(bits: u16) -> AddressEntry {
    AddressEntry { kind: NameType::from_bits_retain(bits), address: Ipv4Addr::new(10, 0, 0, 1) }
}

fn cases() -> Vec<(&'static str, NamePacket, Vec<u8>)> {
    let desired = NameFlags::RECURSION_DESIRED;
    let query =
        NamePacket::request(0x1234, Opcode::QUERY, desired | NameFlags::BROADCAST, fred(), RecordType::NB);
    let mut registration = NamePacket::request(7, Opcode::REGISTRATION, desired, fred(), RecordType::NB);
    registration.additionals.push(Record::address(fred(), 300_000, entry(0x6000)));
    let multihomed = NamePacket { opcode: Opcode::MULTIHOMED_REGISTRATION, ..registration.clone() };
    let found = query.answer(
        NameFlags::AUTHORITATIVE,
        Rcode::SUCCESS,
        Record {
            name: fred(),
            kind: RecordType::NB,
            ttl: 0,
            data: RecordData::Addresses(vec![entry(0), entry(0x8000)]),
        },
    );
    let none = query.answer(NameFlags::AUTHORITATIVE, Rcode::NAME, Record::nothing(fred()));
    let wait = NamePacket {
        opcode: Opcode::WACK,
        flags: NameFlags::AUTHORITATIVE,
        ..registration.answer(
            NameFlags::empty(),
            Rcode::SUCCESS,
            Record { name: fred(), kind: RecordType::NB, ttl: 5, data: RecordData::Other(vec![0x29, 0x00]) },
        )
    };
    let status = NamePacket::request(9, Opcode::QUERY, NameFlags::empty(), fred(), RecordType::NBSTAT)
        .answer(
            NameFlags::AUTHORITATIVE,
            Rcode::SUCCESS,
            Record {
                name: fred(),
                kind: RecordType::NBSTAT,
                ttl: 0,
                data: RecordData::NodeStatus(NodeStatus {
                    names: vec![NodeName {
                        name: fred().name,
                        flags: NodeNameFlags::ACTIVE | NodeNameFlags::GROUP,
                    }],
                    unit_id: [2, 0, 0, 0, 0, 1],
                    statistics: [0; 40],
                }),
            },
        );
    let release = NamePacket {
        opcode: Opcode::RELEASE,
        flags: NameFlags::BROADCAST,
        additionals: vec![Record::address(fred(), 0, entry(0))],
        ..registration.clone()
    };
    let packets = [query, registration, multihomed, found, none, wait, status, release];
    let sections = ["4.2.12", "4.2.2", "multihomed", "4.2.13", "4.2.14", "4.2.16", "4.2.18", "4.2.9"];
    let both = sections.into_iter().zip(packets).zip(bytes());
    both.map(|((section, packet), bytes)| (section, packet, bytes)).collect()
}

fn bytes() -> Vec<Vec<u8>> {
    let counts = |a: u8, b: u8, c: u8, d: u8| [0, a, 0, b, 0, c, 0, d];
    let nb = b"\0\x20\0\x01";
    let own = [&b"\xc0\x0c"[..], nb, b"\0\x04\x93\xe0", b"\0\x06", b"\x60\0", &[10, 0, 0, 1]].concat();
    let statistics = [0; 40];
    vec![
        [&[0x12, 0x34, 0x01, 0x10], &counts(1, 0, 0, 0)[..], FRED, nb].concat(),
        [&[0, 7, 0x29, 0x00], &counts(1, 0, 0, 1)[..], FRED, nb, &own].concat(),
        [&[0, 7, 0x79, 0x00], &counts(1, 0, 0, 1)[..], FRED, nb, &own].concat(),
        [
            &[0x12, 0x34, 0x85, 0x00],
            &counts(0, 1, 0, 0)[..],
            FRED,
            nb,
            &[0, 0, 0, 0, 0, 12],
            &[0, 0, 10, 0, 0, 1, 0x80, 0, 10, 0, 0, 1],
        ]
        .concat(),
        [&[0x12, 0x34, 0x85, 0x03], &counts(0, 1, 0, 0)[..], FRED, b"\0\x0a\0\x01", &[0; 6]].concat(),
        [&[0, 7, 0xbc, 0x00], &counts(0, 1, 0, 0)[..], FRED, nb, &[0, 0, 0, 5, 0, 2, 0x29, 0]].concat(),
        [
            &[0, 9, 0x84, 0x00],
            &counts(0, 1, 0, 0)[..],
            FRED,
            b"\0\x21\0\x01",
            &[0, 0, 0, 0, 0, 65, 1],
            b"FRED            ",
            &[0x84, 0, 2, 0, 0, 0, 0, 1],
            &statistics,
        ]
        .concat(),
        [
            &[0, 7, 0x30, 0x10],
            &counts(1, 0, 0, 1)[..],
            FRED,
            nb,
            b"\xc0\x0c",
            nb,
            &[0, 0, 0, 0, 0, 6, 0, 0, 10, 0, 0, 1],
        ]
        .concat(),
    ]
}

#[test]
fn both_ways() {
    for (section, packet, bytes) in cases() {
        assert_eq!(packet.to_bytes(), bytes, "{section}");
        assert_eq!(NamePacket::decode(&mut Reader::new(&bytes)), Ok(packet), "{section}");
    }
}

#[test]
fn packets_that_are_cut_are_refused() {
    for (section, packet, bytes) in cases() {
        for len in 0..bytes.len() {
            let cut = NamePacket::decode(&mut Reader::new(&bytes[..len]));
            assert!(cut.is_err(), "{section}, {len} bytes of {}: {packet:?}", bytes.len());
        }
    }
}

/// A packet that says how long its data is and has less of it.
#[test]
fn data_that_is_shorter_than_it_says() {
    let (_, _, found) = cases().swap_remove(3);
    let length = found.len() - 12 - 1;
    for claimed in [13, 100, 255] {
        let mut lies = found.clone();
        lies[length] = claimed;
        assert!(NamePacket::decode(&mut Reader::new(&lies)).is_err());
    }
    // What is no whole entry is no address.
    for honest in [0, 1, 5] {
        let mut short = found[..=length + honest].to_vec();
        short[length] = u8::try_from(honest).unwrap();
        let packet = NamePacket::decode(&mut Reader::new(&short)).unwrap();
        assert!(packet.answers[0].addresses().is_empty());
        assert_eq!(packet.to_bytes(), short);
    }
}

#[test]
fn counts_that_no_packet_has_are_refused_before_anything_is_kept() {
    let (_, _, query) = cases().swap_remove(0);
    for at in [4, 6, 8, 10] {
        let mut lies = query.clone();
        lies[at] = 0xff;
        assert!(NamePacket::decode(&mut Reader::new(&lies)).is_err());
    }
}
