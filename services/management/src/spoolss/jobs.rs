//! Jobs and documents: those of printers, and there are none.

use super::information::zeros;
use super::open::no_printer;
use crate::call::Call;
use crate::operations::Refusal;
use lanward_rpc::spoolss::{
    AddJobRequest, AddJobResponse, EnumJobsRequest, EnumJobsResponse, GetJobRequest, GetJobResponse,
    ReadPrinterRequest, ReadPrinterResponse,
};

/// [MS-RPRN] 3.1.4.3.2 RpcGetJob
pub(super) fn job(call: &Call<'_>, request: GetJobRequest) -> Result<GetJobResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    Ok(GetJobResponse { buffer: request.buffer, needed: 0, status })
}

/// [MS-RPRN] 3.1.4.3.3 RpcEnumJobs
pub(super) fn jobs(call: &Call<'_>, request: EnumJobsRequest) -> Result<EnumJobsResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    Ok(EnumJobsResponse { buffer: request.buffer, needed: 0, returned: 0, status })
}

/// [MS-RPRN] 3.1.4.3.4 RpcAddJob
pub(super) fn add(call: &Call<'_>, request: AddJobRequest) -> Result<AddJobResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    Ok(AddJobResponse { buffer: request.buffer, needed: 0, status })
}

/// [MS-RPRN] 3.1.4.9.6 RpcReadPrinter
pub(super) fn read(
    call: &Call<'_>,
    request: ReadPrinterRequest,
) -> Result<ReadPrinterResponse, Refusal<u32>> {
    let status = no_printer(call, &request.handle)?;
    Ok(ReadPrinterResponse { data: zeros(request.size)?, read: 0, status })
}
