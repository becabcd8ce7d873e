//! What handles stand for, and what can be done with every one of them.

use crate::call::Call;
use crate::operations::Refusal;
use crate::rights::{Kind, require, to_read};
use lanward_nt::{NtStatus, Sid};
use lanward_rpc::ContextHandle;
use lanward_rpc::samr::{
    CloseRequest, CloseResponse, QuerySecurityRequest, QuerySecurityResponse, SetSecurityRequest,
    SetSecurityResponse,
};
use lanward_server::{AliasDomain, Directory};
use std::sync::Arc;

/// An open object and the rights it was opened with.
#[derive(Debug)]
pub(super) struct Open {
    pub object: Object,
    pub granted: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Object {
    Server,
    Domain(AliasDomain),
    Group(u32),
    Alias(AliasDomain, u32),
    User(u32),
}

/// [MS-SAMR] 2.2.1.3
pub(super) const SERVER: Kind = Kind {
    read: 0x0002_0010,
    write: 0x0002_000e,
    execute: 0x0002_0021,
    all: 0x000f_003f,
    everyone: 0x0002_0031,
};
/// [MS-SAMR] 2.2.1.4
pub(super) const DOMAIN: Kind = Kind {
    read: 0x0002_0084,
    write: 0x0002_047a,
    execute: 0x0002_0301,
    all: 0x000f_07ff,
    everyone: 0x0002_0385,
};
/// [MS-SAMR] 2.2.1.5
pub(super) const GROUP: Kind = Kind {
    read: 0x0002_0010,
    write: 0x0002_000e,
    execute: 0x0002_0001,
    all: 0x000f_001f,
    everyone: 0x0002_0011,
};
/// [MS-SAMR] 2.2.1.6
pub(super) const ALIAS: Kind = Kind {
    read: 0x0002_0004,
    write: 0x0002_0013,
    execute: 0x0002_0008,
    all: 0x000f_001f,
    everyone: 0x0002_000c,
};
/// [MS-SAMR] 2.2.1.7
pub(super) const USER: Kind = Kind {
    read: 0x0002_031a,
    write: 0x0002_0044,
    execute: 0x0002_0041,
    all: 0x000f_07ff,
    everyone: 0x0002_035b,
};

/// What users may do with their own accounts: change what is for them.
const OWN: u32 = USER.write;

/// SAM_SERVER_ENUMERATE_DOMAINS
pub(super) const ENUMERATE_DOMAINS: u32 = 0x10;
/// SAM_SERVER_LOOKUP_DOMAIN
pub(super) const LOOKUP_DOMAIN: u32 = 0x20;
/// DOMAIN_READ_PASSWORD_PARAMETERS
pub(super) const READ_PASSWORD_PARAMETERS: u32 = 0x001;
/// DOMAIN_WRITE_PASSWORD_PARAMS
pub(super) const WRITE_PASSWORD_PARAMETERS: u32 = 0x002;
/// DOMAIN_READ_OTHER_PARAMETERS
pub(super) const READ_OTHER_PARAMETERS: u32 = 0x004;
/// DOMAIN_WRITE_OTHER_PARAMETERS
pub(super) const WRITE_OTHER_PARAMETERS: u32 = 0x008;
/// DOMAIN_CREATE_USER
pub(super) const CREATE_USER: u32 = 0x010;
/// DOMAIN_CREATE_GROUP
pub(super) const CREATE_GROUP: u32 = 0x020;
/// DOMAIN_CREATE_ALIAS
pub(super) const CREATE_ALIAS: u32 = 0x040;
/// DOMAIN_GET_ALIAS_MEMBERSHIP
pub(super) const GET_ALIAS_MEMBERSHIP: u32 = 0x080;
/// DOMAIN_LIST_ACCOUNTS
pub(super) const LIST_ACCOUNTS: u32 = 0x100;
/// DOMAIN_LOOKUP
pub(super) const LOOKUP: u32 = 0x200;

fn find(call: &Call<'_>, handle: &ContextHandle, rights: u32) -> Result<Object, Refusal> {
    let open = call.handles.find::<Open>(handle)?;
    require(open.granted, rights)?;
    Ok(open.object)
}

/// Opens an object that somebody may have these rights on.
pub(super) fn opened(call: &Call<'_>, object: Object, access: u32) -> Result<(ContextHandle, u32), Refusal> {
    let own = own(&directory(call), object);
    let granted = kind(object).grant(call.caller, access, own.as_ref().map(|sid| (sid, OWN)))?;
    Ok((call.handles.open(Open { object, granted })?, granted))
}

fn own(directory: &Directory, object: Object) -> Option<Sid> {
    match object {
        Object::User(rid) => Some(directory.domain().child(rid)),
        _ => None,
    }
}

const fn kind(object: Object) -> &'static Kind {
    match object {
        Object::Server => &SERVER,
        Object::Domain(_) => &DOMAIN,
        Object::Group(_) => &GROUP,
        Object::Alias(..) => &ALIAS,
        Object::User(_) => &USER,
    }
}

