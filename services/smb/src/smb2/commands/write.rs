//! [MS-SMB2] 3.3.5.13 Receiving an SMB2 WRITE Request

use crate::smb2::context::{Context, FileOrPipe, Outcome};
use crate::smb2::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb2::messages::{Channel, WriteFlags, WriteRequest, WriteResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) async fn write(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let request = WriteRequest::decode(r)?;
    let length = u32::try_from(request.data.len()).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    if length > context.negotiated()?.max_transfer || request.channel != Channel::NONE {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    context.check_charge(length)?;
    let through = request.flags.contains(WriteFlags::WRITE_THROUGH);
    let count = match context.file_or_pipe(request.file_id)? {
        FileOrPipe::File(file) => file.write(request.offset, request.data, through).await?,
        FileOrPipe::Pipe(pipe) => {
            tokio::select! {
                outcome = pipe.write(request.data) => outcome?,
                () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
            };
            length
        }
        FileOrPipe::PrintJob(job) => {
            job.write_at(request.offset, request.data).await?;
            length
        }
    };
    out.body(|w| WriteResponse { count }.encode(w));
    Ok(NtStatus::SUCCESS)
}
