//! Requests that wait: interim responses, cancellation, and what becomes of them when what they wait for goes.

use crate::support::{protections, refused};
use lanward_client::{Connection, Create, File, Options, Tree};
use lanward_nt::{AccessMask, NtStatus};
use lanward_server::{Caller, Conversing, PipeInstance, PipeService};
use lanward_smb2::MessageId;
use lanward_smb2::messages::{LockElement, LockFlags};
use lanward_testsuite::Site;
use std::sync::Arc;
use std::time::Duration;

const WHOLE: LockElement = LockElement { offset: 0, length: 100, flags: LockFlags::EXCLUSIVE_LOCK };

fn unlock() -> [LockElement; 1] {
    [LockElement { flags: LockFlags::UNLOCK, ..WHOLE }]
}

fn open(c: &mut Connection, tree: Tree) -> File {
    let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    let create = Create::open("f", access).disposition(lanward_smb2::messages::CreateDisposition::OPEN_IF);
    c.create(tree, &create).unwrap().file
}

/// A holder of the lock, and a request of `c` that waits for it.
fn wait(c: &mut Connection, tree: Tree) -> (File, File, MessageId) {
    let (holder, waiter) = (open(c, tree), open(c, tree));
    c.lock(holder, &[WHOLE]).unwrap();
    let id = c.send_lock(waiter, &[WHOLE]).unwrap();
    assert!(c.receive_interim(id).unwrap().is_some(), "the client is told that it waits");
    (holder, waiter, id)
}

#[test]
fn a_waiting_lock_is_granted_or_cancelled() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        let (mut c, tree) = site.alice(options).unwrap();
        let (holder, waiter, id) = wait(&mut c, tree);
        c.echo(Some(tree.session)).unwrap();
        c.cancel(tree, id).unwrap();
        assert_eq!(c.receive(id).unwrap().status(), NtStatus::CANCELLED);
        let id = c.send_lock(waiter, &[WHOLE]).unwrap();
        assert!(c.receive_interim(id).unwrap().is_some());
        c.lock(holder, &unlock()).unwrap();
        assert_eq!(c.receive(id).unwrap().status(), NtStatus::SUCCESS);
        c.lock(waiter, &unlock()).unwrap();
    }
    site.settles().unwrap();
}

#[test]
fn a_cancel_of_nothing_is_ignored() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        let (mut c, tree) = site.alice(options).unwrap();
        for id in [0, 1, 77, u64::MAX] {
            c.cancel(tree, MessageId(id)).unwrap();
        }
        c.echo(Some(tree.session)).unwrap();
    }
}

#[test]
fn a_hundred_waiting_requests_are_all_cancelled() {
    let site = Site::new().unwrap();
    for options in [Options::default(), Options::default().sealed()] {
        let (mut c, tree) = site.alice(options).unwrap();
        let (_, waiter, first) = wait(&mut c, tree);
        let mut ids = vec![first];
        ids.extend((0..99).map(|_| c.send_lock(waiter, &[WHOLE]).unwrap()));
        for id in &ids {
            assert!(c.receive_interim(*id).unwrap().is_some());
            c.cancel(tree, *id).unwrap();
        }
        for id in ids {
            assert_eq!(c.receive(id).unwrap().status(), NtStatus::CANCELLED);
        }
        drop(c);
        site.settles().unwrap();
        site.alice(Options::default()).unwrap();
    }
}

#[test]
fn closing_disconnecting_or_logging_off_ends_what_waits() {
    let site = Site::new().unwrap();
    type End = fn(&mut Connection, File);
    let ends: [(&str, End); 3] = [
        ("close", |c, f| c.close(f).unwrap()),
        ("tree disconnect", |c, f| c.tree_disconnect(f.tree).unwrap()),
        // The answer to what waits may find the session's key gone, so it is not verified.
        ("logoff", |c, f| c.logoff(f.tree.session).unwrap()),
    ];
    for (name, options) in protections() {
        for (how, end) in ends {
            println!("{name}: {how}");
            if how == "logoff" && options.sealing {
                // A sealed answer cannot be opened once the client has forgotten the keys: see the next test.
                continue;
            }
            let (mut holder, held_tree) = site.alice(Options::default()).unwrap();
            let held = open(&mut holder, held_tree);
            holder.lock(held, &[WHOLE]).unwrap();
            let (mut c, tree) = site.alice(Options { verify: false, ..options.clone() }).unwrap();
            let waiter = open(&mut c, tree);
            let id = c.send_lock(waiter, &[WHOLE]).unwrap();
            assert!(c.receive_interim(id).unwrap().is_some());
            end(&mut c, waiter);
            assert!(c.receive(id).unwrap().status().is_error(), "{name}: {how}");
            c.echo(None).unwrap();
            drop((c, holder));
            site.settles().unwrap();
        }
    }
}

