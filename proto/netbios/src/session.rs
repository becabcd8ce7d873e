use core::net::Ipv4Addr;

use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use crate::NetbiosName;
use crate::frame::{big_endian_24, too_long};

/// The four bytes in front of every packet of the NetBIOS session service (RFC 1002 4.3.1): type, flags, and a length
/// of 17 bits, the highest of which is the lowest flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionHeader {
    /// The TYPE octet.
    pub packet_type: u8,
    /// Bytes that follow, less than 2^17.
    len: u32,
}

/// A packet of the NetBIOS session service, a session message excepted, whose payload is not copied anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionPacket {
    /// 0x81 SESSION REQUEST (4.3.2)
    Request(SessionRequest),
    /// 0x82 POSITIVE SESSION RESPONSE (4.3.3)
    Positive,
    /// 0x83 NEGATIVE SESSION RESPONSE (4.3.4)
    Negative(NegativeReason),
    /// 0x84 SESSION RETARGET RESPONSE (4.3.5): call again there.
    Retarget {
        /// Where to.
        address: Ipv4Addr,
        /// And at which port.
        port: u16,
    },
    /// 0x85 SESSION KEEPALIVE (4.3.7): to be passed over.
    KeepAlive,
}

/// Who calls whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRequest {
    /// The server, or `*SMBSERVER`.
    pub called: NetbiosName,
    /// The client.
    pub calling: NetbiosName,
}

/// The ERROR_CODE of a negative session response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NegativeReason(pub u8);

impl NegativeReason {
    /// Not listening on called name
    pub const NOT_LISTENING_ON_CALLED: Self = Self(0x80);
    /// Not listening for calling name
    pub const NOT_LISTENING_FOR_CALLING: Self = Self(0x81);
    /// Called name not present
    pub const CALLED_NOT_PRESENT: Self = Self(0x82);
    /// Called name present, but insufficient resources
    pub const INSUFFICIENT_RESOURCES: Self = Self(0x83);
    /// Unspecified error
    pub const UNSPECIFIED: Self = Self(0x8f);
}

impl SessionHeader {
    /// Bytes in the header.
    pub const LEN: usize = 4;
    /// The TYPE of a session message, whose payload is one SMB message.
    pub const MESSAGE: u8 = 0x00;
    /// The longest session message a header can announce ([MS-SMB2] 3.2.4.1).
    pub const MAX_MESSAGE: usize = 0x0001_ffff;
    /// The most bytes that may follow any other packet: two names with the longest scopes.
    pub const MAX_CONTROL: usize = 2 * 255;

    /// The whole packet that keeps a session alive (4.3.7).
    pub const KEEP_ALIVE: [u8; Self::LEN] = [0x85, 0, 0, 0];

    /// Reads the header of a message in a session that is established, where no other packet but a keep-alive can come.
    ///
    /// # Errors
    /// As [`SessionHeader::decode`], and any other packet.
    pub fn for_reading(bytes: [u8; Self::LEN], max: usize) -> Result<Self, DecodeError> {
        let header = Self::decode(bytes, max)?;
        match header.packet_type {
            Self::MESSAGE => Ok(header),
            other => Err(DecodeError::unexpected("TYPE", other.into())),
        }
    }

    /// Reads a header. `max` is the longest session message the receiver takes, in bytes; other packets are never
    /// longer than [`SessionHeader::MAX_CONTROL`].
    ///
    /// # Errors
    /// The packet is too long, its type unknown or a reserved flag set: nothing more can be read from the connection.
    pub fn decode(bytes: [u8; Self::LEN], max: usize) -> Result<Self, DecodeError> {
        let [packet_type, length @ ..] = bytes;
        let header = Self { packet_type, len: big_endian_24(length) };
        if header.payload_len() > Self::MAX_MESSAGE {
            return Err(DecodeError::invalid("FLAGS", "a reserved flag is set"));
        }
        let max = match packet_type {
            Self::MESSAGE => max,
            0x81..=0x85 => Self::MAX_CONTROL,
            _ => return Err(DecodeError::unexpected("TYPE", packet_type.into())),
        };
        if header.payload_len() > max {
            return Err(too_long("LENGTH", max, header.payload_len()));
        }
        Ok(header)
    }

    /// The header of a session message of `len` bytes.
    ///
    /// # Errors
    /// The length does not fit into 17 bits.
    pub fn for_message(len: usize) -> Result<Self, DecodeError> {
        match u32::try_from(len) {
            Ok(fits) if len <= Self::MAX_MESSAGE => Ok(Self { packet_type: Self::MESSAGE, len: fits }),
            _ => Err(DecodeError::invalid("LENGTH", "does not fit into 17 bits")),
        }
    }

