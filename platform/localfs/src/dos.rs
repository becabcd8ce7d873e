//! What Windows keeps about a file and Linux does not, in one extended attribute.

use lanward_nt::{FileAttributes, FileTime};
use std::ffi::CStr;

/// The attribute's name. Value: a version byte (1), DOS attributes as 4 bytes, and 8 bytes of creation time if one was set; little endian.
pub(crate) const NAME: &CStr = c"user.lanward.dos";
/// Room for any value of ours.
pub(crate) const LONGEST: usize = 16;

const VERSION: u8 = 1;

/// What the attribute says; without one, neither is known and both are derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Dos {
    pub(crate) attributes: Option<FileAttributes>,
    pub(crate) creation_time: Option<FileTime>,
}

/// What a client may set, less the "nothing else" mark.
pub(crate) fn stored(attributes: FileAttributes) -> FileAttributes {
    (attributes & FileAttributes::SETTABLE).difference(FileAttributes::NORMAL)
}

/// The attributes of an object nobody set any of: they need no storage.
pub(crate) fn default_attributes(directory: bool) -> FileAttributes {
    if directory { FileAttributes::empty() } else { FileAttributes::ARCHIVE }
}

impl Dos {
    /// From a value; one of a later version says nothing to us.
    pub(crate) fn decode(value: &[u8]) -> Self {
        let Some((&[VERSION, a, b, c, d], rest)) = value.split_first_chunk::<5>() else {
            return Self::default();
        };
        let attributes = stored(FileAttributes::from_bits_retain(u32::from_le_bytes([a, b, c, d])));
        let creation_time = rest.first_chunk::<8>().map(|t| FileTime(u64::from_le_bytes(*t)));
        Self { attributes: Some(attributes), creation_time }
    }

    /// The value that says this.
    pub(crate) fn encode(self, directory: bool) -> Vec<u8> {
        let attributes = self.attributes.unwrap_or(default_attributes(directory));
        let mut value = vec![VERSION];
        value.extend_from_slice(&attributes.bits().to_le_bytes());
        if let Some(time) = self.creation_time {
            value.extend_from_slice(&time.0.to_le_bytes());
        }
        value
    }

    /// Whether nothing needs to be stored to say this.
    pub(crate) fn is_default(self, directory: bool) -> bool {
        self.creation_time.is_none() && self.attributes.is_none_or(|a| a == default_attributes(directory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let hidden = Dos { attributes: Some(FileAttributes::HIDDEN), creation_time: None };
        assert_eq!(hidden.encode(false), [1, 2, 0, 0, 0]);
        assert_eq!(Dos::decode(&[1, 2, 0, 0, 0]), hidden);
        let dated = Dos { attributes: Some(FileAttributes::empty()), creation_time: Some(FileTime(0x0102)) };
        assert_eq!(dated.encode(true), [1, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Dos::decode(&dated.encode(true)), dated);
        assert!(dated.encode(true).len() <= LONGEST);
    }

    #[test]
    fn what_is_not_ours_says_nothing() {
        for value in [&[][..], &[1, 2, 3], &[2, 0, 0, 0, 0], b"0x22\0"] {
            assert_eq!(Dos::decode(value), Dos::default(), "{value:x?}");
        }
        let bits = Dos::decode(&[1, 0xff, 0xff, 0xff, 0xff]).attributes.unwrap();
        assert_eq!(bits, stored(FileAttributes::SETTABLE), "only what a client may set is taken");
    }
}
