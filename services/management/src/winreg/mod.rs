//! [MS-RRP]: the remote registry. It is a view of the settings in force under the names Windows has for them; nothing is changed through it.

mod hive;
mod key;
mod multiple;
mod security;
#[cfg(test)]
mod tests;
mod value;

use crate::call::Call;
use crate::endpoint::Interface;
use crate::win32;
use hive::Root;
use lanward_rpc::winreg::{
    self, CreateKeyRequest, EnumKeyRequest, EnumValueRequest, HandleResponse, KeySecurityRequest,
    MultipleRequest, OpenKeyRequest, OpenRootRequest, QueryInfoRequest, QueryValueRequest,
};
use lanward_rpc::{ContextHandle, Fault, NdrReader};
use lanward_wire::DecodeError;

pub(crate) const INTERFACE: Interface =
    Interface { id: winreg::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

/// Win32 errors of this interface.
mod error {
    pub(super) const FILE_NOT_FOUND: u32 = 2;
    pub(super) const CALL_NOT_IMPLEMENTED: u32 = 120;
    pub(super) const INSUFFICIENT_BUFFER: u32 = 122;
    pub(super) const NO_MORE_ITEMS: u32 = 259;
}

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    if let Some(root) = root(call.operation) {
        let request = call.arguments(OpenRootRequest::decode)?;
        let response = key::open_root(call, root, &request)?;
        return call.results(|w| response.encode(w));
    }
    match call.operation {
        winreg::CLOSE_KEY => {
            call.handles.close::<key::OpenKey>(&call.arguments(handle)?)?;
            let closed = HandleResponse { handle: ContextHandle::NULL, status: win32::SUCCESS };
            call.results(|w| closed.encode(w))
        }
        winreg::OPEN_KEY => {
            let request = call.arguments(OpenKeyRequest::decode)?;
            let response = key::open_key(call, &request)?;
            call.results(|w| response.encode(w))
        }
        winreg::CREATE_KEY => {
            let request = call.arguments(CreateKeyRequest::decode)?;
            let response = key::create_key(call, &request)?;
            call.results(|w| response.encode(w))
        }
        winreg::ENUM_KEY => {
            let request = call.arguments(EnumKeyRequest::decode)?;
            let response = key::enum_key(call, &request)?;
            call.results(|w| response.encode(w))
        }
        winreg::QUERY_INFO_KEY => {
            let request = call.arguments(QueryInfoRequest::decode)?;
            let response = key::query_info(call, &request)?;
            call.results(|w| response.encode(w))
        }
        winreg::ENUM_VALUE => {
            let request = call.arguments(EnumValueRequest::decode)?;
            let response = value::enum_value(call, &request)?;
            call.results(|w| response.encode_enumerated(w))
        }
        winreg::QUERY_VALUE => {
            let request = call.arguments(QueryValueRequest::decode)?;
            let response = value::query_value(call, &request)?;
            call.results(|w| response.encode(w))
        }
        winreg::QUERY_MULTIPLE_VALUES | winreg::QUERY_MULTIPLE_VALUES_2 => {
            let request = call.arguments(MultipleRequest::decode)?;
            let response = multiple::query_multiple_values(call, &request)?;
            call.results(|w| response.encode(w))
        }
        winreg::GET_KEY_SECURITY => {
            let request = call.arguments(KeySecurityRequest::decode)?;
            let response = security::key_security(call, &request)?;
            call.results(|w| response.encode(w))
        }
        winreg::GET_VERSION => {
            /// There is one key namespace, and no 32-bit one beside it ([MS-RRP] 3.1.5.24).
            const ONE_NAMESPACE: u32 = 5;
            key::find(call, &call.arguments(handle)?)?;
            call.results(|w| {
                w.u32(ONE_NAMESPACE);
                w.u32(win32::SUCCESS);
            })
        }
        // [MS-RRP] 3.1.5: not implemented; some clients take it for a request to be told of changes.
        winreg::OPNUM_14 => answer(call, error::CALL_NOT_IMPLEMENTED),
        // What is shown is in force: nothing waits to be written.
        winreg::FLUSH_KEY => answer(call, win32::SUCCESS),
        winreg::DELETE_KEY
        | winreg::DELETE_VALUE
        | winreg::LOAD_KEY
        | winreg::REPLACE_KEY
        | winreg::RESTORE_KEY
        | winreg::SAVE_KEY
        | winreg::SET_KEY_SECURITY
        | winreg::SET_VALUE
        | winreg::UNLOAD_KEY
        | winreg::SAVE_KEY_EX
        | winreg::DELETE_KEY_EX => answer(call, win32::ACCESS_DENIED),
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

/// An operation on a key that returns a status and nothing else.
fn answer(call: &Call<'_>, status: u32) -> Result<Vec<u8>, Fault> {
    key::find(call, &call.arguments(handle)?)?;
    call.results(|w| w.u32(status))
}

fn handle(r: &mut NdrReader<'_>) -> Result<ContextHandle, DecodeError> {
    r.context_handle("hKey")
}

/// The root an operation opens, if it opens one.
const fn root(operation: u16) -> Option<Root> {
    Some(match operation {
        winreg::OPEN_LOCAL_MACHINE => Root::LocalMachine,
        winreg::OPEN_USERS => Root::Users,
        winreg::OPEN_CLASSES_ROOT
        | winreg::OPEN_CURRENT_USER
        | winreg::OPEN_CURRENT_CONFIG
        | winreg::OPEN_PERFORMANCE_DATA
        | winreg::OPEN_PERFORMANCE_TEXT
        | winreg::OPEN_PERFORMANCE_NLS_TEXT => Root::Empty,
        _ => return None,
    })
}
