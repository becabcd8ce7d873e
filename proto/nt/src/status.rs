use core::fmt;

/// [MS-ERREF] 2.3 NTSTATUS. Any 32-bit value is one; the well-known ones have names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NtStatus(pub u32);

macro_rules! statuses {
    ($($name:ident = $value:literal;)*) => {
        impl NtStatus {
            $(
                #[doc = concat!("STATUS_", stringify!($name))]
                pub const $name: Self = Self($value);
            )*

            /// The specification's name without `STATUS_`, if the value is a well-known one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

impl NtStatus {
    /// Severity error (both top bits set), as opposed to success, information and warning.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 >= 0xc000_0000
    }
}

impl fmt::Display for NtStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "STATUS_{name}"),
            None => write!(f, "NTSTATUS {:#010x}", self.0),
        }
    }
}

impl fmt::Debug for NtStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for NtStatus {}

statuses! {
    SUCCESS = 0x0000_0000;
    PENDING = 0x0000_0103;
    MORE_ENTRIES = 0x0000_0105;
    SOME_NOT_MAPPED = 0x0000_0107;
    OPLOCK_BREAK_IN_PROGRESS = 0x0000_0108;
    NOTIFY_CLEANUP = 0x0000_010b;
    NOTIFY_ENUM_DIR = 0x0000_010c;
    OBJECT_NAME_EXISTS = 0x4000_0000;
    BUFFER_OVERFLOW = 0x8000_0005;
    NO_MORE_FILES = 0x8000_0006;
    NO_MORE_EAS = 0x8000_0012;
    INVALID_EA_NAME = 0x8000_0013;
    EA_LIST_INCONSISTENT = 0x8000_0014;
    STOPPED_ON_SYMLINK = 0x8000_002d;
    UNSUCCESSFUL = 0xc000_0001;
    NOT_IMPLEMENTED = 0xc000_0002;
    INVALID_INFO_CLASS = 0xc000_0003;
    INFO_LENGTH_MISMATCH = 0xc000_0004;
    INVALID_HANDLE = 0xc000_0008;
    INVALID_PARAMETER = 0xc000_000d;
    NO_SUCH_DEVICE = 0xc000_000e;
    NO_SUCH_FILE = 0xc000_000f;
    INVALID_DEVICE_REQUEST = 0xc000_0010;
    END_OF_FILE = 0xc000_0011;
    WRONG_VOLUME = 0xc000_0012;
    MORE_PROCESSING_REQUIRED = 0xc000_0016;
    NO_MEMORY = 0xc000_0017;
    INVALID_VIEW_SIZE = 0xc000_001f;
    ACCESS_DENIED = 0xc000_0022;
    BUFFER_TOO_SMALL = 0xc000_0023;
    OBJECT_TYPE_MISMATCH = 0xc000_0024;
    OBJECT_NAME_INVALID = 0xc000_0033;
    OBJECT_NAME_NOT_FOUND = 0xc000_0034;
    OBJECT_NAME_COLLISION = 0xc000_0035;
    OBJECT_PATH_INVALID = 0xc000_0039;
    OBJECT_PATH_NOT_FOUND = 0xc000_003a;
    OBJECT_PATH_SYNTAX_BAD = 0xc000_003b;
    DATA_ERROR = 0xc000_003e;
    CRC_ERROR = 0xc000_003f;
    SHARING_VIOLATION = 0xc000_0043;
    QUOTA_EXCEEDED = 0xc000_0044;
    EAS_NOT_SUPPORTED = 0xc000_004f;
    EA_TOO_LARGE = 0xc000_0050;
    NONEXISTENT_EA_ENTRY = 0xc000_0051;
    NO_EAS_ON_FILE = 0xc000_0052;
    EA_CORRUPT_ERROR = 0xc000_0053;
    FILE_LOCK_CONFLICT = 0xc000_0054;
    LOCK_NOT_GRANTED = 0xc000_0055;
    DELETE_PENDING = 0xc000_0056;
    NO_SUCH_LOGON_SESSION = 0xc000_005f;
    INVALID_OWNER = 0xc000_005a;
    PRIVILEGE_NOT_HELD = 0xc000_0061;
    USER_EXISTS = 0xc000_0063;
    NO_SUCH_USER = 0xc000_0064;
    NO_SUCH_GROUP = 0xc000_0066;
    WRONG_PASSWORD = 0xc000_006a;
    PASSWORD_RESTRICTION = 0xc000_006c;
    LOGON_FAILURE = 0xc000_006d;
    ACCOUNT_RESTRICTION = 0xc000_006e;
    INVALID_LOGON_HOURS = 0xc000_006f;
    INVALID_WORKSTATION = 0xc000_0070;
    PASSWORD_EXPIRED = 0xc000_0071;
    ACCOUNT_DISABLED = 0xc000_0072;
    NONE_MAPPED = 0xc000_0073;
    INVALID_ACL = 0xc000_0077;
    INVALID_SID = 0xc000_0078;
    INVALID_SECURITY_DESCR = 0xc000_0079;
    NO_TOKEN = 0xc000_007c;
    RANGE_NOT_LOCKED = 0xc000_007e;
    DISK_FULL = 0xc000_007f;
    INTEGER_OVERFLOW = 0xc000_0095;
    FILE_INVALID = 0xc000_0098;
    INSUFFICIENT_RESOURCES = 0xc000_009a;
    MEDIA_WRITE_PROTECTED = 0xc000_00a2;
    DEVICE_NOT_READY = 0xc000_00a3;
    BAD_IMPERSONATION_LEVEL = 0xc000_00a5;
    INSTANCE_NOT_AVAILABLE = 0xc000_00ab;
    PIPE_NOT_AVAILABLE = 0xc000_00ac;
    INVALID_PIPE_STATE = 0xc000_00ad;
    PIPE_BUSY = 0xc000_00ae;
    PIPE_DISCONNECTED = 0xc000_00b0;
    PIPE_CLOSING = 0xc000_00b1;
    PIPE_CONNECTED = 0xc000_00b2;
    PIPE_LISTENING = 0xc000_00b3;
    INVALID_READ_MODE = 0xc000_00b4;
    IO_TIMEOUT = 0xc000_00b5;
    FILE_FORCED_CLOSED = 0xc000_00b6;
    FILE_IS_A_DIRECTORY = 0xc000_00ba;
    NOT_SUPPORTED = 0xc000_00bb;
    REMOTE_NOT_LISTENING = 0xc000_00bc;
    DUPLICATE_NAME = 0xc000_00bd;
    BAD_NETWORK_PATH = 0xc000_00be;
    NETWORK_BUSY = 0xc000_00bf;
    INVALID_NETWORK_RESPONSE = 0xc000_00c3;
    UNEXPECTED_NETWORK_ERROR = 0xc000_00c4;
    NETWORK_ACCESS_DENIED = 0xc000_00ca;
    NETWORK_NAME_DELETED = 0xc000_00c9;
    BAD_DEVICE_TYPE = 0xc000_00cb;
    BAD_NETWORK_NAME = 0xc000_00cc;
    TOO_MANY_SESSIONS = 0xc000_00ce;
    SHARING_PAUSED = 0xc000_00cf;
    REQUEST_NOT_ACCEPTED = 0xc000_00d0;
    NET_WRITE_FAULT = 0xc000_00d2;
    NOT_SAME_DEVICE = 0xc000_00d4;
    FILE_RENAMED = 0xc000_00d5;
    CANT_WAIT = 0xc000_00d8;
    PIPE_EMPTY = 0xc000_00d9;
    NO_SUCH_DOMAIN = 0xc000_00df;
    OPLOCK_NOT_GRANTED = 0xc000_00e2;
    INVALID_OPLOCK_PROTOCOL = 0xc000_00e3;
    INTERNAL_ERROR = 0xc000_00e5;
    INVALID_USER_BUFFER = 0xc000_00e8;
    UNEXPECTED_IO_ERROR = 0xc000_00e9;
    DIRECTORY_NOT_EMPTY = 0xc000_0101;
    NOT_A_DIRECTORY = 0xc000_0103;
    NAME_TOO_LONG = 0xc000_0106;
    TOO_MANY_OPENED_FILES = 0xc000_011f;
    CANCELLED = 0xc000_0120;
    CANNOT_DELETE = 0xc000_0121;
    FILE_DELETED = 0xc000_0123;
    FILE_CLOSED = 0xc000_0128;
    OPEN_FAILED = 0xc000_0136;
    INVALID_LEVEL = 0xc000_0148;
    NO_SUCH_ALIAS = 0xc000_0151;
    LOGON_TYPE_NOT_GRANTED = 0xc000_015b;
    INVALID_DEVICE_STATE = 0xc000_0184;
    TRUSTED_RELATIONSHIP_FAILURE = 0xc000_018d;
    ACCOUNT_EXPIRED = 0xc000_0193;
    NOLOGON_WORKSTATION_TRUST_ACCOUNT = 0xc000_0199;
    FS_DRIVER_REQUIRED = 0xc000_019c;
    INVALID_LOCK_RANGE = 0xc000_01a1;
    NO_USER_SESSION_KEY = 0xc000_0202;
    USER_SESSION_DELETED = 0xc000_0203;
    INSUFF_SERVER_RESOURCES = 0xc000_0205;
    INVALID_ADDRESS_COMPONENT = 0xc000_0207;
    CONNECTION_DISCONNECTED = 0xc000_020c;
    CONNECTION_RESET = 0xc000_020d;
    PASSWORD_MUST_CHANGE = 0xc000_0224;
    NOT_FOUND = 0xc000_0225;
    DUPLICATE_OBJECTID = 0xc000_022a;
    ACCOUNT_LOCKED_OUT = 0xc000_0234;
    CONNECTION_REFUSED = 0xc000_0236;
    BAD_COMPRESSION_BUFFER = 0xc000_0242;
    PATH_NOT_COVERED = 0xc000_0257;
    PWD_TOO_SHORT = 0xc000_025a;
    TOO_MANY_LINKS = 0xc000_0265;
    VOLUME_DISMOUNTED = 0xc000_026e;
    NOT_A_REPARSE_POINT = 0xc000_0275;
    IO_REPARSE_TAG_INVALID = 0xc000_0276;
    IO_REPARSE_TAG_MISMATCH = 0xc000_0277;
    IO_REPARSE_DATA_INVALID = 0xc000_0278;
    IO_REPARSE_TAG_NOT_HANDLED = 0xc000_0279;
    REPARSE_POINT_NOT_RESOLVED = 0xc000_0280;
    DIRECTORY_IS_A_REPARSE_POINT = 0xc000_0281;
    FILE_ENCRYPTED = 0xc000_0293;
    VOLUME_NOT_UPGRADED = 0xc000_029c;
    REPARSE_ATTRIBUTE_CONFLICT = 0xc000_02b2;
    OBJECTID_NOT_FOUND = 0xc000_02f0;
    NETWORK_SESSION_EXPIRED = 0xc000_035c;
    REQUEST_OUT_OF_SEQUENCE = 0xc000_042a;
    NO_RANGES_PROCESSED = 0xc000_0460;
    SERVER_UNAVAILABLE = 0xc000_0466;
    FILE_NOT_AVAILABLE = 0xc000_0467;
    SMB_GUEST_LOGON_BLOCKED_BY_POLICY = 0xc000_1101;
    INVALID_SIGNATURE = 0xc000_a000;
    AUTH_TAG_MISMATCH = 0xc000_a002;
    HASH_NOT_SUPPORTED = 0xc000_a100;
    HASH_NOT_PRESENT = 0xc000_a101;
    OFFLOAD_READ_FILE_NOT_SUPPORTED = 0xc000_a2a3;
    SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP = 0xc05d_0000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_severity() {
        assert_eq!(NtStatus::REQUEST_NOT_ACCEPTED.0, 0xc000_00d0);
        assert_eq!(NtStatus(0xc000_0022).to_string(), "STATUS_ACCESS_DENIED");
        assert_eq!(NtStatus(0xdead_beef).to_string(), "NTSTATUS 0xdeadbeef");
        assert!(!NtStatus::BUFFER_OVERFLOW.is_error());
        assert!(NtStatus::LOGON_FAILURE.is_error());
    }
}
