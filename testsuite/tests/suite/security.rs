//! Security descriptors over the wire: given, inherited, queried, set and enforced, in memory and on a file system.

use crate::support::refused;
use lanward_client::{Connection, Create, File, Options, Tree, contexts};
use lanward_fsa::FileSystem;
use lanward_nt::security::{Ace, AceType, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask as M, NtStatus as S, Sid};
use lanward_server::ShareDefinition;
use lanward_smb2::messages::{
    CreateDisposition, CreateRequestContext, InfoType, QueryInfoRequest, SecurityInformation as Info,
};
use lanward_testsuite::{ALICE, MemAccounts, Plan, ROOT, Site};
use lanward_wire::{Decode as _, Encode as _, Reader};

const BOTH: u8 = Ace::OBJECT_INHERIT | Ace::CONTAINER_INHERIT;

/// Two users and an administrator at a share in memory, and at one on a file system that keeps attributes if there is one.
fn each(test: impl Fn(&Site, &mut dyn FnMut((&str, &str)) -> (Connection, Tree))) {
    let plan = || {
        let mut accounts = MemAccounts::default();
        accounts.add_user(CAROL.0, CAROL.1);
        Plan { accounts, ..Plan::default() }
    };
    let folder = tempfile::tempdir().unwrap();
    let directory = plan().directory("data", folder.path()).unwrap();
    for site in [plan().start().unwrap(), directory.start().unwrap()] {
        let mut log_in = |(user, password): (&str, &str)| {
            let mut c = site.connect(Options::default()).unwrap();
            let session = c.login(user, password).unwrap();
            let tree = c.tree_connect(session, "data").unwrap();
            (c, tree)
        };
        test(&site, &mut log_in);
    }
}

const CAROL: (&str, &str) = ("carol", "Secret010");

/// As [`MemAccounts`] numbers them.
fn sid_of(user: &str) -> Sid {
    let rid = ["alice", "root", "bob", "carol"].iter().position(|u| *u == user).unwrap();
    Sid::new(5, &[21, 1, 2, 3, 1000 + u32::try_from(rid).unwrap()])
}

fn list(entries: Vec<Ace>) -> SecurityDescriptor {
    SecurityDescriptor { dacl: Some(Some(Acl::new(entries))), ..SecurityDescriptor::default() }
}

fn everyone(mask: M, flags: u8) -> Ace {
    Ace::allow(Sid::everyone(), mask, flags)
}

fn told(c: &mut Connection, file: File, parts: Info) -> SecurityDescriptor {
    SecurityDescriptor::decode(&mut Reader::new(&c.query_security(file, parts).unwrap())).unwrap()
}

fn open(c: &mut Connection, tree: Tree, name: &str, access: M) -> lanward_client::Result<File> {
    c.create(tree, &Create::open(name, access)).map(|created| created.file)
}

fn secure(c: &mut Connection, tree: Tree, name: &str, sd: &SecurityDescriptor) {
    let file = open(c, tree, name, M::WRITE_DAC).unwrap();
    c.set_security(file, Info::DACL, &sd.to_bytes()).unwrap();
    c.close(file).unwrap();
}

#[test]
fn what_one_user_forbids_another_cannot_do() {
    each(|_, log_in| {
        let ((mut a, tree_a), (mut b, tree_b)) = (log_in(ALICE), log_in(CAROL));
        let folder = a.create(tree_a, &Create::new_directory("d")).unwrap().file;
        a.close(folder).unwrap();
        let mine = Ace::allow(sid_of("alice"), M::FILE_ALL_ACCESS, BOTH);
        secure(&mut a, tree_a, "d", &list(vec![mine.clone(), everyone(M::FILE_GENERIC_READ, BOTH)]));
        a.write_file(tree_a, r"d\f", b"hers").unwrap();
        assert_eq!(b.read_file(tree_b, r"d\f").unwrap(), b"hers");
        for access in [M::WRITE_DATA, M::DELETE, M::WRITE_DAC, M::WRITE_OWNER, M::WRITE_ATTRIBUTES] {
            assert_eq!(refused(open(&mut b, tree_b, r"d\f", access)), S::ACCESS_DENIED, "{access:?}");
        }
        assert_eq!(refused(b.create(tree_b, &Create::new_file(r"d\g"))), S::ACCESS_DENIED);
        assert_eq!(refused(b.create(tree_b, &Create::new_directory(r"d\g"))), S::ACCESS_DENIED);
        assert_eq!(refused(b.create(tree_b, &Create::delete_on_close(r"d\f"))), S::ACCESS_DENIED);
        b.write_file(tree_b, "out", b"his").unwrap();
        let his = open(&mut b, tree_b, "out", M::DELETE).unwrap();
        assert_eq!(refused(b.rename(his, r"d\in", false)), S::ACCESS_DENIED);
        let file = open(&mut b, tree_b, r"d\f", M::READ_CONTROL).unwrap();
        let inherited = told(&mut b, file, Info::OWNER | Info::DACL);
        assert_eq!(inherited.owner, Some(sid_of("alice")));
        let entries = vec![Ace { flags: 0, ..mine }, everyone(M::FILE_GENERIC_READ, 0)];
        assert_eq!(inherited.dacl, list(entries).dacl);
        assert_eq!(refused(b.query_security(file, Info::SACL)), S::ACCESS_DENIED);
    });
}

