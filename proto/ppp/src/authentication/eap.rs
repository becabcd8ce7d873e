//! What EAP (RFC 3748) and MS-CHAPv2 in it ([MS-CHAP] 2.2, draft-kamath-pppext-eap-mschapv2) send.

use super::chap_authenticator::packet_bytes;
use crate::packet::{Code, PACKET_HEADER, Packet};
use lanward_wire::{DecodeError, Reader};

/// RFC 3748, 4.
pub(super) const REQUEST: Code = Code(1);
pub(super) const RESPONSE: Code = Code(2);
pub(super) const SUCCESS: Code = Code(3);
pub(super) const FAILURE: Code = Code(4);

/// RFC 3748, 5, and the type of MS-CHAPv2.
pub(super) const IDENTITY: u8 = 1;
pub(super) const NOTIFICATION: u8 = 2;
pub(super) const NAK: u8 = 3;
pub(super) const MSCHAPV2: u8 = 26;

/// OpCode of MS-CHAPv2 in EAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpCode(pub(super) u8);

impl OpCode {
    pub(super) const CHALLENGE: Self = Self(1);
    pub(super) const RESPONSE: Self = Self(2);
    pub(super) const SUCCESS: Self = Self(3);
    pub(super) const FAILURE: Self = Self(4);
    pub(super) const CHANGE_PASSWORD: Self = Self(7);
}

/// A packet of MS-CHAPv2 in EAP, behind the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inner<'a> {
    pub(super) op_code: OpCode,
    pub(super) identifier: u8,
    pub(super) data: &'a [u8],
}

impl<'a> Inner<'a> {
    /// Reads what is behind the type. `MS-Length` must be what there is.
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let op_code = OpCode(r.u8("OpCode")?);
        let identifier = r.u8("MS-CHAPv2-ID")?;
        let data = usize::from(r.u16_be("MS-Length")?)
            .checked_sub(PACKET_HEADER)
            .ok_or(DecodeError::invalid("MS-Length", "less than a header"))?;
        let inner = Self { op_code, identifier, data: r.bytes(data, "Data")? };
        if !r.is_empty() {
            return Err(DecodeError::invalid("MS-Length", "not what there is"));
        }
        Ok(inner)
    }

    /// The whole EAP packet.
    pub(super) fn packet(&self, code: Code, identifier: u8) -> Vec<u8> {
        let inner = Packet { code: Code(self.op_code.0), identifier: self.identifier, data: self.data };
        typed(code, identifier, MSCHAPV2, &packet_bytes(&inner))
    }
}

/// A Request or Response of a type.
pub(super) fn typed(code: Code, identifier: u8, kind: u8, data: &[u8]) -> Vec<u8> {
    packet_bytes(&Packet { code, identifier, data: &[&[kind], data].concat() })
}

/// A Success or Failure.
pub(super) fn end(code: Code, identifier: u8) -> Vec<u8> {
    packet_bytes(&Packet { code, identifier, data: &[] })
}
