//! Operations whose numbers are there and that answer ERROR_NOT_SUPPORTED, each in its own layout: communication devices ([MS-SRVS] 3.1.4, Opnum 0
//! to 7), and DFS namespaces, which Windows has managed elsewhere since Windows Server 2003 ([MS-SRVS] 3.1.4 note 42).

use crate::call::Call;
use crate::win32;
use lanward_rpc::srvsvc::opnum::{DFS_CREATE_EXIT_POINT, DFS_GET_VERSION, DFS_MANAGER_REPORT_SITE_INFO};
use lanward_rpc::srvsvc::{
    CharDevEnumRequest, CharDevEnumResponse, CharDevGetInfoRequest, CharDevGetInfoResponse,
    DfsCreateExitPointRequest, DfsCreateExitPointResponse, DfsGetVersionResponse, DfsReportSiteInfoResponse,
    ParameterErrorResponse,
};
use lanward_rpc::{Arguments, Fault, StatusResponse};

/// Longest short prefix, in characters.
const LONGEST_SHORT_PREFIX: u32 = 32;

pub(super) fn not_supported(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    let status = win32::NOT_SUPPORTED;
    match call.operation {
        operation @ (0 | 3) => {
            let queues = operation == 3;
            let mut request = CharDevEnumRequest { queues, ..CharDevEnumRequest::default() };
            call.arguments(|r| request.walk(r))?;
            call.answer(CharDevEnumResponse { level: request.level, status })
        }
        operation @ (1 | 4) => {
            let queue = operation == 4;
            let mut request = CharDevGetInfoRequest { queue, ..CharDevGetInfoRequest::default() };
            call.arguments(|r| request.walk(r))?;
            call.answer(CharDevGetInfoResponse { level: request.level, status })
        }
        5 => call.answer(ParameterErrorResponse { parameter_error: None, status }),
        DFS_GET_VERSION => call.answer(DfsGetVersionResponse { version: 0, status }),
        DFS_CREATE_EXIT_POINT => {
            let request = call.arguments(DfsCreateExitPointRequest::decode)?;
            if request.short_prefix_length > LONGEST_SHORT_PREFIX {
                return Err(Fault::BAD_STUB_DATA);
            }
            let short_prefix = vec![0; request.short_prefix_length as usize];
            call.answer(DfsCreateExitPointResponse { short_prefix, status })
        }
        DFS_MANAGER_REPORT_SITE_INFO => call.answer(DfsReportSiteInfoResponse { status }),
        _ => call.answer(StatusResponse { status }),
    }
}
