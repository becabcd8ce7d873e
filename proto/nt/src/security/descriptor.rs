use super::Acl;
use crate::Sid;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-DTYP] 2.4.6 SECURITY_DESCRIPTOR, in its self-relative form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecurityDescriptor {
    /// The Control bits; those that say what is present and how it is laid out are set by the encoder.
    pub control: u16,
    /// Whose the object is.
    pub owner: Option<Sid>,
    /// Its primary group.
    pub group: Option<Sid>,
    /// What is audited. The inner `None` is a list that is present and empty of meaning (NULL).
    pub sacl: Option<Option<Acl>>,
    /// Who may do what. The inner `None` is a list that is present and NULL: everyone may do everything.
    pub dacl: Option<Option<Acl>>,
}

impl SecurityDescriptor {
    /// SE_DACL_PRESENT
    pub const DACL_PRESENT: u16 = 0x0004;
    /// SE_DACL_DEFAULTED
    pub const DACL_DEFAULTED: u16 = 0x0008;
    /// SE_SACL_PRESENT
    pub const SACL_PRESENT: u16 = 0x0010;
    /// SE_SACL_DEFAULTED
    pub const SACL_DEFAULTED: u16 = 0x0020;
    /// SE_DACL_AUTO_INHERIT_REQ
    pub const DACL_AUTO_INHERIT_REQ: u16 = 0x0100;
    /// SE_SACL_AUTO_INHERIT_REQ
    pub const SACL_AUTO_INHERIT_REQ: u16 = 0x0200;
    /// SE_DACL_AUTO_INHERITED
    pub const DACL_AUTO_INHERITED: u16 = 0x0400;
    /// SE_SACL_AUTO_INHERITED
    pub const SACL_AUTO_INHERITED: u16 = 0x0800;
    /// SE_DACL_PROTECTED
    pub const DACL_PROTECTED: u16 = 0x1000;
    /// SE_SACL_PROTECTED
    pub const SACL_PROTECTED: u16 = 0x2000;
    /// SE_SELF_RELATIVE
    pub const SELF_RELATIVE: u16 = 0x8000;
}

impl Decode<'_> for SecurityDescriptor {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let whole = r.rest();
        let mut r = Reader::new(whole);
        if r.u8("Revision")? != 1 {
            return Err(DecodeError::invalid("Revision", "must be 1"));
        }
        r.skip(1, "Sbz1")?;
        let control = r.u16("Control")?;
        if control & Self::SELF_RELATIVE == 0 {
            return Err(DecodeError::invalid("Control", "not self-relative"));
        }
        let offsets =
            [r.u32("OffsetOwner")?, r.u32("OffsetGroup")?, r.u32("OffsetSacl")?, r.u32("OffsetDacl")?];
        let [owner, group, sacl, dacl] = offsets.map(|o| at(whole, o));
        let list = |bit: u16, place: Option<Reader<'_>>| match place {
            _ if control & bit == 0 => Ok(None),
            None => Ok(Some(None)),
            Some(mut r) => Acl::decode(&mut r).map(|acl| Some(Some(acl))),
        };
        Ok(Self {
            control,
            owner: owner.map(|mut r| Sid::decode(&mut r)).transpose()?,
            group: group.map(|mut r| Sid::decode(&mut r)).transpose()?,
            sacl: list(Self::SACL_PRESENT, sacl)?,
            dacl: list(Self::DACL_PRESENT, dacl)?,
        })
    }
}

/// What an offset leads to; 0 leads nowhere, one behind the end to nothing that could be decoded.
fn at(whole: &[u8], offset: u32) -> Option<Reader<'_>> {
    if offset == 0 {
        return None;
    }
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    Some(Reader::new(whole.get(offset..).unwrap_or_default()))
}

impl Encode for SecurityDescriptor {
    fn encode(&self, w: &mut Writer<'_>) {
        let start = w.position();
        let mut control = self.control & !(Self::DACL_PRESENT | Self::SACL_PRESENT) | Self::SELF_RELATIVE;
        control |= if self.sacl.is_some() { Self::SACL_PRESENT } else { 0 };
        control |= if self.dacl.is_some() { Self::DACL_PRESENT } else { 0 };
        w.u8(1);
        w.u8(0);
        w.u16(control);
        w.zeros(16);
        let owner = part(w, start, self.owner.as_ref());
        let group = part(w, start, self.group.as_ref());
        let sacl = part(w, start, self.sacl.as_ref().and_then(Option::as_ref));
        let dacl = part(w, start, self.dacl.as_ref().and_then(Option::as_ref));
        for (field, offset) in [(4, owner), (8, group), (12, sacl), (16, dacl)] {
            w.patch(start.saturating_add(field), &offset.to_le_bytes());
        }
    }
}

/// Writes what is there and answers its offset.
fn part<T: Encode>(w: &mut Writer<'_>, start: usize, value: Option<&T>) -> u32 {
    let Some(value) = value else { return 0 };
    let offset = u32::try_from(w.position().saturating_sub(start)).unwrap_or(0);
    value.encode(w);
    offset
}

#[cfg(test)]
mod tests {
    use super::super::{Ace, AceBody, AceType};
    use super::*;
    use crate::AccessMask;
    use proptest::prelude::*;

    fn sample() -> SecurityDescriptor {
        let opaque = Ace { kind: AceType(0x05), flags: 0, body: AceBody::Opaque(vec![1, 2, 3, 4]) };
        let allow = Ace::allow(Sid::everyone(), AccessMask::FILE_ALL_ACCESS, Ace::OBJECT_INHERIT);
        SecurityDescriptor {
            control: 0x8014,
            owner: Some(Sid::administrators()),
            group: Some(Sid::users()),
            sacl: Some(None),
            dacl: Some(Some(Acl::new(vec![allow, opaque]))),
        }
    }

    #[test]
    fn there_and_back() {
        let bytes = sample().to_bytes();
        assert_eq!(SecurityDescriptor::decode(&mut Reader::new(&bytes)), Ok(sample()));
        let absent = SecurityDescriptor { control: 0x8000, ..SecurityDescriptor::default() };
        assert_eq!(SecurityDescriptor::decode(&mut Reader::new(&absent.to_bytes())), Ok(absent));
    }

    #[test]
    fn a_small_descriptor_as_bytes() {
        let allow = Ace::allow(Sid::everyone(), AccessMask::from_bits_retain(0x001f_01ff), 0);
        let value = SecurityDescriptor {
            control: 0x8004,
            dacl: Some(Some(Acl::new(vec![allow]))),
            ..SecurityDescriptor::default()
        };
        let mut bytes = vec![1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0];
        bytes.extend([2, 0, 28, 0, 1, 0, 0, 0]);
        bytes.extend([0, 0, 20, 0, 0xff, 1, 0x1f, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(value.to_bytes(), bytes);
        assert_eq!(SecurityDescriptor::decode(&mut Reader::new(&bytes)), Ok(value));
        bytes[16] = 200;
        assert!(SecurityDescriptor::decode(&mut Reader::new(&bytes)).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics_and_what_decodes_comes_back(mut bytes: Vec<u8>, at in 0usize..20, to: u8) {
            let _ = SecurityDescriptor::decode(&mut Reader::new(&bytes));
            bytes = sample().to_bytes();
            bytes[at] = to;
            if let Ok(value) = SecurityDescriptor::decode(&mut Reader::new(&bytes)) {
                prop_assert_eq!(SecurityDescriptor::decode(&mut Reader::new(&value.to_bytes())), Ok(value));
            }
        }
    }
}
