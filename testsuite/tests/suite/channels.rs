//! One session over several connections ([MS-SMB2] 3.3.1.14): what its channels share, and what is left when some of them go.

use crate::support::{protections, refused};
use lanward_client::{Connection, Create, File, Login, Options, Protection, Request, Tree};
use lanward_nt::{AccessMask, FileTime, NtStatus};
use lanward_smb2::messages::{Capabilities, LockElement, LockFlags, ReadRequest, WriteRequest};
use lanward_smb2::{Command, Dialect, HeaderFlags};
use lanward_testsuite::{ALICE, Counts, Plan, Site};
use std::time::Duration;

/// One more channel of the session of `first`.
pub(crate) fn channel(site: &Site, first: &mut Connection, tree: Tree) -> Connection {
    let options = Options { client_guid: Some(first.negotiated().client_guid), ..first.options().clone() };
    let binding = first.session_mut(tree.session).unwrap().binding();
    let mut next = site.connect(options).unwrap();
    assert_eq!(next.login_with(&Login::user(ALICE.0, ALICE.1).bind(binding)).unwrap(), tree.session);
    next
}

/// Everything that can have channels.
pub(crate) fn capable() -> Vec<(String, Options)> {
    let mut all = protections();
    all.retain(|(_, options)| options.dialects[0].is_smb3());
    all
}

fn everything(connections: usize) -> Counts {
    Counts { connections, sessions: 1, trees: 1, opens: 1, users: 1 }
}

#[test]
fn channels_share_what_is_open_and_the_last_one_keeps_it() {
    let site = Plan { workers: 2, ..Plan::default() }.start().unwrap();
    for (name, options) in capable() {
        println!("{name}");
        let (mut first, tree) = site.alice(options).unwrap();
        let file = first.create(tree, &Create::new_file(&name)).unwrap().file;
        let mut second = channel(&site, &mut first, tree);
        let mut third = channel(&site, &mut second, tree);
        second.write(file, 0, b"abc").unwrap();
        third.write(file, 3, b"def").unwrap();
        assert_eq!(first.read(file, 0, 6).unwrap(), b"abcdef");
        assert_eq!(site.counts(), everything(3), "a channel counts for nothing but its connection");
        drop(first);
        site.settles_at(everything(2)).unwrap();
        assert_eq!(second.read(file, 0, 6).unwrap(), b"abcdef");
        drop(third);
        site.settles_at(everything(1)).unwrap();
        // The first connection is gone, and there can be new channels all the same.
        let mut fourth = channel(&site, &mut second, tree);
        drop(second);
        site.settles_at(everything(1)).unwrap();
        assert_eq!(fourth.read(file, 0, 6).unwrap(), b"abcdef");
        drop(fourth);
        site.settles().unwrap();
    }
}

#[test]
fn every_pair_of_signatures_that_mixes() {
    use lanward_smb2::SigningAlgorithm::{AesCmac, HmacSha256};
    let site = Site::new().unwrap();
    for (one, other) in [(AesCmac, HmacSha256), (HmacSha256, AesCmac)] {
        let options =
            |algorithm| Options { signing_algorithms: vec![algorithm], ..Options::default().signed() };
        let (mut first, tree) = site.alice(options(one)).unwrap();
        let file = first.create(tree, &Create::new_file(&format!("{one:?}"))).unwrap().file;
        let binding = first.session_mut(tree.session).unwrap().binding();
        let mut second = site.connect(options(other)).unwrap();
        assert_eq!(second.negotiated().signing, Some(other));
        // The client signs with the session's key as its own algorithm has it: only where both are the same is that the server's.
        let outcome = second.login_with(&Login::user(ALICE.0, ALICE.1).bind(binding));
        assert_eq!(refused(outcome), NtStatus::ACCESS_DENIED);
        first.write(file, 0, b"still there").unwrap();
    }
}

#[test]
fn logging_off_on_one_channel_ends_all() {
    let site = Plan { workers: 2, ..Plan::default() }.start().unwrap();
    for (name, options) in capable() {
        println!("{name}");
        let (mut first, tree) = site.alice(options).unwrap();
        let file = first
            .create(
                tree,
                &Create::new_file("f").disposition(lanward_smb2::messages::CreateDisposition::OPEN_IF),
            )
            .unwrap()
            .file;
        let mut second = channel(&site, &mut first, tree);
        second.logoff(tree.session).unwrap();
        site.settles_at(Counts { connections: 2, ..Counts::default() }).unwrap();
        assert_eq!(refused(first.read(file, 0, 1)), NtStatus::USER_SESSION_DELETED);
        // Both are connections like any other again.
        for c in [&mut first, &mut second] {
            c.login(ALICE.0, ALICE.1).unwrap();
        }
        drop((first, second));
        site.settles().unwrap();
    }
}

