use lanward_nt::NtString;
use lanward_rpc::srvsvc::{ShareFields, ShareInfo, ShareType};
use lanward_server::{Act, Caller, Share};
use std::sync::Arc;

/// SHI1005_FLAGS_ENCRYPT_DATA ([MS-SRVS] 2.2.4.29).
const ENCRYPT_DATA: u32 = 0x8000;

/// A live share as the SHARE_INFO structures show it.
pub(super) fn share_info(share: &Share) -> ShareInfo {
    ShareInfo {
        name: Some(share.name.clone()),
        share_type: if share.is_ipc() { ShareType::IPC | ShareType::SPECIAL } else { ShareType::empty() },
        remark: Some(share.comment.clone()),
        permissions: 0,
        max_uses: share.max_uses.unwrap_or(u32::MAX),
        current_uses: share.current_uses(),
        path: Some(windows_path(&share.path)),
        password: Some(NtString::default()),
        server_name: Some("*".into()),
        security_descriptor: None,
        // Caching is left to the user (manual): 0.
        flags: if share.encrypt { ENCRYPT_DATA } else { 0 },
    }
}

/// The shares this caller's zone shows it, `IPC$` always among them.
pub(super) fn visible_shares(caller: &Caller) -> Vec<Arc<Share>> {
    let zone = caller.server.zone_of(caller.local, caller.peer);
    let shares = caller.server.shares().into_iter();
    shares.filter(|share| share.is_ipc() || zone.shows(&share.name)).collect()
}

/// Whether this caller may see the structures of a level: where a share is on the server is for administrators.
pub(super) fn may_see(caller: &Caller, fields: ShareFields) -> bool {
    let may_list = caller.may(Act::ListShares).is_ok();
    may_list && (caller.user.is_admin || !fields.contains(ShareFields::USE))
}

/// Tools of other systems take a path only with a drive and backslashes.
fn windows_path(path: &NtString) -> NtString {
    const SLASH: u16 = 0x2f;
    const BACKSLASH: u16 = 0x5c;
    if path.units().first() != Some(&SLASH) {
        return path.clone();
    }
    let drive = "C:".encode_utf16();
    NtString(drive.chain(path.units().iter().map(|u| if *u == SLASH { BACKSLASH } else { *u })).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_for_windows() {
        assert_eq!(windows_path(&"/srv/my data".into()), "C:\\srv\\my data".into());
        assert_eq!(windows_path(&"".into()), "".into());
        assert_eq!(windows_path(&"D:\\x/y".into()), "D:\\x/y".into());
    }
}
