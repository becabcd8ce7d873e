//! [MS-SMB2] 3.3.5.19 Receiving an SMB2 CHANGE_NOTIFY Request

use crate::smb2::context::{Context, Outcome};
use lanward_nt::NtStatus;
use lanward_smb2::messages::ChangeNotifyRequest;
use lanward_wire::{Decode, Reader};

/// The volume watches nothing yet, which is an answer clients know how to live with.
pub(in crate::smb2) fn change_notify(context: &mut Context<'_>, r: &mut Reader<'_>) -> Outcome {
    let request = ChangeNotifyRequest::decode(r)?;
    let file = context.file(request.file_id)?;
    if !file.is_directory() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    Err(NtStatus::NOT_SUPPORTED.into())
}
