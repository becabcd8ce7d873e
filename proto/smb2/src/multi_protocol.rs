use crate::field::short;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// The SMB_COM_NEGOTIATE request of [MS-CIFS] 2.2.4.52.1 as the way into SMB 2: [MS-SMB2] 3.3.5.3 reads nothing of it but
/// the dialects, and keeps what an answer in SMB would repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MultiProtocolNegotiate<'a> {
    /// Flags of the SMB header.
    pub flags: u8,
    /// Flags2 of the SMB header.
    pub flags2: u16,
    /// The process, high half first.
    pub process_id: u32,
    /// The MID of the SMB header.
    pub multiplex_id: u16,
    /// The dialects: each a byte 0x02, text and a NUL.
    dialects: &'a [u8],
}

const SMB_COM_NEGOTIATE: u8 = 0x72;
const BUFFER_FORMAT_DIALECT: u8 = 0x02;

impl<'a> MultiProtocolNegotiate<'a> {
    /// ProtocolId of SMB: 0xFF, 'S', 'M', 'B'.
    pub const PROTOCOL_ID: [u8; 4] = *b"\xffSMB";
    /// The dialect string that stands for SMB 2.0.2.
    pub const SMB_2_002: &'static [u8] = b"SMB 2.002";
    /// The dialect string that stands for every later dialect.
    pub const SMB_2_WILDCARD: &'static [u8] = b"SMB 2.???";

    /// The dialect strings in their order.
    pub fn dialects(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.dialects
            .split(|b| *b == 0)
            .filter_map(|d| d.split_first())
            .filter_map(|(format, text)| (*format == BUFFER_FORMAT_DIALECT).then_some(text))
    }

    /// Whether a dialect string is offered.
    #[must_use]
    pub fn offers(&self, dialect: &[u8]) -> bool {
        self.dialects().any(|d| d == dialect)
    }

    /// Writes the request of a client that offers `dialects`, which hold no NUL.
    pub fn encode_request(dialects: &[&[u8]], w: &mut Writer<'_>) {
        let mut list = Vec::new();
        for dialect in dialects {
            list.push(BUFFER_FORMAT_DIALECT);
            list.extend_from_slice(dialect);
            list.push(0);
        }
        // SMB_FLAGS_CASE_INSENSITIVE and CANONICALIZED_PATHS; Unicode, NT status, extended security and long names.
        let (flags, flags2) = (0x18, 0xc843);
        MultiProtocolNegotiate { flags, flags2, dialects: &list, ..MultiProtocolNegotiate::default() }
            .encode(w);
    }
}

impl<'a> Decode<'a> for MultiProtocolNegotiate<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let protocol_id = r.array("Protocol")?;
        if protocol_id != Self::PROTOCOL_ID {
            return Err(DecodeError::unexpected("Protocol", u32::from_be_bytes(protocol_id)));
        }
        let command = r.u8("Command")?;
        if command != SMB_COM_NEGOTIATE {
            return Err(DecodeError::unexpected("Command", command.into()));
        }
        r.skip(4, "Status")?;
        let (flags, flags2) = (r.u8("Flags")?, r.u16("Flags2")?);
        let pid_high = r.u16("PIDHigh")?;
        r.skip(12, "SecurityFeatures")?;
        let pid_low = r.u16("PIDLow")?;
        r.skip(2, "UID")?;
        let multiplex_id = r.u16("MID")?;
        let words = r.u8("WordCount")?;
        r.skip(usize::from(words).saturating_mul(2), "Words")?;
        let len = r.u16("ByteCount")?;
        let dialects = r.bytes(len.into(), "Dialects")?;
        let process_id = (u32::from(pid_high) << 16) | u32::from(pid_low);
        Ok(Self { flags, flags2, process_id, multiplex_id, dialects })
    }
}

impl Encode for MultiProtocolNegotiate<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let [low0, low1, high0, high1] = self.process_id.to_le_bytes();
        let len = short(self.dialects.len());
        w.bytes(&Self::PROTOCOL_ID);
        w.u8(SMB_COM_NEGOTIATE);
        w.u32(0);
        w.u8(self.flags);
        w.u16(self.flags2);
        w.bytes(&[high0, high1]);
        // SecurityFeatures, Reserved, TID.
        w.zeros(12);
        w.bytes(&[low0, low1]);
        w.u16(0);
        w.u16(self.multiplex_id);
        w.u8(0);
        w.u16(len);
        w.bytes(self.dialects.get(..usize::from(len)).unwrap_or_default());
    }
}
