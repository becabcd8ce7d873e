//! [MS-RRP]: the remote registry.

mod create_key;
mod enum_key;
mod key_security;
mod open;
mod query_info;
mod query_multiple;
mod value;

pub use create_key::{CreateKeyRequest, CreateKeyResponse};
pub use enum_key::{EnumKeyRequest, EnumKeyResponse};
pub use key_security::{KeySecurityRequest, KeySecurityResponse};
pub use open::{OpenKeyRequest, OpenRootRequest};
pub use query_info::{QueryInfoRequest, QueryInfoResponse};
pub use query_multiple::{MultipleRequest, MultipleResponse, ValueEntry};
pub use value::{EnumValueRequest, QueryValueRequest, ValueBuffers, ValueResponse};

pub use crate::svcctl::HandleResponse;

use crate::{NdrReader, NdrWriter, SyntaxId};
use lanward_nt::{Guid, NtString};
use lanward_wire::DecodeError;

/// 338cd001-2244-31f1-aaaa-900038001003, version 1.0
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0x338c_d001, 0x2244, 0x31f1, [0xaa, 0xaa, 0x90, 0x00, 0x38, 0x00, 0x10, 0x03]),
    major: 1,
    minor: 0,
};

/// OpenClassesRoot
pub const OPEN_CLASSES_ROOT: u16 = 0;
/// OpenCurrentUser
pub const OPEN_CURRENT_USER: u16 = 1;
/// OpenLocalMachine
pub const OPEN_LOCAL_MACHINE: u16 = 2;
/// OpenPerformanceData
pub const OPEN_PERFORMANCE_DATA: u16 = 3;
/// OpenUsers
pub const OPEN_USERS: u16 = 4;
/// BaseRegCloseKey
pub const CLOSE_KEY: u16 = 5;
/// BaseRegCreateKey
pub const CREATE_KEY: u16 = 6;
/// BaseRegDeleteKey
pub const DELETE_KEY: u16 = 7;
/// BaseRegDeleteValue
pub const DELETE_VALUE: u16 = 8;
/// BaseRegEnumKey
pub const ENUM_KEY: u16 = 9;
/// BaseRegEnumValue
pub const ENUM_VALUE: u16 = 10;
/// BaseRegFlushKey
pub const FLUSH_KEY: u16 = 11;
/// BaseRegGetKeySecurity
pub const GET_KEY_SECURITY: u16 = 12;
/// BaseRegLoadKey
pub const LOAD_KEY: u16 = 13;
/// Opnum14NotImplemented
pub const OPNUM_14: u16 = 14;
/// BaseRegOpenKey
pub const OPEN_KEY: u16 = 15;
/// BaseRegQueryInfoKey
pub const QUERY_INFO_KEY: u16 = 16;
/// BaseRegQueryValue
pub const QUERY_VALUE: u16 = 17;
/// BaseRegReplaceKey
pub const REPLACE_KEY: u16 = 18;
/// BaseRegRestoreKey
pub const RESTORE_KEY: u16 = 19;
/// BaseRegSaveKey
pub const SAVE_KEY: u16 = 20;
/// BaseRegSetKeySecurity
pub const SET_KEY_SECURITY: u16 = 21;
/// BaseRegSetValue
pub const SET_VALUE: u16 = 22;
/// BaseRegUnLoadKey
pub const UNLOAD_KEY: u16 = 23;
/// BaseRegGetVersion
pub const GET_VERSION: u16 = 26;
/// OpenCurrentConfig
pub const OPEN_CURRENT_CONFIG: u16 = 27;
/// BaseRegQueryMultipleValues
pub const QUERY_MULTIPLE_VALUES: u16 = 29;
/// BaseRegSaveKeyEx
pub const SAVE_KEY_EX: u16 = 31;
/// OpenPerformanceText
pub const OPEN_PERFORMANCE_TEXT: u16 = 32;
/// OpenPerformanceNlsText
pub const OPEN_PERFORMANCE_NLS_TEXT: u16 = 33;
/// BaseRegQueryMultipleValues2
pub const QUERY_MULTIPLE_VALUES_2: u16 = 34;
/// BaseRegDeleteKeyEx
pub const DELETE_KEY_EX: u16 = 35;

/// [MS-RRP] 2.2.4 RRP_UNICODE_STRING, without the terminator that is part of it.
fn name(r: &mut NdrReader<'_>, field: &'static str) -> Result<Option<NtString>, DecodeError> {
    Ok(r.whole_unicode_string(field)?.map(|mut name| {
        let end = name.0.iter().position(|unit| *unit == 0).unwrap_or(name.0.len());
        name.0.truncate(end);
        name
    }))
}

/// Appends an RRP_UNICODE_STRING, to which the terminator is added.
fn put_name(w: &mut NdrWriter<'_>, name: Option<&NtString>) {
    let terminated = name.map(|name| NtString(name.units().iter().copied().chain([0]).collect()));
    w.whole_unicode_string(terminated.as_ref());
}

/// Bytes an RRP_UNICODE_STRING has room for; what it holds is passed over.
fn room(r: &mut NdrReader<'_>, field: &'static str) -> Result<u16, DecodeError> {
    let header = r.unicode_string(field)?;
    r.unicode_string_buffer(header, field)?;
    Ok(header.maximum_length)
}

/// Appends an RRP_UNICODE_STRING that holds nothing and has room for `bytes`.
fn put_room(w: &mut NdrWriter<'_>, bytes: u16) {
    w.structure(crate::Alignment::Pointer, |w| {
        w.u16(0);
        w.u16(bytes);
        w.pointer(true);
    });
    w.count(usize::from(bytes / 2));
    w.count(0);
    w.count(0);
}
