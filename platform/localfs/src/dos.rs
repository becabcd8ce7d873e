//! What Windows keeps about a file and Linux does not, in one extended attribute.

use lanward_nt::fscc::ReparseTag;
use lanward_nt::{FileAttributes, FileTime};
use lanward_vfs::PosixState;
use std::ffi::CStr;

/// The attribute's name. Value: a version byte (1), DOS attributes as 4 bytes, then 8 bytes of creation time (0 for none) unless nothing
/// follows, then 8 bytes of change time and 8 of the write time it belongs to unless none was set; then the 4 bytes of its reparse tag
/// if it has one; at last, if a bit among the attributes says so, 2 bytes of permission bits and 2 of those the system had when they were
/// set; little endian.
pub(crate) const NAME: &CStr = c"user.lanward.dos";
/// Room for any value of ours.
pub(crate) const LONGEST: usize = 40;

const VERSION: u8 = 1;
/// A bit among the attributes that is none ([MS-FSCC] 2.6 has no such).
const SECURED: u32 = 0x8000_0000;
/// Another.
const MODED: u32 = 0x4000_0000;
/// The value on what is ours alone: no client is to find it ([`crate::depot`]).
pub(crate) const PRIVATE: &[u8] = &[0xff];

/// What the attribute says; without one, neither is known and both are derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Dos {
    pub(crate) attributes: Option<FileAttributes>,
    pub(crate) creation_time: Option<FileTime>,
    pub(crate) change: Option<Change>,
    /// The object has a security descriptor, in an attribute of its own.
    pub(crate) secured: bool,
    /// What kind of reparse point it is; what that says is in an attribute of its own.
    pub(crate) reparse_tag: Option<ReparseTag>,
    /// The permission bits POSIX clients set.
    pub(crate) mode: Option<StoredMode>,
    /// It is [`PRIVATE`].
    pub(crate) private: bool,
}

/// Permission bits that are shown instead of the system's for as long as those stay what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredMode {
    pub(crate) shown: u16,
    /// The system's when they were set.
    pub(crate) real: u16,
}

/// A change time that was set. The system's own cannot be, so this one is shown for as long as the data was not written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) time: FileTime,
    /// The write time when it was set.
    pub(crate) written: FileTime,
}

/// What a client may set, less the "nothing else" mark.
pub(crate) fn settable(attributes: FileAttributes) -> FileAttributes {
    stored(attributes).difference(FileAttributes::SPARSE_FILE)
}

/// What is kept of attributes.
fn stored(attributes: FileAttributes) -> FileAttributes {
    (attributes & FileAttributes::SETTABLE.union(FileAttributes::SPARSE_FILE))
        .difference(FileAttributes::NORMAL)
}

/// The attributes of an object nobody set any of: they need no storage.
pub(crate) fn default_attributes(directory: bool) -> FileAttributes {
    if directory { FileAttributes::empty() } else { FileAttributes::ARCHIVE }
}

impl Dos {
    /// The mode that is shown of an object whose mode is `real`.
    pub(crate) fn shown_mode(self, real: u16) -> u16 {
        let bits = PosixState::PERMISSIONS;
        match self.mode {
            Some(mode) if mode.real == real & bits => real & !bits | mode.shown & bits,
            _ => real,
        }
    }

    /// From a value; one of a later version says nothing to us.
    pub(crate) fn decode(value: &[u8]) -> Self {
        let Some((&[VERSION, a, b, c, d], rest)) = value.split_first_chunk::<5>() else {
            return Self { private: value == PRIVATE, ..Self::default() };
        };
        let bits = u32::from_le_bytes([a, b, c, d]);
        let attributes = stored(FileAttributes::from_bits_retain(bits));
        let moded = if bits & MODED != 0 { rest.split_last_chunk::<4>() } else { None };
        let rest = moded.map_or(rest, |(rest, _)| rest);
        let mode = moded.map(|(_, &[a, b, c, d])| StoredMode {
            shown: u16::from_le_bytes([a, b]),
            real: u16::from_le_bytes([c, d]),
        });
        let (times, tag) = rest.as_chunks::<8>();
        let time = |at: usize| times.get(at).map(|t| FileTime(u64::from_le_bytes(*t)));
        let change = time(1).zip(time(2)).map(|(time, written)| Change { time, written });
        let reparse_tag = tag.try_into().ok().map(|tag| ReparseTag(u32::from_le_bytes(tag)));
        Self {
            attributes: Some(attributes),
            creation_time: time(0).filter(|t| t.0 != 0),
            change,
            secured: bits & SECURED != 0,
            reparse_tag,
            mode,
            private: false,
        }
    }

