//! Drivers ([MS-RPRN] 3.1.4.4): none is kept here or given to clients, which print with their own.

use super::buffer::{Answer, answer, answer_string};
use super::open::find;
use super::{environment, error};
use crate::call::Call;
use crate::operations::Refusal;
use crate::win32;
use lanward_rpc::spoolss::{
    DriverDirectoryRequest, DriverDirectoryResponse, EnumDriversRequest, EnumDriversResponse,
    GetDriver2Request, GetDriver2Response, GetDriverRequest, GetDriverResponse, Packed,
};
use lanward_rpc::{ContextHandle, WideString};

/// [MS-RPRN] 3.1.4.4.2 RpcEnumPrinterDrivers
pub(super) fn drivers(
    call: &Call<'_>,
    request: EnumDriversRequest,
) -> Result<EnumDriversResponse, Refusal<u32>> {
    let known = environment::check(call, request.name.as_ref(), request.environment.as_ref());
    let level = matches!(request.level, 1..=6 | 8);
    let level = if level { Ok(Packed::default()) } else { Err(win32::INVALID_LEVEL) };
    let Answer { buffer, needed, returned, status } = answer(request.buffer, request.size, known.and(level))?;
    Ok(EnumDriversResponse { buffer, needed, returned, status })
}

/// A printer's driver for an environment, which there is none of.
fn no_driver(
    call: &Call<'_>,
    handle: &ContextHandle,
    environment: Option<&WideString>,
    level: u32,
) -> Result<Packed, Refusal<u32>> {
    find(call, handle)?.printer()?;
    if !matches!(level, 1..=6 | 8 | 101) {
        return Err(win32::INVALID_LEVEL.into());
    }
    environment::folder(environment)?;
    Err(error::UNKNOWN_PRINTER_DRIVER.into())
}

/// Why there is no driver, as the status that goes beside the client's buffer.
fn refusal(outcome: Result<Packed, Refusal<u32>>) -> Result<Result<Packed, u32>, Refusal<u32>> {
    match outcome {
        Err(Refusal::Status(status)) => Ok(Err(status)),
        other => other.map(Ok),
    }
}

/// [MS-RPRN] 3.1.4.4.3 RpcGetPrinterDriver
pub(super) fn driver(call: &Call<'_>, request: GetDriverRequest) -> Result<GetDriverResponse, Refusal<u32>> {
    let GetDriverRequest { handle, environment, level, buffer, size } = request;
    let outcome = refusal(no_driver(call, &handle, environment.as_ref(), level))?;
    let Answer { buffer, needed, status, .. } = answer(buffer, size, outcome)?;
    Ok(GetDriverResponse { buffer, needed, status })
}

/// [MS-RPRN] 3.1.4.4.6 RpcGetPrinterDriver2
pub(super) fn driver2(
    call: &Call<'_>,
    request: GetDriver2Request,
) -> Result<GetDriver2Response, Refusal<u32>> {
    let GetDriver2Request { handle, environment, level, buffer, size, .. } = request;
    let outcome = refusal(no_driver(call, &handle, environment.as_ref(), level))?;
    let Answer { buffer, needed, status, .. } = answer(buffer, size, outcome)?;
    Ok(GetDriver2Response { buffer, needed, server_max: 0, server_min: 0, status })
}

/// [MS-RPRN] 3.1.4.4.4 RpcGetPrinterDriverDirectory: a string is that of every level.
pub(super) fn directory(
    call: &Call<'_>,
    request: DriverDirectoryRequest,
) -> Result<DriverDirectoryResponse, Refusal<u32>> {
    let DriverDirectoryRequest { name, environment, buffer, size, .. } = request;
    let path = environment::directory(call, name.as_ref(), "print$", environment.as_ref());
    let Answer { buffer, needed, status, .. } = answer_string(buffer, size, path)?;
    Ok(DriverDirectoryResponse { buffer, needed, status })
}
