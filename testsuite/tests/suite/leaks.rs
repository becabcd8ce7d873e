//! What fails or breaks leaves nothing behind (behaviour 1.30), and limits hold.

use crate::support::refused;
use lanward_client::{Connection, Create, Error, Options, Request};
use lanward_fsa::FileSystem;
use lanward_nt::{FileTime, NtStatus};
use lanward_server::ShareDefinition;
use lanward_smb2::messages::SessionSetupRequest;
use lanward_smb2::{Command, Dialect, SessionId};
use lanward_testsuite::{ALICE, Counts, Plan, ROOT, Site};
use lanward_vfs::MemVolume;
use std::time::Duration;

#[test]
fn a_thousand_failed_logons_leave_nothing() {
    let site = Site::new().unwrap();
    for _ in 0..10 {
        let mut c = site.connect(Options::default()).unwrap();
        for _ in 0..100 {
            assert_eq!(refused(c.login(ALICE.0, "wrong")), NtStatus::LOGON_FAILURE);
        }
        assert_eq!(site.counts(), Counts { connections: 1, ..Counts::default() });
        c.login(ALICE.0, ALICE.1).unwrap();
        drop(c);
        site.settles().unwrap();
    }
}

#[test]
fn a_thousand_failed_tree_connects_leave_nothing() {
    let site = Site::new().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    for _ in 0..1000 {
        assert_eq!(refused(c.tree_connect(session, "nowhere")), NtStatus::BAD_NETWORK_NAME);
    }
    assert_eq!(site.counts(), Counts { connections: 1, sessions: 1, ..Counts::default() });
    c.tree_connect(session, "data").unwrap();
}

#[test]
fn unfinished_logons_are_limited_and_count_for_nothing() {
    let site = Site::new().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let token = first_token();
    let body = SessionSetupRequest { security_buffer: &token, ..SessionSetupRequest::default() };
    let mut begun = Vec::new();
    for _ in 0..200 {
        let reply = c.call(&Request::new(Command::SESSION_SETUP, SessionId(0), &body)).unwrap();
        assert_eq!(reply.status(), NtStatus::MORE_PROCESSING_REQUIRED);
        begun.push(reply.header.session_id);
    }
    // The oldest were forgotten, however many are begun: none of them can be gone on with.
    for forgotten in &begun[..184] {
        let reply = c.call(&Request::new(Command::SESSION_SETUP, *forgotten, &body)).unwrap();
        assert_eq!(reply.status(), NtStatus::USER_SESSION_DELETED);
    }
    // And those who mean it come in.
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    c.logoff(session).unwrap();
    assert_eq!(site.counts(), Counts { connections: 1, ..Counts::default() });
    drop(c);
    site.settles().unwrap();
}

/// What a client's NTLM says first, in SPNEGO.
fn first_token() -> Vec<u8> {
    let config = lanward_auth::InitiatorConfig {
        credentials: lanward_client::Credentials::Anonymous,
        workstation: "CLIENT".into(),
        target_name: None,
        ntlmv1: false,
    };
    lanward_auth::SpnegoInitiator::new(config).start()
}

#[test]
fn connections_that_break_leave_no_session() {
    let site = Plan { workers: 2, ..Plan::default() }.start().unwrap();
    let mut held = Vec::new();
    for n in 0..60 {
        let (mut c, tree) = site.alice(Options::default()).unwrap();
        let file = c.create(tree, &Create::new_file(&format!("f{n}"))).unwrap().file;
        if n % 3 == 0 {
            // A frame that never comes whole.
            c.send_raw(&[0, 0, 1, 0, 0xfe]).unwrap();
        }
        if n % 3 == 1 {
            // Answers nobody reads: the connection ends with a reset.
            for _ in 0..8 {
                c.send_write(file, 0, &[1; 100]).unwrap();
            }
        }
        held.push(c);
    }
    assert_eq!(site.counts().sessions, 60);
    drop(held);
    site.settles().unwrap();
}

#[test]
fn sessions_trees_and_opens_are_limited() {
    let plan = Plan::default().settings(|s| {
        s.limits.sessions_per_connection = 3;
        s.limits.trees_per_session = 4;
        s.limits.opens_per_session = 5;
    });
    let site = plan.start().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    for _ in 0..2 {
        c.login(ALICE.0, ALICE.1).unwrap();
    }
    for _ in 0..20 {
        assert_eq!(refused(c.login(ALICE.0, ALICE.1)), NtStatus::REQUEST_NOT_ACCEPTED);
    }
    for _ in 0..3 {
        c.tree_connect(tree.session, "data").unwrap();
    }
    assert_eq!(refused(c.tree_connect(tree.session, "data")), NtStatus::INSUFFICIENT_RESOURCES);
    let root = Create::directory("");
    let opens: Vec<_> = (0..5).map(|_| c.create(tree, &root).unwrap().file).collect();
    assert_eq!(refused(c.create(tree, &root)), NtStatus::TOO_MANY_OPENED_FILES);
    assert_eq!(site.counts(), Counts { connections: 1, sessions: 3, trees: 4, opens: 5, users: 1 });
    c.close(opens[0]).unwrap();
    c.create(tree, &root).unwrap();
}

