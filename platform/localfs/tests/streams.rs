//! Named streams as the disk has them.

mod support;

use lanward_localfs::LocalVolume;
use lanward_nt::NtString;
use lanward_vfs::{Data, DirectoryEntry, File, Intent, NtStatus, Volume as _, Wait, Wanted};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use support::{open, path, share};
use tempfile::TempDir;

fn make(file: &Arc<dyn File>, name: &str, data: &[u8]) -> Arc<dyn File> {
    let both = Data::READ | Data::WRITE;
    let made = Arc::clone(file).open_stream(&name.into(), Intent::Create, both).unwrap();
    made.file.write(0, data, Wait::Allowed).unwrap();
    made.file
}

fn count(file: &dyn File) -> usize {
    file.streams().unwrap().iter().filter(|s| !s.name.units().is_empty()).count()
}

fn folders(root: &TempDir) -> Vec<PathBuf> {
    let Ok(list) = std::fs::read_dir(root.path().join(".lanward/streams")) else { return Vec::new() };
    list.map(|e| e.unwrap().path()).collect()
}

fn root_names(volume: &LocalVolume) -> Vec<String> {
    let root = open(volume, "", Intent::Open).unwrap().file;
    let mut entries: Vec<DirectoryEntry> = Vec::new();
    while root.list(&Wanted::ALL, 100, &mut entries, Wait::Allowed).unwrap() {}
    entries.iter().map(|e| e.name.to_string_lossy()).collect()
}

fn can(volume: &LocalVolume) -> bool {
    volume.capabilities().contains(lanward_vfs::Capabilities::NAMED_STREAMS)
}

