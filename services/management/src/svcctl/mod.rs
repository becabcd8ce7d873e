//! [MS-SCMR]: the service control manager. The services are what this server is to Windows: the file server itself, and those it has not.

mod change_config;
mod control;
mod database;
mod enumerate;
mod lock;
mod names;
mod open;
mod query;
mod security;
mod start;
#[cfg(test)]
mod tests;

pub(crate) use database::Service;
pub use database::ServiceDatabase;

use crate::call::Call;
use crate::endpoint::Interface;
use crate::win32;
use lanward_rpc::svcctl::{
    self, ChangeServiceConfigRequest, ControlRequest, EnumServicesRequest, HandleResponse, LockStatusRequest,
    NameRequest, OpenManagerRequest, OpenServiceRequest, QueryConfigRequest, QueryRequest,
    SetSecurityRequest, StartRequest,
};
use lanward_rpc::{ContextHandle, Fault, NdrReader};
use lanward_wire::DecodeError;

pub(crate) const INTERFACE: Interface =
    Interface { id: svcctl::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

/// Win32 errors of this interface ([MS-SCMR] 3.1.4).
mod error {
    pub(super) const INSUFFICIENT_BUFFER: u32 = 122;
    pub(super) const INVALID_NAME: u32 = 123;
    pub(super) const INVALID_SERVICE_CONTROL: u32 = 1052;
    pub(super) const DATABASE_LOCKED: u32 = 1055;
    pub(super) const ALREADY_RUNNING: u32 = 1056;
    pub(super) const SERVICE_DISABLED: u32 = 1058;
    pub(super) const DOES_NOT_EXIST: u32 = 1060;
    pub(super) const CANNOT_ACCEPT_CONTROL: u32 = 1061;
    pub(super) const NOT_ACTIVE: u32 = 1062;
    pub(super) const DATABASE_DOES_NOT_EXIST: u32 = 1065;
    pub(super) const BOOT_ALREADY_ACCEPTED: u32 = 1076;
    pub(super) const NEVER_STARTED: u32 = 1077;
}

/// Largest buffers of the operations ([MS-SCMR] 2.2.8, 2.2.9).
const BUFFER_8K: u32 = 8 * 1024;
const BUFFER_256K: u32 = 256 * 1024;

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        svcctl::CLOSE_HANDLE => close(call),
        svcctl::OPEN_MANAGER => {
            let request = call.arguments(OpenManagerRequest::decode)?;
            let response = open::open_manager(call, &request)?;
            call.results(|w| response.encode(w))
        }
        svcctl::OPEN_SERVICE => {
            let request = call.arguments(OpenServiceRequest::decode)?;
            let response = open::open_service(call, &request)?;
            call.results(|w| response.encode(w))
        }
        svcctl::CONTROL_SERVICE => {
            let request = call.arguments(ControlRequest::decode)?;
            let response = control::control_service(call, &request)?;
            call.results(|w| response.encode(w))
        }
        svcctl::START_SERVICE => {
            let request = call.arguments(StartRequest::decode)?;
            let status = start::start_service(call, &request)?;
            call.results(|w| w.u32(status))
        }
        svcctl::ENUM_DEPENDENT_SERVICES => {
            let request = call.arguments(EnumServicesRequest::decode_dependents)?;
            let response = enumerate::enum_dependent_services(call, &request)?;
            call.results(|w| response.encode_dependents(w))
        }
        svcctl::ENUM_SERVICES_STATUS => {
            let request = call.arguments(EnumServicesRequest::decode)?;
            let response = enumerate::enum_services_status(call, &request, false)?;
            call.results(|w| response.encode(w))
        }
        svcctl::ENUM_SERVICES_STATUS_EX => {
            let request = call.arguments(EnumServicesRequest::decode_ex)?;
            let response = enumerate::enum_services_status(call, &request, true)?;
            call.results(|w| response.encode(w))
        }
        svcctl::DISPLAY_NAME | svcctl::KEY_NAME => {
            let request = call.arguments(NameRequest::decode)?;
            let response = names::other_name(call, &request, call.operation == svcctl::DISPLAY_NAME)?;
            call.results(|w| response.encode(w))
        }
        svcctl::LOCK_DATABASE
        | svcctl::UNLOCK_DATABASE
        | svcctl::QUERY_LOCK_STATUS
        | svcctl::NOTIFY_BOOT_CONFIG_STATUS => dispatch_database(call),
        _ => dispatch_query(call),
    }
}