#[test]
fn the_most_one_can_have_is_told() {
    each(|_, log_in| {
        let ((mut a, tree_a), (mut b, tree_b)) = (log_in(ALICE), log_in(CAROL));
        a.write_file(tree_a, "f", b"").unwrap();
        let own = Ace::allow(sid_of("carol"), M::FILE_GENERIC_READ, 0);
        secure(&mut a, tree_a, "f", &list(vec![own]));
        let wanted = contexts(&[CreateRequestContext::QueryMaximalAccess(None)]);
        let created = b.create(tree_b, &Create::open("f", M::READ_DATA).contexts(&wanted)).unwrap();
        assert_eq!(created.maximal_access().unwrap(), Some(M::FILE_GENERIC_READ | M::DELETE));
        let most = b.create(tree_b, &Create::open("f", M::MAXIMUM_ALLOWED)).unwrap().file;
        let access = b.query_info(most, InfoType::FILE, 8, 4).unwrap();
        assert_eq!(access, (M::FILE_GENERIC_READ | M::DELETE).bits().to_le_bytes());
        let asked = M::MAXIMUM_ALLOWED | M::WRITE_DATA;
        assert_eq!(refused(open(&mut b, tree_b, "f", asked)), S::ACCESS_DENIED);
    });
}

#[test]
fn a_descriptor_comes_with_a_create_or_not_at_all() {
    each(|_, log_in| {
        let (mut c, tree) = log_in(ALICE);
        let given = list(vec![everyone(M::READ_DATA, 0)]).to_bytes();
        let with = |bytes| contexts(&[CreateRequestContext::SecurityDescriptor(bytes)]);
        let (good, bad) = (with(&given), with(&given[..8]));
        assert_eq!(refused(c.create(tree, &Create::new_file("f").contexts(&bad))), S::INVALID_SECURITY_DESCR);
        assert_eq!(refused(open(&mut c, tree, "f", M::READ_DATA)), S::OBJECT_NAME_NOT_FOUND);
        let file =
            c.create(tree, &Create { access: M::READ_CONTROL, ..Create::new_file("f") }.contexts(&good));
        let file = file.unwrap().file;
        assert_eq!(told(&mut c, file, Info::DACL).dacl, list(vec![everyone(M::READ_DATA, 0)]).dacl);
        assert_eq!(told(&mut c, file, Info::OWNER).owner, Some(sid_of("alice")));
        assert_eq!(refused(open(&mut c, tree, "f", M::WRITE_DATA)), S::ACCESS_DENIED);
        let opened = Create { disposition: CreateDisposition::OPEN_IF, ..Create::open("f", M::READ_DATA) };
        c.create(tree, &opened).unwrap();
    });
}

#[test]
fn who_asks_with_too_little_room_is_told_how_much() {
    each(|_, log_in| {
        let (mut c, tree) = log_in(ALICE);
        c.write_file(tree, "f", b"").unwrap();
        let file = open(&mut c, tree, "f", M::READ_CONTROL).unwrap();
        let whole = c.query_security(file, Info::OWNER | Info::GROUP | Info::DACL).unwrap();
        let ask = |length: usize| QueryInfoRequest {
            info_type: InfoType::SECURITY,
            additional_information: 7,
            output_buffer_length: u32::try_from(length).unwrap(),
            file_id: file.id,
            ..QueryInfoRequest::default()
        };
        assert_eq!(c.query_info_with(file, &ask(whole.len())).unwrap(), whole);
        assert_eq!(refused(c.query_info_with(file, &ask(whole.len() - 1))), S::BUFFER_TOO_SMALL);
        assert_eq!(refused(c.query_info_with(file, &ask(0))), S::BUFFER_TOO_SMALL);
    });
}

/// [MS-FSA] 2.1.5.1: DesiredAccess must not be zero nor have bits of 0x0CE0FE00; SYNCHRONIZE is none of them.
#[test]
fn an_open_that_only_waits_may_do_nothing_else() {
    each(|_, log_in| {
        let (mut c, tree) = log_in(ALICE);
        c.write_file(tree, "f", b"").unwrap();
        let file = open(&mut c, tree, "f", M::SYNCHRONIZE).unwrap();
        assert_eq!(refused(c.query_security(file, Info::OWNER)), S::ACCESS_DENIED);
        assert_eq!(refused(open(&mut c, tree, "f", M::empty())), S::ACCESS_DENIED);
    });
}

