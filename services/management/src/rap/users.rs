use super::RapCall;
use super::answer::{Answer, word};
use super::passwords::{in_the_clear, new_password};
use crate::operations::change_for;
use crate::{now, win32};
use lanward_auth::NtHash;
use lanward_nt::{FileTime, NtStatus, NtString};
use lanward_server::{AccountControl, Act, Attempt, Directory, UserAccount};
use lanward_smb1::rap::{Field, Parameter, opcode as op, structures};
use std::sync::Arc;

/// USER_PRIV_USER and USER_PRIV_ADMIN ([MS-RAP] 2.5.8.3.2)
const PRIV_USER: u16 = 1;
const PRIV_ADMIN: u16 = 2;

/// UF_SCRIPT, which accounts of LAN Manager all have, and UF_NORMAL_ACCOUNT
const SCRIPT: u16 = 0x0001;
const NORMAL: u16 = 0x0200;

/// Hours of a week
const UNITS_PER_WEEK: u16 = 168;

pub(super) async fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    match (call.opcode, call.parameters.as_slice()) {
        (op::USER_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            let descriptor = structures::user(*level).ok_or(win32::INVALID_LEVEL)?;
            let directory = directory(call)?;
            let users = directory.users().filter(|user| fits(&user.name));
            Ok(call.list(descriptor, *length, users.map(|user| fields(call, *level, &directory, user))))
        }
        (
            op::USER_GET_INFO,
            [Parameter::Text(name), Parameter::Word(level), Parameter::ReceiveLength(length)],
        ) => {
            let descriptor = structures::user(*level).ok_or(win32::INVALID_LEVEL)?;
            let directory = directory(call)?;
            let user = directory.user_named(name).ok_or(win32::USER_NOT_FOUND)?;
            Ok(call.one(descriptor, *length, &fields(call, *level, &directory, user)))
        }
        (op::USER_DEL, [Parameter::Text(name), ..]) => delete(call, name).await,
        (
            op::USER_ADD2,
            [Parameter::Word(level), Parameter::SendLength(_), Parameter::Word(encrypted), _],
        ) => add(call, *level, *encrypted != 0).await,
        _ => Err(win32::INVALID_PARAMETER),
    }
}

/// The accounts, for those who may look at them.
///
/// # Errors
/// ACCESS_DENIED
pub(super) fn directory(call: &RapCall<'_>) -> Result<Arc<Directory>, u32> {
    call.caller.may(Act::ListAccounts).map_err(|_| win32::ACCESS_DENIED)?;
    Ok(call.caller.server.accounts().directory())
}

/// Whether a name has a place in a structure, which leaves it 20 characters; one that is cut would be another's.
pub(super) fn fits(name: &NtString) -> bool {
    name.units().len() <= 20
}

/// NetUserDel of LAN Manager
async fn delete(call: &RapCall<'_>, name: &NtString) -> Result<Answer, u32> {
    call.caller.may(Act::Administer).map_err(|_| win32::ACCESS_DENIED)?;
    let user = directory(call)?.user_named(name).cloned().ok_or(win32::USER_NOT_FOUND)?;
    let told = user.name.to_string_lossy();
    let removed =
        change_for(call.caller, "account removed", told, move |draft| draft.remove_user(user.rid)).await;
    removed.map_err(account_status)?;
    Ok(Answer::status(win32::SUCCESS))
}

/// NetUserAdd2 of LAN Manager: a user of level 1, with a password that travels in the clear.
async fn add(call: &RapCall<'_>, level: u16, encrypted: bool) -> Result<Answer, u32> {
    call.caller.may(Act::Administer).map_err(|_| win32::ACCESS_DENIED)?;
    let descriptor = structures::user(level).filter(|_| level == 1).ok_or(win32::INVALID_LEVEL)?;
    in_the_clear(call, encrypted)?;
    let sent = call.sent(descriptor)?;
    let (Some(Field::Bytes(name)), Some(Field::Bytes(password))) = (sent.first(), sent.get(2)) else {
        return Err(win32::INVALID_PARAMETER);
    };
    let text = |place: usize| match sent.get(place) {
        Some(Field::Text(text)) => text.clone(),
        _ => NtString::default(),
    };
    let (name, password) = (call.string(name), new_password(call, password));
    if name.units().is_empty() {
        return Err(win32::INVALID_PARAMETER);
    }
    let (home_directory, comment, script_path) = (text(5), text(6), text(8));
    // UF_ACCOUNTDISABLE
    let disabled = matches!(sent.get(7), Some(Field::Word(flags)) if flags & 0x0002 != 0);
    let (told, now) = (name.to_string_lossy(), now());
    let hash = NtHash::of_password(password.text());
    let draft_user = UserAccount::new(0, name.clone());
    let directory = directory(call)?;
    let judged = directory.judge_password(&draft_user, Some(password.text()), &hash);
    judged.map_err(|_| super::passwords::NOT_TAKEN)?;
    let added = change_for(call.caller, "account added", told, move |draft| {
        let rid = draft.add_user(name)?;
        draft.update_user(rid, |user| {
            user.control = AccountControl::NORMAL;
            user.control.set(AccountControl::DISABLED, disabled);
            (user.home_directory, user.comment, user.script_path) = (home_directory, comment, script_path);
        })?;
        draft.set_password(rid, hash, now)
    })
    .await;
    added.map_err(account_status)?;
    Ok(Answer::status(win32::SUCCESS))
}

