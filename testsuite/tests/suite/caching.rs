//! Oplocks and leases: who is told what, who waits for whom, and what becomes of that when somebody goes.

use crate::support::{protections, refused};
use lanward_client::{Connection, Create, Created, File, Options, Tree, contexts, lease, lease_v2};
use lanward_nt::{AccessMask, Guid, NtStatus, ShareAccess};
use lanward_smb2::Dialect;
use lanward_smb2::messages::{
    Capabilities, CreateDisposition, CreateRequestContext, LeaseBreakFlags, LeaseBreakNotification,
    LeaseContextV2, LeaseFlags, LeaseKey, LeaseState, OplockLevel,
};
use lanward_testsuite::{Counts, ROOT, Site};
use std::time::Duration;

const READ_HANDLE: LeaseState = LeaseState::READ_CACHING.union(LeaseState::HANDLE_CACHING);
const ALL: LeaseState = READ_HANDLE.union(LeaseState::WRITE_CACHING);

fn key(n: u8) -> LeaseKey {
    LeaseKey(Guid([n; 16]))
}

/// Reads and writes, shared with everybody.
fn file(name: &str) -> Create<'_> {
    Create::open(name, AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE)
        .disposition(CreateDisposition::OPEN_IF)
        .share(ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE)
}

fn modern() -> Options {
    let options = Options::only(Dialect::V3_1_1);
    Options { capabilities: options.capabilities | Capabilities::DIRECTORY_LEASING, ..options }
}

fn leased(c: &mut Connection, tree: Tree, name: &str, wanted: CreateRequestContext<'_>) -> Created {
    let list = contexts(&[wanted]);
    c.create(tree, &file(name).leased(&list)).unwrap()
}

fn told(c: &mut Connection) -> LeaseBreakNotification {
    c.receive_break(Duration::from_secs(20)).unwrap().lease().expect("a lease, no oplock")
}

/// What a lease allows now, asked for by one more open of it.
fn state_of(c: &mut Connection, tree: Tree, name: &str, lease_key: LeaseKey) -> LeaseContextV2 {
    let created = leased(c, tree, name, lease_v2(lease_key, LeaseState::empty(), 0));
    c.close(created.file).unwrap();
    created.lease().unwrap().unwrap()
}

#[test]
fn a_second_open_waits_for_a_batch_oplock_to_break() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        let (mut holder, t1) = site.alice(options.clone()).unwrap();
        let (mut other, t2) = site.alice(options).unwrap();
        let held = holder.create(t1, &file("f").oplock(OplockLevel::BATCH)).unwrap();
        assert_eq!(held.oplock, OplockLevel::BATCH);
        let id = other.send_create(t2, &file("f").oplock(OplockLevel::BATCH)).unwrap();
        assert!(other.receive_interim(id).unwrap().is_some(), "it is told at once that it waits");
        let told = holder.receive_break(Duration::from_secs(20)).unwrap().oplock().unwrap();
        assert_eq!((told.oplock_level, told.file_id), (OplockLevel::II, held.file.id));
        // What was cached is written back before the break is acknowledged.
        holder.write(held.file, 0, b"cached").unwrap();
        holder.acknowledge_oplock_break(held.file, OplockLevel::II).unwrap();
        let second = other.receive_create(t2, id).unwrap();
        assert_eq!(second.oplock, OplockLevel::II);
        assert_eq!(second.information.end_of_file, 6, "it sees what was written back");
        let late = refused(holder.acknowledge_oplock_break(held.file, OplockLevel::II));
        assert_eq!(late, NtStatus::INVALID_OPLOCK_PROTOCOL);
        other.write(second.file, 0, b"x").unwrap();
        let told = holder.receive_break(Duration::from_secs(20)).unwrap().oplock().unwrap();
        assert_eq!(told.oplock_level, OplockLevel::NONE);
        holder.close(held.file).unwrap();
        other.close(second.file).unwrap();
        holder.touch(t1, &Create::delete_on_close("f")).unwrap();
    }
    site.settles().unwrap();
}

