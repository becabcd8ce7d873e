//! INFO structures ([MS-RPRN] 3.1.4.1.9): lists without entries.

use super::error;
use super::open::{is_server, no_printer, server};
use crate::call::Call;
use crate::operations::Refusal;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::spoolss::{
    DriverDirectoryRequest, DriverDirectoryResponse, EnumConnectionsRequest, EnumConnectionsResponse,
    EnumDatatypesRequest, EnumDatatypesResponse, EnumDriversRequest, EnumDriversResponse, EnumFormsRequest,
    EnumFormsResponse, EnumMonitorsRequest, EnumMonitorsResponse, EnumPortsRequest, EnumPortsResponse,
    EnumPrintersRequest, EnumPrintersResponse, EnumProcessorsRequest, EnumProcessorsResponse,
    GetDriver2Request, GetDriver2Response, GetDriverRequest, GetDriverResponse, GetFormRequest,
    GetFormResponse, GetPrinterRequest, GetPrinterResponse, ProcessorDirectoryRequest,
    ProcessorDirectoryResponse,
};
use lanward_rpc::{Fault, WideString};
use lanward_server::Act;

/// Most bytes of a buffer that is filled.
const MAX_BUFFER: u32 = 512 * 1024;

/// [MS-RPRN] 2.2.4.4, and the word for all of them.
const ENVIRONMENTS: [&str; 11] = [
    "Windows 4.0",
    "Windows NT x86",
    "Windows x64",
    "Windows IA64",
    "Windows ARM",
    "Windows ARM64",
    "Windows NT R4000",
    "Windows NT Alpha_AXP",
    "Windows NT PowerPC",
    "All",
    "AllCluster",
];

/// PRINTER_ENUM_REMOTE and PRINTER_ENUM_NETWORK
const ELSEWHERE: u32 = 0x10 | 0x40;

type Buffer = Option<Vec<u8>>;

/// What a client is given where it has room for so much.
///
/// # Errors
/// NO_MEMORY: nobody needs so much.
pub(super) fn zeros<T: Clone + Default>(count: u32) -> Result<Vec<T>, Fault> {
    if count > MAX_BUFFER {
        return Err(Fault::NO_MEMORY);
    }
    Ok(vec![T::default(); usize::try_from(count).unwrap_or(0)])
}

/// The answer of an empty list: success, if what was asked for makes sense.
fn empty(call: &Call<'_>, name: Option<&WideString>, sized: (&Buffer, u32), level: bool) -> u32 {
    if let Err(status) = call.caller.may(Act::Print) {
        return win32::of_status(status);
    }
    if !is_server(name.map(|name| &name.0)) {
        return win32::INVALID_NAME;
    }
    if !level {
        return win32::INVALID_LEVEL;
    }
    let (buffer, size) = sized;
    if size != 0 && buffer.is_none() { error::INVALID_USER_BUFFER } else { win32::SUCCESS }
}

/// The same where a name of an environment is given.
fn empty_of(
    call: &Call<'_>,
    names: (Option<&WideString>, Option<&WideString>),
    sized: (&Buffer, u32),
    level: bool,
) -> u32 {
    let (name, environment) = names;
    let known = |environment: &WideString| {
        let same = |known: &&str| environment.0.eq_ignore_case(&NtString::from(*known));
        environment.0.units().is_empty() || ENVIRONMENTS.iter().any(same)
    };
    match empty(call, name, sized, level) {
        win32::SUCCESS if !environment.is_none_or(known) => error::INVALID_ENVIRONMENT,
        status => status,
    }
}

/// [MS-RPRN] 3.1.4.2.1 RpcEnumPrinters
pub(super) fn printers(
    call: &Call<'_>,
    request: EnumPrintersRequest,
) -> Result<EnumPrintersResponse, Refusal<u32>> {
    let level = match request.flags & ELSEWHERE {
        0 => matches!(request.level, 0..=2 | 4 | 5),
        _ => request.level == 1,
    };
    let status = empty(call, request.name.as_ref(), (&request.buffer, request.size), level);
    Ok(EnumPrintersResponse { buffer: request.buffer, needed: 0, returned: 0, status })
}

/// [MS-RPRN] 3.1.4.2.6 RpcGetPrinter
pub(super) fn printer(
    call: &Call<'_>,
    request: GetPrinterRequest,
) -> Result<GetPrinterResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    Ok(GetPrinterResponse { buffer: request.buffer, needed: 0, status })
}

/// [MS-RPRN] 3.1.4.4.2 RpcEnumPrinterDrivers
pub(super) fn drivers(
    call: &Call<'_>,
    request: EnumDriversRequest,
) -> Result<EnumDriversResponse, Refusal<u32>> {
    let names = (request.name.as_ref(), request.environment.as_ref());
    let level = matches!(request.level, 1..=6 | 8);
    let status = empty_of(call, names, (&request.buffer, request.size), level);
    Ok(EnumDriversResponse { buffer: request.buffer, needed: 0, returned: 0, status })
}

/// [MS-RPRN] 3.1.4.4.3 RpcGetPrinterDriver
pub(super) fn driver(call: &Call<'_>, request: GetDriverRequest) -> Result<GetDriverResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    Ok(GetDriverResponse { buffer: request.buffer, needed: 0, status })
}

