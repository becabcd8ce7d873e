//! Structures of the CIFS UNIX extensions, in the layout that the clients and servers which have them agree on.

use super::Parameters;
use crate::Text;
use lanward_wire::{DecodeError, Reader, Writer};

/// SMB_QUERY_FILE_UNIX_BASIC: what `stat` tells, and what can be set. All ones in a field that is set: leave it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnixBasic {
    /// Length in bytes.
    pub end_of_file: u64,
    /// Bytes kept for it.
    pub bytes: u64,
    /// When anything about it changed, was read and was written last.
    pub times: [u64; 3],
    /// Who owns it.
    pub uid: u64,
    /// Its group.
    pub gid: u64,
    /// The constants `FILE` and those that follow it.
    pub kind: u32,
    /// Of a device its numbers.
    pub device: [u64; 2],
    /// Identifies it in its file system.
    pub unique_id: u64,
    /// The twelve permission bits.
    pub permissions: u64,
    /// Names it has.
    pub links: u64,
}

impl UnixBasic {
    /// Bytes of the structure.
    pub const LENGTH: usize = 100;
    /// A field with this is left as it is.
    pub const NO_CHANGE: u64 = u64::MAX;
    /// UNIX_TYPE_FILE
    pub const FILE: u32 = 0;
    /// UNIX_TYPE_DIR
    pub const DIRECTORY: u32 = 1;
    /// UNIX_TYPE_SYMLINK
    pub const SYMLINK: u32 = 2;
    /// UNIX_TYPE_CHARDEV
    pub const CHARACTER_DEVICE: u32 = 3;
    /// UNIX_TYPE_BLKDEV
    pub const BLOCK_DEVICE: u32 = 4;
    /// UNIX_TYPE_FIFO
    pub const FIFO: u32 = 5;
    /// UNIX_TYPE_SOCKET
    pub const SOCKET: u32 = 6;
}

impl Parameters<'_> for UnixBasic {
    fn decode(bytes: &[u8], _: Text) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(bytes);
        Ok(Self {
            end_of_file: r.u64("EndOfFile")?,
            bytes: r.u64("NumberOfBytes")?,
            times: [r.u64("LastStatusChange")?, r.u64("LastAccessTime")?, r.u64("LastModificationTime")?],
            uid: r.u64("Uid")?,
            gid: r.u64("Gid")?,
            kind: r.u32("Type")?,
            device: [r.u64("DevMajor")?, r.u64("DevMinor")?],
            unique_id: r.u64("UniqueId")?,
            permissions: r.u64("Permissions")?,
            links: r.u64("LinkCount")?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>, _: Text) {
        w.u64(self.end_of_file);
        w.u64(self.bytes);
        self.times.iter().for_each(|time| w.u64(*time));
        w.u64(self.uid);
        w.u64(self.gid);
        w.u32(self.kind);
        self.device.iter().for_each(|number| w.u64(*number));
        w.u64(self.unique_id);
        w.u64(self.permissions);
        w.u64(self.links);
    }
}

/// SMB_QUERY_FILE_UNIX_INFO2: the same, with when it was made and its flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnixInfo2 {
    /// The same.
    pub basic: UnixBasic,
    /// When it was made.
    pub created: u64,
    /// EXT_FLAGS of ext2 and its like.
    pub flags: u32,
    /// Which of them mean anything.
    pub flags_mask: u32,
}

impl Parameters<'_> for UnixInfo2 {
    fn decode(bytes: &[u8], text: Text) -> Result<Self, DecodeError> {
        let basic = UnixBasic::decode(bytes, text)?;
        let r = &mut Reader::new(bytes);
        r.skip(UnixBasic::LENGTH, "UnixBasic")?;
        Ok(Self {
            basic,
            created: r.u64("CreationTime")?,
            flags: r.u32("FileFlags")?,
            flags_mask: r.u32("FileFlagsMask")?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>, text: Text) {
        self.basic.encode(w, text);
        w.u64(self.created);
        w.u32(self.flags);
        w.u32(self.flags_mask);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stat_tells_both_ways() {
        let basic = UnixBasic {
            end_of_file: 1,
            bytes: 2,
            times: [3, 4, 5],
            uid: 6,
            gid: 7,
            kind: UnixBasic::FIFO,
            device: [9, 10],
            unique_id: 11,
            permissions: 0o644,
            links: 12,
        };
        let (mut bytes, text) = (Vec::new(), Text::default());
        basic.encode(&mut Writer::new(&mut bytes), text);
        assert_eq!((bytes.len(), bytes[56], bytes[84]), (UnixBasic::LENGTH, 5, 0o244));
        assert_eq!(UnixBasic::decode(&bytes, text), Ok(basic));
        let info = UnixInfo2 { basic, created: 13, flags: 14, flags_mask: 15 };
        bytes.clear();
        info.encode(&mut Writer::new(&mut bytes), text);
        assert_eq!(bytes.len(), 116);
        assert_eq!(UnixInfo2::decode(&bytes, text), Ok(info));
        assert!(UnixInfo2::decode(&bytes[..115], text).is_err());
    }
}
