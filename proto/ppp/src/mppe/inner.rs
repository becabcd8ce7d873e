/// What was in an encrypted packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inner {
    /// The PPP protocol: one of 0x0021 to 0x00fa.
    pub protocol: u16,
    /// Where in the packet its information begins.
    pub start: usize,
}

const IPV4: u16 = 0x0021;
const IPV6: u16 = 0x0057;

/// How sure it is that a packet was decrypted with the right key: there is nothing in it that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likelihood {
    /// It is no packet of a protocol that may be encrypted.
    Nonsense,
    /// It may be one.
    Plausible,
    /// It is one of IP with a header that adds up.
    Certain,
}

/// Reads what is behind the header of a packet that was decrypted.
pub(super) fn read(clear: &[u8]) -> (Inner, Likelihood) {
    let (protocol, length, information) = match clear {
        // One byte is only taken of what is really sent, as two of five bytes at random would do.
        [low @ (0x21 | 0x57), information @ ..] => (u16::from(*low), 1, information),
        [0, low @ 0x21..=0xfa, information @ ..] if low & 1 == 1 => (u16::from(*low), 2, information),
        _ => (0, 0, &[][..]),
    };
    let likelihood = match protocol {
        0 => Likelihood::Nonsense,
        IPV4 => ipv4(information),
        IPV6 => ipv6(information),
        _ => Likelihood::Plausible,
    };
    (Inner { protocol, start: super::HEADER.saturating_add(length) }, likelihood)
}

fn ipv4(packet: &[u8]) -> Likelihood {
    let Some([first, _, length @ ..]) = packet.first_chunk::<4>() else { return Likelihood::Nonsense };
    let header = usize::from(first & 0x0f).saturating_mul(4);
    let length = usize::from(u16::from_be_bytes(*length));
    let Some(words) = packet.get(..header) else { return Likelihood::Nonsense };
    if first >> 4 != 4 || header < 20 || length < header || length > packet.len() {
        return Likelihood::Nonsense;
    }
    let words = words.as_chunks::<2>().0.iter().map(|word| u32::from(u16::from_be_bytes(*word)));
    let sum = words.fold(0, u32::saturating_add);
    let folded = (sum & 0xffff).saturating_add(sum >> 16);
    if folded == 0xffff { Likelihood::Certain } else { Likelihood::Plausible }
}

fn ipv6(packet: &[u8]) -> Likelihood {
    let Some([first, _, _, _, length @ ..]) = packet.first_chunk::<6>() else { return Likelihood::Nonsense };
    let behind = usize::from(u16::from_be_bytes(*length));
    match packet.len().checked_sub(40) {
        _ if first >> 4 != 6 => Likelihood::Nonsense,
        Some(there) if behind == there => Likelihood::Certain,
        Some(there) if behind < there => Likelihood::Plausible,
        _ => Likelihood::Nonsense,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_inside() {
        let ip = b"\x45\x00\x00\x14\x00\x01\x00\x00\x40\x01\x66\xe6\x0a\x00\x00\x02\x0a\x00\x00\x01";
        let with = |front: &[u8]| read(&[front, ip].concat());
        assert_eq!(with(&[0, 0x21]), (Inner { protocol: 0x21, start: 4 }, Likelihood::Certain));
        assert_eq!(with(&[0x21]), (Inner { protocol: 0x21, start: 3 }, Likelihood::Certain));
        assert_eq!(with(&[0, 0x2b]).1, Likelihood::Plausible);
        for no_protocol in [&[0, 0x22][..], &[0, 0x1f], &[0, 0xfb], &[0, 0xfd], &[0xc0, 0x21], &[0x2b], &[]] {
            assert_eq!(with(no_protocol).1, Likelihood::Nonsense, "{no_protocol:?}");
        }
        let mut wrong = [&[0x21][..], ip].concat();
        wrong[11] ^= 1;
        assert_eq!(read(&wrong).1, Likelihood::Plausible);
        wrong[1] = 0x65;
        assert_eq!(read(&wrong).1, Likelihood::Nonsense);
        for end in 0..21 {
            assert_eq!(read(&[&[0x21][..], ip].concat()[..end]).1, Likelihood::Nonsense, "{end}");
        }
        let six = [&[0, 0x57, 0x60, 0, 0, 0, 0, 1][..], &[0; 35]].concat();
        assert_eq!(read(&six).1, Likelihood::Certain);
        assert_eq!(read(&six[..42]).1, Likelihood::Nonsense);
    }
}
