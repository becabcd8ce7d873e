//! Commands that the specification names and nobody carries out any more.

use crate::smb1::context::Outcome;
use lanward_nt::NtStatus;

/// SMB_COM_COPY, SMB_COM_MOVE, SMB_COM_QUERY_SERVER and others ([MS-CIFS] 2.2.4.24 to 2.2.4.73, "servers SHOULD return").
pub(in crate::smb1) fn not_implemented() -> Outcome {
    Err(NtStatus::NOT_IMPLEMENTED.into())
}
