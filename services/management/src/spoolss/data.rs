//! Configuration data by names ([MS-RPRN] 3.1.4.1.2), of the server and of printers.

use super::buffer::zeros;
use super::open::{ADMINISTER, MANAGE_LIMITED, Object, Opened, SERVER_ADMINISTER, find, printer_named};
use super::printer_data::{DRIVER_DATA, PrinterData};
use super::server_data::{REG_DWORD, known};
use super::{error, win32};
use crate::call::Call;
use crate::operations::Refusal;
use lanward_nt::NtString;
use lanward_rpc::Fault;
use lanward_rpc::spoolss::{
    DeleteDataExRequest, DeleteDataExResponse, DeleteDataRequest, DeleteDataResponse, DeleteKeyRequest,
    DeleteKeyResponse, EnumDataExRequest, EnumDataExResponse, EnumDataRequest, EnumDataResponse,
    EnumKeyRequest, EnumKeyResponse, EnumValue, GetDataExRequest, GetDataExResponse, GetDataRequest,
    GetDataResponse, Packed, SetDataExRequest, SetDataExResponse, SetDataRequest, SetDataResponse,
};

/// [MS-RPRN] 2.2.3.11 Printer Data Values, which are of printers with drivers.
const OF_DRIVERS: [&str; 10] = [
    "HardwareId",
    "EnableBranchOfficePrinting",
    "SeparatorFileData",
    "V4_Driver_Hardware_IDs",
    "XpsFormat",
    "MergedData",
    "MergedDataName",
    "BranchOfficeLoggingEnabled",
    "BranchOfficeOfflineLogSize",
    "MinimumSupportedClientBuild",
];

/// Says which version of itself a printer is.
const CHANGE_ID: &str = "ChangeID";

/// Longest name of a value or key, in characters.
const LONGEST: usize = 255;

fn is(name: &NtString, known: &str) -> bool {
    name.eq_ignore_case(&NtString::from(known))
}

/// A value's type and bytes.
///
/// # Errors
/// INVALID_PARAMETER, NOT_SUPPORTED, FILE_NOT_FOUND: there is none; INVALID_HANDLE: jobs have none.
fn find_value(
    call: &Call<'_>,
    opened: &Opened,
    key: &NtString,
    name: &NtString,
) -> Result<(u32, Vec<u8>), u32> {
    let open = match &opened.object {
        // A server's values are of no key.
        Object::Server => return known(call, name).ok_or(win32::INVALID_PARAMETER),
        Object::Job(..) => return Err(error::INVALID_HANDLE),
        Object::Printer(open) => open,
    };
    let (_, printer) = printer_named(call, &open.name)?;
    if is(name, CHANGE_ID) {
        let changes = printer.changes.wrapping_add(call.printer_data().changes(&open.name));
        return Ok((REG_DWORD, changes.to_le_bytes().to_vec()));
    }
    if OF_DRIVERS.iter().any(|known| is(name, known)) {
        return Err(win32::NOT_SUPPORTED);
    }
    let value = call.printer_data().value(&open.name, key, name);
    value.map(|value| (value.value_type, value.data)).ok_or(win32::FILE_NOT_FOUND)
}

/// A value for a client with room for `size` bytes: type, data, bytes needed, status.
fn value_of(
    call: &Call<'_>,
    opened: &Opened,
    (key, name): (&NtString, &NtString),
    size: u32,
) -> Result<(u32, Vec<u8>, u32, u32), Fault> {
    let mut data: Vec<u8> = zeros(size)?;
    let (data_type, bytes) = match find_value(call, opened, key, name) {
        Ok(found) => found,
        Err(status) => return Ok((0, data, 0, status)),
    };
    let needed = length(&bytes);
    let Some(room) = data.get_mut(..bytes.len()) else {
        return Ok((data_type, data, needed, win32::MORE_DATA));
    };
    room.copy_from_slice(&bytes);
    Ok((data_type, data, needed, win32::SUCCESS))
}

fn length<T>(elements: &[T]) -> u32 {
    u32::try_from(size_of_val(elements)).unwrap_or(u32::MAX)
}

/// [MS-RPRN] 3.1.4.2.7 RpcGetPrinterData
pub(super) fn value(call: &Call<'_>, request: GetDataRequest) -> Result<GetDataResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let names = (&DRIVER_DATA.into(), &request.value.0);
    let (data_type, data, needed, status) = value_of(call, &opened, names, request.size)?;
    Ok(GetDataResponse { data_type, data, needed, status })
}

