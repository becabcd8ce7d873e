//! PPP frames as enhanced GRE carries them (RFC 1661 2, RFC 1662 3.1, RFC 2637 4): no flags, no escapes, no checksum.

use lanward_wire::wire_values;

wire_values! {
    /// What a frame carries (RFC 1661 2 Protocol Field).
    Protocol(u16) {
        /// IPv4.
        IPV4 = 0x0021;
        /// IPv6.
        IPV6 = 0x0057;
        /// Compressed datagrams: with MPPE, encrypted ones (RFC 3078 3.1).
        COMPRESSED = 0x00fd;
        /// IP Control Protocol.
        IPCP = 0x8021;
        /// IPv6 Control Protocol.
        IPV6CP = 0x8057;
        /// Compression Control Protocol.
        CCP = 0x80fd;
        /// Link Control Protocol.
        LCP = 0xc021;
        /// Password Authentication Protocol.
        PAP = 0xc023;
        /// Challenge Handshake Authentication Protocol.
        CHAP = 0xc223;
        /// Extensible Authentication Protocol.
        EAP = 0xc227;
    }
}

impl Protocol {
    /// Whether it is one of those that say who somebody is.
    #[must_use]
    pub const fn is_authentication(self) -> bool {
        matches!(self, Self::PAP | Self::CHAP | Self::EAP)
    }
}

/// The most bytes a frame can have behind its protocol that are looked at, whatever was agreed on: 1500 and what RFC 2637 4 lets enhanced GRE add.
pub const MAX_INFORMATION: usize = 1532;

/// Splits a frame: what it carries, and where in it that begins. `FF 03` may be there or not, and the protocol be one byte or two, whatever was
/// agreed on; only LCP is always in full. `None` where the bytes are no frame.
#[must_use]
pub fn split_frame(frame: &[u8]) -> Option<(Protocol, usize)> {
    let (rest, header) = match frame {
        [0xff, 0x03, rest @ ..] => (rest, 2usize),
        [0xff, ..] => return None,
        rest => (rest, 0),
    };
    match *rest {
        [low, ..] if low & 1 == 1 => Some((Protocol(u16::from(low)), header.saturating_add(1))),
        [high, low, ..] if low & 1 == 1 => {
            Some((Protocol(u16::from_be_bytes([high, low])), header.saturating_add(2)))
        }
        _ => None,
    }
}

/// What was agreed on for the headers of frames in one direction (RFC 1661 6.5 and 6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeaderCompression {
    /// `FF 03` is left out.
    pub address_control: bool,
    /// A protocol below 0100 is one byte.
    pub protocol: bool,
}

impl HeaderCompression {
    /// Appends the header of a frame that carries `protocol`. LCP has it in full.
    pub fn write_header(self, protocol: Protocol, out: &mut Vec<u8>) {
        if protocol == Protocol::LCP || !self.address_control {
            out.extend_from_slice(&[0xff, 0x03]);
        }
        match protocol.0.to_be_bytes() {
            [0, low] if self.protocol => out.push(low),
            both => out.extend_from_slice(&both),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headers_are_read_in_full_and_compressed() {
        for (frame, expected) in [
            (&[0xff, 0x03, 0xc0, 0x21, 1][..], Some((Protocol::LCP, 4))),
            (&[0xc0, 0x21], Some((Protocol::LCP, 2))),
            (&[0xff, 0x03, 0x00, 0x21, 0x45], Some((Protocol::IPV4, 4))),
            (&[0x00, 0x21, 0x45], Some((Protocol::IPV4, 2))),
            (&[0x21, 0x45], Some((Protocol::IPV4, 1))),
            (&[0xff, 0x03, 0xfd], Some((Protocol::COMPRESSED, 3))),
            (&[], None),
            (&[0x00], None),
            (&[0xff], None),
            (&[0xff, 0x04, 0xc0, 0x21], None),
        ] {
            assert_eq!(split_frame(frame), expected, "{frame:02x?}");
        }
    }

    /// Too short, without an end, with an even low byte; LCP has no short form, as no protocol above 00FF has.
    #[test]
    fn p19_frames_that_are_none() {
        for frame in [
            &[0xff][..],
            &[0xff, 0x03],
            &[0xff, 0x03, 0xc0],
            &[0xff, 0x03, 0xc0, 0x20],
            &[0xc0, 0x22, 0],
            &[0x00, 0x00],
        ] {
            assert_eq!(split_frame(frame), None, "{frame:02x?}");
        }
        assert_eq!(split_frame(&[0x21]), Some((Protocol::IPV4, 1)), "one byte is never LCP");
    }

    #[test]
    fn lcp_is_written_in_full_whatever_was_agreed_on() {
        let all = HeaderCompression { address_control: true, protocol: true };
        for (compression, protocol, expected) in [
            (all, Protocol::LCP, &[0xff, 0x03, 0xc0, 0x21][..]),
            (all, Protocol::COMPRESSED, &[0xfd]),
            (all, Protocol::IPCP, &[0x80, 0x21]),
            (HeaderCompression::default(), Protocol::COMPRESSED, &[0xff, 0x03, 0x00, 0xfd]),
            (HeaderCompression { protocol: false, ..all }, Protocol::IPV4, &[0x00, 0x21]),
        ] {
            let mut out = Vec::new();
            compression.write_header(protocol, &mut out);
            assert_eq!(out, expected, "{protocol:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value: u16, address_control: bool, protocol: bool, rest: Vec<u8>) {
            let number = Protocol((value & 0xfefe) | 1);
            let mut frame = Vec::new();
            HeaderCompression { address_control, protocol }.write_header(number, &mut frame);
            let start = frame.len();
            // What would begin with FF and no 03 is no protocol that was ever assigned.
            prop_assume!(frame.first() != Some(&0xff) || frame.get(1) == Some(&0x03));
            frame.extend_from_slice(&rest);
            prop_assert_eq!(split_frame(&frame), Some((number, start)));
        }

        #[test]
        fn nothing_panics(frame: Vec<u8>) {
            if let Some((_, start)) = split_frame(&frame) {
                prop_assert!(start <= frame.len());
            }
        }
    }
}
