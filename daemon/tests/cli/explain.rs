//! `lanward explain-access`.

use crate::support::{Home, err, out, run};
use lanward_client::{Connection, Create, Options};
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, Sid};
use lanward_smb2::messages::SecurityInformation;
use lanward_wire::Encode as _;

fn explain(home: &Home, user: &str, path: &str) -> serde_json::Value {
    let output = run(&["explain-access", "--config", &home.config(), "--json", user, path]);
    assert!(output.status.success(), "{}", err(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn list(value: &serde_json::Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

#[test]
fn every_check_is_told_as_it_is_decided() {
    let home = Home::new();
    home.add_user("ann", "secret");
    home.add_user("bob", "secret");
    let _running = home.serve();
    let mut c = Connection::connect(home.address, Options::default()).unwrap();
    let session = c.login("ann", "secret").unwrap();
    let tree = c.tree_connect(session, "files").unwrap();
    c.write_file(tree, "letter.txt", b"dear").unwrap();

    let free = explain(&home, "ANN", "files/LETTER.txt");
    let object = &free["places"][0]["object"];
    assert_eq!((&free["user"], &object["descriptor"]), (&"ann".into(), &"none".into()));
    assert_eq!(list(&object["granted"]).len(), 14, "everything a file has");

    let read = AccessMask::FILE_GENERIC_READ;
    let entries = vec![
        Ace::deny(free["sid"].as_str().unwrap().parse().unwrap(), AccessMask::READ_EA, 0),
        Ace::allow(Sid::everyone(), read, 0),
    ];
    let descriptor =
        SecurityDescriptor { dacl: Some(Some(Acl::new(entries))), ..SecurityDescriptor::default() };
    let file = c.create(tree, &Create::open("letter.txt", AccessMask::WRITE_DAC)).unwrap().file;
    if c.set_security(file, SecurityInformation::DACL, &descriptor.to_bytes()).is_err() {
        return; // the file system of the temporary directory keeps no attributes
    }
    let path = home.path("files/letter.txt");
    let ann = explain(&home, "ann", path.to_str().unwrap());
    let object = &ann["places"][0]["object"];
    assert_eq!(object["descriptor"], "stored");
    let first = &object["checks"][0];
    assert_eq!((list(&first["denies"]), &first["applies"]), (vec!["read-ea"], &true.into()));
    assert_eq!(list(&object["by-parent"]), ["delete"]);
    assert_eq!(
        list(&object["granted"]),
        ["read-data", "read-attributes", "delete", "read-control", "synchronize"]
    );
    let bob = explain(&home, "bob", r"\\tested\files\letter.txt");
    let object = &bob["places"][0]["object"];
    assert_eq!(object["checks"][0]["applies"], false);
    assert!(list(&object["granted"]).contains(&"read-ea"));

    let text = out(&run(&["explain-access", "--config", &home.config(), "ann", "files/letter.txt"]));
    for line in ["takes read-ea", "zone default: shows the share", "the folder it is in gives: delete"] {
        assert!(text.contains(line), "{text}");
    }
    for (user, path, why) in
        [("eve", "files/letter.txt", "no account"), ("ann", "nowhere/x", "no share leads")]
    {
        let refused = run(&["explain-access", "--config", &home.config(), user, path]);
        assert!(!refused.status.success() && err(&refused).contains(why), "{}", err(&refused));
    }
    let gone = explain(&home, "ann", "files/nothing");
    assert!(gone["places"][0]["refused"].is_string() && gone["places"][0]["object"].is_null());
}
