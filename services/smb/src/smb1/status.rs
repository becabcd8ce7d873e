//! Statuses that this protocol adds ([MS-CIFS] 2.2.2.4): an error class and code in the shape of an NTSTATUS.

use lanward_nt::NtStatus;

/// STATUS_INVALID_SMB
pub(crate) const INVALID_SMB: NtStatus = NtStatus(0x0001_0002);
/// STATUS_SMB_BAD_TID
pub(crate) const SMB_BAD_TID: NtStatus = NtStatus(0x0005_0002);
/// STATUS_SMB_BAD_COMMAND
pub(crate) const SMB_BAD_COMMAND: NtStatus = NtStatus(0x0016_0002);
/// STATUS_SMB_USE_STANDARD
pub(crate) const SMB_USE_STANDARD: NtStatus = NtStatus(0x00fb_0002);
/// STATUS_SMB_BAD_UID
pub(crate) const SMB_BAD_UID: NtStatus = NtStatus(0x005b_0002);
