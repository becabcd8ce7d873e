use crate::srvsvc::{PLATFORM_NT, VERSION};
use crate::win32;
use lanward_nt::Sid;
use lanward_rpc::srvsvc::ParameterErrorResponse;
use lanward_rpc::wkssvc::{
    WorkstationGetInfoRequest, WorkstationGetInfoResponse, WorkstationInfo, WorkstationSetInfoRequest,
};
use lanward_server::{Act, Caller, Server, UserKind};
use std::collections::BTreeSet;

/// What Windows begins with ([MS-WKST] 3.2.3, notes 16, 17 and 19): seconds a connection is kept, requests under way, seconds an answer may take.
const KEEP_CONNECTION: u32 = 600;
const MAX_COMMANDS: u32 = 50;
const SESSION_TIMEOUT: u32 = 60;

/// [MS-WKST] 3.2.4.1 NetrWkstaGetInfo.
pub(super) fn workstation_get_info(
    caller: &Caller,
    request: &WorkstationGetInfoRequest,
) -> WorkstationGetInfoResponse {
    let level = request.level;
    let refused = |status| WorkstationGetInfoResponse { level, info: None, status };
    // Who is signed in, and what it is set to, is for administrators.
    let act = match level {
        100 | 101 => Act::QueryServer,
        102 | 502 => Act::Administer,
        _ => return refused(win32::INVALID_LEVEL),
    };
    if caller.may(act).is_err() {
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
        keep_connection: KEEP_CONNECTION,
        max_commands: MAX_COMMANDS,
        session_timeout: SESSION_TIMEOUT,
        dormant_file_limit: 0,
    };
    WorkstationGetInfoResponse { level, info: Some(info), status: win32::SUCCESS }
}

/// [MS-WKST] 3.2.4.2 NetrWkstaSetInfo: the settings of a redirector, which is not here. They can be set to what they are.
pub(super) fn workstation_set_info(
    caller: &Caller,
    request: &WorkstationSetInfoRequest,
) -> ParameterErrorResponse {
    let asked = request.parameter_error;
    let answer = |status, parameter_error| ParameterErrorResponse { parameter_error, status };
    if caller.may(Act::Administer).is_err() {
        return answer(win32::ACCESS_DENIED, asked);
    }
    let level = request.level;
    if !matches!(level, 502 | 1013 | 1018 | 1046) {
        return answer(win32::INVALID_LEVEL, asked);
    }
    let Some(info) = &request.info else { return answer(win32::INVALID_PARAMETER, asked) };
    let keeps = matches!(level, 502 | 1013);
    let times = matches!(level, 502 | 1018);
    if keeps && !(1..=65_535).contains(&info.keep_connection) {
        return answer(win32::INVALID_PARAMETER, asked.map(|_| 0x0d));
    }
    if times && !(60..=65_535).contains(&info.session_timeout) {
        return answer(win32::INVALID_PARAMETER, asked.map(|_| 0x12));
    }
    if level == 1046 && info.dormant_file_limit == 0 {
        return answer(win32::INVALID_PARAMETER, asked.map(|_| 0x2e));
    }
    let same = (!keeps || info.keep_connection == KEEP_CONNECTION)
        && (!times || info.session_timeout == SESSION_TIMEOUT)
        && level != 1046;
    answer(if same { win32::SUCCESS } else { win32::NOT_SUPPORTED }, asked)
}

fn users_signed_in(server: &Server) -> u32 {
    let users = server.sessions().into_iter().map(|session| session.user());
    let named: BTreeSet<Sid> = users.filter(|u| u.kind == UserKind::Named).map(|u| u.sid.clone()).collect();
    u32::try_from(named.len()).unwrap_or(u32::MAX)
}