#[test]
fn administrators_take_over_and_audit() {
    each(|_, log_in| {
        let ((mut a, tree_a), (mut r, tree_r)) = (log_in(ALICE), log_in(ROOT));
        a.write_file(tree_a, "f", b"").unwrap();
        secure(&mut a, tree_a, "f", &list(vec![]));
        let audits = M::ACCESS_SYSTEM_SECURITY;
        assert_eq!(refused(open(&mut a, tree_a, "f", audits)), S::PRIVILEGE_NOT_HELD);
        assert_eq!(refused(open(&mut a, tree_a, "f", M::READ_DATA)), S::ACCESS_DENIED);
        assert_eq!(refused(open(&mut r, tree_r, "f", M::READ_DATA)), S::ACCESS_DENIED);
        let file = open(&mut r, tree_r, "f", M::WRITE_OWNER | audits).unwrap();
        let owner = SecurityDescriptor { owner: Some(sid_of("root")), ..SecurityDescriptor::default() };
        r.set_security(file, Info::OWNER, &owner.to_bytes()).unwrap();
        let audit = Ace { kind: AceType::SYSTEM_AUDIT, ..everyone(M::WRITE_DATA, 0x40) };
        let sacl = Some(Some(Acl::new(vec![audit])));
        let sacl = SecurityDescriptor { sacl, ..SecurityDescriptor::default() };
        r.set_security(file, Info::SACL, &sacl.to_bytes()).unwrap();
        assert_eq!(told(&mut r, file, Info::SACL).sacl, sacl.sacl);
        r.close(file).unwrap();
        secure(&mut r, tree_r, "f", &list(vec![everyone(M::READ_CONTROL, 0)]));
        let file = open(&mut a, tree_a, "f", M::READ_CONTROL).unwrap();
        assert_eq!(told(&mut a, file, Info::OWNER).owner, Some(sid_of("root")));
        let foreign = SecurityDescriptor { owner: Some(sid_of("bob")), ..SecurityDescriptor::default() };
        assert_eq!(refused(a.set_security(file, Info::OWNER, &foreign.to_bytes())), S::ACCESS_DENIED);
    });
}

#[test]
fn a_volume_says_that_it_keeps_lists_and_finds_them_again() {
    let folder = tempfile::tempdir().unwrap();
    let alice = |path| {
        let site = Plan::default().directory("data", path).unwrap().start().unwrap();
        let (c, tree) = site.alice(Options::default()).unwrap();
        (site, c, tree)
    };
    let (site, mut c, tree) = alice(folder.path());
    let root = open(&mut c, tree, "", M::READ_ATTRIBUTES | M::WRITE_DAC).unwrap();
    let attributes = c.query_info(root, InfoType::FILESYSTEM, 5, 64).unwrap();
    if attributes[0] & 8 == 0 {
        return; // the file system of the temporary directory keeps no attributes
    }
    c.write_file(tree, "old", b"").unwrap();
    let full = Ace::allow(sid_of("alice"), M::FILE_ALL_ACCESS, BOTH);
    c.set_security(root, Info::DACL, &list(vec![full]).to_bytes()).unwrap();
    drop((c, site));
    let mut accounts = MemAccounts::default();
    accounts.add_user(CAROL.0, CAROL.1);
    let plan = Plan { accounts, ..Plan::default() };
    let site = plan.directory("data", folder.path()).unwrap().start().unwrap();
    std::fs::write(folder.path().join("local"), b"").unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(CAROL.0, CAROL.1).unwrap();
    let tree = c.tree_connect(session, "data").unwrap();
    for name in ["", "old", "local"] {
        assert_eq!(refused(open(&mut c, tree, name, M::READ_DATA)), S::ACCESS_DENIED, "{name}");
    }
    assert_eq!(refused(c.create(tree, &Create::new_file("new"))), S::ACCESS_DENIED);
}

#[test]
fn folders_hide_what_cannot_be_read_where_the_share_says_so() {
    let volume = lanward_vfs::MemVolume::new(|| lanward_nt::FileTime(1_000_000));
    let share = ShareDefinition::disk("data", FileSystem::new(volume), "data");
    let hiding = ShareDefinition { hide_unreadable: true, ..share.clone() };
    let site = Plan::default().define(share).define(ShareDefinition { name: "hides".into(), ..hiding });
    let site = site.start().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let hides = c.tree_connect(tree.session, "hides").unwrap();
    for name in ["secret", "open"] {
        c.write_file(tree, name, b"").unwrap();
    }
    secure(&mut c, tree, "secret", &list(vec![everyone(M::READ_ATTRIBUTES, 0)]));
    let mut names = |tree| {
        let root = c.create(tree, &Create::directory("")).unwrap().file;
        let mut names: Vec<String> = c.list(root, "*").unwrap().iter().map(|e| e.name.to_string()).collect();
        names.sort();
        names
    };
    assert_eq!(names(tree), [".", "..", "open", "secret"]);
    assert_eq!(names(hides), [".", "..", "open"]);
}
