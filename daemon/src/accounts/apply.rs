//! The changes that commands make, and the lists they show.

use super::{AccountInfo, Change, Date, GroupInfo, Hash, PolicyInfo, UserAttributes};
use crate::exit::Refused;
use crate::run::now;
use anyhow::Result;
use lanward_auth::LmHash;
use lanward_nt::{FileTime, NtStatus, NtString, Sid};
use lanward_server::{
    AccountBook, AccountControl, AliasDomain, Directory, Draft, PasswordProperties, Principal, UserAccount,
};
use std::time::Duration;

/// Makes a change, on disk first. Answers the name of what was changed.
///
/// # Errors
/// [`Refused::User`]: somebody is there already, is not there, or cannot have the name; the store's.
pub(crate) fn apply(book: &AccountBook, change: Change) -> Result<String> {
    let about = match &change {
        Change::Add { name, .. }
        | Change::Remove { name }
        | Change::Password { name, .. }
        | Change::Disable { name }
        | Change::Enable { name }
        | Change::Unlock { name }
        | Change::Set { name, .. }
        | Change::AddGroup { name, .. }
        | Change::RemoveGroup { name } => name.clone(),
        Change::AddMember { member, .. } | Change::RemoveMember { member, .. } => member.clone(),
        Change::Policy(_) => "the policy".to_owned(),
    };
    if let Change::Unlock { name } = &change {
        let directory = book.directory();
        let user = directory.user_named(&name.as_str().into()).ok_or_else(|| unknown(name))?;
        book.unlock(user.rid);
        return Ok(user.name.to_string_lossy());
    }
    let demotes = matches!(&change, Change::Set { attributes, .. } if attributes.admin == Some(false));
    book.change(|draft| edit(draft, change)).map_err(|status| match status {
        NtStatus::MEMBER_IN_GROUP if demotes => Refused::User(format!(
            "{about} is in a group that administers the server, and would go on to do so: take it out of that group"
        ))
        .into(),
        status => refusal(status, &about, &book.directory()),
    })
}

fn set_password(draft: &mut Draft, rid: u32, hash: Hash, lm_hash: Option<Hash>) -> Result<(), NtStatus> {
    draft.set_password(rid, hash.0, now())?;
    // One that is not kept is forgotten with the password before.
    lm_hash.map_or(Ok(()), |Hash(hash)| draft.keep_lm_hash(rid, LmHash::new(*hash.expose())))
}

fn edit(draft: &mut Draft, change: Change) -> Result<String, NtStatus> {
    match change {
        Change::Add { name, admin, hash, lm_hash } => {
            let rid = draft.add_user(name.as_str().into())?;
            set_password(draft, rid, hash, lm_hash)?;
            draft.set_admin(rid, admin)?;
            Ok(name)
        }
        Change::Remove { name } => {
            let (rid, name) = user(draft, &name)?;
            draft.remove_user(rid)?;
            Ok(name)
        }
        Change::Password { name, hash, lm_hash } => {
            let (rid, name) = user(draft, &name)?;
            set_password(draft, rid, hash, lm_hash)?;
            Ok(name)
        }
        Change::Disable { name } => {
            let (rid, name) = user(draft, &name)?;
            draft.update_user(rid, |user| user.control.insert(AccountControl::DISABLED))?;
            Ok(name)
        }
        Change::Enable { name } | Change::Unlock { name } => {
            let (rid, name) = user(draft, &name)?;
            draft.update_user(rid, |user| user.control.remove(AccountControl::DISABLED))?;
            Ok(name)
        }
        Change::Set { name, attributes } => set(draft, &name, *attributes),
        Change::AddGroup { name, comment } => {
            let rid = draft.add_alias(name.as_str().into())?;
            draft.update_alias(AliasDomain::Account, rid, |alias| alias.comment = comment.as_str().into())?;
            Ok(name)
        }
        Change::RemoveGroup { name } => {
            let sid = group(draft, &name)?;
            match place(draft, &sid)? {
                Place::Group(rid) => draft.remove_group(rid)?,
                Place::Alias(domain, rid) => draft.remove_alias(domain, rid)?,
            }
            Ok(name)
        }
        Change::AddMember { group: name, member } => {
            let sid = group(draft, &name)?;
            let who = member_sid(draft, &member)?;
            match place(draft, &sid)? {
                Place::Group(rid) => draft.add_group_member(rid, member_rid(draft, &who)?)?,
                Place::Alias(domain, rid) => draft.add_alias_member(domain, rid, who)?,
            }
            Ok(member)
        }
        Change::RemoveMember { group: name, member } => {
            let sid = group(draft, &name)?;
            let who = member_sid(draft, &member)?;
            match place(draft, &sid)? {
                Place::Group(rid) => draft.remove_group_member(rid, member_rid(draft, &who)?)?,
                Place::Alias(domain, rid) => draft.remove_alias_member(domain, rid, &who)?,
            }
            Ok(member)
        }
        Change::Policy(info) => {
            set_policy(draft, &info);
            Ok("the policy".to_owned())
        }
    }
}

