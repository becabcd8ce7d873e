//! `lanward user` without a running server.

use crate::support::{Home, err, out, run, run_with_input};

const NO_USER: i32 = 67;

fn names(home: &Home) -> Vec<(String, u64, bool, bool)> {
    let listed = home.user(&["list", "--json"]);
    assert!(listed.status.success(), "{}", err(&listed));
    let accounts: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let entry = |a: &serde_json::Value| {
        let text = a["name"].as_str().unwrap().to_owned();
        (text, a["rid"].as_u64().unwrap(), a["admin"] == true, a["disabled"] == true)
    };
    accounts.iter().map(entry).collect()
}

#[test]
fn accounts_come_change_and_go() {
    let home = Home::new();
    assert!(names(&home).is_empty());
    home.add_user("Ann", "first\n");
    let config = home.config();
    let admin = ["user", "add", "--admin", "bob", "--config", &config, "--password-file", "-"];
    assert!(run_with_input(&admin, "second").status.success());
    assert_eq!(names(&home), [("Ann".into(), 1000, false, false), ("bob".into(), 1001, true, false)]);
    assert!(home.user(&["disable", "ANN"]).status.success());
    assert!(
        out(&home.user(&["list"])).lines().any(|line| line.starts_with("Ann") && line.ends_with("disabled"))
    );
    assert!(home.user(&["enable", "ann"]).status.success());
    assert_eq!(out(&home.user(&["remove", "aNN"])), "Ann removed\n");
    home.add_user("ann", "third");
    assert_eq!(names(&home), [("ann".into(), 1002, false, false), ("bob".into(), 1001, true, false)]);
}

#[test]
fn what_cannot_be_done_is_refused() {
    let home = Home::new();
    home.add_user("ann", "first");
    let config = home.config();
    let again = ["user", "add", "ANN", "--config", &config, "--password-file", "-"];
    let again = run_with_input(&again, "second");
    assert_eq!(again.status.code(), Some(NO_USER));
    assert!(err(&again).contains("there is an account ann already"), "{}", err(&again));
    for action in ["remove", "disable", "enable"] {
        assert_eq!(home.user(&[action, "eve"]).status.code(), Some(NO_USER), "{action}");
    }
    let silent = home.user(&["add", "eve"]);
    assert!(!silent.status.success() && err(&silent).contains("--password-file"), "{}", err(&silent));
    let empty = ["user", "add", "eve", "--config", &config, "--password-file", "-"];
    assert!(err(&run_with_input(&empty, "\n")).contains("the password is empty"));
}

#[test]
fn a_password_everybody_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let file = home.path("password");
    std::fs::write(&file, "secret\n").unwrap();
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let name = format!("user{mode:o}");
        let added = home.user(&["add", &name, "--password-file", file.to_str().unwrap()]);
        assert!(added.status.success());
        assert_eq!(err(&added).contains("everybody on this machine can read"), warned, "{}", err(&added));
    }
}

fn with_home(home: &Home, arguments: &[&str]) -> std::process::Output {
    run(&[arguments, &["--config", &home.config()]].concat())
}

fn json(home: &Home, arguments: &[&str]) -> serde_json::Value {
    let shown = with_home(home, arguments);
    assert!(shown.status.success(), "{}", err(&shown));
    serde_json::from_slice(&shown.stdout).unwrap()
}

