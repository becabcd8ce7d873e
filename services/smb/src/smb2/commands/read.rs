//! [MS-SMB2] 3.3.5.12 Receiving an SMB2 READ Request

use crate::smb2::context::{Context, Fault, FileOrPipe, Outcome};
use crate::smb2::reply::Out;
use lanward_nt::NtStatus;
use lanward_server::PipeRead;
use lanward_smb2::Header;
use lanward_smb2::messages::{Channel, ReadFlags, ReadRequest, ReadResponse, encode_read_header};
use lanward_wire::{Decode, Reader};

/// Where DataLength is, counted from the header.
const DATA_LENGTH: usize = Header::LEN + 4;

/// From so many bytes on it pays to send them from where they lie, if nothing has to be computed over them.
const IN_PLACE: usize = 64 << 10;

/// The payload is read behind the response's header, where it is signed or sealed and sent from.
pub(in crate::smb2) async fn read(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let request = ReadRequest::decode(r)?;
    if request.length > context.negotiated()?.max_transfer || request.channel != Channel::NONE {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    context.check_charge(request.length)?;
    let length = request.length as usize;
    let compression = context.negotiated()?.compression.clone();
    let compression =
        compression.filter(|_| request.flags.contains(ReadFlags::REQUEST_COMPRESSED) && context.alone);
    let (status, read) = match context.file_or_pipe(request.file_id)? {
        FileOrPipe::File(file) => {
            let untouched = compression.is_none() && !context.sealed && !context.signs();
            // What is captured must be in memory.
            let captured = || context.connection.service.server.capture().is_some();
            let in_place = length >= IN_PLACE && context.alone && untouched && !captured();
            let range = match in_place {
                true => file.read_in_place(request.offset, request.length, request.minimum_count)?,
                false => None,
            };
            if let Some(range) = range {
                let count = u32::try_from(range.length).map_err(|_| NtStatus::INTERNAL_ERROR)?;
                out.body(|w| encode_read_header(w, count));
                out.set_tail(range);
                return Ok(NtStatus::SUCCESS);
            }
            out.reserve(ReadResponse::FIXED_LEN + length);
            out.body(|w| encode_read_header(w, 0));
            let read = file.read(request.offset, request.length, request.minimum_count, out.vec()).await?;
            (NtStatus::SUCCESS, read)
        }
        // What was sent to a printer does not come back.
        FileOrPipe::PrintJob(_) => return Err(NtStatus::ACCESS_DENIED.into()),
        FileOrPipe::Pipe(pipe) => {
            context.expect_wait();
            out.body(|w| encode_read_header(w, 0));
            let outcome = tokio::select! {
                outcome = pipe.read(length, out.vec()) => outcome?,
                () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
            };
            pipe_outcome(outcome)
        }
    };
    let count = u32::try_from(read).map_err(|_| Fault::Status(NtStatus::INTERNAL_ERROR))?;
    out.patch(DATA_LENGTH, &count.to_le_bytes());
    if let Some(compression) = compression {
        out.compress(compression);
    }
    Ok(status)
}

/// A message that did not fit leaves its rest for the next READ.
const fn pipe_outcome(read: PipeRead) -> (NtStatus, usize) {
    if read.more { (NtStatus::BUFFER_OVERFLOW, read.length) } else { (NtStatus::SUCCESS, read.length) }
}
