//! [MS-SRVS]: the server service.

mod remote_tod;
mod server_get_info;
mod share_enum;
mod share_get_info;
mod share_view;

use crate::pipe::{RpcService, arguments, results};
use lanward_rpc::Fault;
use lanward_rpc::srvsvc::{
    INTERFACE, REMOTE_TOD, RemoteTodRequest, SERVER_GET_INFO, SHARE_ENUM, SHARE_GET_INFO,
    ServerGetInfoRequest, ShareEnumRequest, ShareGetInfoRequest,
};
pub(crate) use server_get_info::{PLATFORM_NT, VERSION};

use lanward_server::Caller;

pub(crate) const fn service() -> RpcService {
    RpcService::new(INTERFACE, "\\PIPE\\srvsvc", dispatch)
}

fn dispatch(caller: &Caller, operation: u16, stub: &[u8]) -> Result<Vec<u8>, Fault> {
    Ok(match operation {
        SHARE_ENUM => {
            let request = arguments(stub, ShareEnumRequest::decode)?;
            results(|w| share_enum::share_enum(caller, &request).encode(w))
        }
        SHARE_GET_INFO => {
            let request = arguments(stub, ShareGetInfoRequest::decode)?;
            results(|w| share_get_info::share_get_info(caller, &request).encode(w))
        }
        SERVER_GET_INFO => {
            let request = arguments(stub, ServerGetInfoRequest::decode)?;
            results(|w| server_get_info::server_get_info(caller, &request).encode(w))
        }
        REMOTE_TOD => {
            arguments(stub, RemoteTodRequest::decode)?;
            results(|w| remote_tod::remote_tod().encode(w))
        }
        _ => return Err(Fault::OP_RANGE_ERROR),
    })
}
