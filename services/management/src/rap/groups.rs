use super::RapCall;
use super::answer::Answer;
use super::users::{account_status, directory, fits, names};
use crate::operations::change_for;
use crate::win32;
use lanward_nt::NtString;
use lanward_server::{Act, Directory, Draft, Group, Principal};
use lanward_smb1::rap::{Field, Parameter, opcode as op, structures};
use std::sync::Arc;

/// NERR_GroupNotFound
const GROUP_NOT_FOUND: u32 = 2220;

pub(super) async fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    match (call.opcode, call.parameters.as_slice()) {
        (op::GROUP_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            let descriptor = structures::group(*level).ok_or(win32::INVALID_LEVEL)?;
            let directory = directory(call)?;
            let groups = directory.groups().filter(|group| fits(&group.name));
            Ok(call.list(descriptor, *length, groups.map(|group| fields(*level, group))))
        }
        (
            op::GROUP_GET_INFO,
            [Parameter::Text(name), Parameter::Word(level), Parameter::ReceiveLength(length)],
        ) => {
            let descriptor = structures::group(*level).ok_or(win32::INVALID_LEVEL)?;
            let group = find(&*directory(call)?, name)?;
            Ok(call.one(descriptor, *length, &fields(*level, &group)))
        }
        (
            op::GROUP_GET_USERS,
            [Parameter::Text(name), Parameter::Word(0), Parameter::ReceiveLength(length)],
        ) => {
            let directory = directory(call)?;
            let members = directory.group_members(find(&directory, name)?.rid);
            let users =
                members.into_iter().filter_map(|rid| directory.user(rid)).map(|user| user.name.clone());
            Ok(call.list(structures::MEMBER, *length, names(users)))
        }
        (
            op::USER_GET_GROUPS,
            [Parameter::Text(name), Parameter::Word(0), Parameter::ReceiveLength(length)],
        ) => {
            let directory = directory(call)?;
            let user = directory.user_named(name).ok_or(win32::USER_NOT_FOUND)?;
            let groups = directory.groups_of(user);
            let groups =
                groups.into_iter().filter_map(|rid| directory.group(rid)).map(|group| group.name.clone());
            Ok(call.list(structures::MEMBER, *length, names(groups)))
        }
        (op::GROUP_GET_USERS | op::USER_GET_GROUPS, _) => Err(win32::INVALID_LEVEL),
        _ => administer(call).await,
    }
}

/// What changes groups.
async fn administer(call: &RapCall<'_>) -> Result<Answer, u32> {
    call.caller.may(Act::Administer).map_err(|_| win32::ACCESS_DENIED)?;
    let directory = directory(call)?;
    match (call.opcode, call.parameters.as_slice()) {
        (op::GROUP_ADD, [Parameter::Word(level), Parameter::SendLength(_)]) => add(call, *level).await,
        (op::GROUP_DEL, [Parameter::Text(name)]) => {
            let group = find(&directory, name)?;
            let rid = group.rid;
            change(call, "group removed", &group.name, move |draft| draft.remove_group(rid)).await
        }
        (op::GROUP_ADD_USER, [Parameter::Text(group), Parameter::Text(user)]) => {
            let (group, user) = (find(&directory, group)?, member(&directory, user)?);
            let rid = group.rid;
            let edit = move |draft: &mut Draft| draft.add_group_member(rid, user);
            change(call, "group changed", &group.name, edit).await
        }
        (op::GROUP_DEL_USER, [Parameter::Text(group), Parameter::Text(user)]) => {
            let (group, user) = (find(&directory, group)?, member(&directory, user)?);
            let rid = group.rid;
            let edit = move |draft: &mut Draft| draft.remove_group_member(rid, user);
            change(call, "group changed", &group.name, edit).await
        }
        _ => Err(win32::INVALID_PARAMETER),
    }
}

/// NetGroupAdd of LAN Manager
async fn add(call: &RapCall<'_>, level: u16) -> Result<Answer, u32> {
    let sent = call.sent(structures::group(level).ok_or(win32::INVALID_LEVEL)?)?;
    let Some(Field::Bytes(name)) = sent.first() else { return Err(win32::INVALID_PARAMETER) };
    let name = call.string(name);
    if name.units().is_empty() {
        return Err(win32::INVALID_PARAMETER);
    }
    let comment = match sent.last() {
        Some(Field::Text(comment)) => comment.clone(),
        _ => NtString::default(),
    };
    let told = name.clone();
    let edit = move |draft: &mut Draft| {
        let rid = draft.add_group(name)?;
        draft.update_group(rid, |group| group.comment = comment)
    };
    change(call, "group added", &told, edit).await
}

async fn change(
    call: &RapCall<'_>,
    what: &'static str,
    name: &NtString,
    edit: impl FnOnce(&mut Draft) -> Result<(), lanward_nt::NtStatus> + Send + 'static,
) -> Result<Answer, u32> {
    change_for(call.caller, what, name.to_string_lossy(), edit).await.map_err(account_status)?;
    Ok(Answer::status(win32::SUCCESS))
}

fn find(directory: &Directory, name: &NtString) -> Result<Arc<Group>, u32> {
    match directory.find(name) {
        Some(Principal::Group(rid)) => directory.group(rid).cloned().ok_or(GROUP_NOT_FOUND),
        _ => Err(GROUP_NOT_FOUND),
    }
}

fn member(directory: &Directory, name: &NtString) -> Result<u32, u32> {
    directory.user_named(name).map(|user| user.rid).ok_or(win32::USER_NOT_FOUND)
}

/// GROUP_INFO_0 and GROUP_INFO_1 of LAN Manager
fn fields(level: u16, group: &Group) -> Vec<Field> {
    let mut fields = vec![Field::Name(group.name.clone())];
    if level > 0 {
        fields.extend([Field::Byte(0), Field::Text(group.comment.clone())]);
    }
    fields
}
