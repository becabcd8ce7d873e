use super::share_view::{may_see, share_info, visible_shares};
use crate::call::encoded_length;
use crate::win32;
use lanward_rpc::srvsvc::{
    MAX_PREFERRED_LENGTH, ShareEnumRequest, ShareEnumResponse, ShareFields, ShareGetInfoResponse, ShareInfo,
};
use lanward_server::Caller;

/// Most bytes of entries in one answer, whatever the client prefers; the rest comes with the resume handle.
const MAX_LENGTH: usize = 512 * 1024;

/// [MS-SRVS] 3.1.4.8 NetrShareEnum.
pub(super) fn share_enum(caller: &Caller, request: &ShareEnumRequest) -> ShareEnumResponse {
    let level = request.level;
    let refused = |status| ShareEnumResponse {
        level,
        shares: Some(Vec::new()),
        total_entries: 0,
        resume_handle: request.resume_handle,
        status,
    };
    let Some(fields) = ShareFields::of_level(level).filter(|f| f.contains(ShareFields::NAME)) else {
        return refused(win32::INVALID_LEVEL);
    };
    if !may_see(caller, fields) {
        return refused(win32::ACCESS_DENIED);
    }
    let all = visible_shares(caller);
    // A handle behind the end enumerates nothing, successfully.
    let start = (request.resume_handle.unwrap_or(0) as usize).min(all.len());
    let left = &all[start..];
    let shares = fitting(level, request.preferred_maximum_length, left.iter().map(|share| share_info(share)));
    let status = match shares.len() {
        n if n == left.len() => win32::SUCCESS,
        0 => return refused(win32::BUFFER_TOO_SMALL),
        _ => win32::MORE_DATA,
    };
    let next = if status == win32::MORE_DATA { (start + shares.len()) as u32 } else { 0 };
    let resume_handle = request.resume_handle.map(|_| next);
    ShareEnumResponse { level, shares: Some(shares), total_entries: left.len() as u32, resume_handle, status }
}

/// As many as fit the client's preference and the server's limit.
fn fitting(level: u32, preferred: u32, shares: impl Iterator<Item = ShareInfo>) -> Vec<ShareInfo> {
    let limit =
        if preferred == MAX_PREFERRED_LENGTH { MAX_LENGTH } else { MAX_LENGTH.min(preferred as usize) };
    let mut used = 0;
    shares
        .take_while(|share| {
            let alone = ShareGetInfoResponse { level, share: Some(share.clone()), status: 0 };
            used += encoded_length(|w| alone.encode(w));
            used <= limit
        })
        .collect()
}