/// [MS-RPRN] 3.1.4.2.19 RpcGetPrinterDataEx
pub(super) fn value_ex(
    call: &Call<'_>,
    request: GetDataExRequest,
) -> Result<GetDataExResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let names = (&request.key.0, &request.value.0);
    let (data_type, data, needed, status) = value_of(call, &opened, names, request.size)?;
    Ok(GetDataExResponse { data_type, data, needed, status })
}

/// [MS-RPRN] 3.1.4.2.16 RpcEnumPrinterData: with no room at all the room is asked for that the largest would need.
pub(super) fn enumerate(call: &Call<'_>, request: EnumDataRequest) -> Result<EnumDataResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let (name, data) = (zeros::<u16>(request.name_size / 2)?, zeros::<u8>(request.data_size)?);
    let mut answer =
        EnumDataResponse { name, name_needed: 0, data_type: 0, data, data_needed: 0, status: win32::SUCCESS };
    let values = opened.printer().and_then(|open| {
        printer_named(call, &open.name)?;
        Ok(call.printer_data().values(&open.name, &DRIVER_DATA.into()))
    });
    let values = match values {
        Ok(values) => values,
        Err(status) => return Ok(EnumDataResponse { status, ..answer }),
    };
    // Without room, too: whoever first asks how much he needs comes to an end.
    let Some(value) = values.get(request.index as usize) else {
        return Ok(EnumDataResponse { status: error::NO_MORE_ITEMS, ..answer });
    };
    let name_bytes = |value: &EnumValue| length(value.name.units()).saturating_add(2);
    if request.name_size == 0 && request.data_size == 0 {
        answer.name_needed = values.iter().map(name_bytes).max().unwrap_or(0);
        answer.data_needed = values.iter().map(|value| length(&value.data)).max().unwrap_or(0);
        return Ok(answer);
    }
    (answer.name_needed, answer.data_needed) = (name_bytes(value), length(&value.data));
    answer.data_type = value.value_type;
    let units = value.name.units();
    if units.len() >= answer.name.len() || value.data.len() > answer.data.len() {
        return Ok(EnumDataResponse { status: win32::MORE_DATA, ..answer });
    }
    answer.name[..units.len()].copy_from_slice(units);
    answer.data[..value.data.len()].copy_from_slice(&value.data);
    Ok(answer)
}

/// [MS-RPRN] 3.1.4.2.20 RpcEnumPrinterDataEx
pub(super) fn enumerate_ex(
    call: &Call<'_>,
    request: EnumDataExRequest,
) -> Result<EnumDataExResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let mut data: Vec<u8> = zeros(request.size)?;
    let values = opened.printer().and_then(|open| {
        let key = checked_name(request.key.0)?;
        printer_named(call, &open.name)?;
        if call.printer_data().keys(&open.name, &key).is_some() {
            Ok(call.printer_data().values(&open.name, &key))
        } else {
            Err(win32::FILE_NOT_FOUND)
        }
    });
    let packed = match values {
        Ok(values) => Packed::of(0, values),
        Err(status) => return Ok(EnumDataExResponse { data, needed: 0, returned: 0, status }),
    };
    let (fits, needed) = (packed.fill(&mut data), packed.needed());
    let (returned, status) = if fits { (packed.count(), win32::SUCCESS) } else { (0, win32::MORE_DATA) };
    Ok(EnumDataExResponse { data, needed, returned, status })
}

/// [MS-RPRN] 3.1.4.2.21 RpcEnumPrinterKey: names with a NUL behind each and one more behind the last; two NULs where there is none.
pub(super) fn keys(call: &Call<'_>, request: EnumKeyRequest) -> Result<EnumKeyResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let mut keys: Vec<u16> = zeros(request.size / 2)?;
    let found = opened.printer().and_then(|open| {
        printer_named(call, &open.name)?;
        call.printer_data().keys(&open.name, &request.key.0).ok_or(win32::FILE_NOT_FOUND)
    });
    let names = match found {
        Ok(names) => names,
        Err(status) => return Ok(EnumKeyResponse { keys, needed: 0, status }),
    };
    let mut units: Vec<u16> = names.iter().flat_map(|name| name.units().iter().copied().chain([0])).collect();
    units.push(0);
    if names.is_empty() {
        units.push(0);
    }
    let needed = length(&units);
    let Some(room) = keys.get_mut(..units.len()) else {
        return Ok(EnumKeyResponse { keys, needed, status: win32::MORE_DATA });
    };
    room.copy_from_slice(&units);
    Ok(EnumKeyResponse { keys, needed, status: win32::SUCCESS })
}

