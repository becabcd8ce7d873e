use super::Header;
use lanward_wire::{DecodeError, Reader};

/// [MS-RPCE] 2.2.1.1.7 Security Providers. Any byte is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuthenticationType(pub u8);

impl AuthenticationType {
    /// RPC_C_AUTHN_GSS_NEGOTIATE
    pub const SPNEGO: Self = Self(9);
    /// RPC_C_AUTHN_WINNT
    pub const NTLM: Self = Self(10);
}

/// [MS-RPCE] 2.2.1.1.8 Authentication Levels. Any byte is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthenticationLevel(pub u8);

impl AuthenticationLevel {
    /// RPC_C_AUTHN_LEVEL_NONE: what travels is not protected, and nobody has said who they are.
    pub const NONE: Self = Self(1);
    /// RPC_C_AUTHN_LEVEL_CONNECT: who is there is known.
    pub const CONNECT: Self = Self(2);
    /// RPC_C_AUTHN_LEVEL_CALL: the same as PACKET.
    pub const CALL: Self = Self(3);
    /// RPC_C_AUTHN_LEVEL_PKT
    pub const PACKET: Self = Self(4);
    /// RPC_C_AUTHN_LEVEL_PKT_INTEGRITY: every PDU is signed.
    pub const INTEGRITY: Self = Self(5);
    /// RPC_C_AUTHN_LEVEL_PKT_PRIVACY: and sealed.
    pub const PRIVACY: Self = Self(6);
}

/// [MS-RPCE] 2.2.2.11 sec_trailer and the authentication token behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityTrailer<'a> {
    /// auth_type
    pub authentication_type: AuthenticationType,
    /// auth_level
    pub level: AuthenticationLevel,
    /// auth_pad_length: bytes between the body and this.
    pub padding: u8,
    /// auth_context_id
    pub context_id: u32,
    /// The token or signature.
    pub token: &'a [u8],
}

impl<'a> SecurityTrailer<'a> {
    /// The one of a whole PDU; `None` if it has none.
    ///
    /// # Errors
    /// The PDU is too short for it.
    pub fn decode(header: &Header, pdu: &'a [u8]) -> Result<Option<Self>, DecodeError> {
        if header.auth_length == 0 {
            return Ok(None);
        }
        let at = header.trailer_at().ok_or(DecodeError::invalid("auth_length", "longer than the PDU"))?;
        let mut r = Reader::new(pdu);
        r.skip(at, "PDU body")?;
        let (authentication_type, level) =
            (AuthenticationType(r.u8("auth_type")?), AuthenticationLevel(r.u8("auth_level")?));
        let padding = r.u8("auth_pad_length")?;
        r.skip(1, "auth_reserved")?;
        let context_id =
            if header.big_endian { r.u32_be("auth_context_id")? } else { r.u32("auth_context_id")? };
        let token = r.bytes(header.auth_length.into(), "auth token")?;
        Ok(Some(Self { authentication_type, level, padding, context_id, token }))
    }

    /// Puts it, little-endian, behind a PDU that has none yet. What does not fit 65,535 bytes is the caller's to avoid.
    pub fn append(&self, pdu: &mut Vec<u8>) {
        pdu.extend_from_slice(&[self.authentication_type.0, self.level.0, self.padding, 0]);
        pdu.extend_from_slice(&self.context_id.to_le_bytes());
        pdu.extend_from_slice(self.token);
        let length = u16::try_from(pdu.len()).unwrap_or(u16::MAX);
        let token = u16::try_from(self.token.len()).unwrap_or(u16::MAX);
        for (at, value) in [(Header::FRAGMENT_LENGTH_AT, length), (Header::AUTH_LENGTH_AT, token)] {
            if let Some(place) = pdu.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
                *place = value.to_le_bytes();
            }
        }
    }
}
