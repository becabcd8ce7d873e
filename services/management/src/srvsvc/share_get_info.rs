use super::share_view::{may_see, share_info, visible_shares};
use crate::win32;
use lanward_rpc::srvsvc::{ShareFields, ShareGetInfoRequest, ShareGetInfoResponse, ShareInfo};
use lanward_server::Caller;

/// [MS-SRVS] 3.1.4.10 NetrShareGetInfo.
pub(super) fn share_get_info(caller: &Caller, request: &ShareGetInfoRequest) -> ShareGetInfoResponse {
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
    let fields = ShareFields::of_level(request.level).ok_or(win32::INVALID_LEVEL)?;
    if !may_see(caller, fields) {
        return Err(win32::ACCESS_DENIED);
    }
    let shares = visible_shares(caller);
    let share = shares.iter().find(|share| share.name.eq_ignore_case(&request.name));
    share.map(|share| share_info(share)).ok_or(win32::NET_NAME_NOT_FOUND)
}
