//! Print processors and packages of drivers: there is one processor, which is built in, and no package. What clients bring is never read.

use super::refused::not_here;
use super::{PRINT_PROCESSOR, environment, error};
use crate::call::Call;
use crate::operations::Refusal;
use crate::win32;
use lanward_rpc::spoolss::{
    AddProcessorRequest, AddProcessorResponse, CoreDriversRequest, CoreDriversResponse, CorePrinterDriver,
    DeleteProcessorRequest, DeleteProcessorResponse, PackagePathRequest, PackagePathResponse,
};
use lanward_rpc::{Fault, WideString};

/// Most drivers that are asked for at once.
const MOST_CORE_DRIVERS: u32 = 128;

fn is_built_in(processor: &WideString) -> bool {
    processor.0.eq_ignore_case(&PRINT_PROCESSOR.into())
}

/// # Errors
/// ACCESS_DENIED: for administrators alone; INVALID_NAME, INVALID_ENVIRONMENT.
fn may_install(
    call: &Call<'_>,
    server: Option<&WideString>,
    environment: Option<&WideString>,
) -> Result<(), u32> {
    if not_here(call) == win32::ACCESS_DENIED {
        return Err(win32::ACCESS_DENIED);
    }
    environment::check_server(call, server)?;
    environment::folder(environment).map(drop)
}

/// [MS-RPRN] 3.1.4.8.1 RpcAddPrintProcessor: no file is where any could be brought from.
pub(super) fn add_processor(
    call: &Call<'_>,
    request: AddProcessorRequest,
) -> Result<AddProcessorResponse, Refusal<u32>> {
    may_install(call, request.name.as_ref(), Some(&request.environment))?;
    if is_built_in(&request.processor) {
        return Err(error::PROCESSOR_ALREADY_INSTALLED.into());
    }
    Err(error::MODULE_NOT_FOUND.into())
}

/// [MS-RPRN] 3.1.4.8.4 RpcDeletePrintProcessor: every printer uses the one there is.
pub(super) fn delete_processor(
    call: &Call<'_>,
    request: DeleteProcessorRequest,
) -> Result<DeleteProcessorResponse, Refusal<u32>> {
    may_install(call, request.name.as_ref(), request.environment.as_ref())?;
    let used = is_built_in(&request.processor);
    Err(if used { error::CAN_NOT_COMPLETE } else { error::UNKNOWN_PRINT_PROCESSOR }.into())
}

/// A Win32 error as an HRESULT ([MS-ERREF] 2.1).
const fn hresult(error: u32) -> u32 {
    const OF_WIN32: u32 = 0x8007_0000;
    if error == win32::SUCCESS { error } else { OF_WIN32 | error }
}

/// [MS-RPRN] 3.1.4.4.9 RpcGetCorePrinterDrivers
pub(super) fn core_drivers(
    call: &Call<'_>,
    request: CoreDriversRequest,
) -> Result<CoreDriversResponse, Refusal<u32>> {
    if u32::try_from(request.wanted.len()) != Ok(request.size) {
        return Err(Fault::BAD_STUB_DATA.into());
    }
    let names = request.wanted.split(|unit| *unit == 0).filter(|name| !name.is_empty()).count();
    let error = match environment::check_server(call, request.name.as_ref()) {
        Err(error) => error,
        Ok(()) if request.count == 0 || usize::try_from(request.count) != Ok(names) => {
            win32::INVALID_PARAMETER
        }
        Ok(()) => environment::folder(Some(&request.environment)).err().unwrap_or(error::NOT_FOUND),
    };
    // Its array goes back as long as the client says it is, with nothing in it.
    if request.count > MOST_CORE_DRIVERS {
        return Err(Fault::NO_MEMORY.into());
    }
    let count = usize::try_from(request.count).unwrap_or(0);
    let drivers = vec![CorePrinterDriver::default(); count];
    Ok(CoreDriversResponse { drivers, status: hresult(error) })
}

/// [MS-RPRN] 3.1.4.4.10 RpcGetPrinterDriverPackagePath
pub(super) fn package_path(
    call: &Call<'_>,
    request: PackagePathRequest,
) -> Result<PackagePathResponse, Refusal<u32>> {
    let length = request.path.as_ref().map_or(0, Vec::len);
    if request.path.is_some() && u32::try_from(length) != Ok(request.size) {
        return Err(Fault::BAD_STUB_DATA.into());
    }
    let known = environment::check_server(call, request.name.as_ref());
    let known = known.and_then(|()| environment::folder(Some(&request.environment)));
    let status = hresult(known.err().unwrap_or(win32::FILE_NOT_FOUND));
    Ok(PackagePathResponse { path: request.path, needed: 0, status })
}
