//! `lanward probe`: what it says of a server is what the server is configured to be.

use crate::support::{Home, err, free_address, out, run, run_with_input};
use serde_json::Value;

fn probed(home: &Home) -> Value {
    let output = run(&["probe", &home.address.to_string(), "--json"]);
    assert!(output.status.success(), "{}", err(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn dialects(report: &Value) -> Vec<(String, bool, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let each = |d: &Value| (text(&d["name"]), d["served"].as_bool().unwrap(), text(&d["signing"]));
    report["dialects"].as_array().unwrap().iter().map(each).collect()
}

fn findings(report: &Value) -> Vec<String> {
    let each = |f: &Value| f["finding"].as_str().unwrap().to_owned();
    report["findings"].as_array().unwrap().iter().map(each).collect()
}

#[test]
fn a_server_as_it_comes_gives_no_reason_to_complain() {
    let home = Home::new();
    home.add_user("ann", "secret\n");
    let running = home.serve();
    let report = probed(&home);
    for (name, served, signing) in dialects(&report) {
        let expected = ["SMB 3.1.1", "SMB 3.0.2", "SMB 3.0", "SMB 2.1"].contains(&name.as_str());
        assert_eq!((served, signing == "required"), (expected, expected), "{name}");
    }
    assert_eq!((&report["names"]["computer"], &report["smb1"]), (&"TESTED".into(), &Value::Null));
    for visitor in [&report["anonymous"]["session"], &report["guest"]] {
        assert_eq!(visitor["outcome"], "refused", "{visitor}");
    }
    assert_eq!(findings(&report), [""; 0]);

    let address = home.address.to_string();
    let known = run_with_input(&["probe", &address, "--user", "ann", "--password-file", "-"], "secret\n");
    let text = out(&known);
    assert!(text.contains("shares, as told to ann\n") && text.contains("\n  files "), "{text}");
    assert!(text.ends_with("Nothing to complain about.\n"), "{text}");
    assert!(running.stop().success());
}

#[test]
fn what_is_lax_is_told_with_its_remedy() {
    let home = Home::new();
    home.configure(
        "[zone.default]\nmin-dialect = \"2.0.2\"\nmax-dialect = \"3.0\"\nsigning = \"optional\"\nanonymous = true\n\
         restrict-anonymous = 0\nnull-session-pipes = [\"srvsvc\", \"samr\"]\n",
    );
    let running = home.serve();
    let report = probed(&home);
    let served: Vec<String> =
        dialects(&report).into_iter().filter(|(_, served, _)| *served).map(|(name, ..)| name).collect();
    assert_eq!(served, ["SMB 3.0", "SMB 2.1", "SMB 2.0.2"]);
    assert_eq!(report["anonymous"]["pipes"], serde_json::json!(["samr", "srvsvc"]));
    let findings = findings(&report);
    let expected = [
        "Whoever asks is told",
        "Without a password these pipes open: samr",
        "Signing is not required: SMB 3.0",
    ];
    for expected in expected {
        assert!(findings.iter().any(|found| found.starts_with(expected)), "{expected}: {findings:?}");
    }
    assert!(findings.contains(&"The newest dialect is SMB 3.0".to_owned()), "{findings:?}");
    assert!(running.stop().success());
}

#[test]
fn a_server_that_is_not_there_is_not_judged() {
    let output = run(&["probe", &free_address().to_string()]);
    assert_eq!(output.status.code(), Some(69));
    assert!(err(&output).contains("does not answer"), "{}", err(&output));
}
