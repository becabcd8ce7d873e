//! Every example configuration is good, once its folders are there.

use crate::support::{err, run, shown};
use std::path::Path;

#[test]
fn every_example_is_good() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut count = 0;
    for entry in std::fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let home = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let folders = text.split("path = \"/srv/").skip(1).filter_map(|rest| rest.split('"').next());
        for folder in folders {
            std::fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        let copy = home.path().join("lanward.toml");
        std::fs::write(&copy, text.replace("\"/srv/", &format!("\"{}/", shown(home.path())))).unwrap();
        let output = run(&["check", shown(&copy)]);
        assert!(output.status.success(), "{}: {}", path.display(), err(&output));
        count += 1;
    }
    assert!(count >= 4, "only {count} examples");
}
