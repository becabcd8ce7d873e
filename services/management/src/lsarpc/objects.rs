//! What handles stand for, and what can be done with every one of them.

use super::secrets::Secret;
use crate::call::Call;
use crate::operations::{Refusal, change};
use crate::rights::{DELETE, Kind, require, to_read};
use lanward_nt::{NtStatus, Sid};
use lanward_rpc::ContextHandle;
use lanward_rpc::lsarpc::{
    CloseRequest, CloseResponse, DeleteObjectRequest, DeleteObjectResponse, DeleteRequest, DeleteResponse,
    QuerySecurityRequest, QuerySecurityResponse, SetSecurityRequest, SetSecurityResponse,
};
use std::sync::Arc;

/// An open object and the rights it was opened with.
#[derive(Debug)]
pub(super) struct Open {
    pub object: Object,
    pub granted: u32,
}

#[derive(Debug)]
pub(super) enum Object {
    Policy,
    Account(Sid),
    Secret(Arc<Secret>),
}

/// [MS-LSAD] 2.2.1.1.2
pub(super) const POLICY: Kind = Kind {
    read: 0x0002_0006,
    write: 0x0002_07f8,
    execute: 0x0002_0801,
    all: 0x000f_1fff,
    everyone: 0x0002_0801,
};
/// [MS-LSAD] 2.2.1.1.3
pub(super) const ACCOUNT: Kind = Kind {
    read: 0x0002_0001,
    write: 0x0002_000e,
    execute: 0x0002_0000,
    all: 0x000f_000f,
    everyone: 0x0002_0000,
};
/// [MS-LSAD] 2.2.1.1.4
pub(super) const SECRET: Kind =
    Kind { read: 0x0002_0002, write: 0x0002_0001, execute: 0x0002_0000, all: 0x000f_0003, everyone: 0 };

/// POLICY_VIEW_LOCAL_INFORMATION
pub(super) const VIEW_LOCAL: u32 = 0x0001;
/// POLICY_VIEW_AUDIT_INFORMATION
pub(super) const VIEW_AUDIT: u32 = 0x0002;
/// POLICY_GET_PRIVATE_INFORMATION
pub(super) const GET_PRIVATE: u32 = 0x0004;
/// POLICY_TRUST_ADMIN
pub(super) const TRUST_ADMIN: u32 = 0x0008;
/// POLICY_CREATE_ACCOUNT
pub(super) const CREATE_ACCOUNT: u32 = 0x0010;
/// POLICY_CREATE_SECRET
pub(super) const CREATE_SECRET: u32 = 0x0020;
/// POLICY_SERVER_ADMIN
pub(super) const SERVER_ADMIN: u32 = 0x0400;
/// POLICY_LOOKUP_NAMES
pub(super) const LOOKUP_NAMES: u32 = 0x0800;

impl Open {
    pub(super) const fn kind(&self) -> &'static Kind {
        match self.object {
            Object::Policy => &POLICY,
            Object::Account(_) => &ACCOUNT,
            Object::Secret(_) => &SECRET,
        }
    }
}

/// The policy behind a handle that was opened with these rights.
pub(super) fn policy(call: &Call<'_>, handle: &ContextHandle, rights: u32) -> Result<(), Refusal> {
    let open = call.handles.find::<Open>(handle)?;
    let Object::Policy = open.object else { return Err(NtStatus::INVALID_HANDLE.into()) };
    Ok(require(open.granted, rights)?)
}

/// The account behind a handle that was opened with these rights.
pub(super) fn account(call: &Call<'_>, handle: &ContextHandle, rights: u32) -> Result<Sid, Refusal> {
    let open = call.handles.find::<Open>(handle)?;
    let Object::Account(sid) = &open.object else { return Err(NtStatus::INVALID_HANDLE.into()) };
    require(open.granted, rights)?;
    Ok(sid.clone())
}

/// [MS-LSAD] 3.1.4.9.4 LsarClose
pub(super) fn close(call: &Call<'_>, request: CloseRequest) -> Result<CloseResponse, Refusal> {
    call.handles.close::<Open>(&request.handle)?;
    Ok(CloseResponse { handle: ContextHandle::NULL, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.9.1 LsarQuerySecurityObject
pub(super) fn query_security(
    call: &Call<'_>,
    request: QuerySecurityRequest,
) -> Result<QuerySecurityResponse, Refusal> {
    let open = call.handles.find::<Open>(&request.handle)?;
    require(open.granted, to_read(request.information))?;
    let descriptor = Some(open.kind().descriptor(request.information, None));
    Ok(QuerySecurityResponse { descriptor, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.9.2 LsarSetSecurityObject: what these objects allow cannot be changed.
pub(super) fn set_security(
    call: &Call<'_>,
    request: SetSecurityRequest,
) -> Result<SetSecurityResponse, Refusal> {
    call.handles.find::<Open>(&request.handle)?;
    Err(NtStatus::ACCESS_DENIED.into())
}

/// Operation 1, which is not for the wire.
pub(super) fn delete_locally(call: &Call<'_>, request: DeleteRequest) -> Result<DeleteResponse, Refusal> {
    call.handles.find::<Open>(&request.object)?;
    Err(NtStatus::NOT_SUPPORTED.into())
}

/// [MS-LSAD] 3.1.4.9.3 LsarDeleteObject
pub(super) async fn delete(
    call: &Call<'_>,
    request: DeleteObjectRequest,
) -> Result<DeleteObjectResponse, Refusal> {
    let open = call.handles.find::<Open>(&request.object)?;
    match &open.object {
        Object::Policy => return Err(NtStatus::INVALID_PARAMETER.into()),
        Object::Account(sid) => {
            require(open.granted, DELETE)?;
            let sid = sid.clone();
            change(call, "rights removed", sid.to_string(), move |draft| draft.remove_rights(&sid)).await?;
        }
        Object::Secret(secret) => {
            require(open.granted, DELETE)?;
            call.administration.secrets.remove(secret)?;
        }
    }
    call.handles.close::<Open>(&request.object)?;
    Ok(DeleteObjectResponse { object: ContextHandle::NULL, status: NtStatus::SUCCESS })
}
