//! Files over SMB1: how opens of DOS share, whose locks are whose, searches by resume keys, and requests that lie.

use lanward_client::smb1::{Connection, Create, File, Options, RawBody, Request, Tree};
use lanward_client::{Error, Result};
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb1::messages::{
    DirectoryInformation, LockByteRangeRequest, LockType, LockingAndxRange, LockingAndxRequest,
    SearchRequest, SearchResponse, WriteRequest,
};
use lanward_smb1::{AccessMode, Command, Dialect, SmbFileAttributes};
use lanward_testsuite::{ALICE, Plan, Site};
use lanward_wire::{Decode, Reader};
use std::time::Duration;

/// A server in whose only zone SMB1 exists.
fn site() -> Site {
    Plan::default().zone(|zone| zone.min_dialect = Dialect::NtLm.number()).start().unwrap()
}

fn alice(site: &Site) -> (Connection, Tree) {
    let options = Options::default().timeout(Duration::from_secs(10));
    let mut c = Connection::connect(site.address, options).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(&session, "data").unwrap();
    (c, tree)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T>) -> NtStatus {
    let error: Error = outcome.expect_err("the server let it pass");
    error.status().unwrap_or_else(|| panic!("no status: {error}"))
}

#[test]
fn a_process_opens_a_file_twice_as_dos_does_and_nobody_else_opens_it() {
    let site = site();
    let ((mut c, tree), (mut d, other)) = (alice(&site), alice(&site));
    c.write_file(tree, "\\a.dat", b"0123456789").unwrap();
    let (writer, _) = c.core_open(tree, "\\a.dat", AccessMode::READ_WRITE).unwrap();
    let (reader, _) = c.core_open(tree, "\\a.dat", AccessMode::READ).unwrap();
    assert_eq!(refused(d.core_open(other, "\\a.dat", AccessMode::READ)), NtStatus::SHARING_VIOLATION);
    c.core_write(writer, 0, b"x").unwrap();
    assert_eq!(c.core_read(reader, 0, 3).unwrap(), b"x12");
    assert_eq!(refused(c.core_write(reader, 0, b"y")), NtStatus::ACCESS_DENIED);
    c.close(writer).unwrap();
    assert_eq!(c.core_read(reader, 0, 1).unwrap(), b"x", "the other FID stands for it still");
    assert!(d.core_open(other, "\\a.dat", AccessMode::READ).is_err());
    c.close(reader).unwrap();
    assert!(d.core_open(other, "\\a.dat", AccessMode::READ).is_ok());
}

#[test]
fn programs_are_opened_by_everybody() {
    let site = site();
    let ((mut c, tree), (mut d, other)) = (alice(&site), alice(&site));
    c.write_file(tree, "\\a.exe", b"MZ").unwrap();
    c.core_open(tree, "\\a.exe", AccessMode::READ_WRITE).unwrap();
    d.core_open(other, "\\a.exe", AccessMode::READ_WRITE).unwrap();
}

fn range(process_id: u16, offset: u64, length: u64) -> LockingAndxRange {
    LockingAndxRange { process_id, offset, length }
}

fn locking(file: File, timeout: u32, locks: &[LockingAndxRange]) -> LockingAndxRequest {
    let (fid, lock_type) = (file.id, LockType::LARGE_FILES);
    LockingAndxRequest { fid, lock_type, timeout, locks: locks.to_vec(), ..LockingAndxRequest::default() }
}

#[test]
fn locks_are_of_processes_and_of_several_all_or_none_are_got() {
    let site = site();
    let (mut c, tree) = alice(&site);
    let file = c.create(tree, &Create::new_file("\\locked")).unwrap();
    c.locking(file, &locking(file, 0, &[range(1, 0, 4)])).unwrap();
    assert_eq!(refused(c.locking(file, &locking(file, 0, &[range(2, 2, 1)]))), NtStatus::LOCK_NOT_GRANTED);
    assert_eq!(refused(c.locking(file, &locking(file, 0, &[range(2, 2, 1)]))), NtStatus::FILE_LOCK_CONFLICT);
    let several = locking(file, 0, &[range(2, 100, 1), range(2, 0, 1)]);
    assert_eq!(refused(c.locking(file, &several)), NtStatus::LOCK_NOT_GRANTED);
    c.locking(file, &locking(file, 0, &[range(3, 100, 1)])).unwrap();
    // LOCK_BYTE_RANGE is of the process in the header.
    let body = LockByteRangeRequest { fid: file.id, count: 4, offset: 0 };
    let own = |command| Request::new(command, file, &body).process(1);
    let unlocked = c.call(&Request::new(Command::UNLOCK_BYTE_RANGE, file, &body).process(2)).unwrap();
    assert_eq!(refused(unlocked.check(&[])), NtStatus::RANGE_NOT_LOCKED);
    c.call(&own(Command::UNLOCK_BYTE_RANGE)).unwrap().check(&[]).unwrap();
    c.call(&own(Command::LOCK_BYTE_RANGE)).unwrap().check(&[]).unwrap();
}

