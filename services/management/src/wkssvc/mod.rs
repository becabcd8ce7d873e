//! [MS-WKST]: the workstation service, as far as servers are asked about themselves.

use crate::call::Call;
use crate::endpoint::Interface;
use crate::srvsvc::{PLATFORM_NT, VERSION};
use crate::win32;
use lanward_nt::Sid;
use lanward_rpc::Fault;
use lanward_rpc::wkssvc::{
    WORKSTATION_GET_INFO, WorkstationGetInfoRequest, WorkstationGetInfoResponse, WorkstationInfo,
};
use lanward_server::{Caller, Server, UserKind};
use std::collections::BTreeSet;

pub(crate) const INTERFACE: Interface =
    Interface { id: lanward_rpc::wkssvc::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        WORKSTATION_GET_INFO => {
            let request = call.arguments(WorkstationGetInfoRequest::decode)?;
            call.results(|w| workstation_get_info(call.caller, request.level).encode(w))
        }
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

/// [MS-WKST] 3.2.4.1 NetrWkstaGetInfo.
fn workstation_get_info(caller: &Caller, level: u32) -> WorkstationGetInfoResponse {
    let refused = |status| WorkstationGetInfoResponse { level, info: None, status };
    if !WorkstationGetInfoResponse::has_level(level) {
        return refused(win32::INVALID_LEVEL);
    }
    // Who is signed in is for administrators.
    if level == 102 && !caller.user.is_admin {
        return refused(win32::ACCESS_DENIED);
    }
    let identity = caller.server.identity();
    let info = WorkstationInfo {
        platform_id: PLATFORM_NT,
        computer_name: Some(identity.name.as_str().into()),
        domain: Some(identity.workgroup.as_str().into()),
        version_major: VERSION.0,
        version_minor: VERSION.1,
        root: None,
        logged_on_users: if level == 102 { users_signed_in(&caller.server) } else { 0 },
    };
    WorkstationGetInfoResponse { level, info: Some(info), status: win32::SUCCESS }
}

fn users_signed_in(server: &Server) -> u32 {
    let users = server.sessions().into_iter().map(|session| session.user());
    let named: BTreeSet<Sid> = users.filter(|u| u.kind == UserKind::Named).map(|u| u.sid.clone()).collect();
    u32::try_from(named.len()).unwrap_or(u32::MAX)
}
