//! How SMB1's messages are taken apart and put together: chains, ids, what waits, and oplocks across the dialects ([MS-CIFS] 3.3.5.2,
//! 3.3.5.2.4, 3.3.4.2).

use crate::support::refused;
use lanward_client::smb1::{Connection, Create, Options, Request, Scope, Session, Tree};
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb1::messages::{
    EchoRequest, Empty, PathRequest, ReadAndxRequest, ReadAndxResponse, SessionProof,
    SessionSetupAndxRequest, TreeConnectAndxRequest,
};
use lanward_smb1::{Command, Dialect};
use lanward_testsuite::{ALICE, Plan, Site};
use std::time::Duration;

/// STATUS_SMB_BAD_TID and STATUS_SMB_BAD_UID
const BAD_TID: NtStatus = NtStatus(0x0005_0002);
const BAD_UID: NtStatus = NtStatus(0x005b_0002);

fn plan() -> Plan {
    Plan::default().zone(|zone| (zone.min_dialect, zone.anonymous_allowed) = (Dialect::NtLm.number(), true))
}

fn alice(site: &Site, options: Options) -> (Connection, Session, Tree) {
    let mut c = Connection::connect(site.address, options).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(&session, "data").unwrap();
    (c, session, tree)
}

fn status_of(c: &mut Connection, scope: impl Into<Scope>, command: Command) -> NtStatus {
    c.call(&Request::new(command, scope, &Empty {})).unwrap().status()
}

fn look(c: &mut Connection, scope: impl Into<Scope>) -> NtStatus {
    let body = PathRequest { path: "\\".into() };
    c.call(&Request::new(Command::CHECK_DIRECTORY, scope, &body)).unwrap().status()
}

#[test]
fn a_chain_has_the_ids_of_the_commands_before_and_ends_with_the_first_that_fails() {
    let site = plan().start().unwrap();
    let nobody = SessionSetupAndxRequest {
        max_buffer_size: 0xffff,
        max_mpx_count: 2,
        proof: SessionProof::Nt {
            oem_password: &[],
            unicode_password: &[],
            account: "".into(),
            domain: "".into(),
        },
        ..SessionSetupAndxRequest::default()
    };
    let connect = |path: &str| TreeConnectAndxRequest {
        path: path.into(),
        service: "?????".into(),
        ..TreeConnectAndxRequest::default()
    };
    for extended_security in [false, true] {
        let options = Options { extended_security, ..Options::default() };
        let mut c = Connection::connect(site.address, options).unwrap();
        let (there, nowhere) = (connect("\\\\host\\IPC$"), connect("\\\\host\\nowhere"));
        let chain = Request::new(Command::SESSION_SETUP_ANDX, Scope::default(), &nobody)
            .and(Command::TREE_CONNECT_ANDX, &there);
        let reply = c.call(&chain).unwrap().check(&[]).unwrap();
        let commands: Vec<_> = reply.chain().map(|item| item.unwrap().0).collect();
        assert_eq!(commands, [Command::SESSION_SETUP_ANDX, Command::TREE_CONNECT_ANDX]);
        let scope = Scope { user_id: reply.header.user_id, tree_id: reply.header.tree_id };
        assert!(scope.user_id != 0 && scope.tree_id != 0);
        // The second fails: the first was done, and nothing behind it is.
        let chain = Request::new(Command::SESSION_SETUP_ANDX, Scope::default(), &nobody)
            .and(Command::TREE_CONNECT_ANDX, &nowhere)
            .and(Command::TREE_CONNECT_ANDX, &there);
        let reply = c.call(&chain).unwrap();
        assert_eq!(reply.status(), NtStatus::BAD_NETWORK_NAME);
        assert_eq!(reply.chain().count(), 2, "an answer, and an error");
        assert_ne!(reply.header.user_id, scope.user_id);
        assert_eq!((site.counts().sessions, site.counts().trees), (2, 1));
        drop(c);
        site.settles().unwrap();
    }
}

#[test]
fn an_open_is_what_the_rest_of_its_chain_is_about() {
    let site = plan().start().unwrap();
    let (mut c, _, tree) = alice(&site, Options::default());
    c.write_file(tree, "file", b"what was written").unwrap();
    let open = Create::open("\\file", AccessMask::READ_DATA).request();
    // No FID is known yet.
    let read = ReadAndxRequest { fid: 0xffff, offset: 5, max_count: 3, ..ReadAndxRequest::default() };
    let chain = Request::new(Command::NT_CREATE_ANDX, tree, &open).and(Command::READ_ANDX, &read);
    let reply = c.call(&chain).unwrap().check(&[]).unwrap();
    let response: ReadAndxResponse<'_> = reply.decode_of(Command::READ_ANDX).unwrap();
    assert_eq!(response.data, b"was");
    // A file that is not there is not read from either.
    let open = Create::open("\\other", AccessMask::READ_DATA).request();
    let chain = Request::new(Command::NT_CREATE_ANDX, tree, &open).and(Command::READ_ANDX, &read);
    let reply = c.call(&chain).unwrap();
    assert_eq!((reply.status(), reply.chain().count()), (NtStatus::OBJECT_NAME_NOT_FOUND, 1));
}

