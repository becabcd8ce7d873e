use crate::{Guid, NtString};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-FSCC] 2.1.2.1: says what a reparse point is and who knows about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReparseTag(pub u32);

impl ReparseTag {
    /// IO_REPARSE_TAG_MOUNT_POINT
    pub const MOUNT_POINT: Self = Self(0xa000_0003);
    /// IO_REPARSE_TAG_SYMLINK
    pub const SYMLINK: Self = Self(0xa000_000c);
    /// IO_REPARSE_TAG_NFS: what a POSIX client made that Windows has no kind for
    pub const NFS: Self = Self(0x8000_0014);

    /// Whether Microsoft gave it out; any other has a GUID beside it.
    #[must_use]
    pub const fn is_microsoft(self) -> bool {
        self.0 & 0x8000_0000 != 0
    }

    /// Whether it is one that nothing may have: IO_REPARSE_TAG_RESERVED_ZERO, _ONE.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        self.0 <= 1
    }
}

/// [MS-FSCC] 2.1.2.2 REPARSE_DATA_BUFFER and 2.1.2.3 REPARSE_GUID_DATA_BUFFER
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReparsePoint {
    /// What it is.
    pub tag: ReparseTag,
    /// Whose it is, unless it is Microsoft's.
    pub guid: Option<Guid>,
    /// What only the owner understands.
    pub data: Vec<u8>,
}

impl ReparsePoint {
    /// Longest one there is, with its header ([MS-FSA] 2.1.5.10.37).
    pub const MAX_LENGTH: usize = 16_384;
    /// Bytes before the data of one of Microsoft's.
    pub const HEADER: usize = 8;
    /// Bytes before the data of any other.
    pub const GUID_HEADER: usize = 24;

    /// Bytes before the data.
    #[must_use]
    pub const fn header_length(&self) -> usize {
        if self.tag.is_microsoft() { Self::HEADER } else { Self::GUID_HEADER }
    }

    /// From all of its bytes; `None` where they do not say what they are.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let r = &mut Reader::new(bytes);
        Self::decode(r).ok().filter(|_| r.is_empty())
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }
}

impl Decode<'_> for ReparsePoint {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let tag = ReparseTag(r.u32("ReparseTag")?);
        let length = usize::from(r.u16("ReparseDataLength")?);
        r.skip(2, "Reserved")?;
        let guid = if tag.is_microsoft() { None } else { Some(Guid::decode(r)?) };
        Ok(Self { tag, guid, data: r.bytes(length, "DataBuffer")?.to_vec() })
    }
}

impl Encode for ReparsePoint {
    fn encode(&self, w: &mut Writer<'_>) {
        let length = u16::try_from(self.data.len()).unwrap_or(u16::MAX);
        w.u32(self.tag.0);
        w.u16(length);
        w.u16(0);
        if !self.tag.is_microsoft() {
            self.guid.unwrap_or_default().encode(w);
        }
        w.bytes(self.data.get(..usize::from(length)).unwrap_or(&self.data));
    }
}

/// [MS-FSCC] 2.1.2.4: what the reparse point of a symbolic link says, and 2.1.2.5 that of a mount point, which is never relative.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SymbolicLink {
    /// Where it leads.
    pub substitute_name: NtString,
    /// The same for people to read.
    pub print_name: NtString,
    /// It counts from the directory the link is in.
    pub relative: bool,
}

impl SymbolicLink {
    const FLAG_RELATIVE: u32 = 1;

    /// The link as a reparse point.
    #[must_use]
    pub fn reparse_point(&self) -> ReparsePoint {
        ReparsePoint { tag: ReparseTag::SYMLINK, guid: None, data: self.to_bytes() }
    }
}

impl Decode<'_> for SymbolicLink {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (substitute_at, substitute_length) =
            (r.u16("SubstituteNameOffset")?, r.u16("SubstituteNameLength")?);
        let (print_at, print_length) = (r.u16("PrintNameOffset")?, r.u16("PrintNameLength")?);
        let relative = r.u32("Flags")? & Self::FLAG_RELATIVE != 0;
        let names = Reader::new(r.rest());
        let name = |at: u16, length: u16, field| {
            names.slice_at(at.into(), length.into(), field).map(NtString::from_utf16le)
        };
        Ok(Self {
            substitute_name: name(substitute_at, substitute_length, "SubstituteName")?,
            print_name: name(print_at, print_length, "PrintName")?,
            relative,
        })
    }
}

