use super::error;
use crate::call::Call;
use crate::operations::Refusal;
use crate::rights::Kind;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::spoolss::{
    ClosePrinterRequest, ClosePrinterResponse, CreatePrinterIcRequest, CreatePrinterIcResponse,
    OpenPrinterExRequest, OpenPrinterExResponse, OpenPrinterRequest, OpenPrinterResponse, XcvDataRequest,
    XcvDataResponse,
};
use lanward_rpc::{ContextHandle, Fault, WideString};
use lanward_server::Act;

/// A handle of the server itself, which is the only object there is.
pub(super) struct OpenServer;

/// [MS-RPRN] 2.2.3.1, and what everybody has: SERVER_ACCESS_ENUMERATE.
const SERVER: Kind = Kind {
    read: 0x0002_0002,
    write: 0x0002_0003,
    execute: 0x0002_0002,
    all: 0x000f_0003,
    everyone: 0x0002_0002,
};

const GENERIC_READ: u32 = 0x8000_0000;

/// PRINTER_ACCESS_ADMINISTER, PRINTER_ACCESS_USE, JOB_ACCESS_ADMINISTER, JOB_ACCESS_READ
const PRINTERS: u32 = 0x3c;

/// The one level of client information that may be sent.
const CLIENT_LEVEL: u32 = 1;

/// [MS-RPRN] 3.1.4.2.2 RpcOpenPrinter
pub(super) fn open(
    call: &Call<'_>,
    request: OpenPrinterRequest,
) -> Result<OpenPrinterResponse, Refusal<u32>> {
    let handle = opened(call, request.name.as_ref(), request.access)?;
    Ok(OpenPrinterResponse { handle, status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.2.14 RpcOpenPrinterEx
pub(super) fn open_ex(
    call: &Call<'_>,
    request: OpenPrinterExRequest,
) -> Result<OpenPrinterExResponse, Refusal<u32>> {
    if request.client.level != CLIENT_LEVEL || request.client.client.level != CLIENT_LEVEL {
        return Err(win32::INVALID_LEVEL.into());
    }
    let handle = opened(call, request.name.as_ref(), request.access)?;
    Ok(OpenPrinterExResponse { handle, status: win32::SUCCESS })
}

fn opened(call: &Call<'_>, name: Option<&WideString>, access: u32) -> Result<ContextHandle, Refusal<u32>> {
    call.caller.may(Act::Print).map_err(win32::of_status)?;
    if !is_server(name.map(|name| &name.0)) {
        return Err(error::INVALID_PRINTER_NAME.into());
    }
    // Rights of printers and jobs mean nothing here, and clients that want "all of it" ask for them.
    let access = if access & !PRINTERS == 0 { GENERIC_READ } else { access & !PRINTERS };
    SERVER.grant(call.caller, access, None).map_err(win32::of_status)?;
    Ok(call.handles.open(OpenServer)?)
}

/// Whether a name is that of a server ([MS-RPRN] 2.2.4.16), by which name whatsoever ([MS-RPRN] 3.1.4.1.4): nothing, or `\\` and no more backslashes.
pub(super) fn is_server(name: Option<&NtString>) -> bool {
    const BACKSLASH: u16 = b'\\' as u16;
    match name.map(NtString::units) {
        None | Some([]) => true,
        Some([BACKSLASH, BACKSLASH, server @ ..]) => {
            !server.is_empty() && !server.iter().any(|unit| *unit == BACKSLASH || *unit == u16::from(b','))
        }
        Some(_) => false,
    }
}

/// Whether a handle is the server's.
///
/// # Errors
/// CONTEXT_MISMATCH
pub(super) fn server(call: &Call<'_>, handle: &ContextHandle) -> Result<(), Fault> {
    call.handles.find::<OpenServer>(handle).map(drop)
}

/// What is asked of printers and has no answer of the server.
///
/// # Errors
/// INVALID_HANDLE; CONTEXT_MISMATCH where it is no handle at all.
pub(super) fn no_printer(call: &Call<'_>, handle: &ContextHandle) -> Result<u32, Fault> {
    server(call, handle).map(|()| error::INVALID_HANDLE)
}

/// [MS-RPRN] 3.1.4.2.9 RpcClosePrinter
pub(super) fn close(
    call: &Call<'_>,
    request: ClosePrinterRequest,
) -> Result<ClosePrinterResponse, Refusal<u32>> {
    call.handles.close::<OpenServer>(&request.handle)?;
    Ok(ClosePrinterResponse { handle: ContextHandle::NULL, status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.2.10 RpcCreatePrinterIC
pub(super) fn information_context(
    call: &Call<'_>,
    request: CreatePrinterIcRequest,
) -> Result<CreatePrinterIcResponse, Refusal<u32>> {
    Err(no_printer(call, &request.handle)?.into())
}

/// [MS-RPRN] 3.1.4.6.5 RpcXcvData: there are no ports and monitors to talk to.
pub(super) fn transceive(call: &Call<'_>, request: XcvDataRequest) -> Result<XcvDataResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    let output = super::information::zeros(request.output_size)?;
    Ok(XcvDataResponse { output, needed: 0, state: request.state, status })
}
