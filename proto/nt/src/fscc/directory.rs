use super::FileInformationClass;
use crate::{AccessMask, FileAttributes, FileTime, NtString, ShortName};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// Bytes an entry has for an 8.3 name.
const SHORT_NAME: usize = 24;

/// One entry of a directory listing, whatever the class: what the class does not carry is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DirectoryInformation {
    /// When it was made.
    pub creation_time: FileTime,
    /// When it was last read.
    pub last_access_time: FileTime,
    /// When it was last written.
    pub last_write_time: FileTime,
    /// When anything about it last changed.
    pub change_time: FileTime,
    /// Length in bytes.
    pub end_of_file: u64,
    /// Bytes kept for it.
    pub allocation_size: u64,
    /// Its attributes.
    pub attributes: FileAttributes,
    /// Bytes its extended attributes have, or the tag of a reparse point.
    pub ea_size: u32,
    /// The file id; classes with 64 bits carry the low ones.
    pub file_id: u128,
    /// Its 8.3 name beside the name; empty if the name is one itself.
    pub short_name: ShortName,
    /// What a Mac that agreed on it gets in FileIdBothDirectoryInformation, in the place of `ea_size` and `short_name`.
    pub apple: Option<AppleEntry>,
}

/// What a Mac wants to know of each entry of a listing, so that it need not open every one (kAAPL_SUPPORTS_READ_DIR_ATTR).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AppleEntry {
    /// What the user may do with it.
    pub maximal_access: AccessMask,
    /// Bytes of its resource fork.
    pub resource_fork: u64,
    /// Of its Finder info: type and creator (of a file), flags, extended flags and when it was added, big-endian as they are kept.
    pub finder_info: [u8; 16],
}

impl FileInformationClass {
    /// Bytes before the name in an entry of a directory listing ([MS-FSCC] 2.4); `None` if the class is for no listing.
    #[must_use]
    pub const fn directory_entry_length(self) -> Option<usize> {
        Some(match self {
            Self::DIRECTORY => 64,
            Self::FULL_DIRECTORY => 68,
            Self::BOTH_DIRECTORY => 94,
            Self::NAMES => 12,
            Self::ID_BOTH_DIRECTORY => 104,
            Self::ID_FULL_DIRECTORY => 80,
            Self::ID_GLOBAL_TX_DIRECTORY => 92,
            Self::ID_EXTD_DIRECTORY => 88,
            Self::ID_EXTD_BOTH_DIRECTORY => 114,
            _ => return None,
        })
    }

    /// Whether an entry of a listing has an 8.3 name beside the name.
    #[must_use]
    pub const fn has_short_name(self) -> bool {
        matches!(self, Self::BOTH_DIRECTORY | Self::ID_BOTH_DIRECTORY | Self::ID_EXTD_BOTH_DIRECTORY)
    }
}

impl DirectoryInformation {
    /// Writes one entry with NextEntryOffset 0, to be patched when another follows. A class that is for no listing writes nothing.
    pub fn encode_entry(&self, class: FileInformationClass, name: &[u16], w: &mut Writer<'_>) {
        self.encode_up_to_name(class, 0, name.len().saturating_mul(2), w);
        if class.directory_entry_length().is_some() {
            w.utf16(name);
        }
    }

    /// The same with a FileIndex, and a name in bytes of the client's own.
    pub fn encode_named(&self, class: FileInformationClass, index: u32, name: &[u8], w: &mut Writer<'_>) {
        self.encode_up_to_name(class, index, name.len(), w);
        if class.directory_entry_length().is_some() {
            w.bytes(name);
        }
    }

    fn encode_up_to_name(&self, class: FileInformationClass, index: u32, name: usize, w: &mut Writer<'_>) {
        if class.directory_entry_length().is_none() {
            return;
        }
        w.u32(0);
        w.u32(index);
        if class != FileInformationClass::NAMES {
            for time in [self.creation_time, self.last_access_time, self.last_write_time, self.change_time] {
                w.u64(time.0);
            }
            w.u64(self.end_of_file);
            w.u64(self.allocation_size);
            w.u32(self.attributes.bits());
        }
        w.u32(u32::try_from(name).unwrap_or(u32::MAX));
        self.encode_tail(class, w);
    }

