//! What every server has: the group of all users, the aliases of BUILTIN, and what those may do.

use super::directory::Directory;
use super::{
    AccountChange, Alias, AliasDomain, Draft, Group, Kept, PRIVILEGES, RID_ADMINISTRATORS, RID_NONE, Rights,
    SystemAccess,
};
use lanward_nt::{NtString, Sid};
use std::collections::BTreeSet;

const ALIASES: [(u32, &str, &str); 8] = [
    (RID_ADMINISTRATORS, "Administrators", "Members may administer the server"),
    (545, "Users", "Everybody who has an account"),
    (546, "Guests", "Those who have no account and are let in"),
    (547, "Power Users", "Has no rights of its own; some clients look for it"),
    (550, "Print Operators", "Members may administer printers"),
    (551, "Backup Operators", "Members may read and write all files for backups"),
    (552, "Replicator", "Has no rights of its own; some clients look for it"),
    (555, "Remote Desktop Users", "Has no rights of its own; some clients look for it"),
];

/// Privileges of administrators: all but those that make a token or act as the system.
const NOT_FOR_ADMINISTRATORS: [u32; 6] = [2, 3, 4, 7, 16, 21];

/// The accounts of a store, completed; the changes are what it does not have yet.
pub(super) fn complete(domain: Sid, kept: Kept) -> Draft {
    let seeded = kept.aliases.iter().any(|alias| alias.domain == AliasDomain::Builtin);
    let mut draft = Draft::of(Directory::empty(domain));
    kept.groups.into_iter().for_each(|group| draft.enter_group(group));
    kept.aliases.into_iter().for_each(|alias| draft.enter_alias(alias));
    // Users come last: where an older store has one with a group's name, it is the user's.
    kept.users.into_iter().for_each(|user| draft.enter_user(user));
    draft.directory.rights = kept.rights.into_iter().collect();
    draft.directory.policy = kept.policy.unwrap_or_default();
    let next = draft.directory.users.keys().last().map_or(0, |rid| rid.saturating_add(1));
    draft.directory.next_rid = kept.next_rid.unwrap_or(draft.directory.next_rid).max(next);
    draft.changes.clear();
    if seeded {
        return draft;
    }
    if draft.directory.group(RID_NONE).is_none() {
        seed_group(&mut draft);
    }
    let domain = &draft.directory.domain;
    let administrators: BTreeSet<Sid> = kept.administrators.iter().map(|rid| domain.child(*rid)).collect();
    for (rid, name, comment) in ALIASES {
        draft.enter_alias(Alias {
            domain: AliasDomain::Builtin,
            rid,
            name: name.into(),
            comment: comment.into(),
            members: members(rid, &administrators),
        });
    }
    for (sid, rights) in rights() {
        draft.changes.push(AccountChange::Rights(sid.clone(), rights.clone()));
        draft.directory.rights.insert(sid, rights);
    }
    draft
}

fn seed_group(draft: &mut Draft) {
    let name = NtString::from("None");
    let users_own = draft.directory.find(&name);
    draft.enter_group(Group {
        rid: RID_NONE,
        name: name.clone(),
        comment: "Everybody who has an account".into(),
        members: BTreeSet::new(),
    });
    if let Some(user) = users_own {
        draft.directory.names.insert(name.to_uppercase(), user);
    }
}

fn members(rid: u32, administrators: &BTreeSet<Sid>) -> BTreeSet<Sid> {
    match rid {
        RID_ADMINISTRATORS => administrators.clone(),
        // S-1-5-4 is whoever sits at the computer.
        545 => [Sid::authenticated_users(), Sid::new(5, &[4])].into(),
        _ => BTreeSet::new(),
    }
}

fn rights() -> Vec<(Sid, Rights)> {
    let administrators = PRIVILEGES.iter().map(|p| p.luid).filter(|p| !NOT_FOR_ADMINISTRATORS.contains(p));
    let given = |privileges: &[u32], system_access| Rights {
        privileges: privileges.iter().copied().collect(),
        system_access,
    };
    let builtin = |rid| Sid::new(5, &[32, rid]);
    let all: Vec<u32> = administrators.collect();
    let network = SystemAccess::NETWORK;
    vec![
        (Sid::everyone(), given(&[23], network)),
        (
            Sid::administrators(),
            given(&all, network | SystemAccess::INTERACTIVE | SystemAccess::REMOTE_INTERACTIVE),
        ),
        (Sid::users(), given(&[19, 23, 25, 33, 34], network | SystemAccess::INTERACTIVE)),
        (builtin(550), given(&[10, 19], SystemAccess::INTERACTIVE)),
        (builtin(551), given(&[17, 18, 19, 23], network | SystemAccess::INTERACTIVE | SystemAccess::BATCH)),
    ]
}
