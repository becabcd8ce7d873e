//! The whole story: an SMB 1 client in its zone and one of 3.1.1 outside edit the same file, each told in time of what the other does, while SMB 1 is
//! not there for who is outside its zone.

use crate::support::refused;
use lanward_client::smb1::{self, OplockBreak, Signing};
use lanward_client::{Connection, Create, Created, Options, Tree, contexts, lease_v2};
use lanward_nt::{AccessMask, Guid, NtStatus, ShareAccess};
use lanward_server::{Network, Zone};
use lanward_smb1::Dialect as OldDialect;
use lanward_smb2::Dialect;
use lanward_smb2::messages::{
    CreateDisposition, LeaseBreakNotification, LeaseKey, LeaseState, LockElement, LockFlags,
};
use lanward_testsuite::{ALICE, Plan, Site};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Where the old machines are: who comes by this address is in their zone.
const ATTIC: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

const NAME: &str = "plan.txt";
const OLD_NAME: &str = "\\PLAN.TXT";

const WAIT: Duration = Duration::from_secs(20);

const READ_HANDLE: LeaseState = LeaseState::READ_CACHING.union(LeaseState::HANDLE_CACHING);
const ALL: LeaseState = READ_HANDLE.union(LeaseState::WRITE_CACHING);

/// Everybody else has 3.1.1 and signs.
fn site() -> Site {
    let attic = Zone {
        name: "attic".into(),
        locals: vec![Network { address: ATTIC, prefix: 32 }],
        min_dialect: OldDialect::NtLm.number(),
        max_dialect: OldDialect::NtLm.number(),
        signing_required: false,
        ..Zone::default()
    };
    let plan = Plan { also: vec![ATTIC], ..Plan::default() };
    let plan = plan.zone(|z| (z.min_dialect, z.signing_required) = (0x0311, true));
    plan.settings(|s| s.zones = vec![Arc::new(attic)]).start().unwrap()
}

fn old_client(site: &Site) -> (smb1::Connection, smb1::Tree) {
    let address = SocketAddr::new(ATTIC, site.address.port());
    let options = smb1::Options::default().signing(Signing::Declined).timeout(WAIT);
    let mut c = smb1::Connection::connect(address, options).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(&session, "data").unwrap();
    (c, tree)
}

fn new_client(site: &Site) -> (Connection, Tree) {
    site.alice(Options::only(Dialect::V3_1_1)).unwrap()
}

fn edit(name: &str) -> Create<'_> {
    Create::open(name, AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE)
        .disposition(CreateDisposition::OPEN_IF)
        .share(ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE)
}

fn leased(c: &mut Connection, tree: Tree, state: LeaseState) -> Created {
    let wanted = [lease_v2(LeaseKey(Guid([1; 16])), state, 0)];
    let list = contexts(&wanted);
    c.create(tree, &edit(NAME).leased(&list)).unwrap()
}

fn old_edit<'a>() -> smb1::Create<'a> {
    let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    smb1::Create::open(OLD_NAME, access).disposition(smb1::Create::OPEN_IF)
}

fn told(c: &mut Connection) -> LeaseBreakNotification {
    c.receive_break(WAIT).unwrap().lease().expect("a lease, no oplock")
}

