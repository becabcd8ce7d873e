//! Plug and Play (`ntsvcs`, `plugplay`): what devices a computer has. No specification is published; clients of the registry's and services' views
//! ask it beside them.

use crate::ndr::operation;
use crate::{SyntaxId, Varying, WideString};
use lanward_nt::Guid;

/// 8d9f4e40-a03d-11ce-8f69-08003e30051b, version 1.0
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0x8d9f_4e40, 0xa03d, 0x11ce, [0x8f, 0x69, 0x08, 0x00, 0x3e, 0x30, 0x05, 0x1b]),
    major: 1,
    minor: 0,
};

/// PNP_GetVersion: no arguments; a 16-bit version and a result.
pub const GET_VERSION: u16 = 2;

operation! {
    /// PNP_ValidateDeviceInstance: whether a device is there.
    6 ValidateDeviceRequest { device: WideString, flags: u32, } => ValidateDeviceResponse { } u32
}
operation! {
    /// PNP_GetDeviceList: the devices that pass a filter, each name with a terminator, and one more behind the last.
    10 DeviceListRequest { filter: Option<WideString>, length: u32, flags: u32, }
    => DeviceListResponse { devices: Varying<u16>, length: u32, } u32
}
operation! {
    /// PNP_GetDeviceListSize: how many characters that list has.
    11 DeviceListSizeRequest { filter: Option<WideString>, flags: u32, } => DeviceListSizeResponse { length: u32, } u32
}
operation! {
    /// PNP_GetDeviceRegProp: a property of a device.
    13 DevicePropertyRequest {
        device: WideString,
        property: u32,
        data_type: u32,
        buffer_size: u32,
        needed: u32,
        flags: u32,
    } => DevicePropertyResponse { data_type: u32, data: Varying<u8>, buffer_size: u32, needed: u32, } u32
}
