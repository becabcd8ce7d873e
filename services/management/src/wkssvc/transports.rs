use crate::enumeration::Wanted;
use crate::win32;
use lanward_rpc::StatusResponse;
use lanward_rpc::srvsvc::ParameterErrorResponse;
use lanward_rpc::wkssvc::{
    WorkstationTransportAddRequest, WorkstationTransportDelRequest, WorkstationTransportEnumRequest,
    WorkstationTransportEnumResponse, WorkstationTransportInfo,
};
use lanward_server::{Act, Caller};

/// [MS-WKST] 3.2.4.4 NetrWkstaTransportEnum: the transports the machine has for SMB.
pub(super) fn workstation_transport_enum(
    caller: &Caller,
    request: &WorkstationTransportEnumRequest,
) -> WorkstationTransportEnumResponse {
    let wanted = Wanted {
        level: request.level,
        preferred_maximum_length: request.preferred_maximum_length,
        resume_handle: request.resume_handle,
    };
    if caller.may(Act::QueryPolicy).is_err() {
        return wanted.refused(win32::ACCESS_DENIED);
    }
    if request.level != 0 {
        return wanted.refused(win32::INVALID_LEVEL);
    }
    wanted.part(&caller.server.transports(), |transport| {
        Some(WorkstationTransportInfo {
            quality_of_service: 0,
            connections: transport.connections(),
            name: Some((&*transport.name()).into()),
            address: Some(transport.address().ip().to_canonical().to_string().as_str().into()),
            wide_area: 1,
        })
    })
}

/// [MS-WKST] 3.2.4.5 NetrWkstaTransportAdd, which Windows has deprecated (note 41).
pub(super) fn workstation_transport_add(
    caller: &Caller,
    request: &WorkstationTransportAddRequest,
) -> ParameterErrorResponse {
    let (mut parameter_error, transport) = (request.parameter_error, &request.transport);
    let status = if caller.may(Act::Administer).is_err() {
        win32::ACCESS_DENIED
    } else if request.level != 0 {
        win32::INVALID_LEVEL
    } else if let Some(at) = [(2, &transport.name), (3, &transport.address)].iter().find(|(_, v)| v.is_none())
    {
        parameter_error = parameter_error.map(|_| at.0);
        win32::INVALID_PARAMETER
    } else {
        win32::INVALID_FUNCTION
    };
    ParameterErrorResponse { parameter_error, status }
}

/// [MS-WKST] 3.2.4.6 NetrWkstaTransportDel, deprecated too (note 43).
pub(super) fn workstation_transport_del(
    caller: &Caller,
    request: &WorkstationTransportDelRequest,
) -> StatusResponse {
    let status = match request.force_level {
        _ if caller.may(Act::Administer).is_err() => win32::ACCESS_DENIED,
        0..=2 => win32::INVALID_FUNCTION,
        _ => win32::INVALID_PARAMETER,
    };
    StatusResponse { status }
}
