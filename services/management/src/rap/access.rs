use super::RapCall;
use super::answer::Answer;
use crate::srvsvc::{visible_shares, windows_path};
use crate::win32;
use lanward_nt::{AccessMask, NtString};
use lanward_server::{Act, Share, User, UserKind};
use lanward_smb1::rap::Parameter;

/// NERR_ResourceNotFound
const RESOURCE_NOT_FOUND: u32 = 2222;

/// NetAccessGetUserPerms of LAN Manager: what a user may do with a resource, at most. Resources are shares here, by the paths that are shared; what
/// lies in them has descriptors of its own.
pub(super) fn user_permissions(call: &RapCall<'_>) -> Result<Answer, u32> {
    let [Parameter::Text(name), Parameter::Text(resource)] = call.parameters.as_slice() else {
        return Err(win32::INVALID_PARAMETER);
    };
    let caller = call.caller;
    let own = caller.user.kind == UserKind::Named && name.eq_ignore_case(&caller.user.name);
    if !own && caller.may(Act::Administer).is_err() {
        return Err(win32::ACCESS_DENIED);
    }
    let user = if own { User::clone(&caller.user) } else { somebody(call, name)? };
    let shares = visible_shares(caller);
    // The one that lies deepest.
    let share =
        shares.iter().filter(|share| holds(share, resource)).max_by_key(|share| share.path.units().len());
    let share = share.ok_or(RESOURCE_NOT_FOUND)?;
    Ok(Answer::word(share.access_of(&user).map_or(0, permissions)))
}

fn somebody(call: &RapCall<'_>, name: &NtString) -> Result<User, u32> {
    let server = &call.caller.server;
    let directory = server.accounts().directory();
    let account = directory.user_named(name).ok_or(win32::USER_NOT_FOUND)?;
    let (groups, privileges) = server.accounts().standing(account.rid);
    Ok(User {
        name: account.name.clone(),
        domain: server.accounts().domain_name().clone(),
        sid: directory.domain().child(account.rid),
        groups,
        kind: UserKind::Named,
        is_admin: directory.is_admin(account),
        privileges,
    })
}

/// Whether a resource is a share's folder or something in it.
fn holds(share: &Share, resource: &NtString) -> bool {
    let folder = windows_path(&share.path).to_uppercase();
    let resource = resource.to_uppercase();
    let rest = resource.units().strip_prefix(folder.units());
    !share.is_ipc() && rest.is_some_and(|rest| rest.is_empty() || rest.first() == Some(&0x5c))
}

/// ACCESS bits of LAN Manager
fn permissions(access: AccessMask) -> u16 {
    let bits = [
        (AccessMask::READ_DATA, 0x01),
        (AccessMask::WRITE_DATA, 0x02),
        (AccessMask::APPEND_DATA, 0x04),
        (AccessMask::EXECUTE, 0x08),
        (AccessMask::DELETE, 0x10),
        (AccessMask::WRITE_ATTRIBUTES, 0x20),
        (AccessMask::WRITE_DAC, 0x40),
    ];
    bits.iter().filter(|(right, _)| access.contains(*right)).map(|(_, bit)| bit).sum()
}
