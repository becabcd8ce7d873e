use super::local_path::windows_path;
use lanward_nt::NtString;
use lanward_rpc::srvsvc::{ShareFields, ShareInfo, ShareType};
use lanward_server::{Act, Caller, Share, ShareKind, ShareOrigin};
use lanward_wire::{Encode as _, Writer};
use std::sync::Arc;

/// SHI1005_FLAGS ([MS-SRVS] 2.2.4.29), beside the caching bits.
pub(super) mod flags {
    pub(in crate::srvsvc) const DFS: u32 = 0x0001;
    pub(in crate::srvsvc) const DFS_ROOT: u32 = 0x0002;
    pub(in crate::srvsvc) const ACCESS_BASED_DIRECTORY_ENUM: u32 = 0x0800;
    pub(in crate::srvsvc) const ENABLE_CA: u32 = 0x4000;
    pub(in crate::srvsvc) const ENCRYPT_DATA: u32 = 0x8000;
    pub(in crate::srvsvc) const COMPRESS_DATA: u32 = 0x0010_0000;
}

/// A live share as the SHARE_INFO structure with these members shows it.
pub(super) fn share_info(share: &Share, fields: ShareFields) -> ShareInfo {
    let mut info = ShareInfo {
        name: Some(share.name.clone()),
        share_type: share_type(share),
        remark: Some(share.comment.clone()),
        max_uses: share.max_uses.unwrap_or(u32::MAX),
        current_uses: share.current_uses(),
        flags: share_flags(share),
        ..ShareInfo::default()
    };
    if fields.contains(ShareFields::USE) {
        info.path = Some(windows_path(&share.path));
        info.password = Some(NtString::default());
        info.server_name = Some("*".into());
    }
    if fields.contains(ShareFields::SECURITY) && !share.is_ipc() {
        let mut bytes = Vec::new();
        share.security_descriptor().encode(&mut Writer::new(&mut bytes));
        info.security_descriptor = Some(bytes);
    }
    info
}

/// The type with what is special: `IPC$`, and the shares that Windows makes for administrators.
pub(super) fn share_type(share: &Share) -> ShareType {
    let name = share.name.to_uppercase();
    let administrative = match name.units() {
        [letter, dollar] => (0x41..=0x5a).contains(letter) && *dollar == 0x24,
        _ => name == "ADMIN$".into(),
    };
    let kind = match share.kind {
        ShareKind::Disk(_) => ShareType::empty(),
        ShareKind::Ipc => ShareType::IPC,
        ShareKind::Printer(_) => ShareType::PRINT_QUEUE,
        ShareKind::Device(_) => ShareType::DEVICE,
    };
    let special = if share.is_ipc() || administrative { ShareType::SPECIAL } else { ShareType::empty() };
    let temporary =
        if share.origin == ShareOrigin::Temporary { ShareType::TEMPORARY } else { ShareType::empty() };
    kind | special | temporary
}

/// [MS-SRVS] 2.2.4.29
pub(super) fn share_flags(share: &Share) -> u32 {
    let dfs = share.dfs.is_some();
    let bits = [
        (dfs, flags::DFS | flags::DFS_ROOT),
        (share.hide_unreadable, flags::ACCESS_BASED_DIRECTORY_ENUM),
        (share.continuous, flags::ENABLE_CA),
        (share.encrypt, flags::ENCRYPT_DATA),
        (share.compress, flags::COMPRESS_DATA),
    ];
    let set: u32 = bits.iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum();
    set | share.caching.bits()
}

/// The shares this caller's zone shows it, `IPC$` always among them.
pub(crate) fn visible_shares(caller: &Caller) -> Vec<Arc<Share>> {
    let zone = caller.server.zone_of(caller.local, caller.peer);
    let shares = caller.server.shares().into_iter();
    shares.filter(|share| share.is_shown_in(&zone)).collect()
}

/// The share of this name, if this caller's zone shows it.
pub(super) fn visible_share(caller: &Caller, name: &NtString) -> Option<Arc<Share>> {
    let zone = caller.server.zone_of(caller.local, caller.peer);
    caller.server.find_share(name).filter(|share| share.is_shown_in(&zone))
}

/// Whether this caller may see the structures of a level: where a share is on the server, and who may use it, is for administrators.
pub(super) fn may_see(caller: &Caller, fields: ShareFields) -> bool {
    let may_list = caller.may(Act::ListShares).is_ok();
    may_list && (caller.may(Act::Administer).is_ok() || !fields.contains(ShareFields::USE))
}
