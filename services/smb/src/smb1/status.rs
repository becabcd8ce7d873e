//! Statuses that this protocol adds ([MS-CIFS] 2.2.2.4): an error class and code in the shape of an NTSTATUS.

use lanward_nt::NtStatus;

/// STATUS_INVALID_SMB
pub(crate) const INVALID_SMB: NtStatus = NtStatus(0x0001_0002);
/// STATUS_SMB_BAD_TID
pub(crate) const SMB_BAD_TID: NtStatus = NtStatus(0x0005_0002);
/// STATUS_SMB_BAD_COMMAND
pub(crate) const SMB_BAD_COMMAND: NtStatus = NtStatus(0x0016_0002);
/// What SMB_COM_CREATE_DIRECTORY says of a name that is there: ERRDOS/ERRnoaccess, as DOS says to its own programs.
pub(crate) const DIRECTORY_IS_THERE: (NtStatus, NtStatus) =
    (NtStatus::OBJECT_NAME_COLLISION, NtStatus(0x0005_0001));
/// The same of TRANS2_CREATE_DIRECTORY, as OS/2 has it: ERRDOS/ERROR_ALREADY_EXISTS.
pub(crate) const NAME_IS_THERE: (NtStatus, NtStatus) =
    (NtStatus::OBJECT_NAME_COLLISION, NtStatus(0x00b7_0001));
/// What an NT open says that wants a directory: ERRDOS/ERROR_DIRECTORY.
pub(crate) const NO_DIRECTORY: (NtStatus, NtStatus) = (NtStatus::NOT_A_DIRECTORY, NtStatus(0x010b_0001));
/// STATUS_SMB_USE_STANDARD
pub(crate) const SMB_USE_STANDARD: NtStatus = NtStatus(0x00fb_0002);
/// STATUS_SMB_BAD_UID
pub(crate) const SMB_BAD_UID: NtStatus = NtStatus(0x005b_0002);
