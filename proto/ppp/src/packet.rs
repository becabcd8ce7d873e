//! What LCP, CCP, IPCP and IPV6CP say it in: packets (RFC 1661 5) and lists of options (RFC 1661 6).

use lanward_wire::{DecodeError, Reader, wire_values};

wire_values! {
    /// What a packet says.
    Code(u8) {
        /// RFC 1661 5.1 Configure-Request.
        CONFIGURE_REQUEST = 1;
        /// RFC 1661 5.2 Configure-Ack.
        CONFIGURE_ACK = 2;
        /// RFC 1661 5.3 Configure-Nak.
        CONFIGURE_NAK = 3;
        /// RFC 1661 5.4 Configure-Reject.
        CONFIGURE_REJECT = 4;
        /// RFC 1661 5.5 Terminate-Request.
        TERMINATE_REQUEST = 5;
        /// RFC 1661 5.5 Terminate-Ack.
        TERMINATE_ACK = 6;
        /// RFC 1661 5.6 Code-Reject.
        CODE_REJECT = 7;
        /// RFC 1661 5.7 Protocol-Reject, of LCP only.
        PROTOCOL_REJECT = 8;
        /// RFC 1661 5.8 Echo-Request, of LCP only.
        ECHO_REQUEST = 9;
        /// RFC 1661 5.8 Echo-Reply, of LCP only.
        ECHO_REPLY = 10;
        /// RFC 1661 5.9 Discard-Request, of LCP only.
        DISCARD_REQUEST = 11;
        /// RFC 1570 2.1 Identification, of LCP only.
        IDENTIFICATION = 12;
        /// RFC 1570 2.2 Time-Remaining, of LCP only.
        TIME_REMAINING = 13;
        /// RFC 1962 3 Reset-Request, of CCP only.
        RESET_REQUEST = 14;
        /// RFC 1962 3 Reset-Ack, of CCP only.
        RESET_ACK = 15;
    }
}

/// One packet of a control protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it says.
    pub code: Code,
    /// Which question it is, or answers.
    pub identifier: u8,
    /// What is behind the length.
    pub data: &'a [u8],
}

/// Code, Identifier and Length.
pub const PACKET_HEADER: usize = 1 /* Code */ + 1 /* Identifier */ + 2 /* Length */;

impl<'a> Packet<'a> {
    /// Reads a packet; what is behind its end is padding.
    ///
    /// # Errors
    /// Less than a header is there, or Length says less than a header or more than is there.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let code = Code(r.u8("Code")?);
        let identifier = r.u8("Identifier")?;
        let data = usize::from(r.u16_be("Length")?)
            .checked_sub(PACKET_HEADER)
            .ok_or(DecodeError::invalid("Length", "less than a header"))?;
        Ok(Self { code, identifier, data: r.bytes(data, "Data")? })
    }

    /// Appends the packet. `false`, and nothing appended, where it is longer than any length can say.
    pub fn encode(&self, out: &mut Vec<u8>) -> bool {
        let Ok(length) = u16::try_from(self.data.len().saturating_add(PACKET_HEADER)) else { return false };
        out.extend_from_slice(&[self.code.0, self.identifier]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(self.data);
        true
    }
}

/// One option of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigureOption<'a> {
    /// What it is about; the numbers are each protocol's own.
    pub kind: u8,
    /// What is behind its length.
    pub value: &'a [u8],
}

impl ConfigureOption<'_> {
    /// Appends the option; one longer than any length can say is left out, which none of ours is.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let Ok(length) = u8::try_from(self.value.len().saturating_add(2)) else { return };
        out.extend_from_slice(&[self.kind, length]);
        out.extend_from_slice(self.value);
    }

    /// The value as an array, where it is as long as that.
    #[must_use]
    pub fn array<const N: usize>(&self) -> Option<[u8; N]> {
        self.value.try_into().ok()
    }
}

/// A list of options that has been checked: each is whole, none is there twice, and they are not too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options<'a>(&'a [u8]);

impl<'a> Options<'a> {
    /// The most options one packet may have.
    pub const MAX: usize = 32;

    /// Checks a list. A length below 2 or over the end makes all of it invalid (RFC 1661 6).
    ///
    /// # Errors
    /// An option is not whole, is there a second time, or is one too many.
    pub fn decode(data: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(data);
        let mut seen = [0u64; 4];
        let mut count = 0usize;
        while !r.is_empty() {
            let kind = r.u8("Type")?;
            let value = usize::from(r.u8("Length")?)
                .checked_sub(2)
                .ok_or(DecodeError::invalid("Length", "less than a header"))?;
            r.skip(value, "Data")?;
            count = count.saturating_add(1);
            let bit = 1u64 << (kind & 63);
            let known =
                seen.get_mut(usize::from(kind >> 6)).filter(|word| **word & bit == 0 && count <= Self::MAX);
            let Some(word) = known else {
                return Err(DecodeError::invalid("Type", "an option twice, or too many"));
            };
            *word |= bit;
        }
        Ok(Self(data))
    }

