//! Opens that outlive their connection, and requests that are sent twice.

use crate::support::refused;
use lanward_client::{
    Connection, Create, Created, Durability, File, Login, Options, Tree, contexts, durable_v2, lease,
    lease_v2, reconnect_v2,
};
use lanward_nt::{AccessMask, Guid, NtStatus, ShareAccess};
use lanward_smb2::messages::{
    CreateAction, CreateDisposition, CreateRequestContext, DurableHandleFlags, LeaseKey, LeaseState,
    LockElement, LockFlags, OplockLevel,
};
use lanward_smb2::{Dialect, FileId};
use lanward_testsuite::{ALICE, Counts, ROOT, Site};

const CLIENT: Guid = Guid([0xc1; 16]);
const RANGE: LockElement = LockElement {
    offset: 10,
    length: 5,
    flags: LockFlags::from_bits_retain(LockFlags::EXCLUSIVE_LOCK.bits() | LockFlags::FAIL_IMMEDIATELY.bits()),
};

fn unlock() -> LockElement {
    LockElement { flags: LockFlags::UNLOCK, ..RANGE }
}

fn options() -> Options {
    Options { client_guid: Some(CLIENT), ..Options::default() }
}

/// Reads and writes, shared with nobody.
fn alone(name: &str) -> Create<'_> {
    Create::open(name, AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE)
        .disposition(CreateDisposition::OPEN_IF)
        .share(ShareAccess::empty())
}

fn come_back(c: &mut Connection, tree: Tree, id: FileId) -> lanward_client::Result<Created> {
    let list = contexts(&[CreateRequestContext::DurableHandleReconnect(id)]);
    c.create(tree, &Create::open("", AccessMask::empty()).contexts(&list))
}

/// Waits until the server has seen that connections are gone.
fn settles(site: &Site, opens: usize) {
    site.settles_at(Counts { opens, ..Counts::default() }).unwrap();
}

#[test]
fn a_resilient_open_outlives_its_connection_with_its_locks() {
    let site = Site::new().unwrap();
    for dialect in Dialect::ALL.into_iter().filter(|d| *d != Dialect::V2_0_2) {
        println!("{dialect}");
        let options = Options { dialects: vec![dialect], ..options() };
        let (mut c, tree) = site.alice(options.clone()).unwrap();
        let file = c.create(tree, &alone("f")).unwrap().file;
        c.write(file, 0, b"what was written stays").unwrap();
        c.lock(file, &[RANGE]).unwrap();
        c.request_resiliency(file, 10_000).unwrap();
        drop(c);
        settles(&site, 1);
        assert_eq!(site.server.disconnected_opens(), 1);

        let (mut c, tree) = site.alice(options).unwrap();
        assert_eq!(refused(c.create(tree, &alone("f"))), NtStatus::SHARING_VIOLATION);
        let again = come_back(&mut c, tree, file.id).unwrap();
        assert_eq!(again.action, CreateAction(1));
        assert_eq!(again.information.end_of_file, 22);
        assert_eq!(again.file.id.persistent, file.id.persistent);
        assert_ne!(again.file.id.volatile, file.id.volatile);
        assert_eq!(refused(c.read(File { tree, ..file }, 0, 1)), NtStatus::FILE_CLOSED, "the old name");
        assert_eq!(c.read(again.file, 0, 100).unwrap(), b"what was written stays");
        c.lock(again.file, &[unlock()]).unwrap();
        assert_eq!(refused(c.lock(again.file, &[unlock()])), NtStatus::RANGE_NOT_LOCKED);
        assert_eq!(refused(come_back(&mut c, tree, file.id)), NtStatus::OBJECT_NAME_NOT_FOUND);
        c.close(again.file).unwrap();
        drop(c);
        settles(&site, 0);
    }
}

#[test]
fn resiliency_has_its_limits() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::only(Dialect::V2_0_2)).unwrap();
    let file = c.create(tree, &alone("f")).unwrap().file;
    assert_eq!(refused(c.request_resiliency(file, 1000)), NtStatus::INVALID_DEVICE_REQUEST);
    drop(c);
    settles(&site, 0);
    let (mut c, tree) = site.alice(options()).unwrap();
    let file = c.create(tree, &alone("f")).unwrap().file;
    assert_eq!(refused(c.request_resiliency(file, 300_001)), NtStatus::INVALID_PARAMETER);
    c.request_resiliency(file, 0).unwrap();
    c.request_resiliency(file, 300_000).unwrap();
    c.tree_disconnect(tree).unwrap();
    assert_eq!(site.counts().opens, 0, "who disconnects the tree closes what is open in it");
}

