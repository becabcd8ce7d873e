//! Who gets in, how sessions are renewed and replaced, and how they end.

use crate::support::{protections, refused};
use lanward_auth::{InitiatorConfig, SpnegoInitiator};
use lanward_client::{Connection, Create, Login, Options, Request};
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb2::messages::{CreateDisposition, SessionFlags, SessionSetupRequest};
use lanward_smb2::{Command, SessionId};
use lanward_testsuite::{ALICE, BOB, Counts, Plan, ROOT, Site};
use std::time::Duration;

#[test]
fn refusals_say_why_and_leave_nothing() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        let mut c = site.connect(options).unwrap();
        assert_eq!(refused(c.login(ALICE.0, "wrong")), NtStatus::LOGON_FAILURE, "{name}");
        assert_eq!(refused(c.login("nobody", "wrong")), NtStatus::LOGON_FAILURE, "{name}");
        assert_eq!(refused(c.login(BOB.0, BOB.1)), NtStatus::ACCOUNT_DISABLED, "{name}");
        assert_eq!(refused(c.login(BOB.0, "wrong")), NtStatus::LOGON_FAILURE, "{name}");
        assert_eq!(site.counts().sessions, 0, "{name}");
        let session = c.login(ALICE.0, ALICE.1).unwrap();
        assert_eq!(refused(c.tree_connect(session, "nowhere")), NtStatus::BAD_NETWORK_NAME, "{name}");
        c.tree_connect(session, "DATA").unwrap();
    }
    site.settles().unwrap();
}

#[test]
fn nobody_comes_in_anonymously_unless_the_zone_lets_them() {
    let site = Site::new().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    assert_eq!(refused(c.login_anonymous()), NtStatus::ACCESS_DENIED);
    site.change_zone(|zone| zone.anonymous_allowed = true);
    let session = c.login_anonymous().unwrap();
    assert!(c.sessions()[0].flags.contains(SessionFlags::IS_NULL));
    assert_eq!(refused(c.tree_connect(session, "data")), NtStatus::ACCESS_DENIED);
}

#[test]
fn ntlmv1_is_refused_unless_the_zone_takes_it() {
    let site = Site::new().unwrap();
    let login = Login { ntlmv1: true, ..Login::user(ALICE.0, ALICE.1) };
    let mut c = site.connect(Options::default()).unwrap();
    assert_eq!(refused(c.login_with(&login)), NtStatus::LOGON_FAILURE);
    site.change_zone(|zone| zone.ntlmv1 = true);
    c.login_with(&login).unwrap();
}

#[test]
fn dialects_below_the_floor_are_not_spoken() {
    let site = Plan::default().zone(|z| (z.min_dialect, z.max_dialect) = (0x0300, 0x0302)).start().unwrap();
    for dialect in lanward_smb2::Dialect::ALL {
        let outcome = site.connect(Options::only(dialect));
        if (0x0300..=0x0302).contains(&dialect.revision()) {
            outcome.unwrap();
        } else {
            assert_eq!(refused(outcome), NtStatus::NOT_SUPPORTED, "{dialect}");
        }
    }
    let newest = site.connect(Options::default()).unwrap();
    assert_eq!(newest.negotiated().dialect, Some(lanward_smb2::Dialect::V3_0_2));
}

#[test]
fn reauthentication_keeps_everything_open() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        let (mut c, tree) = site.alice(options).unwrap();
        let file = c.create(tree, &Create::new_file("kept")).unwrap().file;
        let again = Login { session: Some(tree.session), ..Login::user(ALICE.0, ALICE.1) };
        assert_eq!(c.login_with(&again).unwrap(), tree.session);
        c.write(file, 0, b"still here").unwrap();
        let other = Login { session: Some(tree.session), ..Login::user(ROOT.0, ROOT.1) };
        assert_eq!(
            refused(c.login_with(&other)),
            NtStatus::ACCESS_DENIED,
            "{name}: nobody takes a session over"
        );
        c.login_with(&again).ok();
        drop(c);
        site.settles().unwrap();
        let (mut c, tree) = site.alice(Options::default()).unwrap();
        c.touch(tree, &Create::delete_on_close("kept")).unwrap();
    }
}

#[test]
fn a_wrong_password_leaves_other_sessions_alone() {
    // CVE-2026-31476: a failed bind or reauthentication must not end somebody else's session.
    let site = Site::new().unwrap();
    let (mut victim, tree) = site.alice(Options::default().signed()).unwrap();
    let mut attacker = site.connect(Options::default()).unwrap();
    let steal = Login { session: Some(tree.session), ..Login::user(ALICE.0, "wrong") };
    assert_eq!(refused(attacker.login_with(&steal)), NtStatus::USER_SESSION_DELETED);
    let replace = Login { previous_session: tree.session, ..Login::user(ALICE.0, "wrong") };
    assert_eq!(refused(attacker.login_with(&replace)), NtStatus::LOGON_FAILURE);
    let replace = Login { previous_session: tree.session, ..Login::user(ROOT.0, ROOT.1) };
    attacker.login_with(&replace).unwrap();
    victim.write_file(tree, "mine", b"still").unwrap();
}

