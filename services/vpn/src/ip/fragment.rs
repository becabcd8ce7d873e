use super::{Packet, checksum};

/// [RFC 791] 3.2: a packet in parts of at most `mtu` bytes; none when it may not be cut, or cannot be so small.
pub(crate) fn fragments(packet: &Packet<'_>, mtu: usize) -> Vec<Vec<u8>> {
    // Options that are for the first part only are rare and harmless in all of them.
    let room = mtu.saturating_sub(packet.header.len()) / 8 * 8;
    if packet.dont_fragment || room == 0 {
        return Vec::new();
    }
    let parts = packet.payload.chunks(room);
    let last = parts.len().saturating_sub(1);
    let whole = parts.enumerate().map(|(n, part)| {
        let more = n < last || packet.more_fragments;
        fragment(packet, (packet.fragment_offset + n * room) / 8, more, part)
    });
    whole.collect()
}

fn fragment(packet: &Packet<'_>, offset: usize, more: bool, part: &[u8]) -> Vec<u8> {
    let mut bytes = packet.header.to_vec();
    let length = u16::try_from(bytes.len() + part.len()).unwrap_or(u16::MAX);
    let place = u16::try_from(offset & 0x1fff).unwrap_or(0) | if more { 0x2000 } else { 0 };
    for (at, value) in [(2, length), (6, place), (10, 0)] {
        put(&mut bytes, at, value);
    }
    let sum = checksum(&bytes);
    put(&mut bytes, 10, sum);
    bytes.extend(part);
    bytes
}

fn put(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(field) = bytes.get_mut(at..at + 2) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::fragments;
    use crate::ip::tests::packet;
    use crate::ip::{Packet, UDP, checksum};
    use std::net::Ipv4Addr;

    fn whole(length: usize) -> Vec<u8> {
        let contents: Vec<u8> = (0..length).map(|n| n.to_le_bytes()[0]).collect();
        packet(Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2), UDP, &contents)
    }

    #[test]
    fn parts_make_the_whole_again() {
        let bytes = whole(1376);
        let packet = Packet::parse(&bytes).unwrap();
        for mtu in [576, 600, 1395, 68, 28] {
            let mut together = vec![0; 1376];
            let parts = fragments(&packet, mtu);
            for (n, part) in parts.iter().enumerate() {
                let read = Packet::parse(part).unwrap();
                assert!(part.len() <= mtu && checksum(read.header) == 0);
                assert_eq!((read.more_fragments, read.protocol), (n + 1 < parts.len(), UDP));
                together[read.fragment_offset..][..read.payload.len()].copy_from_slice(read.payload);
            }
            assert_eq!(together, packet.payload);
        }
    }

    #[test]
    fn parts_are_cut_again() {
        let bytes = whole(1376);
        let first = fragments(&Packet::parse(&bytes).unwrap(), 1000);
        let again: Vec<_> =
            first.iter().flat_map(|part| fragments(&Packet::parse(part).unwrap(), 500)).collect();
        let read: Vec<_> = again.iter().map(|part| Packet::parse(part).unwrap()).collect();
        let places: Vec<_> =
            read.iter().map(|p| (p.fragment_offset, p.payload.len(), p.more_fragments)).collect();
        assert_eq!(places, [(0, 480, true), (480, 480, true), (960, 16, true), (976, 400, false)]);
    }

    #[test]
    fn what_may_not_be_cut_is_not() {
        let mut bytes = whole(1376);
        bytes[6] = 0x40;
        assert!(fragments(&Packet::parse(&bytes).unwrap(), 576).is_empty());
        assert!(fragments(&Packet::parse(&whole(100)).unwrap(), 27).is_empty());
    }
}
