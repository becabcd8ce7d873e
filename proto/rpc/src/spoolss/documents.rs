//! Documents that are printed ([MS-RPRN] 3.1.4.9).

use crate::ndr::{operation, structure, union};
use crate::{ContextHandle, WideString};

structure! {
    /// [MS-RPRN] 2.2.1.4 DOC_INFO_1
    #[derive(Default)]
    Document { name: Option<WideString>, output_file: Option<WideString>, datatype: Option<WideString>, }
}
union! {
    /// The union in [MS-RPRN] 2.2.1.2.2 DOC_INFO_CONTAINER
    DocumentLevel: u32 { 1 => Level1(Option<Document>), }
}
structure! {
    /// [MS-RPRN] 2.2.1.2.2 DOC_INFO_CONTAINER
    DocumentContainer { level: u32, document: DocumentLevel, }
}

operation! {
    /// [MS-RPRN] 3.1.4.9.1 RpcStartDocPrinter
    17 StartDocRequest { handle: ContextHandle, container: DocumentContainer, } => StartDocResponse { job: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.9.2 RpcStartPagePrinter
    18 StartPageRequest { handle: ContextHandle, } => StartPageResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.9.3 RpcWritePrinter
    19 WritePrinterRequest { handle: ContextHandle, data: Vec<u8>, size: u32, } => WritePrinterResponse { written: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.9.4 RpcEndPagePrinter
    20 EndPageRequest { handle: ContextHandle, } => EndPageResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.9.5 RpcAbortPrinter
    21 AbortPrinterRequest { handle: ContextHandle, } => AbortPrinterResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.9.6 RpcReadPrinter
    22 ReadPrinterRequest { handle: ContextHandle, size: u32, }
    => ReadPrinterResponse { data: Vec<u8>, read: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.9.7 RpcEndDocPrinter
    23 EndDocRequest { handle: ContextHandle, } => EndDocResponse { } u32
}
