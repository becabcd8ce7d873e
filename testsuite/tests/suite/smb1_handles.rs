//! What a FID of SMB1 lets its process do, what ends with either, and what clients have to have agreed on.

use crate::support::refused;
use lanward_client::smb1::{Connection, Create, Options, Request, Transact, Tree};
use lanward_fsa::FileSystem;
use lanward_nt::{AccessMask, FileTime, NtStatus, ShareAccess};
use lanward_server::ShareDefinition;
use lanward_smb1::messages::{Capabilities, Empty};
use lanward_smb1::subcommands::{
    QueryLevel, QueryPathRequest, SetFsRequest, SetLevel, SetPathRequest, Trans2Code,
};
use lanward_smb1::{AccessMode, Command};
use lanward_testsuite::{Plan, Site};
use lanward_vfs::MemVolume;

fn site() -> Site {
    Plan::default().smb1().start().unwrap()
}

fn alice(site: &Site) -> (Connection, Tree) {
    site.alice_smb1(Options::default()).unwrap()
}

/// What one process waits for ends with it, and opens nothing for it any more; what another waits for goes on.
#[test]
fn requests_that_wait_end_with_their_process() {
    let site = site();
    let ((mut holder, held_in), (mut c, tree)) = (alice(&site), alice(&site));
    holder.write_file(held_in, "\\f", b"x").unwrap();
    let access = AccessMask::READ_DATA | AccessMask::WRITE_DATA;
    let all = ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE;
    let held = holder.create(held_in, &Create::open("\\f", access).share(all).oplock(true)).unwrap();
    let create = Create::open("\\f", access).share(all).request();
    let ask = |c: &mut Connection, process| {
        c.send(&Request::new(Command::NT_CREATE_ANDX, tree, &create).process(process)).unwrap()
    };
    let (doomed, other) = (ask(&mut c, 7), ask(&mut c, 8));
    let exit = Request::new(Command::PROCESS_EXIT, tree, &Empty {}).process(7);
    c.call(&exit).unwrap().check(&[]).unwrap();
    assert_eq!(refused(c.receive(doomed).unwrap().check(&[])), NtStatus::CANCELLED);
    holder.close(held).unwrap();
    c.receive(other).unwrap().check(&[]).unwrap();
    assert_eq!(site.counts().opens, 1, "only the process that is there has the file open");
}

/// Two FIDs may stand for one open: who waits for a lock through the one hears of it when that is closed.
#[test]
fn a_lock_that_is_waited_for_through_a_fid_ends_with_it() {
    let site = site();
    let ((mut c, tree), (mut d, other)) = (alice(&site), alice(&site));
    c.write_file(tree, "\\f", b"0123456789").unwrap();
    let fcb = AccessMode(0xff);
    let (first, _) = c.core_open(tree, "\\f", fcb).unwrap();
    let (second, _) = c.core_open(tree, "\\f", fcb).unwrap();
    assert_eq!(site.counts().opens, 1, "both stand for one open");
    assert!(d.core_open(other, "\\f", AccessMode::READ).is_err());
    c.lock(first, 0, 4, false).unwrap();
    let waits = c.send_lock(second, 0, 4, u32::MAX).unwrap();
    c.close(second).unwrap();
    assert_eq!(refused(c.receive(waits).unwrap().check(&[])), NtStatus::RANGE_NOT_LOCKED);
    assert_eq!(c.core_read(first, 0, 4).unwrap(), b"0123", "the other FID is as it was");
}

/// Two zeros at a level of the UNIX extensions delete a file: that takes a client that knows what it asks for.
#[test]
fn names_are_removed_as_posix_does_for_who_agreed_on_it() {
    let volume = MemVolume::new(|| FileTime(1));
    let data = ShareDefinition {
        posix: Some(0o022),
        ..ShareDefinition::disk("data", FileSystem::new(volume), "data")
    };
    let site = Plan::default().smb1().zone(|zone| zone.posix = true).define(data).start().unwrap();
    let (mut c, tree) = alice(&site);
    assert!(c.negotiated().capabilities.contains(Capabilities::UNIX), "clients ask only then");
    c.write_file(tree, "\\f", b"x").unwrap();
    let call = |c: &Connection, level: SetLevel, name: &str, data: &[u8]| {
        let request = SetPathRequest { information_level: level, reserved: 0, file_name: name.into() };
        Transact::trans2(Trans2Code::SET_PATH_INFORMATION).parameters(&request, c.text()).data(data)
    };
    for level in [SetLevel::POSIX_UNLINK, SetLevel::POSIX_OPEN] {
        let unasked = call(&c, level, "\\f", &[0; 2]);
        assert_eq!(refused(c.transact(tree, &unasked)), NtStatus::INVALID_LEVEL);
    }
    assert_eq!(c.read_file(tree, "\\f").unwrap(), b"x");
    // SMB_SET_CIFS_UNIX_INFO: version 1.0, and paths and operations of POSIX.
    let request = SetFsRequest { fid: 0, information_level: 0x200 };
    let capabilities = [&1u16.to_le_bytes()[..], &0u16.to_le_bytes(), &0x30u64.to_le_bytes()].concat();
    let agree = Transact::trans2(Trans2Code::SET_FS_INFORMATION).parameters(&request, c.text());
    c.transact(tree, &agree.data(&capabilities)).unwrap();
    // A link is itself what is asked about and removed.
    c.transact(tree, &call(&c, SetLevel::UNIX_LINK, "/link", b"f\0\0\0")).unwrap();
    let request = QueryPathRequest {
        information_level: QueryLevel::UNIX_BASIC,
        reserved: 0,
        file_name: "/link".into(),
    };
    let query = Transact::trans2(Trans2Code::QUERY_PATH_INFORMATION).parameters(&request, c.text());
    c.transact(tree, &query).unwrap();
    c.transact(tree, &call(&c, SetLevel::POSIX_UNLINK, "/link", &[0; 2])).unwrap();
    assert_eq!(refused(c.transact(tree, &query)), NtStatus::OBJECT_NAME_NOT_FOUND);
    let unlink = call(&c, SetLevel::POSIX_UNLINK, "/f", &[0; 2]);
    c.transact(tree, &unlink).unwrap();
    let request =
        QueryPathRequest { information_level: QueryLevel::BASIC, reserved: 0, file_name: "/f".into() };
    let query = Transact::trans2(Trans2Code::QUERY_PATH_INFORMATION).parameters(&request, c.text());
    assert_eq!(refused(c.transact(tree, &query)), NtStatus::OBJECT_NAME_NOT_FOUND);
}
