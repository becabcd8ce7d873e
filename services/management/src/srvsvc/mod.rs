//! [MS-SRVS]: the server service.

mod remote_tod;
mod server_get_info;
mod share_enum;
mod share_get_info;
mod share_view;

use crate::call::Call;
use crate::endpoint::Interface;
use lanward_rpc::Fault;
use lanward_rpc::srvsvc::{
    REMOTE_TOD, RemoteTodRequest, SERVER_GET_INFO, SHARE_ENUM, SHARE_GET_INFO, ServerGetInfoRequest,
    ShareEnumRequest, ShareGetInfoRequest,
};
pub(crate) use server_get_info::{PLATFORM_NT, VERSION};

pub(crate) const INTERFACE: Interface =
    Interface { id: lanward_rpc::srvsvc::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    let caller = call.caller;
    match call.operation {
        SHARE_ENUM => {
            let request = call.arguments(ShareEnumRequest::decode)?;
            call.results(|w| share_enum::share_enum(caller, &request).encode(w))
        }
        SHARE_GET_INFO => {
            let request = call.arguments(ShareGetInfoRequest::decode)?;
            call.results(|w| share_get_info::share_get_info(caller, &request).encode(w))
        }
        SERVER_GET_INFO => {
            let request = call.arguments(ServerGetInfoRequest::decode)?;
            call.results(|w| server_get_info::server_get_info(caller, &request).encode(w))
        }
        REMOTE_TOD => {
            call.arguments(RemoteTodRequest::decode)?;
            call.results(|w| remote_tod::remote_tod().encode(w))
        }
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}
