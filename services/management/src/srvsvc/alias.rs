use crate::enumeration::Wanted;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::StatusResponse;
use lanward_rpc::srvsvc::{AliasInfo, ServerAliasEnumRequest, ServerAliasEnumResponse, ServerAliasRequest};
use lanward_server::{Act, Caller};

/// [MS-SRVS] 3.1.4.45 NetrServerAliasEnum. There are no scoped shares, and so no aliases under which some would be found.
pub(super) fn alias_enum(caller: &Caller, request: &ServerAliasEnumRequest) -> ServerAliasEnumResponse {
    let wanted = Wanted {
        level: request.level,
        preferred_maximum_length: request.preferred_maximum_length,
        resume_handle: request.resume_handle,
    };
    if caller.may(Act::Administer).is_err() {
        return wanted.refused(win32::ACCESS_DENIED);
    }
    if request.level != 0 {
        return wanted.refused(win32::INVALID_LEVEL);
    }
    wanted.part(&[], |none: &AliasInfo| Some(none.clone()))
}

/// [MS-SRVS] 3.1.4.44 NetrServerAliasAdd.
pub(super) fn alias_add(caller: &Caller, request: &ServerAliasRequest) -> StatusResponse {
    let status = check(caller, request).map_or_else(
        |status| status,
        |alias| {
            let own = NtString::from(caller.server.identity().name.as_str());
            let target = alias.target.as_ref().filter(|target| target.eq_ignore_case(&own));
            if target.is_some() { win32::NOT_SUPPORTED } else { win32::INVALID_PARAMETER }
        },
    );
    StatusResponse { status }
}

/// [MS-SRVS] 3.1.4.46 NetrServerAliasDel.
pub(super) fn alias_del(caller: &Caller, request: &ServerAliasRequest) -> StatusResponse {
    StatusResponse {
        status: check(caller, request).map_or_else(|status| status, |_| win32::NET_NAME_NOT_FOUND),
    }
}

/// An alias has a name, unless it is the default one.
fn check<'r>(caller: &Caller, request: &'r ServerAliasRequest) -> Result<&'r AliasInfo, u32> {
    if caller.may(Act::Administer).is_err() {
        return Err(win32::ACCESS_DENIED);
    }
    if request.level != 0 {
        return Err(win32::INVALID_LEVEL);
    }
    let alias = request.alias.as_ref().ok_or(win32::INVALID_PARAMETER)?;
    let named = alias.alias.as_ref().is_some_and(|name| !name.units().is_empty());
    if named == (alias.default != 0) { Err(win32::INVALID_PARAMETER) } else { Ok(alias) }
}
