//! Win32 errors of this interface ([MS-ERREF] 2.2).

use crate::win32;
use lanward_nt::NtStatus;

pub(super) const INVALID_HANDLE: u32 = 6;
pub(super) const FILE_EXISTS: u32 = 80;
/// ERROR_PRINTQ_FULL
pub(super) const QUEUE_FULL: u32 = 61;
/// ERROR_NO_SPOOL_SPACE
pub(super) const NO_SPOOL_SPACE: u32 = 62;
pub(super) const PRINT_CANCELLED: u32 = 63;
pub(super) const NOT_ENOUGH_MEMORY: u32 = 8;
pub(super) const NO_MORE_ITEMS: u32 = 259;
pub(super) const CAN_NOT_COMPLETE: u32 = 1003;
/// RPC_S_SERVER_UNAVAILABLE
pub(super) const SERVER_UNAVAILABLE: u32 = 1722;
pub(super) const INVALID_USER_BUFFER: u32 = 1784;
pub(super) const UNKNOWN_PRINTER_DRIVER: u32 = 1797;
pub(super) const UNKNOWN_PRINT_PROCESSOR: u32 = 1798;
/// ERROR_MOD_NOT_FOUND
pub(super) const MODULE_NOT_FOUND: u32 = 126;
/// ERROR_NOT_FOUND
pub(super) const NOT_FOUND: u32 = 1168;
/// ERROR_PRINT_PROCESSOR_ALREADY_INSTALLED
pub(super) const PROCESSOR_ALREADY_INSTALLED: u32 = 3005;
pub(super) const INVALID_PRIORITY: u32 = 1800;
pub(super) const INVALID_PRINTER_NAME: u32 = 1801;
pub(super) const INVALID_DATATYPE: u32 = 1804;
pub(super) const INVALID_ENVIRONMENT: u32 = 1805;
pub(super) const INVALID_FORM_NAME: u32 = 1902;
pub(super) const INVALID_FORM_SIZE: u32 = 1903;
/// ERROR_SPL_NO_STARTDOC
pub(super) const NO_START_DOC: u32 = 3003;
/// ERROR_SPL_NO_ADDJOB
pub(super) const NO_ADD_JOB: u32 = 3004;

/// What a status of printing is here.
pub(super) const fn of_status(status: NtStatus) -> u32 {
    match status {
        NtStatus::PRINT_QUEUE_FULL => QUEUE_FULL,
        NtStatus::NO_SPOOL_SPACE => NO_SPOOL_SPACE,
        NtStatus::PRINT_CANCELLED => PRINT_CANCELLED,
        NtStatus::FILE_CLOSED => NO_START_DOC,
        other => win32::of_status(other),
    }
}

/// The same of a name that is opened.
pub(super) const fn of_open(status: NtStatus) -> u32 {
    match status {
        NtStatus::OBJECT_NAME_NOT_FOUND => INVALID_PRINTER_NAME,
        other => of_status(other),
    }
}

/// The same of a job.
pub(super) const fn of_job(status: NtStatus) -> u32 {
    match status {
        // It is not there, or it cannot be done with it as it is.
        NtStatus::OBJECT_NAME_NOT_FOUND | NtStatus::INVALID_DEVICE_REQUEST => win32::INVALID_PARAMETER,
        other => of_status(other),
    }
}