/// What a status of the accounts is here.
pub(super) const fn account_status(status: NtStatus) -> u32 {
    match status {
        NtStatus::USER_EXISTS => 2224,
        NtStatus::GROUP_EXISTS | NtStatus::ALIAS_EXISTS => 2223,
        NtStatus::NO_SUCH_USER => win32::USER_NOT_FOUND,
        NtStatus::NO_SUCH_GROUP => 2220,
        NtStatus::MEMBER_IN_GROUP => 2236,
        NtStatus::MEMBER_NOT_IN_GROUP => 2237,
        // NERR_SpeGroupOp
        NtStatus::SPECIAL_ACCOUNT => 2234,
        status => win32::of_status(status),
    }
}

/// [MS-RAP] 2.5.8.3, by the mapping of 3.2.5.13.
fn fields(call: &RapCall<'_>, level: u16, directory: &Directory, user: &UserAccount) -> Vec<Field> {
    let name = Field::Name(user.name.clone());
    let text = |string: &NtString| Field::Text(string.clone());
    let attempt = call.caller.server.accounts().attempts(user);
    let (privilege, age) = (Field::Word(privilege(directory, user)), Field::Dword(age(user.password_set)));
    match level {
        0 => vec![name],
        10 => {
            vec![name, Field::Byte(0), text(&user.comment), text(&user.user_comment), text(&user.full_name)]
        }
        11 => {
            let mut fields = vec![name, Field::Byte(0), text(&user.comment), text(&user.user_comment)];
            fields.extend([text(&user.full_name), privilege, Field::Dword(0), age]);
            fields.extend([text(&user.home_directory), text(&user.parameters)]);
            fields.extend(logons(&attempt));
            fields.extend([Field::Text("\\\\*".into()), Field::Word(user.country), text(&user.workstations)]);
            fields.extend([Field::Dword(u32::MAX), Field::Word(UNITS_PER_WEEK)]);
            fields.extend([Field::Pointer(user.logon_hours.0.to_vec()), Field::Word(user.code_page)]);
            fields
        }
        _ => {
            let mut fields = vec![name, Field::Byte(0), Field::Bytes(Vec::new()), age, privilege];
            fields.extend([text(&user.home_directory), text(&user.comment), Field::Word(flags(user))]);
            fields.push(text(&user.script_path));
            if level == 2 {
                fields.extend([Field::Dword(0), text(&user.full_name), text(&user.user_comment)]);
                fields.extend([text(&user.parameters), text(&user.workstations)]);
                let [last_logon, last_logoff, bad_passwords, number] = logons(&attempt);
                let expires = user.expires.map_or(u32::MAX, unix);
                fields.extend([last_logon, last_logoff, Field::Dword(expires), Field::Dword(u32::MAX)]);
                fields.extend([Field::Word(UNITS_PER_WEEK), Field::Pointer(user.logon_hours.0.to_vec())]);
                fields.extend([bad_passwords, number, Field::Text("\\\\*".into())]);
                fields.extend([Field::Word(user.country), Field::Word(user.code_page)]);
            }
            fields
        }
    }
}

/// LastLogon, LastLogoff, BadPWCount and NumLogons. When somebody went is not known.
fn logons(attempt: &Attempt) -> [Field; 4] {
    let (bad_passwords, logons) = (attempt.bad_passwords.into(), attempt.logons.into());
    [
        Field::Dword(unix(attempt.last_logon)),
        Field::Dword(0),
        Field::Word(word(bad_passwords)),
        Field::Word(word(logons)),
    ]
}

pub(super) fn privilege(directory: &Directory, user: &UserAccount) -> u16 {
    if directory.is_admin(user) { PRIV_ADMIN } else { PRIV_USER }
}

/// UF bits of LAN Manager
fn flags(user: &UserAccount) -> u16 {
    let bits = [
        (AccountControl::DISABLED, 0x0002),
        (AccountControl::HOME_DIRECTORY_REQUIRED, 0x0008),
        (AccountControl::PASSWORD_NOT_REQUIRED, 0x0020),
    ];
    let set = bits.iter().filter(|(bit, _)| user.control.contains(*bit)).map(|(_, flag)| flag);
    set.fold(SCRIPT | NORMAL, |flags, flag| flags | flag)
}

/// Seconds since 1970; 0 for never.
pub(super) fn unix(time: FileTime) -> u32 {
    if time.0 == 0 { 0 } else { u32::try_from(time.to_unix().0).unwrap_or(0) }
}

/// Seconds since a password was set; 0 if nobody knows.
pub(super) fn age(set: FileTime) -> u32 {
    if set.0 == 0 { 0 } else { unix(now()).saturating_sub(unix(set)) }
}

/// Members as a list of names.
pub(super) fn names(names: impl Iterator<Item = NtString>) -> impl Iterator<Item = Vec<Field>> {
    names.filter(fits).map(|name| vec![Field::Name(name)])
}
