//! [MS-RPRN]: a print server without printers. Its handle is opened and tells what the server is; lists are empty, a printer by any name is
//! not there, and nobody is called back.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an operation owns its arguments, whether it needs that or not"
)]

mod data;
mod information;
mod jobs;
mod open;
mod refused;

use crate::call::Call;
use crate::endpoint::Interface;
use crate::operations::view;
use lanward_rpc::spoolss::{
    self, AddJobRequest, ClosePrinterRequest, CreatePrinterIcRequest, DriverDirectoryRequest,
    EnumConnectionsRequest, EnumDataExRequest, EnumDataRequest, EnumDatatypesRequest, EnumDriversRequest,
    EnumFormsRequest, EnumJobsRequest, EnumKeyRequest, EnumMonitorsRequest, EnumPortsRequest,
    EnumPrintersRequest, EnumProcessorsRequest, GetDataExRequest, GetDataRequest, GetDriver2Request,
    GetDriverRequest, GetFormRequest, GetJobRequest, GetPrinterRequest, OpenPrinterExRequest,
    OpenPrinterRequest, ProcessorDirectoryRequest, ReadPrinterRequest, XcvDataRequest,
};
use lanward_rpc::{Fault, Operation as _};

pub(crate) const INTERFACE: Interface =
    Interface { id: spoolss::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

/// Win32 errors of this interface.
mod error {
    pub(super) const INVALID_HANDLE: u32 = 6;
    /// RPC_S_SERVER_UNAVAILABLE
    pub(super) const SERVER_UNAVAILABLE: u32 = 1722;
    pub(super) const INVALID_USER_BUFFER: u32 = 1784;
    pub(super) const UNKNOWN_PRINT_PROCESSOR: u32 = 1798;
    pub(super) const INVALID_PRINTER_NAME: u32 = 1801;
    pub(super) const INVALID_ENVIRONMENT: u32 = 1805;
    pub(super) const INVALID_FORM_NAME: u32 = 1902;
}

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        EnumPrintersRequest::NUMBER => view(call, information::printers),
        OpenPrinterRequest::NUMBER => view(call, open::open),
        GetJobRequest::NUMBER => view(call, jobs::job),
        EnumJobsRequest::NUMBER => view(call, jobs::jobs),
        GetPrinterRequest::NUMBER => view(call, information::printer),
        EnumDriversRequest::NUMBER => view(call, information::drivers),
        GetDriverRequest::NUMBER => view(call, information::driver),
        DriverDirectoryRequest::NUMBER => view(call, information::driver_directory),
        EnumProcessorsRequest::NUMBER => view(call, information::processors),
        ProcessorDirectoryRequest::NUMBER => view(call, information::processor_directory),
        ReadPrinterRequest::NUMBER => view(call, jobs::read),
        AddJobRequest::NUMBER => view(call, jobs::add),
        GetDataRequest::NUMBER => view(call, data::value),
        ClosePrinterRequest::NUMBER => view(call, open::close),
        GetFormRequest::NUMBER => view(call, information::form),
        EnumFormsRequest::NUMBER => view(call, information::forms),
        EnumPortsRequest::NUMBER => view(call, information::ports),
        EnumMonitorsRequest::NUMBER => view(call, information::monitors),
        CreatePrinterIcRequest::NUMBER => view(call, open::information_context),
        EnumDatatypesRequest::NUMBER => view(call, information::datatypes),
        GetDriver2Request::NUMBER => view(call, information::driver2),
        OpenPrinterExRequest::NUMBER => view(call, open::open_ex),
        EnumDataRequest::NUMBER => view(call, data::enumerate),
        GetDataExRequest::NUMBER => view(call, data::value_ex),
        EnumDataExRequest::NUMBER => view(call, data::enumerate_ex),
        EnumKeyRequest::NUMBER => view(call, data::keys),
        EnumConnectionsRequest::NUMBER => view(call, information::connections),
        XcvDataRequest::NUMBER => view(call, open::transceive),
        _ => refused::refuse(call),
    }
}