fn set(draft: &mut Draft, name: &str, attributes: UserAttributes) -> Result<String, NtStatus> {
    let (rid, _) = user(draft, name)?;
    if let Some(admin) = attributes.admin {
        draft.set_admin(rid, admin)?;
        let directory = draft.directory();
        if !admin && directory.user(rid).is_some_and(|user| directory.is_admin(user)) {
            return Err(NtStatus::MEMBER_IN_GROUP);
        }
    }
    draft.update_user(rid, |user| {
        let texts = [
            (&mut user.name, attributes.rename),
            (&mut user.full_name, attributes.full_name),
            (&mut user.comment, attributes.comment),
            (&mut user.home_directory, attributes.home_directory),
            (&mut user.home_drive, attributes.home_drive),
            (&mut user.profile_path, attributes.profile_path),
            (&mut user.script_path, attributes.script_path),
            (&mut user.workstations, attributes.workstations),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                *field = text.as_str().into();
            }
        }
        if let Some(expires) = attributes.expires {
            user.expires = expires.map(FileTime);
        }
        user.must_change = attributes.must_change.unwrap_or(user.must_change);
        user.dial_in = attributes.dial_in.unwrap_or(user.dial_in);
        user.dial_in_address = attributes.dial_in_address.unwrap_or(user.dial_in_address);
        if let Some(expires) = attributes.password_expires {
            user.control.set(AccountControl::DONT_EXPIRE_PASSWORD, !expires);
        }
    })?;
    user_name(draft.directory(), rid)
}

fn set_policy(draft: &mut Draft, info: &PolicyInfo) {
    let mut policy = draft.directory().policy().clone();
    policy.min_password_length = info.min_password_length.unwrap_or(policy.min_password_length);
    policy.password_history = info.password_history.unwrap_or(policy.password_history);
    policy.lockout_threshold = info.lockout_threshold.unwrap_or(policy.lockout_threshold);
    if let Some(complex) = info.complexity {
        policy.properties.set(PasswordProperties::COMPLEX, complex);
    }
    if let Some(administrators) = info.lockout_administrators {
        policy.properties.set(PasswordProperties::LOCKOUT_ADMINS, administrators);
    }
    if let Some(minutes) = info.lockout_window {
        policy.lockout_window = Duration::from_secs(u64::from(minutes) * 60);
    }
    if let Some(days) = info.max_password_age {
        policy.max_password_age = (days > 0).then(|| Duration::from_secs(u64::from(days) * 86_400));
    }
    if let Some(minutes) = info.lockout_duration {
        policy.lockout_duration = (minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60));
    }
    draft.set_policy(policy);
}

fn user(draft: &Draft, name: &str) -> Result<(u32, String), NtStatus> {
    let user = draft.directory().user_named(&name.into()).ok_or(NtStatus::NO_SUCH_USER)?;
    Ok((user.rid, user.name.to_string_lossy()))
}