    /// What is between FileNameLength and the name.
    fn encode_tail(&self, class: FileInformationClass, w: &mut Writer<'_>) {
        let [low @ .., _, _, _, _, _, _, _, _] = self.file_id.to_le_bytes();
        match class {
            FileInformationClass::FULL_DIRECTORY => w.u32(self.ea_size),
            FileInformationClass::BOTH_DIRECTORY => {
                w.u32(self.ea_size);
                self.encode_short_name(w);
            }
            FileInformationClass::ID_BOTH_DIRECTORY => {
                if let Some(apple) = &self.apple {
                    apple.encode(w);
                } else {
                    w.u32(self.ea_size);
                    self.encode_short_name(w);
                }
                w.zeros(2);
                w.bytes(&low);
            }
            FileInformationClass::ID_FULL_DIRECTORY => {
                w.u32(self.ea_size);
                w.zeros(4);
                w.bytes(&low);
            }
            FileInformationClass::ID_GLOBAL_TX_DIRECTORY => {
                w.bytes(&low);
                w.zeros(20);
            }
            FileInformationClass::ID_EXTD_DIRECTORY | FileInformationClass::ID_EXTD_BOTH_DIRECTORY => {
                let reparse = self.attributes.contains(FileAttributes::REPARSE_POINT);
                w.u32(if reparse { 0 } else { self.ea_size });
                w.u32(if reparse { self.ea_size } else { 0 });
                w.u128(self.file_id);
                if class == FileInformationClass::ID_EXTD_BOTH_DIRECTORY {
                    self.encode_short_name(w);
                }
            }
            _ => {}
        }
    }

    /// ShortNameLength, a reserved byte and ShortName.
    fn encode_short_name(&self, w: &mut Writer<'_>) {
        let length = self.short_name.units().len().saturating_mul(2);
        w.u8(u8::try_from(length).unwrap_or_default());
        w.u8(0);
        w.utf16(self.short_name.units());
        w.zeros(SHORT_NAME.saturating_sub(length));
    }

    /// Reads one entry; the second of the answer is its name, the third NextEntryOffset.
    ///
    /// # Errors
    /// The entry is cut off, or the class is for no listing.
    pub fn decode_entry(
        class: FileInformationClass,
        r: &mut Reader<'_>,
    ) -> Result<(Self, NtString, u32), DecodeError> {
        let length = class.directory_entry_length();
        let length = length.ok_or(DecodeError::invalid("FileInformationClass", "is for no listing"))?;
        let start = r.position();
        let next = r.u32("NextEntryOffset")?;
        r.u32("FileIndex")?;
        let mut entry = Self::default();
        if class != FileInformationClass::NAMES {
            entry.creation_time = FileTime(r.u64("CreationTime")?);
            entry.last_access_time = FileTime(r.u64("LastAccessTime")?);
            entry.last_write_time = FileTime(r.u64("LastWriteTime")?);
            entry.change_time = FileTime(r.u64("ChangeTime")?);
            entry.end_of_file = r.u64("EndOfFile")?;
            entry.allocation_size = r.u64("AllocationSize")?;
            entry.attributes = FileAttributes::from_bits_retain(r.u32("FileAttributes")?);
        }
        let name_length = usize::try_from(r.u32("FileNameLength")?).unwrap_or(usize::MAX);
        entry.decode_tail(class, r)?;
        r.skip(start.saturating_add(length).saturating_sub(r.position()), "Reserved")?;
        Ok((entry, NtString::from_utf16le(r.bytes(name_length, "FileName")?), next))
    }

    fn decode_tail(&mut self, class: FileInformationClass, r: &mut Reader<'_>) -> Result<(), DecodeError> {
        let has_ea = !matches!(
            class,
            FileInformationClass::DIRECTORY
                | FileInformationClass::NAMES
                | FileInformationClass::ID_GLOBAL_TX_DIRECTORY
        );
        if has_ea {
            self.ea_size = r.u32("EaSize")?;
        }
        let before_id = match class {
            FileInformationClass::BOTH_DIRECTORY => return self.decode_short_name(r),
            FileInformationClass::ID_BOTH_DIRECTORY => {
                self.decode_short_name(r)?;
                2
            }
            FileInformationClass::ID_FULL_DIRECTORY => 4,
            FileInformationClass::ID_GLOBAL_TX_DIRECTORY => 0,
            FileInformationClass::ID_EXTD_DIRECTORY | FileInformationClass::ID_EXTD_BOTH_DIRECTORY => {
                let tag = r.u32("ReparsePointTag")?;
                self.ea_size |= tag;
                self.file_id = r.u128("FileId")?;
                if class == FileInformationClass::ID_EXTD_BOTH_DIRECTORY {
                    self.decode_short_name(r)?;
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        r.skip(before_id, "Reserved")?;
        self.file_id = u128::from(r.u64("FileId")?);
        Ok(())
    }

    fn decode_short_name(&mut self, r: &mut Reader<'_>) -> Result<(), DecodeError> {
        let length = usize::from(r.u8("ShortNameLength")?).min(SHORT_NAME);
        r.skip(1, "Reserved")?;
        let field = r.bytes(SHORT_NAME, "ShortName")?;
        self.short_name = ShortName::given(&NtString::from_utf16le(field.get(..length).unwrap_or_default()));
        Ok(())
    }
}

impl Encode for AppleEntry {
    /// From EaSize to the end of ShortName.
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.maximal_access.bits());
        w.zeros(2);
        w.u64(self.resource_fork);
        w.bytes(&self.finder_info);
    }
}

impl Decode<'_> for AppleEntry {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let maximal_access = AccessMask::from_bits_retain(r.u32("EaSize")?);
        r.skip(2, "ShortNameLength")?;
        let resource_fork = r.u64("ResourceForkLength")?;
        Ok(Self { maximal_access, resource_fork, finder_info: r.array("FinderInfo")? })
    }
}

