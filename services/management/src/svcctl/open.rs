use super::database::Service;
use super::error;
use crate::access::ObjectRights;
use crate::call::Call;
use crate::win32;
use lanward_rpc::svcctl::{HandleResponse, OpenManagerRequest, OpenServiceRequest};
use lanward_rpc::{ContextHandle, Fault};
use std::sync::Arc;

/// A handle to the database.
pub(super) struct OpenManager {
    pub(super) rights: u32,
}

/// A handle to a service.
pub(super) struct OpenService {
    pub(super) service: Service,
    pub(super) rights: u32,
}

/// [MS-SCMR] 3.1.4, SC_MANAGER_*.
pub(super) mod manager {
    pub(in crate::svcctl) const CONNECT: u32 = 0x01;
    pub(in crate::svcctl) const ENUMERATE: u32 = 0x04;
    pub(in crate::svcctl) const LOCK: u32 = 0x08;
    pub(in crate::svcctl) const QUERY_LOCK: u32 = 0x10;
}

/// [MS-SCMR] 3.1.4, SERVICE_*.
pub(super) mod service {
    pub(in crate::svcctl) const QUERY_CONFIG: u32 = 0x001;
    pub(in crate::svcctl) const CHANGE_CONFIG: u32 = 0x002;
    pub(in crate::svcctl) const QUERY_STATUS: u32 = 0x004;
    pub(in crate::svcctl) const ENUMERATE_DEPENDENTS: u32 = 0x008;
    pub(in crate::svcctl) const START: u32 = 0x010;
    pub(in crate::svcctl) const STOP: u32 = 0x020;
    pub(in crate::svcctl) const PAUSE_CONTINUE: u32 = 0x040;
    pub(in crate::svcctl) const INTERROGATE: u32 = 0x080;
    pub(in crate::svcctl) const USER_DEFINED: u32 = 0x100;
}

pub(super) const MANAGER_RIGHTS: ObjectRights =
    ObjectRights { read: 0x2_0014, write: 0x2_0022, execute: 0x2_0009, all: 0xf_003f };

pub(super) const SERVICE_RIGHTS: ObjectRights =
    ObjectRights { read: 0x2_008d, write: 0x2_0002, execute: 0x2_0170, all: 0xf_01ff };

/// Longest name of a service, in characters, and its terminator (SC_MAX_NAME_LENGTH).
const MAX_NAME: usize = 257;

const fn refused(status: u32) -> HandleResponse {
    HandleResponse { handle: ContextHandle::NULL, status }
}

/// [MS-SCMR] 3.1.4.15 ROpenSCManagerW.
pub(super) fn open_manager(call: &Call<'_>, request: &OpenManagerRequest) -> Result<HandleResponse, Fault> {
    if let Some(name) = &request.database_name {
        let is = |known: &str| name.eq_ignore_case(&known.into());
        if !is("ServicesActive") {
            let failed = is("ServicesFailed");
            return Ok(refused(if failed { error::DATABASE_DOES_NOT_EXIST } else { error::INVALID_NAME }));
        }
    }
    let descriptor = call.administration.services.descriptor(None);
    // Whoever opens it connects to it, though that right need not be asked for.
    let desired = request.desired_access | manager::CONNECT;
    let Some(rights) = MANAGER_RIGHTS.open(&descriptor, &call.caller.user, desired) else {
        return Ok(refused(win32::ACCESS_DENIED));
    };
    let handle = call.handles.open(OpenManager { rights })?;
    Ok(HandleResponse { handle, status: win32::SUCCESS })
}

/// [MS-SCMR] 3.1.4.16 ROpenServiceW.
pub(super) fn open_service(call: &Call<'_>, request: &OpenServiceRequest) -> Result<HandleResponse, Fault> {
    find_manager(call, &request.manager)?;
    let units = request.name.units();
    let forbidden = |unit: &u16| "/\\, ".encode_utf16().any(|bad| bad == *unit);
    if units.is_empty() || units.len() >= MAX_NAME || units.iter().any(forbidden) {
        return Ok(refused(error::INVALID_NAME));
    }
    let Some(service) = Service::named(&request.name) else { return Ok(refused(error::DOES_NOT_EXIST)) };
    let descriptor = call.administration.services.descriptor(Some(service));
    let Some(rights) = SERVICE_RIGHTS.open(&descriptor, &call.caller.user, request.desired_access) else {
        return Ok(refused(win32::ACCESS_DENIED));
    };
    let handle = call.handles.open(OpenService { service, rights })?;
    Ok(HandleResponse { handle, status: win32::SUCCESS })
}

pub(super) fn find_manager(call: &Call<'_>, handle: &ContextHandle) -> Result<Arc<OpenManager>, Fault> {
    call.handles.find(handle)
}

pub(super) fn find_service(call: &Call<'_>, handle: &ContextHandle) -> Result<Arc<OpenService>, Fault> {
    call.handles.find(handle)
}
