use super::parameters::parameters;
use super::share_add::Refusal;
use super::store::{store_error, tell};
use crate::Administration;
use crate::win32;
use lanward_rpc::srvsvc::{ParameterErrorResponse, ServerInfo, ServerParameters, ServerSetInfoRequest};
use lanward_server::{Act, Caller, ServerChange};
use std::time::Duration;

/// SERVER_INFO parameter error codes ([MS-SRVS] 2.2.2.12).
mod parameter {
    pub(super) const COMMENT: u32 = 5;
    pub(super) const DISC: u32 = 10;
    pub(super) const HIDDEN: u32 = 16;
    pub(super) const ANNOUNCE: u32 = 17;
    pub(super) const ANNDELTA: u32 = 18;
    pub(super) const USERS: u32 = 107;
}

/// Longest comment, in characters (MAXCOMMENTSZ).
const LONGEST_COMMENT: usize = 256;

/// [MS-SRVS] 3.1.4.18 NetrServerSetInfo: the comment, how many users there may be, and when idle sessions end; those take effect at once and are
/// kept. What is about announcements and the machinery of SMB 1.0, which are not here, can be set to what it is.
pub(crate) async fn server_set_info(
    caller: &Caller,
    administration: &Administration,
    request: &ServerSetInfoRequest,
) -> ParameterErrorResponse {
    Refusal::answer(set(caller, administration, request).await, request.parameter_error)
}

async fn set(
    caller: &Caller,
    administration: &Administration,
    request: &ServerSetInfoRequest,
) -> Result<(), Refusal> {
    if caller.may(Act::Administer).is_err() {
        return Err(Refusal::Error(win32::ACCESS_DENIED));
    }
    let level = request.level;
    let known = matches!(level, 101 | 102 | 502 | 503 | 599 | 1005 | 1010 | 1016..=1018 | 1107)
        || ServerParameters::is_single(level);
    if !known {
        return Err(Refusal::Error(win32::INVALID_LEVEL));
    }
    let info = request.info.as_ref().ok_or(Refusal::Error(win32::INVALID_PARAMETER))?;
    let current = parameters(&caller.server);
    let differs = |parameter| info.parameters.value(parameter) != current.value(parameter);
    if ServerParameters::of_level(level).any(differs) {
        return Err(Refusal::Error(win32::NOT_SUPPORTED));
    }
    let change = change(level, info)?;
    if change == ServerChange::default() {
        return Ok(());
    }
    administration.shares.change_server(&caller.server, change).await.map_err(store_error)?;
    tell(caller, "server changed", &caller.server.identity().name.as_str().into());
    Ok(())
}

fn change(level: u32, info: &ServerInfo) -> Result<ServerChange, Refusal> {
    let mut change = ServerChange::default();
    if matches!(level, 101 | 102 | 1005) {
        let comment = info.comment.clone().unwrap_or_default();
        if comment.units().len() > LONGEST_COMMENT {
            return Err(Refusal::Parameter(parameter::COMMENT));
        }
        change.comment = Some(comment.to_string_lossy());
    }
    if matches!(level, 102 | 1107) {
        if info.users == 0 {
            return Err(Refusal::Parameter(parameter::USERS));
        }
        change.users = Some((info.users != u32::MAX).then_some(info.users));
    }
    if matches!(level, 102 | 1010) {
        if info.disconnect == 0 {
            return Err(Refusal::Parameter(parameter::DISC));
        }
        let minutes =
            (info.disconnect != u32::MAX).then(|| Duration::from_secs(60 * u64::from(info.disconnect)));
        change.idle_disconnect = Some(minutes);
    }
    announcements(level, info)?;
    Ok(change)
}

/// [MS-SRVS] 2.2.4.43: what may be said about announcements. Nobody is told of it: there is no browser service.
fn announcements(level: u32, info: &ServerInfo) -> Result<(), Refusal> {
    let bad = [
        (matches!(level, 102 | 1016) && info.hidden > 1, parameter::HIDDEN),
        (matches!(level, 102 | 1017) && !(1..=65_535).contains(&info.announce), parameter::ANNOUNCE),
        (matches!(level, 102 | 1018) && info.announce_delta > 65_535, parameter::ANNDELTA),
    ];
    match bad.iter().find(|(is, _)| *is) {
        Some((_, at)) => Err(Refusal::Parameter(*at)),
        None if (matches!(level, 102 | 1016) && info.hidden != 0)
            || (level == 1017 && info.announce != 240)
            || (level == 1018 && info.announce_delta != 3000) =>
        {
            Err(Refusal::Error(win32::NOT_SUPPORTED))
        }
        None => Ok(()),
    }
}
