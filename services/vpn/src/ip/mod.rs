//! What the service must know of IPv4 packets, and what it does to them.

mod fragment;
mod mss;
mod too_big;

pub(crate) use fragment::fragments;
pub(crate) use mss::clamp_mss;
pub(crate) use too_big::too_big;

use std::net::Ipv4Addr;

pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;

/// [RFC 791] 3.1: a whole packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet<'a> {
    pub(crate) source: Ipv4Addr,
    pub(crate) destination: Ipv4Addr,
    pub(crate) protocol: u8,
    /// In bytes.
    pub(crate) fragment_offset: usize,
    pub(crate) more_fragments: bool,
    pub(crate) dont_fragment: bool,
    pub(crate) header: &'a [u8],
    pub(crate) payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// The packet at the beginning of `bytes`; `None` when that is no whole one.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let head = bytes.first_chunk::<20>()?;
        let header_length = usize::from(head[0] & 0x0f) * 4;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if head[0] >> 4 != 4 || header_length < 20 {
            return None;
        }
        let whole = bytes.get(..length)?;
        let (header, payload) = whole.split_at_checked(header_length)?;
        let fragment = u16::from_be_bytes([head[6], head[7]]);
        Some(Self {
            source: Ipv4Addr::new(head[12], head[13], head[14], head[15]),
            destination: Ipv4Addr::new(head[16], head[17], head[18], head[19]),
            protocol: head[9],
            fragment_offset: usize::from(fragment & 0x1fff) * 8,
            more_fragments: fragment & 0x2000 != 0,
            dont_fragment: fragment & 0x4000 != 0,
            header,
            payload,
        })
    }

    /// The ports it comes from and goes to, of TCP and UDP.
    pub(crate) fn ports(&self) -> Option<(u16, u16)> {
        let [a, b, c, d] = *self.payload.first_chunk::<4>()?;
        Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }

    /// Whether it is of a connection that the other side began: it acknowledges something, and TCP answers what it does not know with a reset.
    pub(crate) fn is_tcp_answer(&self) -> bool {
        const ACK: u8 = 0x10;
        self.payload.get(13).is_some_and(|flags| flags & ACK != 0)
    }

    /// Bytes of header and payload.
    pub(crate) fn len(&self) -> usize {
        self.header.len() + self.payload.len()
    }
}

/// [RFC 1071]: the checksum over bytes whose checksum field is zero.
pub(crate) fn checksum(bytes: &[u8]) -> u16 {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut sum: u32 = pairs.iter().map(|pair| u32::from(u16::from_be_bytes(*pair))).sum();
    sum += rest.first().map_or(0, |last| u32::from(*last) << 8);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Packet, TCP, checksum};
    use std::net::Ipv4Addr;

    /// A packet with these contents and a right header.
    pub(crate) fn packet(from: Ipv4Addr, to: Ipv4Addr, protocol: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
        let mut bytes = vec![0x45, 0, length[0], length[1], 0x12, 0x34, 0, 0, 64, protocol, 0, 0];
        bytes.extend(from.octets());
        bytes.extend(to.octets());
        let sum = checksum(&bytes).to_be_bytes();
        bytes[10..12].copy_from_slice(&sum);
        bytes.extend(payload);
        bytes
    }

    /// A TCP packet from port 1024 without contents.
    pub(crate) fn tcp(from: Ipv4Addr, to: Ipv4Addr, port: u16, flags: u8) -> Vec<u8> {
        let mut head = vec![4, 0];
        head.extend(port.to_be_bytes());
        head.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0x20, 0, 0, 0, 0, 0]);
        packet(from, to, TCP, &head)
    }

    #[test]
    fn packets_are_whole_or_none() {
        let whole = tcp(Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2), 445, 2);
        let read = Packet::parse(&whole).unwrap();
        assert_eq!((read.ports(), read.protocol, read.len()), (Some((1024, 445)), TCP, 40));
        assert_eq!(checksum(read.header), 0, "with its checksum in it the sum is nothing");
        for cut in 0..whole.len() {
            assert!(Packet::parse(&whole[..cut]).is_none());
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert_eq!(Packet::parse(&longer).unwrap().len(), 40, "what is behind it is not its");
        for (at, wrong) in [(0, 0x65), (0, 0x44), (0, 0x4f), (3, 19)] {
            let mut bytes = whole.clone();
            bytes[at] = wrong;
            assert!(Packet::parse(&bytes).is_none(), "{at}: {wrong:#x}");
        }
    }

    #[test]
    fn checksums() {
        // [RFC 1071] 3
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
        assert_eq!((checksum(&[]), checksum(&[0xff])), (0xffff, !0xff00));
    }
}
