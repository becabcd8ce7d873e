//! What strangers can make the server hold, measured as this process's resident memory: alone in a test binary, so that no other test counts.

use lanward_client::{Connection, Options};
use lanward_testsuite::Site;
use std::time::Duration;

/// C15: a connection that has not logged on costs a few KiB, whatever length it claims.
#[test]
fn promises_before_logon_cost_nothing() {
    const CONNECTIONS: usize = 200;
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.write_file(tree, "warm", &[7; 100_000]).unwrap();
    let mut waiting: Vec<Connection> =
        (0..CONNECTIONS).map(|_| Connection::open(site.address, Options::default()).unwrap()).collect();
    let before = resident();
    for w in &mut waiting {
        // As long as a frame may be at most before logon, begun and not ended.
        w.send_raw(&[0, 0, 0x40, 0, 0xfe, b'S', b'M', b'B']).unwrap();
    }
    // An answer behind theirs: each worker has read what they sent.
    for _ in 0..4 {
        site.alice(Options::default()).unwrap();
    }
    c.write_file(tree, "served", &[7; 100_000]).unwrap();
    let held = resident().saturating_sub(before);
    assert!(held < CONNECTIONS * 4096 + (2 << 20), "{held} bytes for {CONNECTIONS} connections");
    // Longer ones are not even waited for.
    let mut greedy = Connection::open(site.address, Options::default()).unwrap();
    greedy.send_raw(&[0, 0x40, 0, 0, 0xfe, b'S', b'M', b'B']).unwrap();
    assert!(greedy.closes_within(Duration::from_secs(10)).unwrap());
}

/// Resident bytes of this process.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
