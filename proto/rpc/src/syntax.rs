use lanward_nt::Guid;
use lanward_wire::{DecodeError, Encode, Writer};

use crate::NdrReader;

/// [C706] 12.6.3.1 p_syntax_id_t: an interface or a way to write its arguments, with its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SyntaxId {
    /// Which.
    pub uuid: Guid,
    /// Major version.
    pub major: u16,
    /// Minor version.
    pub minor: u16,
}

impl SyntaxId {
    /// NDR version 2.0: 8a885d04-1ceb-11c9-9fe8-08002b104860.
    pub const NDR: Self = Self {
        uuid: Guid::from_fields(
            0x8a88_5d04,
            0x1ceb,
            0x11c9,
            [0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60],
        ),
        major: 2,
        minor: 0,
    };

    /// NDR64 ([MS-RPCE] 2.2.5): 71710533-beba-4937-8319-b5dbef9ccc36.
    pub const NDR64: Self = Self {
        uuid: Guid::from_fields(
            0x7171_0533,
            0xbeba,
            0x4937,
            [0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36],
        ),
        major: 1,
        minor: 0,
    };

    /// The bits of bind-time feature negotiation ([MS-RPCE] 2.2.2.14), which is proposed as if it were a transfer syntax.
    pub(crate) fn features(&self) -> Option<u16> {
        const PREFIX: [u8; 8] = [0x2c, 0x1c, 0xb7, 0x6c, 0x12, 0x98, 0x40, 0x45];
        let (prefix, bits) = self.uuid.0.split_first_chunk::<8>()?;
        let (bits, rest) = bits.split_first_chunk::<2>()?;
        let is_negotiation = *prefix == PREFIX && rest.iter().all(|b| *b == 0) && self.major == 1;
        is_negotiation.then(|| u16::from_le_bytes(*bits))
    }

    /// Whether an interface of this version serves a client that asks for `asked`: the same one, and at least its minor version.
    #[must_use]
    pub fn serves(&self, asked: &Self) -> bool {
        self.uuid == asked.uuid && self.major == asked.major && self.minor >= asked.minor
    }
}

impl SyntaxId {
    pub(crate) fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let uuid = r.guid("uuid")?;
        let [a, b, c, d] = r.u32("if_version")?.to_le_bytes();
        Ok(Self { uuid, major: u16::from_le_bytes([a, b]), minor: u16::from_le_bytes([c, d]) })
    }
}

impl Encode for SyntaxId {
    fn encode(&self, w: &mut Writer<'_>) {
        self.uuid.encode(w);
        w.u16(self.major);
        w.u16(self.minor);
    }
}
