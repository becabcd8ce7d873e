//! Promise 2 over the wire: no session that nobody sees uses up a place (behaviours 1.1 to 1.8, 1.12, 1.23).

use crate::support::refused;
use lanward_auth::{InitiatorConfig, InitiatorNonces, NtHash, SpnegoInitiator, Step};
use lanward_client::{Connection, Create, Credentials, Login, Options, Request, Tree};
use lanward_nt::{FileTime, NtStatus};
use lanward_server::{Limits, Settings};
use lanward_smb2::messages::{SessionSetupRequest, SessionSetupResponse};
use lanward_smb2::{Command, SessionId};
use lanward_testsuite::{ALICE, Counts, MemAccounts, Plan, ROOT, Site};
use std::time::Duration;

const PASSWORD: &str = "Secret010";

fn name(number: usize) -> String {
    format!("user{number}")
}

/// A server with a limit and twelve users, who may be nobody often and fail as often as they like.
fn plan(users: u32) -> Plan {
    let mut accounts = MemAccounts::default();
    for number in 0..12 {
        accounts.add_user(&name(number), PASSWORD);
    }
    let limits = Limits {
        users: Some(users),
        anonymous_sessions: 64,
        anonymous_sessions_per_address: 64,
        anonymous_logons_per_minute: 1_000,
        logon_failures_per_minute: None,
        ..Limits::default()
    };
    let settings = Settings { limits, ..Settings::default() };
    Plan { accounts, settings, ..Plan::default() }.zone(|z| z.anonymous_allowed = true)
}

fn log_on(site: &Site, user: &str) -> (Connection, SessionId) {
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(user, PASSWORD).unwrap();
    (c, session)
}

fn use_share(site: &Site, number: usize) -> Result<(Connection, Tree), lanward_client::Error> {
    let (mut c, session) = log_on(site, &name(number));
    c.tree_connect(session, "data").map(|tree| (c, tree))
}

/// As an administrator's `net session /delete` does.
fn delete_sessions_of(site: &Site, user: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for session in site.server.sessions() {
        if session.user().name.eq_ignore_case(&user.into()) {
            runtime.block_on(site.server.close_session(session.id()));
        }
    }
}

#[test]
fn fifty_null_sessions_leave_all_ten_places() {
    let site = plan(10).start().unwrap();
    let nobodies: Vec<_> = (0..50)
        .map(|_| {
            let mut c = site.connect(Options::default()).unwrap();
            let session = c.login_anonymous().unwrap();
            c.tree_connect(session, "IPC$").unwrap();
            c
        })
        .collect();
    assert_eq!((site.server.anonymous_sessions(), site.counts().users), (50, 0));
    let mut users: Vec<_> = (0..10).map(|number| use_share(&site, number).unwrap()).collect();
    let full = Counts { connections: 60, sessions: 60, trees: 60, opens: 0, users: 10 };
    assert_eq!(site.counts(), full);
    // ERROR_REQ_NOT_ACCEP, which `net use` shows as error 71.
    assert_eq!(refused(use_share(&site, 10)), NtStatus::REQUEST_NOT_ACCEPTED);
    site.settles_at(full).unwrap();
    // Whoever is in goes on: more shares, more sessions and more connections of theirs need no place.
    let (c, tree) = &mut users[0];
    c.tree_connect(tree.session, "data").unwrap();
    let second = use_share(&site, 0).unwrap();
    assert_eq!(site.counts().users, 10);
    drop(second);
    let mut root = site.connect(Options::default()).unwrap();
    let session = root.login(ROOT.0, ROOT.1).unwrap();
    root.tree_connect(session, "IPC$").unwrap();
    assert_eq!(refused(root.tree_connect(session, "data")), NtStatus::REQUEST_NOT_ACCEPTED);
    delete_sessions_of(&site, &name(3));
    let next = use_share(&site, 10).unwrap();
    assert_eq!(refused(use_share(&site, 11)), NtStatus::REQUEST_NOT_ACCEPTED);
    drop((nobodies, users, next, root));
    site.settles().unwrap();
}

