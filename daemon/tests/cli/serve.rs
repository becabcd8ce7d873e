//! `lanward serve`, and the commands that talk to it.

use crate::support::{DEADLINE, Home, Running, command, err, out, run, run_with_input};
use lanward_client::{Connection, Options};
use rustix::process::Signal;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;

fn connect(home: &Home) -> Connection {
    Connection::connect(home.address, Options::default()).unwrap()
}

fn names_of(list: &serde_json::Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn status_shows_who_is_there() {
    let home = Home::new();
    home.add_user("ann", "secret");
    let running = home.serve();
    let socket = std::fs::metadata(home.path("state/control.sock")).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);

    let mut connection = connect(&home);
    let session = connection.login("ann", "secret").unwrap();
    connection.tree_connect(session, "files").unwrap();
    let status = home.status();
    assert_eq!((&status["name"], &status["stopping"]), (&"TESTED".into(), &false.into()));
    assert_eq!(status["listeners"][0]["address"], home.address.to_string());
    assert_eq!(names_of(&status["shares"]), ["files"]);
    let seen = &status["sessions"][0];
    assert_eq!(
        (&seen["user"], &seen["kind"], &seen["dialect"]),
        (&"ann".into(), &"named".into(), &"3.1.1".into())
    );
    assert_eq!((&seen["zone"], &seen["shares"][0]), (&"default".into(), &"files".into()));
    assert_eq!((&status["counts"]["sessions"], &status["counts"]["tree-connects"]), (&1.into(), &1.into()));
    let text = out(&run(&["status", "--config", &home.config()]));
    assert!(text.contains("TESTED in WORKGROUP") && text.lines().any(|l| l.starts_with("ann ")), "{text}");

    assert!(running.stop().success());
    assert!(!home.path("state/control.sock").exists());
    let nobody = run(&["status", "--config", &home.config()]);
    assert_eq!(nobody.status.code(), Some(69));
    assert!(err(&nobody).contains("no server is running"), "{}", err(&nobody));
}

#[test]
fn a_reload_drops_nobody() {
    let home = Home::new();
    home.add_user("ann", "secret");
    let running = home.serve();
    let mut connection = connect(&home);
    let session = connection.login("ann", "secret").unwrap();
    let tree = connection.tree_connect(session, "files").unwrap();

    std::fs::create_dir(home.path("more")).unwrap();
    let more = home.path("more").to_str().unwrap().to_owned();
    home.configure(&format!("[share.more]\npath = \"{more}\"\n[zone.default]\nsigning = \"optional\"\n"));
    running.signal(Signal::HUP);
    running.line_with("reloaded");
    assert_eq!(names_of(&home.status()["shares"]), ["files", "more"]);
    connection.write_file(tree, "still.txt", b"here").unwrap();
    let added = connection.tree_connect(session, "more").unwrap();
    connection.write_file(added, "also.txt", b"here").unwrap();

    home.configure("[share.broken]\npath = \"/does/not/exist\"\n");
    running.signal(Signal::HUP);
    let refused = running.line_with("not reloaded");
    assert!(refused.contains("lanward.toml:"), "{refused}");
    assert_eq!(names_of(&home.status()["shares"]), ["files", "more"]);
    assert_eq!(connection.read_file(tree, "still.txt").unwrap(), b"here");

    home.configure("");
    running.signal(Signal::HUP);
    running.line_with("reloaded");
    assert!(connection.tree_connect(session, "more").is_err());
    assert!(connection.read_file(added, "also.txt").is_err());
    assert_eq!(connection.read_file(tree, "still.txt").unwrap(), b"here");
    assert!(running.stop().success());
}