#[test]
fn a_chain_has_an_end() {
    let site = plan().start().unwrap();
    let (mut c, _, tree) = alice(&site, Options::default());
    c.write_file(tree, "file", b"x").unwrap();
    let open = Create::open("\\file", AccessMask::READ_DATA).request();
    let read = ReadAndxRequest { max_count: 1, ..ReadAndxRequest::default() };
    let mut chain = Request::new(Command::NT_CREATE_ANDX, tree, &open);
    for _ in 0..100 {
        chain = chain.and(Command::READ_ANDX, &read);
    }
    assert_eq!(c.call(&chain).unwrap().status(), NtStatus(0x0001_0002), "STATUS_INVALID_SMB");
    assert_eq!(c.echo(b"there?").unwrap(), b"there?");
}

#[test]
fn a_tid_is_any_users_of_its_connection() {
    let site = plan().start().unwrap();
    let (mut c, first, tree) = alice(&site, Options::default());
    let second = c.login(ALICE.0, ALICE.1).unwrap();
    let others = Scope { user_id: second.user_id, tree_id: tree.id };
    c.logoff(&first).unwrap();
    assert_eq!(look(&mut c, tree), BAD_UID);
    assert_eq!(look(&mut c, others), NtStatus::SUCCESS, "it outlives who made it");
    assert_eq!(site.counts().trees, 1);
    // But not of whom the share does not let in.
    let nobody = c.login_anonymous().unwrap();
    let theirs = Scope { user_id: nobody.user_id, tree_id: tree.id };
    assert_eq!(look(&mut c, theirs), NtStatus::ACCESS_DENIED);
    c.logoff(&second).unwrap();
    assert_eq!(site.counts().trees, 0);
    // Whoever speaks for the connection disconnects it, once.
    assert_eq!(status_of(&mut c, others, Command::TREE_DISCONNECT), NtStatus::SUCCESS);
    assert_eq!(status_of(&mut c, others, Command::TREE_DISCONNECT), BAD_TID);
}

#[test]
fn what_an_open_is_asked_for_by_others_is_not_told() {
    let site = plan().start().unwrap();
    let (mut c, _, tree) = alice(&site, Options::default());
    let file = c.create(tree, &Create::new_file("\\file")).unwrap();
    let second = c.login(ALICE.0, ALICE.1).unwrap();
    let other = c.tree_connect(&second, "data").unwrap();
    let read = ReadAndxRequest { fid: file.id, max_count: 1, ..ReadAndxRequest::default() };
    for scope in [Scope::from(other), Scope { user_id: second.user_id, tree_id: tree.id }] {
        let reply = c.call(&Request::new(Command::READ_ANDX, scope, &read)).unwrap();
        assert_eq!(reply.status(), NtStatus::INVALID_HANDLE);
    }
    assert_eq!(c.call(&Request::new(Command::READ_ANDX, tree, &read)).unwrap().status(), NtStatus::SUCCESS);
}

#[test]
fn no_more_requests_wait_than_were_agreed_on() {
    let site = plan().config(|config| config.max_mpx = 3).start().unwrap();
    let (mut c, _, tree) = alice(&site, Options::default());
    assert_eq!(c.negotiated().max_mpx_count, 3);
    let file = c.create(tree, &Create::new_file("\\locked")).unwrap();
    c.lock(file, 0, 1, false).unwrap();
    let (mut other, _, there) = alice(&site, Options::default());
    let again = other
        .create(there, &Create::open("\\locked", AccessMask::READ_DATA | AccessMask::WRITE_DATA))
        .unwrap();
    let waiting: Vec<_> = (0..3).map(|_| other.send_lock(again, 0, 1, u32::MAX).unwrap()).collect();
    let one_more = other.send_lock(again, 0, 1, u32::MAX).unwrap();
    assert_eq!(refused(other.receive(one_more).unwrap().check(&[])), NtStatus::INSUFFICIENT_RESOURCES);
    assert_eq!(other.echo(b"there?").unwrap(), b"there?", "what need not wait is answered");
    other.cancel(there, waiting[1]).unwrap();
    assert_ne!(other.receive(waiting[1]).unwrap().status(), NtStatus::SUCCESS);
    c.unlock(file, 0, 1).unwrap();
    other.receive(waiting[0]).unwrap().check(&[]).unwrap();
}

#[test]
fn a_client_asks_whether_the_server_is_there_as_often_as_it_likes_but_not_for_more_than_it_sent() {
    let site = plan().start().unwrap();
    let mut c = Connection::connect(site.address, Options::default()).unwrap();
    let body = EchoRequest { echo_count: 0, data: b"x" };
    let silent = Request { answered: Some(false), ..Request::new(Command::ECHO, Scope::default(), &body) };
    c.send(&silent).unwrap();
    let data = [7; 8000];
    let body = EchoRequest { echo_count: u16::MAX, data: &data };
    let ticket = c.send(&Request::new(Command::ECHO, Scope::default(), &body)).unwrap();
    let mut answers = 0;
    while c.receive_within(ticket, Duration::from_millis(500)).is_ok() {
        answers += 1;
    }
    assert!((1..=2).contains(&answers), "{answers}");
}

#[test]
fn an_oplock_of_one_dialect_breaks_for_an_open_of_the_other() {
    let site = plan().start().unwrap();
    let (mut old, _, tree) = alice(&site, Options::default());
    let file = old.create(tree, &Create::new_file("\\shared").oplock(true)).unwrap();
    let (mut new, there) = site.alice(lanward_client::Options::default()).unwrap();
    let opening = std::thread::spawn(move || {
        new.create(there, &lanward_client::Create::open("shared", AccessMask::READ_DATA)).map(drop)
    });
    let told = old.receive_break(Duration::from_secs(10)).unwrap();
    assert_eq!(told.fid, file.id);
    old.acknowledge_break(file, told.level).unwrap();
    opening.join().unwrap().unwrap();
}
