//! What must hold for any bytes whatever: no decoder panics, what was decoded survives being encoded and decoded again, and nodes and name servers
//! answer within bounds. Fuzz targets and tests call it.

use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;

use lanward_wire::{Decode, Encode, Reader};

use crate::{
    AddressEntry, DatagramPacket, Fragments, FullName, NamePacket, NameType, NetbiosName, Node, NodeConfig,
    NodeType, Scope, SessionHeader, SessionPacket, WinsConfig, WinsServer,
};

/// Any bytes as packets of the name service, each behind its length in two bytes, to a node and to a name server; time goes on between them. The
/// first byte says what type the node is.
///
/// # Panics
/// Where something does not hold.
pub fn names(bytes: &[u8]) {
    let [own, from] = [2, 3].map(|host| Ipv4Addr::new(10, 0, 0, host));
    let from = SocketAddrV4::new(from, Node::PORT);
    let Some((first, bytes)) = bytes.split_first() else { return };
    let node_type = match first & 3 {
        0 => NodeType::B,
        1 => NodeType::P,
        2 => NodeType::M,
        _ => NodeType::H,
    };
    let config = NodeConfig {
        node_type,
        scope: Scope::default(),
        address: own,
        servers: vec![*from.ip()],
        multihomed: false,
        ttl: 300,
        unit_id: [0; 6],
    };
    let mut node = Node::new(config, Node::PORT);
    let limits = WinsConfig { max_names: 16, ..WinsConfig::default() };
    let mut server = WinsServer::new(limits, Node::PORT);
    let mut id = 0u16;
    let mut ids = || {
        id = id.wrapping_add(1);
        id
    };
    let mut now = Duration::ZERO;
    for (name, group) in [("LANWARD", false), ("WORKGROUP", true)] {
        if let Some(name) = NetbiosName::new(name, 0) {
            node.add(name, group, now, &mut ids);
            let entry = AddressEntry { kind: NameType::empty(), address: own };
            server.add_own(FullName::unscoped(name), entry);
        }
    }
    for packet in pieces(bytes) {
        now = now.saturating_add(Duration::from_millis(400));
        node.tick(now, &mut ids);
        server.tick(now);
        if let Ok(packet) = NamePacket::decode(&mut Reader::new(packet)) {
            let again = packet.to_bytes();
            assert_eq!(
                NamePacket::decode(&mut Reader::new(&again)),
                Ok(packet.clone()),
                "a packet reads back as another"
            );
            node.receive(&packet, from, packet.id & 1 == 0, now, &mut ids);
            server.receive(&packet, from, own, now, &mut ids);
        }
        let mut sent = 0usize;
        while let Some(outgoing) = node.next_outgoing().or_else(|| server.next_outgoing(own)) {
            let bytes = outgoing.packet.to_bytes();
            assert!(bytes.len() <= NamePacket::MAX_LEN, "a packet longer than any may be");
            assert_eq!(
                NamePacket::decode(&mut Reader::new(&bytes)),
                Ok(outgoing.packet),
                "an answer that cannot be read"
            );
            sent = sent.saturating_add(1);
        }
        assert!(sent <= 64, "one packet leads to many");
        assert!(server.names().count() <= 16, "more names than there may be");
        while node.next_event().is_some() {}
    }
}

/// Any bytes as packets of the datagram service, each behind its length in two bytes, and as a packet of the session service.
///
/// # Panics
/// Where something does not hold.
pub fn datagrams(bytes: &[u8]) {
    let from = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 3), 138);
    let mut fragments = Fragments::default();
    let mut now = Duration::ZERO;
    for packet in pieces(bytes) {
        now = now.saturating_add(Duration::from_millis(300));
        let Ok(packet) = DatagramPacket::decode(&mut Reader::new(packet)) else { continue };
        let again = packet.to_bytes();
        assert_eq!(
            DatagramPacket::decode(&mut Reader::new(&again)),
            Ok(packet.clone()),
            "a packet reads back as another"
        );
        if let Some(whole) = fragments.receive(from, packet, now) {
            assert!(whole.data.len() <= Fragments::MAX_DATAGRAM, "longer than a datagram may be");
        }
        let most = Fragments::MAX_WAITING.saturating_mul(Fragments::MAX_DATAGRAM);
        assert!(fragments.held() <= most, "more is kept than may be");
    }
    let Some((header, payload)) = bytes.split_first_chunk() else { return };
    let Ok(header) = SessionHeader::decode(*header, SessionHeader::MAX_MESSAGE) else { return };
    if let Ok(packet) = SessionPacket::decode(header, payload) {
        let again = packet.to_bytes();
        let Some((header, payload)) = again.split_first_chunk() else { return };
        let header = SessionHeader::decode(*header, 0);
        assert_eq!(header.and_then(|header| SessionPacket::decode(header, payload)), Ok(packet));
    }
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut r = Reader::new(bytes);
    core::iter::from_fn(move || {
        let len = r.u16_be("length").ok()?;
        let len = usize::from(len).min(r.remaining());
        r.bytes(len, "packet").ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            super::names(&bytes);
            super::datagrams(&bytes);
        }

        /// Packets that are nearly right.
        #[test]
        fn any_packet(node_type in 0u8..4, ids in proptest::collection::vec((0u16..8, any::<u8>(), any::<u8>(), 0u8..2, 0u8..3), 0..20)) {
            let mut bytes = vec![node_type];
            for (id, high, low, questions, additionals) in ids {
                let name = b"\x20EMEBEOFHEBFCEECACACACACACACACAAA\0\0\x20\0\x01";
                let record = b"\xc0\x0c\0\x20\0\x01\0\0\x01\0\0\x06\0\0\x0a\0\0\x03";
                let mut packet = [&id.to_be_bytes()[..], &[high, low, 0, questions, 0, 0, 0, 0, 0, additionals]].concat();
                (0..questions).for_each(|_| packet.extend(name));
                (0..additionals).for_each(|_| packet.extend(record));
                bytes.extend(u16::try_from(packet.len()).unwrap().to_be_bytes());
                bytes.extend(packet);
            }
            super::names(&bytes);
        }
    }
}
