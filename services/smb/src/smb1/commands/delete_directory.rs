//! [MS-CIFS] 3.3.5.4 Receiving an SMB_COM_DELETE_DIRECTORY Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use crate::smb1::{attributes, delete};
use lanward_nt::{AccessMask, CreateOptions, NtStatus};
use lanward_smb1::messages::{Empty, PathRequest};
use lanward_smb1::{Body, Message};

/// Searches of what is deleted end before: they would keep it.
pub(in crate::smb1) async fn delete_directory(
    context: &Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = PathRequest::decode(body)?;
    let path = context.resolve_to_change(&request.path).await?;
    context.end_searches_within(&path).await;
    let wanted =
        Opening { options: CreateOptions::DIRECTORY_FILE, ..Opening::existing(path, AccessMask::DELETE) };
    delete::delete(context, &wanted, attributes::ANY).await?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}
