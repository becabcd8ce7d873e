//! Jobs and documents ([MS-RPRN] 3.1.4.3, 3.1.4.9).

use crate::ContextHandle;
use crate::ndr::operation;

operation! {
    /// [MS-RPRN] 3.1.4.3.2 RpcGetJob
    3 GetJobRequest { handle: ContextHandle, job: u32, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => GetJobResponse { buffer: Option<Vec<u8>>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.3.3 RpcEnumJobs
    4 EnumJobsRequest {
        handle: ContextHandle,
        first: u32,
        count: u32,
        level: u32,
        buffer: Option<Vec<u8>>,
        size: u32,
    } => EnumJobsResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.3.4 RpcAddJob
    24 AddJobRequest { handle: ContextHandle, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => AddJobResponse { buffer: Option<Vec<u8>>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.9.6 RpcReadPrinter
    22 ReadPrinterRequest { handle: ContextHandle, size: u32, }
    => ReadPrinterResponse { data: Vec<u8>, read: u32, } u32
}