fn user_name(directory: &Directory, rid: u32) -> Result<String, NtStatus> {
    directory.user(rid).map(|user| user.name.to_string_lossy()).ok_or(NtStatus::NO_SUCH_USER)
}

fn group(draft: &Draft, name: &str) -> Result<Sid, NtStatus> {
    draft.directory().group_named(&name.into()).ok_or(NtStatus::NO_SUCH_GROUP)
}

/// Where a group is kept.
enum Place {
    Group(u32),
    Alias(AliasDomain, u32),
}

fn place(draft: &Draft, sid: &Sid) -> Result<Place, NtStatus> {
    let directory = draft.directory();
    let builtin = directory.domain_sid(AliasDomain::Builtin);
    if let Some(rid) = builtin.rid_of(sid) {
        return Ok(Place::Alias(AliasDomain::Builtin, rid));
    }
    let own = directory.domain().rid_of(sid).and_then(|rid| directory.principal(rid));
    match own {
        Some(Principal::Group(rid)) => Ok(Place::Group(rid)),
        Some(Principal::Alias(rid)) => Ok(Place::Alias(AliasDomain::Account, rid)),
        _ => Err(NtStatus::NO_SUCH_GROUP),
    }
}

/// A user, a group or any SID.
fn member_sid(draft: &Draft, member: &str) -> Result<Sid, NtStatus> {
    if let Ok(sid) = member.parse() {
        return Ok(sid);
    }
    let directory = draft.directory();
    if let Some(user) = directory.user_named(&member.into()) {
        return Ok(directory.domain().child(user.rid));
    }
    directory.group_named(&member.into()).ok_or(NtStatus::NO_SUCH_USER)
}

fn member_rid(draft: &Draft, sid: &Sid) -> Result<u32, NtStatus> {
    draft.directory().domain().rid_of(sid).ok_or(NtStatus::NO_SUCH_USER)
}

fn unknown(name: &str) -> Refused {
    Refused::User(format!("there is no account {name}"))
}

/// A status in words.
fn refusal(status: NtStatus, about: &str, directory: &Directory) -> anyhow::Error {
    let written = directory.find(&about.into()).and_then(|principal| directory.name_of(principal));
    let written = written.map_or_else(|| about.to_owned(), NtString::to_string_lossy);
    let message = match status {
        NtStatus::USER_EXISTS => format!("there is an account {written} already"),
        NtStatus::GROUP_EXISTS | NtStatus::ALIAS_EXISTS => format!("there is a group {written} already"),
        NtStatus::NO_SUCH_USER | NtStatus::NO_SUCH_MEMBER => format!("there is no account {about}"),
        NtStatus::NO_SUCH_GROUP | NtStatus::NO_SUCH_ALIAS => "there is no such group".to_owned(),
        NtStatus::INVALID_ACCOUNT_NAME => format!(
            "`{about}` is no name for an account: use 1 to 64 characters, none of \" / \\ [ ] : ; | = , + * ? < > @, no space or dot at either end"
        ),
        NtStatus::MEMBER_IN_ALIAS | NtStatus::MEMBER_IN_GROUP => format!("{about} is a member already"),
        NtStatus::MEMBER_NOT_IN_ALIAS | NtStatus::MEMBER_NOT_IN_GROUP => format!("{about} is not a member"),
        NtStatus::INVALID_MEMBER => format!("{about} cannot be a member of this group"),
        NtStatus::SPECIAL_ACCOUNT => format!("{about} is a group that every server has"),
        other => return anyhow::anyhow!("the accounts cannot be changed: {other}"),
    };
    Refused::User(message).into()
}

/// The accounts, by name.
pub(crate) fn users(book: &AccountBook) -> Vec<AccountInfo> {
    let directory = book.directory();
    let mut users: Vec<AccountInfo> = directory.users().map(|user| info(book, &directory, user)).collect();
    users.sort_by_cached_key(|user| NtString::from(user.name.as_str()).to_uppercase());
    users
}

