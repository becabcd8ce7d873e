//! Ports, their monitor and the print processor ([MS-RPRN] 3.1.4.6 to 3.1.4.8): each printer has one port, and what comes is printed as it is.

use super::buffer::{Answer, answer, answer_string};
use super::environment::{self, check_server};
use super::printers::port_of;
use super::{DATATYPES, PRINT_PROCESSOR, error};
use crate::call::Call;
use crate::operations::Refusal;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::spoolss::{
    EnumConnectionsRequest, EnumConnectionsResponse, EnumDatatypesRequest, EnumDatatypesResponse,
    EnumMonitorsRequest, EnumMonitorsResponse, EnumPortsRequest, EnumPortsResponse, EnumProcessorsRequest,
    EnumProcessorsResponse, Info, MonitorInfo, NameInfo, Packed, PortInfo, ProcessorDirectoryRequest,
    ProcessorDirectoryResponse,
};
use lanward_server::Requester;

/// What moves jobs to where printers are.
const MONITOR: &str = "Local Port";

fn packed<I: Info>(level: u32, entries: impl IntoIterator<Item = I>) -> Result<Packed, u32> {
    if I::has_level(level) { Ok(Packed::of(level, entries)) } else { Err(win32::INVALID_LEVEL) }
}

fn name(name: &str) -> NameInfo {
    NameInfo { name: Some(name.into()) }
}

/// [MS-RPRN] 3.1.4.6.1 RpcEnumPorts
pub(super) fn ports(call: &Call<'_>, request: EnumPortsRequest) -> Result<EnumPortsResponse, Refusal<u32>> {
    let ports = check_server(call, request.name.as_ref()).and_then(|()| packed_ports(call, request.level));
    let Answer { buffer, needed, returned, status } = answer(request.buffer, request.size, ports)?;
    Ok(EnumPortsResponse { buffer, needed, returned, status })
}

fn packed_ports(call: &Call<'_>, level: u32) -> Result<Packed, u32> {
    let by = Requester::of(call.caller).map_err(win32::of_status)?;
    let mut names: Vec<NtString> = Vec::new();
    for printer in call.caller.server.printers(&by) {
        let port = port_of(&by, &printer);
        if !names.iter().any(|name| name.eq_ignore_case(&port)) {
            names.push(port);
        }
    }
    let port = |name| PortInfo {
        name: Some(name),
        monitor: Some(MONITOR.into()),
        description: Some(MONITOR.into()),
        port_type: PortInfo::WRITE,
    };
    packed(level, names.into_iter().map(port))
}

/// [MS-RPRN] 3.1.4.7.1 RpcEnumMonitors
pub(super) fn monitors(
    call: &Call<'_>,
    request: EnumMonitorsRequest,
) -> Result<EnumMonitorsResponse, Refusal<u32>> {
    let monitor = || MonitorInfo {
        name: Some(MONITOR.into()),
        environment: Some(environment::OWN.into()),
        // Nothing is loaded.
        library: Some(NtString::default()),
    };
    let known = check_server(call, request.name.as_ref());
    let monitors = known.and_then(|()| packed(request.level, [monitor()]));
    let Answer { buffer, needed, returned, status } = answer(request.buffer, request.size, monitors)?;
    Ok(EnumMonitorsResponse { buffer, needed, returned, status })
}

/// [MS-RPRN] 3.1.4.8.2 RpcEnumPrintProcessors
pub(super) fn processors(
    call: &Call<'_>,
    request: EnumProcessorsRequest,
) -> Result<EnumProcessorsResponse, Refusal<u32>> {
    let EnumProcessorsRequest { name: server, environment, level, buffer, size } = request;
    let known = check_server(call, server.as_ref()).and_then(|()| environment::folder(environment.as_ref()));
    let processors = known.and_then(|_| packed(level, [name(PRINT_PROCESSOR)]));
    let Answer { buffer, needed, returned, status } = answer(buffer, size, processors)?;
    Ok(EnumProcessorsResponse { buffer, needed, returned, status })
}

/// [MS-RPRN] 3.1.4.8.5 RpcEnumPrintProcessorDatatypes
pub(super) fn datatypes(
    call: &Call<'_>,
    request: EnumDatatypesRequest,
) -> Result<EnumDatatypesResponse, Refusal<u32>> {
    let is_known = request.processor.is_some_and(|name| name.0.eq_ignore_case(&PRINT_PROCESSOR.into()));
    let types = check_server(call, request.name.as_ref()).and_then(|()| match is_known {
        true => packed(request.level, DATATYPES.map(name)),
        false => Err(error::UNKNOWN_PRINT_PROCESSOR),
    });
    let Answer { buffer, needed, returned, status } = answer(request.buffer, request.size, types)?;
    Ok(EnumDatatypesResponse { buffer, needed, returned, status })
}

/// [MS-RPRN] 3.1.4.8.3 RpcGetPrintProcessorDirectory: a string is that of every level.
pub(super) fn processor_directory(
    call: &Call<'_>,
    request: ProcessorDirectoryRequest,
) -> Result<ProcessorDirectoryResponse, Refusal<u32>> {
    let ProcessorDirectoryRequest { name, environment, buffer, size, .. } = request;
    let path = environment::directory(call, name.as_ref(), "prnproc$", environment.as_ref());
    let Answer { buffer, needed, status, .. } = answer_string(buffer, size, path)?;
    Ok(ProcessorDirectoryResponse { buffer, needed, status })
}

/// [MS-RPRN] 3.1.4.2.26 RpcEnumPerMachineConnections: this server connects to no other.
pub(super) fn connections(
    call: &Call<'_>,
    request: EnumConnectionsRequest,
) -> Result<EnumConnectionsResponse, Refusal<u32>> {
    let none = check_server(call, request.name.as_ref()).map(|()| Packed::default());
    let Answer { buffer, needed, returned, status } = answer(request.buffer, request.size, none)?;
    Ok(EnumConnectionsResponse { buffer, needed, returned, status })
}
