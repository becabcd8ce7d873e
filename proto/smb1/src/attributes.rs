use crate::message::wire_words;
use lanward_wire::{wire_flags, wire_values};

wire_flags! {
    /// [MS-CIFS] 2.2.1.2.4 SMB_FILE_ATTRIBUTES, with those that a search wants exclusively.
    SmbFileAttributes: u16 {
        /// SMB_FILE_ATTRIBUTE_READONLY
        READONLY = 0x0001;
        /// SMB_FILE_ATTRIBUTE_HIDDEN
        HIDDEN = 0x0002;
        /// SMB_FILE_ATTRIBUTE_SYSTEM
        SYSTEM = 0x0004;
        /// SMB_FILE_ATTRIBUTE_VOLUME
        VOLUME = 0x0008;
        /// SMB_FILE_ATTRIBUTE_DIRECTORY
        DIRECTORY = 0x0010;
        /// SMB_FILE_ATTRIBUTE_ARCHIVE
        ARCHIVE = 0x0020;
        /// SMB_SEARCH_ATTRIBUTE_READONLY
        SEARCH_READONLY = 0x0100;
        /// SMB_SEARCH_ATTRIBUTE_HIDDEN
        SEARCH_HIDDEN = 0x0200;
        /// SMB_SEARCH_ATTRIBUTE_SYSTEM
        SEARCH_SYSTEM = 0x0400;
        /// SMB_SEARCH_ATTRIBUTE_DIRECTORY
        SEARCH_DIRECTORY = 0x1000;
        /// SMB_SEARCH_ATTRIBUTE_ARCHIVE
        SEARCH_ARCHIVE = 0x2000;
    }

    /// [MS-CIFS] 2.2.1.2.3 SMB_EXT_FILE_ATTR: the attributes of [MS-FSCC] and how a file is to be used.
    ExtFileAttributes: u32 {
        /// POSIX_SEMANTICS
        POSIX_SEMANTICS = 0x0100_0000;
        /// BACKUP_SEMANTICS
        BACKUP_SEMANTICS = 0x0200_0000;
        /// DELETE_ON_CLOSE
        DELETE_ON_CLOSE = 0x0400_0000;
        /// SEQUENTIAL_SCAN
        SEQUENTIAL_SCAN = 0x0800_0000;
        /// RANDOM_ACCESS
        RANDOM_ACCESS = 0x1000_0000;
        /// NO_BUFFERING
        NO_BUFFERING = 0x2000_0000;
        /// WRITE_THROUGH
        WRITE_THROUGH = 0x8000_0000;
    }

    /// [MS-CIFS] 2.2.1.3 SMB_NMPIPE_STATUS. The lowest byte is the number of instances.
    PipeStatus: u16 {
        /// ReadMode: message mode
        MESSAGE_READ = 0x0100;
        /// NamedPipeType: a message mode pipe
        MESSAGE_TYPE = 0x0400;
        /// Endpoint: the server's end
        SERVER_END = 0x4000;
        /// Nonblocking
        NONBLOCKING = 0x8000;
    }
}

wire_values! {
    /// The AccessMode and AccessRights of the older opens ([MS-CIFS] 2.2.4.3.1): access in the lowest three bits, sharing in the three from 0x10 on.
    AccessMode(u16) {
        /// To be read
        READ = 0;
        /// To be written
        WRITE = 1;
        /// Both
        READ_WRITE = 2;
        /// To be executed
        EXECUTE = 3;
    }

    /// ResourceType: what an open leads to.
    ResourceType(u16) {
        /// FileTypeDisk
        DISK = 0;
        /// FileTypeByteModePipe
        BYTE_MODE_PIPE = 1;
        /// FileTypeMessageModePipe
        MESSAGE_MODE_PIPE = 2;
        /// FileTypePrinter
        PRINTER = 3;
        /// FileTypeCommDevice
        COMM_DEVICE = 4;
    }
}

wire_words! {
    flags: SmbFileAttributes ExtFileAttributes PipeStatus;
    values: AccessMode ResourceType
}

impl AccessMode {
    /// SharingMode: 0 compatibility, 1 deny all, 2 deny write, 3 deny read, 4 deny none.
    #[must_use]
    pub const fn sharing(self) -> u16 {
        self.0 >> 4 & 7
    }

    /// The access alone.
    #[must_use]
    pub const fn access(self) -> Self {
        Self(self.0 & 7)
    }

    /// WritethroughMode.
    #[must_use]
    pub const fn is_write_through(self) -> bool {
        self.0 & 0x4000 != 0
    }

    /// An FCB open ([MS-CIFS] 3.3.5.35): all ones in the lowest byte.
    #[must_use]
    pub const fn is_fcb(self) -> bool {
        self.0 & 0xff == 0xff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_and_sharing_are_parts_of_one_word() {
        let mode = AccessMode(0x4042);
        assert_eq!((mode.access(), mode.sharing()), (AccessMode::READ_WRITE, 4));
        assert!(mode.is_write_through() && !mode.is_fcb() && AccessMode(0xff).is_fcb());
    }
}
