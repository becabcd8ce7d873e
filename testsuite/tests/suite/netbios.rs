//! NetBIOS sessions: who is called, and what follows.

use crate::support::{pattern, refused};
use lanward_client::{Create, Error, Options, Request};
use lanward_netbios::{NegativeReason, NetbiosName, SessionRequest};
use lanward_nt::{AccessMask, NtStatus};
use lanward_server::NetbiosSettings;
use lanward_smb2::Command;
use lanward_smb2::messages::ReadRequest;
use lanward_testsuite::{ALICE, Counts, Plan, ROOT, Site};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, SocketAddrV4, TcpStream};
use std::time::Duration;

fn site(settings: NetbiosSettings) -> Site {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let plan = Plan { sessions: Some(listen), ..Plan::default() };
    plan.zone(|zone| zone.netbios = true).settings(|s| s.netbios = settings).start().unwrap()
}

fn call(site: &Site, called: NetbiosName) -> lanward_client::Result<lanward_client::Connection> {
    let calling = NetbiosName::new("CLIENT", NetbiosName::WORKSTATION).unwrap();
    let options = Options { netbios: Some(SessionRequest { called, calling }), ..Options::default() };
    let options = options.timeout(Duration::from_secs(10));
    lanward_client::Connection::connect(site.sessions.unwrap(), options)
}

fn name(text: &str, suffix: u8) -> NetbiosName {
    NetbiosName::new(text, suffix).unwrap()
}