#[test]
fn listeners_change_while_others_go_on() {
    let mut home = Home::new();
    home.add_user("ann", "secret");
    let running = home.serve();
    let mut connection = connect(&home);
    let session = connection.login("ann", "secret").unwrap();
    let tree = connection.tree_connect(session, "files").unwrap();
    let old = std::mem::replace(&mut home.address, crate::support::free_address());
    home.configure("");
    running.signal(Signal::HUP);
    running.line_with(&format!("listening on {}", home.address));
    running.line_with("reloaded");
    assert!(connect(&home).login("ann", "secret").is_ok());
    connection.write_file(tree, "still.txt", b"here").unwrap();
    assert_eq!(home.status()["listeners"].as_array().unwrap().len(), 1);
    assert_ne!(home.status()["listeners"][0]["address"], old.to_string());
    assert!(running.stop().success());
}

#[test]
fn accounts_change_while_the_server_runs() {
    let home = Home::new();
    home.configure("users = [\"ann\"]\n");
    let running = home.serve();
    running.signal(Signal::HUP);
    running.line_with("reloaded");
    home.add_user("ann", "secret");
    home.add_user("bob", "secret");
    assert_eq!(out(&home.user(&["list"])).lines().count(), 3);
    let config = home.config();
    let again = ["user", "--config", &config, "add", "Ann", "--password-file", "-"];
    assert!(err(&run_with_input(&again, "x")).contains("there is an account ann already"));

    let mut connection = connect(&home);
    let session = connection.login("Ann", "secret").unwrap();
    let tree = connection.tree_connect(session, "files").unwrap();
    connection.write_file(tree, "new.txt", b"new").unwrap();
    let mut other = connect(&home);
    let session = other.login("bob", "secret").unwrap();
    assert!(other.tree_connect(session, "files").is_err(), "only ann is let in");

    assert!(home.user(&["disable", "ann"]).status.success());
    assert!(connection.read_file(tree, "new.txt").is_err(), "her sessions have ended");
    assert!(connect(&home).login("ann", "secret").is_err());
    assert!(home.user(&["enable", "ann"]).status.success());
    assert!(connect(&home).login("ann", "secret").is_ok());
    let passwd = ["user", "--config", &config, "passwd", "ann", "--password-file", "-"];
    assert!(run_with_input(&passwd, "changed").status.success());
    assert!(connect(&home).login("ann", "secret").is_err());
    assert!(connect(&home).login("ann", "changed").is_ok());
    assert!(home.user(&["remove", "ann"]).status.success());
    assert!(connect(&home).login("ann", "changed").is_err());
    assert!(running.stop().success());
}

#[test]
fn a_second_server_is_kept_off_the_state_of_the_first() {
    let home = Home::new();
    let running = home.serve();
    let second = run(&["serve", "--config", &home.config()]);
    assert!(!second.status.success() && err(&second).contains("another lanward uses the accounts"));
    assert!(home.status()["uptime-seconds"].is_u64(), "the first one still answers");
    assert!(running.stop().success());
}

#[test]
fn what_cannot_be_served_is_not_started() {
    let home = Home::new();
    home.configure("pth = 1\n");
    let output = run(&["serve", "--config", &home.config()]);
    assert_eq!(output.status.code(), Some(78));
    assert!(err(&output).contains("did you mean `path`?"), "{}", err(&output));
}

#[test]
fn the_log_can_be_json() {
    let home = Home::new();
    let running = Running::start(&["serve", "--config", &home.config(), "--log-format", "json"]);
    let line: serde_json::Value = serde_json::from_str(&running.line_with("listening on")).unwrap();
    assert_eq!(line["level"], "INFO");
    running.line_with("ready");
    assert!(running.stop().success());
}

#[test]
fn the_service_manager_is_told() {
    let home = Home::new();
    let path = home.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let told = || {
        let mut buffer = [0; 512];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let mut command = command();
    command.env("NOTIFY_SOCKET", &path);
    let running = Running::start_with(command, &["serve", "--config", &home.config()]);
    assert_eq!(told(), "READY=1\n");
    running.signal(Signal::HUP);
    let reloading = told();
    assert!(reloading.contains("RELOADING=1") && reloading.contains("MONOTONIC_USEC="), "{reloading}");
    assert_eq!(told(), "READY=1\n");
    assert!(running.stop().success());
    assert_eq!(told(), "STOPPING=1\n");
}
