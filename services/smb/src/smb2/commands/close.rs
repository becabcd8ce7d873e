//! [MS-SMB2] 3.3.5.10 Receiving an SMB2 CLOSE Request

use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb2::messages::{CloseFlags, CloseRequest, CloseResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) async fn close(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let request = CloseRequest::decode(r)?;
    let entry = context.open_entry(request.file_id)?;
    let taken = context.session()?.remove_open(entry.open.volatile_id()).ok_or(NtStatus::FILE_CLOSED)?;
    let post_query = request.flags.contains(CloseFlags::POSTQUERY_ATTRIB);
    let response = match taken.open.finish(post_query).await? {
        Some(m) => CloseResponse { flags: CloseFlags::POSTQUERY_ATTRIB, information: m.into() },
        None => CloseResponse::default(),
    };
    out.body(|w| response.encode(w));
    Ok(NtStatus::SUCCESS)
}
