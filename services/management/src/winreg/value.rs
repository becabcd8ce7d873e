use super::error;
use super::hive::Value;
use super::key::{QUERY_VALUE, bytes, find};
use crate::call::Call;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::Fault;
use lanward_rpc::winreg::{EnumValueRequest, QueryValueRequest, ValueBuffers, ValueResponse};

/// [MS-RRP] 3.1.5.17 BaseRegQueryValue.
pub(super) fn query_value(call: &Call<'_>, request: &QueryValueRequest) -> Result<ValueResponse, Fault> {
    let (open, key) = find(call, &request.key)?;
    let buffers = request.buffers;
    if open.rights & QUERY_VALUE == 0 {
        return Ok(refused(buffers, win32::ACCESS_DENIED));
    }
    let complete = buffers.value_type && buffers.room.is_some() && buffers.length.is_some();
    let Some(name) = request.name.as_ref().filter(|_| complete) else {
        return Ok(refused(buffers, win32::INVALID_PARAMETER));
    };
    // An empty name is that of the default value, which no key has.
    let found = key.value(name).cloned();
    Ok(found.map_or_else(|| refused(buffers, error::FILE_NOT_FOUND), |value| filled(buffers, value)))
}

/// [MS-RRP] 3.1.5.11 BaseRegEnumValue.
pub(super) fn enum_value(call: &Call<'_>, request: &EnumValueRequest) -> Result<ValueResponse, Fault> {
    let (open, key) = find(call, &request.key)?;
    let buffers = request.buffers;
    if open.rights & QUERY_VALUE == 0 {
        return Ok(refused(buffers, win32::ACCESS_DENIED));
    }
    let Some(value) = key.values.into_iter().nth(request.index as usize) else {
        return Ok(refused(buffers, error::NO_MORE_ITEMS));
    };
    let name = NtString::from(value.name.as_str());
    if bytes(&name) > request.name_room.into() {
        return Ok(refused(buffers, win32::MORE_DATA));
    }
    Ok(ValueResponse { name: Some(name), ..filled(buffers, value) })
}

/// A value for a client that has room for it; otherwise how much room it needs.
fn filled(buffers: ValueBuffers, value: Value) -> ValueResponse {
    if buffers.data && buffers.room.is_none() {
        return refused(buffers, win32::INVALID_PARAMETER);
    }
    let needed = u32::try_from(value.data.len()).unwrap_or(u32::MAX);
    let fits = buffers.room.is_some_and(|room| room >= needed);
    let sent = buffers.data && fits;
    ValueResponse {
        name: None,
        value_type: buffers.value_type.then_some(value.value_type),
        data: buffers.data.then(|| if sent { value.data } else { Vec::new() }),
        size: buffers.room.map(|_| needed),
        length: buffers.length.map(|_| if sent { needed } else { 0 }),
        status: if buffers.data && !fits { win32::MORE_DATA } else { win32::SUCCESS },
    }
}

/// An answer without a value: what came goes back, and no data with it.
fn refused(buffers: ValueBuffers, status: u32) -> ValueResponse {
    ValueResponse {
        name: None,
        value_type: buffers.value_type.then_some(0),
        data: buffers.data.then(Vec::new),
        size: buffers.room.map(|_| 0),
        length: buffers.length.map(|_| 0),
        status,
    }
}
