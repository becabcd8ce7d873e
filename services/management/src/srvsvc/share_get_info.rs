use super::share_view::{may_see, share_info, visible_share};
use crate::win32;
use lanward_rpc::srvsvc::{ShareFields, ShareGetInfoRequest, ShareGetInfoResponse, ShareInfo};
use lanward_server::Caller;

/// [MS-SRVS] 3.1.4.10 NetrShareGetInfo.
pub(crate) fn share_get_info(caller: &Caller, request: &ShareGetInfoRequest) -> ShareGetInfoResponse {
    let (share, status) = match find(caller, request) {
        Ok(share) => (Some(share), win32::SUCCESS),
        Err(status) => (None, status),
    };
    ShareGetInfoResponse { level: request.level, share, status }
}

fn find(caller: &Caller, request: &ShareGetInfoRequest) -> Result<ShareInfo, u32> {
    if request.name.units().is_empty() {
        return Err(win32::INVALID_PARAMETER);
    }
    // Levels 1004, 1006 and 1501 are for setting only.
    let readable = |fields: &ShareFields| fields.contains(ShareFields::NAME) || *fields == ShareFields::FLAGS;
    let fields = ShareFields::of_level(request.level).filter(readable).ok_or(win32::INVALID_LEVEL)?;
    if !may_see(caller, fields) {
        return Err(win32::ACCESS_DENIED);
    }
    let share = visible_share(caller, &request.name).ok_or(win32::NET_NAME_NOT_FOUND)?;
    Ok(share_info(&share, fields))
}
