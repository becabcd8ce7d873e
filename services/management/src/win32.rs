//! The Win32 errors ([MS-ERREF] 2.2) that operations return.

use lanward_nt::NtStatus;

pub(crate) const SUCCESS: u32 = 0;
pub(crate) const INVALID_FUNCTION: u32 = 1;
pub(crate) const FILE_NOT_FOUND: u32 = 2;
pub(crate) const ACCESS_DENIED: u32 = 5;
pub(crate) const WRITE_FAULT: u32 = 29;
pub(crate) const NOT_SUPPORTED: u32 = 50;
pub(crate) const INVALID_PARAMETER: u32 = 87;
pub(crate) const CALL_NOT_IMPLEMENTED: u32 = 120;
pub(crate) const INVALID_NAME: u32 = 123;
pub(crate) const INVALID_LEVEL: u32 = 124;
pub(crate) const MORE_DATA: u32 = 234;
pub(crate) const INSUFFICIENT_BUFFER: u32 = 122;
pub(crate) const INVALID_FLAGS: u32 = 1004;
pub(crate) const INVALID_SECURITY_DESCR: u32 = 1338;
/// NERR_UnknownDevDir
pub(crate) const UNKNOWN_DEVICE_OR_DIRECTORY: u32 = 0x844;
/// NERR_DuplicateShare
pub(crate) const DUPLICATE_SHARE: u32 = 0x846;
/// NERR_BufTooSmall
pub(crate) const BUFFER_TOO_SMALL: u32 = 0x84b;
/// NERR_UserNotFound
pub(crate) const USER_NOT_FOUND: u32 = 0x8ad;
/// NERR_NetNameNotFound
pub(crate) const NET_NAME_NOT_FOUND: u32 = 0x906;
/// NERR_DeviceNotShared
pub(crate) const DEVICE_NOT_SHARED: u32 = 0x907;
/// NERR_ClientNameNotFound
pub(crate) const CLIENT_NAME_NOT_FOUND: u32 = 0x908;
/// NERR_FileIdNotFound
pub(crate) const FILE_ID_NOT_FOUND: u32 = 0x90a;
/// NERR_InvalidComputer
pub(crate) const INVALID_COMPUTER: u32 = 0x92f;
/// NERR_InvalidWorkgroupName
pub(crate) const INVALID_WORKGROUP_NAME: u32 = 2695;

/// What a status of the core is here.
pub(crate) const fn of_status(status: NtStatus) -> u32 {
    match status {
        NtStatus::SUCCESS => SUCCESS,
        NtStatus::ACCESS_DENIED | NtStatus::PRIVILEGE_NOT_HELD => ACCESS_DENIED,
        NtStatus::OBJECT_NAME_NOT_FOUND | NtStatus::OBJECT_PATH_NOT_FOUND => FILE_NOT_FOUND,
        NtStatus::OBJECT_NAME_INVALID | NtStatus::OBJECT_PATH_SYNTAX_BAD => INVALID_NAME,
        NtStatus::INVALID_SECURITY_DESCR | NtStatus::INVALID_OWNER => INVALID_SECURITY_DESCR,
        NtStatus::NOT_SUPPORTED => NOT_SUPPORTED,
        NtStatus::INVALID_PARAMETER => INVALID_PARAMETER,
        // ERROR_WRITE_PROTECT
        NtStatus::MEDIA_WRITE_PROTECTED => 19,
        // ERROR_SHARING_VIOLATION
        NtStatus::SHARING_VIOLATION => 32,
        // ERROR_DISK_FULL
        NtStatus::DISK_FULL => 112,
        // ERROR_GEN_FAILURE
        _ => 31,
    }
}
