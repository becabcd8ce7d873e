use crate::message::wire_words;
use lanward_nt::fscc::{FileInformationClass, FsInformationClass};
use lanward_wire::wire_values;

wire_values! {
    /// The subcommands of SMB_COM_TRANSACTION on pipes and mailslots ([MS-CIFS] 2.2.5).
    TransCode(u16) {
        /// TRANS_SET_NMPIPE_STATE; TRANS_MAILSLOT_WRITE on a mailslot
        SET_NMPIPE_STATE = 0x0001;
        /// TRANS_RAW_READ_NMPIPE
        RAW_READ_NMPIPE = 0x0011;
        /// TRANS_QUERY_NMPIPE_STATE
        QUERY_NMPIPE_STATE = 0x0021;
        /// TRANS_QUERY_NMPIPE_INFO
        QUERY_NMPIPE_INFO = 0x0022;
        /// TRANS_PEEK_NMPIPE
        PEEK_NMPIPE = 0x0023;
        /// TRANS_TRANSACT_NMPIPE
        TRANSACT_NMPIPE = 0x0026;
        /// TRANS_RAW_WRITE_NMPIPE
        RAW_WRITE_NMPIPE = 0x0031;
        /// TRANS_READ_NMPIPE
        READ_NMPIPE = 0x0036;
        /// TRANS_WRITE_NMPIPE
        WRITE_NMPIPE = 0x0037;
        /// TRANS_WAIT_NMPIPE
        WAIT_NMPIPE = 0x0053;
        /// TRANS_CALL_NMPIPE
        CALL_NMPIPE = 0x0054;
    }

    /// The subcommands of SMB_COM_TRANSACTION2 ([MS-CIFS] 2.2.6).
    Trans2Code(u16) {
        /// TRANS2_OPEN2
        OPEN2 = 0x0000;
        /// TRANS2_FIND_FIRST2
        FIND_FIRST2 = 0x0001;
        /// TRANS2_FIND_NEXT2
        FIND_NEXT2 = 0x0002;
        /// TRANS2_QUERY_FS_INFORMATION
        QUERY_FS_INFORMATION = 0x0003;
        /// TRANS2_SET_FS_INFORMATION
        SET_FS_INFORMATION = 0x0004;
        /// TRANS2_QUERY_PATH_INFORMATION
        QUERY_PATH_INFORMATION = 0x0005;
        /// TRANS2_SET_PATH_INFORMATION
        SET_PATH_INFORMATION = 0x0006;
        /// TRANS2_QUERY_FILE_INFORMATION
        QUERY_FILE_INFORMATION = 0x0007;
        /// TRANS2_SET_FILE_INFORMATION
        SET_FILE_INFORMATION = 0x0008;
        /// TRANS2_FSCTL
        FSCTL = 0x0009;
        /// TRANS2_IOCTL2
        IOCTL2 = 0x000a;
        /// TRANS2_FIND_NOTIFY_FIRST
        FIND_NOTIFY_FIRST = 0x000b;
        /// TRANS2_FIND_NOTIFY_NEXT
        FIND_NOTIFY_NEXT = 0x000c;
        /// TRANS2_CREATE_DIRECTORY
        CREATE_DIRECTORY = 0x000d;
        /// TRANS2_SESSION_SETUP
        SESSION_SETUP = 0x000e;
        /// TRANS2_GET_DFS_REFERRAL
        GET_DFS_REFERRAL = 0x0010;
        /// TRANS2_REPORT_DFS_INCONSISTENCY
        REPORT_DFS_INCONSISTENCY = 0x0011;
    }

    /// The subcommands of SMB_COM_NT_TRANSACT ([MS-CIFS] 2.2.7, [MS-SMB] 2.2.7).
    NtTransactCode(u16) {
        /// NT_TRANSACT_CREATE
        CREATE = 0x0001;
        /// NT_TRANSACT_IOCTL
        IOCTL = 0x0002;
        /// NT_TRANSACT_SET_SECURITY_DESC
        SET_SECURITY_DESC = 0x0003;
        /// NT_TRANSACT_NOTIFY_CHANGE
        NOTIFY_CHANGE = 0x0004;
        /// NT_TRANSACT_RENAME
        RENAME = 0x0005;
        /// NT_TRANSACT_QUERY_SECURITY_DESC
        QUERY_SECURITY_DESC = 0x0006;
        /// NT_TRANSACT_QUERY_QUOTA
        QUERY_QUOTA = 0x0007;
        /// NT_TRANSACT_SET_QUOTA
        SET_QUOTA = 0x0008;
    }

    /// [MS-CIFS] 2.2.2.3.1 FIND Information Level Codes, with [MS-SMB] 2.2.2.3.1
    FindLevel(u16) {
        /// SMB_INFO_STANDARD
        STANDARD = 0x0001;
        /// SMB_INFO_QUERY_EA_SIZE
        QUERY_EA_SIZE = 0x0002;
        /// SMB_INFO_QUERY_EAS_FROM_LIST
        QUERY_EAS_FROM_LIST = 0x0003;
        /// SMB_FIND_FILE_DIRECTORY_INFO
        DIRECTORY = 0x0101;
        /// SMB_FIND_FILE_FULL_DIRECTORY_INFO
        FULL_DIRECTORY = 0x0102;
        /// SMB_FIND_FILE_NAMES_INFO
        NAMES = 0x0103;
        /// SMB_FIND_FILE_BOTH_DIRECTORY_INFO
        BOTH_DIRECTORY = 0x0104;
        /// SMB_FIND_FILE_ID_FULL_DIRECTORY_INFO
        ID_FULL_DIRECTORY = 0x0105;
        /// SMB_FIND_FILE_ID_BOTH_DIRECTORY_INFO
        ID_BOTH_DIRECTORY = 0x0106;
        /// SMB_FIND_FILE_UNIX
        UNIX = 0x0202;
        /// SMB_FIND_FILE_UNIX_INFO2
        UNIX_INFO2 = 0x020b;
    }

    /// [MS-CIFS] 2.2.2.3.2 QUERY_FS Information Level Codes
    QueryFsLevel(u16) {
        /// SMB_INFO_ALLOCATION
        ALLOCATION = 0x0001;
        /// SMB_INFO_VOLUME
        INFO_VOLUME = 0x0002;
        /// SMB_QUERY_FS_VOLUME_INFO
        VOLUME = 0x0102;
        /// SMB_QUERY_FS_SIZE_INFO
        SIZE = 0x0103;
        /// SMB_QUERY_FS_DEVICE_INFO
        DEVICE = 0x0104;
        /// SMB_QUERY_FS_ATTRIBUTE_INFO
        ATTRIBUTE = 0x0105;
        /// SMB_QUERY_CIFS_UNIX_INFO
        UNIX = 0x0200;
        /// SMB_QUERY_POSIX_FS_INFO
        POSIX = 0x0201;
        /// SMB_QUERY_POSIX_WHO_AM_I
        WHO_AM_I = 0x0202;
    }

    /// [MS-CIFS] 2.2.2.3.3 QUERY Information Level Codes
    QueryLevel(u16) {
        /// SMB_INFO_STANDARD
        STANDARD = 0x0001;
        /// SMB_INFO_QUERY_EA_SIZE
        QUERY_EA_SIZE = 0x0002;
        /// SMB_INFO_QUERY_EAS_FROM_LIST
        QUERY_EAS_FROM_LIST = 0x0003;
        /// SMB_INFO_QUERY_ALL_EAS
        QUERY_ALL_EAS = 0x0004;
        /// SMB_INFO_IS_NAME_VALID
        IS_NAME_VALID = 0x0006;
        /// SMB_QUERY_FILE_BASIC_INFO
        BASIC = 0x0101;
        /// SMB_QUERY_FILE_STANDARD_INFO
        FILE_STANDARD = 0x0102;
        /// SMB_QUERY_FILE_EA_INFO
        EA = 0x0103;
        /// SMB_QUERY_FILE_NAME_INFO
        NAME = 0x0104;
        /// SMB_QUERY_FILE_ALL_INFO
        ALL = 0x0107;
        /// SMB_QUERY_FILE_ALT_NAME_INFO
        ALT_NAME = 0x0108;
        /// SMB_QUERY_FILE_STREAM_INFO
        STREAM = 0x0109;
        /// SMB_QUERY_FILE_COMPRESSION_INFO
        COMPRESSION = 0x010b;
        /// SMB_QUERY_FILE_UNIX_BASIC
        UNIX_BASIC = 0x0200;
        /// SMB_QUERY_FILE_UNIX_LINK
        UNIX_LINK = 0x0201;
        /// SMB_QUERY_FILE_UNIX_INFO2
        UNIX_INFO2 = 0x020b;
    }

    /// [MS-CIFS] 2.2.2.3.4 SET Information Level Codes
    SetLevel(u16) {
        /// SMB_INFO_STANDARD
        STANDARD = 0x0001;
        /// SMB_INFO_SET_EAS
        SET_EAS = 0x0002;
        /// SMB_SET_FILE_BASIC_INFO
        BASIC = 0x0101;
        /// SMB_SET_FILE_DISPOSITION_INFO
        DISPOSITION = 0x0102;
        /// SMB_SET_FILE_ALLOCATION_INFO
        ALLOCATION = 0x0103;
        /// SMB_SET_FILE_END_OF_FILE_INFO
        END_OF_FILE = 0x0104;
        /// SMB_SET_FILE_UNIX_BASIC
        UNIX_BASIC = 0x0200;
        /// SMB_SET_FILE_UNIX_LINK
        UNIX_LINK = 0x0201;
        /// SMB_SET_FILE_UNIX_HLINK
        UNIX_HLINK = 0x0203;
        /// SMB_POSIX_PATH_OPEN
        POSIX_OPEN = 0x0209;
        /// SMB_POSIX_PATH_UNLINK
        POSIX_UNLINK = 0x020a;
        /// SMB_SET_FILE_UNIX_INFO2
        UNIX_INFO2 = 0x020b;
    }
}

