//! [MS-SMB2] 3.3.5.6 Receiving an SMB2 LOGOFF Request

use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb2::messages::{LogoffRequest, LogoffResponse};
use lanward_wire::{Decode, Encode, Reader};

/// The session leaves the connection before anything of it is closed, so that no later request can use it half-way; the response is still signed or sealed with its keys.
pub(in crate::smb2) async fn logoff(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    LogoffRequest::decode(r)?;
    let session = context.session()?.clone();
    context.connection.leave(session.id);
    context.connection.service.end_session(&session).await;
    out.body(|w| LogoffResponse.encode(w));
    Ok(NtStatus::SUCCESS)
}
