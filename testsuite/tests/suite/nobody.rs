//! NULL sessions: what restrict-anonymous lets them do, over the wire (behaviours 1.12 to 1.16).

use crate::pipes::{bound, share_enum, transceive};
use crate::support::refused;
use lanward_client::{Connection, Create, Error, File, Options};
use lanward_nt::{AccessMask, NtStatus};
use lanward_rpc::spoolss::{self, DevmodeContainer, OpenPrinterRequest};
use lanward_rpc::{Arguments as _, NdrReader, Operation, Results as _, WideString, srvsvc};
use lanward_server::{NullPipePreset, NullSessions, RestrictAnonymous, Settings};
use lanward_smb2::SessionId;
use lanward_testsuite::{Plan, Site};
use std::time::Duration;

fn site(null_sessions: NullSessions) -> Site {
    let plan = Plan::default().zone(|z| z.anonymous_allowed = true);
    plan.zone(|z| z.null_sessions = null_sessions).start().unwrap()
}

fn nobody(site: &Site) -> Result<(Connection, SessionId), Error> {
    let mut c = site.connect(Options::default())?;
    let session = c.login_anonymous()?;
    Ok((c, session))
}

fn open(c: &mut Connection, session: SessionId, pipe: &str) -> Result<File, Error> {
    let ipc = c.tree_connect(session, "IPC$")?;
    let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    Ok(c.create(ipc, &Create::open(pipe, access))?.file)
}

/// What NetrShareEnum answers, as an error of Windows.
fn listed(c: &mut Connection, session: SessionId) -> u32 {
    let pipe = open(c, session, "srvsvc").unwrap();
    let mut association = bound(c, pipe);
    let call = association.call(srvsvc::SHARE_ENUM, &share_enum());
    let answer = transceive(c, pipe, &call[0], 65_536).unwrap();
    let stub = association.receive(&answer).unwrap().unwrap();
    srvsvc::ShareEnumResponse::decode(&mut NdrReader::new(&stub)).unwrap().status
}

#[test]
fn what_nobody_may_do_follows_restrict_anonymous() {
    for (restrict, expected) in [
        (RestrictAnonymous::Nothing, 0),
        (RestrictAnonymous::Enumeration, 5),
        (RestrictAnonymous::AllButGranted, 5),
    ] {
        let pipes = vec!["srvsvc".into()];
        let site = site(NullSessions { restrict, pipes, ..NullSessions::default() });
        let (mut c, session) = nobody(&site).unwrap();
        assert_eq!(listed(&mut c, session), expected, "{restrict:?}");
        assert_eq!(refused(open(&mut c, session, "wkssvc")), NtStatus::ACCESS_DENIED);
        assert_eq!(refused(open(&mut c, session, "nowhere")), NtStatus::ACCESS_DENIED, "nothing is told");
        assert_eq!(refused(c.tree_connect(session, "data")), NtStatus::ACCESS_DENIED);
        // The pipe and what was called are what the session is there for.
        let all = site.server.sessions();
        let trees = all[0].trees();
        let pipes: Vec<_> = trees.iter().flat_map(|tree| tree.opens()).collect();
        let pipe = pipes[0].pipe().unwrap();
        assert_eq!((pipe.name(), pipe.activity().last_operation()), ("srvsvc", Some(srvsvc::SHARE_ENUM)));
    }
}

#[test]
fn restrict_anonymous_2_lets_nobody_in_but_to_what_is_granted() {
    let restrict = RestrictAnonymous::AllButGranted;
    let closed = site(NullSessions { restrict, ..NullSessions::default() });
    assert_eq!(refused(nobody(&closed)), NtStatus::ACCESS_DENIED);
    let shares = vec!["DATA".into()];
    let share = site(NullSessions { restrict, shares, ..NullSessions::default() });
    let (mut c, session) = nobody(&share).unwrap();
    assert_eq!(refused(c.tree_connect(session, "IPC$")), NtStatus::ACCESS_DENIED);
    c.tree_connect(session, "data").unwrap();
    assert_eq!(share.counts().users, 0, "it needs no place");
}