#[test]
fn only_who_is_there_answers() {
    let elsewhere = site(NetbiosSettings::default());
    let SocketAddr::V4(there) = elsewhere.sessions.unwrap() else { panic!("not IPv4") };
    let names = NetbiosSettings {
        aliases: vec!["LOFT".into()],
        retarget: vec![("TESTSITE".into(), there), ("LOOP".into(), SocketAddrV4::new(*there.ip(), 1))],
    };
    let site = site(NetbiosSettings { retarget: Vec::new(), ..names.clone() });
    for called in [NetbiosName::ANY_SERVER, name("TESTSITE", 0x20), name("loft", 0x20)] {
        call(&site, called).unwrap();
    }
    let reason = |called| match call(&site, called) {
        Err(Error::Netbios(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(name("NOBODY", 0x20)), NegativeReason::CALLED_NOT_PRESENT);
    assert_eq!(reason(name("TESTSITE", 0x03)), NegativeReason::NOT_LISTENING_ON_CALLED);
    // Where another has the name the client calls there.
    let mut settings = (*site.server.settings()).clone();
    settings.netbios = names;
    site.server.replace_settings(settings);
    let connection = call(&site, name("TESTSITE", 0x20)).unwrap();
    assert_eq!(elsewhere.server.connections().len(), 1);
    drop(connection);
    assert!(call(&site, name("LOOP", 0x20)).is_err());
}

#[test]
fn files_are_the_same_and_transfers_short() {
    let site = site(NetbiosSettings::default());
    let mut connection = call(&site, NetbiosName::ANY_SERVER).unwrap();
    let entry = site.server.connections().swap_remove(0);
    let session = entry.netbios_session().unwrap();
    assert_eq!((&session.local[..10], &session.remote[..7]), (&b"*SMBSERVER"[..], &b"CLIENT "[..]));
    let session = connection.login(ALICE.0, ALICE.1).unwrap();
    let tree = connection.tree_connect(session, "data").unwrap();
    assert_eq!(connection.negotiated().max_read_size, 0x1_0000, "[MS-SMB2] 3.3.5.4");
    let data = pattern(300_000);
    connection.write_file(tree, "long", &data).unwrap();
    assert_eq!(connection.read_file(tree, "long").unwrap(), data);
    let (received, sent) = entry.bytes();
    assert!(received > 300_000 && sent > 300_000, "both ways are counted");
}

/// Behaviour 1.3: it does not matter over which transport somebody comes.
/// A message of a session has 17 bits for its length: what several responses together have no room for is refused, and the session goes on.
#[test]
fn a_compound_answers_no_more_than_a_message_holds() {
    let site = site(NetbiosSettings::default());
    let mut c = call(&site, NetbiosName::ANY_SERVER).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(session, "data").unwrap();
    c.write_file(tree, "long", &pattern(0x1_0000)).unwrap();
    let file = c.create(tree, &Create::open("long", AccessMask::READ_DATA)).unwrap().file;
    let read = ReadRequest { file_id: file.id, length: 0x1_0000, ..ReadRequest::default() };
    let request = || Request::new(Command::READ, tree, &read);
    let ids = c.send_compound(&[request(), request(), request()]).unwrap();
    let told: Vec<NtStatus> = ids.into_iter().map(|id| c.receive(id).unwrap().status()).collect();
    assert_eq!(told, [NtStatus::SUCCESS, NtStatus::INSUFFICIENT_RESOURCES, NtStatus::INSUFFICIENT_RESOURCES]);
    assert_eq!(c.read_file(tree, "long").unwrap(), pattern(0x1_0000));
}

#[test]
fn users_count_together_over_both_transports() {
    let site = site(NetbiosSettings::default());
    let mut settings = (*site.server.settings()).clone();
    settings.limits.users = Some(1);
    site.server.replace_settings(settings);
    let mut first = call(&site, NetbiosName::ANY_SERVER).unwrap();
    let session = first.login(ALICE.0, ALICE.1).unwrap();
    first.tree_connect(session, "data").unwrap();
    let mut second = site.connect(Options::default()).unwrap();
    let session = second.login(ROOT.0, ROOT.1).unwrap();
    assert_eq!(refused(second.tree_connect(session, "data")), NtStatus::REQUEST_NOT_ACCEPTED);
    drop(first);
    site.settles_at(Counts { connections: 1, sessions: 1, ..Counts::default() }).unwrap();
    second.tree_connect(session, "data").unwrap();
    let mut third = call(&site, NetbiosName::ANY_SERVER).unwrap();
    let session = third.login(ALICE.0, ALICE.1).unwrap();
    assert_eq!(refused(third.tree_connect(session, "data")), NtStatus::REQUEST_NOT_ACCEPTED);
}

#[test]
fn without_a_zone_that_has_it_nobody_is_let_in() {
    let site = site(NetbiosSettings::default());
    site.change_zone(|zone| zone.netbios = false);
    assert!(matches!(call(&site, NetbiosName::ANY_SERVER), Err(Error::Io(_) | Error::Closed)));
    assert_eq!(site.settles(), Ok(()));
}

/// What is no session request, in pieces and with keep-alives.
#[test]
fn what_begins_otherwise_ends() {
    let site = site(NetbiosSettings::default());
    let negotiate = [&[0, 0, 0, 64][..], b"\xfeSMB", &[0; 60]].concat();
    let keep_alives = [0x85, 0, 0, 0].repeat(9);
    let long = [0x81, 0, 2, 0];
    let short = [0x81, 0, 0, 2, 0x20, 0x41];
    let loops = [&[0x81, 0, 0, 4][..], b"\xc0\x00\xc0\x00"].concat();
    for bytes in [&negotiate[..], &keep_alives, &long, &short, &loops, b"GET / HTTP/1.1\r\n\r\n"] {
        let mut stream = TcpStream::connect(site.sessions.unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(bytes).unwrap();
        let mut rest = Vec::new();
        // A reset is an end, too.
        stream.read_to_end(&mut rest).ok();
        assert!(rest.is_empty(), "{bytes:x?}");
    }
    assert_eq!(site.settles(), Ok(()));
    let request = b"\x20CKFDENECFDEFFCFGEFFCCACACACACACA\0\x20ECEPFICACACACACACACACACACACACAAA\0";
    let mut stream = TcpStream::connect(site.sessions.unwrap()).unwrap();
    for piece in [&[0x85, 0, 0, 0, 0x81][..], &[0, 0], &[68], &request[..40], &request[40..]] {
        stream.write_all(piece).unwrap();
    }
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [0x82, 0, 0, 0]);
}
