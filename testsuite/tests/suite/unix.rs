//! Files opened as users of the machine: two of them at one server. Needs to be able to become them.

use crate::support::refused;
use lanward_client::{Connection, Create, File, Options, Tree, contexts, durable_v2, reconnect_v2};
use lanward_fsa::{FileRules, FileSystem, RecycleBin, UnixIdentity, UnixNames};
use lanward_localfs::LocalVolume;
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask as M, FileTime, Guid, NtStatus as S, Sid};
use lanward_server::{ShareDefinition, ShareKind, UnixUsers, User};
use lanward_smb2::messages::{
    ChangeNotifyFlags, CompletionFilter, CreateDisposition, CreateRequestContext, DurableHandleFlags,
    InfoType, OplockLevel, SecurityInformation as Info,
};
use lanward_testsuite::{ALICE, MemAccounts, Plan, ROOT, Site};
use lanward_vfs::UnixUser;
use lanward_wire::{Decode as _, Encode as _, Reader};
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::PathBuf;
use std::sync::Arc;

const CAROL: (&str, &str) = ("carol", "Secret010");
const ALICES: u32 = 61_001;
const CAROLS: u32 = 61_002;
const STAFF: u32 = 61_100;

/// Alice is in the staff, Carol is not, and nobody else is anybody.
#[derive(Debug)]
struct Users;

impl UnixUsers for Users {
    fn look_up(&self, _user: &User) {}

    fn identity_of(&self, user: &User) -> Result<UnixIdentity, S> {
        let (number, groups) = match user.name.to_string_lossy().as_str() {
            "alice" => (ALICES, vec![STAFF]),
            "carol" => (CAROLS, vec![]),
            _ => return Err(S::ACCESS_DENIED),
        };
        let user = UnixUser { user: number, group: number, groups, file_mask: 0o644, directory_mask: 0o755 };
        Ok(UnixIdentity { user: Arc::new(user), names: Arc::new(Names) })
    }
}

/// The same on a machine that takes its time to say so.
#[derive(Debug)]
struct SlowUsers;

impl UnixUsers for SlowUsers {
    fn look_up(&self, _user: &User) {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }

    fn identity_of(&self, user: &User) -> Result<UnixIdentity, S> {
        Users.identity_of(user)
    }
}

#[derive(Debug)]
struct Names;

fn alice() -> Sid {
    Sid::new(5, &[21, 1, 2, 3, 1000])
}

fn carol() -> Sid {
    Sid::new(5, &[21, 1, 2, 3, 1003])
}

impl UnixNames for Names {
    fn user(&self, number: u32) -> Sid {
        match number {
            ALICES => alice(),
            CAROLS => carol(),
            number => Sid::new(22, &[1, number]),
        }
    }

    fn group(&self, number: u32) -> Sid {
        Sid::new(22, &[2, number])
    }

    fn user_number(&self, sid: &Sid) -> Option<u32> {
        [ALICES, CAROLS, 0].into_iter().find(|number| self.user(*number) == *sid)
    }

    fn group_number(&self, sid: &Sid) -> Option<u32> {
        [ALICES, CAROLS, STAFF, 0].into_iter().find(|number| self.group(*number) == *sid)
    }
}

struct Place {
    root: tempfile::TempDir,
    site: Site,
}

/// A folder everybody may make files in.
fn place() -> Option<Place> {
    place_with(|share| share)
}

fn place_with(change: impl FnOnce(ShareDefinition) -> ShareDefinition) -> Option<Place> {
    let missing = lanward_sys::missing_capabilities().unwrap();
    if !missing.is_empty() {
        println!("skipped: acting as others needs {}", missing.join(", "));
        return None;
    }
    let root = tempfile::tempdir().unwrap();
    std::fs::set_permissions(root.path(), Permissions::from_mode(0o777)).unwrap();
    let options = lanward_localfs::Options { real_modes: true, ..lanward_localfs::Options::default() };
    let volume = LocalVolume::open(root.path(), options).unwrap();
    let share = ShareDefinition::disk("data", FileSystem::new(volume), "data");
    let mut accounts = MemAccounts::default();
    accounts.add_user(CAROL.0, CAROL.1);
    let share = change(ShareDefinition { unix: Some(Arc::new(Users)), ..share });
    let site = Plan { accounts, ..Plan::default() }.define(share).start().unwrap();
    Some(Place { root, site })
}