#[test]
fn a_place_is_free_as_soon_as_nothing_is_connected() {
    let site = plan(1).start().unwrap();
    let (mut first, tree) = use_share(&site, 0).unwrap();
    assert_eq!(refused(use_share(&site, 1)), NtStatus::REQUEST_NOT_ACCEPTED);
    first.tree_disconnect(tree).unwrap();
    let (mut other, tree) = use_share(&site, 1).unwrap();
    assert_eq!(refused(first.tree_connect(SessionId(1), "data")), NtStatus::USER_SESSION_DELETED);
    other.logoff(tree.session).unwrap();
    let (c, _) = use_share(&site, 2).unwrap();
    drop(c);
    site.settles_at(Counts { connections: 2, sessions: 1, ..Counts::default() }).unwrap();
    use_share(&site, 3).unwrap();
}

#[test]
fn null_sessions_have_a_cap_for_each_address_and_a_rate() {
    let site = plan(1).settings(|s| s.limits.anonymous_sessions_per_address = 3).start().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let sessions: Vec<_> = (0..3).map(|_| c.login_anonymous().unwrap()).collect();
    assert_eq!(refused(c.login_anonymous()), NtStatus::REQUEST_NOT_ACCEPTED);
    c.logoff(sessions[0]).unwrap();
    c.login_anonymous().unwrap();
    drop(c);
    site.settles().unwrap();
    let site = plan(1).settings(|s| s.limits.anonymous_logons_per_minute = 2).start().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    for _ in 0..2 {
        let session = c.login_anonymous().unwrap();
        c.logoff(session).unwrap();
    }
    assert_eq!(refused(c.login_anonymous()), NtStatus::REQUEST_NOT_ACCEPTED);
    assert_eq!(site.server.anonymous_sessions(), 0);
    c.login(&name(0), PASSWORD).unwrap();
}

#[test]
fn idle_sessions_end_one_by_one() {
    let plan = plan(5)
        .settings(|s| s.anonymous_idle_disconnect = Duration::from_millis(200))
        .settings(|s| s.idle_disconnect = Some(Duration::from_millis(200)))
        .settings(|s| s.authentication_deadline = Duration::from_millis(200));
    let site = plan.start().unwrap();
    // Somebody has something open, and a NULL session and an idle user share the connection.
    let (mut c, session) = log_on(&site, &name(0));
    let tree = c.tree_connect(session, "data").unwrap();
    let file = c.create(tree, &Create::new_file("kept")).unwrap().file;
    let nobody = c.login_anonymous().unwrap();
    let idle = c.login(&name(1), PASSWORD).unwrap();
    c.tree_connect(idle, "data").unwrap();
    site.settles_at(Counts { connections: 1, sessions: 1, trees: 1, opens: 1, users: 1 }).unwrap();
    for gone in [nobody, idle] {
        assert_eq!(refused(c.tree_connect(gone, "IPC$")), NtStatus::USER_SESSION_DELETED);
    }
    c.write(file, 0, b"kept").unwrap();
    c.close(file).unwrap();
    assert!(c.closes_within(Duration::from_secs(10)).unwrap(), "nothing keeps it any more");
    site.settles().unwrap();
}

#[test]
fn too_many_failed_logons_from_an_address_are_not_looked_at_any_more() {
    let site = plan(5).settings(|s| s.limits.logon_failures_per_minute = Some(5)).start().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    for _ in 0..5 {
        assert_eq!(refused(c.login(ALICE.0, "wrong")), NtStatus::LOGON_FAILURE);
    }
    let mut other = site.connect(Options::default()).unwrap();
    assert_eq!(refused(c.login(ALICE.0, "wrong")), NtStatus::ACCESS_DENIED);
    assert_eq!(
        refused(other.login(ALICE.0, ALICE.1)),
        NtStatus::ACCESS_DENIED,
        "nothing is told of passwords"
    );
    assert_eq!(site.counts(), Counts { connections: 2, ..Counts::default() });
}

