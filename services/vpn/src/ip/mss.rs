use super::{Packet, TCP};

/// Keeps a TCP connection that begins from agreeing on segments longer than `mss` bytes, which would not fit into the tunnel. Other packets stay
/// as they are.
pub(crate) fn clamp_mss(bytes: &mut [u8], mss: u16) {
    let Some(at) = position(bytes) else { return };
    let Some(&[high, low]) = bytes.get(at..).and_then(|rest| rest.first_chunk::<2>()) else { return };
    let old = u16::from_be_bytes([high, low]);
    if old <= mss {
        return;
    }
    let Some(packet) = Packet::parse(bytes) else { return };
    let header = packet.header.len();
    let Some(&[a, b]) = packet.payload.get(16..).and_then(|rest| rest.first_chunk::<2>()) else { return };
    // An option at an odd place adds to the sum with its bytes exchanged.
    let swapped = (at - header) % 2 == 1;
    let (from, to) = if swapped { (old.swap_bytes(), mss.swap_bytes()) } else { (old, mss) };
    let sum = updated(u16::from_be_bytes([a, b]), from, to);
    for (at, value) in [(at, mss), (header + 16, sum)] {
        if let Some(field) = bytes.get_mut(at..at + 2) {
            field.copy_from_slice(&value.to_be_bytes());
        }
    }
}

/// [RFC 1624] 3: the checksum after a field changed.
fn updated(sum: u16, old: u16, new: u16) -> u16 {
    let mut total = u32::from(!sum) + u32::from(!old) + u32::from(new);
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    !u16::try_from(total).unwrap_or(0)
}

/// Where the value of the option Maximum Segment Size is ([RFC 9293] 3.2), in a packet with SYN.
fn position(bytes: &[u8]) -> Option<usize> {
    const SYN: u8 = 0x02;
    let packet = Packet::parse(bytes)?;
    let head = packet.payload.first_chunk::<20>()?;
    if packet.protocol != TCP || packet.fragment_offset != 0 || head[13] & SYN == 0 {
        return None;
    }
    let options_end = usize::from(head[12] >> 4) * 4;
    let options = packet.payload.get(20..options_end)?;
    let mut at = 0;
    loop {
        match *options.get(at..)? {
            [0, ..] | [] => return None,
            [1, ..] => at += 1,
            [2, 4, _, _, ..] => return Some(packet.header.len() + 20 + at + 2),
            [_, length, ..] if length >= 2 => at += usize::from(length),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::clamp_mss;
    use crate::ip::tests::packet;
    use crate::ip::{Packet, TCP, checksum};
    use std::net::Ipv4Addr;

    const ENDS: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));

    /// A first packet with these options, and a right checksum.
    fn syn(options: &[u8], flags: u8) -> Vec<u8> {
        let words = u8::try_from(5 + options.len() / 4).unwrap();
        let mut head = vec![4, 0, 1, 0xbd, 0, 0, 0, 1, 0, 0, 0, 0, words << 4, flags, 0x20, 0, 0, 0, 0, 0];
        head.extend(options);
        let sum = sum(&head).to_be_bytes();
        head[16..18].copy_from_slice(&sum);
        packet(ENDS.0, ENDS.1, TCP, &head)
    }

    fn sum(tcp: &[u8]) -> u16 {
        let mut all = [ENDS.0.octets(), ENDS.1.octets()].concat();
        all.extend([0, TCP]);
        all.extend(u16::try_from(tcp.len()).unwrap().to_be_bytes());
        all.extend(tcp);
        checksum(&all)
    }

    #[test]
    fn segments_are_made_to_fit_and_the_checksum_stays_right() {
        let even = [2, 4, 0x05, 0xb4, 1, 3, 3, 7];
        let odd = [1, 2, 4, 0x05, 0xb4, 1, 1, 0];
        for (options, at) in [(even, 2), (odd, 3)] {
            for flags in [0x02, 0x12] {
                let mut bytes = syn(&options, flags);
                clamp_mss(&mut bytes, 1356);
                let read = Packet::parse(&bytes).unwrap();
                assert_eq!(read.payload[20 + at..22 + at], 1356u16.to_be_bytes());
                assert_eq!(sum(read.payload), 0, "{options:?}");
            }
        }
    }

    #[test]
    fn what_fits_or_is_no_beginning_stays() {
        let small = syn(&[2, 4, 0x05, 0x4c, 0, 0, 0, 0], 2);
        let later = syn(&[2, 4, 0x05, 0xb4, 0, 0, 0, 0], 0x10);
        let broken = [[2, 4, 5, 0, 0, 0, 0, 0], [8, 0, 2, 4, 5, 0xb4, 0, 0], [8, 1, 2, 4, 5, 0xb4, 0, 0]];
        let ended = syn(&[0, 2, 4, 5, 0xb4, 0, 0, 0], 2);
        let beyond = syn(&[8, 9, 2, 4, 5, 0xb4, 0, 0], 2);
        let more = broken.map(|options| syn(&options, 2));
        for bytes in [small, later, ended, beyond].into_iter().chain(more) {
            let mut clamped = bytes.clone();
            clamp_mss(&mut clamped, 1356);
            assert_eq!(clamped, bytes);
        }
        let mut udp = packet(ENDS.0, ENDS.1, 17, &[0; 40]);
        clamp_mss(&mut udp, 1);
        clamp_mss(&mut [], 1);
        assert_eq!(udp, packet(ENDS.0, ENDS.1, 17, &[0; 40]));
    }
}
