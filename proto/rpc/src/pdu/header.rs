use bitflags::bitflags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [C706] 12.6.4 PTYPE. Any byte is one; unknown ones are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PacketType(pub u8);

impl PacketType {
    /// request
    pub const REQUEST: Self = Self(0);
    /// response
    pub const RESPONSE: Self = Self(2);
    /// fault
    pub const FAULT: Self = Self(3);
    /// bind
    pub const BIND: Self = Self(11);
    /// bind_ack
    pub const BIND_ACK: Self = Self(12);
    /// bind_nak
    pub const BIND_NAK: Self = Self(13);
    /// alter_context
    pub const ALTER_CONTEXT: Self = Self(14);
    /// alter_context_resp
    pub const ALTER_CONTEXT_RESPONSE: Self = Self(15);
    /// rpc_auth_3
    pub const AUTH3: Self = Self(16);
    /// co_cancel
    pub const CANCEL: Self = Self(18);
    /// orphaned
    pub const ORPHANED: Self = Self(19);
}

bitflags! {
    /// [MS-RPCE] 2.2.2.3 PFC flags. Unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Flags: u8 {
        /// PFC_FIRST_FRAG
        const FIRST = 0x01;
        /// PFC_LAST_FRAG
        const LAST = 0x02;
        /// PFC_PENDING_CANCEL; in a bind PFC_SUPPORT_HEADER_SIGN
        const PENDING_CANCEL = 0x04;
        /// PFC_CONC_MPX
        const MULTIPLEX = 0x10;
        /// PFC_DID_NOT_EXECUTE
        const DID_NOT_EXECUTE = 0x20;
        /// PFC_MAYBE: nobody waits for an answer
        const MAYBE = 0x40;
        /// PFC_OBJECT_UUID
        const OBJECT_UUID = 0x80;
        /// First and last
        const WHOLE = 0x03;
        const _ = !0;
    }
}

/// [C706] 12.6.3.1: the sixteen bytes every PDU begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What PDU it is.
    pub packet_type: PacketType,
    /// Fragmentation and more.
    pub flags: Flags,
    /// Length of the PDU in bytes, the header included.
    pub fragment_length: u16,
    /// Length of the security token in bytes; its trailer of 8 bytes is not counted.
    pub auth_length: u16,
    /// Which call.
    pub call_id: u32,
    /// Integers behind the header are in the other order of bytes ([C706] 14.1).
    pub big_endian: bool,
}

impl Header {
    /// Bytes of a header.
    pub const LENGTH: usize = 16;
    pub(crate) const FRAGMENT_LENGTH_AT: usize = 8;
    pub(crate) const AUTH_LENGTH_AT: usize = 10;
    /// sec_trailer before the token ([MS-RPCE] 2.2.2.11).
    pub(crate) const SECURITY_TRAILER: usize = 8;

    /// Where the sec_trailer of a PDU begins, if it has one.
    pub(crate) fn trailer_at(&self) -> Option<usize> {
        let behind = Self::SECURITY_TRAILER.checked_add(self.auth_length.into())?;
        usize::from(self.fragment_length).checked_sub(behind).filter(|_| self.auth_length != 0)
    }

    /// What lies between header and security trailer; the reader stands behind the header.
    pub(crate) fn body<'a>(&self, r: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
        let security = match self.auth_length {
            0 => 0,
            token => usize::from(token).saturating_add(Self::SECURITY_TRAILER),
        };
        let body = usize::from(self.fragment_length).checked_sub(Self::LENGTH.saturating_add(security));
        r.bytes(body.ok_or(DecodeError::invalid("auth_length", "longer than the PDU"))?, "PDU body")
    }
}

impl Decode<'_> for Header {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.u8("rpc_vers")? != 5 {
            return Err(DecodeError::invalid("rpc_vers", "must be 5"));
        }
        if r.u8("rpc_vers_minor")? > 1 {
            return Err(DecodeError::invalid("rpc_vers_minor", "must be 0 or 1"));
        }
        let (packet_type, flags) = (PacketType(r.u8("PTYPE")?), Flags::from_bits_retain(r.u8("pfc_flags")?));
        // Integers either way, characters in ASCII.
        let big_endian = match r.array::<4>("packed_drep")? {
            [0x10, ..] => false,
            [0x00, ..] => true,
            _ => return Err(DecodeError::invalid("packed_drep", "must be ASCII")),
        };
        let u16 = |r: &mut Reader<'_>, field| if big_endian { r.u16_be(field) } else { r.u16(field) };
        let fragment_length = u16(r, "frag_length")?;
        if usize::from(fragment_length) < Self::LENGTH {
            return Err(DecodeError::invalid("frag_length", "shorter than the header"));
        }
        let auth_length = u16(r, "auth_length")?;
        let call_id = if big_endian { r.u32_be("call_id")? } else { r.u32("call_id")? };
        Ok(Self { packet_type, flags, fragment_length, auth_length, call_id, big_endian })
    }
}

impl Encode for Header {
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&[5, 0, self.packet_type.0, self.flags.bits(), 0x10, 0, 0, 0]);
        w.u16(self.fragment_length);
        w.u16(self.auth_length);
        w.u32(self.call_id);
    }
}