#[test]
fn a_previous_session_is_closed_for_its_own_user() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        let (mut old, tree) = site.alice(options.clone()).unwrap();
        let file = old.create(tree, &Create::new_file("left")).unwrap().file;
        let mut new = site.connect(options).unwrap();
        let login = Login { previous_session: tree.session, ..Login::user(ALICE.0, ALICE.1) };
        let session = new.login_with(&login).unwrap();
        assert_eq!(refused(old.read(file, 0, 1)), NtStatus::USER_SESSION_DELETED);
        let tree = new.tree_connect(session, "data").unwrap();
        new.touch(tree, &Create::delete_on_close("left").share(lanward_nt::ShareAccess::empty())).unwrap();
    }
    site.settles().unwrap();
}

#[test]
fn logoff_ends_everything_of_its_session_and_nothing_else() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let second = c.login(ROOT.0, ROOT.1).unwrap();
    let other = c.tree_connect(second, "data").unwrap();
    let kept = c.create(other, &Create::new_file("kept")).unwrap().file;
    c.create(tree, &Create::new_file("gone")).unwrap();
    c.logoff(tree.session).unwrap();
    assert_eq!(site.counts(), Counts { connections: 1, sessions: 1, trees: 1, opens: 1, users: 1 });
    c.write(kept, 0, b"x").unwrap();
    c.tree_disconnect(other).unwrap();
    assert_eq!(site.counts(), Counts { connections: 1, sessions: 1, trees: 0, opens: 0, users: 0 });
    assert_eq!(refused(c.write(kept, 0, b"x")), NtStatus::NETWORK_NAME_DELETED);
}

#[test]
fn a_closed_session_answers_so_whoever_closed_it() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default().signed()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(site.server.close_session(tree.session.0));
    let outcome = c.create(tree, &Create::open("", AccessMask::READ_ATTRIBUTES));
    assert_eq!(refused(outcome), NtStatus::USER_SESSION_DELETED);
    assert_eq!(refused(c.logoff(SessionId(0x1234))), NtStatus::USER_SESSION_DELETED);
    c.login(ALICE.0, ALICE.1).unwrap();
}

#[test]
fn a_failed_reauthentication_ends_the_session() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        let (mut c, tree) = site.alice(options).unwrap();
        c.create(tree, &Create::new_file("f").disposition(CreateDisposition::OPEN_IF)).unwrap();
        let wrong = Login { session: Some(tree.session), ..Login::user(ALICE.0, "wrong") };
        assert_eq!(refused(c.login_with(&wrong)), NtStatus::LOGON_FAILURE, "{name}");
        assert_eq!(site.counts(), Counts { connections: 1, ..Counts::default() }, "{name}");
        drop(c);
        site.settles().unwrap();
    }
}

/// The first message of a logon, for a session that is there.
fn begin_again(c: &mut Connection, session: SessionId) -> NtStatus {
    let config = InitiatorConfig {
        credentials: Login::user(ALICE.0, ALICE.1).credentials,
        workstation: "CLIENT".into(),
        target_name: None,
        ntlmv1: false,
    };
    let token = SpnegoInitiator::new(config).start();
    let body = SessionSetupRequest { security_buffer: &token, ..SessionSetupRequest::default() };
    let reply = c.call(&Request::new(Command::SESSION_SETUP, session, &body)).unwrap();
    reply.status()
}

#[test]
fn a_session_that_ended_cannot_be_renewed() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    // A renewal is under way when the session logs off.
    assert_eq!(begin_again(&mut c, tree.session), NtStatus::MORE_PROCESSING_REQUIRED);
    c.logoff(tree.session).unwrap();
    assert_eq!(begin_again(&mut c, tree.session), NtStatus::USER_SESSION_DELETED);
    // And when somebody else closed it.
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(site.server.close_session(session.0));
    assert_eq!(begin_again(&mut c, session), NtStatus::USER_SESSION_DELETED);
}

#[test]
fn a_connection_nobody_is_logged_on_to_any_more_ends() {
    let plan = Plan::default()
        .settings(|s| s.idle_disconnect = None)
        .settings(|s| s.authentication_deadline = Duration::from_millis(100))
        .settings(|s| s.anonymous_idle_disconnect = Duration::from_millis(100));
    let site = plan.start().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    c.logoff(session).unwrap();
    assert!(c.closes_within(Duration::from_secs(10)).unwrap());
    site.settles().unwrap();
}
