//! [MS-CIFS] 3.3.5.54 to 3.3.5.56 Receiving an SMB_COM_OPEN_PRINT_FILE, SMB_COM_WRITE_PRINT_FILE and SMB_COM_CLOSE_PRINT_FILE Request,
//! SMB_COM_GET_PRINT_QUEUE ([SMB-CORE]), and what SMB_COM_IOCTL asks printers.

use crate::smb1::context::{Context, Outcome};
use crate::smb1::fids::TIME_ZONE;
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use crate::smb1::status::INVALID_SMB;
use lanward_nt::{AccessMask, CreateDisposition, NtStatus, NtString};
use lanward_server::{Job, JobStatus, JobWriter, Open, ShareKind};
use lanward_smb1::messages::{
    Empty, FidRequest, FidResponse, GetPrintQueueRequest, GetPrintQueueResponse, OpenPrintFileRequest,
    WritePrintFileRequest,
};
use lanward_smb1::{Body, DosTime, Header, Message};

/// Whether text or graphics, nothing is changed on its way to the printer.
pub(in crate::smb1) async fn open_print_file(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = OpenPrintFileRequest::decode(body)?;
    if !context.tree()?.core.share().is_printer() {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    }
    let wanted = Opening {
        disposition: CreateDisposition::Create,
        ..Opening::existing(request.identifier, AccessMask::GENERIC_WRITE)
    };
    let opened = context.open_as(&wanted).await?;
    out.message(&FidResponse { fid: opened.fid });
    Ok(NtStatus::SUCCESS)
}

pub(in crate::smb1) async fn write_print_file(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = WritePrintFileRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    let Some(job) = entry.open.print_job() else { return Err(INVALID_SMB.into()) };
    job.append(request.data).await?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

pub(in crate::smb1) async fn close_print_file(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = FidRequest::decode(body)?;
    if context.open(request.fid)?.open.print_job().is_none() {
        return Err(INVALID_SMB.into());
    }
    let entry = context.take_open(request.fid)?;
    context.close_entry(&entry).await?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

/// Bytes of an entry.
const ENTRY: usize = 28;
/// Bytes of an answer without its entries, and with what is in front of them.
const AROUND: usize = Header::LEN + 1 + 4 + 2 + 3;

/// The jobs of the tree connect's printer, from an index on; with a negative count those in front of it, the nearest first.
pub(in crate::smb1) fn print_queue(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = GetPrintQueueRequest::decode(body)?;
    let tree = &context.tree()?.core;
    let ShareKind::Printer(printer) = &tree.share().kind else {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    };
    let by = tree.requester()?;
    let jobs = context.connection.service.server.print_jobs(&by, printer)?;
    let room = usize::from(context.connection.client().max_buffer_size).saturating_sub(AROUND) / ENTRY;
    let (start, most) = (usize::from(request.start_index), request.max_count.cast_signed());
    let count = usize::from(most.unsigned_abs()).min(room);
    let entries: Vec<(usize, &Job)> = if most < 0 {
        jobs.iter().enumerate().take(start.saturating_add(1)).rev().take(count).collect()
    } else {
        jobs.iter().enumerate().skip(start).take(count).collect()
    };
    let restart = match entries.last() {
        Some((last, _)) if most < 0 => last.saturating_sub(1),
        Some((last, _)) => last + 1,
        None => start,
    };
    let bytes: Vec<u8> = entries.iter().flat_map(|(_, job)| entry(context, job)).collect();
    let word = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    out.message(&GetPrintQueueResponse {
        count: word(entries.len()),
        restart_index: word(restart),
        entries: &bytes,
    });
    Ok(NtStatus::SUCCESS)
}

/// A job as [SMB-CORE] has it: its date and time, state, number, size and the name of who printed it.
fn entry(context: &Context<'_>, job: &Job) -> [u8; ENTRY] {
    const HELD: u8 = 1;
    const PRINTING: u8 = 2;
    const WAITING: u8 = 3;
    const INTERCEPTED: u8 = 4;
    const IN_ERROR: u8 = 5;
    let state = match job.status {
        status if status.contains(JobStatus::ERROR) => IN_ERROR,
        status if status.contains(JobStatus::PAUSED) => HELD,
        status if status.contains(JobStatus::SPOOLING) => INTERCEPTED,
        status if status.contains(JobStatus::PRINTING) => PRINTING,
        _ => WAITING,
    };
    let submitted = DosTime::from_file_time(job.submitted, TIME_ZONE);
    let id = u16::try_from(job.id.0).unwrap_or(u16::MAX);
    let size = u32::try_from(job.bytes).unwrap_or(u32::MAX);
    let mut entry = [0; ENTRY];
    entry[0..2].copy_from_slice(&submitted.date.to_le_bytes());
    entry[2..4].copy_from_slice(&submitted.time.to_le_bytes());
    entry[4] = state;
    entry[5..7].copy_from_slice(&id.to_le_bytes());
    entry[7..11].copy_from_slice(&size.to_le_bytes());
    fill(&mut entry[12..], &context.text.code_page.encode(job.owner.units()).0);
    entry
}

/// A string in a field of fixed length, with its end.
fn fill(field: &mut [u8], text: &[u8]) {
    let length = text.len().min(field.len().saturating_sub(1));
    field[..length].copy_from_slice(&text[..length]);
}

/// Categories and functions of [MS-CIFS] 2.2.4.35 that are about printers.
const PRINTER_DEVICE: u16 = 0x0005;
const GET_PRINTER_STATUS: u16 = 0x0066;
const SPOOLER_DEVICE: u16 = 0x0053;
const GET_PRINTER_ID: u16 = 0x0060;

/// OS2_STATUS_PRINTER_HAPPY
const HAPPY: u8 = 0x90;

/// What SMB_COM_IOCTL asks a job for a printer: its id, and the names of the server and of the printer's share.
///
/// # Errors
/// NOT_IMPLEMENTED: anything else.
pub(super) fn tell_device(
    context: &Context<'_>,
    open: &Open,
    job: &JobWriter,
    (category, function): (u16, u16),
) -> Result<Vec<u8>, NtStatus> {
    /// JobId, ServerName and QueueName, and a byte that makes them even.
    const PRINTER_ID: usize = 2 + 16 + 13 + 1;
    match (category, function) {
        (PRINTER_DEVICE, GET_PRINTER_STATUS) => Ok(vec![HAPPY]),
        (SPOOLER_DEVICE, GET_PRINTER_ID) => {
            let mut data = vec![0; PRINTER_ID];
            let id = u16::try_from(job.id().0).unwrap_or(u16::MAX);
            data[..2].copy_from_slice(&id.to_le_bytes());
            let name = NtString::from(context.connection.service.server.identity().name.as_str());
            fill(&mut data[2..18], &context.text.code_page.encode(name.units()).0);
            fill(&mut data[18..31], &context.text.code_page.encode(open.share().name.units()).0);
            Ok(data)
        }
        _ => Err(NtStatus::NOT_IMPLEMENTED),
    }
}
