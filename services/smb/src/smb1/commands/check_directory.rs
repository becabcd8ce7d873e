//! [MS-CIFS] 3.3.5.19 Receiving an SMB_COM_CHECK_DIRECTORY Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use lanward_nt::{AccessMask, CreateOptions, NtStatus};
use lanward_smb1::messages::{Empty, PathRequest};
use lanward_smb1::{Body, Flags2, Message};

/// Clients of DOS hear of a bad path, whatever is wrong with it.
pub(in crate::smb1) async fn check_directory(
    context: &Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = PathRequest::decode(body)?;
    let wanted = Opening {
        options: CreateOptions::DIRECTORY_FILE,
        ..Opening::existing(request.path, AccessMask::READ_ATTRIBUTES)
    };
    match context.look_for_now(&wanted).await {
        Ok(_) => {}
        Err(NtStatus::OBJECT_NAME_NOT_FOUND | NtStatus::OBJECT_NAME_INVALID | NtStatus::NOT_A_DIRECTORY)
            if !context.header.flags2.contains(Flags2::NT_STATUS) =>
        {
            return Err(NtStatus::OBJECT_PATH_NOT_FOUND.into());
        }
        Err(status) => return Err(status.into()),
    }
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}
