use super::share_view::visible_share;
use crate::call::Call;
use crate::win32;
use lanward_fsa::{CacheRequest, CreateParams, FileOpen};
use lanward_nt::security::SecurityInformation;
use lanward_nt::{AccessMask, CreateDisposition, CreateOptions, FileAttributes, NtString, ShareAccess};
use lanward_rpc::StatusResponse;
use lanward_rpc::srvsvc::{
    AdtSecurityDescriptor, GetFileSecurityRequest, GetFileSecurityResponse, SetFileSecurityRequest,
};
use lanward_server::ShareKind;
use std::sync::Arc;

/// [MS-SRVS] 3.1.4.27 NetrpGetFileSecurity: what the caller may read of a file's descriptor.
pub(super) async fn get_file_security(
    call: &Call<'_>,
    request: &GetFileSecurityRequest,
) -> GetFileSecurityResponse {
    let info = SecurityInformation::from_bits_retain(request.information);
    let mut access = AccessMask::READ_CONTROL;
    access.set(AccessMask::ACCESS_SYSTEM_SECURITY, info.contains(SecurityInformation::SACL));
    let read = async {
        let file = open(call, request.share.as_ref(), &request.path, access).await?;
        let descriptor = file.query_security(request.information).await;
        end(&file).await;
        descriptor.map_err(win32::of_status)
    };
    match read.await {
        Ok(bytes) => GetFileSecurityResponse {
            descriptor: Some(AdtSecurityDescriptor { buffer: Some(bytes) }),
            status: win32::SUCCESS,
        },
        Err(status) => GetFileSecurityResponse { descriptor: None, status },
    }
}

/// [MS-SRVS] 3.1.4.28 NetrpSetFileSecurity.
pub(super) async fn set_file_security(call: &Call<'_>, request: &SetFileSecurityRequest) -> StatusResponse {
    let info = SecurityInformation::from_bits_retain(request.information);
    let owner = info.intersects(SecurityInformation::OWNER | SecurityInformation::GROUP);
    let mut access = AccessMask::empty();
    access.set(AccessMask::WRITE_OWNER, owner);
    access.set(AccessMask::WRITE_DAC, info.contains(SecurityInformation::DACL));
    access.set(AccessMask::ACCESS_SYSTEM_SECURITY, info.contains(SecurityInformation::SACL));
    let Some(bytes) = &request.descriptor.buffer else {
        return StatusResponse { status: win32::INVALID_PARAMETER };
    };
    if access.is_empty() {
        return StatusResponse { status: win32::INVALID_PARAMETER };
    }
    let write = async {
        let file = open(call, request.share.as_ref(), &request.path, access).await?;
        let set = file.set_security(request.information, bytes).await;
        end(&file).await;
        set.map_err(win32::of_status)
    };
    StatusResponse { status: write.await.err().unwrap_or(win32::SUCCESS) }
}

/// Opens what is behind a share as the caller, who can do no more to it than through the share.
async fn open(
    call: &Call<'_>,
    share: Option<&NtString>,
    path: &NtString,
    desired_access: AccessMask,
) -> Result<Arc<FileOpen>, u32> {
    let caller = call.caller;
    let share = share.and_then(|name| visible_share(caller, name)).ok_or(win32::NET_NAME_NOT_FOUND)?;
    let ShareKind::Disk(file_system) = &share.kind else { return Err(win32::NET_NAME_NOT_FOUND) };
    // What is there is sent to nobody in the clear, who may read its files included.
    if share.encrypt && !call.sealed {
        return Err(win32::ACCESS_DENIED);
    }
    let zone = caller.server.zone_of(caller.local, caller.peer);
    let by = share.security_context(&caller.user, zone.opens_to_nobody(&share.name));
    let by = Arc::new(by.map_err(win32::of_status)?);
    // Full paths begin with a backslash; the object store's do not.
    let start = path.units().iter().position(|u| *u != 0x5c && *u != 0x2f).unwrap_or(path.units().len());
    let path = NtString(path.units()[start..].iter().map(|u| if *u == 0x2f { 0x5c } else { *u }).collect());
    let create = CreateParams {
        path: &path,
        desired_access,
        share_access: ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE,
        disposition: CreateDisposition::Open,
        options: CreateOptions::empty(),
        attributes: FileAttributes::empty(),
        allocation_size: None,
        extended_attributes: Vec::new(),
        posix: None,
        security_descriptor: None,
        cache: CacheRequest::None,
        waits: None,
    };
    file_system.create(create, &by).await.map(|created| created.open).map_err(win32::of_status)
}

async fn end(file: &FileOpen) {
    if let Err(status) = file.close(false).await {
        tracing::debug!(%status, "closing after its descriptor");
    }
}
