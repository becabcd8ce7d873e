//! Configuration data of the server ([MS-RPRN] 2.2.3.10 Server Handle Key Values).

use super::information::zeros;
use super::open::{no_printer, server};
use crate::call::Call;
use crate::operations::Refusal;
use crate::srvsvc::VERSION;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::spoolss::{
    EnumDataExRequest, EnumDataExResponse, EnumDataRequest, EnumDataResponse, EnumKeyRequest,
    EnumKeyResponse, GetDataExRequest, GetDataExResponse, GetDataRequest, GetDataResponse,
};
use lanward_wire::utf16le_bytes;

const REG_SZ: u32 = 1;
const REG_BINARY: u32 = 3;
const REG_DWORD: u32 = 4;

/// VER_PLATFORM_WIN32_NT
const PLATFORM_NT: u32 = 2;

/// Bytes of szCSDVersion.
const SERVICE_PACK_NAME: usize = 256;

/// The version of drivers the server would have: 3, which every Windows since 2000 has.
const DRIVER_VERSION: u32 = 3;

/// What is 0 here: beeps, pop-ups, the event log, directory services, fax, web printing, isolation of drivers, and threads of usual priority.
const ZERO: [&str; 18] = [
    "BeepEnabled",
    "DsPresent",
    "DsPresentForUser",
    "EventLog",
    "MinorVersion",
    "NetPopup",
    "NetPopupToComputer",
    "PortThreadPriority",
    "PortThreadPriorityDefault",
    "PrintDriverIsolationExecutionPolicy",
    "PrintDriverIsolationOverrideCompat",
    "RemoteFax",
    "RestartJobOnPoolEnabled",
    "RestartJobOnPoolError",
    "RetryPopup",
    "SchedulerThreadPriority",
    "SchedulerThreadPriorityDefault",
    "W3SvcInstalled",
];

/// The environment this machine would be to drivers ([MS-RPRN] 2.2.4.4).
const ENVIRONMENT: &str = match () {
    () if cfg!(target_arch = "x86_64") => "Windows x64",
    () if cfg!(target_arch = "aarch64") => "Windows ARM64",
    () => "Windows NT x86",
};

/// A value's type and bytes.
fn known(call: &Call<'_>, name: &NtString) -> Option<(u32, Vec<u8>)> {
    let is = |known: &str| name.eq_ignore_case(&known.into());
    let string = |text: &str| Some((REG_SZ, utf16le_bytes(&format!("{text}\0"))));
    if ZERO.into_iter().any(is) {
        return Some((REG_DWORD, vec![0; 4]));
    }
    match () {
        () if is("Architecture") => string(ENVIRONMENT),
        () if is("DNSMachineName") => string(&call.caller.server.identity().name.to_lowercase()),
        () if is("MajorVersion") => Some((REG_DWORD, DRIVER_VERSION.to_le_bytes().to_vec())),
        () if is("OSVersion") => Some((REG_BINARY, version(&[]))),
        // Service pack, suites, product type and a reserved byte: a server.
        () if is("OSVersionEx") => Some((REG_BINARY, version(&[0, 0, 0, 0, 0, 0, 3, 0]))),
        () => None,
    }
}

/// [MS-RPRN] 2.2.3.10.1 OSVERSIONINFO, and what OSVERSIONINFOEX has behind it.
fn version(more: &[u8]) -> Vec<u8> {
    let (major, minor) = VERSION;
    let size = u32::try_from(20 + SERVICE_PACK_NAME + more.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    for number in [size, major, minor, 0, PLATFORM_NT] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.resize(bytes.len() + SERVICE_PACK_NAME, 0);
    bytes.extend(more);
    bytes
}

/// What a value is for a client with room for `size` bytes: type, data, bytes needed, status.
fn value_of(call: &Call<'_>, name: &NtString, size: u32) -> Result<(u32, Vec<u8>, u32, u32), Refusal<u32>> {
    let mut data: Vec<u8> = zeros(size)?;
    let Some((data_type, bytes)) = known(call, name) else {
        return Ok((0, data, 0, win32::INVALID_PARAMETER));
    };
    let needed = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let Some(room) = data.get_mut(..bytes.len()) else {
        return Ok((data_type, data, needed, win32::MORE_DATA));
    };
    room.copy_from_slice(&bytes);
    Ok((data_type, data, needed, win32::SUCCESS))
}

/// [MS-RPRN] 3.1.4.2.7 RpcGetPrinterData
pub(super) fn value(call: &Call<'_>, request: GetDataRequest) -> Result<GetDataResponse, Refusal<u32>> {
    server(call, &request.handle)?;
    let (data_type, data, needed, status) = value_of(call, &request.value.0, request.size)?;
    Ok(GetDataResponse { data_type, data, needed, status })
}

/// [MS-RPRN] 3.1.4.2.19 RpcGetPrinterDataEx: a server's values are of no key.
pub(super) fn value_ex(
    call: &Call<'_>,
    request: GetDataExRequest,
) -> Result<GetDataExResponse, Refusal<u32>> {
    server(call, &request.handle)?;
    let (data_type, data, needed, status) = value_of(call, &request.value.0, request.size)?;
    Ok(GetDataExResponse { data_type, data, needed, status })
}

/// [MS-RPRN] 3.1.4.2.16 RpcEnumPrinterData
pub(super) fn enumerate(call: &Call<'_>, request: EnumDataRequest) -> Result<EnumDataResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    let (name, data) = (zeros(request.name_size / 2)?, zeros(request.data_size)?);
    Ok(EnumDataResponse { name, name_needed: 0, data_type: 0, data, data_needed: 0, status })
}

/// [MS-RPRN] 3.1.4.2.20 RpcEnumPrinterDataEx
pub(super) fn enumerate_ex(
    call: &Call<'_>,
    request: EnumDataExRequest,
) -> Result<EnumDataExResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    Ok(EnumDataExResponse { data: zeros(request.size)?, needed: 0, returned: 0, status })
}

/// [MS-RPRN] 3.1.4.2.21 RpcEnumPrinterKey
pub(super) fn keys(call: &Call<'_>, request: EnumKeyRequest) -> Result<EnumKeyResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    Ok(EnumKeyResponse { keys: zeros(request.size / 2)?, needed: 0, status })
}