#[test]
fn an_open_that_waits_can_be_called_off() {
    let site = Site::new().unwrap();
    let (mut holder, t1) = site.alice(modern()).unwrap();
    let (mut other, t2) = site.alice(modern()).unwrap();
    let held = holder.create(t1, &file("f").oplock(OplockLevel::BATCH)).unwrap().file;
    let id = other.send_create(t2, &file("f")).unwrap();
    assert!(other.receive_interim(id).unwrap().is_some());
    other.cancel(t2, id).unwrap();
    assert_eq!(other.receive(id).unwrap().status(), NtStatus::CANCELLED);
    assert!(holder.receive_break(Duration::from_secs(20)).is_ok());
    holder.acknowledge_oplock_break(held, OplockLevel::NONE).unwrap();
    holder.close(held).unwrap();
    drop((holder, other));
    site.settles().unwrap();
}

#[test]
fn whoever_waits_goes_on_when_the_holder_is_gone() {
    let site = Site::new().unwrap();
    let (mut holder, t1) = site.alice(modern()).unwrap();
    let (mut other, t2) = site.alice(modern()).unwrap();
    let alone = file("f").share(ShareAccess::empty()).oplock(OplockLevel::BATCH);
    holder.create(t1, &alone).unwrap();
    let id = other.send_create(t2, &file("f")).unwrap();
    assert!(other.receive_interim(id).unwrap().is_some());
    drop(holder);
    other.receive_create(t2, id).expect("nobody shares the file with it any more");
    drop(other);
    site.settles().unwrap();
}

#[test]
fn a_share_mode_refuses_only_after_the_holder_kept_the_file_open() {
    let site = Site::new().unwrap();
    let (mut holder, t1) = site.alice(modern()).unwrap();
    let (mut other, t2) = site.alice(modern()).unwrap();
    let list = contexts(&[lease_v2(key(1), ALL, 0)]);
    let alone = file("f").share(ShareAccess::READ);
    let held = holder.create(t1, &Create { oplock: OplockLevel::LEASE, ..alone.contexts(&list) }).unwrap();
    let ask = |other: &mut Connection| {
        let id = other.send_create(t2, &file("f")).unwrap();
        assert!(other.receive_interim(id).unwrap().is_some());
        id
    };
    let id = ask(&mut other);
    let first = told(&mut holder);
    assert_eq!(first.new_lease_state, LeaseState::READ_CACHING | LeaseState::WRITE_CACHING);
    holder.acknowledge(t1, &first).unwrap();
    assert_eq!(other.receive(id).unwrap().status(), NtStatus::SHARING_VIOLATION);
    let reading = Create { access: AccessMask::GENERIC_READ, ..file("f") };
    let again = holder.create(t1, &reading.leased(&list)).unwrap();
    assert_eq!(again.lease().unwrap().unwrap().state, ALL);
    let id = ask(&mut other);
    told(&mut holder);
    holder.close(again.file).unwrap();
    holder.close(held.file).unwrap();
    other.receive_create(t2, id).expect("the holder had it open only because it may cache that");
}

#[test]
fn connections_of_a_client_share_its_leases() {
    let site = Site::new().unwrap();
    for dialect in Dialect::ALL.into_iter().filter(|d| *d != Dialect::V2_0_2) {
        println!("{dialect}");
        let client = Options { client_guid: Some(Guid([9; 16])), ..Options::only(dialect) };
        let (mut one, t1) = site.alice(client.clone()).unwrap();
        let (mut two, t2) = site.alice(client).unwrap();
        let (mut other, t3) = site.alice(Options::only(dialect)).unwrap();
        let held = leased(&mut one, t1, "f", lease(key(1), ALL));
        assert_eq!(held.lease().unwrap().unwrap().state, ALL);
        let same = leased(&mut two, t2, "f", lease(key(1), READ_HANDLE));
        assert_eq!(same.lease().unwrap().unwrap().state, ALL, "no break among the opens of a lease");
        let list = contexts(&[lease(key(1), ALL)]);
        let elsewhere = refused(two.create(t2, &file("g").leased(&list)));
        assert_eq!(elsewhere, NtStatus::INVALID_PARAMETER, "a lease is on one file");
        assert_eq!(refused(two.read_file(t2, "g")), NtStatus::OBJECT_NAME_NOT_FOUND, "which was not made");
        drop(one);
        site.settles_at(Counts { connections: 2, sessions: 2, trees: 2, opens: 1, users: 1 }).unwrap();
        let id = other.send_create(t3, &file("f")).unwrap();
        let told = told(&mut two);
        assert_eq!((told.current_lease_state, told.new_lease_state), (ALL, READ_HANDLE));
        assert_eq!((told.flags, told.new_epoch), (LeaseBreakFlags::ACK_REQUIRED, 0));
        assert_eq!(refused(two.acknowledge_lease(t2, &told, ALL)), NtStatus::REQUEST_NOT_ACCEPTED);
        let unknown = LeaseBreakNotification { lease_key: key(7), ..told };
        assert_eq!(refused(two.acknowledge(t2, &unknown)), NtStatus::OBJECT_NAME_NOT_FOUND);
        two.acknowledge(t2, &told).unwrap();
        assert_eq!(refused(two.acknowledge(t2, &told)), NtStatus::UNSUCCESSFUL);
        other.receive_create(t3, id).unwrap();
        drop((two, other));
        site.settles().unwrap();
    }
}