#[test]
fn a_logoff_or_a_new_session_lets_an_open_wait_and_only_its_user_back() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(options()).unwrap();
    let file = c.create(tree, &alone("f")).unwrap().file;
    c.request_resiliency(file, 60_000).unwrap();
    c.logoff(tree.session).unwrap();
    assert_eq!(site.server.disconnected_opens(), 1);

    let root = c.login(ROOT.0, ROOT.1).unwrap();
    let data = c.tree_connect(root, "data").unwrap();
    assert_eq!(refused(come_back(&mut c, data, file.id)), NtStatus::ACCESS_DENIED);
    let alice = c.login(ALICE.0, ALICE.1).unwrap();
    let data = c.tree_connect(alice, "data").unwrap();
    let file = come_back(&mut c, data, file.id).unwrap().file;

    // The client thinks that its connection is gone; the server does not know yet.
    let mut second = site.connect(options()).unwrap();
    let login = Login { previous_session: alice, ..Login::user(ALICE.0, ALICE.1) };
    let session = second.login_with(&login).unwrap();
    let data = second.tree_connect(session, "data").unwrap();
    let file = come_back(&mut second, data, file.id).unwrap().file;
    second.write(file, 0, b"x").unwrap();
    second.close(file).unwrap();
}

#[test]
fn a_lock_that_is_sent_twice_is_done_once() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(options()).unwrap();
    let file = c.create(tree, &alone("f")).unwrap().file;
    c.request_resiliency(file, 60_000).unwrap();
    for _ in 0..2 {
        c.lock_in_sequence(file, (1, 0), &[RANGE]).unwrap();
    }
    drop(c);
    settles(&site, 1);
    let (mut c, tree) = site.alice(options()).unwrap();
    let file = come_back(&mut c, tree, file.id).unwrap().file;
    c.lock_in_sequence(file, (1, 0), &[RANGE]).unwrap();
    for _ in 0..2 {
        c.lock_in_sequence(file, (1, 1), &[unlock()]).unwrap();
    }
    let again = c.lock_in_sequence(file, (1, 2), &[unlock()]);
    assert_eq!(refused(again), NtStatus::RANGE_NOT_LOCKED, "another number is another request");
    c.close(file).unwrap();

    let (mut c, tree) = site.alice(Options::only(Dialect::V2_1)).unwrap();
    let plain = c.create(tree, &alone("g")).unwrap().file;
    c.lock_in_sequence(plain, (1, 0), &[RANGE]).unwrap();
    let again = c.lock_in_sequence(plain, (1, 0), &[RANGE]);
    assert_eq!(refused(again), NtStatus::LOCK_NOT_GRANTED, "nobody sends for an open that will not wait");
}

#[test]
fn a_create_that_is_sent_twice_opens_once() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(options()).unwrap();
    let guid = Guid([3; 16]);
    let list = contexts(&[durable_v2(guid, 0)]);
    let create = alone("f").contexts(&list);
    let first = c.create(tree, &create).unwrap();
    assert_eq!(first.action, CreateAction(2));
    assert_eq!(refused(c.create(tree, &create)), NtStatus::DUPLICATE_OBJECTID);
    let again = c.replay_create(tree, &create).unwrap();
    assert_eq!((again.file, again.action), (first.file, first.action));
    assert_eq!(site.counts().opens, 1);
    let elsewhere = c.tree_connect(tree.session, "data").unwrap();
    let moved = refused(c.replay_create(elsewhere, &create));
    assert_eq!(moved, NtStatus::DUPLICATE_OBJECTID, "another tree connect may be another share");
    let leased = contexts(&[
        durable_v2(guid, 0),
        CreateRequestContext::Lease(lanward_smb2::messages::LeaseContext::default()),
    ]);
    let leased = alone("f").oplock(OplockLevel::LEASE).contexts(&leased);
    assert_eq!(refused(c.replay_create(tree, &leased)), NtStatus::ACCESS_DENIED, "it has no lease");

    c.write(first.file, 0, b"x").unwrap();
    assert_eq!(
        refused(c.replay_create(tree, &create)),
        NtStatus::SHARING_VIOLATION,
        "it was used: a new create"
    );
    c.close(first.file).unwrap();
    let third = c.create(tree, &create).unwrap().file;
    c.close(third).unwrap();
}

#[test]
fn contexts_that_do_not_go_together_are_refused() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(options()).unwrap();
    let (id, guid) = (FileId { persistent: 1, volatile: 1 }, Guid([3; 16]));
    let all = [
        CreateRequestContext::DurableHandleRequest,
        CreateRequestContext::DurableHandleReconnect(id),
        durable_v2(guid, 0),
        reconnect_v2(id, guid, DurableHandleFlags::empty()),
    ];
    for (i, one) in all.iter().enumerate() {
        for (k, other) in all.iter().enumerate().filter(|(k, _)| *k != i) {
            let list = contexts(&[*one, *other]);
            let status = refused(c.create(tree, &alone("f").contexts(&list)));
            let expected = match (i.min(k), i.max(k)) {
                (0, 1) => NtStatus::OBJECT_NAME_NOT_FOUND,
                _ => NtStatus::INVALID_PARAMETER,
            };
            assert_eq!(status, expected, "{one:?} {other:?}");
        }
    }
}