#[test]
fn a_share_that_is_open_to_nobody_is_read_and_not_written() {
    let site = site(NullSessions { shares: vec!["data".into()], ..NullSessions::default() });
    let (mut alice, tree) = site.alice(Options::default()).unwrap();
    alice.write_file(tree, "told", b"everybody").unwrap();
    let (mut c, session) = nobody(&site).unwrap();
    let tree = c.tree_connect(session, "data").unwrap();
    let file = c.create(tree, &Create::open("told", AccessMask::GENERIC_READ)).unwrap().file;
    assert_eq!(c.read(file, 0, 9).unwrap(), b"everybody");
    assert_eq!(refused(c.create(tree, &Create::new_file("mine"))), NtStatus::ACCESS_DENIED);
    let write = Create::open("told", AccessMask::GENERIC_WRITE);
    assert_eq!(refused(c.create(tree, &write)), NtStatus::ACCESS_DENIED);
}

#[test]
fn presets_open_the_pipes_of_their_version() {
    let pipes = |preset: NullPipePreset| preset.pipes().iter().map(|name| (*name).into()).collect();
    for (preset, srvsvc_opens) in [
        (NullPipePreset::Nt4, true),
        (NullPipePreset::Windows2000, true),
        (NullPipePreset::Xp, false),
        (NullPipePreset::Windows7, false),
    ] {
        let site = site(NullSessions { pipes: pipes(preset), ..NullSessions::default() });
        let (mut c, session) = nobody(&site).unwrap();
        assert_eq!(open(&mut c, session, "srvsvc").is_ok(), srvsvc_opens, "{preset:?}");
    }
}

#[test]
fn the_print_server_is_open_to_nobody_by_name_only() {
    let request = OpenPrinterRequest {
        name: Some(WideString("\\\\TEST".into())),
        datatype: None,
        devmode: DevmodeContainer::default(),
        access: 0,
    };
    for restrict in [RestrictAnonymous::Enumeration, RestrictAnonymous::AllButGranted] {
        let pipes = vec!["spoolss".into()];
        let site = site(NullSessions { restrict, pipes, ..NullSessions::default() });
        let (mut c, session) = nobody(&site).unwrap();
        let ipc = c.tree_connect(session, "IPC$").unwrap();
        let mut rpc = c.rpc_bind(ipc, "spoolss", spoolss::INTERFACE).unwrap();
        let (number, decode) =
            (OpenPrinterRequest::NUMBER, <OpenPrinterRequest as Operation>::Response::decode);
        let opened = c.rpc_call(&mut rpc, number, |w| request.encode(w), decode).unwrap();
        assert_eq!((opened.status, opened.handle.is_null()), (0, false));
        assert!(c.rpc_bind(ipc, "srvsvc", srvsvc::INTERFACE).is_err());
    }
    let site = site(NullSessions::default());
    let (mut c, session) = nobody(&site).unwrap();
    assert_eq!(refused(open(&mut c, session, "spoolss")), NtStatus::ACCESS_DENIED);
}

#[test]
fn idle_null_sessions_end_whatever_they_have_open() {
    let plan = Plan::default()
        .zone(|z| z.anonymous_allowed = true)
        .zone(|z| z.null_sessions.pipes = vec!["srvsvc".into()])
        // When it is looked at first, and no sooner than everything is open.
        .settings(|s| s.authentication_deadline = Duration::from_secs(5));
    let site = plan.start().unwrap();
    let (mut c, session) = nobody(&site).unwrap();
    open(&mut c, session, "srvsvc").unwrap();
    let mut settings = Settings::clone(&site.server.settings());
    settings.anonymous_idle_disconnect = Duration::from_millis(100);
    site.server.replace_settings(settings);
    assert!(c.closes_within(Duration::from_secs(60)).unwrap());
    site.settles().unwrap();
    assert_eq!(site.server.anonymous_sessions(), 0);
}
