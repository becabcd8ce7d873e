//! What shares make of their files, over the wire.

use crate::support::refused;
use lanward_client::{Connection, Create, Options, Tree};
use lanward_fsa::{FileRules, FileSystem, NamePatterns, RecycleBin};
use lanward_localfs::LocalVolume;
use lanward_nt::{AccessMask, FileAttributes, NtStatus, NtString, ShortName};
use lanward_server::ShareDefinition;
use lanward_smb2::messages::CreateDisposition;
use lanward_testsuite::{Plan, Site};
use std::path::Path;
use std::sync::Arc;

fn site(folder: &Path, rules: FileRules) -> Site {
    let volume = LocalVolume::open(folder, lanward_localfs::Options::default()).unwrap();
    let share = ShareDefinition::disk("data", FileSystem::new(volume), "data");
    Plan::default().define(ShareDefinition { rules: Arc::new(rules), ..share }).start().unwrap()
}

fn names(c: &mut Connection, tree: Tree, folder: &str) -> Vec<String> {
    let directory = c.create(tree, &Create::directory(folder)).unwrap().file;
    let mut names: Vec<String> =
        c.list(directory, "*").unwrap().into_iter().map(|e| e.name.to_string()).collect();
    names.sort();
    c.close(directory).unwrap();
    names
}

#[test]
fn dot_files_are_hidden_and_vetoed_names_missing() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("bad.exe"), b"x").unwrap();
    std::fs::write(folder.path().join(".profile"), b"x").unwrap();
    let veto = NamePatterns::new(["*.exe"]);
    let site = site(folder.path(), FileRules { hide_dot_files: true, veto, ..FileRules::default() });
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    assert_eq!(names(&mut c, tree, ""), [".", "..", ".profile"]);
    let open = c.create(tree, &Create::open(".profile", AccessMask::READ_ATTRIBUTES)).unwrap();
    let close = c.close_query(open.file).unwrap();
    assert!(close.information.attributes.contains(FileAttributes::HIDDEN));
    assert_eq!(refused(c.read_file(tree, "bad.exe")), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert_eq!(refused(c.write_file(tree, "new.exe", b"x")), NtStatus::ACCESS_DENIED);
    assert!(!folder.path().join("new.exe").exists());
}

#[test]
fn a_drop_box_is_for_bringing_only() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("there"), b"secret").unwrap();
    let site = site(folder.path(), FileRules { drop_box: true, ..FileRules::default() });
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.touch(tree, &Create::new_directory("d")).unwrap();
    let new = Create::new_file("d\\brought").disposition(CreateDisposition::OVERWRITE_IF);
    let file = c.create(tree, &new).unwrap().file;
    c.write(file, 0, b"brought").unwrap();
    assert_eq!(refused(c.read(file, 0, 7)), NtStatus::ACCESS_DENIED);
    c.close(file).unwrap();
    assert_eq!(std::fs::read(folder.path().join("d/brought")).unwrap(), b"brought");
    for name in ["there", "d\\brought"] {
        assert_eq!(refused(c.read_file(tree, name)), NtStatus::ACCESS_DENIED);
        assert_eq!(refused(c.write_file(tree, name, b"other")), NtStatus::ACCESS_DENIED);
        let delete = Create::open(name, AccessMask::DELETE);
        assert_eq!(refused(c.create(tree, &delete)), NtStatus::ACCESS_DENIED);
    }
    assert_eq!(names(&mut c, tree, ""), [".", ".."]);
    assert_eq!(names(&mut c, tree, "d"), [".", ".."]);
    assert_eq!(std::fs::read(folder.path().join("there")).unwrap(), b"secret");
}

#[test]
fn deleted_files_are_in_the_bin() {
    let folder = tempfile::TempDir::new().unwrap();
    let site =
        site(folder.path(), FileRules { recycle: Some(RecycleBin::default()), ..FileRules::default() });
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.touch(tree, &Create::new_directory("d")).unwrap();
    for text in [b"one", b"two"] {
        c.write_file(tree, "d\\f.txt", text).unwrap();
        c.touch(tree, &Create::delete_on_close("d\\f.txt")).unwrap();
    }
    let user = lanward_testsuite::ALICE.0;
    let bin = folder.path().join(".recycle").join(user).join("d");
    assert_eq!(std::fs::read(bin.join("f.txt")).unwrap(), b"one");
    assert_eq!(std::fs::read(bin.join("f (2).txt")).unwrap(), b"two");
    assert_eq!(names(&mut c, tree, "d"), [".", ".."]);
    // Back where it was, as any file.
    let deleted = format!(".recycle\\{user}\\d\\f.txt");
    let file = c.create(tree, &Create::open(&deleted, AccessMask::DELETE)).unwrap().file;
    c.rename(file, "d\\f.txt", false).unwrap();
    c.close(file).unwrap();
    assert_eq!(c.read_file(tree, "d\\f.txt").unwrap(), b"one");
}

#[test]
fn nothing_comes_into_a_vetoed_folder_by_its_short_name() {
    let folder = tempfile::TempDir::new().unwrap();
    let hidden = folder.path().join("secret folder");
    std::fs::create_dir(&hidden).unwrap();
    let veto = NamePatterns::new(["*folder"]);
    let site = site(folder.path(), FileRules { veto, ..FileRules::default() });
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let short = NtString::from(ShortName::of(NtString::from("secret folder").units())).to_string();
    refused(c.write_file(tree, &format!("{short}\\new"), b"x"));
    c.write_file(tree, "mine", b"x").unwrap();
    let rights = AccessMask::DELETE | AccessMask::READ_ATTRIBUTES;
    let file = c.create(tree, &Create::open("mine", rights)).unwrap().file;
    assert_eq!(refused(c.rename(file, &format!("{short}\\moved"), false)), NtStatus::OBJECT_PATH_NOT_FOUND);
    c.close(file).unwrap();
    assert_eq!(std::fs::read_dir(&hidden).unwrap().count(), 0);
    assert!(folder.path().join("mine").exists());
}
