//! Several requests in one frame, and what happens when one of them takes the ground from under the others (C11).

use crate::support::protections;
use lanward_client::{Connection, Create, Options, Request, Tree, utf16};
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb2::messages::{
    CloseRequest, CreateDisposition, EchoRequest, LogoffRequest, QueryInfoRequest, ReadRequest,
    TreeDisconnectRequest, WriteRequest,
};
use lanward_smb2::{Command, FileId, HeaderFlags};
use lanward_testsuite::Site;
use lanward_wire::Encode;

const RELATED: FileId = FileId::RELATED;

fn send(c: &mut Connection, requests: &[Request<'_>]) -> Vec<NtStatus> {
    let ids = c.send_compound(requests).unwrap();
    ids.into_iter().map(|id| c.receive(id).unwrap().status()).collect()
}

fn new_file() -> Create<'static> {
    Create::new_file("f").disposition(CreateDisposition::OPEN_IF)
}

/// CREATE, then the bodies given as related requests.
fn chain(c: &mut Connection, tree: Tree, rest: &[(Command, &dyn Encode)]) -> Vec<NtStatus> {
    let name = utf16("f");
    let create = new_file().request(&name);
    let mut requests = vec![Request::new(Command::CREATE, tree, &create)];
    requests.extend(rest.iter().map(|(command, body)| Request::new(*command, tree, *body).related()));
    send(c, &requests)
}

#[test]
fn related_requests_share_session_tree_and_file() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        let (mut c, tree) = site.alice(options).unwrap();
        let write = WriteRequest { file_id: RELATED, data: b"hello", ..WriteRequest::default() };
        let read = ReadRequest { file_id: RELATED, length: 5, ..ReadRequest::default() };
        let close = CloseRequest { file_id: RELATED, ..CloseRequest::default() };
        let statuses = chain(
            &mut c,
            tree,
            &[
                (Command::WRITE, &write),
                (Command::READ, &read),
                (Command::CLOSE, &close),
                (Command::READ, &read),
            ],
        );
        let ok = NtStatus::SUCCESS;
        assert_eq!(statuses, [ok, ok, ok, ok, NtStatus::FILE_CLOSED], "{name}");
        assert_eq!(site.counts().opens, 0, "{name}");
    }
}

#[test]
fn unrelated_requests_stand_for_themselves() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        let (mut c, tree) = site.alice(options).unwrap();
        let missing = utf16("missing");
        let create = Create::open("missing", AccessMask::READ_DATA);
        let create = create.request(&missing);
        let statuses = send(
            &mut c,
            &[
                Request::new(Command::ECHO, tree.session, &EchoRequest),
                Request::new(Command::CREATE, tree, &create),
                Request::new(Command::ECHO, tree.session, &EchoRequest),
            ],
        );
        assert_eq!(
            statuses,
            [NtStatus::SUCCESS, NtStatus::OBJECT_NAME_NOT_FOUND, NtStatus::SUCCESS],
            "{name}"
        );
    }
}

#[test]
fn what_follows_a_failed_create_fails_alike() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        let (mut c, tree) = site.alice(options).unwrap();
        let missing = utf16("missing");
        let create = Create::open("missing", AccessMask::READ_DATA);
        let create = create.request(&missing);
        let info = QueryInfoRequest { file_id: RELATED, ..QueryInfoRequest::default() };
        let close = CloseRequest { file_id: RELATED, ..CloseRequest::default() };
        let statuses = send(
            &mut c,
            &[
                Request::new(Command::CREATE, tree, &create),
                Request::new(Command::QUERY_INFO, tree, &info).related(),
                Request::new(Command::CLOSE, tree, &close).related(),
            ],
        );
        assert_eq!(statuses, [NtStatus::OBJECT_NAME_NOT_FOUND; 3], "{name}");
    }
}

#[test]
fn the_first_of_a_compound_is_related_to_nothing() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let read = ReadRequest { file_id: RELATED, length: 5, ..ReadRequest::default() };
    let related = Request::new(Command::READ, tree, &read).flags(HeaderFlags::RELATED_OPERATIONS);
    assert_eq!(send(&mut c, &[related, related]), [NtStatus::INVALID_PARAMETER; 2]);
    c.echo(Some(tree.session)).unwrap();
}

