//! `lanward check` names the file, the line and the remedy.

use crate::support::{err, out, run, shown};
use std::process::Output;

const CONFIG: i32 = 78;

fn check(text: &str) -> (Output, String) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("lanward.toml");
    std::fs::write(&file, text.replace("HOME", shown(home.path()))).unwrap();
    (run(&["check", shown(&file)]), shown(&file).to_owned())
}

#[test]
fn errors_have_a_file_a_line_and_a_remedy() {
    let cases = [
        ("[server]\nname = \"x\"\nthread = 2\n", 3, "did you mean `threads`?"),
        ("[share.a]\npath = \"HOME\"\nread_only = true\n", 3, "did you mean `read-only`?"),
        ("[sever]\n", 1, "did you mean `server`?"),
        ("[zone.default]\nmin-dialect = \"3.0.1\"\n", 2, "did you mean `3.0"),
        ("[zone.default]\nsigning = \"off\"\n", 2, "known here: required, optional"),
        ("\n[share.a]\npath = \"/does/not/exist\"\n", 3, "create it or correct the path"),
        ("[share.a]\npath = \"files\"\n", 2, "begin it with /"),
        ("[share.a]\ncomment = \"no path\"\n", 1, "path"),
        ("[share.a]\npath = \"HOME\"\n[share.A]\npath = \"HOME\"\n", 0, "rename one"),
        ("[share.\"a/b\"]\npath = \"HOME\"\n", 1, "use 1 to 80 characters"),
        ("[share.\"ipc$\"]\npath = \"HOME\"\n", 1, "choose another name"),
        ("[server]\nname = \"much-too-long-a-name\"\n", 2, "use 1 to 15 letters"),
        ("[server]\nlisten = [\"eth0\"]\n", 2, "192.168.1.2:4445"),
        ("[zone.vpn]\nguests = true\n", 1, "`locals`, `interfaces` or `peers`"),
        ("[zone.vpn]\npeers = [\"10.0.0.0/40\"]\n", 2, "192.168.1.0/24"),
        ("[zone.default]\npeers = [\"10.0.0.0/8\"]\n", 1, "leave out `locals`, `interfaces` and `peers`"),
        ("[zone.default]\nmin-dialect = \"3.1.1\"\nmax-dialect = \"2.1\"\n", 1, "exchange them"),
        ("[zone.default]\nencryption = \"required\"\nmax-dialect = \"2.1\"\n", 1, "raise `max-dialect`"),
        ("[share.docs]\npath = \"HOME\"\n[zone.default]\nshares = [\"doc\"]\n", 4, "did you mean `docs`?"),
        ("[limits]\nidle-disconnect = \"15\"\n", 2, "\"15m\""),
        ("[limits]\nconnections = -1\n", 2, ""),
        ("[share.a]\npath = \"HOME\"\nmode = \"dropbox\"\n", 3, "did you mean `drop-box`?"),
        (
            "[share.a]\npath = \"HOME\"\nread-only = true\nmode = \"drop-box\"\n",
            1,
            "take out `read-only` or `mode`",
        ),
        ("[share.a]\npath = \"HOME\"\nveto = [\"a/b\"]\n", 3, "write names without folders"),
        ("[share.a]\npath = \"HOME\"\ntime-machine-quota = \"1G\"\n", 3, "set `time-machine = true`"),
        ("[share.a]\npath = \"HOME\"\nhide = [\"\"]\n", 3, "write names without folders"),
        ("[share.a]\npath = \"HOME\"\n[share.a.recycle]\nmax-size = \"10MB\"\n", 4, "\"100M\""),
        ("[share.a]\npath = \"HOME\"\n[share.a.recycle]\nmax-aeg = \"1d\"\n", 4, "did you mean `max-age`?"),
        ("[interface.vpn]\nnames = [\"ppp*\"]\n", 1, "allow"),
        ("[interface.vpn]\nallow = true\nkinds = [\"pppp\"]\n", 3, "did you mean `ppp`?"),
        ("[interface.vpn]\nallow = true\nservices = [\"smp\"]\n", 3, "did you mean `smb`?"),
        ("[interface.vpn]\nallow = true\nnames = [\"eth0:1\"]\n", 3, "write it as eth0"),
        (
            "[interface.vpn]\nallow = true\nzones = [\"vnp\"]\n[zone.vpn]\nlocals = [\"10.0.0.1\"]\n",
            3,
            "did you mean `vpn`?",
        ),
        (
            "[interface.vpn]\nallow = true\nzones = [\"vpn\"]\n[zone.vpn]\npeers = [\"10.0.0.1\"]\n",
            3,
            "`locals` or `interfaces`",
        ),
        ("[interface.vpn]\nallow = false\npublic = true\n", 1, "take out `public`"),
        ("[server\n", 1, ""),
    ];
    for (text, line, remedy) in cases {
        let (output, file) = check(text);
        let said = err(&output);
        assert_eq!(output.status.code(), Some(CONFIG), "{text}\n{said}");
        let place = if line == 0 { format!("{file}:") } else { format!("{file}:{line}:") };
        assert!(said.contains(&place) && said.contains(remedy), "{text}\nwanted {place} {remedy}\n{said}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let (output, _) = check("[share.a]\npath = \"/does/not/exist\"\n[share.b]\npath = \"relative\"\n");
    let said = err(&output);
    assert!(said.contains(":2:") && said.contains(":4:"), "{said}");
}

#[test]
fn weak_settings_are_warned_of_and_taken() {
    let text = "[zone.default]\nmin-dialect = \"2.0.2\"\nsigning = \"optional\"\nguests = true\nntlmv1 = true\nanonymous = true\n\
                [server]\nlisten = [\"0.0.0.0\"]\n[metrics]\nlisten = \"0.0.0.0:9445\"\n";
    let (output, _) = check(text);
    let said = out(&output);
    assert!(output.status.success(), "{}", err(&output));
    for weakness in
        ["2.0.2", "on the path", "guest", "NTLMv1", "without signing in", "0.0.0.0 can", "0.0.0.0:9445"]
    {
        assert!(said.contains(weakness), "{weakness}\n{said}");
    }
    assert_eq!(said.matches("warning: ").count(), 7, "{said}");
    let (quiet, _) = check("[share.a]\npath = \"HOME\"\n[metrics]\nlisten = \"127.0.0.1:9445\"\n");
    assert!(quiet.status.success() && out(&quiet).ends_with(": good\n") && !out(&quiet).contains("warning"));
}

#[test]
fn rules_about_interfaces_that_do_not_what_they_seem_to_are_warned_of() {
    let text = "[interface.all]\nallow = false\n[interface.late]\nnames = [\"ppp*\"]\nallow = true\n\
                [interface.open]\nallow = true\npublic = true\nservices = [\"smb\"]\n\
                [interface.wan]\naddresses = [\"203.0.113.0/24\"]\nallow = true\n";
    let (output, _) = check(text);
    let said = out(&output);
    assert!(output.status.success(), "{}", err(&output));
    for (weakness, times) in [
        ("is never asked: `all` decides about everything", 3),
        ("networks you may not know", 1),
        ("its addresses are public", 1),
    ] {
        assert_eq!(said.matches(weakness).count(), times, "{weakness}\n{said}");
    }
}

#[test]
fn programs_read_the_verdict() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("lanward.toml");
    std::fs::write(&file, "[share.a]\npth = \"/\"\n").unwrap();
    let output = run(&["check", "--json", shown(&file)]);
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(CONFIG));
    assert_eq!((&verdict["valid"], &verdict["errors"][0]["line"]), (&false.into(), &2.into()));
    let missing = run(&["check", "/does/not/exist.toml"]);
    assert_eq!(missing.status.code(), Some(CONFIG));
    assert!(err(&missing).contains("/does/not/exist.toml: cannot be read"));
}
