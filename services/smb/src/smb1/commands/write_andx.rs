//! [MS-CIFS] 3.3.5.37 and [MS-SMB] 3.3.5.8 Receiving an SMB_COM_WRITE_ANDX Request

use super::write::{write_file, write_pipe};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use crate::smb1::{devices, pipes};
use lanward_nt::NtStatus;
use lanward_server::OpenBody;
use lanward_smb1::messages::{WriteAndxRequest, WriteAndxResponse};
use lanward_smb1::{Body, Message};

/// WritethroughMode
const WRITE_THROUGH: u16 = 0x0001;
/// ReadBytesAvailable
const READ_BYTES_AVAILABLE: u16 = 0x0002;

/// Bytes that are not in the message make it one that cannot be read: nothing is ever written in their place.
pub(in crate::smb1) async fn write_andx(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = WriteAndxRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    let response = match entry.open.body() {
        OpenBody::Pipe(pipe) => {
            let count = write_pipe(context, pipe, request.data).await?;
            let asked = request.write_mode & READ_BYTES_AVAILABLE != 0;
            let available = if asked { pipes::available(pipe) } else { 0 };
            WriteAndxResponse { available, ..WriteAndxResponse::of(count as usize) }
        }
        OpenBody::Device(device) => {
            let wait = devices::wait(request.timeout);
            let count = devices::write(context, device, request.data, wait).await?;
            // Bytes of this write that are still to be sent.
            let available = (request.data.len() - count as usize).min(0xffff) as u16;
            WriteAndxResponse { available, ..WriteAndxResponse::of(count as usize) }
        }
        OpenBody::File(_) | OpenBody::PrintJob(_) => {
            let through = request.write_mode & WRITE_THROUGH != 0;
            let count = write_file(context, &entry, request.offset, request.data, through).await?;
            WriteAndxResponse::of(count as usize)
        }
    };
    out.message(&response);
    Ok(NtStatus::SUCCESS)
}
