//! The information classes of the SMB3 POSIX extensions ([POSIX-FSCC] 2.3), which a client may ask for once they were negotiated.

use super::record::{Field, record};
use crate::{FileAttributes, FileTime, NtString, Sid};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

record! {
    /// [POSIX-FSCC] 2.3.2.1 FileFsPosixInformation. All ones in a field: not known.
    FileFsPosixInformation {
        /// Bytes a transfer is best made of.
        optimal_transfer_size: u32,
        /// Bytes in a block, which the next three fields count.
        block_size: u32,
        /// Size of the volume.
        total_blocks: u64,
        /// Free altogether.
        blocks_available: u64,
        /// Free for the user.
        user_blocks_available: u64,
        /// Files the volume can have.
        total_file_nodes: u64,
        /// Files that can still be made.
        free_file_nodes: u64,
        /// The same number for the same volume.
        file_system_identifier: u64,
    } padding 0
}

/// [POSIX-FSCC] 2.3.1.1 FilePosixInformation: what `stat` tells, of one file or of an entry in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePosixInformation {
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
    /// Identifies the file in its file system.
    pub inode: u64,
    /// Identifies the file system.
    pub device: u32,
    /// How many names the file has.
    pub link_count: u32,
    /// The tag of a reparse point, or 0.
    pub reparse_tag: u32,
    /// [POSIX-FSCC] 2.1.1: the twelve permission bits, and above them the kind of file, whose numbers are not those of `st_mode`.
    pub mode: u32,
    /// Who owns the file.
    pub owner: Sid,
    /// Its group.
    pub group: Sid,
}

impl FilePosixInformation {
    /// Writes an entry of a listing with NextEntryOffset 0, to be patched when another follows.
    pub fn encode_entry(&self, name: &[u16], w: &mut Writer<'_>) {
        w.zeros(8);
        self.encode(w);
        w.u32(u32::try_from(name.len().saturating_mul(2)).unwrap_or(u32::MAX));
        w.utf16(name);
    }

    /// Reads an entry of a listing; the second of the answer is its name, the third NextEntryOffset.
    ///
    /// # Errors
    /// The entry is cut off, or a SID is none.
    pub fn decode_entry(r: &mut Reader<'_>) -> Result<(Self, NtString, u32), DecodeError> {
        let next = r.u32("NextEntryOffset")?;
        r.skip(4, "FileIndex")?;
        let entry = Self::decode(r)?;
        let length = usize::try_from(r.u32("FileNameLength")?).unwrap_or(usize::MAX);
        Ok((entry, NtString::from_utf16le(r.bytes(length, "FileName")?), next))
    }
}

impl Encode for FilePosixInformation {
    fn encode(&self, w: &mut Writer<'_>) {
        for time in [self.creation_time, self.last_access_time, self.last_write_time, self.change_time] {
            w.u64(time.0);
        }
        w.u64(self.end_of_file);
        w.u64(self.allocation_size);
        w.u32(self.attributes.bits());
        w.u64(self.inode);
        w.u32(self.device);
        w.zeros(4);
        w.u32(self.link_count);
        w.u32(self.reparse_tag);
        w.u32(self.mode);
        self.owner.encode(w);
        self.group.encode(w);
    }
}