wire_words! { flags: ; values: FindLevel QueryFsLevel QueryLevel SetLevel }

/// Where the levels begin that are classes of [MS-FSCC] ([MS-SMB] 2.2.2.3.5 Pass-through Information Level Codes).
const PASS_THROUGH: u16 = 1000;

fn passed_through(level: u16) -> Option<u8> {
    level.checked_sub(PASS_THROUGH).and_then(|class| u8::try_from(class).ok())
}

impl FindLevel {
    /// The class of [MS-FSCC] with the same structures.
    #[must_use]
    pub const fn class(self) -> Option<FileInformationClass> {
        Some(match self {
            Self::DIRECTORY => FileInformationClass::DIRECTORY,
            Self::FULL_DIRECTORY => FileInformationClass::FULL_DIRECTORY,
            Self::NAMES => FileInformationClass::NAMES,
            Self::BOTH_DIRECTORY => FileInformationClass::BOTH_DIRECTORY,
            Self::ID_FULL_DIRECTORY => FileInformationClass::ID_FULL_DIRECTORY,
            Self::ID_BOTH_DIRECTORY => FileInformationClass::ID_BOTH_DIRECTORY,
            _ => return None,
        })
    }
}

impl QueryFsLevel {
    /// The class of [MS-FSCC] with the same structure.
    #[must_use]
    pub fn class(self) -> Option<FsInformationClass> {
        Some(match self {
            Self::VOLUME => FsInformationClass::VOLUME,
            Self::SIZE => FsInformationClass::SIZE,
            Self::DEVICE => FsInformationClass::DEVICE,
            Self::ATTRIBUTE => FsInformationClass::ATTRIBUTE,
            Self(level) => return passed_through(level).map(FsInformationClass),
        })
    }
}

