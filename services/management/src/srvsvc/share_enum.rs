use super::share_view::{may_see, share_info, visible_shares};
use crate::enumeration::Wanted;
use crate::win32;
use lanward_rpc::Entry as _;
use lanward_rpc::srvsvc::{ShareEnumRequest, ShareEnumResponse, ShareFields, ShareInfo};
use lanward_server::{Act, Caller, Share};

/// [MS-SRVS] 3.1.4.8 NetrShareEnum.
pub(crate) fn share_enum(caller: &Caller, request: &ShareEnumRequest) -> ShareEnumResponse {
    enumerate(caller, request, |_| true)
}

/// [MS-SRVS] 3.1.4.9 NetrShareEnumSticky: the shares that come back when the server does.
pub(super) fn share_enum_sticky(caller: &Caller, request: &ShareEnumRequest) -> ShareEnumResponse {
    if request.level == 501 {
        return wanted(request).refused(win32::INVALID_LEVEL);
    }
    enumerate(caller, request, Share::is_persistent)
}

fn enumerate(caller: &Caller, request: &ShareEnumRequest, shown: fn(&Share) -> bool) -> ShareEnumResponse {
    let wanted = wanted(request);
    let fields = ShareFields::of_level(request.level).filter(|_| ShareInfo::is_enumerable(request.level));
    let Some(fields) = fields else { return wanted.refused(win32::INVALID_LEVEL) };
    // A list with the flags of all shares is for administrators, though each share's flags are not.
    let with_flags = fields.contains(ShareFields::FLAGS) && caller.may(Act::Administer).is_err();
    if with_flags || !may_see(caller, fields) {
        return wanted.refused(win32::ACCESS_DENIED);
    }
    wanted.part(&visible_shares(caller), |share| shown(share).then(|| share_info(share, fields)))
}

const fn wanted(request: &ShareEnumRequest) -> Wanted {
    Wanted {
        level: request.level,
        preferred_maximum_length: request.preferred_maximum_length,
        resume_handle: request.resume_handle,
    }
}