#[test]
fn users_are_limited_and_ipc_counts_for_none() {
    let site = Plan::default().settings(|s| s.limits.users = Some(1)).start().unwrap();
    let (c, _) = site.alice(Options::default()).unwrap();
    let mut other = site.connect(Options::default()).unwrap();
    let session = other.login(ROOT.0, ROOT.1).unwrap();
    other.tree_connect(session, "IPC$").unwrap();
    for _ in 0..100 {
        assert_eq!(refused(other.tree_connect(session, "data")), NtStatus::REQUEST_NOT_ACCEPTED);
    }
    drop(c);
    site.settles_at(Counts { connections: 1, sessions: 1, trees: 1, ..Counts::default() }).unwrap();
    other.tree_connect(session, "data").unwrap();
}

#[test]
fn connections_of_one_address_are_limited() {
    let site = Plan::default().settings(|s| s.limits.connections_per_address = 4).start().unwrap();
    let kept: Vec<Connection> = (0..4).map(|_| site.connect(Options::default()).unwrap()).collect();
    for _ in 0..20 {
        assert!(site.connect(Options::default()).is_err_and(|e| e.is_disconnect()));
    }
    drop(kept);
    site.settles().unwrap();
    site.alice(Options::default()).unwrap();
}

#[test]
fn who_does_not_log_on_in_time_is_disconnected() {
    let plan = Plan::default().settings(|s| s.authentication_deadline = Duration::from_millis(50));
    let site = plan.start().unwrap();
    let mut silent = Connection::open(site.address, Options::default()).unwrap();
    let mut negotiated = site.connect(Options::default()).unwrap();
    let mut begun = Connection::open(site.address, Options::default()).unwrap();
    begun.send_raw(&[0]).unwrap();
    for c in [&mut silent, &mut negotiated, &mut begun] {
        assert!(c.closes_within(Duration::from_secs(10)).unwrap());
    }
    site.settles().unwrap();
}

#[test]
fn who_is_idle_with_nothing_open_is_disconnected() {
    let plan = Plan::default().settings(|s| s.idle_disconnect = Some(Duration::from_millis(100)));
    let site = plan.settings(|s| s.authentication_deadline = Duration::from_millis(100)).start().unwrap();
    let (mut idle, _) = site.alice(Options::default()).unwrap();
    assert!(idle.closes_within(Duration::from_secs(10)).unwrap());
    site.settles().unwrap();
}

#[test]
fn a_client_that_stops_halfway_through_a_frame_is_disconnected() {
    let plan = Plan::default().config(|c| c.frame_deadline = Duration::from_millis(50));
    let site = plan.settings(|s| s.authentication_deadline = Duration::from_millis(300)).start().unwrap();
    let (mut c, _) = site.alice(Options::default()).unwrap();
    c.send_raw(&[0, 0x10, 0, 0, 0xfe, b'S', b'M', b'B']).unwrap();
    // The deadline is looked at every 15 s at the latest.
    assert!(c.closes_within(Duration::from_secs(20)).unwrap());
    site.settles().unwrap();
}

#[test]
fn a_server_that_stops_says_goodbye_to_everybody() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.create(tree, &Create::new_file("open")).unwrap();
    site.stop();
    assert!(c.closes_within(Duration::from_secs(10)).unwrap());
    site.settles().unwrap();
    let refused: Result<Connection, Error> = site.connect(Options::default());
    assert!(refused.is_err());
}

#[test]
fn a_refused_encrypted_share_is_not_used() {
    let volume = MemVolume::new(FileTime::default);
    let disk = ShareDefinition::disk("secret", FileSystem::new(volume), "secret");
    let share = ShareDefinition { encrypt: true, max_uses: Some(1), ..disk };
    let site = Plan::default().define(share).start().unwrap();
    let mut old = site.connect(Options::only(Dialect::V2_1)).unwrap();
    let session = old.login(ALICE.0, ALICE.1).unwrap();
    for _ in 0..3 {
        assert_eq!(refused(old.tree_connect(session, "secret")), NtStatus::ACCESS_DENIED);
    }
    assert_eq!(site.counts(), Counts { connections: 1, sessions: 1, ..Counts::default() });
    let mut new = site.connect(Options::default()).unwrap();
    let session = new.login(ALICE.0, ALICE.1).unwrap();
    new.tree_connect(session, "secret").unwrap();
}
