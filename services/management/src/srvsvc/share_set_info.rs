use super::share_add::{Refusal, changeable, descriptor, max_uses, parameter, remark, settable};
use super::share_view::{flags, share_flags, visible_share};
use super::store::{store_error, tell};
use crate::Administration;
use crate::win32;
use lanward_rpc::srvsvc::{ParameterErrorResponse, ShareFields, ShareSetInfoRequest, ShareType};
use lanward_server::{Act, Caller, Share, ShareCaching, ShareChange};

/// Flags that can be set. The others say what the server does not do, or what the configuration alone decides: they must stay as they are.
const SETTABLE: u32 =
    ShareCaching::MASK | flags::ACCESS_BASED_DIRECTORY_ENUM | flags::ENCRYPT_DATA | flags::COMPRESS_DATA;

/// Flags that tell of the share and are not asked for: they are ignored when they come back.
const TOLD: u32 = flags::DFS | flags::DFS_ROOT | flags::ENABLE_CA;

/// [MS-SRVS] 3.1.4.11 NetrShareSetInfo. A descriptor that is left out stays as it is, so that nobody opens a share by not knowing its
/// descriptor.
pub(crate) async fn share_set_info(
    caller: &Caller,
    administration: &Administration,
    request: &ShareSetInfoRequest,
) -> ParameterErrorResponse {
    Refusal::answer(set(caller, administration, request).await, request.parameter_error)
}

async fn set(
    caller: &Caller,
    administration: &Administration,
    request: &ShareSetInfoRequest,
) -> Result<(), Refusal> {
    if caller.may(Act::Administer).is_err() {
        return Err(Refusal::Error(win32::ACCESS_DENIED));
    }
    if request.name.units().is_empty() {
        return Err(Refusal::Error(win32::INVALID_PARAMETER));
    }
    let fields = settable(request.level).ok_or(Refusal::Error(win32::INVALID_LEVEL))?;
    let info = request.share.as_ref().ok_or(Refusal::Error(win32::INVALID_PARAMETER))?;
    let share = visible_share(caller, &request.name).ok_or(Refusal::Error(win32::NET_NAME_NOT_FOUND))?;
    let mut change = ShareChange::default();
    if fields.contains(ShareFields::REMARK) {
        change.comment = Some(remark(info)?);
    }
    if fields.contains(ShareFields::MAX_USES) {
        change.max_uses = Some(max_uses(info.max_uses));
    }
    if fields.contains(ShareFields::SECURITY) {
        change.security = descriptor(info)?;
        if info.share_type.contains(ShareType::SPECIAL) && change.security.is_some() {
            return Err(Refusal::Parameter(parameter::FILE_SD));
        }
    }
    // That of level 501 cannot be set.
    if fields == ShareFields::FLAGS {
        change_flags(&share, info.flags, &mut change)?;
    }
    if !changeable(&share) {
        return Err(Refusal::Error(win32::INVALID_PARAMETER));
    }
    administration.shares.change(&caller.server, &share.name, change).await.map_err(store_error)?;
    tell(caller, "share changed", &share.name);
    Ok(())
}

/// [MS-SRVS] 2.2.4.29
fn change_flags(share: &Share, wanted: u32, change: &mut ShareChange) -> Result<(), Refusal> {
    let turned_on = wanted & !share_flags(share);
    if turned_on & !(SETTABLE | TOLD) != 0 {
        return Err(Refusal::Error(win32::NOT_SUPPORTED));
    }
    change.caching = Some(ShareCaching::from_bits(wanted));
    change.hide_unreadable = Some(wanted & flags::ACCESS_BASED_DIRECTORY_ENUM != 0);
    change.encrypt = Some(wanted & flags::ENCRYPT_DATA != 0);
    change.compress = Some(wanted & flags::COMPRESS_DATA != 0);
    Ok(())
}
