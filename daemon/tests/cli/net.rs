//! `lanward net` of a running server: the lists are the server's own, and what is ended is ended.

use crate::support::{Home, Running, err, out, run, shown};
use lanward_client::{Connection, Create, File, Options, Tree};
use lanward_nt::AccessMask;
use std::process::Output;

/// What Windows' `net` ends with when it refuses.
const REFUSED: i32 = 2;

fn net(home: &Home, arguments: &[&str]) -> Output {
    let config = home.config();
    run(&[&["net", "--config", &config], arguments].concat())
}

fn listed(home: &Home, what: &str) -> Vec<serde_json::Value> {
    let output = net(home, &[what, "--json"]);
    assert!(output.status.success(), "{}", err(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A server with ann, who may use it, and a connection of hers to its share.
fn started(more: &str) -> (Home, Running, Connection, Tree) {
    let home = Home::new();
    home.configure(more);
    home.add_user("ann", "secret\n");
    let running = home.serve();
    let mut connection = Connection::connect(home.address, Options::default().signed()).unwrap();
    let session = connection.login("ann", "secret").unwrap();
    let tree = connection.tree_connect(session, "files").unwrap();
    (home, running, connection, tree)
}

fn open_for_writing(connection: &mut Connection, tree: Tree) -> File {
    connection.create(tree, &Create::new_file("note.txt")).unwrap().file
}

#[test]
fn sessions_are_listed_as_windows_does_it() {
    let (home, running, mut connection, tree) = started("");
    open_for_writing(&mut connection, tree);
    let table = out(&net(&home, &["session"]));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[1], "Computer               User name            Client Type       Opens Idle time");
    assert_eq!(lines[3], "-".repeat(79));
    let row: Vec<&str> = lines[4].split_whitespace().collect();
    assert_eq!((row[0], row[1], row[2]), ("\\\\127.0.0.1", "ann", "1"), "{table}");
    assert_eq!(lines[5], "The command completed successfully.");

    let sessions = listed(&home, "session");
    assert_eq!((sessions.len(), &sessions[0]["user"], &sessions[0]["opens"]), (1, &"ann".into(), &1.into()));
    let security = &sessions[0]["here"]["security"];
    assert_eq!((&security["dialect"], &security["authentication"]), (&"3.1.1".into(), &"NTLMv2".into()));
    assert_eq!((&security["signing-required"], &security["signing"]), (&true.into(), &"AES-GMAC".into()));
    assert_eq!(home.status()["sessions"][0]["dialect"], "3.1.1");
    let one = out(&net(&home, &["session", "\\\\127.0.0.1"]));
    assert!(one.contains("Logon              NTLMv2") && one.contains("User name          ann"), "{one}");
    assert!(running.stop().success());
}

#[test]
fn ending_sessions_shows_first_what_is_open_for_writing() {
    let (home, running, mut connection, tree) = started("");
    open_for_writing(&mut connection, tree);
    let mut reader = Connection::connect(home.address, Options::default()).unwrap();
    let session = reader.login("ann", "secret").unwrap();
    let tree = reader.tree_connect(session, "files").unwrap();
    reader.create(tree, &Create::directory("")).unwrap();

    let unknown = net(&home, &["session", "--delete", "\\\\10.9.8.7"]);
    assert_eq!(unknown.status.code(), Some(REFUSED));
    assert!(err(&unknown).contains("NET HELPMSG 2312"), "{}", err(&unknown));

    let dry = net(&home, &["session", "\\\\127.0.0.1", "--delete", "--dry-run"]);
    assert!(dry.status.success() && out(&dry).contains("/note.txt"), "{}", out(&dry));
    let asked = net(&home, &["session", "\\\\127.0.0.1", "--delete"]);
    assert!(!asked.status.success() && err(&asked).contains("--yes"), "{}", err(&asked));
    assert_eq!(listed(&home, "session").len(), 2, "nothing was ended");

    let done = net(&home, &["session", "\\\\127.0.0.1", "--delete", "--yes"]);
    assert!(done.status.success(), "{}", err(&done));
    assert!(out(&net(&home, &["session"])).contains("There are no entries in the list."));
    assert!(listed(&home, "file").is_empty());
    assert!(reader.create(tree, &Create::directory("")).is_err());
    assert!(running.stop().success());
}

#[test]
fn files_are_listed_and_closed() {
    let (home, running, mut connection, tree) = started("");
    let file = open_for_writing(&mut connection, tree);
    let root = connection.create(tree, &Create::open("", AccessMask::READ_ATTRIBUTES)).unwrap().file;
    let files = listed(&home, "file");
    let written: Vec<_> = files.iter().filter(|f| f["writes"] == true).collect();
    assert_eq!((files.len(), written.len()), (2, 1), "{files:?}");
    let id = written[0]["id"].to_string();
    assert!(written[0]["path"].as_str().unwrap().ends_with("/files/note.txt"));
    let shown = out(&net(&home, &["file", &id]));
    assert!(shown.contains("Permissions        RWC"), "{shown}");

    assert!(net(&home, &["file", &id, "--close"]).status.success());
    assert!(connection.write(file, 0, b"late").is_err(), "it is closed");
    connection.close(root).unwrap();
    let again = net(&home, &["file", &id, "--close"]);
    assert_eq!(again.status.code(), Some(REFUSED));
    assert!(err(&again).contains("NET HELPMSG 2314"), "{}", err(&again));
    assert!(running.stop().success());
}

#[test]
fn shares_are_listed_and_hidden_ones_are_not_viewed() {
    let (home, running, _connection, _tree) =
        started("comment = \"Papers\"\n[share.\"attic$\"]\npath = \"/\"\n");
    let table = out(&net(&home, &["share"]));
    let names: Vec<&str> = table.lines().skip(4).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["attic$", "files", "IPC$", "The"], "{table}");
    let view = out(&net(&home, &["view"]));
    assert!(view.contains("files        Disk              Papers") && !view.contains('$'), "{view}");
    let one = out(&net(&home, &["share", "FILES"]));
    assert!(one.contains("Maximum users      No limit") && one.contains("Users              1"), "{one}");
    let none = net(&home, &["share", "nothing"]);
    assert_eq!(none.status.code(), Some(REFUSED));
    assert!(err(&none).contains("NET HELPMSG 2310"));
    assert!(running.stop().success());
}

#[test]
fn null_sessions_have_rows_of_their_own() {
    let zone = "[zone.default]\nanonymous = true\nsigning = \"optional\"\n";
    let (home, running, _connection, _tree) = started(zone);
    let mut nobodies = Vec::new();
    for _ in 0..2 {
        let mut nobody = Connection::connect(home.address, Options::default()).unwrap();
        nobody.login_anonymous().unwrap();
        nobodies.push(nobody);
    }
    let sessions = listed(&home, "session");
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions.iter().filter(|session| session["user"] == "").count(), 2);
    assert!(running.stop().success());
}

