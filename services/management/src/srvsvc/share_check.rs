use super::local_path::windows_path;
use super::share_view::{share_type, visible_shares};
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::srvsvc::{ShareCheckRequest, ShareCheckResponse, ShareType};
use lanward_server::{Act, Caller, Share};

/// [MS-SRVS] 3.1.4.16 NetrShareCheck: whether something of this machine is shared, and as what. Where shares are is told to nobody whom lists of
/// them are not shown.
pub(crate) fn share_check(caller: &Caller, request: &ShareCheckRequest) -> ShareCheckResponse {
    if caller.may(Act::ListShares).is_err() {
        return ShareCheckResponse { share_type: 0, status: win32::ACCESS_DENIED };
    }
    let shared = visible_shares(caller).into_iter().find(|share| is_at(share, &request.device));
    shared.map_or(ShareCheckResponse { share_type: 0, status: win32::DEVICE_NOT_SHARED }, |share| {
        // "STYPE_SPECIAL is not returned."
        let share_type = share_type(&share).difference(ShareType::SPECIAL);
        ShareCheckResponse { share_type: share_type.bits(), status: win32::SUCCESS }
    })
}

fn is_at(share: &Share, device: &NtString) -> bool {
    let path = windows_path(&share.path);
    if path.eq_ignore_case(device) {
        return true;
    }
    // A drive alone is everything on it.
    let is_drive = matches!(device.units(), [letter, 0x3a] if u8::try_from(*letter).is_ok_and(|l| l.is_ascii_alphabetic()));
    is_drive && path.units().get(..2).is_some_and(|drive| NtString(drive.to_vec()).eq_ignore_case(device))
}