#[test]
fn a_failed_renewal_on_one_channel_ends_all() {
    let site = Site::new().unwrap();
    let (mut first, tree) = site.alice(Options::default().signed()).unwrap();
    let mut second = channel(&site, &mut first, tree);
    let again = |password| Login { session: Some(tree.session), ..Login::user(ALICE.0, password) };
    second.login_with(&again(ALICE.1)).unwrap();
    assert_eq!(refused(second.login_with(&again("wrong"))), NtStatus::LOGON_FAILURE);
    for c in [&mut first, &mut second] {
        assert_eq!(refused(c.create(tree, &Create::new_file("f"))), NtStatus::USER_SESSION_DELETED);
    }
    assert_eq!(site.counts(), Counts { connections: 2, ..Counts::default() });
}

#[test]
fn a_channel_that_goes_takes_only_its_own_requests_along() {
    let site = Plan { workers: 2, ..Plan::default() }.start().unwrap();
    let whole = LockElement { offset: 0, length: 100, flags: LockFlags::EXCLUSIVE_LOCK };
    let (mut first, tree) = site.alice(Options::default().signed()).unwrap();
    let mut second = channel(&site, &mut first, tree);
    let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    let holder = first.create(tree, &Create::new_file("f")).unwrap().file;
    let waiters = [(); 2].map(|()| first.create(tree, &Create::open("f", access)).unwrap().file);
    first.lock(holder, &[whole]).unwrap();
    let lost = second.send_lock(waiters[0], &[whole]).unwrap();
    assert!(second.receive_interim(lost).unwrap().is_some());
    let kept = first.send_lock(waiters[1], &[LockElement { offset: 50, ..whole }]).unwrap();
    assert!(first.receive_interim(kept).unwrap().is_some());
    drop(second);
    site.settles_at(Counts { connections: 1, sessions: 1, trees: 1, opens: 3, users: 1 }).unwrap();
    first.lock(holder, &[LockElement { flags: LockFlags::UNLOCK, ..whole }]).unwrap();
    assert_eq!(first.receive(kept).unwrap().status(), NtStatus::SUCCESS);
    // Nobody has what the lost request asked for.
    first.lock(holder, &[LockElement { length: 50, ..whole }]).unwrap();
}

/// A WRITE with a channel sequence.
fn write(c: &mut Connection, file: File, sequence: u16, flags: HeaderFlags) -> NtStatus {
    let body = WriteRequest { file_id: file.id, data: b"x", ..WriteRequest::default() };
    let request = Request::new(Command::WRITE, file, &body).payload(1).flags(flags);
    c.call(&Request { channel_sequence: sequence, ..request }).unwrap().status()
}

#[test]
fn what_was_sent_before_a_channel_was_lost_changes_nothing() {
    let site = Site::new().unwrap();
    for dialect in Dialect::ALL {
        let (mut c, tree) = site.alice(Options::only(dialect)).unwrap();
        let file = c.create(tree, &Create::new_file(&dialect.to_string())).unwrap().file;
        let (plain, replay) = (HeaderFlags::empty(), HeaderFlags::REPLAY_OPERATION);
        let stale = if dialect.is_smb3() { NtStatus::FILE_NOT_AVAILABLE } else { NtStatus::SUCCESS };
        assert_eq!(write(&mut c, file, 0, plain), NtStatus::SUCCESS);
        assert_eq!(write(&mut c, file, 7, plain), NtStatus::SUCCESS);
        assert_eq!(write(&mut c, file, 6, plain), stale, "{dialect}");
        assert_eq!(write(&mut c, file, 6, replay), stale);
        assert_eq!(write(&mut c, file, 7, replay), NtStatus::SUCCESS);
        assert_eq!(write(&mut c, file, 0x8007, plain), stale);
        // What only reads is never refused.
        let body = ReadRequest { file_id: file.id, length: 1, ..ReadRequest::default() };
        let request = Request::new(Command::READ, file, &body).payload(1);
        let reply = c.call(&Request { channel_sequence: 3, ..request }).unwrap();
        assert_eq!(reply.status(), NtStatus::SUCCESS);
    }
}

