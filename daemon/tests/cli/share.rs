//! `lanward share`

use crate::support::{Running, err, free_address, run, shown};
use lanward_client::{Connection, Options};

const NO_INPUT: i32 = 66;

fn value_of(running: &Running, label: &str) -> String {
    let line = running.line_with(label);
    line.split_whitespace().last().unwrap().to_owned()
}

#[test]
fn a_folder_is_shared_until_sigterm() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("hello.txt"), "hello").unwrap();
    let address = free_address();
    let listen = address.to_string();
    let running = Running::start(&["share", shown(home.path()), "--name", "docs", "--listen", &listen]);
    assert!(running.line_with("smb://share@").contains(&format!("{listen}/docs")));
    assert_eq!(value_of(&running, "User "), "share");
    let password = value_of(&running, "Password ");
    running.line_with(&format!("listening on {address}"));

    let mut connection = Connection::connect(address, Options::default()).unwrap();
    let session = connection.login("SHARE", &password).unwrap();
    let tree = connection.tree_connect(session, "DOCS").unwrap();
    assert_eq!(connection.read_file(tree, "hello.txt").unwrap(), b"hello");
    connection.write_file(tree, "new.txt", b"new").unwrap();
    assert_eq!(std::fs::read(home.path().join("new.txt")).unwrap(), b"new");

    let mut stranger = Connection::connect(address, Options::default()).unwrap();
    assert!(stranger.login("share", "wrong").is_err());
    let mut nobody = Connection::connect(address, Options::default()).unwrap();
    assert!(nobody.login_anonymous().is_err());
    assert!(running.stop().success());
}

#[test]
fn a_share_to_be_read_only_is() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("hello.txt"), "hello").unwrap();
    let password = home.path().join("password");
    std::fs::write(&password, "given\n").unwrap();
    let address = free_address();
    let (listen, password) = (address.to_string(), shown(&password));
    let fixed = ["--listen", &listen, "--user", "me", "--password-file", password, "--name", "docs"];
    let arguments = [&["share", shown(home.path()), "--read-only", "--json"], &fixed[..]].concat();
    let running = Running::start(&arguments);
    let announced: serde_json::Value = serde_json::from_str(&running.line_with("listening-on")).unwrap();
    assert_eq!(announced["listening-on"][0], listen.as_str());
    assert_eq!((&announced["user"], &announced["password"]), (&"me".into(), &serde_json::Value::Null));

    let mut connection = Connection::connect(address, Options::default()).unwrap();
    let session = connection.login("me", "given").unwrap();
    let tree = connection.tree_connect(session, "docs").unwrap();
    assert_eq!(connection.read_file(tree, "hello.txt").unwrap(), b"hello");
    assert!(connection.write_file(tree, "hello.txt", b"changed").is_err());
    assert!(connection.write_file(tree, "new.txt", b"new").is_err());
    assert_eq!(std::fs::read(home.path().join("hello.txt")).unwrap(), b"hello");
    assert!(running.stop().success());
}

#[test]
fn guests_come_in_only_where_they_are_asked_to() {
    let home = tempfile::tempdir().unwrap();
    let address = free_address();
    let listen = address.to_string();
    let running =
        Running::start(&["share", shown(home.path()), "--name", "open", "--listen", &listen, "--guest"]);
    running.line_with("listening on");
    let mut connection = Connection::connect(address, Options::default()).unwrap();
    let session = connection.login("anybody", "anything").unwrap();
    let tree = connection.tree_connect(session, "open").unwrap();
    connection.write_file(tree, "new.txt", b"new").unwrap();
    assert!(running.stop().success());
}

#[test]
fn what_is_no_folder_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    for (path, reason) in [("/does/not/exist", "does not exist"), (shown(&file), "is not a folder")] {
        let output = run(&["share", path]);
        assert_eq!(output.status.code(), Some(NO_INPUT));
        assert_eq!(err(&output), format!("lanward: {path} {reason}\n"));
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let home = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let output = run(&["share", shown(home.path()), "--listen", &listen]);
    assert_eq!(output.status.code(), Some(69));
    assert!(err(&output).contains(&format!("{listen}: another program listens there")), "{}", err(&output));
}
