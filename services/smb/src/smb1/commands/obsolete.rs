//! Commands that the specification names and nobody carries out any more, and those of shares that there are none of.

use crate::smb1::context::{Context, Outcome};
use crate::smb1::status::INVALID_SMB;
use lanward_nt::NtStatus;
use lanward_smb1::messages::FidRequest;
use lanward_smb1::{Body, Message};

/// SMB_COM_COPY, SMB_COM_MOVE, SMB_COM_QUERY_SERVER and others ([MS-CIFS] 2.2.4.24 to 2.2.4.73, "servers SHOULD return").
pub(in crate::smb1) fn not_implemented() -> Outcome {
    Err(NtStatus::NOT_IMPLEMENTED.into())
}

/// [MS-CIFS] 3.3.5.54 Receiving an SMB_COM_OPEN_PRINT_FILE Request: the share is no printer's.
pub(in crate::smb1) fn open_print_file() -> Outcome {
    Err(NtStatus::INVALID_DEVICE_REQUEST.into())
}

/// [MS-CIFS] 3.3.5.55 and 3.3.5.56: no FID stands for a print job.
pub(in crate::smb1) fn print_file(context: &mut Context<'_>, body: &mut Body<'_>) -> Outcome {
    let request = FidRequest::decode(body)?;
    context.open(request.fid)?;
    Err(INVALID_SMB.into())
}
