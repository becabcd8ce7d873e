//! A binding that is refused harms nobody ([MS-SMB2] 3.3.5.5), and no other request gets hold of somebody's session either.

use crate::channels::{capable, channel};
use crate::support::refused;
use lanward_client::{Binding, Connection, Create, File, Login, Options, Protection, Request, Tree};
use lanward_nt::{FileTime, Guid, NtStatus};
use lanward_server::{Network, Zone};
use lanward_smb2::messages::{CreateDisposition, SessionSetupFlags, SessionSetupRequest};
use lanward_smb2::{Cipher, Command, Dialect, Header, HeaderFlags, SessionId, SigningAlgorithm};
use lanward_testsuite::{ALICE, Counts, Plan, ROOT, Site};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// A session somebody wants a channel of, and what shows that it is as it was.
struct Victim {
    c: Connection,
    tree: Tree,
    file: File,
}

impl Victim {
    fn new(site: &Site, options: Options) -> Self {
        let (mut c, tree) = site.alice(options).unwrap();
        let file =
            c.create(tree, &Create::new_file("victim").disposition(CreateDisposition::OPEN_IF)).unwrap().file;
        Self { c, tree, file }
    }

    fn binding(&mut self) -> Binding {
        self.c.session_mut(self.tree.session).unwrap().binding()
    }

    fn is_unharmed(&mut self, site: &Site) {
        self.c.write(self.file, 0, b"x").unwrap();
        site.settles_at(Counts { connections: 1, sessions: 1, trees: 1, opens: 1, users: 1 }).unwrap();
    }
}

/// The options of another connection of the same client.
fn same_client(victim: &Victim) -> Options {
    Options { client_guid: Some(victim.c.negotiated().client_guid), ..victim.c.options().clone() }
}

/// How a binding over a connection with these options ends.
fn bind(site: &Site, victim: &mut Victim, options: Options, login: Login) -> NtStatus {
    let mut c = site.connect(options).unwrap();
    refused(c.login_with(&login.bind(victim.binding())))
}

#[test]
fn whoever_is_not_the_user_gets_no_channel() {
    let site = Site::new().unwrap();
    for (name, options) in capable() {
        println!("{name}");
        let mut victim = Victim::new(&site, options);
        let cases = [
            (Login::user(ROOT.0, ROOT.1), NtStatus::ACCESS_DENIED),
            (Login::user(ALICE.0, "wrong"), NtStatus::LOGON_FAILURE),
            (Login::user("nobody", ALICE.1), NtStatus::LOGON_FAILURE),
            (Login::anonymous(), NtStatus::ACCESS_DENIED),
        ];
        for (login, status) in cases {
            let options = same_client(&victim);
            let mut c = site.connect(options).unwrap();
            assert_eq!(refused(c.login_with(&login.bind(victim.binding()))), status);
            // The connection has got nothing by it, and can try again.
            assert_eq!(refused(c.tree_connect(victim.tree.session, "data")), NtStatus::USER_SESSION_DELETED);
            c.login_with(&Login::user(ALICE.0, ALICE.1).bind(victim.binding())).unwrap();
            drop(c);
            victim.is_unharmed(&site);
        }
        drop(victim);
        site.settles().unwrap();
    }
}

#[test]
fn what_was_negotiated_must_be_the_same() {
    let site = Site::new().unwrap();
    let alice = || Login::user(ALICE.0, ALICE.1);
    let only = |dialect| Options::only(dialect).signed();
    let signing = |algorithm| Options { signing_algorithms: vec![algorithm], ..only(Dialect::V3_1_1) };
    let cipher = |cipher| Options { ciphers: vec![cipher], ..only(Dialect::V3_1_1) };
    let cases = [
        (only(Dialect::V3_0), only(Dialect::V3_0_2), NtStatus::INVALID_PARAMETER),
        (only(Dialect::V3_0), only(Dialect::V2_1), NtStatus::ACCESS_DENIED),
        (only(Dialect::V2_1), only(Dialect::V2_1), NtStatus::REQUEST_NOT_ACCEPTED),
        (only(Dialect::V2_0_2), only(Dialect::V2_0_2), NtStatus::REQUEST_NOT_ACCEPTED),
        (signing(SigningAlgorithm::AesCmac), only(Dialect::V3_0_2), NtStatus::INVALID_PARAMETER),
        (cipher(Cipher::Aes128Gcm), cipher(Cipher::Aes128Ccm), NtStatus::INVALID_PARAMETER),
    ];
    for (session, connection, status) in cases {
        println!("{:?} {:?}", session.dialects, connection.dialects);
        let mut victim = Victim::new(&site, session);
        let options = Options { client_guid: Some(victim.c.negotiated().client_guid), ..connection };
        assert_eq!(bind(&site, &mut victim, options, alice()), status);
        victim.is_unharmed(&site);
        drop(victim);
        site.settles().unwrap();
    }
}