/// What each request of a compound uses is looked up when its turn comes (CVE-2022-47939, CVE-2023-32250, CVE-2025-37899,
/// CVE-2026-23428).
#[test]
fn nothing_outlives_what_ends_it_within_a_compound() {
    let site = Site::new().unwrap();
    let write = WriteRequest { file_id: RELATED, data: b"late", ..WriteRequest::default() };
    let close = CloseRequest { file_id: RELATED, ..CloseRequest::default() };
    let read = ReadRequest { file_id: RELATED, length: 4, ..ReadRequest::default() };
    let ends: [(Command, &dyn Encode, NtStatus); 3] = [
        (Command::LOGOFF, &LogoffRequest, NtStatus::USER_SESSION_DELETED),
        (Command::TREE_DISCONNECT, &TreeDisconnectRequest, NtStatus::NETWORK_NAME_DELETED),
        (Command::CLOSE, &close, NtStatus::FILE_CLOSED),
    ];
    for (name, options) in protections() {
        for (command, body, status) in ends {
            let (mut c, tree) = site.alice(Options { verify: false, ..options.clone() }).unwrap();
            let late: [(Command, &dyn Encode); 4] =
                [(command, body), (Command::WRITE, &write), (Command::READ, &read), (Command::CLOSE, &close)];
            let statuses = chain(&mut c, tree, &late);
            assert_eq!(statuses[..3], [NtStatus::SUCCESS, NtStatus::SUCCESS, status], "{name}: {command:?}");
            // What is related to a request without a session or a tree has none to look for.
            let late = [status, NtStatus::INVALID_PARAMETER];
            assert!(statuses[3..].iter().all(|s| late.contains(s)), "{name}: {command:?}: {statuses:?}");
            assert_eq!(site.counts().opens, 0, "{name}: {command:?}");
            c.echo(None).unwrap();
            drop(c);
            site.settles().unwrap();
        }
    }
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    assert!(c.read_file(tree, "f").unwrap().is_empty(), "nothing was written late");
}

/// The connection goes in the middle of its compounds; nothing of them stays, and the next client is served.
#[test]
fn a_connection_that_goes_amid_compounds_leaves_nothing() {
    let site = Site::new().unwrap();
    let name = utf16("f");
    let create = new_file().request(&name);
    let write = WriteRequest { file_id: RELATED, data: &[7; 10_000], ..WriteRequest::default() };
    let close = CloseRequest { file_id: RELATED, ..CloseRequest::default() };
    for (what, options) in protections() {
        for n in 0..10 {
            let (mut c, tree) = site.alice(options.clone()).unwrap();
            for _ in 0..4 {
                let mut requests = vec![Request::new(Command::CREATE, tree, &create)];
                requests.extend((0..n).map(|_| Request::new(Command::WRITE, tree, &write).related()));
                requests.push(Request::new(Command::CLOSE, tree, &close).related());
                requests.push(Request::new(Command::LOGOFF, tree.session, &LogoffRequest));
                // After the first LOGOFF a sealed compound ends the connection.
                if c.send_compound(&requests).is_err() {
                    break;
                }
            }
            drop(c);
        }
        let (mut c, tree) = site.alice(options).unwrap();
        c.write_file(tree, "next", b"served").unwrap();
        drop(c);
        site.settles().unwrap_or_else(|left| panic!("{what}: {left:?}"));
    }
}

#[test]
fn a_compound_is_never_answered_with_more_than_a_frame_holds() {
    let site = Site::new().unwrap();
    for options in [Options::default(), Options::default().signed(), Options::default().sealed()] {
        let (mut c, tree) = site.alice(options).unwrap();
        let eight = c.negotiated().max_read_size;
        c.write_file(tree, "large", &vec![7; eight as usize]).unwrap();
        let name = utf16("large");
        let create = Create::open("large", AccessMask::GENERIC_READ).request(&name);
        let read = ReadRequest { file_id: RELATED, length: eight, ..ReadRequest::default() };
        let close = CloseRequest { file_id: RELATED, ..CloseRequest::default() };
        let payload = eight as usize;
        let statuses = send(
            &mut c,
            &[
                Request::new(Command::CREATE, tree, &create),
                Request::new(Command::READ, tree, &read).payload(payload).related(),
                Request::new(Command::READ, tree, &read).payload(payload).related(),
                Request::new(Command::CLOSE, tree, &close).related(),
            ],
        );
        let ok = NtStatus::SUCCESS;
        assert_eq!(statuses, [ok, ok, NtStatus::INSUFFICIENT_RESOURCES, ok]);
        c.echo(None).unwrap();
    }
}
