//! Opens of a continuous share outlive the server, however it ends.

use crate::support::{Home, Running};
use lanward_client::{
    Connection, Create, Created, Durability, File, Options, Tree, contexts, durable_v2, lease_v2, persistent,
    reconnect_v2,
};
use lanward_nt::{AccessMask, Guid, NtStatus};
use lanward_smb2::FileId;
use lanward_smb2::messages::{
    Capabilities, CreateAction, CreateDisposition, DurableHandleFlags, LeaseKey, LeaseState, LockElement,
    LockFlags, ShareCapabilities,
};
use std::sync::mpsc::channel;

const OPENS: u8 = 100;
const CLIENT: Guid = Guid([0xc1; 16]);

/// One open as its client knows it.
#[derive(Debug, Clone)]
struct Known {
    number: u8,
    id: FileId,
    epoch: u16,
}

impl Known {
    fn name(&self) -> String {
        format!("file{}", self.number)
    }

    fn guid(&self) -> Guid {
        Guid([self.number; 16])
    }

    fn key(&self) -> LeaseKey {
        LeaseKey(Guid([self.number | 0x80; 16]))
    }

    fn is_persistent(&self) -> bool {
        self.number.is_multiple_of(2)
    }

    /// Every third shares what it reads.
    fn state(&self) -> LeaseState {
        let shared = LeaseState::READ_CACHING | LeaseState::HANDLE_CACHING;
        if self.number.is_multiple_of(3) { shared } else { shared | LeaseState::WRITE_CACHING }
    }

    fn range(&self) -> LockElement {
        let exclusive =
            if self.number.is_multiple_of(5) { LockFlags::SHARED_LOCK } else { LockFlags::EXCLUSIVE_LOCK };
        LockElement { offset: self.number.into(), length: 10, flags: exclusive | LockFlags::FAIL_IMMEDIATELY }
    }

    fn unlock(&self) -> LockElement {
        LockElement { flags: LockFlags::UNLOCK, ..self.range() }
    }
}

fn continuous() -> Home {
    let home = Home::new();
    home.add_user("ann", "secret");
    home.configure("continuous = true\n");
    home
}

fn connect(home: &Home, client: Guid) -> (Connection, Tree) {
    let capabilities = Options::default().capabilities | Capabilities::PERSISTENT_HANDLES;
    let options = Options { client_guid: Some(client), capabilities, ..Options::default() };
    let mut connection = Connection::connect(home.address, options).unwrap();
    let session = connection.login("ann", "secret").unwrap();
    let tree = connection.tree_connect(session, "files").unwrap();
    (connection, tree)
}

fn open(c: &mut Connection, tree: Tree, number: u8) -> (Known, Created) {
    let mut known = Known { number, id: FileId::default(), epoch: 0 };
    let durable = if known.is_persistent() { persistent } else { durable_v2 };
    let list = contexts(&[durable(known.guid(), 60_000), lease_v2(known.key(), known.state(), 7)]);
    let name = known.name();
    let create = Create::open(&name, AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE)
        .disposition(CreateDisposition::OPEN_IF)
        .leased(&list);
    let created = c.create(tree, &create).unwrap();
    let flags =
        if known.is_persistent() { DurableHandleFlags::PERSISTENT } else { DurableHandleFlags::empty() };
    assert_eq!(created.durability().unwrap(), Some(Durability::DurableV2 { timeout: 60_000, flags }));
    let lease = created.lease().unwrap().unwrap();
    assert_eq!(lease.state, known.state());
    (known.id, known.epoch) = (created.file.id, lease.epoch);
    (known, created)
}

fn come_back(c: &mut Connection, tree: Tree, known: &Known) -> lanward_client::Result<Created> {
    let flags =
        if known.is_persistent() { DurableHandleFlags::PERSISTENT } else { DurableHandleFlags::empty() };
    let reconnect = reconnect_v2(known.id, known.guid(), flags);
    let list = contexts(&[reconnect, lease_v2(known.key(), LeaseState::empty(), 0)]);
    let name = known.name();
    c.create(tree, &Create::open(&name, AccessMask::empty()).leased(&list))
}

fn refused(outcome: lanward_client::Result<Created>) -> NtStatus {
    outcome.expect_err("the server let it pass").status().unwrap()
}

/// The end of a process that can do nothing about it.
fn kill(running: Running) {
    drop(running);
}

#[test]
fn a_persistent_create_is_found_again_when_it_is_sent_again() {
    let home = continuous();
    let running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    let list = contexts(&[persistent(Guid([7; 16]), 60_000)]);
    let both = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    let create = Create { contexts: list.contexts(), ..Create::open("f", both) };
    let create = create.disposition(CreateDisposition::OPEN_IF);
    let first = c.create(tree, &create).unwrap();
    drop(c);
    kill(running);
    let _running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    let refused = |outcome: lanward_client::Result<Created>| refused(outcome);
    assert_eq!(
        refused(c.create(tree, &create)),
        NtStatus::FILE_NOT_AVAILABLE,
        "it is not said to be sent again"
    );
    let less = Create { contexts: list.contexts(), ..Create::open("f", AccessMask::GENERIC_READ) };
    let less = less.disposition(CreateDisposition::OPEN_IF);
    assert_eq!(refused(c.replay_create(tree, &less)), NtStatus::CONTEXT_MISMATCH);
    let again = c.replay_create(tree, &create).unwrap();
    assert_eq!((again.action, again.file.id.persistent), (first.action, first.file.id.persistent));
    c.write(again.file, 0, b"goes on").unwrap();
}

