//! [MS-RPRN]: a print server over the server's printers and jobs. What comes is printed as it is, by clients' own drivers; what there is to see is
//! who may see it from the lists themselves.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an operation owns its arguments, whether it needs that or not"
)]

mod buffer;
mod builtin_forms;
mod data;
mod documents;
mod drivers;
mod environment;
mod error;
mod forms;
mod jobs;
mod name;
mod open;
mod packages;
mod places;
mod printer_data;
mod printers;
mod refused;
mod server_data;
mod set_printer;

pub(crate) use forms::Forms;
pub(crate) use printer_data::PrinterData;

use crate::call::Call;
use crate::endpoint::Interface;
use crate::operations::{perform, view};
use crate::win32;
use lanward_rpc::spoolss::{
    self, AbortPrinterRequest, AddFormRequest, AddJobRequest, AddProcessorRequest, ClosePrinterRequest,
    CoreDriversRequest, CreatePrinterIcRequest, DeleteDataExRequest, DeleteDataRequest, DeleteFormRequest,
    DeleteKeyRequest, DeleteProcessorRequest, DriverDirectoryRequest, EndDocRequest, EndPageRequest,
    EnumConnectionsRequest, EnumDataExRequest, EnumDataRequest, EnumDatatypesRequest, EnumDriversRequest,
    EnumFormsRequest, EnumJobsRequest, EnumKeyRequest, EnumMonitorsRequest, EnumPortsRequest,
    EnumPrintersRequest, EnumProcessorsRequest, GetDataExRequest, GetDataRequest, GetDriver2Request,
    GetDriverRequest, GetFormRequest, GetJobRequest, GetPrinterRequest, OpenPrinterExRequest,
    OpenPrinterRequest, PackagePathRequest, ProcessorDirectoryRequest, ReadPrinterRequest,
    ResetPrinterRequest, ScheduleJobRequest, SetDataExRequest, SetDataRequest, SetFormRequest, SetJobRequest,
    SetPrinterRequest, StartDocRequest, StartPageRequest, WritePrinterRequest, XcvDataRequest,
};
use lanward_rpc::{Fault, Operation as _};

pub(crate) const INTERFACE: Interface =
    Interface { id: spoolss::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

/// What every printer's jobs go through: their bytes reach the printer as they came.
const PRINT_PROCESSOR: &str = "winprint";

/// How bytes are read that are for the printer itself: in its own language, and as the pages that drivers of version 4 send.
const DATATYPES: [&str; 2] = ["RAW", "XPS_PASS"];

/// The version of drivers the server would have: 3, which every Windows since 2000 has.
const DRIVER_VERSION: u32 = 3;

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        EnumPrintersRequest::NUMBER => view(call, printers::printers),
        OpenPrinterRequest::NUMBER => view(call, open::open),
        SetJobRequest::NUMBER => perform(call, jobs::set).await,
        GetJobRequest::NUMBER => view(call, jobs::job),
        EnumJobsRequest::NUMBER => view(call, jobs::jobs),
        SetPrinterRequest::NUMBER => perform(call, set_printer::set).await,
        GetPrinterRequest::NUMBER => view(call, printers::printer),
        EnumDriversRequest::NUMBER => view(call, drivers::drivers),
        GetDriverRequest::NUMBER => view(call, drivers::driver),
        DriverDirectoryRequest::NUMBER => view(call, drivers::directory),
        EnumProcessorsRequest::NUMBER => view(call, places::processors),
        ProcessorDirectoryRequest::NUMBER => view(call, places::processor_directory),
        StartDocRequest::NUMBER => perform(call, documents::start).await,
        StartPageRequest::NUMBER => view(call, documents::start_page),
        WritePrinterRequest::NUMBER => perform(call, documents::write).await,
        EndPageRequest::NUMBER => view(call, documents::end_page),
        AbortPrinterRequest::NUMBER => view(call, documents::abort),
        ReadPrinterRequest::NUMBER => view(call, documents::read),
        EndDocRequest::NUMBER => perform(call, documents::end).await,
        AddJobRequest::NUMBER => view(call, jobs::add),
        ScheduleJobRequest::NUMBER => view(call, jobs::schedule),
        ClosePrinterRequest::NUMBER => perform(call, open::close).await,
        EnumPortsRequest::NUMBER => view(call, places::ports),
        EnumMonitorsRequest::NUMBER => view(call, places::monitors),
        CreatePrinterIcRequest::NUMBER => view(call, open::information_context),
        EnumDatatypesRequest::NUMBER => view(call, places::datatypes),
        ResetPrinterRequest::NUMBER => view(call, open::reset),
        GetDriver2Request::NUMBER => view(call, drivers::driver2),
        OpenPrinterExRequest::NUMBER => view(call, open::open_ex),
        EnumConnectionsRequest::NUMBER => view(call, places::connections),
        XcvDataRequest::NUMBER => view(call, open::transceive),
        _ => dispatch_data(call),
    }
}

/// Configuration data, forms, and what would be loaded.
fn dispatch_data(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        GetDataRequest::NUMBER => view(call, data::value),
        SetDataRequest::NUMBER => view(call, data::set),
        AddFormRequest::NUMBER => view(call, forms::add),
        DeleteFormRequest::NUMBER => view(call, forms::delete),
        GetFormRequest::NUMBER => view(call, forms::form),
        SetFormRequest::NUMBER => view(call, forms::set),
        EnumFormsRequest::NUMBER => view(call, forms::forms),
        EnumDataRequest::NUMBER => view(call, data::enumerate),
        DeleteDataRequest::NUMBER => view(call, data::delete),
        SetDataExRequest::NUMBER => view(call, data::set_ex),
        GetDataExRequest::NUMBER => view(call, data::value_ex),
        EnumDataExRequest::NUMBER => view(call, data::enumerate_ex),
        EnumKeyRequest::NUMBER => view(call, data::keys),
        DeleteDataExRequest::NUMBER => view(call, data::delete_ex),
        DeleteKeyRequest::NUMBER => view(call, data::delete_key),
        AddProcessorRequest::NUMBER => view(call, packages::add_processor),
        DeleteProcessorRequest::NUMBER => view(call, packages::delete_processor),
        CoreDriversRequest::NUMBER => view(call, packages::core_drivers),
        PackagePathRequest::NUMBER => view(call, packages::package_path),
        _ => refused::refuse(call),
    }
}
