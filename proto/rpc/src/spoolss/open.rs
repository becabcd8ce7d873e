//! Handles of printers and servers ([MS-RPRN] 3.1.4.2).

use crate::ndr::{operation, structure};
use crate::{ContextHandle, WideString};

structure! {
    /// [MS-RPRN] 2.2.1.2.1 DEVMODE_CONTAINER
    #[derive(Default)]
    DevmodeContainer { size: u32, devmode: Option<Vec<u8>>, }
}
structure! {
    /// [MS-RPRN] 2.2.1.11.1 SPLCLIENT_INFO_1
    #[derive(Default)]
    ClientInfo1 {
        size: u32,
        machine: Option<WideString>,
        user: Option<WideString>,
        build: u32,
        major: u32,
        minor: u32,
        architecture: u16,
    }
}
structure! {
    /// The union in [MS-RPRN] 2.2.1.2.14 SPLCLIENT_CONTAINER, of which only level 1 may be sent.
    #[derive(Default)]
    ClientInfo { level: u32, information: Option<ClientInfo1>, }
}
structure! {
    /// [MS-RPRN] 2.2.1.2.14 SPLCLIENT_CONTAINER
    #[derive(Default)]
    ClientContainer { level: u32, client: ClientInfo, }
}

operation! {
    /// [MS-RPRN] 3.1.4.2.2 RpcOpenPrinter
    1 OpenPrinterRequest {
        name: Option<WideString>,
        datatype: Option<WideString>,
        devmode: DevmodeContainer,
        access: u32,
    } => OpenPrinterResponse { handle: ContextHandle, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.14 RpcOpenPrinterEx
    69 OpenPrinterExRequest {
        name: Option<WideString>,
        datatype: Option<WideString>,
        devmode: DevmodeContainer,
        access: u32,
        client: ClientContainer,
    } => OpenPrinterExResponse { handle: ContextHandle, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.9 RpcClosePrinter
    29 ClosePrinterRequest { handle: ContextHandle, } => ClosePrinterResponse { handle: ContextHandle, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.10 RpcCreatePrinterIC
    40 CreatePrinterIcRequest { handle: ContextHandle, } => CreatePrinterIcResponse { handle: ContextHandle, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.6.5 RpcXcvData
    88 XcvDataRequest {
        handle: ContextHandle,
        name: WideString,
        input: Vec<u8>,
        input_size: u32,
        output_size: u32,
        state: u32,
    } => XcvDataResponse { output: Vec<u8>, needed: u32, state: u32, } u32
}