impl QueryLevel {
    /// The class of [MS-FSCC] with the same structure. [`QueryLevel::ALL`] has one of its own ([MS-CIFS] 2.2.8.3.10).
    #[must_use]
    pub fn class(self) -> Option<FileInformationClass> {
        Some(match self {
            Self::BASIC => FileInformationClass::BASIC,
            Self::FILE_STANDARD => FileInformationClass::STANDARD,
            Self::EA => FileInformationClass::EA,
            Self::NAME => FileInformationClass::NAME,
            Self::ALT_NAME => FileInformationClass::ALTERNATE_NAME,
            Self::STREAM => FileInformationClass::STREAM,
            Self::COMPRESSION => FileInformationClass::COMPRESSION,
            Self(level) => return passed_through(level).map(FileInformationClass),
        })
    }
}

impl SetLevel {
    /// The class of [MS-FSCC] with the same structure.
    #[must_use]
    pub fn class(self) -> Option<FileInformationClass> {
        Some(match self {
            Self::BASIC => FileInformationClass::BASIC,
            Self::DISPOSITION => FileInformationClass::DISPOSITION,
            Self::ALLOCATION => FileInformationClass::ALLOCATION,
            Self::END_OF_FILE => FileInformationClass::END_OF_FILE,
            Self(level) => return passed_through(level).map(FileInformationClass),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_classes_by_name_or_by_number() {
        assert_eq!(QueryLevel::BASIC.class(), Some(FileInformationClass::BASIC));
        assert_eq!(QueryLevel(1004).class(), Some(FileInformationClass::BASIC));
        assert_eq!(SetLevel(1010).class(), Some(FileInformationClass::RENAME));
        assert_eq!(QueryFsLevel(1007).class(), Some(FsInformationClass(7)));
        for level in [0, 1, 0x107, 0x200, 999, 1256, u16::MAX] {
            assert_eq!(QueryLevel(level).class(), None, "{level}");
        }
        assert_eq!(FindLevel(1001).class(), None, "listing passes nothing through");
    }
}