impl Decode<'_> for FilePosixInformation {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let [creation_time, last_access_time, last_write_time, change_time] = [
            FileTime(r.u64("CreationTime")?),
            FileTime(r.u64("LastAccessTime")?),
            FileTime(r.u64("LastWriteTime")?),
            FileTime(r.u64("ChangeTime")?),
        ];
        let (end_of_file, allocation_size) = (r.u64("EndOfFile")?, r.u64("AllocationSize")?);
        let attributes = FileAttributes::from_bits_retain(r.u32("FileAttributes")?);
        let (inode, device) = (r.u64("Inode")?, r.u32("DeviceId")?);
        r.skip(4, "Reserved")?;
        Ok(Self {
            creation_time,
            last_access_time,
            last_write_time,
            change_time,
            end_of_file,
            allocation_size,
            attributes,
            inode,
            device,
            link_count: r.u32("NumberOfLinks")?,
            reparse_tag: r.u32("ReparseTag")?,
            mode: r.u32("Mode")?,
            owner: Sid::decode(r)?,
            group: Sid::decode(r)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> FilePosixInformation {
        FilePosixInformation {
            creation_time: FileTime(1),
            last_access_time: FileTime(2),
            last_write_time: FileTime(3),
            change_time: FileTime(4),
            end_of_file: 5,
            allocation_size: 6,
            attributes: FileAttributes::ARCHIVE,
            inode: 0x0807_0605_0403_0201,
            device: 9,
            link_count: 2,
            reparse_tag: 0xa000_000c,
            mode: 0o2644,
            owner: Sid::new(22, &[1, 1000]),
            group: Sid::new(22, &[2, 100]),
        }
    }

    /// What is the same in an answer about one file and in a listing.
    fn expected() -> Vec<u8> {
        let mut bytes = Vec::new();
        (1..=6u64).for_each(|n| bytes.extend(n.to_le_bytes()));
        bytes.extend([0x20, 0, 0, 0]);
        bytes.extend([1, 2, 3, 4, 5, 6, 7, 8]);
        bytes.extend([9, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([2, 0, 0, 0, 0x0c, 0, 0, 0xa0, 0xa4, 0x05, 0, 0]);
        bytes.extend([1, 2, 0, 0, 0, 0, 0, 22, 1, 0, 0, 0, 0xe8, 3, 0, 0]);
        bytes.extend([1, 2, 0, 0, 0, 0, 0, 22, 2, 0, 0, 0, 100, 0, 0, 0]);
        bytes
    }

    #[test]
    fn a_file_as_bytes() {
        assert_eq!(sample().to_bytes(), expected());
        assert_eq!(FilePosixInformation::decode(&mut Reader::new(&expected())), Ok(sample()));
        for length in 0..expected().len() {
            let cut = &expected()[..length];
            assert!(FilePosixInformation::decode(&mut Reader::new(cut)).is_err(), "{length}");
        }
    }

    #[test]
    fn an_entry_of_a_listing_as_bytes() {
        let bytes = [&[0; 8][..], &expected(), &[4, 0, 0, 0, b'a', 0, b':', 0]].concat();
        let mut written = Vec::new();
        sample().encode_entry(&[0x61, 0x3a], &mut Writer::new(&mut written));
        assert_eq!(written, bytes);
        let entry = FilePosixInformation::decode_entry(&mut Reader::new(&bytes));
        assert_eq!(entry, Ok((sample(), "a:".into(), 0)));
        let followed = [&[0x80, 0, 0, 0][..], &bytes[4..]].concat();
        assert_eq!(FilePosixInformation::decode_entry(&mut Reader::new(&followed)).unwrap().2, 0x80);
        assert!(FilePosixInformation::decode_entry(&mut Reader::new(&bytes[..bytes.len() - 1])).is_err());
    }

    #[test]
    fn a_volume_as_bytes() {
        let volume = FileFsPosixInformation {
            optimal_transfer_size: 0x10_0000,
            block_size: 0x1000,
            total_blocks: 3,
            blocks_available: 2,
            user_blocks_available: 1,
            total_file_nodes: u64::MAX,
            free_file_nodes: u64::MAX,
            file_system_identifier: 0x0807_0605_0403_0201,
        };
        let mut bytes = vec![0, 0, 0x10, 0, 0, 0x10, 0, 0];
        [3u64, 2, 1].iter().for_each(|n| bytes.extend(n.to_le_bytes()));
        bytes.extend([0xff; 16]);
        bytes.extend([1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!((bytes.len(), FileFsPosixInformation::LENGTH), (56, 56));
        assert_eq!(volume.to_bytes(), bytes);
        assert_eq!(FileFsPosixInformation::decode(&mut Reader::new(&bytes)), Ok(volume));
    }

    proptest! {
        #[test]
        fn no_entry_panics(data: Vec<u8>) {
            let _ = FilePosixInformation::decode_entry(&mut Reader::new(&data));
        }
    }
}
