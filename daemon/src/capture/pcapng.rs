//! pcapng, as Wireshark reads it: frames as TCP segments of connections whose beginnings nobody saw.

use lanward_nt::FileTime;
use lanward_server::CapturedFrame;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

/// Packets begin with an IP header.
const LINKTYPE_RAW: u16 = 101;

/// Times count 10^-7 s.
const RESOLUTION: u8 = 7;

/// Most bytes of a frame in one segment.
const SEGMENT: usize = 32 << 10;

/// PSH and ACK.
const FLAGS: u8 = 0x18;

/// Makes the blocks of one section.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// Bytes of each connection so far: from the client, and to it.
    streams: HashMap<u32, (u32, u32)>,
}

impl Section {
    /// The blocks a file begins with.
    pub(super) fn begin(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut section = Vec::new();
        put32(&mut section, 0x1a2b_3c4d);
        put16(&mut section, 1);
        put16(&mut section, 0);
        section.extend([0xff; 8]);
        option(&mut section, 4, concat!("lanward ", env!("CARGO_PKG_VERSION")).as_bytes());
        option(&mut section, 0, &[]);
        block(&mut file, 0x0a0d_0d0a, &section);
        let mut interface = Vec::new();
        put16(&mut interface, LINKTYPE_RAW);
        put16(&mut interface, 0);
        put32(&mut interface, 0);
        option(&mut interface, 9, &[RESOLUTION]);
        option(&mut interface, 0, &[]);
        block(&mut file, 1, &interface);
        file
    }

    /// The packets of a frame.
    pub(super) fn frame(&mut self, frame: &CapturedFrame) -> Vec<u8> {
        let (from_client, to_client) = self.streams.entry(frame.connection).or_insert((1, 1));
        let (source, destination, sequence, acknowledged) = match frame.received {
            true => (frame.peer, frame.local, from_client, to_client),
            false => (frame.local, frame.peer, to_client, from_client),
        };
        let mut packets = Vec::with_capacity(frame.bytes.len() + 128);
        for segment in frame.bytes.chunks(SEGMENT) {
            let packet = packet(source, destination, (*sequence, *acknowledged), segment);
            // A frame has less than 16 MiB, and sequence numbers begin again after 4 GiB.
            *sequence = sequence.wrapping_add(u32::try_from(segment.len()).unwrap_or(u32::MAX));
            put_packet(&mut packets, frame.time, frame.received, &packet);
        }
        packets
    }

    /// The block a file ends with: so many frames were left out.
    pub(super) fn end(lost: u64, now: FileTime) -> Vec<u8> {
        let mut statistics = Vec::new();
        put32(&mut statistics, 0);
        put_time(&mut statistics, now);
        option(&mut statistics, 5, &lost.to_le_bytes());
        option(&mut statistics, 0, &[]);
        let mut file = Vec::new();
        block(&mut file, 5, &statistics);
        file
    }
}

fn put_packet(file: &mut Vec<u8>, time: FileTime, received: bool, packet: &[u8]) {
    let mut body = Vec::with_capacity(packet.len() + 40);
    put32(&mut body, 0);
    put_time(&mut body, time);
    let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
    put32(&mut body, length);
    put32(&mut body, length);
    put_padded(&mut body, packet);
    let direction: u32 = if received { 1 } else { 2 };
    option(&mut body, 2, &direction.to_le_bytes());
    option(&mut body, 0, &[]);
    block(file, 6, &body);
}

