//! [MS-CIFS] 3.3.5.7 Receiving an SMB_COM_CLOSE Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb1::messages::{CloseRequest, Empty};
use lanward_smb1::{Body, Message};

pub(in crate::smb1) async fn close(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = CloseRequest::decode(body)?;
    let entry = context.take_open(request.fid)?;
    entry.set_written(request.last_modified).await;
    context.close_entry(&entry).await?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}