    /// Each option.
    pub fn iter(self) -> impl Iterator<Item = ConfigureOption<'a>> + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let [kind, length, tail @ ..] = rest else { return None };
            let (value, behind) = tail.split_at_checked(usize::from(*length).checked_sub(2)?)?;
            rest = behind;
            Some(ConfigureOption { kind: *kind, value })
        })
    }

    /// The bytes of all of them.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether each option is one of `ours`, with the same value and in the same order: what a Configure-Reject has to be.
    #[must_use]
    pub fn are_among(self, ours: Options<'_>) -> bool {
        let mut ours = ours.iter();
        self.iter().all(|option| ours.any(|our| our == option))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Worked frames of LCP, CCP, IPCP and IPV6CP, behind their protocol.
    #[test]
    fn packets_are_read_and_written_back() {
        for (bytes, code, kinds) in [
            (
                &b"\x01\x01\x00\x17\x01\x04\x05\x78\x03\x05\xc2\x23\x81\x05\x06\x11\x22\x33\x44\x07\x02\x08\x02"[..],
                Code::CONFIGURE_REQUEST,
                &[1, 3, 5, 7, 8][..],
            ),
            (b"\x01\x01\x00\x0a\x12\x06\x01\x00\x00\x40", Code::CONFIGURE_REQUEST, &[18]),
            (b"\x0e\x05\x00\x04", Code::RESET_REQUEST, &[]),
            (
                b"\x01\x01\x00\x22\x03\x06\x00\x00\x00\x00\x81\x06\x00\x00\x00\x00\x82\x06\x00\x00\x00\x00\x83\x06\x00\x00\x00\x00\x84\x06\x00\x00\x00\x00",
                Code::CONFIGURE_REQUEST,
                &[3, 129, 130, 131, 132],
            ),
            (b"\x01\x01\x00\x0e\x01\x0a\x02\x00\x00\x00\x00\x00\x00\x01", Code::CONFIGURE_REQUEST, &[1]),
        ] {
            let packet = Packet::decode(bytes).unwrap();
            assert_eq!(packet.code, code);
            let options = Options::decode(packet.data).unwrap();
            assert_eq!(options.iter().map(|option| option.kind).collect::<Vec<_>>(), kinds);
            let mut again = Vec::new();
            options.iter().for_each(|option| option.encode(&mut again));
            assert_eq!(again, packet.data);
            let mut again = Vec::new();
            assert!(packet.encode(&mut again));
            assert_eq!(again, bytes);
        }
    }

    /// Options of length 0, 1 and over the end, and packets of length 0 to 3 and over the end, are invalid whole.
    #[test]
    fn p01_lengths_that_cannot_be() {
        for length in 0..4 {
            assert!(Packet::decode(&[1, 1, 0, length, 0, 0, 0, 0]).is_err(), "{length}");
        }
        assert!(Packet::decode(&[1, 1, 0, 9, 0, 0, 0, 0]).is_err());
        assert!(Packet::decode(&[1, 1, 0xff, 0xff]).is_err());
        assert!(Packet::decode(&[1, 1, 0]).is_err());
        assert_eq!(Packet::decode(&[9, 1, 0, 4, 7, 7]).unwrap().data, [], "the rest is padding");
        for options in [&[1][..], &[1, 0], &[1, 1], &[1, 3], &[7, 2, 1, 4, 5], &[3, 255, 0, 0]] {
            assert!(Options::decode(options).is_err(), "{options:?}");
        }
    }

    #[test]
    fn p22_an_option_given_twice_spoils_the_packet() {
        assert!(Options::decode(&[7, 2, 8, 2]).is_ok());
        assert!(Options::decode(&[7, 2, 8, 2, 7, 2]).is_err());
        assert!(Options::decode(&[1, 4, 5, 6].repeat(100)).is_err());
    }

    #[test]
    fn a_list_is_not_longer_than_any_peer_needs() {
        let list = |n: u8| (0..n).flat_map(|kind| [kind * 4 + 3, 2]).collect::<Vec<_>>();
        assert!(Options::decode(&list(32)).is_ok());
        assert!(Options::decode(&list(33)).is_err());
    }

    #[test]
    fn a_reject_names_what_was_asked_for_in_its_order() {
        let ours = Options::decode(&[1, 4, 5, 120, 5, 6, 1, 2, 3, 4, 7, 2]).unwrap();
        for (list, among) in [
            (&[][..], true),
            (&[7, 2], true),
            (&[1, 4, 5, 120, 7, 2], true),
            (&[7, 2, 1, 4, 5, 120], false),
            (&[1, 4, 5, 121], false),
            (&[8, 2], false),
        ] {
            assert_eq!(Options::decode(list).unwrap().are_among(ours), among, "{list:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_the_same(bytes: Vec<u8>) {
            if let Ok(packet) = Packet::decode(&bytes) {
                let mut again = Vec::new();
                prop_assert!(packet.encode(&mut again));
                prop_assert!(bytes.starts_with(&again));
            }
            if let Ok(options) = Options::decode(&bytes) {
                let mut again = Vec::new();
                options.iter().for_each(|option| option.encode(&mut again));
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
