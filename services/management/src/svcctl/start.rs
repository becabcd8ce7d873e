use super::error;
use super::open::{find_service, service as right};
use crate::call::Call;
use crate::win32;
use lanward_rpc::Fault;
use lanward_rpc::svcctl::{StartRequest, State};

/// [MS-SCMR] 3.1.4.19 RStartServiceW. What can be started runs already, and what does not run is not there to be started.
pub(super) fn start_service(call: &Call<'_>, request: &StartRequest) -> Result<u32, Fault> {
    let open = find_service(call, &request.service)?;
    if open.rights & right::START == 0 {
        return Ok(win32::ACCESS_DENIED);
    }
    let given = request.arguments.iter().flatten().flatten().count();
    if request.arguments.is_some() && given < request.count as usize {
        return Ok(win32::INVALID_PARAMETER);
    }
    if call.administration.services.kept().lock.is_some() {
        return Ok(error::DATABASE_LOCKED);
    }
    match open.service.status(&call.caller.server).state {
        State::STOPPED => Ok(error::SERVICE_DISABLED),
        _ => Ok(error::ALREADY_RUNNING),
    }
}