impl Place {
    fn log_in(&self, (user, password): (&str, &str)) -> (Connection, Tree) {
        let mut c = self.site.connect(Options::default()).unwrap();
        let session = c.login(user, password).unwrap();
        let tree = c.tree_connect(session, "data").unwrap();
        (c, tree)
    }

    fn both(&self) -> ((Connection, Tree), (Connection, Tree)) {
        (self.log_in(ALICE), self.log_in(CAROL))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn file(&self, name: &str, owner: (u32, u32), mode: u32) {
        std::fs::write(self.at(name), b"data").unwrap();
        self.own(name, owner, mode);
    }

    fn directory(&self, name: &str, owner: (u32, u32), mode: u32) {
        std::fs::create_dir(self.at(name)).unwrap();
        self.own(name, owner, mode);
    }

    fn own(&self, name: &str, owner: (u32, u32), mode: u32) {
        chown(self.at(name), Some(owner.0), Some(owner.1)).unwrap();
        std::fs::set_permissions(self.at(name), Permissions::from_mode(mode)).unwrap();
    }

    fn ids(&self, name: &str) -> (u32, u32, u32) {
        let state = std::fs::symlink_metadata(self.at(name)).unwrap();
        (state.uid(), state.gid(), state.mode() & 0o7777)
    }
}

fn open(c: &mut Connection, tree: Tree, name: &str, access: M) -> lanward_client::Result<File> {
    c.create(tree, &Create::open(name, access)).map(|created| created.file)
}

fn most(c: &mut Connection, tree: Tree, name: &str) -> M {
    let wanted = contexts(&[CreateRequestContext::QueryMaximalAccess(None)]);
    let created = c.create(tree, &Create::open(name, M::READ_ATTRIBUTES).contexts(&wanted)).unwrap();
    c.close(created.file).unwrap();
    created.maximal_access().unwrap().unwrap()
}

fn told(c: &mut Connection, tree: Tree, name: &str) -> SecurityDescriptor {
    let file = open(c, tree, name, M::READ_CONTROL).unwrap();
    let bytes = c.query_security(file, Info::OWNER | Info::GROUP | Info::DACL).unwrap();
    c.close(file).unwrap();
    SecurityDescriptor::decode(&mut Reader::new(&bytes)).unwrap()
}

fn list(entries: Vec<Ace>) -> Vec<u8> {
    SecurityDescriptor { dacl: Some(Some(Acl::new(entries))), ..SecurityDescriptor::default() }.to_bytes()
}

fn secure(c: &mut Connection, tree: Tree, name: &str, bytes: &[u8]) -> lanward_client::Result<()> {
    let file = open(c, tree, name, M::WRITE_DAC)?;
    let outcome = c.set_security(file, Info::DACL, bytes);
    c.close(file)?;
    outcome
}

#[test]
fn who_is_nobody_of_the_machine_comes_in_nowhere() {
    let Some(p) = place() else { return };
    let mut c = p.site.connect(Options::default()).unwrap();
    let session = c.login(ROOT.0, ROOT.1).unwrap();
    assert_eq!(refused(c.tree_connect(session, "data")), S::ACCESS_DENIED, "administrators are no root");
    c.tree_connect(session, "IPC$").unwrap();
}

#[test]
fn who_is_looked_up_for_long_is_connected_all_the_same() {
    let users: Arc<dyn UnixUsers> = Arc::new(SlowUsers);
    let Some(p) = place_with(|share| ShareDefinition { unix: Some(users), ..share }) else { return };
    let (mut a, ta) = p.log_in(ALICE);
    a.write_file(ta, "f", b"data").unwrap();
}

#[test]
fn files_are_their_makers_and_the_system_guards_them() {
    let Some(p) = place() else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    a.write_file(ta, "hers", b"alice").unwrap();
    a.touch(ta, &Create::new_directory("folder")).unwrap();
    c.write_file(tc, "others", b"carol").unwrap();
    assert_eq!(p.ids("hers"), (ALICES, ALICES, 0o644));
    assert_eq!(p.ids("folder"), (ALICES, ALICES, 0o755));
    assert_eq!(p.ids("others"), (CAROLS, CAROLS, 0o644));
    assert_eq!(c.read_file(tc, "hers").unwrap(), b"alice");
    for access in
        [M::WRITE_DATA, M::APPEND_DATA, M::WRITE_EA, M::WRITE_ATTRIBUTES, M::WRITE_DAC, M::WRITE_OWNER]
    {
        assert_eq!(refused(open(&mut c, tc, "hers", access)), S::ACCESS_DENIED, "{access:?}");
    }
    let overwrite = Create::open("hers", M::READ_DATA).disposition(CreateDisposition::OVERWRITE);
    assert_eq!(refused(c.create(tc, &overwrite)), S::ACCESS_DENIED);
    assert_eq!(refused(c.create(tc, &Create::new_file(r"folder\x"))), S::ACCESS_DENIED);
    assert_eq!(refused(c.create(tc, &Create::new_directory(r"folder\x"))), S::ACCESS_DENIED);
    p.file("secret", (ALICES, ALICES), 0o600);
    assert_eq!(refused(c.read_file(tc, "secret")), S::ACCESS_DENIED);
    assert_eq!(a.read_file(ta, "secret").unwrap(), b"data");
    p.file("staff", (0, STAFF), 0o660);
    assert_eq!(a.read_file(ta, "staff").unwrap(), b"data", "by a supplementary group");
    assert_eq!(refused(c.read_file(tc, "staff")), S::ACCESS_DENIED);
    assert_eq!(most(&mut c, tc, "secret"), M::READ_ATTRIBUTES | M::READ_CONTROL | M::SYNCHRONIZE | M::DELETE);
    assert_eq!(most(&mut a, ta, "secret"), M::FILE_ALL_ACCESS.difference(M::DELETE_CHILD));
    p.directory("team", (0, STAFF), 0o2775);
    a.write_file(ta, r"team\plan", b"").unwrap();
    assert_eq!(p.ids("team/plan"), (ALICES, STAFF, 0o644), "the folder hands its group down");
    p.directory("private", (ALICES, ALICES), 0o700);
    a.write_file(ta, r"private\x", b"").unwrap();
    for name in [r"private\x", r"private\X", r"private\none"] {
        assert_eq!(refused(c.read_file(tc, name)), S::ACCESS_DENIED, "{name}");
    }
}

#[test]
fn a_stream_goes_with_the_rights_of_who_deleted_it() {
    let Some(p) = place() else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    a.write_file(ta, "hers", b"1").unwrap();
    a.write_file(ta, "hers:stream", b"2").unwrap();
    let others = open(&mut c, tc, "hers:stream", M::READ_DATA).unwrap();
    a.touch(ta, &Create::delete_on_close("hers:stream")).unwrap();
    c.close(others).unwrap();
    assert_eq!(refused(a.read_file(ta, "hers:stream")), S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(a.read_file(ta, "hers").unwrap(), b"1");
}

#[test]
fn names_go_as_the_folder_lets_them() {
    let Some(p) = place() else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    p.directory("tmp", (0, 0), 0o1777);
    a.write_file(ta, r"tmp\hers", b"1").unwrap();
    a.write_file(ta, r"tmp\moved", b"1").unwrap();
    assert_eq!(refused(c.create(tc, &Create::delete_on_close(r"tmp\hers"))), S::ACCESS_DENIED);
    assert_eq!(refused(open(&mut c, tc, r"tmp\hers", M::DELETE)), S::ACCESS_DENIED, "nor renamed");
    c.write_file(tc, r"tmp\others", b"2").unwrap();
    let others = open(&mut c, tc, r"tmp\others", M::DELETE).unwrap();
    assert_eq!(refused(c.rename(others, r"tmp\hers", true)), S::ACCESS_DENIED, "nor replaced");
    c.rename(others, r"others", false).unwrap();
    c.close(others).unwrap();
    let hers = open(&mut a, ta, r"tmp\moved", M::DELETE).unwrap();
    a.rename(hers, "moved", false).unwrap();
    a.close(hers).unwrap();
    assert_eq!(p.ids("moved").0, ALICES);
    a.touch(ta, &Create::delete_on_close(r"tmp\hers")).unwrap();
    assert!(!p.at("tmp/hers").exists());
    // Whoever deletes it deletes it, whoever closes it last.
    p.directory("hers", (ALICES, ALICES), 0o755);
    p.file("hers/file", (ALICES, ALICES), 0o644);
    let last = open(&mut c, tc, r"hers\file", M::READ_DATA).unwrap();
    a.touch(ta, &Create::delete_on_close(r"hers\file")).unwrap();
    assert!(p.at("hers/file").exists());
    c.close(last).unwrap();
    assert!(!p.at("hers/file").exists());
}

#[test]
fn modes_are_descriptors() {
    let Some(p) = place() else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    p.file("f", (ALICES, STAFF), 0o640);
    let sd = told(&mut a, ta, "f");
    assert_eq!((sd.owner, sd.group), (Some(alice()), Some(Names.group(STAFF))));
    let readable = M::READ_DATA | M::READ_EA;
    let all: Vec<_> = sd.dacl.unwrap().unwrap().entries;
    assert_eq!(all.len(), 2, "owner and group; nobody else has anything");
    // What a mode says becomes one, and nothing is stored.
    let everyone = |mask| Ace::allow(Sid::everyone(), mask, 0);
    let full = Ace::allow(alice(), M::FILE_ALL_ACCESS, 0);
    secure(&mut a, ta, "f", &list(vec![full.clone(), everyone(M::FILE_GENERIC_READ)])).unwrap();
    assert_eq!(p.ids("f"), (ALICES, STAFF, 0o744));
    assert!(most(&mut c, tc, "f").contains(readable));
    secure(&mut a, ta, "f", &list(vec![full.clone()])).unwrap();
    assert_eq!(p.ids("f").2, 0o700);
    assert_eq!(refused(c.read_file(tc, "f")), S::ACCESS_DENIED);
    p.own("f", (ALICES, STAFF), 0o604);
    assert_eq!(c.read_file(tc, "f").unwrap(), b"data", "nothing stands in the way of what others set");
    // What it cannot say is stored, and both have to allow.
    let finer = vec![Ace::deny(carol(), M::READ_DATA, 0), full.clone(), everyone(M::FILE_GENERIC_READ)];
    secure(&mut a, ta, "f", &list(finer.clone())).unwrap();
    assert_eq!(p.ids("f").2, 0o744);
    assert_eq!(refused(c.read_file(tc, "f")), S::ACCESS_DENIED);
    assert_eq!(told(&mut a, ta, "f").dacl, Some(Some(Acl::new(finer))));
    let generous = vec![full, Ace::allow(carol(), M::FILE_ALL_ACCESS, 0)];
    secure(&mut a, ta, "f", &list(generous)).unwrap();
    assert_eq!(p.ids("f").2, 0o700);
    assert_eq!(
        refused(c.read_file(tc, "f")),
        S::ACCESS_DENIED,
        "what the machine does not permit nobody allows"
    );
    secure(&mut a, ta, "f", &list(vec![everyone(M::FILE_ALL_ACCESS)])).unwrap();
    assert_eq!((p.ids("f").2, c.read_file(tc, "f").unwrap()), (0o777, b"data".to_vec()), "it is gone again");
    // Only an owner changes it, and nobody gives anything away.
    assert_eq!(refused(secure(&mut c, tc, "f", &list(vec![]))), S::ACCESS_DENIED);
    let file = open(&mut a, ta, "f", M::WRITE_OWNER).unwrap();
    let owned =
        |owner: Option<Sid>, group| SecurityDescriptor { owner, group, ..SecurityDescriptor::default() };
    let given = owned(Some(carol()), None).to_bytes();
    assert!([S::INVALID_OWNER, S::ACCESS_DENIED].contains(&refused(a.set_security(
        file,
        Info::OWNER,
        &given
    ))));
    a.set_security(file, Info::GROUP, &owned(None, Some(Names.group(ALICES))).to_bytes()).unwrap();
    assert_eq!(p.ids("f").1, ALICES);
    let foreign = owned(None, Some(Names.group(CAROLS))).to_bytes();
    refused(a.set_security(file, Info::GROUP, &foreign));
    assert_eq!(p.ids("f").1, ALICES);
    let nobodys = owned(None, Some(Sid::users())).to_bytes();
    assert_eq!(refused(a.set_security(file, Info::GROUP, &nobodys)), S::INVALID_OWNER);
}

#[test]
fn a_descriptor_that_comes_with_a_create_is_its_mode() {
    let Some(p) = place() else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    let given = list(vec![Ace::allow(alice(), M::FILE_GENERIC_READ | M::FILE_GENERIC_WRITE, 0)]);
    let with = contexts(&[CreateRequestContext::SecurityDescriptor(&given)]);
    a.touch(ta, &Create::new_file("plain").contexts(&with)).unwrap();
    assert_eq!(p.ids("plain").2, 0o600);
    assert_eq!(refused(c.read_file(tc, "plain")), S::ACCESS_DENIED);
    let inherit = Ace::OBJECT_INHERIT | Ace::CONTAINER_INHERIT;
    let handed = list(vec![
        Ace::deny(carol(), M::READ_DATA, inherit),
        Ace::allow(Sid::everyone(), M::FILE_ALL_ACCESS, inherit),
    ]);
    let with = contexts(&[CreateRequestContext::SecurityDescriptor(&handed)]);
    a.touch(ta, &Create::new_directory("folder").contexts(&with)).unwrap();
    a.write_file(ta, r"folder\file", b"x").unwrap();
    assert_eq!(p.ids("folder/file").2, 0o644);
    assert_eq!(
        refused(c.read_file(tc, r"folder\file")),
        S::ACCESS_DENIED,
        "it inherits what is stored above"
    );
}

#[test]
fn streams_attributes_and_links_go_by_the_permissions_too() {
    let Some(p) = place() else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    a.write_file(ta, "f", b"data").unwrap();
    a.write_file(ta, "f:s", b"stream").unwrap();
    assert_eq!(c.read_file(tc, "f:s").unwrap(), b"stream");
    assert_eq!(refused(c.write_file(tc, "f:s", b"no")), S::ACCESS_DENIED);
    assert_eq!(refused(c.write_file(tc, "f:new", b"no")), S::ACCESS_DENIED);
    p.own("f", (ALICES, ALICES), 0o600);
    assert_eq!(refused(c.read_file(tc, "f:s")), S::ACCESS_DENIED);
    assert_eq!(a.read_file(ta, "f:s").unwrap(), b"stream");
    // Times and attributes: also of what its owner may not write.
    p.own("f", (ALICES, ALICES), 0o400);
    let file = open(&mut a, ta, "f", M::WRITE_ATTRIBUTES).unwrap();
    let mut basic = [0_u8; 40];
    basic[32] = 2; // FILE_ATTRIBUTE_HIDDEN
    a.set_info(file, InfoType::FILE, 4, &basic).unwrap();
    a.close(file).unwrap();
    let seen = c.create(tc, &Create::open("f", M::READ_ATTRIBUTES)).unwrap();
    assert_eq!(seen.information.attributes.bits(), 2);
    c.close(seen.file).unwrap();
    a.touch(ta, &Create::delete_on_close("f")).unwrap();
    assert_eq!(std::fs::read_dir(p.at(".lanward/streams")).unwrap().count(), 0, "its streams went with it");
}

#[test]
fn folders_are_listed_without_what_cannot_be_read_where_the_share_says_so() {
    let Some(p) = place_with(|share| ShareDefinition { hide_unreadable: true, ..share }) else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    p.file("hers", (ALICES, ALICES), 0o600);
    p.file("all", (ALICES, ALICES), 0o644);
    let names = |c: &mut Connection, tree| {
        let root = c.create(tree, &Create::directory("")).unwrap().file;
        let mut names: Vec<String> =
            c.list(root, "*").unwrap().into_iter().map(|e| e.name.to_string_lossy()).collect();
        c.close(root).unwrap();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    };
    assert_eq!(names(&mut a, ta), ["all", "hers"]);
    assert_eq!(names(&mut c, tc), ["all"]);
}

#[test]
fn changes_are_told_without_what_cannot_be_read_where_the_share_says_so() {
    let Some(p) = place_with(|share| ShareDefinition { hide_unreadable: true, ..share }) else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    p.file("hers", (ALICES, ALICES), 0o600);
    p.file("known", (ALICES, ALICES), 0o644);
    let root = c.create(tc, &Create::directory("")).unwrap().file;
    let filter = CompletionFilter::LAST_WRITE | CompletionFilter::SIZE;
    let id = c.send_change_notify(root, ChangeNotifyFlags::empty(), filter, 4096).unwrap();
    c.receive_interim(id).unwrap();
    for name in ["hers", "known"] {
        a.write_file(ta, name, b"changed").unwrap();
    }
    let bytes = c.receive_changes(id).unwrap();
    let units: Vec<u16> = bytes.chunks_exact(2).map(|u| u16::from_le_bytes([u[0], u[1]])).collect();
    let heard = String::from_utf16_lossy(&units);
    assert!(heard.contains("known") && !heard.contains("hers"), "{heard:?}");
}

#[test]
fn nobody_is_taken_for_another_however_requests_are_mixed() {
    let Some(p) = place() else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    p.file("alices", (ALICES, ALICES), 0o600);
    p.file("carols", (CAROLS, CAROLS), 0o600);
    let rights = M::READ_DATA | M::WRITE_DATA;
    for round in 0..50 {
        // All are under way at once on the one worker there is.
        let sent: Vec<_> = (0..16)
            .map(|n| {
                let name = if n % 3 == 0 { "alices" } else { "carols" };
                let ask = Create::open(name, rights);
                (name, a.send_create(ta, &ask).unwrap(), c.send_create(tc, &ask).unwrap())
            })
            .collect();
        let made = format!("{round}");
        let new = |who: &str| format!("{who}{made}");
        a.write_file(ta, &new("a"), b"").unwrap();
        c.write_file(tc, &new("c"), b"").unwrap();
        assert_eq!((p.ids(&new("a")).0, p.ids(&new("c")).0), (ALICES, CAROLS));
        for (name, by_alice, by_carol) in sent {
            let (hers, others) = (a.receive_create(ta, by_alice), c.receive_create(tc, by_carol));
            let (may, may_not) = if name == "alices" { (hers, others) } else { (others, hers) };
            assert_eq!(refused(may_not), S::ACCESS_DENIED, "{name} in round {round}");
            let created = may.unwrap();
            let of = if name == "alices" { &mut a } else { &mut c };
            of.close(created.file).unwrap();
        }
    }
    assert!(std::fs::read(p.at("alices")).is_ok(), "this process is nobody else either");
}

#[test]
fn changes_are_told_of_folders_that_can_be_listed() {
    let Some(p) = place() else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    p.directory("private", (ALICES, ALICES), 0o700);
    p.directory("open", (ALICES, ALICES), 0o755);
    let mut told = |by: &mut Connection, tree: Tree| {
        let root = by.create(tree, &Create::directory("")).unwrap().file;
        let id = by
            .send_change_notify(root, ChangeNotifyFlags::WATCH_TREE, CompletionFilter::FILE_NAME, 4096)
            .unwrap();
        by.receive_interim(id).unwrap();
        a.write_file(ta, r"private\secret", b"").unwrap();
        a.write_file(ta, r"open\known", b"").unwrap();
        let bytes = by.receive_changes(id).unwrap();
        by.close(root).unwrap();
        for name in [r"private\secret", r"open\known"] {
            a.touch(ta, &Create::delete_on_close(name)).unwrap();
        }
        let units: Vec<u16> = bytes.chunks_exact(2).map(|u| u16::from_le_bytes([u[0], u[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let heard = told(&mut c, tc);
    assert!(heard.contains("known") && !heard.contains("secret") && !heard.contains("private"), "{heard:?}");
    let (mut again, tree) = p.log_in(ALICE);
    assert!(told(&mut again, tree).contains("secret"), "who may list it hears of it");
}

#[test]
fn deleted_files_are_kept_for_whoever_deleted_them() {
    let rules = FileRules { recycle: Some(RecycleBin::default()), ..FileRules::default() };
    let Some(p) = place_with(|share| ShareDefinition { rules: Arc::new(rules), ..share }) else { return };
    let ((mut a, ta), (mut c, tc)) = p.both();
    for (by, tree, name) in [(&mut a, ta, "alice"), (&mut c, tc, "carol")] {
        by.write_file(tree, name, b"gone").unwrap();
        by.touch(tree, &Create::delete_on_close(name)).unwrap();
    }
    assert_eq!(p.ids(".recycle"), (0, 0, 0o1777));
    assert_eq!(p.ids(".recycle/alice"), (ALICES, ALICES, 0o700));
    assert_eq!(p.ids(".recycle/alice/alice"), (ALICES, ALICES, 0o644));
    assert_eq!(p.ids(".recycle/carol/carol").0, CAROLS);
    refused(c.read_file(tc, r".recycle\alice\alice"));
}

#[test]
fn deleted_files_come_to_no_folder_that_somebody_else_made() {
    let rules = FileRules { recycle: Some(RecycleBin::default()), ..FileRules::default() };
    let Some(p) = place_with(|share| ShareDefinition { rules: Arc::new(rules), ..share }) else { return };
    let (mut a, ta) = p.log_in(ALICE);
    p.directory("private", (ALICES, ALICES), 0o700);
    p.directory(".recycle", (0, 0), 0o1777);
    p.directory(".recycle/alice", (CAROLS, CAROLS), 0o777);
    a.write_file(ta, r"private\secret", b"hers").unwrap();
    a.touch(ta, &Create::delete_on_close(r"private\secret")).unwrap();
    assert!(!p.at("private/secret").exists());
    assert_eq!(std::fs::read_dir(p.at(".recycle/alice")).unwrap().count(), 0, "Carol may look into it");
}

#[test]
fn what_is_old_in_the_bin_goes_as_far_as_its_user_could_delete_it() {
    let rules = FileRules { recycle: Some(RecycleBin::default()), ..FileRules::default() };
    let Some(p) = place_with(|share| ShareDefinition { rules: Arc::new(rules), ..share }) else { return };
    p.directory(".recycle", (0, 0), 0o1777);
    p.directory(".recycle/alice", (ALICES, ALICES), 0o700);
    p.directory(".recycle/alice/hers", (ALICES, ALICES), 0o700);
    p.directory(".recycle/alice/others", (0, 0), 0o755);
    for name in ["old", "hers/old", "others/kept"] {
        p.file(&format!(".recycle/alice/{name}"), (0, 0), 0o644);
    }
    let share = p.site.server.shares().into_iter().find(|share| share.name == "data".into()).unwrap();
    let ShareKind::Disk(file_system) = &share.kind else { panic!("no disk") };
    assert_eq!(file_system.expire_recycled(FileTime(u64::MAX)), Ok(2));
    assert!(p.at(".recycle/alice/others/kept").exists(), "she could not have deleted it");
    assert!(!p.at(".recycle/alice/hers").exists() && p.at(".recycle/alice").exists());
}

#[test]
fn what_is_old_in_the_bin_goes_where_only_a_group_comes_in() {
    let rules = FileRules { recycle: Some(RecycleBin::default()), ..FileRules::default() };
    let Some(p) = place_with(|share| ShareDefinition { rules: Arc::new(rules), ..share }) else { return };
    p.own("", (0, STAFF), 0o770);
    p.directory(".recycle", (0, 0), 0o1777);
    p.directory(".recycle/alice", (ALICES, ALICES), 0o700);
    p.file(".recycle/alice/old", (ALICES, ALICES), 0o600);
    let share = p.site.server.shares().into_iter().find(|share| share.name == "data".into()).unwrap();
    let ShareKind::Disk(file_system) = &share.kind else { panic!("no disk") };
    assert_eq!(file_system.expire_recycled(FileTime(u64::MAX)), Ok(1));
}

#[test]
fn an_open_that_waited_is_still_its_users() {
    let Some(p) = place() else { return };
    let (mut a, ta) = p.log_in(ALICE);
    p.file("f", (ALICES, ALICES), 0o600);
    let guid = Guid([9; 16]);
    let wanted = contexts(&[durable_v2(guid, 60_000)]);
    let ask = Create::open("f", M::READ_DATA | M::WRITE_DATA).oplock(OplockLevel::BATCH).contexts(&wanted);
    let file = a.create(ta, &ask).unwrap().file;
    drop(a);
    let (mut a, ta) = p.log_in(ALICE);
    let back = contexts(&[reconnect_v2(file.id, guid, DurableHandleFlags::empty())]);
    let file = a.create(ta, &Create::open("f", M::READ_DATA).contexts(&back)).unwrap().file;
    a.write(file, 0, b"late").unwrap();
    assert_eq!(std::fs::read(p.at("f")).unwrap(), b"late");
    a.close(file).unwrap();
    assert_eq!(p.ids("f"), (ALICES, ALICES, 0o600));
}