/// The printer whose values a handle may change.
///
/// # Errors
/// ACCESS_DENIED: it may not, and nothing of the server is changed; INVALID_PARAMETER: it has no such value; INVALID_HANDLE.
fn changeable<'o>(call: &Call<'_>, opened: &'o Opened, name: Option<&NtString>) -> Result<&'o NtString, u32> {
    match &opened.object {
        Object::Server => {
            opened.demand_any(SERVER_ADMINISTER)?;
            let exists = name.is_none_or(|name| known(call, name).is_some());
            Err(if exists { win32::ACCESS_DENIED } else { win32::INVALID_PARAMETER })
        }
        Object::Job(..) => Err(error::INVALID_HANDLE),
        Object::Printer(open) => {
            opened.demand_any(ADMINISTER | MANAGE_LIMITED)?;
            let (by, printer) = printer_named(call, &open.name)?;
            // It may have been taken from who opened it.
            let access = by.access(&printer.definition.security);
            if !access.contains(lanward_server::PrintAccess::ADMINISTER) {
                return Err(win32::ACCESS_DENIED);
            }
            Ok(&open.name)
        }
    }
}

/// # Errors
/// INVALID_PARAMETER: it is empty, or longer than names are.
fn checked_name(name: NtString) -> Result<NtString, u32> {
    let length = name.units().len();
    if length == 0 || length > LONGEST { Err(win32::INVALID_PARAMETER) } else { Ok(name) }
}

fn set_value(call: &Call<'_>, opened: &Opened, key: NtString, value: EnumValue) -> Result<(), u32> {
    let printer = changeable(call, opened, Some(&value.name))?;
    if is(&value.name, CHANGE_ID) {
        return Err(win32::INVALID_PARAMETER);
    }
    let value = EnumValue { name: checked_name(value.name)?, ..value };
    call.printer_data().set(printer, checked_name(key)?, value)
}

/// [MS-RPRN] 3.1.4.2.8 RpcSetPrinterData
pub(super) fn set(call: &Call<'_>, request: SetDataRequest) -> Result<SetDataResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let SetDataRequest { value, data_type: value_type, data, size, .. } = request;
    check_length(&data, size)?;
    set_value(call, &opened, DRIVER_DATA.into(), EnumValue { name: value.0, value_type, data })?;
    Ok(SetDataResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.2.18 RpcSetPrinterDataEx
pub(super) fn set_ex(call: &Call<'_>, request: SetDataExRequest) -> Result<SetDataExResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let SetDataExRequest { key, value, data_type: value_type, data, size, .. } = request;
    check_length(&data, size)?;
    set_value(call, &opened, key.0, EnumValue { name: value.0, value_type, data })?;
    Ok(SetDataExResponse { status: win32::SUCCESS })
}

fn check_length(data: &[u8], size: u32) -> Result<(), Fault> {
    if length(data) == size { Ok(()) } else { Err(Fault::BAD_STUB_DATA) }
}

/// [MS-RPRN] 3.1.4.2.17 RpcDeletePrinterData
pub(super) fn delete(
    call: &Call<'_>,
    request: DeleteDataRequest,
) -> Result<DeleteDataResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let printer = changeable(call, &opened, Some(&request.value.0))?;
    call.printer_data().delete(printer, &DRIVER_DATA.into(), &request.value.0)?;
    Ok(DeleteDataResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.2.22 RpcDeletePrinterDataEx
pub(super) fn delete_ex(
    call: &Call<'_>,
    request: DeleteDataExRequest,
) -> Result<DeleteDataExResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let printer = changeable(call, &opened, Some(&request.value.0))?;
    call.printer_data().delete(printer, &checked_name(request.key.0)?, &request.value.0)?;
    Ok(DeleteDataExResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.2.23 RpcDeletePrinterKey
pub(super) fn delete_key(
    call: &Call<'_>,
    request: DeleteKeyRequest,
) -> Result<DeleteKeyResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let printer = changeable(call, &opened, None)?;
    call.printer_data().delete_key(printer, &checked_name(request.key.0)?)?;
    Ok(DeleteKeyResponse { status: win32::SUCCESS })
}

impl<'c> Call<'c> {
    pub(super) fn printer_data(&self) -> &'c PrinterData {
        &self.endpoint.runtime.printer_data
    }
}
