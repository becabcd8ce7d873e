use super::database::Service;
use super::open::{find_manager, find_service, manager, service as right};
use crate::call::Call;
use crate::win32;
use lanward_rpc::Fault;
use lanward_rpc::svcctl::{EnumServicesRequest, EnumServicesResponse, ServiceEntry, ServiceStatus, State};

const ACTIVE: u32 = 1;
const INACTIVE: u32 = 2;

/// Drivers of all kinds, processes of both, and what clients put beside them that Windows takes: services of users and of the desktop.
const TYPES: u32 = 0x1ff;

/// [MS-SCMR] 3.1.4.14 REnumServicesStatusW, and 3.1.4.40 REnumServicesStatusExW with `processes`.
pub(super) fn enum_services_status(
    call: &Call<'_>,
    request: &EnumServicesRequest,
    processes: bool,
) -> Result<EnumServicesResponse, Fault> {
    let open = find_manager(call, &request.handle)?;
    if open.rights & manager::ENUMERATE == 0 {
        return Ok(refused(request, win32::ACCESS_DENIED));
    }
    if request.level != 0 {
        return Ok(refused(request, win32::INVALID_LEVEL));
    }
    if !is_state(request.state) || request.service_type == 0 || request.service_type & !TYPES != 0 {
        return Ok(refused(request, win32::INVALID_PARAMETER));
    }
    // No service is in a group: only the groups "none" and "any" have some.
    if request.group.as_ref().is_some_and(|group| !group.units().is_empty()) {
        return Ok(refused(request, super::error::DOES_NOT_EXIST));
    }
    let start = request.resume.unwrap_or(0) as usize;
    let entries = Service::ALL.into_iter().skip(start).map(|service| service.entry(&call.caller.server));
    let wanted = |entry: &ServiceEntry| {
        entry.status.service_type & request.service_type != 0 && matches(entry.status, request.state)
    };
    Ok(filled(request, &entries.filter(wanted).collect::<Vec<_>>(), processes))
}

/// [MS-SCMR] 3.1.4.13 REnumDependentServicesW: nothing here depends on another.
pub(super) fn enum_dependent_services(
    call: &Call<'_>,
    request: &EnumServicesRequest,
) -> Result<EnumServicesResponse, Fault> {
    let open = find_service(call, &request.handle)?;
    if open.rights & right::ENUMERATE_DEPENDENTS == 0 {
        return Ok(refused(request, win32::ACCESS_DENIED));
    }
    if !is_state(request.state) {
        return Ok(refused(request, win32::INVALID_PARAMETER));
    }
    Ok(filled(request, &[], false))
}

fn is_state(state: u32) -> bool {
    (ACTIVE..=ACTIVE | INACTIVE).contains(&state)
}

fn matches(status: ServiceStatus, wanted: u32) -> bool {
    let state = if status.state == State::STOPPED { INACTIVE } else { ACTIVE };
    wanted & state != 0
}

fn refused(request: &EnumServicesRequest, status: u32) -> EnumServicesResponse {
    let buffer = vec![0; request.buffer_size as usize];
    EnumServicesResponse { buffer, needed: 0, returned: 0, resume: request.resume, status }
}

/// All entries, or what they need.
fn filled(request: &EnumServicesRequest, entries: &[ServiceEntry], processes: bool) -> EnumServicesResponse {
    let mut buffer = ServiceEntry::list(entries, processes);
    let needed = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    if needed > request.buffer_size {
        return EnumServicesResponse { needed, ..refused(request, win32::MORE_DATA) };
    }
    buffer.resize(request.buffer_size as usize, 0);
    let returned = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let resume = request.resume.map(|_| 0);
    EnumServicesResponse { buffer, needed, returned, resume, status: win32::SUCCESS }
}