#[test]
fn multichannel_is_offered_to_who_has_it() {
    let site = Site::new().unwrap();
    for dialect in Dialect::ALL {
        for wants in [false, true] {
            let mut options = Options::only(dialect);
            options.capabilities.set(Capabilities::MULTI_CHANNEL, wants);
            let c = site.connect(options).unwrap();
            let offered = c.negotiated().capabilities.contains(Capabilities::MULTI_CHANNEL);
            assert_eq!(offered, wants && dialect.is_smb3(), "{dialect}");
        }
    }
}

#[test]
fn an_expired_session_gives_back_and_nothing_else() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        let (mut c, tree) = site.alice(options).unwrap();
        let file = c.create(tree, &Create::new_file(&name)).unwrap().file;
        let session = site.server.session(tree.session.0).unwrap();
        session.renew((*session.user()).clone(), Some(FileTime(1))).unwrap();
        assert_eq!(refused(c.read(file, 0, 1)), NtStatus::NETWORK_SESSION_EXPIRED, "{name}");
        assert_eq!(refused(c.tree_disconnect(tree)), NtStatus::NETWORK_SESSION_EXPIRED, "{name}");
        c.echo(Some(tree.session)).unwrap();
        let again = Login { session: Some(tree.session), ..Login::user(ALICE.0, ALICE.1) };
        c.login_with(&again).unwrap();
        c.write(file, 0, b"x").unwrap();
        session.renew((*session.user()).clone(), Some(FileTime(1))).unwrap();
        c.close(file).unwrap();
        c.logoff(tree.session).unwrap();
    }
    site.settles().unwrap();
}

#[test]
fn only_whoever_has_the_key_cancels_what_is_signed_or_sealed() {
    let site = Site::new().unwrap();
    let whole = LockElement { offset: 0, length: 100, flags: LockFlags::EXCLUSIVE_LOCK };
    for (name, options) in protections() {
        let protected = !name.ends_with("plain");
        let (mut c, tree) = site.alice(options).unwrap();
        let file = c.create(tree, &Create::new_file(&name)).unwrap().file;
        let waiter = c.create(tree, &Create::open(&name, AccessMask::GENERIC_WRITE)).unwrap().file;
        c.lock(file, &[whole]).unwrap();
        let id = c.send_lock(waiter, &[whole]).unwrap();
        let async_id = c.receive_interim(id).unwrap().unwrap();
        let body = lanward_smb2::messages::CancelRequest;
        for session in [tree.session, lanward_smb2::SessionId(0)] {
            let request = Request::new(Command::CANCEL, session, &body).protection(Protection::Plain);
            c.send(&Request { async_id: Some(async_id), message_id: Some(id), ..request }).unwrap();
            if !protected {
                break;
            }
        }
        // By the answer to this the others have been read.
        c.echo(Some(tree.session)).unwrap();
        if protected {
            c.lock(file, &[LockElement { flags: LockFlags::UNLOCK, ..whole }]).unwrap();
        }
        let expected = if protected { NtStatus::SUCCESS } else { NtStatus::CANCELLED };
        assert_eq!(c.receive(id).unwrap().status(), expected, "{name}");
    }
}

#[test]
fn long_frames_are_for_who_is_logged_on_now() {
    let site = Plan::default().zone(|z| z.anonymous_allowed = true).start().unwrap();
    let promise = [0, 1, 0, 0];
    let mut nobody = site.connect(Options::default()).unwrap();
    nobody.login_anonymous().unwrap();
    nobody.send_raw(&promise).unwrap();
    assert!(nobody.closes_within(Duration::from_secs(10)).unwrap());
    let (mut left, tree) = site.alice(Options::default()).unwrap();
    left.logoff(tree.session).unwrap();
    left.send_raw(&promise).unwrap();
    assert!(left.closes_within(Duration::from_secs(10)).unwrap());
    let (mut ended, tree) = site.alice(Options::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(site.server.close_session(tree.session.0));
    ended.send_raw(&promise).unwrap();
    assert!(ended.closes_within(Duration::from_secs(10)).unwrap());
    // And to show that it is this that ends them.
    let (mut here, _) = site.alice(Options::default()).unwrap();
    here.send_raw(&promise).unwrap();
    here.send_raw(&[0xfe; 0x1_0000]).unwrap();
    assert!(here.closes_within(Duration::from_secs(10)).unwrap());
}
