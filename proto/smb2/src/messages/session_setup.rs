use super::negotiate::{Capabilities, SecurityMode};
use crate::SessionId;
use crate::field::{ahead, buffer, counted16, short, structure_size};
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The Flags of SESSION_SETUP.
    SessionSetupFlags: u8 {
        /// SMB2_SESSION_FLAG_BINDING: bind an existing session to this connection
        BINDING = 0x01;
    }

    /// The SessionFlags of the answer.
    SessionFlags: u16 {
        /// SMB2_SESSION_FLAG_IS_GUEST
        IS_GUEST = 0x0001;
        /// SMB2_SESSION_FLAG_IS_NULL: an anonymous user
        IS_NULL = 0x0002;
        /// SMB2_SESSION_FLAG_ENCRYPT_DATA
        ENCRYPT_DATA = 0x0004;
    }
}

/// [MS-SMB2] 2.2.5 SMB2 SESSION_SETUP Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionSetupRequest<'a> {
    /// Whether a session is bound.
    pub flags: SessionSetupFlags,
    /// Whether the client signs, or insists on it.
    pub security_mode: SecurityMode,
    /// Only DFS means anything here.
    pub capabilities: Capabilities,
    /// The session that this one takes the place of; 0 for none.
    pub previous_session_id: SessionId,
    /// A GSS token.
    pub security_buffer: &'a [u8],
}

impl<'a> Decode<'a> for SessionSetupRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 25)?;
        let flags = SessionSetupFlags::from_bits_retain(r.u8("Flags")?);
        let security_mode = SecurityMode::from_bits_retain(r.u8("SecurityMode")?.into());
        let capabilities = Capabilities::from_bits_retain(r.u32("Capabilities")?);
        r.skip(4, "Channel")?;
        let (offset, len) = (r.u16("SecurityBufferOffset")?, r.u16("SecurityBufferLength")?);
        let previous_session_id = SessionId(r.u64("PreviousSessionId")?);
        let security_buffer = buffer(r, offset, len, "SecurityBuffer")?;
        Ok(Self { flags, security_mode, capabilities, previous_session_id, security_buffer })
    }
}

impl Encode for SessionSetupRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (token, token_len) = counted16(self.security_buffer);
        let [security_mode, _] = self.security_mode.bits().to_le_bytes();
        w.u16(25);
        w.u8(self.flags.bits());
        w.u8(security_mode);
        w.u32(self.capabilities.bits());
        w.u32(0);
        w.u16(short(ahead(w, 12)));
        w.u16(token_len);
        w.u64(self.previous_session_id.0);
        w.bytes(token);
    }
}

/// [MS-SMB2] 2.2.6 SMB2 SESSION_SETUP Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionSetupResponse<'a> {
    /// What kind of session it became.
    pub session_flags: SessionFlags,
    /// A GSS token.
    pub security_buffer: &'a [u8],
}

impl<'a> Decode<'a> for SessionSetupResponse<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 9)?;
        let session_flags = SessionFlags::from_bits_retain(r.u16("SessionFlags")?);
        let (offset, len) = (r.u16("SecurityBufferOffset")?, r.u16("SecurityBufferLength")?);
        Ok(Self { session_flags, security_buffer: buffer(r, offset, len, "SecurityBuffer")? })
    }
}

impl Encode for SessionSetupResponse<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (token, token_len) = counted16(self.security_buffer);
        w.u16(9);
        w.u16(self.session_flags.bits());
        w.u16(short(ahead(w, 4)));
        w.u16(token_len);
        w.bytes(token);
    }
}
