//! [MS-CIFS] 3.3.5.14 Receiving an SMB_COM_WRITE Request, 3.3.5.23 Receiving an SMB_COM_WRITE_AND_UNLOCK Request and 3.3.5.34 Receiving an
//! SMB_COM_WRITE_AND_CLOSE Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::devices;
use crate::smb1::locks::{self, Range};
use crate::smb1::reply::Out;
use crate::smb1::session::OpenEntry;
use lanward_fsa::{FileInformationClass, FileOpen};
use lanward_nt::NtStatus;
use lanward_nt::fscc::FileLengthInformation;
use lanward_server::{OpenBody, PipeOpen};
use lanward_smb1::messages::{CountResponse, WriteAndCloseRequest, WriteRequest};
use lanward_smb1::{Body, Message};
use lanward_wire::Encode;
use std::sync::atomic::Ordering;

/// A write of nothing ends the file at its offset.
pub(in crate::smb1) async fn write(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = WriteRequest::decode(body)?;
    let data = given(request.data, request.count)?;
    let entry = context.open(request.fid)?;
    let count = match entry.open.body() {
        OpenBody::Pipe(pipe) => write_pipe(context, pipe, data).await?,
        OpenBody::Device(device) => devices::write(context, device, data, None).await?,
        OpenBody::PrintJob(_) if data.is_empty() => 0,
        OpenBody::File(_) if data.is_empty() => {
            set_end_of_file(entry.writable()?, request.offset.into()).await?;
            0
        }
        OpenBody::File(_) | OpenBody::PrintJob(_) => {
            write_file(context, &entry, request.offset.into(), data, false).await?
        }
    };
    out.message(&CountResponse { count: (count & 0xffff) as u16 });
    Ok(NtStatus::SUCCESS)
}

/// It may bring less than it counts: all of the range is unlocked then.
pub(in crate::smb1) async fn write_and_unlock(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = WriteRequest::decode(body)?;
    let data = request.data.get(..request.count.into()).unwrap_or(request.data);
    let entry = context.open(request.fid)?;
    let count = write_file(context, &entry, request.offset.into(), data, false).await?;
    if request.count != 0 {
        let owner = context.lock_owner(&entry);
        let range = Range { owner, offset: request.offset.into(), length: request.count.into() };
        locks::unlock(&entry, &range).await?;
    }
    out.message(&CountResponse { count: (count & 0xffff) as u16 });
    Ok(NtStatus::SUCCESS)
}

pub(in crate::smb1) async fn write_and_close(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = WriteAndCloseRequest::decode(body)?;
    let data = given(request.bytes(), request.count)?;
    let entry = context.open(request.fid)?;
    let count = match entry.open.body() {
        OpenBody::Pipe(pipe) => write_pipe(context, pipe, data).await?,
        OpenBody::Device(device) => devices::write(context, device, data, None).await?,
        OpenBody::File(_) | OpenBody::PrintJob(_) => {
            write_file(context, &entry, request.offset.into(), data, false).await?
        }
    };
    // Of nothing the old redirectors only mean the write.
    if request.count != 0 {
        let entry = context.take_open(request.fid)?;
        entry.set_written(request.last_modified).await;
        context.close_entry(&entry).await?;
    }
    out.message(&CountResponse { count: (count & 0xffff) as u16 });
    Ok(NtStatus::SUCCESS)
}

/// The bytes of a count that a request gives: all of them must be there, for nothing else is ever written in their place.
///
/// # Errors
/// INVALID_PARAMETER
fn given(data: &[u8], count: u16) -> Result<&[u8], NtStatus> {
    data.get(..count.into()).ok_or(NtStatus::INVALID_PARAMETER)
}

/// Writes to a file, or to a job for a printer.
pub(super) async fn write_file(
    context: &Context<'_>,
    entry: &OpenEntry,
    offset: u64,
    data: &[u8],
    through: bool,
) -> Result<u32, NtStatus> {
    if let Some(job) = entry.open.print_job() {
        job.write_at(offset, data).await?;
        return Ok(u32::try_from(data.len()).unwrap_or(u32::MAX));
    }
    let file = entry.writable()?;
    let count = file.write_as(context.lock_owner(entry), offset, data, through).await?;
    entry.position.store(offset.saturating_add(count.into()), Ordering::Relaxed);
    Ok(count)
}

/// Sends a pipe one message.
pub(super) async fn write_pipe(context: &Context<'_>, pipe: &PipeOpen, data: &[u8]) -> Result<u32, NtStatus> {
    let written = tokio::select! {
        written = pipe.write(data) => written?,
        () = context.unit.cancelled() => return Err(NtStatus::CANCELLED),
    };
    Ok(u32::try_from(written).unwrap_or(u32::MAX))
}

/// Ends a file at an offset.
pub(in crate::smb1) async fn set_end_of_file(file: &FileOpen, length: u64) -> Result<(), NtStatus> {
    let end = FileLengthInformation { length }.to_bytes();
    file.set_information(FileInformationClass::END_OF_FILE, &end).await
}