/// What is told of a service and changed of its record.
fn dispatch_query(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        svcctl::QUERY_STATUS => {
            let service = call.arguments(handle)?;
            let response = query::query_status(call, &service)?;
            call.results(|w| response.encode(w))
        }
        svcctl::QUERY_STATUS_EX => {
            let request = call.arguments(|r| QueryRequest::decode(r, BUFFER_8K))?;
            let response = query::query_status_ex(call, &request)?;
            call.results(|w| response.encode(w))
        }
        svcctl::QUERY_CONFIG => {
            let request = call.arguments(QueryConfigRequest::decode)?;
            let response = query::query_config(call, &request)?;
            call.results(|w| response.encode(w))
        }
        svcctl::QUERY_CONFIG_2 => {
            let request = call.arguments(|r| QueryRequest::decode(r, BUFFER_8K))?;
            let response = query::query_config_2(call, &request)?;
            call.results(|w| response.encode(w))
        }
        svcctl::QUERY_OBJECT_SECURITY => {
            let request = call.arguments(|r| QueryRequest::decode(r, BUFFER_256K))?;
            let response = security::query_object_security(call, &request)?;
            call.results(|w| response.encode(w))
        }
        svcctl::SET_OBJECT_SECURITY => {
            let request = call.arguments(SetSecurityRequest::decode)?;
            let status = security::set_object_security(call, &request)?;
            call.results(|w| w.u32(status))
        }
        svcctl::CHANGE_CONFIG => {
            let request = call.arguments(ChangeServiceConfigRequest::decode)?;
            let response = change_config::change_config(call, &request)?;
            call.results(|w| response.encode(w))
        }
        // The services are what the server is: none comes and none goes.
        svcctl::DELETE_SERVICE => {
            open::find_service(call, &call.arguments(handle)?)?;
            call.results(|w| w.u32(win32::ACCESS_DENIED))
        }
        svcctl::CREATE_SERVICE => {
            open::find_manager(call, &call.arguments(handle)?)?;
            call.results(|w| {
                w.unique(None, lanward_rpc::NdrWriter::u32);
                HandleResponse { handle: ContextHandle::NULL, status: win32::ACCESS_DENIED }.encode(w);
            })
        }
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

/// What concerns the database as a whole.
fn dispatch_database(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        svcctl::LOCK_DATABASE => {
            let response = lock::lock_database(call, &call.arguments(handle)?)?;
            call.results(|w| response.encode(w))
        }
        svcctl::UNLOCK_DATABASE => {
            let response = lock::unlock_database(call, &call.arguments(handle)?)?;
            call.results(|w| response.encode(w))
        }
        svcctl::QUERY_LOCK_STATUS => {
            let request = call.arguments(LockStatusRequest::decode)?;
            let response = lock::query_lock_status(call, &request)?;
            call.results(|w| response.encode(w))
        }
        // [MS-SCMR] 3.1.4.10: what this machine was started with is in use, and nothing here restarts it.
        _ => {
            call.arguments(|r| Ok((r.string_pointer("lpMachineName")?, r.u32("BootAcceptable")?)))?;
            let status =
                if call.caller.user.is_admin { error::BOOT_ALREADY_ACCEPTED } else { win32::ACCESS_DENIED };
            call.results(|w| w.u32(status))
        }
    }
}

fn handle(r: &mut NdrReader<'_>) -> Result<ContextHandle, DecodeError> {
    r.context_handle("handle")
}

/// [MS-SCMR] 3.1.4.1 RCloseServiceHandle.
fn close(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    let handle = call.arguments(handle)?;
    if call.handles.find::<open::OpenService>(&handle).is_ok() {
        call.handles.close::<open::OpenService>(&handle)?;
    } else {
        call.handles.close::<open::OpenManager>(&handle)?;
    }
    call.results(|w| HandleResponse { handle: ContextHandle::NULL, status: win32::SUCCESS }.encode(w))
}