#[test]
fn an_application_that_moved_gets_its_file() {
    let site = Site::new().unwrap();
    let app = |high| {
        [
            CreateRequestContext::AppInstanceId(Guid([8; 16])),
            CreateRequestContext::AppInstanceVersion { high, low: 0 },
        ]
    };
    let (mut old, tree) = site.alice(options()).unwrap();
    let list = contexts(&app(1));
    let file = old.create(tree, &alone("vm").contexts(&list)).unwrap().file;
    let (mut new, data) = site.alice(Options::default()).unwrap();
    let again = new.create(data, &alone("vm").contexts(&list));
    assert_eq!(refused(again), NtStatus::FILE_FORCED_CLOSED);
    old.write(file, 0, b"x").unwrap();
    let list = contexts(&app(2));
    let moved = new.create(data, &alone("vm").contexts(&list)).unwrap().file;
    assert_eq!(refused(old.write(file, 0, b"x")), NtStatus::FILE_CLOSED);
    new.write(moved, 0, b"x").unwrap();
}

#[test]
fn a_server_that_stops_leaves_no_open_behind() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(options()).unwrap();
    let file = c.create(tree, &alone("f")).unwrap().file;
    c.request_resiliency(file, 60_000).unwrap();
    drop(c);
    settles(&site, 1);
    site.stop();
    site.settles().unwrap();
}

#[test]
fn a_durable_open_waits_until_somebody_else_needs_the_file() {
    let site = Site::new().unwrap();
    let guid = Guid([5; 16]);
    let lists =
        [contexts(&[CreateRequestContext::DurableHandleRequest]), contexts(&[durable_v2(guid, 60_000)])];
    for list in lists {
        let create = alone("f").oplock(OplockLevel::BATCH).contexts(&list);
        let (mut c, tree) = site.alice(options()).unwrap();
        let file = c.create(tree, &create).unwrap().file;
        c.write(file, 0, b"x").unwrap();
        drop(c);
        settles(&site, 1);
        let (mut c, tree) = site.alice(options()).unwrap();
        let v2 = reconnect_v2(file.id, guid, DurableHandleFlags::empty());
        let v1 = CreateRequestContext::DurableHandleReconnect(file.id);
        let again = contexts(&[if list.contexts().find(b"DH2Q").is_some() { v2 } else { v1 }]);
        let again = Create::open("", AccessMask::empty()).contexts(&again);
        let created = c.create(tree, &again).unwrap();
        assert_eq!((created.oplock, created.durability().unwrap()), (OplockLevel::BATCH, None));
        drop(c);
        settles(&site, 1);
        // Whoever opens it breaks the oplock of a client that is not there, which closes the open.
        let (mut other, data) = site.alice(Options::default()).unwrap();
        let taken = other.create(data, &alone("f")).unwrap().file;
        assert_eq!(refused(other.create(data, &again)), NtStatus::OBJECT_NAME_NOT_FOUND);
        other.close(taken).unwrap();
        drop(other);
        settles(&site, 0);
    }
}

#[test]
fn a_lease_comes_back_with_its_key_and_name_only() {
    let site = Site::new().unwrap();
    let key = |n| LeaseKey(Guid([n; 16]));
    let all = LeaseState::READ_CACHING | LeaseState::HANDLE_CACHING | LeaseState::WRITE_CACHING;
    let (mut c, tree) = site.alice(options()).unwrap();
    let list = contexts(&[CreateRequestContext::DurableHandleRequest, lease(key(1), all)]);
    let created = c.create(tree, &alone("f").leased(&list)).unwrap();
    assert_eq!(created.durability().unwrap(), Some(Durability::Durable));
    drop(c);
    settles(&site, 1);
    let (mut c, tree) = site.alice(options()).unwrap();
    let back = CreateRequestContext::DurableHandleReconnect(created.file.id);
    let none = LeaseState::empty();
    let wrong = [
        ("f", contexts(&[back]), NtStatus::OBJECT_NAME_NOT_FOUND),
        ("f", contexts(&[back, lease(key(2), none)]), NtStatus::OBJECT_NAME_NOT_FOUND),
        ("f", contexts(&[back, lease_v2(key(1), none, 0)]), NtStatus::OBJECT_NAME_NOT_FOUND),
        ("g", contexts(&[back, lease(key(1), none)]), NtStatus::INVALID_PARAMETER),
    ];
    for (name, list, status) in &wrong {
        let create = Create::open(name, AccessMask::empty()).leased(list);
        assert_eq!(refused(c.create(tree, &create)), *status, "{name} {list:?}");
    }
    let list = contexts(&[back, lease(key(1), none)]);
    let create = Create::open("F", AccessMask::empty()).leased(&list);
    let (mut stranger, data) = site.alice(Options::default()).unwrap();
    assert_eq!(refused(stranger.create(data, &create)), NtStatus::OBJECT_NAME_NOT_FOUND, "another client");
    let again = c.create(tree, &create).unwrap();
    assert_eq!(again.lease().unwrap().unwrap().state, all);
    c.close(again.file).unwrap();
}
