use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::srvsvc::{ServerGetInfoRequest, ServerGetInfoResponse, ServerInfo, ServerType};
use lanward_server::Caller;

/// PLATFORM_ID_NT, which makes clients expect what this server can do.
pub(crate) const PLATFORM_NT: u32 = 500;

/// The version of Windows whose protocols these are.
pub(crate) const VERSION: (u32, u32) = (10, 0);

/// [MS-SRVS] 3.1.4.17 NetrServerGetInfo.
pub(super) fn server_get_info(caller: &Caller, request: &ServerGetInfoRequest) -> ServerGetInfoResponse {
    let level = request.level;
    let refused = |status| ServerGetInfoResponse { level, info: None, status };
    if !ServerGetInfoResponse::has_level(level) {
        return refused(win32::INVALID_LEVEL);
    }
    // What limits the server is for those who administer it.
    if level == 102 && !caller.user.is_admin {
        return refused(win32::ACCESS_DENIED);
    }
    let identity = caller.server.identity();
    let settings = caller.server.settings();
    let info = ServerInfo {
        platform_id: PLATFORM_NT,
        name: Some(
            name_as_asked(request.server_name.as_ref()).unwrap_or_else(|| identity.name.as_str().into()),
        ),
        version_major: VERSION.0,
        version_minor: VERSION.1,
        server_type: ServerType::WORKSTATION | ServerType::SERVER | ServerType::NT | ServerType::SERVER_NT,
        comment: Some(identity.comment.as_str().into()),
        users: settings.limits.users.unwrap_or(u32::MAX),
        disconnect: settings
            .idle_disconnect
            .map_or(u32::MAX, |t| u32::try_from(t.as_secs() / 60).unwrap_or(u32::MAX)),
        hidden: 0,
        announce: 240,
        announce_delta: 3000,
        licenses: 0,
        user_path: Some("C:\\".into()),
    };
    ServerGetInfoResponse { level, info: Some(info), status: win32::SUCCESS }
}

/// The name the client gave the server, without its backslashes: 3.1.4.17 has it returned.
fn name_as_asked(name: Option<&NtString>) -> Option<NtString> {
    let units = name?.units();
    let bare = units.iter().position(|u| *u != u16::from(b'\\')).map(|start| &units[start..])?;
    Some(NtString(bare.to_vec()))
}
