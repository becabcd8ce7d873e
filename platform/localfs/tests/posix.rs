//! Names, modes and links as POSIX clients have them.

mod support;

use lanward_vfs::{Data, File, FileKind, Intent, NtStatus, OpenRequest, Opened, Volume, Wait, Wanted};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use support::{open, path, request, share};

fn exactly(volume: &dyn Volume, name: &str, intent: Intent, mode: u16) -> Result<Opened, NtStatus> {
    let path = path(name);
    volume.open(&OpenRequest { posix: Some(mode), data: Data::READ, ..request(&path, intent) })
}

fn make_directory(volume: &dyn Volume, name: &str, mode: u16) -> Opened {
    let path = path(name);
    let request = OpenRequest { posix: Some(mode), make_directory: true, ..request(&path, Intent::Create) };
    volume.open(&request).unwrap()
}

fn names(directory: &dyn File) -> Vec<(String, FileKind)> {
    let mut entries = Vec::new();
    directory.rewind().unwrap();
    while directory.list(&Wanted::ALL, 100, &mut entries, Wait::Allowed).unwrap() {}
    let mut names: Vec<_> = entries.iter().map(|e| (e.name.to_string_lossy(), e.metadata.kind)).collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    names
}

#[test]
fn names_that_differ_in_case_are_told_apart() {
    let (_root, volume) = share();
    let (lower, upper) = (
        exactly(&*volume, "a", Intent::Create, 0o644).unwrap(),
        exactly(&*volume, "A", Intent::Create, 0o644).unwrap(),
    );
    assert_ne!(lower.metadata.number, upper.metadata.number);
    assert_eq!(exactly(&*volume, "a", Intent::Open, 0).unwrap().metadata.number, lower.metadata.number);
    assert_eq!(exactly(&*volume, "a", Intent::Create, 0).unwrap_err(), NtStatus::OBJECT_NAME_COLLISION);
    volume.remove(&path("a"), lower.metadata.number).unwrap();
    assert_eq!(exactly(&*volume, "a", Intent::Open, 0).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    make_directory(&*volume, "dir", 0o755);
    assert_eq!(exactly(&*volume, "DIR\\f", Intent::Create, 0).unwrap_err(), NtStatus::OBJECT_PATH_NOT_FOUND);
    assert_eq!(exactly(&*volume, "DIR\\f", Intent::Open, 0).unwrap_err(), NtStatus::OBJECT_PATH_NOT_FOUND);
    assert_eq!(exactly(&*volume, "dir\\f", Intent::Open, 0).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert!(exactly(&*volume, "dir\\f", Intent::OpenOrCreate, 0o644).unwrap().created);
    assert!(!exactly(&*volume, "dir\\f", Intent::OpenOrCreate, 0o644).unwrap().created);
}

#[test]
fn no_short_name_finds_anything() {
    let (_root, volume) = share();
    exactly(&*volume, "a long name.text", Intent::Create, 0o644).unwrap();
    let short = lanward_nt::ShortName::beside(path("a long name.text").file_name());
    let short = lanward_nt::NtString::from(short).to_string_lossy();
    assert!(open(&volume, &short, Intent::Open).is_ok(), "{short} finds it otherwise");
    assert_eq!(exactly(&*volume, &short, Intent::Open, 0).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
}

#[test]
fn names_are_given_exactly() {
    let (_root, volume) = share();
    let one = exactly(&*volume, "one", Intent::Create, 0o644).unwrap().metadata.number;
    let upper = exactly(&*volume, "TWO", Intent::Create, 0o644).unwrap().metadata.number;
    assert_eq!(volume.rename_exactly(&path("one"), one, &path("two"), true), Ok(path("two")));
    assert_eq!(exactly(&*volume, "TWO", Intent::Open, 0).unwrap().metadata.number, upper, "it stays");
    let refused = volume.rename_exactly(&path("two"), one, &path("TWO"), false);
    assert_eq!(refused, Err(NtStatus::OBJECT_NAME_COLLISION));
    volume.rename_exactly(&path("two"), one, &path("TWO"), true).unwrap();
    assert_eq!(exactly(&*volume, "TWO", Intent::Open, 0).unwrap().metadata.number, one, "it is replaced");
    volume.link_exactly(&path("TWO"), one, &path("two")).unwrap();
    assert_eq!(exactly(&*volume, "two", Intent::Open, 0).unwrap().metadata.link_count, 2);
    let again = volume.link_exactly(&path("TWO"), one, &path("two"));
    assert_eq!(again, Err(NtStatus::OBJECT_NAME_COLLISION));
    volume.rename_exactly(&path("TWO"), one, &path("two"), true).unwrap();
    assert!(exactly(&*volume, "TWO", Intent::Open, 0).is_ok(), "onto itself is nothing");
}

#[test]
fn directories_replace_empty_ones_only() {
    let (_root, volume) = share();
    let moved = make_directory(&*volume, "moved", 0o755).metadata.number;
    make_directory(&*volume, "empty", 0o755);
    make_directory(&*volume, "full", 0o755);
    exactly(&*volume, "full\\f", Intent::Create, 0o644).unwrap();
    let file = exactly(&*volume, "file", Intent::Create, 0o644).unwrap().metadata.number;
    let onto = |name: &str| volume.rename_exactly(&path("moved"), moved, &path(name), true);
    assert_eq!(onto("full"), Err(NtStatus::OBJECT_NAME_COLLISION));
    assert_eq!(onto("file"), Err(NtStatus::NOT_A_DIRECTORY));
    let file_onto = volume.rename_exactly(&path("file"), file, &path("empty"), true);
    assert_eq!(file_onto, Err(NtStatus::FILE_IS_A_DIRECTORY));
    assert_eq!(onto("empty"), Ok(path("empty")));
}

#[test]
fn no_link_is_followed() {
    let (root, volume) = share();
    make_directory(&*volume, "dir", 0o755);
    exactly(&*volume, "dir\\f", Intent::Create, 0o644).unwrap();
    symlink("dir", root.path().join("link")).unwrap();
    symlink("/nowhere", root.path().join("out")).unwrap();
    for name in ["link\\f", "out\\f", "link\\new"] {
        for intent in [Intent::Open, Intent::OpenOrCreate, Intent::Create] {
            let refused = exactly(&*volume, name, intent, 0o644).unwrap_err();
            assert_eq!(refused, NtStatus::STOPPED_ON_SYMLINK, "{name} {intent:?}");
        }
    }
    for name in ["link", "out"] {
        let opened = exactly(&*volume, name, Intent::Open, 0).unwrap();
        assert_eq!((opened.metadata.kind, opened.metadata.posix.mode >> 12), (FileKind::Symlink, 0o12));
        assert!(opened.file.reparse_point().unwrap().is_some());
    }
    let root_directory = exactly(&*volume, "", Intent::Open, 0).unwrap();
    let kinds = names(&*root_directory.file);
    assert_eq!(kinds[1..], [("link".into(), FileKind::Symlink), ("out".into(), FileKind::Symlink)]);
    let out = exactly(&*volume, "out", Intent::Open, 0).unwrap().metadata.number;
    volume.remove(&path("out"), out).unwrap();
    assert!(!root.path().join("out").is_symlink());
}

#[test]
fn no_spelling_leads_into_the_depot() {
    let (_root, volume) = share();
    for name in [".lanward", ".LANWARD", ".lanward\\f"] {
        let refused = exactly(&*volume, name, Intent::OpenOrCreate, 0o644).unwrap_err();
        assert_eq!(refused, NtStatus::OBJECT_NAME_INVALID, "{name}");
    }
    let number = exactly(&*volume, "f", Intent::Create, 0o644).unwrap().metadata.number;
    assert!(volume.rename_exactly(&path("f"), number, &path(".Lanward"), true).is_err());
    assert!(volume.link_exactly(&path("f"), number, &path(".lanward\\f")).is_err());
}

#[test]
fn a_mode_is_shown_and_costs_the_server_nothing() {
    let (root, volume) = share();
    let made = exactly(&*volume, "f", Intent::Create, 0o100_444).unwrap();
    assert_eq!(made.metadata.posix.mode, 0o100_444);
    let real = || fs::metadata(root.path().join("f")).unwrap().permissions().mode() & 0o7777;
    assert_eq!(real() & 0o600, 0o600, "the server keeps its rights");
    made.file.set_mode(0o000).unwrap();
    assert_eq!(made.file.metadata().unwrap().posix.permissions(), 0);
    let again = exactly(&*volume, "f", Intent::Open, 0).unwrap();
    assert_eq!(again.metadata.posix.permissions(), 0);
    assert_eq!(names(&*exactly(&*volume, "", Intent::Open, 0).unwrap().file).len(), 1);
    made.file.set_mode(0o6755).unwrap();
    assert_eq!(made.file.metadata().unwrap().posix.permissions(), 0o755, "nobody is lent an identity");
    assert_eq!(real() & 0o6000, 0);
    fs::set_permissions(root.path().join("f"), fs::Permissions::from_mode(0o640)).unwrap();
    let told = made.file.metadata().unwrap().posix.permissions();
    assert_eq!(told, 0o640, "what is set on this machine counts from then on");
    let directory = make_directory(&*volume, "d", 0o1700);
    assert_eq!(directory.metadata.posix.mode, 0o041_700);
    let state = directory.metadata.posix;
    assert_eq!(directory.file.set_owner(Some(state.owner), Some(state.group)), Ok(()));
    let other = Some(state.owner.wrapping_add(1));
    assert_eq!(directory.file.set_owner(other, None), Err(NtStatus::PRIVILEGE_NOT_HELD));
}

#[test]
fn a_mode_stays_beside_a_descriptor_and_attributes() {
    let (_root, volume) = share();
    let name = path("f");
    let made = volume
        .open(&OpenRequest {
            posix: Some(0o751),
            security: Some(&[1, 2, 3]),
            attributes: lanward_nt::FileAttributes::HIDDEN,
            ..request(&name, Intent::Create)
        })
        .unwrap();
    assert!(made.metadata.secured && made.metadata.posix.permissions() == 0o751);
    assert!(made.metadata.attributes.contains(lanward_nt::FileAttributes::HIDDEN));
    made.file.set_security(&[4, 5]).unwrap();
    let update = lanward_vfs::BasicUpdate {
        attributes: Some(lanward_nt::FileAttributes::SYSTEM),
        ..Default::default()
    };
    made.file.set_basic(&update).unwrap();
    let now = made.file.metadata().unwrap();
    assert!(now.secured && now.posix.permissions() == 0o751, "{now:?}");
}
