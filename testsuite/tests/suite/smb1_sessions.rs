//! Sessions of SMB 1 in the server's lists and under its limits, beside those of SMB 2 (behaviours 1.1 to 1.6, 1.19).

use crate::support::refused;
use lanward_client::smb1::Options as Smb1Options;
use lanward_client::{Error, Options};
use lanward_nt::NtStatus;
use lanward_smb1::{Dialect, DosError};
use lanward_testsuite::{ALICE, Plan, ROOT};

fn plan() -> Plan {
    Plan::default().smb1()
}

#[test]
fn what_is_listed_says_what_is_spoken_and_how() {
    let site = plan().zone(|z| z.plaintext = true).start().unwrap();
    let (_new, _) = site.alice(Options::default()).unwrap();
    let (mut old, tree) = site.alice_smb1(Smb1Options::default()).unwrap();
    let sessions = site.server.sessions();
    let mut rows: Vec<(u16, String, usize)> = sessions
        .iter()
        .map(|s| (s.channels()[0].dialect(), s.user().name.to_string(), s.trees().len()))
        .collect();
    rows.sort();
    let alice = ALICE.0.to_owned();
    assert_eq!(rows, [(Dialect::NtLm.number(), alice.clone(), 1), (0x0311, alice, 1)]);
    old.tree_disconnect(tree).unwrap();
    assert_eq!(site.counts().trees, 1);
}

#[test]
fn a_computer_and_a_user_are_one_whatever_they_speak() {
    let site = plan().start().unwrap();
    let (_a, _) = site.alice(Options::default()).unwrap();
    let (mut b, tree) = site.alice_smb1(Smb1Options::default()).unwrap();
    let (_c, _) = site.alice_smb1(Smb1Options::default().without_extended_security()).unwrap();
    b.tree_connect(tree, "IPC$").unwrap();
    assert_eq!((site.counts().connections, site.counts().sessions), (3, 3));
    assert_eq!(site.counts().users, 1, "one computer and one user are one place");
    let mut d = site.connect_smb1(Smb1Options::default()).unwrap();
    let root = d.login(ROOT.0, ROOT.1).unwrap();
    assert_eq!(site.counts().users, 1, "nothing is shared with it yet");
    d.tree_connect(&root, "data").unwrap();
    assert_eq!(site.counts().users, 2);
}

#[test]
fn one_limit_holds_for_every_dialect() {
    let mut plan = plan().settings(|s| s.limits.users = Some(2));
    for user in ["u1", "u2", "u3"] {
        plan.accounts.add_user(user, "Secret007");
    }
    let site = plan.start().unwrap();
    let mut first = site.connect_smb1(Smb1Options::default()).unwrap();
    let session = first.login("u1", "Secret007").unwrap();
    first.tree_connect(&session, "data").unwrap();
    let mut second = site.connect(Options::default()).unwrap();
    let modern = second.login("u2", "Secret007").unwrap();
    second.tree_connect(modern, "data").unwrap();
    let mut third = site.connect_smb1(Smb1Options::default()).unwrap();
    let waiting = third.login("u3", "Secret007").unwrap();
    assert_eq!(refused(third.tree_connect(&waiting, "data")), NtStatus::REQUEST_NOT_ACCEPTED);
    // "No more connections can be made": 71, and in DOS's words too.
    let dos = Smb1Options { nt_status: false, ..Smb1Options::only(Dialect::NtLm) };
    let mut fourth = site.connect_smb1(dos).unwrap();
    let also = fourth.login("u3", "Secret007").unwrap();
    let Err(Error::Smb1 { status, .. }) = fourth.tree_connect(&also, "data") else { panic!("not refused") };
    assert_eq!(DosError::from_wire(status.0), DosError { class: 1, code: 71 });
    third.tree_connect(&waiting, "IPC$").unwrap();
    first.logoff(&session).unwrap();
    third.tree_connect(&waiting, "data").unwrap();
    assert_eq!(site.counts().users, 2);
}

#[test]
fn who_is_ended_by_an_administrator_is_gone_from_smb1() {
    let site = plan().start().unwrap();
    let (mut c, tree) = site.alice_smb1(Smb1Options::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(site.server.close_session(site.server.sessions()[0].id()));
    assert_eq!((site.counts().sessions, site.counts().trees), (0, 0));
    let outcome = c.tree_connect(tree, "data");
    assert!(outcome.as_ref().is_err_and(|e| e.is_disconnect() || e.status().is_some()), "{outcome:?}");
    drop(c);
    site.settles().unwrap();
}
