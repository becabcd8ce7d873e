//! What stored descriptors allow and forbid, on every way to a file.

use crate::fixture::{Ask, SHARE_ALL, ask, budget, file_system, make_directory, make_file, user};
use lanward_fsa::{
    DirectoryQuery, FileInformationClass as Class, FileOpen, FileRules, FileSystem, RecycleBin, ShareView,
};
use lanward_nt::fscc::{FileRenameInformation, decode_directory};
use lanward_nt::security::{Ace, Acl, Privileges, SecurityDescriptor, Token};
use lanward_nt::{
    AccessMask as M, CreateDisposition as D, CreateOptions as O, FileAttributes as A, NtStatus as S, Sid,
};
use lanward_wire::{Decode, Encode, Reader};
use std::sync::Arc;

const OWNER: u32 = 1;
const DACL: u32 = 4;
const SACL: u32 = 8;
const BOTH: u8 = Ace::OBJECT_INHERIT | Ace::CONTAINER_INHERIT;

fn list(entries: Vec<Ace>) -> SecurityDescriptor {
    SecurityDescriptor { dacl: Some(Some(Acl::new(entries))), ..SecurityDescriptor::default() }
}

fn owned(owner: Sid, entries: Vec<Ace>) -> SecurityDescriptor {
    SecurityDescriptor { owner: Some(owner), ..list(entries) }
}

fn everyone(mask: M, flags: u8) -> Ace {
    Ace::allow(Sid::everyone(), mask, flags)
}

fn administrator() -> Token {
    let groups = vec![Sid::administrators(), Sid::everyone()];
    Token { groups, privileges: Privileges::all(), ..user(500) }
}

fn as_bytes(descriptor: &SecurityDescriptor) -> Vec<u8> {
    descriptor.to_bytes()
}

async fn told(open: &FileOpen, info: u32) -> SecurityDescriptor {
    SecurityDescriptor::decode(&mut Reader::new(&open.query_security(info).await.unwrap())).unwrap()
}

/// Gives what is there a descriptor.
async fn secure(fs: &Arc<FileSystem>, path: &str, descriptor: &SecurityDescriptor) {
    let rights = M::WRITE_DAC | M::WRITE_OWNER;
    let open = ask(path, D::Open).token(&administrator()).access(rights).open(fs).await;
    let info = if descriptor.owner.is_some() { OWNER | DACL } else { DACL };
    open.set_security(info, &as_bytes(descriptor)).await.unwrap();
    open.close(false).await.unwrap();
}

fn wants(path: &str, access: M) -> Ask {
    ask(path, D::Open).access(access)
}

async fn rename(open: &FileOpen, class: Class, to: &str, replace: bool) -> Result<(), S> {
    let wanted = FileRenameInformation {
        replace_if_exists: u32::from(replace),
        root_directory: 0,
        file_name: to.into(),
    };
    open.set_information(class, &wanted.to_bytes()).await
}

#[tokio::test]
async fn without_anything_stored_everybody_may_do_everything() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    let mine = told(&open, OWNER | DACL).await;
    assert_eq!(mine.owner, Some(user(1000).user), "whoever makes a file owns it");
    assert_eq!(mine.dacl, list(vec![everyone(M::FILE_ALL_ACCESS, 0)]).dacl);
    open.close(false).await.unwrap();
    let other = ask("f", D::Open).token(&user(1001)).open(&fs).await;
    assert_eq!(other.maximal_access(), M::FILE_ALL_ACCESS);
    assert_eq!(told(&other, OWNER).await.owner, Some(Sid::administrators()), "nobody knows any more");
}

