//! Raw and multiplexed transfers of SMB1 ([MS-CIFS] 3.3.5.24 to 3.3.5.27): bytes without a header where nothing else could be meant, and else the word
//! to do it in another way.

use lanward_client::smb1::{Connection, Create, File, Options, Request, Signing, Tree};
use lanward_nt::AccessMask;
use lanward_smb1::messages::{CountResponse, Empty, ReadRawRequest, WriteRawRequest};
use lanward_smb1::{Command, Dialect, DosError};
use lanward_testsuite::{ALICE, Plan, Site};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(10);

fn site() -> Site {
    let plan = Plan::default().smb1().zone(|zone| zone.signing_required = false);
    plan.zone(|zone| zone.min_dialect = Dialect::NtLm.number()).start().unwrap()
}

fn alice(site: &Site, signing: Signing) -> (Connection, Tree) {
    let mut c = Connection::connect(site.address, Options::default().signing(signing).timeout(WAIT)).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(&session, "data").unwrap();
    (c, tree)
}

fn read_raw(c: &mut Connection, file: File, offset: u64, max_count: u16) -> Vec<u8> {
    let body = ReadRawRequest { fid: file.id, offset, max_count, ..ReadRawRequest::default() };
    c.send(&Request::new(Command::READ_RAW, file, &body)).unwrap();
    c.receive_frame(WAIT).unwrap()
}

#[test]
fn a_raw_read_is_bytes_alone_and_none_for_every_error() {
    let site = site();
    let (mut c, tree) = alice(&site, Signing::Declined);
    c.write_file(tree, "\\raw", b"0123456789").unwrap();
    let file = c.create(tree, &Create::open("\\raw", AccessMask::GENERIC_READ)).unwrap();
    assert_eq!(read_raw(&mut c, file, 2, 5), b"23456");
    assert_eq!(read_raw(&mut c, file, 8, 100), b"89");
    assert_eq!(read_raw(&mut c, file, 10, 100), b"");
    assert_eq!(read_raw(&mut c, File { id: 0xeeee, ..file }, 0, 5), b"");
    let unread = c.create(tree, &Create::open("\\raw", AccessMask::WRITE_DATA)).unwrap();
    assert_eq!(read_raw(&mut c, unread, 0, 5), b"");
    assert_eq!(c.echo(b"on").unwrap(), b"on");
}

#[test]
fn nothing_raw_is_sent_to_who_signs() {
    let site = site();
    let (mut c, tree) = alice(&site, Signing::Required);
    c.write_file(tree, "\\raw", b"0123456789").unwrap();
    let file = c.create(tree, &Create::open("\\raw", AccessMask::GENERIC_READ)).unwrap();
    assert_eq!(read_raw(&mut c, file, 0, 5), b"");
    assert_eq!(c.echo(b"on").unwrap(), b"on");
}

/// [MS-CIFS] 3.3.5.24: the client could take the message of the break for the bytes.
#[test]
fn nothing_raw_is_sent_while_a_break_is_not_acknowledged() {
    let site = site();
    let ((mut c, tree), (mut d, other)) = (alice(&site, Signing::Declined), alice(&site, Signing::Declined));
    c.write_file(tree, "\\raw", b"0123456789").unwrap();
    let file = c.create(tree, &Create::open("\\raw", AccessMask::GENERIC_READ)).unwrap();
    let cached = c.create(tree, &Create::new_file("\\cached").oplock(true)).unwrap();
    assert_eq!(read_raw(&mut c, file, 0, 5), b"01234");
    let opening = d.send_create(other, &Create::open("\\cached", AccessMask::GENERIC_READ)).unwrap();
    c.receive_notice(WAIT).unwrap();
    assert_eq!(read_raw(&mut c, file, 0, 5), b"");
    c.close(cached).unwrap();
    d.receive_create(other, opening).unwrap();
    assert_eq!(read_raw(&mut c, file, 0, 5), b"01234", "the break is answered");
}

/// The capabilities say that the server has neither; who asks all the same is told to use what it has, and that nothing was taken.
#[test]
fn raw_writes_and_multiplexed_transfers_are_for_other_commands() {
    let site = site();
    let (mut c, tree) = alice(&site, Signing::Declined);
    let file = c.create(tree, &Create::new_file("\\written")).unwrap();
    let body = WriteRawRequest { fid: file.id, count: 8, data: b"01", ..WriteRawRequest::default() };
    let reply = c.call(&Request::new(Command::WRITE_RAW, file, &body)).unwrap();
    assert_eq!(reply.header.command, Command::WRITE_COMPLETE, "the final response, no interim one");
    assert_eq!(DosError::of(reply.status()), DosError::from_wire(0x00fb_0002), "ERRusestd");
    assert_eq!(reply.decode::<CountResponse>().unwrap().count, 0);
    for command in [Command::READ_MPX, Command::WRITE_MPX] {
        let reply = c.call(&Request::new(command, file, &Empty {})).unwrap();
        assert_eq!(DosError::of(reply.status()), DosError::from_wire(0x00fb_0002), "{command:?}");
    }
    c.write(file, 0, b"as usual").unwrap();
    assert_eq!(c.read(file, 0, 100).unwrap(), b"as usual");
}
