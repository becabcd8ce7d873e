use super::share_view::visible_share;
use super::store::{store_status, tell};
use crate::Administration;
use crate::call::Call;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::srvsvc::{ShareDelCommitRequest, ShareDelExRequest, ShareDelRequest, ShareDelStartResponse};
use lanward_rpc::{ContextHandle, Fault, StatusResponse};
use lanward_server::{Act, Caller, Share};
use std::sync::Arc;

/// What a handle of a deletion in two phases stands for: Share.IsMarkedForDeletion.
pub(super) struct MarkedShare(NtString);

/// [MS-SRVS] 3.1.4.12 NetrShareDel: its users lose their connections to it.
pub(crate) async fn share_del(
    caller: &Caller,
    administration: &Administration,
    request: &ShareDelRequest,
) -> StatusResponse {
    delete(caller, administration, &request.name).await
}

/// [MS-SRVS] 3.1.4.47 NetrShareDelEx.
pub(super) async fn share_del_ex(call: &Call<'_>, request: &ShareDelExRequest) -> StatusResponse {
    if request.level != 503 {
        return StatusResponse { status: win32::INVALID_LEVEL };
    }
    match request.share.as_ref().and_then(|share| share.name.as_ref()) {
        Some(name) => delete(call.caller, call.administration, name).await,
        None => StatusResponse { status: win32::INVALID_PARAMETER },
    }
}

/// [MS-SRVS] 3.1.4.13 NetrShareDelSticky: the share stays until the server ends; one that is not there because its folder is gone is forgotten.
pub(super) async fn share_del_sticky(call: &Call<'_>, request: &ShareDelRequest) -> StatusResponse {
    let name = &request.name;
    if call.caller.may(Act::Administer).is_err() {
        return StatusResponse { status: win32::ACCESS_DENIED };
    }
    if name.units().is_empty() {
        return StatusResponse { status: win32::INVALID_PARAMETER };
    }
    let outcome = call.administration.shares.make_temporary(&call.caller.server, name).await;
    if outcome.is_ok() {
        tell(call.caller, "share made temporary", name);
    }
    StatusResponse { status: outcome.err().map_or(win32::SUCCESS, store_status) }
}

/// [MS-SRVS] 3.1.4.14 NetrShareDelStart.
pub(super) fn share_del_start(
    call: &Call<'_>,
    request: &ShareDelRequest,
) -> Result<ShareDelStartResponse, Fault> {
    Ok(match find(call.caller, &request.name) {
        Ok(share) => {
            let handle = call.handles.open(MarkedShare(share.name.clone()))?;
            ShareDelStartResponse { handle, status: win32::SUCCESS }
        }
        Err(status) => ShareDelStartResponse { handle: ContextHandle::NULL, status },
    })
}

/// [MS-SRVS] 3.1.4.15 NetrShareDelCommit. Whoever holds the handle was let begin.
pub(super) async fn share_del_commit(
    call: &Call<'_>,
    request: &ShareDelCommitRequest,
) -> Result<ShareDelStartResponse, Fault> {
    let marked = call.handles.close::<MarkedShare>(&request.handle)?;
    let status = match delete(call.caller, call.administration, &marked.0).await.status {
        // It went meanwhile.
        win32::NET_NAME_NOT_FOUND => win32::INVALID_PARAMETER,
        status => status,
    };
    Ok(ShareDelStartResponse { handle: ContextHandle::NULL, status })
}

async fn delete(caller: &Caller, administration: &Administration, name: &NtString) -> StatusResponse {
    let share = match find(caller, name) {
        Ok(share) => share,
        Err(status) => return StatusResponse { status },
    };
    let outcome = administration.shares.remove(&caller.server, &share.name).await;
    if outcome.is_ok() {
        tell(caller, "share removed", &share.name);
    }
    StatusResponse { status: outcome.err().map_or(win32::SUCCESS, store_status) }
}

fn find(caller: &Caller, name: &NtString) -> Result<Arc<Share>, u32> {
    if caller.may(Act::Administer).is_err() {
        return Err(win32::ACCESS_DENIED);
    }
    if name.units().is_empty() {
        return Err(win32::INVALID_PARAMETER);
    }
    visible_share(caller, name).ok_or(win32::NET_NAME_NOT_FOUND)
}
