//! 8.3 names ([MS-FSA] 2.1.5.1, [MS-FSCC] 2.1.5.2.1): whatever a client is shown opens, renames and deletes the file it was shown for, where
//! several long names would have the same one too.

use lanward_client::smb1::{self, Form, Login};
use lanward_client::{Create, Options};
use lanward_nt::{AccessMask, NtString, ShortName};
use lanward_smb1::{AccessMode, Command, Dialect};
use lanward_testsuite::{ALICE, Plan, Site};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

fn short(name: &str) -> String {
    NtString::from(ShortName::of(NtString::from(name).units())).to_string_lossy()
}

/// Names of which many want another's 8.3 name, or have it for their own.
fn pool() -> Vec<String> {
    let mut seen = HashMap::new();
    let twice = (0..40_000).filter_map(|n| {
        let name = format!("same beginning {n}.text");
        seen.insert(short(&name), name.clone()).map(|first| [short(&name), first, name])
    });
    let mut names: Vec<String> = twice.flatten().collect();
    names.extend(
        ["PLAIN.TXT", "something else.doc", ".hidden", "a b", "SAME BEGINNING 0.TEXT"].map(Into::into),
    );
    names
}

fn site(root: &Path) -> Site {
    let plan = Plan::default().directory("disk", root).unwrap();
    plan.smb1().zone(|zone| (zone.plaintext, zone.min_dialect) = (true, 0)).start().unwrap()
}

fn old(site: &Site, dialect: Dialect) -> (smb1::Connection, smb1::Tree) {
    let mut c = site.connect_smb1(smb1::Options::only(dialect)).unwrap();
    let session = c.login_with(&Login::user(ALICE.0, ALICE.1, Form::Plaintext)).unwrap();
    let tree = c.tree_connect(&session, "disk").unwrap();
    (c, tree)
}

/// The files a search shows.
fn shown(c: &mut smb1::Connection, tree: smb1::Tree) -> Vec<String> {
    let entries = c.search(tree, "\\D\\????????.???").unwrap();
    entries.into_iter().filter(|e| e.attributes & 0x10 == 0).map(|e| e.name).collect()
}

#[test]
fn what_an_old_client_is_shown_it_can_open_rename_and_delete() {
    let root = tempfile::tempdir().unwrap();
    let site = site(root.path());
    let folder = root.path().join("D");
    let pool = pool();
    let names = proptest::sample::subsequence(pool.clone(), 0..=pool.len());
    let mut runner = TestRunner::new(ProptestConfig { cases: 24, ..ProptestConfig::default() });
    let outcome = runner.run(&names, |names| {
        let (mut c, tree) = old(&site, Dialect::LanMan1);
        fs::create_dir(&folder).unwrap();
        for name in &names {
            fs::write(folder.join(name), name).unwrap();
        }
        let mut left = names.len();
        while left > 0 {
            let shown = shown(&mut c, tree);
            // Nobody's name stays hidden for good: there is a first of those who want one.
            prop_assert!(!shown.is_empty() && shown.len() <= left);
            let mut opened = BTreeMap::new();
            for name in &shown {
                let (file, _) = c.core_open(tree, &format!("\\D\\{name}"), AccessMode::READ).unwrap();
                let long = String::from_utf8(c.core_read(file, 0, 100).unwrap()).unwrap();
                c.close(file).unwrap();
                prop_assert_eq!(short(&long), name.as_str());
                prop_assert!(opened.insert(long, name).is_none(), "{} was shown twice", name);
            }
            for (turn, (long, name)) in opened.iter().enumerate() {
                let mut name = format!("\\D\\{name}");
                if turn % 2 == 0 {
                    c.rename(tree, &name, "\\D\\RENAMED.OUT").unwrap();
                    name = "\\D\\RENAMED.OUT".into();
                }
                c.delete(tree, &name).unwrap();
                prop_assert!(!folder.join(long).exists(), "{} is there", long);
                left -= 1;
            }
            prop_assert_eq!(fs::read_dir(&folder).unwrap().count(), left);
        }
        c.on_path(tree, Command::DELETE_DIRECTORY, "\\D").unwrap();
        Ok(())
    });
    outcome.unwrap();
}

/// The same name is shown to those who are shown both, and what has none says so.
#[test]
fn listings_of_every_age_agree() {
    let root = tempfile::tempdir().unwrap();
    let site = site(root.path());
    let folder = root.path().join("D");
    fs::create_dir(&folder).unwrap();
    for name in pool() {
        fs::write(folder.join(&name), &name).unwrap();
    }
    let (mut c, tree) = old(&site, Dialect::LanMan1);
    let shown = shown(&mut c, tree);

    let mut c = site.connect_smb1(smb1::Options::only(Dialect::NtLm)).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(&session, "disk").unwrap();
    let entries = c.list(tree, "\\D\\*").unwrap();
    let files = entries.iter().filter(|e| e.attributes & 0x10 == 0);
    let mut listed: Vec<_> = files.filter(|e| !e.short_name.is_empty() || e.name == short(&e.name)).collect();
    assert_eq!(listed.len(), shown.len());
    listed.retain(|e| !e.short_name.is_empty());
    assert!(listed.len() < pool().len() - 20, "some have none");
    for entry in listed {
        assert!(shown.contains(&entry.short_name));
        let read = c.read_file(tree, &format!("\\D\\{}", entry.short_name)).unwrap();
        assert_eq!(read, entry.name.as_bytes());
        let alone = c.list(tree, &format!("\\D\\{}", entry.name)).unwrap();
        assert_eq!(alone[0].short_name, entry.short_name);
    }

    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(session, "disk").unwrap();
    let folder = c.create(tree, &Create::open("D", AccessMask::GENERIC_READ)).unwrap().file;
    let newest = c.list(folder, "*").unwrap();
    for entry in entries {
        let same = newest.iter().find(|e| e.name == NtString::from(&*entry.name)).unwrap();
        assert_eq!(same.short_name.to_string_lossy(), entry.short_name, "{}", entry.name);
    }
}
