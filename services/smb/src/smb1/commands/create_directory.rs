//! [MS-CIFS] 3.3.5.3 Receiving an SMB_COM_CREATE_DIRECTORY Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use crate::smb1::status::DIRECTORY_IS_THERE;
use lanward_nt::{AccessMask, CreateDisposition, CreateOptions, NtStatus};
use lanward_smb1::messages::{Empty, PathRequest};
use lanward_smb1::{Body, Message};

pub(in crate::smb1) async fn create_directory(
    context: &Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = PathRequest::decode(body)?;
    let wanted = Opening {
        disposition: CreateDisposition::Create,
        options: CreateOptions::DIRECTORY_FILE,
        ..Opening::existing(request.path, AccessMask::READ_ATTRIBUTES)
    };
    let made = context.open_for_now(&wanted).await;
    made.map_err(|status| context.told(status, DIRECTORY_IS_THERE))?.open.close(false).await?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}
