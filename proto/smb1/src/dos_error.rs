use lanward_nt::NtStatus;

/// An error as it was told before NT ([MS-CIFS] 2.2.1.5 SMB_ERROR).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct DosError {
    /// ErrorClass: 0 success, 1 of DOS, 2 of the server, 3 of the hardware, 0xff not an SMB.
    pub class: u8,
    /// ErrorCode
    pub code: u16,
}

const ERRDOS: u8 = 0x01;
const ERRSRV: u8 = 0x02;
const ERRHRD: u8 = 0x03;

/// [MS-CIFS] 2.2.2.4, and some that servers tell and it does not list; sorted by status.
#[rustfmt::skip]
const ERRORS: &[(u32, u8, u16)] = &[
    (0x0000_010c, ERRDOS, 0x3fe), // NOTIFY_ENUM_DIR, ERR_NOTIFY_ENUM_DIR
    (0x010a_0001, ERRDOS, 0x10a), // OS2_CANNOT_COPY, ERROR_CANNOT_COPY
    (0x0113_0001, ERRDOS, 0x113), // OS2_EAS_DIDNT_FIT, ERROR_EAS_DIDNT_FIT
    (0x03e2_0001, ERRDOS, 0x3e2), // OS2_EA_ACCESS_DENIED, ERROR_EA_ACCESS_DENIED
    (0x8000_0005, ERRDOS, 0xea), // BUFFER_OVERFLOW, ERRmoredata
    (0x8000_0006, ERRDOS, 0x12), // NO_MORE_FILES, ERRnofiles
    (0x8000_000e, ERRHRD, 0x1c), // DEVICE_PAPER_EMPTY, ERRnopaper
    (0xc000_0001, ERRDOS, 0x1f), // UNSUCCESSFUL, ERRgeneral
    (0xc000_0002, ERRDOS, 0x01), // NOT_IMPLEMENTED, ERRbadfunc
    (0xc000_0003, ERRDOS, 0xe6), // INVALID_INFO_CLASS, ERRbadpipe
    (0xc000_0008, ERRDOS, 0x06), // INVALID_HANDLE, ERRbadfid
    (0xc000_000d, ERRDOS, 0x57), // INVALID_PARAMETER, ERRinvalidparam
    (0xc000_000e, ERRDOS, 0x02), // NO_SUCH_DEVICE, ERRbadfile
    (0xc000_000f, ERRDOS, 0x02), // NO_SUCH_FILE, ERRbadfile
    (0xc000_0010, ERRDOS, 0x01), // INVALID_DEVICE_REQUEST, ERRbadfunc
    (0xc000_0011, ERRDOS, 0x26), // END_OF_FILE, ERReof
    (0xc000_0012, ERRHRD, 0x22), // WRONG_VOLUME, ERRwrongdisk
    (0xc000_0013, ERRHRD, 0x15), // NO_MEDIA_IN_DEVICE, ERRnotready
    (0xc000_0015, ERRHRD, 0x1b), // NONEXISTENT_SECTOR, ERRbadsector
    (0xc000_0016, ERRDOS, 0xea), // MORE_PROCESSING_REQUIRED, ERRmoredata
    (0xc000_001e, ERRDOS, 0x05), // INVALID_LOCK_SEQUENCE, ERRnoaccess
    (0xc000_001f, ERRDOS, 0x05), // INVALID_VIEW_SIZE, ERRnoaccess
    (0xc000_0021, ERRDOS, 0x05), // ALREADY_COMMITTED, ERRnoaccess
    (0xc000_0022, ERRDOS, 0x05), // ACCESS_DENIED, ERRnoaccess
    (0xc000_0023, ERRDOS, 0x7a), // BUFFER_TOO_SMALL, ERRbuftoosmall
    (0xc000_0024, ERRDOS, 0x06), // OBJECT_TYPE_MISMATCH, ERRbadfid
    (0xc000_0032, ERRHRD, 0x1a), // DISK_CORRUPT_ERROR, ERRbadmedia
    (0xc000_0033, ERRDOS, 0x7b), // OBJECT_NAME_INVALID, ERRinvalidname
    (0xc000_0034, ERRDOS, 0x02), // OBJECT_NAME_NOT_FOUND, ERRbadfile
    (0xc000_0035, ERRDOS, 0x50), // OBJECT_NAME_COLLISION, ERRfilexists
    (0xc000_0037, ERRDOS, 0x06), // PORT_DISCONNECTED, ERRbadfid
    (0xc000_0039, ERRDOS, 0x03), // OBJECT_PATH_INVALID, ERRbadpath
    (0xc000_003a, ERRDOS, 0x03), // OBJECT_PATH_NOT_FOUND, ERRbadpath
    (0xc000_003b, ERRDOS, 0x03), // OBJECT_PATH_SYNTAX_BAD, ERRbadpath
    (0xc000_003e, ERRHRD, 0x17), // DATA_ERROR, ERRdata
    (0xc000_003f, ERRHRD, 0x17), // CRC_ERROR, ERRdata
    (0xc000_0040, ERRDOS, 0x08), // SECTION_TOO_BIG, ERRnomem
    (0xc000_0041, ERRDOS, 0x05), // PORT_CONNECTION_REFUSED, ERRnoaccess
    (0xc000_0042, ERRDOS, 0x06), // INVALID_PORT_HANDLE, ERRbadfid
    (0xc000_0043, ERRDOS, 0x20), // SHARING_VIOLATION, ERRbadshare
    (0xc000_004b, ERRDOS, 0x05), // THREAD_IS_TERMINATING, ERRnoaccess
    (0xc000_004f, ERRDOS, 0x11a), // EAS_NOT_SUPPORTED, ERROR_EAS_NOT_SUPPORTED
    (0xc000_0050, ERRDOS, 0x113), // EA_TOO_LARGE, ERROR_EAS_DIDNT_FIT
    (0xc000_0054, ERRDOS, 0x21), // FILE_LOCK_CONFLICT, ERRlock
    (0xc000_0055, ERRDOS, 0x21), // LOCK_NOT_GRANTED, ERRlock
    (0xc000_0056, ERRDOS, 0x05), // DELETE_PENDING, ERRnoaccess
    (0xc000_0061, ERRDOS, 0x05), // PRIVILEGE_NOT_HELD, ERRnoaccess
    (0xc000_0064, ERRDOS, 0x05), // NO_SUCH_USER, ERRnoaccess
    (0xc000_006a, ERRSRV, 0x02), // WRONG_PASSWORD, ERRbadpw
    (0xc000_006d, ERRDOS, 0x05), // LOGON_FAILURE, ERRnoaccess
    (0xc000_006f, ERRSRV, 0x8c1), // INVALID_LOGON_HOURS, ERRbadLogonTime
    (0xc000_0070, ERRSRV, 0x8c0), // INVALID_WORKSTATION, ERRbadClient
    (0xc000_0071, ERRSRV, 0x8c2), // PASSWORD_EXPIRED, ERRpasswordExpired
    (0xc000_0072, ERRSRV, 0x8bf), // ACCOUNT_DISABLED, ERRaccountExpired
    (0xc000_007e, ERRDOS, 0x9e), // RANGE_NOT_LOCKED, ERROR_NOT_LOCKED
    (0xc000_007f, ERRHRD, 0x27), // DISK_FULL, ERRdiskfull
    (0xc000_0097, ERRDOS, 0x08), // TOO_MANY_PAGING_FILES, ERRnomem
    (0xc000_009a, ERRDOS, 0x08), // INSUFFICIENT_RESOURCES, ERRnomem
    (0xc000_009b, ERRDOS, 0x03), // DFS_EXIT_PATH_FOUND, ERRbadpath
    (0xc000_009c, ERRDOS, 0x0d), // DATA_ERROR, ERRbaddata
    (0xc000_00a2, ERRHRD, 0x13), // MEDIA_WRITE_PROTECTED, ERRnowrite
    (0xc000_00ab, ERRDOS, 0xe7), // INSTANCE_NOT_AVAILABLE, ERRpipebusy
    (0xc000_00ac, ERRDOS, 0xe7), // PIPE_NOT_AVAILABLE, ERRpipebusy
    (0xc000_00ad, ERRDOS, 0xe6), // INVALID_PIPE_STATE, ERRbadpipe
    (0xc000_00ae, ERRDOS, 0xe7), // PIPE_BUSY, ERRpipebusy
    (0xc000_00af, ERRDOS, 0x01), // ILLEGAL_FUNCTION, ERRbadfunc
    (0xc000_00b0, ERRDOS, 0xe9), // PIPE_DISCONNECTED, ERRnotconnected
    (0xc000_00b1, ERRDOS, 0xe8), // PIPE_CLOSING, ERRpipeclosing
    (0xc000_00b4, ERRDOS, 0xe6), // INVALID_READ_MODE, ERRbadpipe
    (0xc000_00b5, ERRSRV, 0x58), // IO_TIMEOUT, ERRtimeout
    (0xc000_00ba, ERRDOS, 0x05), // FILE_IS_A_DIRECTORY, ERRnoaccess
    (0xc000_00bb, ERRDOS, 0x32), // NOT_SUPPORTED, ERRunsup
    (0xc000_00c4, ERRSRV, 0x41), // UNEXPECTED_NETWORK_ERROR, ERRsrverror
    (0xc000_00c6, ERRSRV, 0x31), // PRINT_QUEUE_FULL, ERRqfull
    (0xc000_00c7, ERRSRV, 0x32), // NO_SPOOL_SPACE, ERRqtoobig
    (0xc000_00c8, ERRSRV, 0x34), // PRINT_CANCELLED, ERRinvpfid
    (0xc000_00c9, ERRSRV, 0x05), // NETWORK_NAME_DELETED, ERRinvtid
    (0xc000_00ca, ERRSRV, 0x04), // NETWORK_ACCESS_DENIED, ERRaccess
    (0xc000_00cb, ERRSRV, 0x07), // BAD_DEVICE_TYPE, ERRinvdevice
    (0xc000_00cc, ERRSRV, 0x06), // BAD_NETWORK_NAME, ERRinvnetname
    (0xc000_00ce, ERRSRV, 0x5a), // TOO_MANY_SESSIONS, ERRtoomanyuids
    (0xc000_00d0, ERRDOS, 0x47), // REQUEST_NOT_ACCEPTED, ERRreqnotaccep
    (0xc000_00d4, ERRDOS, 0x11), // NOT_SAME_DEVICE, ERRdiffdevice
    (0xc000_00d5, ERRDOS, 0x05), // FILE_RENAMED, ERRnoaccess
    (0xc000_00d9, ERRDOS, 0xe8), // PIPE_EMPTY, ERRpipeclosing
    (0xc000_00fb, ERRDOS, 0x03), // REDIRECTOR_NOT_STARTED, ERRbadpath
    (0xc000_0101, ERRDOS, 0x10), // DIRECTORY_NOT_EMPTY, ERRremcd
    (0xc000_0103, ERRDOS, 0x03), // NOT_A_DIRECTORY, ERRbadpath
    (0xc000_010a, ERRDOS, 0x05), // PROCESS_IS_TERMINATING, ERRnoaccess
    (0xc000_011f, ERRDOS, 0x04), // TOO_MANY_OPENED_FILES, ERRnofids
    (0xc000_0120, ERRDOS, 0x21), // CANCELLED, ERRlock
    (0xc000_0121, ERRDOS, 0x05), // CANNOT_DELETE, ERRnoaccess
    (0xc000_0123, ERRDOS, 0x05), // FILE_DELETED, ERRnoaccess
    (0xc000_0128, ERRDOS, 0x06), // FILE_CLOSED, ERRbadfid
    (0xc000_0148, ERRDOS, 0x7c), // INVALID_LEVEL, ERRunknownlevel
    (0xc000_0184, ERRHRD, 0x16), // INVALID_DEVICE_STATE, ERRbadcmd
    (0xc000_0193, ERRSRV, 0x8bf), // ACCOUNT_EXPIRED, ERRaccountExpired
    (0xc000_0203, ERRSRV, 0x5b), // USER_SESSION_DELETED, ERRbaduid
    (0xc000_0205, ERRDOS, 0x08), // INSUFF_SERVER_RESOURCES, ERRnomem
    (0xc000_0224, ERRSRV, 0x8c2), // PASSWORD_MUST_CHANGE, ERRpasswordExpired
    (0xc000_0235, ERRDOS, 0x06), // HANDLE_NOT_CLOSABLE, ERRbadfid
    (0xc000_0257, ERRSRV, 0x03), // PATH_NOT_COVERED, ERRbadpath
    (0xffff_0002, ERRSRV, 0xffff), // SMB_NO_SUPPORT, ERRnosupport
];

