//! [MS-CIFS] 3.3.5.13 Receiving an SMB_COM_READ Request and 3.3.5.22 Receiving an SMB_COM_LOCK_AND_READ Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::devices;
use crate::smb1::locks::{self, Range};
use crate::smb1::reply::Out;
use crate::smb1::session::OpenEntry;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_server::{OpenBody, PipeOpen};
use lanward_smb1::messages::{LockType, ReadRequest, ReadResponse};
use lanward_smb1::{Body, Message};
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(in crate::smb1) async fn read(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = ReadRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    let mut data = Vec::new();
    let count = usize::from(request.count);
    let status = match entry.open.body() {
        OpenBody::Pipe(pipe) => read_pipe(context, pipe, count, &mut data).await?,
        OpenBody::Device(device) => devices::read(context, device, count, None, &mut data).await?,
        OpenBody::File(_) | OpenBody::PrintJob(_) => {
            read_file(context, &entry, request.offset.into(), request.count.into(), &mut data).await?
        }
    };
    out.message(&response(&data));
    Ok(status)
}

pub(in crate::smb1) async fn lock_and_read(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = ReadRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    let owner = context.lock_owner(&entry);
    let range = Range { owner, offset: request.offset.into(), length: request.count.into() };
    context.readable(&entry)?;
    locks::lock(context, &entry, &[range], LockType::empty(), 0).await?;
    let mut data = Vec::new();
    read_file(context, &entry, range.offset, request.count.into(), &mut data).await?;
    out.message(&response(&data));
    Ok(NtStatus::SUCCESS)
}

fn response(data: &[u8]) -> ReadResponse<'_> {
    let count = u16::try_from(data.len()).unwrap_or(u16::MAX);
    ReadResponse { count, reserved: [0; 8], data }
}

/// Appends what there is of a file, nothing beyond its end.
pub(super) async fn read_file(
    context: &Context<'_>,
    entry: &OpenEntry,
    offset: u64,
    count: u32,
    data: &mut Vec<u8>,
) -> Result<NtStatus, NtStatus> {
    let file: &Arc<FileOpen> = context.readable(entry)?;
    match file.read_as(context.lock_owner(entry), offset, count, 0, data).await {
        Ok(count) => {
            let end = offset.saturating_add(u64::try_from(count).unwrap_or(0));
            entry.position.store(end, Ordering::Relaxed);
            Ok(NtStatus::SUCCESS)
        }
        // Before NT a read at the end of a file is one of nothing; so it is where no file ends.
        Err(NtStatus::END_OF_FILE | NtStatus::INVALID_PARAMETER) => Ok(NtStatus::SUCCESS),
        Err(status) => Err(status),
    }
}

/// Appends the next message of a pipe, or what is left of it, and waits for one if there is none.
pub(super) async fn read_pipe(
    context: &Context<'_>,
    pipe: &PipeOpen,
    max: usize,
    data: &mut Vec<u8>,
) -> Result<NtStatus, NtStatus> {
    let read = tokio::select! {
        read = pipe.read(max, data) => read?,
        () = context.unit.cancelled() => return Err(NtStatus::CANCELLED),
    };
    Ok(if read.more { NtStatus::BUFFER_OVERFLOW } else { NtStatus::SUCCESS })
}
