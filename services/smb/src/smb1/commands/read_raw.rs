//! [MS-CIFS] 3.3.5.24 Receiving an SMB_COM_READ_RAW Request

use super::read::{read_file, read_pipe};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::devices;
use crate::smb1::reply::Out;
use lanward_nt::NtStatus;
use lanward_server::OpenBody;
use lanward_smb1::messages::ReadRawRequest;
use lanward_smb1::{Body, Message};

/// The answer is bytes without a header: none of them stands for every error.
pub(in crate::smb1) async fn read_raw(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    out.raw();
    let Ok(request) = ReadRawRequest::decode(body) else { return Ok(NtStatus::SUCCESS) };
    // Nothing in it could be signed. And whoever does not know yet that an oplock breaks would take that message for the bytes of the file.
    if context.turn.is_some() || context.connection.entry.breaks().awaits_answers() {
        return Ok(NtStatus::SUCCESS);
    }
    let before = out.vec().len();
    if read(context, &request, out.vec()).await.is_err() {
        out.vec().truncate(before);
    }
    Ok(NtStatus::SUCCESS)
}

async fn read(
    context: &mut Context<'_>,
    request: &ReadRawRequest,
    data: &mut Vec<u8>,
) -> Result<NtStatus, NtStatus> {
    let entry = context.open(request.fid)?;
    match entry.open.body() {
        OpenBody::Pipe(pipe) => read_pipe(context, pipe, request.max_count.into(), data).await,
        OpenBody::Device(device) => {
            let least = usize::from(request.min_count).max(1);
            let wanted = devices::wait(request.timeout).map(|wait| (least, wait));
            devices::read(context, device, request.max_count.into(), wanted, data).await
        }
        OpenBody::File(_) | OpenBody::PrintJob(_) => {
            read_file(context, &entry, request.offset, request.max_count.into(), data).await
        }
    }
}
