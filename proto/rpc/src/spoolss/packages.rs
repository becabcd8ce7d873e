//! Print processors and packages of drivers that clients bring or ask for ([MS-RPRN] 3.1.4.4, 3.1.4.8).

use crate::WideString;
use crate::ndr::{operation, structure};
use lanward_nt::Guid;

operation! {
    /// [MS-RPRN] 3.1.4.8.1 RpcAddPrintProcessor
    14 AddProcessorRequest {
        name: Option<WideString>,
        environment: WideString,
        path: WideString,
        processor: WideString,
    } => AddProcessorResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.8.4 RpcDeletePrintProcessor
    48 DeleteProcessorRequest {
        name: Option<WideString>,
        environment: Option<WideString>,
        processor: WideString,
    } => DeleteProcessorResponse { } u32
}

structure! {
    /// [MS-RPRN] 2.2.2.13 CORE_PRINTER_DRIVER; the package's name is one of 260 characters.
    CorePrinterDriver { id: Guid, date: u64, version: u64, package: [u8; 520], }
}

impl Default for CorePrinterDriver {
    fn default() -> Self {
        Self { id: Guid::default(), date: 0, version: 0, package: [0; 520] }
    }
}

operation! {
    /// [MS-RPRN] 3.1.4.4.9 RpcGetCorePrinterDrivers; its status is an HRESULT.
    102 CoreDriversRequest {
        name: Option<WideString>,
        environment: WideString,
        size: u32,
        wanted: Vec<u16>,
        count: u32,
    } => CoreDriversResponse { drivers: Vec<CorePrinterDriver>, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.4.10 RpcGetPrinterDriverPackagePath; its status is an HRESULT.
    104 PackagePathRequest {
        name: Option<WideString>,
        environment: WideString,
        language: Option<WideString>,
        package: WideString,
        path: Option<Vec<u16>>,
        size: u32,
    } => PackagePathResponse { path: Option<Vec<u16>>, needed: u32, } u32
}
