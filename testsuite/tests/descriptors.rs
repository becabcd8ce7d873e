//! Behaviour 1.30, measured as this process's descriptors: alone in a test binary, so that no other test counts.

use lanward_client::Options;
use lanward_nt::NtStatus;
use lanward_testsuite::{ALICE, Counts, Plan, Site};

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn refused<T: std::fmt::Debug>(outcome: lanward_client::Result<T>) -> NtStatus {
    outcome.unwrap_err().status().unwrap()
}

#[test]
fn a_thousand_failures_of_each_kind_leave_no_descriptor_and_count_for_nothing() {
    let volume = tempfile::tempdir().unwrap();
    let site = Plan::default().directory("data", volume.path()).unwrap().start().unwrap();
    warm_up(&site);
    let before = descriptors();
    for _ in 0..1_000 {
        let mut c = site.connect(Options::default()).unwrap();
        assert_eq!(refused(c.login(ALICE.0, "wrong")), NtStatus::LOGON_FAILURE);
    }
    site.settles().unwrap();
    assert_eq!((site.counts(), descriptors()), (Counts::default(), before));
    for _ in 0..10 {
        let mut c = site.connect(Options::default()).unwrap();
        let session = c.login(ALICE.0, ALICE.1).unwrap();
        for _ in 0..100 {
            assert_eq!(refused(c.tree_connect(session, "nowhere")), NtStatus::BAD_NETWORK_NAME);
        }
        assert_eq!(site.counts(), Counts { connections: 1, sessions: 1, ..Counts::default() });
        drop(c);
        site.settles().unwrap();
    }
    assert_eq!((site.counts(), descriptors()), (Counts::default(), before));
}

/// What is opened once and kept, such as a folder's own descriptor, is not what is measured.
fn warm_up(site: &Site) {
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.write_file(tree, "warm", b"up").unwrap();
    drop(c);
    site.settles().unwrap();
}