/// The first request of a binding, not signed.
fn request(c: &mut Connection, session: SessionId) -> Vec<u8> {
    let body = SessionSetupRequest {
        flags: SessionSetupFlags::BINDING,
        security_buffer: b"nothing",
        ..SessionSetupRequest::default()
    };
    c.compose(&[Request::new(Command::SESSION_SETUP, session, &body)]).unwrap().0
}

/// The answer to bytes that are sent as they are: its status, and whether it is signed.
fn answer(c: &mut Connection, message: &[u8]) -> (NtStatus, bool) {
    c.send_frame(message).unwrap();
    let bytes = c.receive_frame(Duration::from_secs(10)).unwrap();
    let header = <Header as lanward_wire::Decode>::decode(&mut lanward_wire::Reader::new(&bytes)).unwrap();
    (header.nt_status(), header.flags.contains(HeaderFlags::SIGNED))
}

#[test]
fn without_the_sessions_key_nothing_is_bound_and_nothing_signed() {
    let site = Site::new().unwrap();
    for (name, options) in capable() {
        println!("{name}");
        let mut victim = Victim::new(&site, options);
        let id = victim.tree.session;
        let mut c = site.connect(same_client(&victim)).unwrap();
        let unknown = request(&mut c, SessionId(0x7777));
        assert_eq!(answer(&mut c, &unknown), (NtStatus::USER_SESSION_DELETED, false));
        let unsigned = request(&mut c, id);
        assert_eq!(answer(&mut c, &unsigned), (NtStatus::INVALID_PARAMETER, false));
        let mut forged = request(&mut c, id);
        forged[Header::FLAGS_OFFSET] |= 8;
        forged[48..64].fill(0xaa);
        assert_eq!(answer(&mut c, &forged), (NtStatus::ACCESS_DENIED, false));
        // Nor by any other request.
        let close = lanward_smb2::messages::CloseRequest { file_id: victim.file.id, ..Default::default() };
        for flags in [HeaderFlags::empty(), HeaderFlags::SIGNED] {
            let close = Request::new(Command::CLOSE, victim.tree, &close).flags(flags);
            let message = c.compose(&[close]).unwrap().0;
            assert_eq!(answer(&mut c, &message), (NtStatus::USER_SESSION_DELETED, false));
        }
        drop(c);
        victim.is_unharmed(&site);
        drop(victim);
        site.settles().unwrap();
    }
}

#[test]
fn a_sealed_binding_ends_its_own_connection() {
    let site = Site::new().unwrap();
    let mut victim = Victim::new(&site, Options::default().sealed());
    let mut c = site.connect(same_client(&victim)).unwrap();
    let message = request(&mut c, victim.tree.session);
    let sealed = victim.c.seal(victim.tree.session, &message).unwrap();
    c.send_frame(&sealed).unwrap();
    assert!(c.closes_within(Duration::from_secs(10)).unwrap());
    victim.is_unharmed(&site);
}

#[test]
fn who_has_no_key_has_no_channels() {
    let site = Plan::default().zone(|z| z.anonymous_allowed = true).start().unwrap();
    let mut first = site.connect(Options::default()).unwrap();
    let session = first.login_anonymous().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let message = request(&mut c, session);
    assert_eq!(answer(&mut c, &message), (NtStatus::NOT_SUPPORTED, false));
    assert_eq!(site.counts().sessions, 1);
    first.echo(Some(session)).unwrap();
}

#[test]
fn an_expired_session_gets_no_channels() {
    let site = Site::new().unwrap();
    let mut victim = Victim::new(&site, Options::default().signed());
    let session = site.server.session(victim.tree.session.0).unwrap();
    session.renew((*session.user()).clone(), Some(FileTime(1))).unwrap();
    let options = same_client(&victim);
    let status = bind(&site, &mut victim, options, Login::user(ALICE.0, ALICE.1));
    assert_eq!(status, NtStatus::NETWORK_SESSION_EXPIRED);
    session.renew((*session.user()).clone(), None).unwrap();
    victim.is_unharmed(&site);
}

