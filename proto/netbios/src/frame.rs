use lanward_wire::{DecodeError, DecodeErrorKind};

/// The four bytes in front of every message on direct TCP: a zero and a 24-bit big-endian length ([MS-SMB2] 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Bytes of the message that follows, less than 2^24.
    len: u32,
}

impl FrameHeader {
    /// Bytes in the header.
    pub const LEN: usize = 4;
    /// The longest message a header can announce.
    pub const MAX_MESSAGE: usize = 0x00ff_ffff;

    /// The header of a message of `len` bytes.
    ///
    /// # Errors
    /// The length does not fit into 24 bits.
    pub fn for_message(len: usize) -> Result<Self, DecodeError> {
        match u32::try_from(len) {
            Ok(fits) if len <= Self::MAX_MESSAGE => Ok(Self { len: fits }),
            _ => Err(DecodeError::invalid("StreamProtocolLength", "does not fit into 24 bits")),
        }
    }

    /// Reads a header. `max` is the longest message the receiver takes, in bytes.
    ///
    /// # Errors
    /// The first byte is not zero, or the message is longer than `max`: nothing more can be read from the connection.
    pub fn decode(bytes: [u8; Self::LEN], max: usize) -> Result<Self, DecodeError> {
        let [zero, length @ ..] = bytes;
        if zero != 0 {
            return Err(DecodeError::unexpected("Zero", zero.into()));
        }
        let header = Self { len: big_endian_24(length) };
        if header.message_len() > max {
            return Err(too_long("StreamProtocolLength", max, header.message_len()));
        }
        Ok(header)
    }

    /// The header's bytes.
    #[must_use]
    pub const fn encode(self) -> [u8; Self::LEN] {
        self.len.to_be_bytes() // the first byte is zero: less than 2^24
    }

    /// Bytes of the message that follows.
    #[must_use]
    pub fn message_len(self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }
}

pub(crate) fn big_endian_24([high, middle, low]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, high, middle, low])
}

/// More was announced than is taken.
pub(crate) fn too_long(field: &'static str, max: usize, announced: usize) -> DecodeError {
    DecodeError { kind: DecodeErrorKind::NotEnoughBytes { expected: announced, received: max }, field }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (bytes, len) in
            [([0, 0, 0, 0], 0), ([0, 0, 0x01, 0x02], 0x102), ([0, 0xff, 0xff, 0xff], 0xff_ffff)]
        {
            let header = FrameHeader::for_message(len).unwrap();
            assert_eq!(header.encode(), bytes);
            assert_eq!(FrameHeader::decode(bytes, len), Ok(header));
            assert_eq!(header.message_len(), len);
        }
    }

    #[test]
    fn limits() {
        assert!(FrameHeader::for_message(0x0100_0000).is_err());
        assert!(FrameHeader::decode([0, 0, 1, 0], 255).is_err());
        assert_eq!(
            FrameHeader::decode([0x81, 0, 0, 0], 255),
            Err(DecodeError::unexpected("Zero", 0x81)),
            "a NetBIOS session packet"
        );
    }
}
