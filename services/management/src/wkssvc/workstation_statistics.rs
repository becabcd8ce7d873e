use crate::win32;
use lanward_rpc::wkssvc::{
    WorkstationStatistics, WorkstationStatisticsRequest, WorkstationStatisticsResponse,
};
use lanward_server::{Act, Caller};

/// [MS-WKST] 3.2.4.11 NetrWorkstationStatisticsGet: those of a redirector that did nothing. "If a member value does not apply to the server, it
/// MUST be set to zero."
pub(super) fn workstation_statistics(
    caller: &Caller,
    request: &WorkstationStatisticsRequest,
) -> WorkstationStatisticsResponse {
    let status = if caller.may(Act::QueryPolicy).is_err() {
        win32::ACCESS_DENIED
    } else if request.level != 0 {
        win32::INVALID_LEVEL
    } else if request.options != 0 {
        win32::INVALID_PARAMETER
    } else {
        win32::SUCCESS
    };
    let start = caller.server.started().0;
    let statistics = || WorkstationStatistics { start, ..WorkstationStatistics::default() };
    WorkstationStatisticsResponse { statistics: (status == win32::SUCCESS).then(statistics), status }
}