#[tokio::test]
async fn a_list_decides_and_its_parent_helps() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, r"d\f", b"").await;
    secure(&fs, r"d\f", &list(vec![everyone(M::READ_DATA, 0)])).await;
    let f = |access| wants(r"d\f", access);
    assert_eq!(f(M::READ_DATA).status(&fs).await, S::SUCCESS);
    assert_eq!(f(M::READ_DATA | M::SYNCHRONIZE).status(&fs).await, S::SUCCESS);
    for refused in [M::WRITE_DATA, M::READ_EA, M::WRITE_DAC, M::READ_CONTROL, M::READ_DATA | M::WRITE_DATA] {
        assert_eq!(f(refused).status(&fs).await, S::ACCESS_DENIED, "{refused:?}");
    }
    // The directory is everybody's: what is in it may be deleted and its attributes read.
    let most = f(M::MAXIMUM_ALLOWED).open(&fs).await;
    assert_eq!(most.granted_access(), M::READ_DATA | M::DELETE | M::READ_ATTRIBUTES);
    assert_eq!(most.maximal_access(), M::READ_DATA | M::DELETE | M::READ_ATTRIBUTES);
    assert_eq!(f(M::MAXIMUM_ALLOWED | M::WRITE_DATA).status(&fs).await, S::ACCESS_DENIED);
    most.close(false).await.unwrap();
    secure(&fs, "d", &list(vec![everyone(M::EXECUTE, 0)])).await;
    assert_eq!(f(M::DELETE).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(f(M::READ_ATTRIBUTES).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(f(M::READ_DATA).status(&fs).await, S::SUCCESS, "nobody is kept from passing through");
}

#[tokio::test]
async fn overwriting_needs_what_it_changes() {
    let fs = file_system();
    make_file(&fs, "f", b"abc").await;
    secure(&fs, "f", &list(vec![everyone(M::READ_DATA | M::WRITE_DATA, 0)])).await;
    for disposition in [D::Supersede, D::Overwrite, D::OverwriteIf] {
        let over = ask("f", disposition).access(M::READ_DATA);
        assert_eq!(over.status(&fs).await, S::ACCESS_DENIED, "{disposition:?}");
    }
    let sets = M::WRITE_EA | M::WRITE_ATTRIBUTES;
    secure(&fs, "f", &list(vec![everyone(M::READ_DATA | M::WRITE_DATA | sets, 0)])).await;
    assert_eq!(ask("f", D::OverwriteIf).access(M::READ_DATA).status(&fs).await, S::SUCCESS);
    let other = ask("f", D::Open).access(M::READ_DATA).open(&fs).await;
    assert_eq!(other.metadata().unwrap().end_of_file, 0);
}

#[tokio::test]
async fn making_needs_the_right_to_add_and_hands_down() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    let files = M::WRITE_DATA | M::READ_DATA;
    secure(&fs, "d", &list(vec![everyone(files, BOTH), Ace::allow(Sid::creator_owner(), M::DELETE, BOTH)]))
        .await;
    let made = ask(r"d\f", D::Create).open(&fs).await;
    assert_eq!(made.granted_access(), M::FILE_ALL_ACCESS, "who makes it gets what is asked for");
    let me = user(1000).user;
    let inherited = told(&made, OWNER | DACL).await;
    assert_eq!(
        inherited,
        SecurityDescriptor {
            control: inherited.control,
            ..owned(me.clone(), vec![everyone(files, 0), Ace::allow(me, M::DELETE, 0)])
        }
    );
    made.close(false).await.unwrap();
    assert_eq!(wants(r"d\f", M::WRITE_EA).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(wants(r"d\f", M::DELETE).token(&user(1001)).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(wants(r"d\f", M::DELETE).status(&fs).await, S::SUCCESS);
    let folder = ask(r"d\sub", D::Create).options(O::DIRECTORY_FILE);
    assert_eq!(folder.status(&fs).await, S::ACCESS_DENIED, "adding a folder is another right");
    assert_eq!(
        folder
            .token(&administrator())
            .options(O::DIRECTORY_FILE | O::OPEN_FOR_BACKUP_INTENT)
            .status(&fs)
            .await,
        S::SUCCESS
    );
    secure(&fs, "d", &list(vec![everyone(M::READ_DATA, 0)])).await;
    let files = fs.open_files();
    for disposition in [D::Create, D::OpenIf, D::OverwriteIf, D::Supersede] {
        assert_eq!(ask(r"d\new", disposition).status(&fs).await, S::ACCESS_DENIED, "{disposition:?}");
    }
    assert_eq!(ask(r"d\f", D::Create).status(&fs).await, S::OBJECT_NAME_COLLISION);
    assert_eq!(ask(r"d\f", D::OpenIf).access(M::READ_DATA).status(&fs).await, S::SUCCESS);
    assert_eq!(wants(r"d\new", M::READ_DATA).status(&fs).await, S::OBJECT_NAME_NOT_FOUND, "nothing was made");
    assert_eq!(fs.open_files(), files);
}

#[tokio::test]
async fn a_given_descriptor_is_kept() {
    let fs = file_system();
    let given = list(vec![everyone(M::GENERIC_READ, 0)]);
    let made = ask("f", D::Create).security(&given).open(&fs).await;
    assert_eq!(told(&made, DACL).await.dacl, list(vec![everyone(M::FILE_GENERIC_READ, 0)]).dacl);
    assert_eq!(made.maximal_access(), M::FILE_GENERIC_READ | M::WRITE_DAC | M::DELETE);
    made.close(false).await.unwrap();
    assert_eq!(wants("f", M::WRITE_DATA).status(&fs).await, S::ACCESS_DENIED);
    let foreign = owned(user(1001).user, vec![]);
    assert_eq!(ask("g", D::Create).security(&foreign).status(&fs).await, S::INVALID_OWNER);
    let restored = ask("g", D::Create).security(&foreign).token(&administrator()).status(&fs).await;
    assert_eq!(restored, S::SUCCESS);
    let audited = SecurityDescriptor { sacl: Some(Some(Acl::default())), ..list(vec![]) };
    assert_eq!(ask("h", D::Create).security(&audited).status(&fs).await, S::PRIVILEGE_NOT_HELD);
    let mut broken = ask("h", D::Create);
    broken.security = Some(vec![1, 0, 0]);
    assert_eq!(broken.status(&fs).await, S::INVALID_SECURITY_DESCR);
    assert_eq!(wants("h", M::READ_DATA).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
}

#[tokio::test]
async fn what_has_nothing_of_its_own_inherits_from_above() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_directory(&fs, r"d\e").await;
    make_file(&fs, r"d\e\f", b"").await;
    let boss = user(1001);
    secure(&fs, "d", &list(vec![Ace::allow(boss.user.clone(), M::FILE_ALL_ACCESS, BOTH)])).await;
    assert_eq!(wants(r"d\e\f", M::READ_DATA).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(wants(r"d\e", M::READ_DATA).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(ask(r"d\e\g", D::Create).status(&fs).await, S::ACCESS_DENIED);
    let made = ask(r"d\e\g", D::Create).token(&boss).open(&fs).await;
    assert_eq!(
        told(&made, DACL).await.dacl,
        list(vec![Ace::allow(boss.user, M::FILE_ALL_ACCESS, Ace::INHERITED)]).dacl
    );
    made.close(false).await.unwrap();
    secure(&fs, "d", &list(vec![everyone(M::READ_DATA, 0)])).await;
    assert_eq!(wants(r"d\e\f", M::WRITE_DATA).status(&fs).await, S::SUCCESS, "nothing is handed down now");
    assert_eq!(wants(r"d\e\g", M::WRITE_DATA).status(&fs).await, S::ACCESS_DENIED, "it has its own");
}

#[tokio::test]
async fn deleting_needs_the_right_on_the_file_or_its_directory() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, r"d\f", b"").await;
    secure(&fs, "d", &list(vec![everyone(M::FILE_GENERIC_READ, 0)])).await;
    secure(&fs, r"d\f", &list(vec![everyone(M::FILE_GENERIC_READ, 0)])).await;
    let closing = wants(r"d\f", M::DELETE).options(O::DELETE_ON_CLOSE);
    assert_eq!(closing.status(&fs).await, S::ACCESS_DENIED);
    let most = wants(r"d\f", M::MAXIMUM_ALLOWED).open(&fs).await;
    assert_eq!(most.set_information(Class::DISPOSITION, &[1]).await, Err(S::ACCESS_DENIED));
    most.close(false).await.unwrap();
    secure(&fs, "d", &list(vec![everyone(M::FILE_GENERIC_READ | M::DELETE_CHILD, 0)])).await;
    closing.open(&fs).await.close(false).await.unwrap();
    assert_eq!(wants(r"d\f", M::READ_DATA).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
}

#[tokio::test]
async fn moving_needs_rights_at_both_ends() {
    let fs = file_system();
    for directory in ["from", "to"] {
        make_directory(&fs, directory).await;
    }
    for file in [r"from\f", r"to\old", "plain"] {
        make_file(&fs, file, b"").await;
    }
    let read = || list(vec![everyone(M::FILE_GENERIC_READ, 0)]);
    secure(&fs, "to", &read()).await;
    let from = wants(r"from\f", M::DELETE).open(&fs).await;
    assert_eq!(rename(&from, Class::RENAME, r"to\f", false).await, Err(S::ACCESS_DENIED));
    assert_eq!(rename(&from, Class::LINK, r"to\f", false).await, Err(S::ACCESS_DENIED));
    secure(&fs, "to", &list(vec![everyone(M::FILE_GENERIC_READ | M::WRITE_DATA, 0)])).await;
    secure(&fs, r"to\old", &read()).await;
    assert_eq!(rename(&from, Class::RENAME, r"to\old", true).await, Err(S::ACCESS_DENIED));
    assert_eq!(rename(&from, Class::LINK, r"to\old", true).await, Err(S::ACCESS_DENIED));
    assert_eq!(rename(&from, Class::LINK, r"to\linked", false).await, Ok(()));
    assert_eq!(rename(&from, Class::RENAME, r"to\f", false).await, Ok(()));
    let folder = wants("from", M::DELETE).open(&fs).await;
    assert_eq!(rename(&folder, Class::RENAME, r"to\from", false).await, Err(S::ACCESS_DENIED));
    secure(&fs, r"to\old", &list(vec![everyone(M::DELETE, 0)])).await;
    let plain = wants("plain", M::DELETE).open(&fs).await;
    assert_eq!(rename(&plain, Class::RENAME, r"to\old", true).await, Ok(()));
    assert_eq!(
        wants(r"to\old", M::WRITE_DATA).status(&fs).await,
        S::SUCCESS,
        "a file keeps what it has, nothing"
    );
}

#[tokio::test]
async fn owners_are_users_and_their_groups_unless_somebody_restores() {
    let fs = file_system();
    make_file(&fs, "f", b"").await;
    let open = wants("f", M::WRITE_OWNER | M::READ_CONTROL).open(&fs).await;
    let set = |owner: Sid| {
        let (open, bytes) = (Arc::clone(&open), as_bytes(&owned(owner, vec![])));
        async move { open.set_security(OWNER, &bytes).await }
    };
    assert_eq!(set(user(1001).user).await, Err(S::INVALID_OWNER));
    assert_eq!(set(Sid::administrators()).await, Ok(()), "it is theirs already");
    assert_eq!(set(Sid::users()).await, Ok(()));
    assert_eq!(set(Sid::administrators()).await, Err(S::INVALID_OWNER));
    assert_eq!(set(user(1000).user).await, Ok(()));
    assert_eq!(open.set_security(OWNER, &as_bytes(&list(vec![]))).await, Err(S::INVALID_OWNER));
    assert_eq!(open.set_security(DACL, &as_bytes(&list(vec![]))).await, Err(S::ACCESS_DENIED));
    open.close(false).await.unwrap();
    secure(&fs, "f", &list(vec![])).await;
    assert_eq!(wants("f", M::WRITE_DAC).token(&user(1001)).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(wants("f", M::WRITE_DAC).status(&fs).await, S::SUCCESS, "an owner may always change the list");
    assert_eq!(wants("f", M::READ_DATA).token(&administrator()).status(&fs).await, S::ACCESS_DENIED);
    let taken = wants("f", M::WRITE_OWNER).token(&administrator()).open(&fs).await;
    taken.set_security(OWNER, &as_bytes(&owned(Sid::administrators(), vec![]))).await.unwrap();
    let backup = wants("f", M::READ_DATA).options(O::OPEN_FOR_BACKUP_INTENT);
    assert_eq!(backup.clone().token(&administrator()).status(&fs).await, S::SUCCESS);
    assert_eq!(backup.status(&fs).await, S::ACCESS_DENIED);
}

#[tokio::test]
async fn audit_lists_are_a_privilege() {
    let fs = file_system();
    make_file(&fs, "f", b"").await;
    let audits = M::ACCESS_SYSTEM_SECURITY;
    assert_eq!(wants("f", audits).status(&fs).await, S::PRIVILEGE_NOT_HELD);
    let most = wants("f", M::MAXIMUM_ALLOWED).token(&administrator()).open(&fs).await;
    assert_eq!(most.granted_access(), M::FILE_ALL_ACCESS, "nobody gets it without asking");
    assert_eq!(most.query_security(SACL).await, Err(S::ACCESS_DENIED));
    let open = wants("f", audits | M::READ_DATA).token(&administrator()).open(&fs).await;
    assert_eq!(open.granted_access(), audits | M::READ_DATA);
    let sacl = Some(Some(Acl::new(vec![Ace {
        kind: lanward_nt::security::AceType::SYSTEM_AUDIT,
        ..everyone(M::WRITE_DATA, 0x40)
    }])));
    let with = SecurityDescriptor { sacl: sacl.clone(), ..SecurityDescriptor::default() };
    assert_eq!(open.set_security(SACL, &as_bytes(&with)).await, Ok(()));
    assert_eq!(told(&open, SACL).await.sacl, sacl);
    assert_eq!(told(&most, DACL).await.sacl, None);
    let reads = wants("f", audits).token(&administrator()).limit(M::FILE_GENERIC_READ).open(&fs).await;
    assert_eq!(reads.set_security(SACL, &as_bytes(&with)).await, Err(S::ACCESS_DENIED), "a read-only share");
}

#[tokio::test]
async fn shares_limit_whatever_lists_say() {
    let fs = file_system();
    make_file(&fs, "f", b"").await;
    secure(&fs, "f", &list(vec![everyone(M::FILE_ALL_ACCESS, 0)])).await;
    let read = M::FILE_GENERIC_READ | M::FILE_GENERIC_EXECUTE;
    let reader = wants("f", M::MAXIMUM_ALLOWED).limit(read).open(&fs).await;
    assert_eq!((reader.granted_access(), reader.maximal_access()), (read, read));
    assert_eq!(wants("f", M::WRITE_DATA).limit(read).status(&fs).await, S::ACCESS_DENIED);
}

#[tokio::test]
async fn a_marked_file_may_be_written_by_nobody_though_the_list_says_so() {
    let fs = file_system();
    ask("f", D::Create).attributes(A::READONLY).share(SHARE_ALL).open(&fs).await.close(false).await.unwrap();
    secure(&fs, "f", &list(vec![everyone(M::FILE_ALL_ACCESS, 0)])).await;
    let most = wants("f", M::MAXIMUM_ALLOWED).open(&fs).await;
    assert_eq!(most.maximal_access(), M::FILE_ALL_ACCESS);
    assert_eq!(
        most.granted_access(),
        M::FILE_ALL_ACCESS.difference(M::WRITE_DATA | M::APPEND_DATA | M::DELETE_CHILD)
    );
}

#[tokio::test]
async fn setting_shows_and_changes_only_what_is_named() {
    let fs = file_system();
    make_file(&fs, "f", b"").await;
    let open = ask("f", D::Open).open(&fs).await;
    let before = open.metadata().unwrap().change_time;
    let given = owned(Sid::guests(), vec![everyone(M::FILE_ALL_ACCESS, 0)]);
    open.set_security(DACL, &as_bytes(&given)).await.unwrap();
    assert!(open.metadata().unwrap().change_time > before);
    assert_eq!(told(&open, OWNER).await.owner, Some(Sid::administrators()));
    assert_eq!(told(&open, OWNER).await.dacl, None);
    let many = list((0..2000).map(|n| Ace::allow(user(n).user, M::READ_DATA, 0)).collect());
    assert_eq!(open.set_security(DACL, &as_bytes(&many)).await, Err(S::INVALID_SECURITY_DESCR));
    assert_eq!(told(&open, DACL).await.dacl, given.dacl);
}

#[tokio::test]
async fn only_what_can_be_read_is_listed_where_that_is_asked_for() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    for name in [r"d\all", r"d\data", r"d\mine", r"d\plain"] {
        make_file(&fs, name, b"").await;
    }
    secure(&fs, r"d\all", &list(vec![everyone(M::FILE_GENERIC_READ, 0)])).await;
    secure(&fs, r"d\data", &list(vec![everyone(M::READ_DATA, 0)])).await;
    secure(&fs, r"d\mine", &owned(user(1000).user, vec![everyone(M::READ_DATA | M::READ_EA, 0)])).await;
    let names = async |hides: bool, pattern: &str| {
        let open = Ask { hides, ..wants("d", M::READ_DATA) }.open(&fs).await;
        let (class, query, mut buf) = (Class(12), DirectoryQuery::default(), Vec::new());
        open.query_directory(class, &pattern.into(), query, &mut budget(4096, &mut buf)).await?;
        let entries = decode_directory(class, &buf).unwrap();
        let mut names: Vec<String> = entries.into_iter().map(|(_, name)| name.to_string()).collect();
        names.sort();
        Ok(names)
    };
    assert_eq!(names(false, "*").await.unwrap(), [".", "..", "all", "data", "mine", "plain"]);
    assert_eq!(names(true, "*").await.unwrap(), [".", "..", "all", "plain"]);
    assert_eq!(names(true, "data").await, Err(S::NO_SUCH_FILE));
    secure(&fs, "d", &list(vec![everyone(M::FILE_GENERIC_READ, 0), everyone(M::WRITE_DATA, BOTH)])).await;
    assert_eq!(names(true, "*").await.unwrap(), [".", "..", "all"], "what is handed down counts too");
}

#[tokio::test]
async fn what_leaves_a_directory_keeps_what_it_inherited() {
    let fs = file_system();
    for directory in ["d", r"d\sub"] {
        make_directory(&fs, directory).await;
    }
    for file in [r"d\linked", r"d\moved", r"d\deleted", r"d\sub\beneath"] {
        make_file(&fs, file, b"secret").await;
    }
    let inherited = everyone(M::DELETE | M::READ_ATTRIBUTES, BOTH);
    secure(&fs, "d", &list(vec![everyone(M::FILE_ALL_ACCESS, 0), inherited])).await;
    assert_eq!(wants(r"d\linked", M::READ_DATA).status(&fs).await, S::ACCESS_DENIED);

    let open = wants(r"d\linked", M::READ_ATTRIBUTES).open(&fs).await;
    assert_eq!(rename(&open, Class::LINK, "link", false).await, Ok(()));
    for (from, to) in [(r"d\moved", "new"), (r"d\sub", "tree")] {
        let open = wants(from, M::DELETE).open(&fs).await;
        assert_eq!(rename(&open, Class::RENAME, to, false).await, Ok(()), "{from}");
        open.close(false).await.unwrap();
    }
    let rules = FileRules { recycle: Some(RecycleBin::default()), ..FileRules::default() };
    let view = ShareView { rules: Arc::new(rules), user: "ann".into(), administrator: false };
    let open = wants(r"d\deleted", M::DELETE).options(O::DELETE_ON_CLOSE).view(&view).open(&fs).await;
    open.close(false).await.unwrap();

    for path in ["link", "new", r"tree\beneath", r".recycle\ann\d\deleted"] {
        for refused in [M::READ_DATA, M::WRITE_DATA, M::WRITE_DAC] {
            assert_eq!(wants(path, refused).status(&fs).await, S::ACCESS_DENIED, "{path} {refused:?}");
        }
        assert_eq!(wants(path, M::READ_ATTRIBUTES).status(&fs).await, S::SUCCESS, "{path}");
    }
}

#[tokio::test]
async fn a_share_that_may_only_be_read_gets_no_names_and_no_ids() {
    let fs = file_system();
    make_file(&fs, "f", b"abc").await;
    let reader = wants("f", M::READ_DATA | M::READ_ATTRIBUTES).limit(M::FILE_GENERIC_READ);
    let open = reader.open(&fs).await;
    assert_eq!(rename(&open, Class::LINK, "g", false).await, Err(S::ACCESS_DENIED));
    assert_eq!(wants("g", M::READ_DATA).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(open.create_or_get_object_id().await, Err(S::ACCESS_DENIED));
    assert_eq!(open.object_id().await, Err(S::OBJECTID_NOT_FOUND));
}