/// [MS-RPRN] 3.1.4.4.6 RpcGetPrinterDriver2
pub(super) fn driver2(
    call: &Call<'_>,
    request: GetDriver2Request,
) -> Result<GetDriver2Response, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    Ok(GetDriver2Response { buffer: request.buffer, needed: 0, server_max: 0, server_min: 0, status })
}

/// [MS-RPRN] 3.1.4.4.4 RpcGetPrinterDriverDirectory: drivers have no place here.
pub(super) fn driver_directory(
    call: &Call<'_>,
    request: DriverDirectoryRequest,
) -> Result<DriverDirectoryResponse, Refusal<u32>> {
    let names = (request.name.as_ref(), request.environment.as_ref());
    let status = nowhere(empty_of(call, names, (&request.buffer, request.size), request.level == 1));
    Ok(DriverDirectoryResponse { buffer: request.buffer, needed: 0, status })
}

/// [MS-RPRN] 3.1.4.8.3 RpcGetPrintProcessorDirectory: nor have print processors.
pub(super) fn processor_directory(
    call: &Call<'_>,
    request: ProcessorDirectoryRequest,
) -> Result<ProcessorDirectoryResponse, Refusal<u32>> {
    let names = (request.name.as_ref(), request.environment.as_ref());
    let status = nowhere(empty_of(call, names, (&request.buffer, request.size), request.level == 1));
    Ok(ProcessorDirectoryResponse { buffer: request.buffer, needed: 0, status })
}

const fn nowhere(status: u32) -> u32 {
    if status == win32::SUCCESS { win32::NOT_SUPPORTED } else { status }
}

/// [MS-RPRN] 3.1.4.8.2 RpcEnumPrintProcessors
pub(super) fn processors(
    call: &Call<'_>,
    request: EnumProcessorsRequest,
) -> Result<EnumProcessorsResponse, Refusal<u32>> {
    let names = (request.name.as_ref(), request.environment.as_ref());
    let status = empty_of(call, names, (&request.buffer, request.size), request.level == 1);
    Ok(EnumProcessorsResponse { buffer: request.buffer, needed: 0, returned: 0, status })
}

/// [MS-RPRN] 3.1.4.8.5 RpcEnumPrintProcessorDatatypes: of a print processor, which there is none of.
pub(super) fn datatypes(
    call: &Call<'_>,
    request: EnumDatatypesRequest,
) -> Result<EnumDatatypesResponse, Refusal<u32>> {
    let status = match empty(call, request.name.as_ref(), (&request.buffer, request.size), request.level == 1)
    {
        win32::SUCCESS => error::UNKNOWN_PRINT_PROCESSOR,
        status => status,
    };
    Ok(EnumDatatypesResponse { buffer: request.buffer, needed: 0, returned: 0, status })
}

/// [MS-RPRN] 3.1.4.5.3 RpcGetForm
pub(super) fn form(call: &Call<'_>, request: GetFormRequest) -> Result<GetFormResponse, Refusal<u32>> {
    server(call, &request.handle)?;
    let level = matches!(request.level, 1 | 2);
    let status = if level { error::INVALID_FORM_NAME } else { win32::INVALID_LEVEL };
    Ok(GetFormResponse { buffer: request.buffer, needed: 0, status })
}

/// [MS-RPRN] 3.1.4.5.5 RpcEnumForms
pub(super) fn forms(call: &Call<'_>, request: EnumFormsRequest) -> Result<EnumFormsResponse, Refusal<u32>> {
    server(call, &request.handle)?;
    let level = matches!(request.level, 1 | 2);
    let status = empty(call, None, (&request.buffer, request.size), level);
    Ok(EnumFormsResponse { buffer: request.buffer, needed: 0, returned: 0, status })
}

/// [MS-RPRN] 3.1.4.6.1 RpcEnumPorts
pub(super) fn ports(call: &Call<'_>, request: EnumPortsRequest) -> Result<EnumPortsResponse, Refusal<u32>> {
    let level = matches!(request.level, 1 | 2);
    let status = empty(call, request.name.as_ref(), (&request.buffer, request.size), level);
    Ok(EnumPortsResponse { buffer: request.buffer, needed: 0, returned: 0, status })
}

/// [MS-RPRN] 3.1.4.7.1 RpcEnumMonitors
pub(super) fn monitors(
    call: &Call<'_>,
    request: EnumMonitorsRequest,
) -> Result<EnumMonitorsResponse, Refusal<u32>> {
    let level = matches!(request.level, 1 | 2);
    let status = empty(call, request.name.as_ref(), (&request.buffer, request.size), level);
    Ok(EnumMonitorsResponse { buffer: request.buffer, needed: 0, returned: 0, status })
}

/// [MS-RPRN] 3.1.4.2.26 RpcEnumPerMachineConnections
pub(super) fn connections(
    call: &Call<'_>,
    request: EnumConnectionsRequest,
) -> Result<EnumConnectionsResponse, Refusal<u32>> {
    let status = empty(call, request.name.as_ref(), (&request.buffer, request.size), true);
    Ok(EnumConnectionsResponse { buffer: request.buffer, needed: 0, returned: 0, status })
}