#[test]
fn what_is_weak_is_said_with_what_allows_it() {
    let posture = |home: &Home| -> serde_json::Value {
        let output = run(&["posture", "--json", "--config", &home.config()]);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (home, running, _connection, _tree) = started("");
    let found = posture(&home);
    assert_eq!(found["weaknesses"], serde_json::json!([]), "{found}");
    assert_eq!(found["sessions"]["by-authentication"]["NTLMv2"], 1);
    assert!(running.stop().success());

    let zone = "guests = true\n[zone.default]\nanonymous = true\nsigning = \"optional\"\nguests = true\n";
    let (home, running, _connection, _tree) = started(zone);
    let mut guest = Connection::connect(home.address, Options::default()).unwrap();
    guest.login("stranger", "whatever").unwrap();
    let found = posture(&home);
    let all: Vec<(&str, &str, bool)> = found["weaknesses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| (w["what"].as_str().unwrap(), w["allowed-by"].as_str().unwrap(), !w["session"].is_null()))
        .collect();
    let zone = "zone default";
    let expected = [
        ("signing-optional", zone, false),
        ("guests", zone, false),
        ("null-sessions", zone, false),
        ("guest-share", "share files", false),
        ("guest", zone, true),
    ];
    assert_eq!(all, expected, "ann signs all the same");
    assert!(running.stop().success());
}

#[test]
fn bindings_say_where_the_server_listens_and_why_not_elsewhere() {
    let (home, running, _connection, _tree) = started("");
    let output = run(&["bindings", "--json", "--config", &home.config()]);
    let bindings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let here = bindings.iter().find(|b| b["address"] == "127.0.0.1").unwrap();
    assert_eq!((&here["verdict"], &here["service"]), (&"listening".into(), &"smb".into()));
    assert_eq!(here["listening-on"][0], home.address.to_string());
    let others = bindings.iter().filter(|b| b["address"].is_string() && b["address"] != "127.0.0.1");
    for other in others {
        assert_eq!(other["verdict"], "refused-by-policy", "{other}");
    }
    let shown = out(&run(&["bindings", "--config", &home.config()]));
    assert!(shown.contains("`listen` names it"), "{shown}");
    assert!(running.stop().success());
}

#[test]
fn shares_come_and_go_while_others_work() {
    let (home, running, mut connection, tree) = started("");
    std::fs::create_dir(home.path("more")).unwrap();
    let more = format!("more={}", shown(&home.path("more")));
    let added = net(&home, &["share", &more, "--remark", "New", "--users", "3"]);
    assert_eq!(out(&added), "more was shared successfully.\n\n", "{}", err(&added));
    let again = net(&home, &["share", &more]);
    assert_eq!(again.status.code(), Some(REFUSED));
    assert!(err(&again).contains("NET HELPMSG 2118"), "{}", err(&again));
    let nowhere = net(&home, &["share", "nowhere=/does/not/exist"]);
    assert!(err(&nowhere).contains("NET HELPMSG 2116"), "{}", err(&nowhere));

    let session = connection.login("ann", "secret").unwrap();
    let new = connection.tree_connect(session, "more").unwrap();
    connection.write_file(new, "a.txt", b"a").unwrap();
    assert!(net(&home, &["share", "more", "--remark", "Newer"]).status.success());
    let shown = listed(&home, "share");
    let share = shown.iter().find(|share| share["name"] == "more").unwrap();
    assert_eq!(
        (&share["remark"], &share["max-users"], &share["users"]),
        (&"Newer".into(), &3.into(), &1.into())
    );
    connection.write_file(new, "b.txt", b"b").unwrap();

    assert!(net(&home, &["share", "more", "--delete"]).status.success());
    assert!(connection.write_file(new, "c.txt", b"c").is_err());
    connection.write_file(tree, "still.txt", b"here").unwrap();
    let gone = net(&home, &["share", "more", "--delete"]);
    assert!(err(&gone).contains("NET HELPMSG 2310"), "{}", err(&gone));
    assert_eq!(net(&home, &["share", "IPC$", "--delete"]).status.code(), Some(REFUSED));
    assert!(running.stop().success());
}

#[test]
fn statistics_and_accounts() {
    let (home, running, mut connection, tree) = started("");
    connection.write_file(tree, "a.txt", b"a").unwrap();
    assert!(connection.login("ann", "wrong").is_err());
    let table = out(&net(&home, &["statistics"]));
    let count =
        |name: &str| table.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert_eq!((count("Sessions accepted"), count("Password violations")), ("1".to_owned(), "1".to_owned()));
    let users = out(&net(&home, &["user"]));
    assert!(users.starts_with("\nUser accounts for \\\\TESTED\n") && users.contains("\nann\n"), "{users}");
    assert!(out(&net(&home, &["user", "ANN"])).contains("Account active     Yes"));
    assert!(out(&net(&home, &["localgroup"])).contains("*Administrators"));
    let none = net(&home, &["user", "nobody"]);
    assert!(err(&none).contains("NET HELPMSG 2221"), "{}", err(&none));
    assert!(running.stop().success());
}

/// Asks as another machine would, over SMB.
fn remote(home: &Home, user: &str, arguments: &[&str]) -> Output {
    let server = home.address.to_string();
    let mut command = crate::support::command();
    command.env("LANWARD_PASSWORD", "secret");
    command.args(["net", "--server", &server, "--user", user]).args(arguments).output().unwrap()
}

#[test]
fn another_server_is_asked_over_smb() {
    let (home, running, mut connection, tree) = started("comment = \"Papers\"\n");
    let config = home.config();
    let admin = ["user", "add", "--admin", "root", "--config", &config, "--password-file", "-"];
    assert!(crate::support::run_with_input(&admin, "secret").status.success());
    open_for_writing(&mut connection, tree);

    let shares = out(&remote(&home, "root", &["share"]));
    assert!(shares.contains("Papers") && shares.contains("IPC$"), "{shares}");
    let view = out(&remote(&home, "ann", &["view"]));
    assert!(view.contains("files") && !view.contains('$'), "{view}");
    let sessions = remote(&home, "root", &["session", "--json"]);
    let sessions: Vec<serde_json::Value> = serde_json::from_slice(&sessions.stdout).unwrap();
    let mut users: Vec<&str> = sessions.iter().map(|session| session["user"].as_str().unwrap()).collect();
    users.sort_unstable();
    assert_eq!(users, ["ann", "root"]);
    let files = remote(&home, "root", &["file", "--json"]);
    let files: Vec<serde_json::Value> = serde_json::from_slice(&files.stdout).unwrap();
    let note = files.iter().find(|file| file["path"].as_str().unwrap().ends_with("note.txt")).unwrap();
    assert_eq!((&note["user"], &note["writes"]), (&"ann".into(), &true.into()));
    let closed = remote(&home, "root", &["file", &note["id"].to_string(), "--close", "--json"]);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&closed.stdout).unwrap()["completed"], true);
    assert!(out(&remote(&home, "root", &["statistics"])).contains("Sessions accepted"));

    let users = remote(&home, "ann", &["user", "--json"]);
    let users: Vec<serde_json::Value> = serde_json::from_slice(&users.stdout).unwrap();
    let seen: Vec<_> = users.iter().map(|user| (&user["name"], &user["administrator"])).collect();
    assert_eq!(seen, [(&"ann".into(), &false.into()), (&"root".into(), &true.into())]);
    let local = net(&home, &["localgroup", "--json"]);
    let there = remote(&home, "ann", &["localgroup", "--json"]);
    assert_eq!(out(&local), out(&there), "the same groups with the same members");
    assert!(out(&remote(&home, "ann", &["user", "root"])).contains("Administrator      Yes"));
    assert!(out(&remote(&home, "ann", &["group"])).contains("None"));

    let computer = sessions[0]["computer"].as_str().unwrap();
    let ended = remote(&home, "root", &["session", computer, "--of", "ann", "--delete", "--yes"]);
    assert!(ended.status.success(), "{}", err(&ended));
    assert!(connection.create(tree, &Create::directory("")).is_err());

    for (user, arguments, message) in [
        ("ann", ["session", "--json"], "System error 5 has occurred."),
        ("nobody", ["session", "--json"], "System error 1326 has occurred."),
        ("root", ["share", "missing"], "NET HELPMSG 2310"),
    ] {
        let refused = remote(&home, user, &arguments);
        assert_eq!(refused.status.code(), Some(REFUSED));
        assert!(err(&refused).contains(message), "{user}: {}", err(&refused));
    }
    assert!(running.stop().success());
}