    /// The value that says this.
    pub(crate) fn encode(self, directory: bool) -> Vec<u8> {
        let attributes = self.attributes.unwrap_or(default_attributes(directory));
        let mut value = vec![VERSION];
        let secured = if self.secured { SECURED } else { 0 };
        let moded = if self.mode.is_some() { MODED } else { 0 };
        value.extend_from_slice(&(attributes.bits() | secured | moded).to_le_bytes());
        if self.creation_time.is_some() || self.change.is_some() {
            value.extend_from_slice(&self.creation_time.unwrap_or_default().0.to_le_bytes());
        }
        if let Some(change) = self.change {
            value.extend_from_slice(&change.time.0.to_le_bytes());
            value.extend_from_slice(&change.written.0.to_le_bytes());
        }
        if let Some(tag) = self.reparse_tag {
            value.extend_from_slice(&tag.0.to_le_bytes());
        }
        if let Some(mode) = self.mode {
            value.extend_from_slice(&mode.shown.to_le_bytes());
            value.extend_from_slice(&mode.real.to_le_bytes());
        }
        value
    }

    /// Whether nothing needs to be stored to say this.
    pub(crate) fn is_default(self, directory: bool) -> bool {
        self.creation_time.is_none()
            && self.change.is_none()
            && !self.secured
            && self.reparse_tag.is_none()
            && self.mode.is_none()
            && self.attributes.is_none_or(|a| a == default_attributes(directory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let hidden = Dos { attributes: Some(FileAttributes::HIDDEN), ..Dos::default() };
        assert_eq!(hidden.encode(false), [1, 2, 0, 0, 0]);
        assert_eq!(Dos::decode(&[1, 2, 0, 0, 0]), hidden);
        let dated = Dos {
            attributes: Some(FileAttributes::empty()),
            creation_time: Some(FileTime(0x0102)),
            ..Dos::default()
        };
        assert_eq!(dated.encode(true), [1, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Dos::decode(&dated.encode(true)), dated);
        let changed = Change { time: FileTime(3), written: FileTime(4) };
        let changed = Dos { creation_time: None, change: Some(changed), ..dated };
        let value = changed.encode(true);
        assert_eq!((value.len(), &value[5..13], value[13], value[21]), (29, &[0; 8][..], 3, 4));
        assert_eq!(Dos::decode(&value), changed);
        assert!(value.len() <= LONGEST);
        let secured = Dos { secured: true, ..hidden };
        assert_eq!(secured.encode(false), [1, 2, 0, 0, 0x80]);
        assert_eq!(Dos::decode(&secured.encode(false)), secured);
        assert!(!Dos { attributes: None, ..secured }.is_default(false));
        for dos in [hidden, dated, changed] {
            let linked = Dos { reparse_tag: Some(ReparseTag::SYMLINK), ..dos };
            let value = linked.encode(false);
            assert_eq!((Dos::decode(&value), value.last_chunk()), (linked, Some(&[0x0c, 0, 0, 0xa0])));
            assert!(value.len() <= LONGEST);
            let mode = Some(StoredMode { shown: 0o444, real: 0o644 });
            for moded in [Dos { mode, ..dos }, Dos { mode, ..linked }] {
                let value = moded.encode(false);
                assert_eq!(Dos::decode(&value), moded);
                assert_eq!(value.last_chunk(), Some(&[0x24, 1, 0xa4, 1]));
                assert!(value.len() <= LONGEST && !moded.is_default(false));
            }
        }
    }

    #[test]
    fn what_is_not_ours_says_nothing() {
        for value in [&[][..], &[1, 2, 3], &[2, 0, 0, 0, 0], b"0x22\0"] {
            assert_eq!(Dos::decode(value), Dos::default(), "{value:x?}");
        }
        let bits = Dos::decode(&[1, 0xff, 0xff, 0xff, 0xff]).attributes.unwrap();
        assert_eq!(bits, settable(bits) | FileAttributes::SPARSE_FILE, "only what a client may set is taken");
    }
}