/// An IP packet with a TCP segment. Its checksum is that of a network card that has yet to compute it: none.
fn packet(source: SocketAddr, destination: SocketAddr, numbers: (u32, u32), payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap_or(u16::MAX);
    let mut packet = match (source.ip().to_canonical(), destination.ip().to_canonical()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let mut header = vec![0x45, 0];
            header.extend((20 + length).to_be_bytes());
            header.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
            header.extend(source.octets());
            header.extend(destination.octets());
            let checksum = checksum(&header).to_be_bytes();
            header[10..12].copy_from_slice(&checksum);
            header
        }
        (source, destination) => {
            let octets = |ip: IpAddr| match ip {
                IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            let mut header = vec![0x60, 0, 0, 0];
            header.extend(length.to_be_bytes());
            header.extend([6, 64]);
            header.extend(octets(source));
            header.extend(octets(destination));
            header
        }
    };
    packet.extend(source.port().to_be_bytes());
    packet.extend(destination.port().to_be_bytes());
    packet.extend(numbers.0.to_be_bytes());
    packet.extend(numbers.1.to_be_bytes());
    packet.extend([0x50, FLAGS, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(payload);
    packet
}

/// RFC 1071, of a header with an even number of bytes.
fn checksum(header: &[u8]) -> u16 {
    let words = header.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap_or(0)
}

fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = u32::try_from(body.len() + 12).unwrap_or(u32::MAX);
    put32(file, kind);
    put32(file, length);
    file.extend(body);
    put32(file, length);
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    put16(body, code);
    put16(body, u16::try_from(value.len()).unwrap_or(u16::MAX));
    put_padded(body, value);
}

fn put_padded(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
}

/// The two halves of a time since 1970, the high one first.
fn put_time(body: &mut Vec<u8>, time: FileTime) {
    const SINCE_1601: u64 = 116_444_736_000_000_000;
    let ticks = time.0.saturating_sub(SINCE_1601);
    put32(body, u32::try_from(ticks >> 32).unwrap_or(u32::MAX));
    put32(body, u32::try_from(ticks & 0xffff_ffff).unwrap_or(u32::MAX));
}

fn put16(body: &mut Vec<u8>, value: u16) {
    body.extend(value.to_le_bytes());
}

fn put32(body: &mut Vec<u8>, value: u32) {
    body.extend(value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(received: bool, bytes: Vec<u8>) -> CapturedFrame {
        CapturedFrame {
            time: FileTime(116_444_736_000_000_000 + (7 << 32) + 9),
            connection: 3,
            local: "10.0.0.1:445".parse().unwrap(),
            peer: "10.0.0.2:999".parse().unwrap(),
            received,
            bytes,
        }
    }

    /// The blocks of a file: kind and body; lengths in front and behind agree.
    fn blocks(mut file: &[u8]) -> Vec<(u32, Vec<u8>)> {
        let number = |at: &[u8]| u32::from_le_bytes(at[..4].try_into().unwrap());
        let mut blocks = Vec::new();
        while !file.is_empty() {
            let length = number(&file[4..]) as usize;
            assert_eq!(number(&file[length - 4..]) as usize, length);
            blocks.push((number(file), file[8..length - 4].to_vec()));
            file = &file[length..];
        }
        blocks
    }

    #[test]
    fn a_file_has_a_section_an_interface_packets_and_statistics() {
        let mut section = Section::default();
        let mut file = section.begin();
        file.extend(section.frame(&frame(true, vec![1; 5])));
        file.extend(Section::end(4, FileTime(116_444_736_000_000_000)));
        let blocks = blocks(&file);
        let kinds: Vec<_> = blocks.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [0x0a0d_0d0a, 1, 6, 5]);
        assert_eq!(blocks[1].1[..2], [101, 0]);
        let packet = &blocks[2].1;
        // Interface, time, lengths: 20 bytes of IP, 20 of TCP, 5.
        assert_eq!(packet[..20], [0, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 45, 0, 0, 0, 45, 0, 0, 0]);
        assert_eq!(packet[20..24], [0x45, 0, 0, 45]);
        assert_eq!(checksum(&packet[20..40]), 0, "the sum of a header with its checksum is nothing");
        assert_eq!(packet[32..40], [10, 0, 0, 2, 10, 0, 0, 1]);
        assert_eq!(packet[40..44], [3, 0xe7, 1, 0xbd]);
        assert_eq!(packet[60..65], [1; 5]);
        assert_eq!(packet[65..68], [0; 3], "padding");
        assert_eq!(packet[68..76], [2, 0, 4, 0, 1, 0, 0, 0], "inbound");
        assert_eq!(blocks[3].1[12..24], [5, 0, 8, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn long_frames_are_segments_in_sequence_each_way() {
        let mut section = Section::default();
        let sequence = |file: &[u8]| -> Vec<(u32, u32)> {
            let number = |at: &[u8]| u32::from_be_bytes(at[..4].try_into().unwrap());
            let numbers = |body: &Vec<u8>| (number(&body[44..]), number(&body[48..]));
            blocks(file).iter().map(|(_, body)| numbers(body)).collect()
        };
        let segment = u32::try_from(SEGMENT).unwrap();
        let long = section.frame(&frame(true, vec![0; SEGMENT + 1]));
        assert_eq!(sequence(&long), [(1, 1), (1 + segment, 1)]);
        assert_eq!(sequence(&section.frame(&frame(false, vec![0; 10]))), [(1, 2 + segment)]);
        assert_eq!(sequence(&section.frame(&frame(true, vec![0; 10]))), [(2 + segment, 11)]);
        let other = CapturedFrame { connection: 4, ..frame(true, vec![0; 1]) };
        assert_eq!(sequence(&section.frame(&other)), [(1, 1)]);
        let sixth = CapturedFrame {
            local: "[fe80::1]:445".parse().unwrap(),
            peer: "[fe80::2]:999".parse().unwrap(),
            ..frame(true, vec![9; 1])
        };
        let packet = &blocks(&section.frame(&sixth))[0].1;
        assert_eq!((packet[20], &packet[24..28], packet[80]), (0x60, &[0, 21, 6, 64][..], 9));
    }
}