fn info(book: &AccountBook, directory: &Directory, user: &UserAccount) -> AccountInfo {
    let attempts = book.attempts(user);
    let sid = directory.domain().child(user.rid);
    let named = [AliasDomain::Account, AliasDomain::Builtin]
        .into_iter()
        .flat_map(|domain| directory.aliases(domain))
        .filter(|alias| alias.members.contains(&sid))
        .map(|alias| alias.name.to_string_lossy());
    let groups = directory.groups_of(user).into_iter().skip(1).filter_map(|rid| directory.group(rid));
    AccountInfo {
        name: user.name.to_string_lossy(),
        rid: user.rid,
        admin: directory.is_admin(user),
        disabled: user.is_disabled(),
        locked: attempts.is_locked(directory.policy(), now()),
        must_change: user.must_change,
        full_name: user.full_name.to_string_lossy(),
        comment: user.comment.to_string_lossy(),
        groups: groups.map(|group| group.name.to_string_lossy()).chain(named).collect(),
        expires: user.expires.map(|time| Date(time).to_string()),
        password_set: (user.password_set.0 != 0).then(|| Date(user.password_set).to_string()),
        bad_passwords: attempts.bad_passwords,
        dial_in: user.dial_in,
        dial_in_address: user.dial_in_address,
    }
}

/// The groups, those of the server's own before those of BUILTIN.
pub(crate) fn groups(book: &AccountBook) -> Vec<GroupInfo> {
    let directory = book.directory();
    let groups = directory.groups().map(|group| {
        let members = directory.group_members(group.rid);
        GroupInfo {
            name: group.name.to_string_lossy(),
            sid: directory.domain().child(group.rid).to_string(),
            comment: group.comment.to_string_lossy(),
            members: members.into_iter().filter_map(|rid| user_name(&directory, rid).ok()).collect(),
        }
    });
    let aliases = [AliasDomain::Account, AliasDomain::Builtin].into_iter().flat_map(|domain| {
        let prefix = if domain == AliasDomain::Builtin { "BUILTIN\\" } else { "" };
        let directory = &directory;
        directory.aliases(domain).map(move |alias| GroupInfo {
            name: format!("{prefix}{}", alias.name),
            sid: directory.domain_sid(domain).child(alias.rid).to_string(),
            comment: alias.comment.to_string_lossy(),
            members: alias.members.iter().map(|sid| member_name(directory, sid)).collect(),
        })
    });
    groups.chain(aliases).collect()
}

/// A member's name if it is of this server, else its SID.
fn member_name(directory: &Directory, sid: &Sid) -> String {
    let own = directory.domain().rid_of(sid).and_then(|rid| directory.principal(rid));
    let name = own.and_then(|principal| directory.name_of(principal));
    name.map_or_else(|| sid.to_string(), NtString::to_string_lossy)
}

/// What is asked of passwords.
pub(crate) fn policy(book: &AccountBook) -> PolicyInfo {
    let directory = book.directory();
    let policy = directory.policy();
    let units = |span: Option<Duration>, unit: u64| {
        Some(span.map_or(0, |span| u32::try_from(span.as_secs().div_ceil(unit)).unwrap_or(u32::MAX)))
    };
    PolicyInfo {
        min_password_length: Some(policy.min_password_length),
        password_history: Some(policy.password_history),
        complexity: Some(policy.properties.contains(PasswordProperties::COMPLEX)),
        max_password_age: units(policy.max_password_age, 86_400),
        lockout_threshold: Some(policy.lockout_threshold),
        lockout_duration: units(policy.lockout_duration, 60),
        lockout_window: units(Some(policy.lockout_window), 60),
        lockout_administrators: Some(policy.properties.contains(PasswordProperties::LOCKOUT_ADMINS)),
    }
}
