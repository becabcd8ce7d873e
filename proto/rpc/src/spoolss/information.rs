//! Operations that return INFO structures ([MS-RPRN] 3.1.4.1.9): a buffer comes and goes back, with how much of it is used, or would be.

use crate::ndr::operation;
use crate::{ContextHandle, WideString};

operation! {
    /// [MS-RPRN] 3.1.4.2.1 RpcEnumPrinters
    0 EnumPrintersRequest { flags: u32, name: Option<WideString>, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => EnumPrintersResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.6 RpcGetPrinter
    8 GetPrinterRequest { handle: ContextHandle, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => GetPrinterResponse { buffer: Option<Vec<u8>>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.4.2 RpcEnumPrinterDrivers
    10 EnumDriversRequest {
        name: Option<WideString>,
        environment: Option<WideString>,
        level: u32,
        buffer: Option<Vec<u8>>,
        size: u32,
    } => EnumDriversResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.4.3 RpcGetPrinterDriver
    11 GetDriverRequest {
        handle: ContextHandle,
        environment: Option<WideString>,
        level: u32,
        buffer: Option<Vec<u8>>,
        size: u32,
    } => GetDriverResponse { buffer: Option<Vec<u8>>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.4.4 RpcGetPrinterDriverDirectory
    12 DriverDirectoryRequest {
        name: Option<WideString>,
        environment: Option<WideString>,
        level: u32,
        buffer: Option<Vec<u8>>,
        size: u32,
    } => DriverDirectoryResponse { buffer: Option<Vec<u8>>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.8.2 RpcEnumPrintProcessors
    15 EnumProcessorsRequest {
        name: Option<WideString>,
        environment: Option<WideString>,
        level: u32,
        buffer: Option<Vec<u8>>,
        size: u32,
    } => EnumProcessorsResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.8.3 RpcGetPrintProcessorDirectory
    16 ProcessorDirectoryRequest {
        name: Option<WideString>,
        environment: Option<WideString>,
        level: u32,
        buffer: Option<Vec<u8>>,
        size: u32,
    } => ProcessorDirectoryResponse { buffer: Option<Vec<u8>>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.6.1 RpcEnumPorts
    35 EnumPortsRequest { name: Option<WideString>, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => EnumPortsResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.7.1 RpcEnumMonitors
    36 EnumMonitorsRequest { name: Option<WideString>, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => EnumMonitorsResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.8.5 RpcEnumPrintProcessorDatatypes
    51 EnumDatatypesRequest {
        name: Option<WideString>,
        processor: Option<WideString>,
        level: u32,
        buffer: Option<Vec<u8>>,
        size: u32,
    } => EnumDatatypesResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.4.6 RpcGetPrinterDriver2
    53 GetDriver2Request {
        handle: ContextHandle,
        environment: Option<WideString>,
        level: u32,
        buffer: Option<Vec<u8>>,
        size: u32,
        client_major: u32,
        client_minor: u32,
    } => GetDriver2Response { buffer: Option<Vec<u8>>, needed: u32, server_max: u32, server_min: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.26 RpcEnumPerMachineConnections
    87 EnumConnectionsRequest { name: Option<WideString>, buffer: Option<Vec<u8>>, size: u32, }
    => EnumConnectionsResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