#[test]
fn a_volume_without_streams_has_no_depot() {
    let (root, volume) = share();
    let made = open(&volume, "f", Intent::Create).unwrap();
    assert_eq!(count(&*made.file), 0);
    assert!(!made.file.may_have_streams());
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn no_way_leads_into_the_depot() {
    let (root, volume) = share();
    if !can(&volume) {
        return;
    }
    let made = open(&volume, "f", Intent::Create).unwrap();
    drop(make(&made.file, "s", b"secret"));
    let folder = folders(&root).pop().unwrap();
    let id = folder.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(std::fs::read(folder.join("s")).unwrap(), b"secret");
    assert_eq!(root_names(&volume), ["f"]);
    let inside = format!(".lanward\\streams\\{id}\\s");
    for name in [".lanward", ".LANWARD", ".lanward\\streams", &inside, ".Lanward\\new"] {
        assert_eq!(open(&volume, name, Intent::Open).unwrap_err(), NtStatus::OBJECT_NAME_INVALID, "{name}");
        assert!(open(&volume, name, Intent::OpenOrCreate).is_err(), "{name}");
    }
    let number = made.metadata.number;
    let into = volume.rename(&path("f"), number, &path(".lanward\\f"), false);
    assert_eq!(into, Err(NtStatus::OBJECT_NAME_INVALID));
    std::os::unix::fs::symlink(".lanward", root.path().join("way")).unwrap();
    std::os::unix::fs::symlink(folder.join("s"), root.path().join("far")).unwrap();
    std::os::unix::fs::symlink(format!(".lanward/streams/{id}/s"), root.path().join("near")).unwrap();
    std::fs::hard_link(folder.join("s"), root.path().join("hard")).unwrap();
    for name in ["way", "way\\streams", &format!("way\\streams\\{id}\\s"), "near", "hard"] {
        assert_eq!(open(&volume, name, Intent::Open).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND, "{name}");
    }
    assert!(open(&volume, "far", Intent::Open).is_err());
    assert_eq!(root_names(&volume), ["f"]);
}

#[test]
fn short_names_do_not_lead_there_either() {
    let (_root, volume) = share();
    if !can(&volume) {
        return;
    }
    drop(make(&open(&volume, "f", Intent::Create).unwrap().file, "s", b"x"));
    let short: NtString = lanward_nt::ShortName::of(NtString::from(".lanward").units()).into();
    let short = short.to_string_lossy();
    assert_eq!(open(&volume, &short, Intent::Open).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert!(open(&volume, &format!("{short}\\new"), Intent::Create).is_err());
}

#[test]
fn a_copied_attribute_brings_no_streams() {
    let (root, volume) = share();
    if !can(&volume) {
        return;
    }
    drop(make(&open(&volume, "f", Intent::Create).unwrap().file, "s", b"mine"));
    let at = |name: &str| root.path().join(name);
    if !copy(&at("f"), &at("copy")) {
        return;
    }
    let copied = open(&volume, "copy", Intent::Open).unwrap();
    assert_eq!(count(&*copied.file), 0);
    drop(make(&copied.file, "s", b"its own"));
    let original = open(&volume, "f", Intent::Open).unwrap();
    let read = |file: &Arc<dyn File>| {
        let stream = Arc::clone(file).open_stream(&"s".into(), Intent::Open, Data::READ).unwrap();
        let mut data = Vec::new();
        stream.file.read_into(0, 100, &mut data, Wait::Allowed).unwrap();
        data
    };
    assert_eq!((read(&original.file), read(&copied.file)), (b"mine".to_vec(), b"its own".to_vec()));
    volume.remove(&path("copy"), copied.metadata.number).unwrap();
    assert_eq!(read(&original.file), b"mine", "removing the copy leaves the original's alone");
    assert_eq!(folders(&root).len(), 1);
}

/// Whether a copy with its attributes could be made.
fn copy(from: &Path, to: &Path) -> bool {
    Command::new("cp").args(["-a"]).arg(from).arg(to).status().is_ok_and(|s| s.success())
}

#[test]
fn nothing_is_left_of_what_is_removed() {
    let (root, volume) = share();
    if !can(&volume) {
        return;
    }
    let made = open(&volume, "f", Intent::Create).unwrap();
    for name in ["a", "b", "c"] {
        drop(make(&made.file, name, b"x"));
    }
    assert_eq!(folders(&root).len(), 1);
    made.file.remove_stream(&"a".into()).unwrap();
    assert_eq!(count(&*made.file), 2);
    volume.remove(&path("f"), made.metadata.number).unwrap();
    assert!(folders(&root).is_empty());
}

#[test]
fn streams_outlive_the_volume_and_renames_from_outside() {
    let (root, volume) = share();
    if !can(&volume) {
        return;
    }
    drop(make(&open(&volume, "f", Intent::Create).unwrap().file, "s", b"x"));
    drop(volume);
    std::fs::create_dir(root.path().join("d")).unwrap();
    std::fs::rename(root.path().join("f"), root.path().join("d/g")).unwrap();
    let volume = LocalVolume::open(root.path(), lanward_localfs::Options::default()).unwrap();
    let found = open(&volume, "d\\g", Intent::Open).unwrap();
    assert!(found.file.may_have_streams());
    assert_eq!(count(&*found.file), 1);
}

#[test]
fn a_depot_that_was_taken_away_is_made_again() {
    let (root, volume) = share();
    if !can(&volume) {
        return;
    }
    let file = open(&volume, "f", Intent::Create).unwrap().file;
    drop(make(&file, "s", b"x"));
    std::fs::remove_dir_all(root.path().join(".lanward")).unwrap();
    assert_eq!(count(&*file), 0);
    drop(make(&file, "s", b"x"));
    assert_eq!(count(&*file), 1);
    assert_eq!(folders(&root).len(), 1);
}

#[test]
fn a_share_of_a_folder_above_leads_into_no_depot() {
    let (root, outer) = share();
    std::fs::create_dir(root.path().join("inner")).unwrap();
    let inner = LocalVolume::open(&root.path().join("inner"), lanward_localfs::Options::default()).unwrap();
    if !can(&inner) {
        return;
    }
    let made = open(&inner, "f", Intent::Create).unwrap();
    drop(make(&made.file, "s", b"secret"));
    let depot = root.path().join("inner/.lanward");
    let folder = std::fs::read_dir(depot.join("streams")).unwrap().next().unwrap().unwrap().path();
    let id = folder.file_name().unwrap().to_str().unwrap();
    let short = lanward_nt::ShortName::of(NtString::from(".lanward").units());
    let short = NtString::from(short).to_string_lossy();
    drop(open(&outer, "file", Intent::Create).unwrap());
    let number = open(&outer, "file", Intent::Open).unwrap().metadata.number;
    for above in [".lanward", ".LANWARD", &short] {
        for beneath in [r"inner\ABOVE\new".to_owned(), format!(r"inner\ABOVE\streams\{id}\new")] {
            let to = beneath.replace("ABOVE", above);
            assert!(open(&outer, &to, Intent::Create).is_err(), "{to}");
            assert!(outer.link(&path("file"), number, &path(&to), false).is_err(), "{to}");
            assert!(outer.rename(&path("file"), number, &path(&to), false).is_err(), "{to}");
        }
    }
    assert!(outer.lookup(&path("file"), Wait::Allowed).is_ok());
    assert_eq!(count(&*made.file), 1);
}