impl Encode for SymbolicLink {
    fn encode(&self, w: &mut Writer<'_>) {
        let length =
            |name: &NtString| u16::try_from(name.units().len().saturating_mul(2)).unwrap_or(u16::MAX);
        let (substitute, print) = (length(&self.substitute_name), length(&self.print_name));
        w.u16(0);
        w.u16(substitute);
        w.u16(substitute);
        w.u16(print);
        w.u32(if self.relative { Self::FLAG_RELATIVE } else { 0 });
        w.utf16(self.substitute_name.units());
        w.utf16(self.print_name.units());
    }
}

/// [MS-FSCC] 2.1.2.6: what of a POSIX file system Windows has no kind for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NfsSpecial {
    /// A character device with its major and minor number.
    CharacterDevice(u32, u32),
    /// A block device with the same.
    BlockDevice(u32, u32),
    /// A named pipe of the system's own.
    Fifo,
    /// A socket.
    Socket,
}

impl NfsSpecial {
    const CHR: u64 = 0x0052_4843;
    const BLK: u64 = 0x004b_4c42;
    const FIFO: u64 = 0x4f46_4946;
    const SOCK: u64 = 0x4b43_4f53;

    /// The object as a reparse point.
    #[must_use]
    pub fn reparse_point(self) -> ReparsePoint {
        ReparsePoint { tag: ReparseTag::NFS, guid: None, data: self.to_bytes() }
    }
}

impl Encode for NfsSpecial {
    fn encode(&self, w: &mut Writer<'_>) {
        let (kind, device) = match *self {
            Self::CharacterDevice(major, minor) => (Self::CHR, Some((major, minor))),
            Self::BlockDevice(major, minor) => (Self::BLK, Some((major, minor))),
            Self::Fifo => (Self::FIFO, None),
            Self::Socket => (Self::SOCK, None),
        };
        w.u64(kind);
        if let Some((major, minor)) = device {
            w.u32(major);
            w.u32(minor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_with_and_without_a_guid() {
        let point = ReparsePoint { tag: ReparseTag::NFS, guid: None, data: b"abc".to_vec() };
        assert_eq!(point.bytes(), *b"\x14\0\0\x80\x03\0\0\0abc");
        assert_eq!(ReparsePoint::parse(&point.bytes()), Some(point));
        let foreign = ReparsePoint { tag: ReparseTag(2), guid: Some(Guid([7; 16])), data: b"x".to_vec() };
        let bytes = foreign.bytes();
        assert_eq!((bytes.len(), bytes[4], bytes[8], bytes[24]), (25, 1, 7, b'x'));
        assert_eq!(ReparsePoint::parse(&bytes), Some(foreign));
        for lie in [0u16, 2, 0xffff] {
            let mut bytes = bytes.clone();
            bytes[4..6].copy_from_slice(&lie.to_le_bytes());
            assert_eq!(ReparsePoint::parse(&bytes), None, "{lie}");
        }
        assert_eq!(ReparsePoint::parse(&bytes[..23]), None);
    }

    #[test]
    fn links() {
        let link = SymbolicLink { substitute_name: r"..\b".into(), print_name: "b".into(), relative: true };
        let bytes = link.to_bytes();
        assert_eq!(bytes[..12], [0, 0, 8, 0, 8, 0, 2, 0, 1, 0, 0, 0]);
        assert_eq!(SymbolicLink::decode(&mut Reader::new(&bytes)), Ok(link.clone()));
        assert_eq!(link.reparse_point().bytes().len(), 8 + bytes.len());
        for (at, lie) in [(0, 200u16), (2, 12), (4, 9), (6, 0xffff)] {
            let mut bytes = bytes.clone();
            bytes[at..at + 2].copy_from_slice(&lie.to_le_bytes());
            assert!(SymbolicLink::decode(&mut Reader::new(&bytes)).is_err(), "{at} {lie}");
        }
    }

    #[test]
    fn special_files() {
        assert_eq!(NfsSpecial::Fifo.to_bytes(), *b"FIFO\0\0\0\0");
        assert_eq!(NfsSpecial::CharacterDevice(1, 3).to_bytes(), *b"CHR\0\0\0\0\0\x01\0\0\0\x03\0\0\0");
        assert_eq!(NfsSpecial::Socket.reparse_point().bytes()[8..12], *b"SOCK");
        assert_eq!(NfsSpecial::BlockDevice(8, 0).to_bytes()[..3], *b"BLK");
    }
}
