//! [MS-SRVS]: the server service.

mod alias;
mod clients;
mod connections;
mod file_security;
mod files;
mod local_path;
mod name;
mod not_supported;
mod parameters;
mod path;
mod remote_tod;
mod server_disk_enum;
mod server_get_info;
mod server_set_info;
mod server_statistics;
mod sessions;
mod share_add;
mod share_check;
mod share_del;
mod share_enum;
mod share_get_info;
mod share_set_info;
mod share_view;
mod store;
mod transports;

use crate::call::Call;
use crate::endpoint::Interface;
pub(crate) use clients::is_client;
pub(crate) use connections::connection_enum;
pub(crate) use files::{file_close, file_enum, file_get_info};
use lanward_nt::FileTime;
use lanward_rpc::srvsvc::opnum as op;
use lanward_rpc::srvsvc::{NameCanonicalizeRequest, PathCanonicalizeRequest};
use lanward_rpc::{Arguments as _, Fault};
pub(crate) use local_path::windows_path;
pub(crate) use remote_tod::remote_tod;
pub(crate) use server_disk_enum::server_disk_enum;
pub(crate) use server_get_info::{PLATFORM_NT, VERSION, server_get_info};
pub(crate) use server_set_info::server_set_info;
pub(crate) use sessions::{session_del, session_enum};
pub(crate) use share_add::share_add;
pub(crate) use share_check::share_check;
pub(crate) use share_del::share_del;
pub(crate) use share_enum::share_enum;
pub(crate) use share_get_info::share_get_info;
pub(crate) use share_set_info::share_set_info;
pub(crate) use share_view::visible_shares;
use std::time::SystemTime;

pub(crate) const INTERFACE: Interface =
    Interface { id: lanward_rpc::srvsvc::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        op::SHARE_ADD..=op::SHARE_DEL_STICKY | op::SHARE_CHECK => shares(call).await,
        op::SHARE_ENUM_STICKY..=op::SHARE_DEL_COMMIT | op::SHARE_DEL_EX => shares(call).await,
        op::PATH_TYPE..=op::NAME_COMPARE => names(call),
        0..=7 | op::DFS_GET_VERSION..=op::DFS_SET_LOCAL_VOLUME_STATE => not_supported::not_supported(call),
        op::DFS_CREATE_EXIT_POINT..=op::DFS_MANAGER_REPORT_SITE_INFO => not_supported::not_supported(call),
        op::SERVER_GET_INFO..=op::REMOTE_TOD | op::SERVER_TRANSPORT_ADD_EX => server(call).await,
        op::SERVER_TRANSPORT_DEL_EX..=op::SERVER_ALIAS_DEL => server(call).await,
        op::CONNECTION_ENUM..=op::SESSION_DEL => users(call).await,
        op::GET_FILE_SECURITY => {
            let request = call.decoded()?;
            call.answer(file_security::get_file_security(call, &request).await)
        }
        op::SET_FILE_SECURITY => {
            let request = call.decoded()?;
            call.answer(file_security::set_file_security(call, &request).await)
        }
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

async fn shares(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    let (caller, administration) = (call.caller, call.administration);
    match call.operation {
        op::SHARE_ENUM => call.answer(share_enum(caller, &call.decoded()?)),
        op::SHARE_ENUM_STICKY => call.answer(share_enum::share_enum_sticky(caller, &call.decoded()?)),
        op::SHARE_GET_INFO => call.answer(share_get_info(caller, &call.decoded()?)),
        op::SHARE_CHECK => call.answer(share_check(caller, &call.decoded()?)),
        op::SHARE_ADD => call.answer(share_add(caller, administration, &call.decoded()?).await),
        op::SHARE_SET_INFO => call.answer(share_set_info(caller, administration, &call.decoded()?).await),
        op::SHARE_DEL => call.answer(share_del(caller, administration, &call.decoded()?).await),
        op::SHARE_DEL_STICKY => call.answer(share_del::share_del_sticky(call, &call.decoded()?).await),
        op::SHARE_DEL_START => call.answer(share_del::share_del_start(call, &call.decoded()?)?),
        op::SHARE_DEL_COMMIT => call.answer(share_del::share_del_commit(call, &call.decoded()?).await?),
        op::SHARE_DEL_EX => call.answer(share_del::share_del_ex(call, &call.decoded()?).await),
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

async fn users(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    let caller = call.caller;
    match call.operation {
        op::CONNECTION_ENUM => call.answer(connection_enum(caller, &call.decoded()?, now())),
        op::FILE_ENUM => call.answer(file_enum(caller, &call.decoded()?)),
        op::FILE_GET_INFO => call.answer(file_get_info(caller, &call.decoded()?)),
        op::FILE_CLOSE => call.answer(file_close(caller, &call.decoded()?).await),
        op::SESSION_ENUM => call.answer(session_enum(caller, &call.decoded()?, now())),
        op::SESSION_DEL => call.answer(session_del(caller, &call.decoded()?).await),
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

async fn server(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    let caller = call.caller;
    match call.operation {
        op::SERVER_GET_INFO => call.answer(server_get_info(caller, &call.decoded()?)),
        op::SERVER_SET_INFO => {
            call.answer(server_set_info(caller, call.administration, &call.decoded()?).await)
        }
        op::SERVER_DISK_ENUM => call.answer(server_disk_enum(caller, &call.decoded()?)),
        op::SERVER_STATISTICS_GET => {
            call.answer(server_statistics::server_statistics(caller, &call.decoded()?))
        }
        op::SERVER_TRANSPORT_ADD => call.answer(transports::transport_add(caller, &call.decoded()?)),
        op::SERVER_TRANSPORT_ENUM => call.answer(transports::transport_enum(caller, &call.decoded()?)),
        op::SERVER_TRANSPORT_DEL => call.answer(transports::transport_del(caller, &call.decoded()?)),
        op::SERVER_TRANSPORT_ADD_EX => call.answer(transports::transport_add_ex(caller, &call.decoded()?)),
        op::SERVER_TRANSPORT_DEL_EX => call.answer(transports::transport_del_ex(caller, &call.decoded()?)),
        op::REMOTE_TOD => {
            call.arguments(lanward_rpc::srvsvc::RemoteTodRequest::decode)?;
            call.answer(remote_tod())
        }
        op::SERVER_ALIAS_ADD => call.answer(alias::alias_add(caller, &call.decoded()?)),
        op::SERVER_ALIAS_ENUM => call.answer(alias::alias_enum(caller, &call.decoded()?)),
        op::SERVER_ALIAS_DEL => call.answer(alias::alias_del(caller, &call.decoded()?)),
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

fn names(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        op::PATH_TYPE => call.answer(path::path_type(&call.decoded()?)),
        op::PATH_CANONICALIZE => {
            let request: PathCanonicalizeRequest = call.decoded()?;
            // [range(0,64000)]
            if request.output_length > path::LONGEST_OUTPUT {
                return Err(Fault::BAD_STUB_DATA);
            }
            call.answer(path::path_canonicalize(&request))
        }
        op::PATH_COMPARE => call.answer(path::path_compare(&call.decoded()?)),
        op::NAME_VALIDATE => call.answer(name::name_validate(&call.decoded()?)),
        op::NAME_CANONICALIZE => {
            let request: NameCanonicalizeRequest = call.decoded()?;
            if request.output_length > path::LONGEST_OUTPUT {
                return Err(Fault::BAD_STUB_DATA);
            }
            call.answer(name::name_canonicalize(&request))
        }
        op::NAME_COMPARE => call.answer(name::name_compare(&call.decoded()?)),
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

fn now() -> FileTime {
    FileTime::from_unix_duration(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}