/// The accounts of this moment.
pub(super) fn directory(call: &Call<'_>) -> Arc<Directory> {
    call.caller.server.accounts().directory()
}

/// A handle of the server that was opened with these rights.
pub(super) fn server(call: &Call<'_>, handle: &ContextHandle, rights: u32) -> Result<(), Refusal> {
    match find(call, handle, rights)? {
        Object::Server => Ok(()),
        _ => Err(NtStatus::OBJECT_TYPE_MISMATCH.into()),
    }
}

/// The domain behind a handle that was opened with these rights.
pub(super) fn domain(call: &Call<'_>, handle: &ContextHandle, rights: u32) -> Result<AliasDomain, Refusal> {
    match find(call, handle, rights)? {
        Object::Domain(domain) => Ok(domain),
        _ => Err(NtStatus::OBJECT_TYPE_MISMATCH.into()),
    }
}

/// The user behind a handle.
pub(super) fn user(call: &Call<'_>, handle: &ContextHandle, rights: u32) -> Result<u32, Refusal> {
    match find(call, handle, rights)? {
        Object::User(rid) => Ok(rid),
        _ => Err(NtStatus::OBJECT_TYPE_MISMATCH.into()),
    }
}

/// The group behind a handle.
pub(super) fn group(call: &Call<'_>, handle: &ContextHandle, rights: u32) -> Result<u32, Refusal> {
    match find(call, handle, rights)? {
        Object::Group(rid) => Ok(rid),
        _ => Err(NtStatus::OBJECT_TYPE_MISMATCH.into()),
    }
}

/// The alias behind a handle.
pub(super) fn alias(
    call: &Call<'_>,
    handle: &ContextHandle,
    rights: u32,
) -> Result<(AliasDomain, u32), Refusal> {
    match find(call, handle, rights)? {
        Object::Alias(domain, rid) => Ok((domain, rid)),
        _ => Err(NtStatus::OBJECT_TYPE_MISMATCH.into()),
    }
}

/// Ends the handle of an object that was deleted.
pub(super) fn gone(call: &Call<'_>, handle: &ContextHandle) -> Result<ContextHandle, Refusal> {
    call.handles.close::<Open>(handle)?;
    Ok(ContextHandle::NULL)
}

/// [MS-SAMR] 3.1.5.13.1 SamrCloseHandle
pub(super) fn close(call: &Call<'_>, request: CloseRequest) -> Result<CloseResponse, Refusal> {
    Ok(CloseResponse { handle: gone(call, &request.handle)?, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.12.2 SamrQuerySecurityObject
pub(super) fn query_security(
    call: &Call<'_>,
    request: QuerySecurityRequest,
) -> Result<QuerySecurityResponse, Refusal> {
    let object = find(call, &request.handle, to_read(request.information))?;
    let own = own(&directory(call), object);
    let descriptor = kind(object).descriptor(request.information, own.as_ref().map(|sid| (sid, OWN)));
    Ok(QuerySecurityResponse { descriptor: Some(descriptor), status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.12.1 SamrSetSecurityObject: what these objects allow cannot be changed.
pub(super) fn set_security(
    call: &Call<'_>,
    request: SetSecurityRequest,
) -> Result<SetSecurityResponse, Refusal> {
    find(call, &request.handle, 0)?;
    Err(NtStatus::ACCESS_DENIED.into())
}