impl DosError {
    /// Of a status that says "general failure" and nothing else.
    const GENERAL: Self = Self { class: ERRHRD, code: 0x1f };

    /// The error that stands for a status. What is no error is success.
    #[must_use]
    pub fn of(status: NtStatus) -> Self {
        if let Ok(i) = ERRORS.binary_search_by_key(&status.0, |(status, ..)| *status) {
            return ERRORS.get(i).map_or(Self::GENERAL, |&(_, class, code)| Self { class, code });
        }
        let [class, 0, low, high] = status.0.to_le_bytes() else {
            return if status.is_error() { Self::GENERAL } else { Self::default() };
        };
        // The statuses that this protocol adds are such an error already.
        if matches!(class, ERRDOS..=ERRHRD) {
            return Self { class, code: u16::from_le_bytes([low, high]) };
        }
        if status.is_error() { Self::GENERAL } else { Self::default() }
    }

    /// As the Status field of a header has it.
    #[must_use]
    pub const fn to_wire(self) -> u32 {
        let [low, high] = self.code.to_le_bytes();
        u32::from_le_bytes([self.class, 0, low, high])
    }

    /// From the Status field of a header.
    #[must_use]
    pub const fn from_wire(status: u32) -> Self {
        let [class, _, low, high] = status.to_le_bytes();
        Self { class, code: u16::from_le_bytes([low, high]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_clients_of_those_days_know() {
        let cases = [
            (0xc000_0034, 1, 2),
            (0xc000_003a, 1, 3),
            (0xc000_0022, 1, 5),
            (0xc000_0043, 1, 32),
            (0x8000_0006, 1, 18),
            (0xc000_00cc, 2, 6),
            (0xc000_006a, 2, 2),
            (0xc000_007f, 3, 39),
            (0xc000_00d0, 1, 71),
            (0x0001_0002, 2, 1),
            (0x005b_0002, 2, 0x5b),
            (0xc000_ffff, 3, 31),
            (0, 0, 0),
            (0x0000_0103, 0, 0),
        ];
        for (status, class, code) in cases {
            assert_eq!(DosError::of(NtStatus(status)), DosError { class, code }, "{status:#x}");
        }
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(ERRORS.is_sorted_by_key(|(status, ..)| *status));
        assert!(ERRORS.windows(2).all(|pair| pair[0].0 != pair[1].0));
    }

    proptest! {
        #[test]
        fn errors_stay_errors_on_the_wire(status: u32) {
            let error = DosError::of(NtStatus(status));
            prop_assert_eq!(DosError::from_wire(error.to_wire()), error);
            prop_assert!(!NtStatus(status).is_error() || error.class != 0);
        }
    }
}
