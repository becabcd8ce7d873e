//! Signed requests of SMB1 that arrive together: their signatures are computed side by side, which nobody must notice.

use lanward_client::Error;
use lanward_client::smb1::{Connection, Create, File, Options, Protection, Request, Signing, Ticket, Tree};
use lanward_nt::NtStatus;
use lanward_smb1::messages::{EchoRequest, WriteAndxRequest, WriteAndxResponse};
use lanward_smb1::{Command, Dialect, SequenceNumber};
use lanward_testsuite::{ALICE, Plan, Site};
use std::time::Duration;

const BLOCK: u32 = 40_000;

fn site() -> Site {
    Plan::default().zone(|zone| zone.min_dialect = Dialect::NtLm.number()).start().unwrap()
}

/// The client verifies every answer.
fn alice(site: &Site) -> (Connection, Tree) {
    let options = Options::default().signing(Signing::Required).timeout(Duration::from_secs(20));
    let mut c = Connection::connect(site.address, options).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(&session, "data").unwrap();
    (c, tree)
}

fn block(n: u8) -> Vec<u8> {
    (0..BLOCK).map(|i| (i % 251) as u8 ^ n).collect()
}

fn send_write(c: &mut Connection, file: File, n: u8, protection: Protection) -> Ticket {
    let (offset, data) = (u64::from(n) * u64::from(BLOCK), block(n));
    let body = WriteAndxRequest { fid: file.id, offset, data: &data, ..WriteAndxRequest::default() };
    c.send(&Request::new(Command::WRITE_ANDX, file, &body).protection(protection)).unwrap()
}

#[test]
fn many_large_requests_at_once_are_answered_each_in_its_turn() {
    let site = site();
    let (mut c, tree) = alice(&site);
    let file = c.create(tree, &Create::new_file("\\large")).unwrap();
    let writes: Vec<Ticket> = (0..12).map(|n| send_write(&mut c, file, n, Protection::Signed)).collect();
    for ticket in writes {
        let reply = c.receive(ticket).unwrap().check(&[]).unwrap();
        assert_eq!(reply.decode::<WriteAndxResponse>().unwrap().taken(), BLOCK);
    }
    let reads: Vec<Ticket> =
        (0..12).map(|n| c.send_read(file, u64::from(n as u8) * u64::from(BLOCK), BLOCK).unwrap()).collect();
    // Small ones and ones that are answered more than once are between them.
    let echo = EchoRequest { echo_count: 3, data: b"echo" };
    let echoes = c.send(&Request::new(Command::ECHO, file, &echo)).unwrap();
    let last = c.send_read(file, 0, 10).unwrap();
    for (n, ticket) in reads.into_iter().enumerate() {
        assert!(c.receive_read(ticket).unwrap() == block(n as u8), "block {n}");
    }
    for _ in 0..3 {
        c.receive(echoes).unwrap().check(&[]).unwrap();
    }
    assert_eq!(c.receive_read(last).unwrap(), block(0)[..10]);
    c.close(file).unwrap();
}

/// A client that keeps many in flight is waited for, and need not go on so.
#[test]
fn who_sends_fewer_than_before_is_answered() {
    let site = site();
    let (mut c, tree) = alice(&site);
    let file = c.create(tree, &Create::new_file("\\fewer")).unwrap();
    for count in [12, 12, 5, 1, 1, 3, 12, 1] {
        let writes: Vec<Ticket> =
            (0..count).map(|n| send_write(&mut c, file, n, Protection::Signed)).collect();
        for ticket in writes {
            c.receive(ticket).unwrap().check(&[]).unwrap();
        }
        let read =
            |c: &mut Connection, n: u8| c.send_read(file, u64::from(n) * u64::from(BLOCK), BLOCK).unwrap();
        let reads: Vec<Ticket> = (0..count).map(|n| read(&mut c, n)).collect();
        for (n, ticket) in (0..).zip(reads) {
            assert!(c.receive_read(ticket).unwrap() == block(n), "block {n} of {count}");
        }
    }
    c.close(file).unwrap();
}

