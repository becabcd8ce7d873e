//! What happens is written down.

use crate::support::{DEADLINE, Home, out, run};
use lanward_client::{Connection, Create, Options};
use rustix::process::Signal;
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// The lines of a file once `enough` of them are what was waited for.
fn lines(file: &Path, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if enough(&lines) {
            return lines;
        }
        assert!(Instant::now() < deadline, "{text}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["event"].as_str().unwrap()).collect()
}

#[test]
fn numbers_are_those_of_the_lists() {
    let home = Home::new();
    home.add_user("ann", "secret");
    let address = crate::support::free_address();
    home.configure(&format!("[metrics]\nlisten = \"{address}\"\n[limits]\nmax-sessions = 10\n"));
    let running = home.serve();
    let mut c = Connection::connect(home.address, Options::default()).unwrap();
    c.login("ann", "wrong").unwrap_err();
    let session = c.login("ann", "secret").unwrap();
    let tree = c.tree_connect(session, "files").unwrap();
    c.write_file(tree, "new.txt", b"x").unwrap();
    c.create(tree, &Create::directory("")).unwrap();
    c.tree_connect(session, "nowhere").unwrap_err();
    let command = out(&run(&["metrics", "--config", &home.config()]));
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    for text in [command, page] {
        for line in [
            "lanward_sessions{zone=\"default\",dialect=\"3.1.1\",kind=\"named\"} 1",
            "lanward_null_sessions 0",
            "lanward_counted_users 1",
            "lanward_max_sessions 10",
            "lanward_opens 1",
            "lanward_share_uses{share=\"files\"} 1",
            "lanward_requests_total{command=\"create\"} 2",
            "lanward_requests_total{command=\"tree-connect\"} 2",
            "lanward_refusals_total{reason=\"logon\"} 1",
            "lanward_refusals_total{reason=\"no-such-share\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "no `{line}` in:\n{text}");
        }
    }
    assert!(running.stop().success());
}

#[test]
fn events_are_lines_of_a_file_that_can_be_rotated() {
    let home = Home::new();
    home.add_user("ann", "secret");
    let file = home.path("events");
    let events = format!("[events]\nfile = \"{}\"\nsessions-per-minute = 20\n", file.display());
    home.configure(&format!("audit = [\"writes\", \"refusals\"]\n{events}"));
    let running = home.serve();
    let mut c = Connection::connect(home.address, Options::default()).unwrap();
    c.login("ann", "wrong").unwrap_err();
    let session = c.login("ann", "secret").unwrap();
    c.tree_connect(session, "nowhere").unwrap_err();
    let tree = c.tree_connect(session, "files").unwrap();
    c.write_file(tree, "new.txt", b"x").unwrap();
    c.create(tree, &Create::directory("")).unwrap();
    c.logoff(session).unwrap();
    let expected = [
        "logon-refused",
        "logged-on",
        "share-refused",
        "share-connected",
        "opened",
        "logged-off",
        "share-disconnected",
    ];
    let seen = lines(&file, |lines| lines.len() >= expected.len());
    assert_eq!(kinds(&seen), expected);
    assert_eq!((&seen[0]["claimed"], &seen[1]["user"]), (&"\\ann".into(), &"ann".into()));
    assert_eq!((&seen[4]["share"], &seen[4]["path"]), (&"files".into(), &"new.txt".into()));
    assert!(seen.iter().all(|line| line["time"].as_str().unwrap().ends_with('Z')));

    let rotated = home.path("events.1");
    std::fs::rename(&file, &rotated).unwrap();
    running.signal(Signal::HUP);
    running.line_with("reloaded");
    assert_eq!(kinds(&lines(&file, |lines| !lines.is_empty())), ["changed"]);
    assert_eq!(lines(&rotated, |_| true).len(), expected.len());

    // One peer cannot fill the disk, and what it did is counted.
    for _ in 0..30 {
        c.login("ann", "wrong").unwrap_err();
    }
    let refused =
        |lines: &[Value]| kinds(lines).iter().filter(|kind| **kind == "logon-refused").count() as u64;
    let suppressed = |lines: &[Value]| lines.iter().filter_map(|line| line["count"].as_u64()).sum::<u64>();
    let seen = lines(&file, |lines| refused(lines) + suppressed(lines) >= 30);
    assert!(refused(&seen) < 20);
    assert_eq!(refused(&seen) + suppressed(&seen), 30);
    assert!(running.stop().success());
}
