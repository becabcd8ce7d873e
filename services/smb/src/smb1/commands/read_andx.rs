//! [MS-CIFS] 3.3.5.36 and [MS-SMB] 3.3.5.7 Receiving an SMB_COM_READ_ANDX Request

use super::read::{read_file, read_pipe};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use crate::smb1::session::OpenEntry;
use crate::smb1::{devices, pipes};
use lanward_nt::NtStatus;
use lanward_server::OpenBody;
use lanward_smb1::messages::{Capabilities, ReadAndxRequest};
use lanward_smb1::{Body, Message};

/// Most bytes of a file that are read at once.
const MOST: u32 = 1 << 20;
/// From so many bytes on it pays to send them from where they lie.
const IN_PLACE: u32 = 32 << 10;
/// Where Available, DataLength, DataOffset, DataLengthHigh and ByteCount are, from the WordCount on.
const AVAILABLE: usize = 1 + 4;
const DATA_LENGTH: usize = AVAILABLE + 6;
const DATA_OFFSET: usize = DATA_LENGTH + 2;
const DATA_LENGTH_HIGH: usize = DATA_OFFSET + 2;
const BYTE_COUNT: usize = 1 + 24;
/// The word that says nothing of pipes.
const NO_PIPE: u16 = 0xffff;

/// The bytes are read behind the response's words, where they are signed and sent from.
pub(in crate::smb1) async fn read_andx(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = ReadAndxRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    begin(out);
    let start = out.position();
    let (status, available) = match entry.open.body() {
        OpenBody::Pipe(pipe) => {
            let max = usize::from(request.max_count);
            (read_pipe(context, pipe, max, out.vec()).await?, pipes::available(pipe))
        }
        OpenBody::Device(device) => {
            let least = usize::from(request.min_count).max(1);
            let wanted = devices::wait(request.timeout).map(|wait| (least, wait));
            let status = devices::read(context, device, request.max_count.into(), wanted, out.vec()).await?;
            (status, devices::available(device))
        }
        OpenBody::File(_) | OpenBody::PrintJob(_) => {
            let count = count(context, &request);
            if send_in_place(context, &entry, request.offset, count, out)? {
                return Ok(NtStatus::SUCCESS);
            }
            out.reserve(count as usize);
            (read_file(context, &entry, request.offset, count, out.vec()).await?, NO_PIPE)
        }
    };
    let length = out.position() - start;
    finish(out, start, length, available);
    Ok(status)
}

/// Bytes that are asked for ([MS-SMB] 3.3.5.7).
fn count(context: &Context<'_>, request: &ReadAndxRequest) -> u32 {
    let large = context.connection.client().capabilities.contains(Capabilities::LARGE_READX);
    if large { request.large_count().min(MOST) } else { request.max_count.into() }
}

/// Writes the words, and a byte before the data so that it begins at an even place.
fn begin(out: &mut Out) {
    out.body(|w| w.zeros(20), |w, _| w.u8(0));
}

/// Says where the data is and how much.
fn finish(out: &mut Out, start: usize, length: usize, available: u16) {
    let body = out.body_start();
    let half = |length: usize| ((length & 0xffff) as u16).to_le_bytes();
    out.patch(body + AVAILABLE, &available.to_le_bytes());
    out.patch(body + DATA_LENGTH, &half(length));
    out.patch(body + DATA_OFFSET, &half(start));
    out.patch(body + DATA_LENGTH_HIGH, &half(length >> 16));
    out.patch(body + BYTE_COUNT, &half(length + 1));
}

/// Has the bytes sent from where they lie, if nothing is computed over them and all are in memory.
fn send_in_place(
    context: &Context<'_>,
    entry: &OpenEntry,
    offset: u64,
    count: u32,
    out: &mut Out,
) -> Result<bool, NtStatus> {
    // What is captured must be in memory.
    let captured = || context.connection.service.server.capture().is_some();
    if count < IN_PLACE || !context.may_send_in_place() || captured() {
        return Ok(false);
    }
    let file = context.readable(entry)?;
    let found = file.read_in_place_as(context.lock_owner(entry), offset, count, 0);
    let Ok(Some(range)) = found else {
        return match found {
            Err(status) if status != NtStatus::INVALID_PARAMETER => Err(status),
            _ => Ok(false),
        };
    };
    finish(out, out.position(), range.length, NO_PIPE);
    out.set_tail(range);
    Ok(true)
}
