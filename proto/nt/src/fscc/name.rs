use crate::NtString;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-FSCC] 2.4.42.2 FileRenameInformation and 2.4.28.2 FileLinkInformation, as SMB2 has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRenameInformation {
    /// Whether a file of that name goes. As a number for the Ex class: its flags.
    pub replace_if_exists: u32,
    /// A handle the name is relative to; 0 on the network.
    pub root_directory: u64,
    /// The new name.
    pub file_name: NtString,
}

impl FileRenameInformation {
    /// Reads the class with a Boolean and seven reserved bytes in front.
    ///
    /// # Errors
    /// The structure is cut off.
    pub fn decode_plain(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let replace = r.u8("ReplaceIfExists")?;
        r.skip(7, "Reserved")?;
        Self::decode_rest(u32::from(replace != 0), r)
    }

    /// Reads the Ex class, with 32 bits of flags and four reserved bytes in front.
    ///
    /// # Errors
    /// The structure is cut off.
    pub fn decode_ex(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let flags = r.u32("Flags")?;
        r.skip(4, "Reserved")?;
        Self::decode_rest(flags, r)
    }

    fn decode_rest(replace_if_exists: u32, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let root_directory = r.u64("RootDirectory")?;
        let length = usize::try_from(r.u32("FileNameLength")?).unwrap_or(usize::MAX);
        let file_name = NtString::from_utf16le(r.bytes(length, "FileName")?);
        Ok(Self { replace_if_exists, root_directory, file_name })
    }
}

impl Encode for FileRenameInformation {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.replace_if_exists);
        w.zeros(4);
        w.u64(self.root_directory);
        w.u32(byte_length(&self.file_name));
        w.utf16(self.file_name.units());
        // A shorter structure than 24 bytes is refused by some servers.
        w.zeros(24usize.saturating_sub(w.position()));
    }
}

/// [MS-FSCC] 2.4.32 FileNameInformation and its like: a length and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileNameInformation {
    /// The name.
    pub file_name: NtString,
}

impl Encode for FileNameInformation {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(byte_length(&self.file_name));
        w.utf16(self.file_name.units());
    }
}

impl Decode<'_> for FileNameInformation {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = usize::try_from(r.u32("FileNameLength")?).unwrap_or(usize::MAX);
        Ok(Self { file_name: NtString::from_utf16le(r.bytes(length, "FileName")?) })
    }
}

/// [MS-FSCC] 2.4.49 FileStreamInformation: one entry, NextEntryOffset 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStreamInformation {
    /// Length in bytes.
    pub stream_size: u64,
    /// Bytes kept for it.
    pub allocation_size: u64,
    /// `:name:$DATA`
    pub stream_name: NtString,
}

impl Encode for FileStreamInformation {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(0);
        w.u32(byte_length(&self.stream_name));
        w.u64(self.stream_size);
        w.u64(self.allocation_size);
        w.utf16(self.stream_name.units());
    }
}

fn byte_length(name: &NtString) -> u32 {
    u32::try_from(name.units().len().saturating_mul(2)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rename_as_bytes() {
        let value = FileRenameInformation { replace_if_exists: 1, root_directory: 0, file_name: "ab".into() };
        let bytes = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, b'a', 0, b'b', 0];
        assert_eq!(value.to_bytes(), bytes);
        assert_eq!(FileRenameInformation::decode_plain(&mut Reader::new(&bytes)), Ok(value.clone()));
        assert_eq!(FileRenameInformation::decode_ex(&mut Reader::new(&bytes)), Ok(value));
        assert!(FileRenameInformation::decode_plain(&mut Reader::new(&bytes[..23])).is_err());
    }
}
