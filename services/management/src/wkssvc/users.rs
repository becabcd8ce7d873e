use crate::enumeration::Wanted;
use crate::win32;
use lanward_nt::{NtString, Sid};
use lanward_rpc::Entry as _;
use lanward_rpc::wkssvc::{UserInfo, WorkstationUserEnumRequest, WorkstationUserEnumResponse};
use lanward_server::{Act, Caller, User, UserKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// [MS-WKST] 3.2.4.3 NetrWkstaUserEnum: who is signed in, once each.
pub(super) fn workstation_user_enum(
    caller: &Caller,
    request: &WorkstationUserEnumRequest,
) -> WorkstationUserEnumResponse {
    let wanted = Wanted {
        level: request.level,
        preferred_maximum_length: request.preferred_maximum_length,
        resume_handle: request.resume_handle,
    };
    if caller.may(Act::Administer).is_err() {
        return wanted.refused(win32::ACCESS_DENIED);
    }
    if !UserInfo::is_enumerable(request.level) {
        return wanted.refused(win32::INVALID_LEVEL);
    }
    let users = caller.server.sessions().into_iter().map(|session| session.user());
    let named = users.filter(|user| user.kind == UserKind::Named);
    let users: BTreeMap<Sid, Arc<User>> = named.map(|user| (user.sid.clone(), user)).collect();
    let users: Vec<_> = users.into_values().collect();
    let server = NtString::from(caller.server.identity().name.as_str());
    wanted.part(&users, |user| {
        Some(UserInfo {
            name: Some(user.name.clone()),
            domain: Some(user.domain.clone()),
            other_domains: Some(NtString::default()),
            logon_server: Some(server.clone()),
        })
    })
}