#[test]
fn a_hundred_opens_come_back_as_they_were() {
    let home = continuous();
    let running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    assert!(tree.capabilities.contains(ShareCapabilities::CONTINUOUS_AVAILABILITY));
    let mut all = Vec::new();
    for number in 0..OPENS {
        let (known, created) = open(&mut c, tree, number);
        c.write(created.file, 0, format!("data of {number}").repeat(20).as_bytes()).unwrap();
        c.flush(created.file).unwrap();
        c.lock(created.file, &[known.range()]).unwrap();
        all.push(known);
    }
    kill(running);
    let running = home.serve();
    drop(c);

    let (mut c, tree) = connect(&home, CLIENT);
    let (mut other, data) = connect(&home, Guid([0xd2; 16]));
    let blocked = Create::open("file2", AccessMask::GENERIC_READ);
    assert_eq!(refused(other.create(data, &blocked)), NtStatus::FILE_NOT_AVAILABLE);
    for known in &all {
        let again = come_back(&mut c, tree, known).unwrap();
        assert_eq!((again.action, again.file.id.persistent), (CreateAction::OPENED, known.id.persistent));
        let lease = again.lease().unwrap().unwrap();
        assert_eq!(
            (lease.key, lease.state, lease.epoch),
            (known.key(), known.state(), known.epoch + 1),
            "{known:?}"
        );
        let expected = format!("data of {}", known.number).repeat(20);
        assert_eq!(c.read(again.file, 0, 1000).unwrap(), expected.as_bytes());
        check_locks(&mut c, again.file, known, &mut other, data);
        c.close(again.file).unwrap();
        assert_eq!(refused(come_back(&mut c, tree, known)), NtStatus::OBJECT_NAME_NOT_FOUND);
    }
    // What was closed is closed for good.
    kill(running);
    let _running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    for known in &all {
        assert_eq!(refused(come_back(&mut c, tree, known)), NtStatus::OBJECT_NAME_NOT_FOUND);
    }
}

/// The open has its lock: it keeps others out where they can be asked without breaking its lease, and it can be given back once.
fn check_locks(c: &mut Connection, file: File, known: &Known, other: &mut Connection, data: Tree) {
    if known.number.is_multiple_of(3) {
        let name = known.name();
        let theirs = other.create(data, &Create::open(&name, AccessMask::GENERIC_READ)).unwrap().file;
        let exclusive =
            LockElement { flags: LockFlags::EXCLUSIVE_LOCK | LockFlags::FAIL_IMMEDIATELY, ..known.range() };
        let status = other.lock(theirs, &[exclusive]).unwrap_err().status();
        assert_eq!(status, Some(NtStatus::LOCK_NOT_GRANTED), "{known:?}");
        other.close(theirs).unwrap();
    }
    c.lock(file, &[known.unlock()]).unwrap();
    let status = c.lock(file, &[known.unlock()]).unwrap_err().status();
    assert_eq!(status, Some(NtStatus::RANGE_NOT_LOCKED));
}

#[test]
fn what_changed_meanwhile_is_given_up() {
    let home = continuous();
    let running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    let opens: Vec<_> = (1..=4).map(|number| open(&mut c, tree, number).0).collect();
    let renamed = c.create(tree, &Create::new_file("elsewhere")).unwrap().file;
    c.close(renamed).unwrap();
    kill(running);
    let path = |name: &str| home.path("files").join(name);
    std::fs::remove_file(path("file1")).unwrap();
    std::fs::rename(path("elsewhere"), path("file2")).unwrap();
    std::fs::rename(path("file3"), path("moved")).unwrap();
    let running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    for known in &opens[..3] {
        assert_eq!(refused(come_back(&mut c, tree, known)), NtStatus::OBJECT_NAME_NOT_FOUND, "{known:?}");
    }
    assert!(come_back(&mut c, tree, &opens[3]).is_ok());
    drop(running);
}

#[test]
fn a_server_that_stops_in_order_keeps_them_too() {
    let home = continuous();
    let running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    let (known, created) = open(&mut c, tree, 2);
    c.lock(created.file, &[known.range()]).unwrap();
    let plain = c.create(tree, &Create::new_file("plain")).unwrap();
    assert!(running.stop().success());
    let _running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    let again = come_back(&mut c, tree, &known).unwrap();
    c.lock(again.file, &[known.unlock()]).unwrap();
    let lost = reconnect_v2(plain.file.id, Guid::default(), DurableHandleFlags::empty());
    let list = contexts(&[lost]);
    let lost = c.create(tree, &Create::open("plain", AccessMask::empty()).contexts(&list));
    assert_eq!(refused(lost), NtStatus::OBJECT_NAME_NOT_FOUND);
}

#[test]
fn no_write_that_was_flushed_is_missing() {
    const BLOCK: usize = 4096;
    let home = continuous();
    let running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    let (known, created) = open(&mut c, tree, 1);
    let (sender, acknowledged) = channel();
    let writer = std::thread::spawn(move || {
        for block in 0u64.. {
            let bytes = block.to_le_bytes().repeat(BLOCK / 8);
            let at = block * BLOCK as u64;
            if c.write(created.file, at, &bytes).is_err() || c.flush(created.file).is_err() {
                return;
            }
            if sender.send(block).is_err() {
                return;
            }
        }
    });
    assert_eq!(acknowledged.iter().nth(20), Some(20));
    kill(running);
    writer.join().unwrap();
    let last = acknowledged.iter().last().unwrap_or(20);
    let _running = home.serve();
    let (mut c, tree) = connect(&home, CLIENT);
    let file = come_back(&mut c, tree, &known).unwrap().file;
    for block in 0..=last {
        let bytes = c.read(file, block * BLOCK as u64, BLOCK as u32).unwrap();
        assert_eq!(bytes, block.to_le_bytes().repeat(BLOCK / 8), "block {block} of {last}");
    }
}
