use super::record::{Field, record};
use crate::{FileAttributes, FileTime};

record! {
    /// [MS-FSCC] 2.4.7 FileBasicInformation. A time of 0 is left alone when set; -1 and -2 stop and resume its updates.
    FileBasicInformation {
        /// When the file was made.
        creation_time: FileTime,
        /// When it was last read.
        last_access_time: FileTime,
        /// When it was last written.
        last_write_time: FileTime,
        /// When anything about it last changed.
        change_time: FileTime,
        /// Its attributes; 0 is left alone when set.
        attributes: FileAttributes,
    } padding 4
}

record! {
    /// [MS-FSCC] 2.4.47 FileStandardInformation.
    FileStandardInformation {
        /// Bytes kept for it.
        allocation_size: u64,
        /// Length in bytes.
        end_of_file: u64,
        /// Names it has that are not going.
        number_of_links: u32,
        /// Whether its name is going.
        delete_pending: bool,
        /// Whether it is a directory.
        directory: bool,
    } padding 2
}

record! {
    /// [MS-FSCC] 2.4.27 FileInternalInformation.
    FileInternalInformation {
        /// The 64-bit file id.
        index_number: u64,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.13 FileEaInformation.
    FileEaInformation {
        /// Bytes its extended attributes have.
        ea_size: u32,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.1 FileAccessInformation.
    FileAccessInformation {
        /// Rights of the open.
        access_flags: u32,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.40 FilePositionInformation.
    FilePositionInformation {
        /// Bytes from the start.
        current_byte_offset: u64,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.31 FileModeInformation.
    FileModeInformation {
        /// CreateOptions bits.
        mode: u32,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.3 FileAlignmentInformation.
    FileAlignmentInformation {
        /// A mask: 0 for byte alignment.
        alignment_requirement: u32,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.6 FileAttributeTagInformation.
    FileAttributeTagInformation {
        /// Its attributes.
        attributes: FileAttributes,
        /// Of a reparse point, otherwise 0.
        reparse_tag: u32,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.34 FileNetworkOpenInformation.
    FileNetworkOpenInformation {
        /// When the file was made.
        creation_time: FileTime,
        /// When it was last read.
        last_access_time: FileTime,
        /// When it was last written.
        last_write_time: FileTime,
        /// When anything about it last changed.
        change_time: FileTime,
        /// Bytes kept for it.
        allocation_size: u64,
        /// Length in bytes.
        end_of_file: u64,
        /// Its attributes.
        attributes: FileAttributes,
    } padding 4
}

record! {
    /// [MS-FSCC] 2.4.9 FileCompressionInformation.
    FileCompressionInformation {
        /// Bytes it has compressed.
        compressed_file_size: u64,
        /// 0 for none.
        compression_format: u16,
        /// Log2 of the unit's bytes.
        compression_unit_shift: u8,
        /// Log2 of the chunk's bytes.
        chunk_shift: u8,
        /// Log2 of the cluster's bytes.
        cluster_shift: u8,
    } padding 3
}

record! {
    /// [MS-FSCC] 2.4.26 FileIdInformation.
    FileIdInformation {
        /// Of the volume.
        volume_serial_number: u64,
        /// The 128-bit file id.
        file_id: u128,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.14 FileEndOfFileInformation, 2.4.4 FileAllocationInformation and 2.4.50 FileValidDataLengthInformation: one length in bytes.
    FileLengthInformation {
        /// Bytes; what is negative as a signed number is never good.
        length: u64,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.11 FileDispositionInformation.
    FileDispositionInformation {
        /// Whether the file is to go.
        delete_pending: bool,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.4.12 FileDispositionInformationEx.
    FileDispositionInformationEx {
        /// The FLAG_ constants.
        flags: u32,
    } padding 0
}

impl FileDispositionInformationEx {
    /// FILE_DISPOSITION_DELETE
    pub const FLAG_DELETE: u32 = 1;
    /// FILE_DISPOSITION_POSIX_SEMANTICS
    pub const FLAG_POSIX_SEMANTICS: u32 = 2;
    /// FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK
    pub const FLAG_FORCE_IMAGE_SECTION_CHECK: u32 = 4;
    /// FILE_DISPOSITION_ON_CLOSE
    pub const FLAG_ON_CLOSE: u32 = 8;
    /// FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE
    pub const FLAG_IGNORE_READONLY_ATTRIBUTE: u32 = 0x10;
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_wire::{Decode, Encode, Reader};

    #[test]
    fn lengths_are_those_of_the_specification() {
        let lengths = [
            (FileBasicInformation::LENGTH, 40),
            (FileStandardInformation::LENGTH, 24),
            (FileNetworkOpenInformation::LENGTH, 56),
            (FileCompressionInformation::LENGTH, 16),
            (FileIdInformation::LENGTH, 24),
            (FileAttributeTagInformation::LENGTH, 8),
        ];
        assert!(lengths.iter().all(|(is, should)| is == should), "{lengths:?}");
    }

    #[test]
    fn standard_information_as_bytes() {
        let value = FileStandardInformation {
            allocation_size: 0x1000,
            end_of_file: 5,
            number_of_links: 1,
            delete_pending: true,
            directory: false,
        };
        let mut bytes = vec![0, 0x10, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend([1, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(value.to_bytes(), bytes);
        assert_eq!(FileStandardInformation::decode(&mut Reader::new(&bytes)), Ok(value));
        assert!(FileStandardInformation::decode(&mut Reader::new(&bytes[..23])).is_err());
    }
}
