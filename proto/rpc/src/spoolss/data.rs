//! Configuration data of printers and servers, by names ([MS-RPRN] 3.1.4.1.2).

use crate::ndr::operation;
use crate::{ContextHandle, WideString};

operation! {
    /// [MS-RPRN] 3.1.4.2.7 RpcGetPrinterData
    26 GetDataRequest { handle: ContextHandle, value: WideString, size: u32, }
    => GetDataResponse { data_type: u32, data: Vec<u8>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.8 RpcSetPrinterData
    27 SetDataRequest { handle: ContextHandle, value: WideString, data_type: u32, data: Vec<u8>, size: u32, }
    => SetDataResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.16 RpcEnumPrinterData
    72 EnumDataRequest { handle: ContextHandle, index: u32, name_size: u32, data_size: u32, }
    => EnumDataResponse { name: Vec<u16>, name_needed: u32, data_type: u32, data: Vec<u8>, data_needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.17 RpcDeletePrinterData
    73 DeleteDataRequest { handle: ContextHandle, value: WideString, } => DeleteDataResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.18 RpcSetPrinterDataEx
    77 SetDataExRequest {
        handle: ContextHandle,
        key: WideString,
        value: WideString,
        data_type: u32,
        data: Vec<u8>,
        size: u32,
    } => SetDataExResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.19 RpcGetPrinterDataEx
    78 GetDataExRequest { handle: ContextHandle, key: WideString, value: WideString, size: u32, }
    => GetDataExResponse { data_type: u32, data: Vec<u8>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.20 RpcEnumPrinterDataEx
    79 EnumDataExRequest { handle: ContextHandle, key: WideString, size: u32, }
    => EnumDataExResponse { data: Vec<u8>, needed: u32, returned: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.21 RpcEnumPrinterKey
    80 EnumKeyRequest { handle: ContextHandle, key: WideString, size: u32, }
    => EnumKeyResponse { keys: Vec<u16>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.22 RpcDeletePrinterDataEx
    81 DeleteDataExRequest { handle: ContextHandle, key: WideString, value: WideString, } => DeleteDataExResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.23 RpcDeletePrinterKey
    82 DeleteKeyRequest { handle: ContextHandle, key: WideString, } => DeleteKeyResponse { } u32
}