#[test]
fn a_lock_that_waits_is_cancelled_by_its_range_and_by_its_request() {
    let site = site();
    let (mut c, tree) = alice(&site);
    let file = c.create(tree, &Create::new_file("\\locked")).unwrap();
    c.locking(file, &locking(file, 0, &[range(1, 0, 4)])).unwrap();
    let wanted = locking(file, u32::MAX, &[range(2, 0, 4)]);
    let waiting = c.send(&Request::new(Command::LOCKING_ANDX, file, &wanted)).unwrap();
    let cancel = LockingAndxRequest {
        lock_type: LockType::LARGE_FILES | LockType::CANCEL_LOCK,
        ..locking(file, 0, &[range(2, 0, 4)])
    };
    c.locking(file, &cancel).unwrap();
    assert_eq!(refused(c.receive(waiting).unwrap().check(&[])), NtStatus::FILE_LOCK_CONFLICT);
    assert!(c.locking(file, &cancel).is_err(), "nobody waits any more");
    let waiting = c.send(&Request::new(Command::LOCKING_ANDX, file, &wanted)).unwrap();
    c.cancel(tree, waiting).unwrap();
    assert_eq!(refused(c.receive(waiting).unwrap().check(&[])), NtStatus::FILE_LOCK_CONFLICT);
    let waiting = c.send(&Request::new(Command::LOCKING_ANDX, file, &wanted)).unwrap();
    let unlock = LockingAndxRequest { unlocks: vec![range(1, 0, 4)], ..locking(file, 0, &[]) };
    c.locking(file, &unlock).unwrap();
    c.receive(waiting).unwrap().check(&[]).unwrap();
}

fn search(
    c: &mut Connection,
    tree: Tree,
    pattern: &str,
    key: &[u8],
    most: u16,
) -> Result<Vec<DirectoryInformation>> {
    let body = SearchRequest {
        max_count: most,
        search_attributes: SmbFileAttributes::DIRECTORY,
        file_name: if key.is_empty() { pattern.into() } else { "".into() },
        resume_key: key,
    };
    let reply = c.call(&Request::new(Command::SEARCH, tree, &body))?.check(&[])?;
    let response: SearchResponse<'_> = reply.decode()?;
    let mut r = Reader::new(response.entries);
    Ok((0..response.count).map(|_| DirectoryInformation::decode(&mut r).unwrap()).collect())
}

#[test]
fn a_search_goes_on_by_any_of_its_keys_with_short_names_only() {
    use lanward_wire::Encode;
    let site = site();
    let (mut c, tree) = alice(&site);
    c.on_path(tree, Command::CREATE_DIRECTORY, "\\d").unwrap();
    for n in 0..12 {
        c.write_file(tree, &format!("\\d\\a rather long name {n}.text"), b"x").unwrap();
    }
    let name = |entry: &DirectoryInformation| String::from_utf8(entry.name().to_vec()).unwrap();
    let mut all = search(&mut c, tree, "\\d\\????????.???", &[], 5).unwrap();
    assert_eq!(all.len(), 5);
    while let Ok(more) = search(&mut c, tree, "", &all.last().unwrap().resume_key.to_bytes(), 5) {
        all.extend(more);
    }
    let names: Vec<String> = all.iter().map(name).collect();
    assert_eq!(names.len(), 14, "{names:?}");
    assert!(names.iter().all(|n| n.len() <= 12) && names.contains(&"..".to_owned()));
    let again = search(&mut c, tree, "\\d\\????????.???", &[], 6).unwrap();
    let behind_second = search(&mut c, tree, "", &again[1].resume_key.to_bytes(), 3).unwrap();
    assert_eq!(behind_second.iter().map(name).collect::<Vec<_>>(), names[2..5]);
    for entry in again.iter().chain(&behind_second).filter(|e| e.attributes & 0x10 == 0) {
        c.delete(tree, &format!("\\d\\{}", name(entry))).ok();
    }
    c.delete(tree, "\\d\\*").unwrap();
    c.on_path(tree, Command::DELETE_DIRECTORY, "\\d").unwrap();
    assert_eq!(refused(c.on_path(tree, Command::CHECK_DIRECTORY, "\\d")), NtStatus::OBJECT_NAME_NOT_FOUND);
}