/// Reads a whole listing: a chain of entries.
///
/// # Errors
/// An entry is cut off, or points before its own end.
pub fn decode_directory(
    class: FileInformationClass,
    data: &[u8],
) -> Result<Vec<(DirectoryInformation, NtString)>, DecodeError> {
    let mut entries = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let (entry, name, next) = DirectoryInformation::decode_entry(class, &mut Reader::new(rest))?;
        entries.push((entry, name));
        let next = usize::try_from(next).unwrap_or(usize::MAX);
        if next == 0 {
            break;
        }
        if next < 12 {
            return Err(DecodeError::invalid("NextEntryOffset", "points into its own entry"));
        }
        rest = rest.get(next..).ok_or(DecodeError::invalid("NextEntryOffset", "points behind the data"))?;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLASSES: [u8; 9] = [1, 2, 3, 12, 37, 38, 50, 60, 63];

    fn sample() -> DirectoryInformation {
        DirectoryInformation {
            creation_time: FileTime(1),
            last_access_time: FileTime(2),
            last_write_time: FileTime(3),
            change_time: FileTime(4),
            end_of_file: 5,
            allocation_size: 6,
            attributes: FileAttributes::ARCHIVE,
            ea_size: 7,
            file_id: 8,
            short_name: ShortName::of(NtString::from("SHORT~1.TXT").units()),
            apple: None,
        }
    }

    #[test]
    fn macs_get_an_entry_of_their_own() {
        let class = FileInformationClass::ID_BOTH_DIRECTORY;
        let apple = AppleEntry {
            maximal_access: AccessMask::FILE_ALL_ACCESS,
            resource_fork: 0x0102,
            finder_info: *b"TEXTttxt\x40\0\0\0\0\0\0\x01",
        };
        let mut buf = Vec::new();
        let entry = DirectoryInformation { apple: Some(apple), ..sample() };
        entry.encode_entry(class, &[0x61], &mut Writer::new(&mut buf));
        assert_eq!(Some(buf.len() - 2), class.directory_entry_length());
        assert_eq!(buf[64..70], [0xff, 1, 0x1f, 0, 0, 0], "rights, and no length of a short name");
        assert_eq!(buf[70..78], [2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(&buf[78..86], b"TEXTttxt");
        assert_eq!(buf[94..104], [0, 0, 8, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(AppleEntry::decode(&mut Reader::new(&buf[64..])), Ok(apple));
    }

    #[test]
    fn every_class_has_its_length_and_comes_back() {
        for class in CLASSES.map(FileInformationClass) {
            let mut buf = Vec::new();
            sample().encode_entry(class, &[0x61, 0x62], &mut Writer::new(&mut buf));
            assert_eq!(Some(buf.len() - 4), class.directory_entry_length(), "{class:?}");
            let (entry, name) = decode_directory(class, &buf).unwrap().remove(0);
            assert_eq!(name, "ab".into());
            if class == FileInformationClass::ID_EXTD_BOTH_DIRECTORY {
                assert_eq!(entry, sample());
            }
            let expected = if class.has_short_name() { sample().short_name } else { ShortName::default() };
            assert_eq!(entry.short_name, expected, "{class:?}");
            if class == FileInformationClass::ID_BOTH_DIRECTORY {
                assert_eq!(entry, sample());
                assert_eq!(buf[96..104], [8, 0, 0, 0, 0, 0, 0, 0]);
                assert_eq!(buf[60..64], [4, 0, 0, 0]);
                assert_eq!(buf[68..74], [22, 0, b'S', 0, b'H', 0]);
            }
        }
        assert_eq!(FileInformationClass::BASIC.directory_entry_length(), None);
    }

    proptest! {
        #[test]
        fn no_listing_panics(class in 0u8..70, data: Vec<u8>) {
            let _ = decode_directory(FileInformationClass(class), &data);
        }
    }
}