#[test]
fn a_connection_that_breaks_takes_what_waits_with_it() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        let (mut c, tree) = site.alice(options.clone()).unwrap();
        wait(&mut c, tree);
        drop(c);
        site.settles().unwrap();
        let (mut c, tree) = site.alice(options).unwrap();
        let file = open(&mut c, tree);
        c.lock(file, &[LockElement { flags: WHOLE.flags | LockFlags::FAIL_IMMEDIATELY, ..WHOLE }]).unwrap();
    }
}

#[test]
fn requests_that_wait_are_limited_and_the_rest_is_answered() {
    let plan = lanward_testsuite::Plan::default().config(|c| c.max_pending = 8);
    let site = plan.start().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let (_, waiter, first) = wait(&mut c, tree);
    let mut ids = vec![first];
    ids.extend((1..8).map(|_| c.send_lock(waiter, &[WHOLE]).unwrap()));
    for id in &ids {
        assert!(c.receive_interim(*id).unwrap().is_some());
    }
    // One more may not wait; what does not wait is answered, and so are others.
    assert_eq!(refused(c.lock(waiter, &[WHOLE])), NtStatus::INSUFFICIENT_RESOURCES);
    c.echo(None).unwrap();
    let (mut other, tree) = site.alice(Options::default()).unwrap();
    other.write_file(tree, "other", b"x").unwrap();
    drop((c, other));
    site.settles().unwrap();
}

#[test]
fn several_locks_at_once_cannot_wait() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let file = open(&mut c, tree);
    let second = LockElement { offset: 200, ..WHOLE };
    assert_eq!(refused(c.lock(file, &[WHOLE, second])), NtStatus::INVALID_PARAMETER);
}

#[test]
fn a_waiting_request_of_nobody_in_particular_keeps_no_slot() {
    let plan = lanward_testsuite::Plan::default()
        .zone(|z| z.anonymous_allowed = true)
        .zone(|z| z.null_sessions.pipes = vec!["silent".into()])
        .settings(|s| s.authentication_deadline = Duration::from_millis(100))
        .settings(|s| s.anonymous_idle_disconnect = Duration::from_millis(100));
    let site = plan.start().unwrap();
    site.server.pipes().register("silent", Arc::new(Silent));
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login_anonymous().unwrap();
    let ipc = c.tree_connect(session, "IPC$").unwrap();
    let pipe = c.create(ipc, &Create::open("silent", AccessMask::GENERIC_READ)).unwrap().file;
    c.send_read(pipe, 0, 10).unwrap();
    assert!(c.closes_within(Duration::from_secs(10)).unwrap());
    site.settles().unwrap();
}

/// A pipe for everybody at which nobody answers.
struct Silent;

impl PipeService for Silent {
    fn connect(&self, _: &Caller) -> Result<Box<dyn PipeInstance>, NtStatus> {
        Ok(Box::new(Self))
    }
}

impl PipeInstance for Silent {
    fn message<'a>(&'a mut self, _: &'a [u8], _: &'a mut Vec<Vec<u8>>) -> Conversing<'a> {
        Box::pin(async { Ok(()) })
    }
}

#[test]
fn what_waits_when_the_server_stops_is_answered() {
    for (name, options) in protections() {
        let site = Site::new().unwrap();
        let (mut c, tree) = site.alice(options).unwrap();
        let (_, _, id) = wait(&mut c, tree);
        site.stop();
        assert_eq!(c.receive(id).unwrap().status(), NtStatus::CANCELLED, "{name}");
        assert!(c.closes_within(Duration::from_secs(10)).unwrap());
        site.settles().unwrap();
    }
}
