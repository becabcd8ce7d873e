//! [MS-SMB2] 3.3.5.11 Receiving an SMB2 FLUSH Request

use crate::smb2::context::{Context, FileOrPipe, Outcome};
use crate::smb2::reply::Out;
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb2::messages::{FlushRequest, FlushResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) async fn flush(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let request = FlushRequest::decode(r)?;
    if let FileOrPipe::File(file) = context.file_or_pipe(request.file_id)? {
        if !file.granted_access().intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA) {
            return Err(NtStatus::ACCESS_DENIED.into());
        }
        file.flush().await?;
    }
    out.body(|w| FlushResponse.encode(w));
    Ok(NtStatus::SUCCESS)
}