#[test]
fn who_signed_in_there_before_is_looked_at_whatever_its_neighbours_do() {
    let site = plan(5).settings(|s| s.limits.logon_failures_per_minute = Some(5)).start().unwrap();
    let mut own = site.connect(Options::default()).unwrap();
    own.login(ALICE.0, ALICE.1).unwrap();
    let mut neighbour = site.connect(Options::default()).unwrap();
    for n in 0..5 {
        assert_eq!(refused(neighbour.login(&name(n), "wrong")), NtStatus::LOGON_FAILURE);
    }
    assert_eq!(refused(neighbour.login(&name(0), PASSWORD)), NtStatus::ACCESS_DENIED);
    site.connect(Options::default()).unwrap().login(ALICE.0, ALICE.1).unwrap();
}

#[test]
fn a_logon_that_was_begun_before_too_many_failed_is_not_looked_at_either() {
    let site = plan(5).settings(|s| s.limits.logon_failures_per_minute = Some(5)).start().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let config = InitiatorConfig {
        credentials: Credentials::User {
            domain: "".into(),
            user: ALICE.0.into(),
            nt_hash: NtHash::of_password(&ALICE.1.into()),
        },
        workstation: "CLIENT".into(),
        target_name: None,
        ntlmv1: false,
    };
    let mut initiator = SpnegoInitiator::new(config);
    let set_up = |c: &mut Connection, id, token: &[u8]| {
        let body = SessionSetupRequest { security_buffer: token, ..SessionSetupRequest::default() };
        let reply = c.call(&Request::new(Command::SESSION_SETUP, id, &body)).unwrap();
        let status = reply.status();
        let answer = (status == NtStatus::MORE_PROCESSING_REQUIRED)
            .then(|| reply.decode::<SessionSetupResponse<'_>>().unwrap().security_buffer.to_vec());
        (status, reply.header.session_id, answer)
    };
    let (_, begun, challenge) = set_up(&mut c, SessionId(0), &initiator.start());
    let mut other = site.connect(Options::default()).unwrap();
    for _ in 0..5 {
        assert_eq!(refused(other.login(ALICE.0, "wrong")), NtStatus::LOGON_FAILURE);
    }
    let nonces = InitiatorNonces { client_challenge: [1; 8], random_session_key: [2; 16] };
    let step = initiator.step(&challenge.unwrap(), FileTime(1), &nonces).unwrap();
    let Step::Continue(proof) = step else { panic!("the proof comes next") };
    assert_eq!(set_up(&mut c, begun, &proof).0, NtStatus::ACCESS_DENIED);
    assert_eq!(site.counts(), Counts { connections: 2, ..Counts::default() });
}

#[test]
fn a_computer_with_several_addresses_or_clients_counts_once() {
    let site = plan(1).start().unwrap();
    let guid = |n| Options { client_guid: Some(lanward_nt::Guid([n; 16])), ..Options::default() };
    let mut connections = Vec::new();
    for options in [guid(1), guid(2), Options::only(lanward_smb2::Dialect::V2_0_2)] {
        let mut c = site.connect(options).unwrap();
        let session = c.login(&name(0), PASSWORD).unwrap();
        c.tree_connect(session, "data").unwrap();
        connections.push(c);
    }
    assert_eq!(site.counts().users, 1);
    assert_eq!(refused(use_share(&site, 1)), NtStatus::REQUEST_NOT_ACCEPTED);
}

#[test]
fn a_session_over_two_channels_counts_once_and_goes_with_the_last() {
    let site = plan(1).start().unwrap();
    let (mut first, tree) = use_share(&site, 0).unwrap();
    let binding = first.session_mut(tree.session).unwrap().binding();
    let mut second = site.connect(Options::default()).unwrap();
    second.login_with(&Login::user(&name(0), PASSWORD).bind(binding)).unwrap();
    assert_eq!(site.counts(), Counts { connections: 2, sessions: 1, trees: 1, opens: 0, users: 1 });
    drop(first);
    site.settles_at(Counts { connections: 1, sessions: 1, trees: 1, opens: 0, users: 1 }).unwrap();
    drop(second);
    site.settles().unwrap();
    use_share(&site, 1).unwrap();
}
