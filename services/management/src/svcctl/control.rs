use super::database::Service;
use super::error;
use super::open::{find_service, service as right};
use crate::call::Call;
use crate::win32;
use lanward_rpc::Fault;
use lanward_rpc::svcctl::{Control, ControlRequest, ServiceStatus, State, StatusResponse};
use lanward_server::Server;

/// [MS-SCMR] 3.1.4.2 RControlService.
pub(super) fn control_service(call: &Call<'_>, request: &ControlRequest) -> Result<StatusResponse, Fault> {
    let open = find_service(call, &request.service)?;
    let server = &call.caller.server;
    let refused = |status| StatusResponse { service_status: ServiceStatus::default(), status };
    let Some(needed) = right_for(request.control) else {
        return Ok(refused(win32::INVALID_PARAMETER));
    };
    if open.rights & needed == 0 {
        return Ok(refused(win32::ACCESS_DENIED));
    }
    let status = control(server, open.service, request.control);
    if status == win32::SUCCESS && request.control != Control::INTERROGATE {
        let user = &call.caller.user.name;
        tracing::info!(%user, peer = %call.caller.peer, control = request.control.0, "Controlled the service");
    }
    // In every case that is left the answer has the status.
    Ok(StatusResponse { service_status: open.service.status(server), status })
}

/// The right a control needs; `None` for one that is not defined.
const fn right_for(control: Control) -> Option<u32> {
    Some(match control.0 {
        1 => right::STOP,
        2 | 3 | 6..=10 => right::PAUSE_CONTINUE,
        4 => right::INTERROGATE,
        128..=255 => right::USER_DEFINED,
        _ => return None,
    })
}

fn control(server: &Server, service: Service, control: Control) -> u32 {
    let status = service.status(server);
    let accepts = |bit| status.controls_accepted & bit != 0;
    match (status.state, control) {
        (State::STOPPED, _) => error::NOT_ACTIVE,
        (_, Control::INTERROGATE) => win32::SUCCESS,
        (State::STOP_PENDING, _) => error::CANNOT_ACCEPT_CONTROL,
        (_, Control::STOP) if accepts(ServiceStatus::ACCEPT_STOP) => {
            server.ask_to_stop();
            win32::SUCCESS
        }
        (_, Control::PAUSE) if accepts(ServiceStatus::ACCEPT_PAUSE_CONTINUE) => {
            server.pause();
            win32::SUCCESS
        }
        (_, Control::CONTINUE) if accepts(ServiceStatus::ACCEPT_PAUSE_CONTINUE) => {
            server.resume();
            win32::SUCCESS
        }
        _ => error::INVALID_SERVICE_CONTROL,
    }
}
