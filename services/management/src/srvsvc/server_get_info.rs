use super::parameters::parameters;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::srvsvc::{ServerGetInfoRequest, ServerGetInfoResponse, ServerInfo, ServerType};
use lanward_server::{Act, BrowserRole, Caller};

/// PLATFORM_ID_NT, which makes clients expect what this server can do.
pub(crate) const PLATFORM_NT: u32 = 500;

/// The version of Windows whose protocols these are.
pub(crate) const VERSION: (u32, u32) = (10, 0);

/// Longest name with its terminator, in characters.
const LONGEST_NAME: usize = 1024;

/// [MS-SRVS] 3.1.4.17 NetrServerGetInfo.
pub(crate) fn server_get_info(caller: &Caller, request: &ServerGetInfoRequest) -> ServerGetInfoResponse {
    let level = request.level;
    let refused = |status| ServerGetInfoResponse { level, info: None, status };
    if request.server_name.as_ref().is_some_and(|name| name.units().len() >= LONGEST_NAME) {
        return refused(win32::INVALID_PARAMETER);
    }
    if !matches!(level, 100..=103 | 502 | 503) {
        return refused(win32::INVALID_LEVEL);
    }
    // What limits the server is for those who administer it.
    let act = if matches!(level, 100 | 101) { Act::QueryServer } else { Act::Administer };
    if caller.may(act).is_err() {
        return refused(win32::ACCESS_DENIED);
    }
    let name = name_as_asked(request.server_name.as_ref());
    let info = ServerInfo { parameters: parameters(&caller.server), ..identity(caller, name) };
    ServerGetInfoResponse { level, info: Some(info), status: win32::SUCCESS }
}

fn identity(caller: &Caller, name: Option<NtString>) -> ServerInfo {
    let identity = caller.server.identity();
    let settings = caller.server.settings();
    let comment = settings.comment.as_deref().unwrap_or(&identity.comment);
    ServerInfo {
        platform_id: PLATFORM_NT,
        name: Some(name.unwrap_or_else(|| identity.name.as_str().into())),
        version_major: VERSION.0,
        version_minor: VERSION.1,
        server_type: server_type(caller),
        comment: Some(comment.into()),
        users: settings.limits.users.unwrap_or(u32::MAX),
        disconnect: settings
            .idle_disconnect
            .map_or(u32::MAX, |t| u32::try_from(t.as_secs() / 60).unwrap_or(u32::MAX)),
        announce: 240,
        announce_delta: 3000,
        user_path: Some("C:\\".into()),
        ..ServerInfo::default()
    }
}

/// What it is, and what its browser does, if it has one.
fn server_type(caller: &Caller) -> ServerType {
    let browser = match caller.server.browse_list().role() {
        None => ServerType::empty(),
        Some(BrowserRole::Potential) => ServerType::POTENTIAL_BROWSER,
        Some(BrowserRole::Backup) => ServerType::POTENTIAL_BROWSER | ServerType::BACKUP_BROWSER,
        Some(BrowserRole::Master) => ServerType::POTENTIAL_BROWSER | ServerType::MASTER_BROWSER,
    };
    ServerType::WORKSTATION | ServerType::SERVER | ServerType::NT | ServerType::SERVER_NT | browser
}

/// The name the client gave the server, without its backslashes: 3.1.4.17 has it returned.
fn name_as_asked(name: Option<&NtString>) -> Option<NtString> {
    let units = name?.units();
    let bare = units.iter().position(|u| *u != u16::from(b'\\')).map(|start| &units[start..])?;
    Some(NtString(bare.to_vec()))
}