#[test]
fn epochs_count_the_changes_of_a_lease() {
    let site = Site::new().unwrap();
    let (mut holder, t1) = site.alice(modern()).unwrap();
    let (mut other, t2) = site.alice(modern()).unwrap();
    let held = leased(&mut holder, t1, "f", lease_v2(key(1), LeaseState::READ_CACHING, 0x100));
    assert_eq!(held.lease().unwrap().unwrap().epoch, 0x101);
    let more = leased(&mut holder, t1, "f", lease_v2(key(1), ALL, 0));
    assert_eq!((more.lease().unwrap().unwrap().state, more.lease().unwrap().unwrap().epoch), (ALL, 0x102));
    let id = other.send_create(t2, &file("f").disposition(CreateDisposition::OVERWRITE)).unwrap();
    assert!(other.receive_interim(id).unwrap().is_some());
    let told = told(&mut holder);
    assert_eq!((told.new_lease_state, told.new_epoch), (LeaseState::empty(), 0x103));
    let now = state_of(&mut holder, t1, "f", key(1));
    assert_eq!((now.state, now.flags), (ALL, LeaseFlags::BREAK_IN_PROGRESS));
    holder.acknowledge(t1, &told).unwrap();
    other.receive_create(t2, id).unwrap();
    assert_eq!(state_of(&mut holder, t1, "f", key(1)).state, LeaseState::empty());
}

#[test]
fn readers_disturb_nobody_who_reads() {
    let site = Site::new().unwrap();
    let (mut one, t1) = site.alice(modern()).unwrap();
    let (mut two, t2) = site.alice(modern()).unwrap();
    let mut held = Vec::new();
    held.push(leased(&mut one, t1, "f", lease_v2(key(1), READ_HANDLE, 0)).file);
    let second = leased(&mut two, t2, "f", lease_v2(key(2), ALL, 0));
    assert_eq!(second.lease().unwrap().unwrap().state, READ_HANDLE);
    let stat = Create::open("f", AccessMask::READ_ATTRIBUTES | AccessMask::SYNCHRONIZE);
    held.push(two.create(t2, &stat).unwrap().file);
    assert_eq!(one.take_break().unwrap(), None);
    two.write(second.file, 0, b"x").unwrap();
    let told = told(&mut one);
    assert_eq!((told.current_lease_state, told.new_lease_state), (READ_HANDLE, LeaseState::empty()));
    assert_eq!(two.take_break().unwrap(), None, "nobody breaks its own lease");
}

/// A directory whose list the client caches.
fn leased_directory(c: &mut Connection, tree: Tree, lease_key: LeaseKey) -> File {
    let list = contexts(&[lease_v2(lease_key, ALL, 0)]);
    let create = Create { share: file("").share, ..Create::directory("d") };
    let created = c.create(tree, &create.leased(&list)).unwrap();
    assert_eq!(created.lease().unwrap().unwrap().state, READ_HANDLE, "what a directory can be leased for");
    created.file
}

