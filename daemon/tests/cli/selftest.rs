//! `lanward selftest` against a server of its own.

use crate::support::{Home, err, out, run, run_with_input};
use serde_json::Value;

#[test]
fn a_running_server_stands_the_corpus() {
    let home = Home::new();
    home.add_user("ann", "secret\n");
    let running = home.serve();
    let address = home.address.to_string();
    // Those before a logon alone, and then a part of those behind one.
    let output = run(&["selftest", "--server", &address, "--json"]);
    assert!(output.status.success(), "{}", err(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |verdict: &str| report[verdict].as_u64().unwrap();
    assert_eq!(count("failed"), 0, "{report}");
    assert!(count("passed") > 20 && count("skipped") > 50, "{report}");
    let arguments = ["selftest", "--server", &address, "--only", "create/"];
    let known = ["--user", "ann", "--share", "files", "--password-file", "-"];
    let output = run_with_input(&[&arguments[..], &known[..]].concat(), "secret\n");
    let text = out(&output);
    assert!(output.status.success(), "{text}{}", err(&output));
    assert!(text.contains("pass create/missing") && text.contains(" 0 failed, "), "{text}");
    assert!(running.stop().success());
}

#[test]
fn nobody_elses_server_is_attacked_unasked() {
    let output = run(&["selftest", "--server", "192.0.2.1:445"]);
    assert!(!output.status.success());
    assert!(err(&output).contains("--i-own-this-server"), "{}", err(&output));
}