    /// The header's bytes.
    #[must_use]
    pub const fn encode(self) -> [u8; Self::LEN] {
        let [_, flags, high, low] = self.len.to_be_bytes();
        [self.packet_type, flags, high, low]
    }

    /// Bytes that follow the header.
    #[must_use]
    pub fn payload_len(self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }
}

impl SessionPacket {
    /// Reads what follows a header that announces no session message.
    ///
    /// # Errors
    /// The payload is not that of its type.
    pub fn decode(header: SessionHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(payload);
        match header.packet_type {
            0x81 => Ok(Self::Request(SessionRequest {
                called: NetbiosName::decode(r)?,
                calling: NetbiosName::decode(r)?,
            })),
            0x82 => Ok(Self::Positive),
            0x83 => Ok(Self::Negative(NegativeReason(r.u8("ERROR_CODE")?))),
            0x84 => Ok(Self::Retarget {
                address: Ipv4Addr::from(r.u32_be("RETARGET_IP_ADDRESS")?),
                port: r.u16_be("PORT")?,
            }),
            0x85 => Ok(Self::KeepAlive),
            other => Err(DecodeError::unexpected("TYPE", other.into())),
        }
    }
}

impl Encode for SessionPacket {
    /// Header and payload.
    fn encode(&self, w: &mut Writer<'_>) {
        let (packet_type, len) = match self {
            Self::Request(_) => (0x81, 68),
            Self::Positive => (0x82, 0),
            Self::Negative(_) => (0x83, 1),
            Self::Retarget { .. } => (0x84, 6),
            Self::KeepAlive => (0x85, 0),
        };
        w.bytes(&[packet_type, 0, 0, len]);
        match self {
            Self::Request(request) => {
                request.called.encode(w);
                request.calling.encode(w);
            }
            Self::Negative(reason) => w.u8(reason.0),
            Self::Retarget { address, port } => {
                w.bytes(&address.octets());
                w.u16_be(*port);
            }
            Self::Positive | Self::KeepAlive => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let request = SessionRequest {
            called: NetbiosName::new("*SMBSERVER", 0x20).unwrap(),
            calling: NetbiosName::new("box", 0).unwrap(),
        };
        let names =
            [&b"\x20CKFDENECFDEFFCFGEFFCCACACACACACA\0"[..], &b"\x20ECEPFICACACACACACACACACACACACAAA\0"[..]]
                .concat();
        let cases = [
            (SessionPacket::Request(request), [&[0x81, 0, 0, 68], &names[..]].concat()),
            (SessionPacket::Positive, vec![0x82, 0, 0, 0]),
            (SessionPacket::Negative(NegativeReason::CALLED_NOT_PRESENT), vec![0x83, 0, 0, 1, 0x82]),
            (
                SessionPacket::Retarget { address: Ipv4Addr::new(10, 1, 2, 3), port: 139 },
                vec![0x84, 0, 0, 6, 10, 1, 2, 3, 0, 139],
            ),
            (SessionPacket::KeepAlive, vec![0x85, 0, 0, 0]),
        ];
        for (packet, bytes) in cases {
            assert_eq!(packet.to_bytes(), bytes);
            let (head, payload) = bytes.split_first_chunk().unwrap();
            let header = SessionHeader::decode(*head, 0).unwrap();
            assert_eq!(header.payload_len(), payload.len());
            assert_eq!(SessionPacket::decode(header, payload), Ok(packet));
        }
    }

    #[test]
    fn limits() {
        let message = SessionHeader::decode([0, 0x01, 0, 4], 0x10004).unwrap();
        assert_eq!((message.packet_type, message.payload_len()), (SessionHeader::MESSAGE, 0x10004));
        assert_eq!(SessionHeader::for_message(0x10004), Ok(message));
        assert_eq!(message.encode(), [0, 0x01, 0, 4]);
        assert!(SessionHeader::for_message(0x20000).is_err());
        assert!(SessionHeader::decode([0, 0x01, 0, 4], 0x10003).is_err());
        assert!(SessionHeader::decode([0, 0x02, 0, 0], usize::MAX).is_err());
        assert!(SessionHeader::decode([0x81, 0, 0x02, 0], usize::MAX).is_err());
        assert!(SessionHeader::decode([0x86, 0, 0, 0], usize::MAX).is_err());
        assert!(SessionPacket::decode(message, b"\xffSMB").is_err());
    }

    #[test]
    fn cut_payloads() {
        for packet_type in [0x81, 0x83, 0x84] {
            let header = SessionHeader::decode([packet_type, 0, 0, 0], 0).unwrap();
            assert!(SessionPacket::decode(header, &[]).is_err());
        }
    }
}