#[test]
fn a_leased_directory_breaks_when_its_list_changes() {
    let site = Site::new().unwrap();
    let (mut holder, t1) = site.alice(modern()).unwrap();
    let (mut other, t2) = site.alice(modern()).unwrap();
    holder.touch(t1, &Create::new_directory("d")).unwrap();
    let changes: [&dyn Fn(&mut Connection); 4] = [
        &|c| drop(c.create(t2, &file("d\\new")).unwrap()),
        &|c| {
            let open = c.create(t2, &file("d\\new")).unwrap().file;
            c.write(open, 0, b"longer").unwrap();
            c.close(open).unwrap();
        },
        &|c| c.touch(t2, &Create::new_directory("d\\sub")).unwrap(),
        &|c| c.touch(t2, &Create::delete_on_close("d\\sub")).unwrap(),
    ];
    for change in changes {
        let directory = leased_directory(&mut holder, t1, key(3));
        change(&mut other);
        let told = told(&mut holder);
        assert_eq!((told.current_lease_state, told.new_lease_state), (READ_HANDLE, LeaseState::empty()));
        holder.acknowledge(t1, &told).unwrap();
        holder.close(directory).unwrap();
    }
    let directory = leased_directory(&mut holder, t1, key(3));
    let child = LeaseContextV2 { parent_key: key(3), flags: LeaseFlags::PARENT_LEASE_KEY_SET, ..own(4) };
    let made = leased(&mut holder, t1, "d\\own", CreateRequestContext::LeaseV2(child));
    assert_eq!(made.lease().unwrap().unwrap().parent_key, key(3));
    assert_eq!(holder.take_break().unwrap(), None, "a client knows of its own changes");
    other.read_file(t2, "d\\new").unwrap();
    assert_eq!(holder.take_break().unwrap(), None, "reading changes nothing");
    holder.close(directory).unwrap();
}

fn own(n: u8) -> LeaseContextV2 {
    LeaseContextV2 { key: key(n), state: ALL, ..LeaseContextV2::default() }
}

#[test]
fn without_leases_in_the_dialect_there_are_none() {
    let site = Site::new().unwrap();
    let (mut old, tree) = site.alice(Options::only(Dialect::V2_0_2)).unwrap();
    let created = leased(&mut old, tree, "f", lease(key(1), ALL));
    assert_eq!((created.oplock, created.lease().unwrap()), (OplockLevel::NONE, None));
    let (mut c, tree) = site.alice(Options::only(Dialect::V2_1)).unwrap();
    c.touch(tree, &Create::new_directory("d")).unwrap();
    let list = contexts(&[lease(key(2), READ_HANDLE)]);
    let directory = c.create(tree, &Create::directory("d").leased(&list)).unwrap();
    assert_eq!(directory.oplock, OplockLevel::NONE);
}

#[test]
fn nobody_else_gets_the_leases_of_a_client_by_its_name() {
    let site = Site::new().unwrap();
    let options = Options { client_guid: Some(Guid([0xab; 16])), ..modern() };
    // Whoever calls itself like somebody else's client is there first.
    let mut thief = site.connect(options.clone()).unwrap();
    let session = thief.login(ROOT.0, ROOT.1).unwrap();
    let stolen = thief.tree_connect(session, "data").unwrap();
    let (mut holder, t1) = site.alice(options).unwrap();
    let (mut other, t2) = site.alice(modern()).unwrap();
    let held = leased(&mut holder, t1, "f", lease_v2(key(1), ALL, 0));
    let id = other.send_create(t2, &file("f")).unwrap();
    assert!(other.receive_interim(id).unwrap().is_some());
    let broken = told(&mut holder);
    assert_eq!((broken.lease_key, broken.new_lease_state), (key(1), READ_HANDLE));
    let forged = refused(thief.acknowledge(stolen, &broken));
    assert_eq!(forged, NtStatus::OBJECT_NAME_NOT_FOUND);
    holder.write(held.file, 0, b"cached").unwrap();
    holder.acknowledge(t1, &broken).unwrap();
    let second = other.receive_create(t2, id).unwrap();
    assert_eq!(second.information.end_of_file, 6, "it sees what was written back");
}