#[test]
fn searches_that_nobody_ends_keep_no_more_open_than_they_may() {
    let site = site();
    let (mut c, tree) = alice(&site);
    c.write_file(tree, "\\a", b"").unwrap();
    c.write_file(tree, "\\b", b"").unwrap();
    for _ in 0..200 {
        assert_eq!(search(&mut c, tree, "\\*", &[], 1).unwrap().len(), 1);
    }
    assert!(site.server.opens().len() <= 64);
}

#[test]
fn names_change_by_patterns() {
    let site = site();
    let (mut c, tree) = alice(&site);
    for name in ["\\a.txt", "\\b.txt", "\\c.doc"] {
        c.write_file(tree, name, b"x").unwrap();
    }
    c.rename(tree, "\\*.txt", "\\*.bak").unwrap();
    for name in ["\\a.bak", "\\b.bak", "\\c.doc"] {
        c.read_file(tree, name).unwrap();
    }
    assert_eq!(refused(c.rename(tree, "\\*.txt", "\\*.bak")), NtStatus::NO_SUCH_FILE);
    assert_eq!(refused(c.rename(tree, "\\a.bak", "\\b.bak")), NtStatus::OBJECT_NAME_COLLISION);
}

/// CVE-2022-32742, CVE-2017-12163: what is not in the message is never written.
#[test]
fn c13_a_write_of_more_than_it_brings_writes_nothing() {
    let site = site();
    let (mut c, tree) = alice(&site);
    let file = c.create(tree, &Create::new_file("\\f")).unwrap();
    let andx = |length: u16, high: u16, offset: u16| {
        let mut words = Vec::new();
        for word in [file.id, 0, 0, 0, 0, 0, 0, high, length, offset] {
            words.extend_from_slice(&u16::to_le_bytes(word));
        }
        words
    };
    for (length, high, offset) in [(5000, 0, 60), (12, 0, 60), (10, 1, 60), (10, 0, 5000), (10, 0, 8)] {
        let body = RawBody { words: &andx(length, high, offset), bytes: b"0123456789" };
        let reply = c.call(&Request::new(Command::WRITE_ANDX, file, &body)).unwrap();
        assert_eq!(refused(reply.check(&[])), NtStatus::INVALID_PARAMETER, "{length} {high} {offset}");
    }
    for (count, stated) in [(20u16, 10u16), (20, 20), (4000, 4000)] {
        let mut words = Vec::new();
        for word in [file.id, count, 0, 0, 0] {
            words.extend_from_slice(&u16::to_le_bytes(word));
        }
        let bytes = [&[1][..], &stated.to_le_bytes(), b"0123456789"].concat();
        let body = RawBody { words: &words, bytes: &bytes };
        let reply = c.call(&Request::new(Command::WRITE, file, &body)).unwrap();
        assert_eq!(refused(reply.check(&[])), NtStatus::INVALID_PARAMETER, "{count} {stated}");
    }
    assert_eq!(c.read(file, 0, 100).unwrap(), b"");
    let honest = WriteRequest { fid: file.id, count: 3, offset: 0, remaining: 0, data: b"abc" };
    c.call(&Request::new(Command::WRITE, file, &honest)).unwrap().check(&[]).unwrap();
    assert_eq!(c.read(file, 0, 100).unwrap(), b"abc");
}

#[test]
fn what_is_not_done_any_more_is_said_to_be_so() {
    let site = site();
    let (mut c, tree) = alice(&site);
    let file = c.create(tree, &Create::open("\\", AccessMask::READ_ATTRIBUTES)).unwrap();
    for command in [Command::COPY, Command::MOVE] {
        let reply = c.call(&Request::new(command, file, &RawBody::default())).unwrap();
        assert_eq!(refused(reply.check(&[])), NtStatus::NOT_IMPLEMENTED, "{command:?}");
    }
    assert!(c.echo(b"still there").is_ok());
}