#[test]
fn a_channel_is_bound_once() {
    let site = Site::new().unwrap();
    let mut victim = Victim::new(&site, Options::default().signed());
    let id = victim.tree.session;
    let mut message = request(&mut victim.c, id);
    victim.c.sign(id, &mut message).unwrap();
    assert_eq!(answer(&mut victim.c, &message), (NtStatus::REQUEST_NOT_ACCEPTED, true));
    let mut second = channel(&site, &mut victim.c, victim.tree);
    let mut message = request(&mut second, id);
    second.sign(id, &mut message).unwrap();
    assert_eq!(answer(&mut second, &message), (NtStatus::REQUEST_NOT_ACCEPTED, true));
    // The session's key is not this channel's.
    let mut message = request(&mut second, id);
    victim.c.sign(id, &mut message).unwrap();
    assert_eq!(answer(&mut second, &message).0, NtStatus::ACCESS_DENIED);
    drop(second);
    victim.is_unharmed(&site);
}

#[test]
fn nobody_renews_a_session_that_signs_without_its_key() {
    let site = Site::new().unwrap();
    for (name, options) in capable().into_iter().filter(|(name, _)| name.ends_with("signed")) {
        let mut victim = Victim::new(&site, options);
        let body = SessionSetupRequest { security_buffer: b"nothing", ..SessionSetupRequest::default() };
        let request = Request::new(Command::SESSION_SETUP, victim.tree.session, &body);
        let reply = victim.c.call(&request.protection(Protection::Plain)).unwrap();
        assert_eq!(reply.status(), NtStatus::ACCESS_DENIED, "{name}");
        victim.is_unharmed(&site);
    }
}

#[test]
fn channels_are_limited() {
    let plan = Plan::default().settings(|s| s.limits.channels_per_session = 2);
    let site = plan.settings(|s| s.limits.sessions_per_connection = 1).start().unwrap();
    let mut victim = Victim::new(&site, Options::default().signed());
    let second = channel(&site, &mut victim.c, victim.tree);
    let options = same_client(&victim);
    let status = bind(&site, &mut victim, options, Login::user(ALICE.0, ALICE.1));
    assert_eq!(status, NtStatus::INSUFFICIENT_RESOURCES);
    drop(second);
    victim.is_unharmed(&site);
    // A connection with as many sessions as it may have.
    let mut full = site.connect(same_client(&victim)).unwrap();
    full.login(ALICE.0, ALICE.1).unwrap();
    let outcome = full.login_with(&Login::user(ALICE.0, ALICE.1).bind(victim.binding()));
    assert_eq!(refused(outcome), NtStatus::REQUEST_NOT_ACCEPTED);
    drop(full);
    victim.is_unharmed(&site);
}

#[test]
fn a_session_does_not_reach_into_another_zone() {
    let second = IpAddr::from([127, 0, 0, 2]);
    let zone = Zone {
        name: "other".into(),
        locals: vec![Network { address: second, prefix: 32 }],
        signing_required: false,
        ..Zone::default()
    };
    let plan = Plan { also: vec![second], ..Plan::default() };
    let site = plan.settings(|s| s.zones.push(Arc::new(zone))).start().unwrap();
    let mut victim = Victim::new(&site, Options::default().signed());
    let at = |address| SocketAddr::new(address, site.address.port());
    let bind = |victim: &mut Victim, address| {
        let mut c = Connection::connect(at(address), same_client(victim)).unwrap();
        c.login_with(&Login::user(ALICE.0, ALICE.1).bind(victim.binding()))
    };
    assert_eq!(refused(bind(&mut victim, second)), NtStatus::ACCESS_DENIED);
    victim.is_unharmed(&site);
    bind(&mut victim, site.address.ip()).unwrap();
    victim.is_unharmed(&site);
}

#[test]
fn a_client_speaks_one_dialect_at_a_time() {
    let site = Site::new().unwrap();
    let guid = Some(Guid([9; 16]));
    let options = |dialect| Options { client_guid: guid, ..Options::only(dialect) };
    let (first, _) = site.alice(options(Dialect::V3_1_1)).unwrap();
    let mut same = site.connect(options(Dialect::V3_1_1)).unwrap();
    same.login(ALICE.0, ALICE.1).unwrap();
    for dialect in [Dialect::V2_1, Dialect::V3_0, Dialect::V3_0_2] {
        let mut other = site.connect(options(dialect)).unwrap();
        assert_eq!(refused(other.login(ALICE.0, ALICE.1)), NtStatus::USER_SESSION_DELETED, "{dialect}");
        assert_eq!(refused(other.login(ALICE.0, "wrong")), NtStatus::LOGON_FAILURE, "{dialect}");
    }
    // 2.0.2 has no ClientGuid, and another client is another client.
    site.alice(options(Dialect::V2_0_2)).unwrap();
    site.alice(Options::only(Dialect::V3_0)).unwrap();
    drop((first, same));
    site.settles().unwrap();
    site.alice(options(Dialect::V3_0)).unwrap();
}
