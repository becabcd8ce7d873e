//! [MS-CIFS] 3.3.5.15 Receiving an SMB_COM_LOCK_BYTE_RANGE Request and 3.3.5.16 Receiving an SMB_COM_UNLOCK_BYTE_RANGE Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::locks::{self, Range};
use crate::smb1::reply::Out;
use crate::smb1::session::OpenEntry;
use lanward_nt::NtStatus;
use lanward_smb1::messages::{Empty, LockByteRangeRequest, LockType};
use lanward_smb1::{Body, Message};

pub(in crate::smb1) async fn lock_byte_range(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = LockByteRangeRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    let range = range(context, &entry, &request);
    locks::lock(context, &entry, &[range], LockType::empty(), 0).await?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

pub(in crate::smb1) async fn unlock_byte_range(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = LockByteRangeRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    locks::unlock(&entry, &range(context, &entry, &request)).await?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

fn range(context: &Context<'_>, entry: &OpenEntry, request: &LockByteRangeRequest) -> Range {
    let owner = context.lock_owner(entry);
    Range { owner, offset: request.offset.into(), length: request.count.into() }
}
