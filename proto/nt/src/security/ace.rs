use crate::{AccessMask, Sid};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-DTYP] 2.4.4.1 AceType. Any byte is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AceType(pub u8);

impl AceType {
    /// ACCESS_ALLOWED_ACE_TYPE
    pub const ACCESS_ALLOWED: Self = Self(0x00);
    /// ACCESS_DENIED_ACE_TYPE
    pub const ACCESS_DENIED: Self = Self(0x01);
    /// ACCESS_ALLOWED_OBJECT_ACE_TYPE
    pub const ACCESS_ALLOWED_OBJECT: Self = Self(0x05);
    /// ACCESS_DENIED_OBJECT_ACE_TYPE
    pub const ACCESS_DENIED_OBJECT: Self = Self(0x06);
    /// ACCESS_DENIED_CALLBACK_ACE_TYPE
    pub const ACCESS_DENIED_CALLBACK: Self = Self(0x0a);
    /// ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE
    pub const ACCESS_DENIED_CALLBACK_OBJECT: Self = Self(0x0c);
    /// SYSTEM_AUDIT_ACE_TYPE
    pub const SYSTEM_AUDIT: Self = Self(0x02);
    /// SYSTEM_MANDATORY_LABEL_ACE_TYPE
    pub const SYSTEM_MANDATORY_LABEL: Self = Self(0x11);

    /// Whether such an entry is a mask and a SID ([MS-DTYP] 2.4.4.2, .4, .6, .10, .13 and their callback forms).
    const fn is_mask_and_sid(self) -> bool {
        matches!(self.0, 0x00..=0x03 | 0x09 | 0x0a | 0x0d | 0x11 | 0x12 | 0x13)
    }
}

/// [MS-DTYP] 2.4.4 ACE: one entry of an access control list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ace {
    /// What it does.
    pub kind: AceType,
    /// The AceFlags: inheritance and audit.
    pub flags: u8,
    /// For whom and what.
    pub body: AceBody,
}

/// What follows the header of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AceBody {
    /// The common form.
    Rights {
        /// Rights it allows, denies or audits.
        mask: AccessMask,
        /// Whose.
        sid: Sid,
        /// What a callback or resource entry has behind the SID.
        data: Vec<u8>,
    },
    /// A form that is not understood here, kept as it is.
    Opaque(Vec<u8>),
}

impl Ace {
    /// OBJECT_INHERIT_ACE
    pub const OBJECT_INHERIT: u8 = 0x01;
    /// CONTAINER_INHERIT_ACE
    pub const CONTAINER_INHERIT: u8 = 0x02;
    /// NO_PROPAGATE_INHERIT_ACE
    pub const NO_PROPAGATE_INHERIT: u8 = 0x04;
    /// INHERIT_ONLY_ACE
    pub const INHERIT_ONLY: u8 = 0x08;
    /// INHERITED_ACE
    pub const INHERITED: u8 = 0x10;
    /// SUCCESSFUL_ACCESS_ACE_FLAG
    pub const SUCCESSFUL_ACCESS: u8 = 0x40;
    /// FAILED_ACCESS_ACE_FLAG
    pub const FAILED_ACCESS: u8 = 0x80;

    /// The flags that say what becomes of an entry further down.
    pub const INHERITANCE: u8 =
        Self::OBJECT_INHERIT | Self::CONTAINER_INHERIT | Self::NO_PROPAGATE_INHERIT | Self::INHERIT_ONLY;

    /// Whom it concerns, if it is of the common form.
    #[must_use]
    pub const fn sid(&self) -> Option<&Sid> {
        match &self.body {
            AceBody::Rights { sid, .. } => Some(sid),
            AceBody::Opaque(_) => None,
        }
    }

    /// An entry that allows `mask` to `sid`.
    #[must_use]
    pub const fn allow(sid: Sid, mask: AccessMask, flags: u8) -> Self {
        Self { kind: AceType::ACCESS_ALLOWED, flags, body: AceBody::Rights { mask, sid, data: Vec::new() } }
    }

    /// An entry that denies `mask` to `sid`.
    #[must_use]
    pub const fn deny(sid: Sid, mask: AccessMask, flags: u8) -> Self {
        Self { kind: AceType::ACCESS_DENIED, flags, body: AceBody::Rights { mask, sid, data: Vec::new() } }
    }
}

impl Decode<'_> for Ace {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = AceType(r.u8("AceType")?);
        let flags = r.u8("AceFlags")?;
        let size = usize::from(r.u16("AceSize")?);
        let length = size.checked_sub(4).ok_or(DecodeError::invalid("AceSize", "shorter than its header"))?;
        let bytes = r.bytes(length, "Ace")?;
        if !kind.is_mask_and_sid() {
            return Ok(Self { kind, flags, body: AceBody::Opaque(bytes.to_vec()) });
        }
        let mut body = Reader::new(bytes);
        let mask = AccessMask::from_bits_retain(body.u32("Mask")?);
        let sid = Sid::decode(&mut body)?;
        Ok(Self { kind, flags, body: AceBody::Rights { mask, sid, data: body.rest().to_vec() } })
    }
}

impl Encode for Ace {
    fn encode(&self, w: &mut Writer<'_>) {
        let start = w.position();
        w.u8(self.kind.0);
        w.u8(self.flags);
        w.u16(0);
        match &self.body {
            AceBody::Rights { mask, sid, data } => {
                w.u32(mask.bits());
                sid.encode(w);
                w.bytes(data);
            }
            AceBody::Opaque(bytes) => w.bytes(bytes),
        }
        // Entries are multiples of four bytes.
        let over = w.position().saturating_sub(start).checked_rem(4).unwrap_or(0);
        w.zeros(4usize.saturating_sub(over).checked_rem(4).unwrap_or(0));
        let size = u16::try_from(w.position().saturating_sub(start)).unwrap_or(u16::MAX);
        w.patch(start.saturating_add(2), &size.to_le_bytes());
    }
}