/// What is forged takes no number: those behind it are verified with the numbers that are due.
#[test]
fn a_forged_request_among_others_is_refused_alone() {
    let site = site();
    let (mut c, tree) = alice(&site);
    let file = c.create(tree, &Create::new_file("\\forged")).unwrap();
    for round in 0..5 {
        let first = send_write(&mut c, file, 0, Protection::Signed);
        let forged = send_write(&mut c, file, 1, Protection::SignedAs(SequenceNumber(0x7777_0000 + round)));
        let others: Vec<Ticket> = (2..6).map(|n| send_write(&mut c, file, n, Protection::Signed)).collect();
        c.receive(first).unwrap().check(&[]).unwrap();
        let refused = c.receive(forged).unwrap().check(&[]).unwrap_err();
        assert!(matches!(refused, Error::Smb1 { status: NtStatus::ACCESS_DENIED, .. }), "{refused}");
        for other in others {
            c.receive(other).unwrap().check(&[]).unwrap();
        }
    }
    let hole = c.read(file, u64::from(BLOCK), 10).unwrap();
    assert_eq!(hole, [0; 10], "what was forged was not written");
}

/// Locks that wait let the answers before them out.
#[test]
fn an_answer_does_not_wait_for_who_waits_behind_it() {
    use lanward_smb1::messages::{LockType, LockingAndxRange, LockingAndxRequest};
    let site = site();
    let ((mut c, tree), (mut d, other)) = (alice(&site), alice(&site));
    let file = c.create(tree, &Create::new_file("\\waits")).unwrap();
    let held = d.create(other, &Create::open("\\waits", lanward_nt::AccessMask::GENERIC_ALL)).unwrap();
    let lock = |file: File, timeout, locks: Vec<LockingAndxRange>, unlocks| LockingAndxRequest {
        fid: file.id,
        lock_type: LockType::LARGE_FILES,
        timeout,
        locks,
        unlocks,
        ..LockingAndxRequest::default()
    };
    let range = LockingAndxRange { process_id: 1, offset: 1 << 30, length: 1 };
    d.locking(held, &lock(held, 0, vec![range], Vec::new())).unwrap();
    let first = send_write(&mut c, file, 0, Protection::Signed);
    let waits = lock(file, u32::MAX, vec![range], Vec::new());
    let waits = c.send(&Request::new(Command::LOCKING_ANDX, file, &waits)).unwrap();
    let second = send_write(&mut c, file, 1, Protection::Signed);
    c.receive(first).unwrap().check(&[]).unwrap();
    c.receive(second).unwrap().check(&[]).unwrap();
    d.locking(held, &lock(held, 0, Vec::new(), vec![range])).unwrap();
    c.receive(waits).unwrap().check(&[]).unwrap();
}

/// Clients that sign write no more at a time than MaxBufferSize, whatever the capabilities say.
#[test]
fn a_signed_message_may_be_as_long_as_a_buffer_of_windows() {
    /// The header, WordCount and words, ByteCount, and one byte that aligns the data.
    const AROUND: usize = 32 + 1 + 28 + 2 + 1;
    let plan = Plan::default().zone(|zone| zone.min_dialect = Dialect::LanMan1.number());
    let site = plan.start().unwrap();
    let old = Connection::connect(site.address, Options::only(Dialect::LanMan21)).unwrap();
    assert_eq!(old.negotiated().max_buffer_size, 0x4104, "the buffers of old clients are small");
    let (mut c, tree) = alice(&site);
    assert_eq!(c.negotiated().max_buffer_size, 0xffff);
    let file = c.create(tree, &Create::new_file("\\longest")).unwrap();
    let data = block(1).repeat(2)[..0xffff - AROUND].to_vec();
    let body = WriteAndxRequest { fid: file.id, data: &data, ..WriteAndxRequest::default() };
    let reply = c.call(&Request::new(Command::WRITE_ANDX, file, &body)).unwrap().check(&[]).unwrap();
    assert_eq!(reply.decode::<WriteAndxResponse>().unwrap().taken(), data.len() as u32);
    let read = c.read(file, 0, data.len() as u32).unwrap();
    assert!(read == data);
    c.close(file).unwrap();
}
