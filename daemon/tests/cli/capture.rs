//! What goes over the wire is written down for administrators, and for nobody else.

use crate::support::{Home, Running, err, run, shown};
use lanward_client::{Connection, Options};
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn frames_and_keys_are_in_files_of_the_administrators_own() {
    let home = Home::new();
    home.add_user("ann", "secret");
    let running = home.serve();
    let (file, keys) = (home.path("x.pcapng"), home.path("x.pcapng.keys"));
    let capture = |file: &std::path::Path| {
        ["capture", "--config", &home.config(), "--size", "1", "--client", "127.0.0.1", shown(file)]
            .map(str::to_owned)
    };
    let words = capture(&file);
    let capturing = Running::start(&words.each_ref().map(String::as_str));
    running.line_with("A capture begins");

    let other = home.path("y.pcapng");
    let words = capture(&other);
    let second = run(&words.each_ref().map(String::as_str));
    assert_eq!(second.status.code(), Some(67), "one at a time: {}", err(&second));
    assert!(!other.exists() && !home.path("y.pcapng.keys").exists(), "nothing is left of it");
    let words = capture(&file);
    assert!(!run(&words.each_ref().map(String::as_str)).status.success(), "a file that is there stays");

    let mut c = Connection::connect(home.address, Options::default()).unwrap();
    let session = c.login("ann", "secret").unwrap();
    let tree = c.tree_connect(session, "files").unwrap();
    c.write_file(tree, "small.txt", b"what was written").unwrap();
    // More than the capture may have.
    c.write_file(tree, "large.txt", &vec![0; 2 << 20]).unwrap();
    capturing.line_with("it is as large as it may be");
    running.line_with("A capture ended");

    let seen = std::fs::read(&file).unwrap();
    assert_eq!(seen[..4], [0x0a, 0x0d, 0x0d, 0x0a], "pcapng");
    assert!(seen.len() < 1 << 20);
    assert!(seen.windows(16).any(|bytes| bytes == b"what was written"), "the frame is there");
    let line = std::fs::read_to_string(&keys).unwrap();
    let fields: Vec<&str> = line.trim_end().split(',').collect();
    let lengths: Vec<_> = fields.iter().map(|field| field.len()).collect();
    assert_eq!(lengths, [16, 0, 32, 32], "{line}");
    for file in [&file, &keys] {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(running.stop().success());
}

#[test]
fn without_a_server_nothing_is_written() {
    let home = Home::new();
    let file = home.path("x.pcapng");
    let refused = run(&["capture", "--config", &home.config(), shown(&file)]);
    assert_eq!(refused.status.code(), Some(69), "{}", err(&refused));
    assert!(!file.exists() && !home.path("x.pcapng.keys").exists());
}