#[test]
fn old_and_new_clients_edit_one_file_each_in_its_zone() {
    let site = site();

    // Outside the attic there is no SMB 1; in it there is nothing else.
    let outside = smb1::Connection::connect(site.address, smb1::Options::default().timeout(WAIT));
    assert!(outside.is_err_and(|error| error.is_disconnect()));
    let attic = SocketAddr::new(ATTIC, site.address.port());
    assert!(Connection::connect(attic, Options::default().timeout(WAIT)).is_err());

    // The new client caches what it writes; the old one's open waits until that is back.
    let (mut new, new_tree) = new_client(&site);
    let (mut old, old_tree) = old_client(&site);
    let held = leased(&mut new, new_tree, ALL);
    assert_eq!(held.lease().unwrap().unwrap().state, ALL);
    let ticket = old.send_create(old_tree, &old_edit()).unwrap();
    let notice = told(&mut new);
    assert_eq!((notice.current_lease_state, notice.new_lease_state), (ALL, READ_HANDLE));
    new.write(held.file, 0, b"the new one's plan").unwrap();
    new.acknowledge(new_tree, &notice).unwrap();
    let (opened, answer) = old.receive_create(old_tree, ticket).unwrap();
    assert_eq!((answer.end_of_file, answer.oplock_level), (18, 0), "it sees what was written back");
    assert_eq!(old.read(opened, 0, 100).unwrap(), b"the new one's plan");

    // What the old one writes breaks what the new one has cached.
    old.write(opened, 4, b"old").unwrap();
    let notice = told(&mut new);
    assert_eq!(notice.new_lease_state, LeaseState::empty());
    new.acknowledge(new_tree, &notice).unwrap();
    assert_eq!(new.read(held.file, 0, 100).unwrap(), b"the old one's plan");

    // Locks of one hold for the other.
    let range =
        LockElement { offset: 0, length: 3, flags: LockFlags::EXCLUSIVE_LOCK | LockFlags::FAIL_IMMEDIATELY };
    new.lock(held.file, &[range]).unwrap();
    assert_eq!(refused(old.read(opened, 0, 3)), NtStatus::FILE_LOCK_CONFLICT);
    old.lock(opened, 10, 5, false).unwrap();
    assert_eq!(refused(new.write(held.file, 12, b"x")), NtStatus::FILE_LOCK_CONFLICT);

    // One list has them both.
    let mut dialects: Vec<u16> = site.server.sessions().iter().map(|s| s.channels()[0].dialect()).collect();
    dialects.sort_unstable();
    assert_eq!(dialects, [OldDialect::NtLm.number(), 0x0311]);
    assert_eq!(site.counts().users, 1, "one user at one computer, whatever it speaks");

    old.close(opened).unwrap();
    new.close(held.file).unwrap();
    the_other_way_round(&site, (&mut old, old_tree), (&mut new, new_tree));
    drop((old, new));
    site.settles().unwrap();
}

/// The old client caches, and the new one waits for it.
fn the_other_way_round(
    site: &Site,
    (old, old_tree): (&mut smb1::Connection, smb1::Tree),
    (new, new_tree): (&mut Connection, Tree),
) {
    let batch = old_edit().oplock(true).request();
    let (held, answer) = old.create_with(old_tree, &batch).unwrap();
    assert_eq!(answer.oplock_level, 2, "a batch oplock");
    let id = new.send_create(new_tree, &edit(NAME)).unwrap();
    assert!(new.receive_interim(id).unwrap().is_some(), "the new one is told that it waits");
    let notice = old.receive_break(WAIT).unwrap();
    assert_eq!(notice, OplockBreak { tree_id: old_tree.id, fid: held.id, level: 1 });
    old.write(held, 0, b"THE").unwrap();
    old.acknowledge_break(held, notice.level).unwrap();
    let opened = new.receive_create(new_tree, id).unwrap().file;
    assert_eq!(new.read(opened, 0, 100).unwrap(), b"THE old one's plan");
    new.write(opened, 4, b"NEW").unwrap();
    let notice = old.receive_break(WAIT).unwrap();
    assert_eq!((notice.fid, notice.level), (held.id, 0), "what it read is no longer so");
    assert_eq!(old.read(held, 0, 100).unwrap(), b"THE NEW one's plan");

    // Meanwhile SMB 1 is still not there for anybody else.
    let outside = smb1::Connection::connect(site.address, smb1::Options::default().timeout(WAIT));
    assert!(outside.is_err_and(|error| error.is_disconnect()));
    new.close(opened).unwrap();
    old.close(held).unwrap();
    assert_eq!(old.echo(b"done").unwrap(), b"done");
}
