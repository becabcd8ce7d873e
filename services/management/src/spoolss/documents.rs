//! Documents that are printed ([MS-RPRN] 3.1.4.9).

use super::buffer::zeros;
use super::open::{USE, check_datatype, find, printer_named};
use super::{error, win32};
use crate::call::Call;
use crate::operations::Refusal;
use lanward_rpc::Fault;
use lanward_rpc::spoolss::{
    AbortPrinterRequest, AbortPrinterResponse, DocumentLevel, EndDocRequest, EndDocResponse, EndPageRequest,
    EndPageResponse, ReadPrinterRequest, ReadPrinterResponse, StartDocRequest, StartDocResponse,
    StartPageRequest, StartPageResponse, WritePrinterRequest, WritePrinterResponse,
};
use lanward_server::{Document, JobStatus, JobWriter};
use std::sync::{Arc, PoisonError};

/// [MS-RPRN] 3.1.4.9.1 RpcStartDocPrinter
pub(super) async fn start(
    call: &Call<'_>,
    request: StartDocRequest,
) -> Result<StartDocResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let open = opened.printer()?;
    opened.demand_any(USE)?;
    let DocumentLevel::Level1(document) = request.container.document;
    let document = document.filter(|_| request.container.level == 1).ok_or(win32::INVALID_PARAMETER)?;
    // Printing to a file on the server is no printing.
    if document.output_file.is_some_and(|file| !file.0.units().is_empty()) {
        return Err(win32::ACCESS_DENIED.into());
    }
    if open.document().is_ok() {
        return Err(error::INVALID_HANDLE.into());
    }
    let (by, printer) = printer_named(call, &open.name)?;
    check_datatype(document.datatype.as_ref(), &printer)?;
    let own = || open.datatype.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let datatype = document.datatype.map(|datatype| datatype.0).or_else(own);
    let document = Document { name: document.name.unwrap_or_default().0, datatype, ..Document::default() };
    let writer = call.caller.server.start_document(&by, &open.name, document).await;
    let writer = Arc::new(writer.map_err(error::of_open)?);
    let job = writer.id().0;
    let mut slot = open.document.lock().unwrap_or_else(PoisonError::into_inner);
    // Another call began one meanwhile: this one is given up as it is dropped.
    if slot.is_some() {
        return Err(error::INVALID_HANDLE.into());
    }
    *slot = Some(writer);
    Ok(StartDocResponse { job, status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.9.2 RpcStartPagePrinter
pub(super) fn start_page(
    call: &Call<'_>,
    request: StartPageRequest,
) -> Result<StartPageResponse, Refusal<u32>> {
    let document = find(call, &request.handle)?.printer()?.document()?;
    check_cancelled(&document)?;
    Ok(StartPageResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.9.3 RpcWritePrinter
pub(super) async fn write(
    call: &Call<'_>,
    request: WritePrinterRequest,
) -> Result<WritePrinterResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let document = opened.printer()?.document()?;
    if u32::try_from(request.data.len()) != Ok(request.size) {
        return Err(Fault::BAD_STUB_DATA.into());
    }
    check_cancelled(&document)?;
    document.append(&request.data).await.map_err(error::of_status)?;
    Ok(WritePrinterResponse { written: request.size, status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.9.4 RpcEndPagePrinter
pub(super) fn end_page(call: &Call<'_>, request: EndPageRequest) -> Result<EndPageResponse, Refusal<u32>> {
    let document = find(call, &request.handle)?.printer()?.document()?;
    check_cancelled(&document)?;
    Ok(EndPageResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.9.5 RpcAbortPrinter
pub(super) fn abort(
    call: &Call<'_>,
    request: AbortPrinterRequest,
) -> Result<AbortPrinterResponse, Refusal<u32>> {
    find(call, &request.handle)?.printer()?.take_document()?.abort();
    Ok(AbortPrinterResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.9.7 RpcEndDocPrinter
pub(super) async fn end(call: &Call<'_>, request: EndDocRequest) -> Result<EndDocResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let document = opened.printer()?.take_document()?;
    document.end().await.map_err(error::of_status)?;
    Ok(EndDocResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.9.6 RpcReadPrinter: what others print nobody reads here, and there are no ports to read from.
pub(super) fn read(
    call: &Call<'_>,
    request: ReadPrinterRequest,
) -> Result<ReadPrinterResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let is_job = matches!(opened.object, super::open::Object::Job(..));
    let status = if is_job { win32::NOT_SUPPORTED } else { error::INVALID_HANDLE };
    Ok(ReadPrinterResponse { data: zeros(request.size)?, read: 0, status })
}

/// # Errors
/// PRINT_CANCELLED: somebody took the job away.
fn check_cancelled(document: &JobWriter) -> Result<(), u32> {
    let job = document.job().ok_or(error::PRINT_CANCELLED)?;
    if job.status.contains(JobStatus::DELETING) { Err(error::PRINT_CANCELLED) } else { Ok(()) }
}