#[test]
fn what_is_known_of_an_account_can_be_changed() {
    let home = Home::new();
    home.add_user("ann", "first");
    let set = [
        "set",
        "ann",
        "--rename",
        "Anna",
        "--full-name",
        "Ann Other",
        "--comment",
        "hello",
        "--expires",
        "2030-02-01",
        "--must-change",
        "true",
        "--admin",
        "true",
    ];
    assert_eq!(out(&home.user(&set)), "Anna changed\n");
    let user = &json(&home, &["user", "list", "--json"])[0];
    assert_eq!(
        (&user["name"], &user["full-name"], &user["comment"]),
        (&"Anna".into(), &"Ann Other".into(), &"hello".into())
    );
    assert_eq!(
        (&user["expires"], &user["must-change"], &user["admin"]),
        (&"2030-02-01".into(), &true.into(), &true.into())
    );
    assert!(home.user(&["set", "anna", "--expires", "never", "--admin", "false"]).status.success());
    let user = &json(&home, &["user", "list", "--json"])[0];
    assert_eq!((&user["expires"], &user["admin"]), (&serde_json::Value::Null, &false.into()));
    assert_eq!(user["dial-in"], false);
    assert!(
        home.user(&["set", "anna", "--dial-in", "true", "--dial-in-address", "10.9.0.7"]).status.success()
    );
    let user = &json(&home, &["user", "list", "--json"])[0];
    assert_eq!((&user["dial-in"], &user["dial-in-address"]), (&true.into(), &"10.9.0.7".into()));
    assert!(out(&home.user(&["list"])).contains("may dial in at 10.9.0.7"));
    assert!(home.user(&["set", "anna", "--dial-in-address", "pool"]).status.success());
    let user = &json(&home, &["user", "list", "--json"])[0];
    assert_eq!((&user["dial-in"], &user["dial-in-address"]), (&true.into(), &serde_json::Value::Null));
    assert!(!home.user(&["set", "anna", "--dial-in-address", "somewhere"]).status.success());
    assert!(!home.user(&["set", "anna", "--expires", "soon"]).status.success());
    assert!(!home.user(&["set", "anna"]).status.success(), "nothing to change");
    assert!(home.user(&["unlock", "anna"]).status.success());
}

#[test]
fn the_policy_is_shown_and_changed() {
    let home = Home::new();
    let policy = || json(&home, &["user", "policy", "--json"]);
    assert_eq!((&policy()["lockout-threshold"], &policy()["lockout-duration"]), (&10.into(), &10.into()));
    assert!(home.user(&["policy", "--lockout-threshold", "3", "--lockout-duration", "0"]).status.success());
    assert_eq!((&policy()["lockout-threshold"], &policy()["lockout-duration"]), (&3.into(), &0.into()));
    assert_eq!(policy()["min-password-length"], 8);
}

#[test]
fn groups_come_change_and_go() {
    let home = Home::new();
    home.add_user("ann", "first");
    let group = |arguments: &[&str]| with_home(&home, &[&["group"], arguments].concat());
    assert_eq!(out(&group(&["add", "Staff", "--comment", "who works here"])), "Staff added\n");
    assert_eq!(out(&group(&["member", "add", "staff", "ann"])), "ann is in staff\n");
    let find = |name: &str| {
        let groups = json(&home, &["group", "list", "--json"]);
        groups.as_array().unwrap().iter().find(|g| g["name"] == name).cloned()
    };
    let staff = find("Staff").unwrap();
    assert_eq!(
        (&staff["members"], &staff["comment"]),
        (&serde_json::json!(["ann"]), &"who works here".into())
    );
    assert_eq!(find("BUILTIN\\Administrators").unwrap()["members"], serde_json::json!([]));
    assert_eq!(out(&group(&["member", "add", "administrators", "ann"])), "ann is in administrators\n");
    assert_eq!(names(&home), [("ann".into(), 1000, true, false)]);
    for refused in [
        &["member", "add", "staff", "ann"][..],
        &["member", "add", "staff", "eve"],
        &["member", "add", "nowhere", "ann"],
        &["add", "staff"],
        &["remove", "BUILTIN\\Users"],
    ] {
        assert_eq!(group(refused).status.code(), Some(NO_USER), "{refused:?}");
    }
    assert!(group(&["member", "remove", "staff", "ann"]).status.success());
    assert!(group(&["remove", "staff"]).status.success());
    assert!(find("Staff").is_none());
}
