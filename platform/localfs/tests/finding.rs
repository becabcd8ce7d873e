//! Names are found without regard to case in one step, and what others change is seen at once.

mod support;

use lanward_localfs::{LocalVolume, Options};
use lanward_vfs::{BasicUpdate, Intent, NtStatus, OpenRequest, Volume as _, Wait, Wanted};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use support::{open, path, request, share};

#[test]
fn changes_from_outside_are_seen() {
    let (root, volume) = share();
    let at = |name: &str| root.path().join(name);
    fs::create_dir(at("Dir")).unwrap();
    assert_eq!(open(&volume, "dir\\FILE", Intent::Open).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    fs::write(at("Dir/File"), b"1").unwrap();
    assert_eq!(open(&volume, "dir\\FILE", Intent::Open).unwrap().path, path("Dir\\File"));
    fs::rename(at("Dir/File"), at("Dir/Other")).unwrap();
    assert_eq!(open(&volume, "dir\\FILE", Intent::Open).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert_eq!(open(&volume, "dir\\OTHER", Intent::Open).unwrap().path, path("Dir\\Other"));
    assert_eq!(open(&volume, "dir\\other", Intent::Create).unwrap_err(), NtStatus::OBJECT_NAME_COLLISION);
    fs::remove_file(at("Dir/Other")).unwrap();
    assert!(open(&volume, "dir\\OTHER", Intent::Create).unwrap().created);
    assert_eq!(volume.scans(), 2, "the root and the folder were read once");
}

#[test]
fn directories_that_move_from_outside_are_followed() {
    let (root, volume) = share();
    let at = |name: &str| root.path().join(name);
    fs::create_dir_all(at("One/Two/Three")).unwrap();
    assert!(open(&volume, "one\\two\\three\\a", Intent::Create).unwrap().created);
    fs::rename(at("One"), at("Uno")).unwrap();
    fs::create_dir_all(at("One/Two/Three")).unwrap();
    assert!(open(&volume, "one\\two\\three\\A", Intent::Create).unwrap().created, "this is a new folder");
    assert!(at("One/Two/Three/A").exists() && at("Uno/Two/Three/a").exists());
    assert_eq!(open(&volume, "uno\\two\\three\\A", Intent::Open).unwrap().path, path("Uno\\Two\\Three\\a"));
    fs::rename(at("Uno/Two"), at("Moved")).unwrap();
    let refused = open(&volume, "uno\\two\\three\\b", Intent::Create).unwrap_err();
    assert_eq!(refused, NtStatus::OBJECT_PATH_NOT_FOUND);
    assert!(open(&volume, "moved\\three\\b", Intent::Create).unwrap().created);
    assert!(at("Moved/Three/b").exists());
    fs::remove_dir_all(at("One")).unwrap();
    assert_eq!(
        open(&volume, "one\\two\\three\\c", Intent::Create).unwrap_err(),
        NtStatus::OBJECT_PATH_NOT_FOUND
    );
    assert_eq!(open(&volume, "one", Intent::Open).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
}

#[test]
fn lost_events_make_everything_forgotten() {
    let (root, volume) = share();
    assert!(open(&volume, "warm", Intent::Create).unwrap().created);
    // More events than the system's default queue holds.
    for n in 0..9000 {
        fs::write(root.path().join(format!("f{n}")), b"").unwrap();
        fs::remove_file(root.path().join(format!("f{n}"))).unwrap();
    }
    fs::write(root.path().join("Last"), b"").unwrap();
    assert_eq!(open(&volume, "LAST", Intent::Create).unwrap_err(), NtStatus::OBJECT_NAME_COLLISION);
    assert_eq!(open(&volume, "F77", Intent::Open).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
}

/// However many names a folder has, making or opening one never reads it again.
#[test]
fn a_large_folder_is_read_once() {
    const MANY: usize = 100_000;
    let (root, volume) = share();
    let folder = root.path().join("Folder");
    fs::create_dir(&folder).unwrap();
    for n in 0..MANY {
        fs::File::create(folder.join(n.to_string())).unwrap();
    }
    let absent = path("folder\\absent");
    let hurried = volume.open(&OpenRequest { wait: Wait::Never, ..request(&absent, Intent::Open) });
    assert_eq!(
        hurried.unwrap_err(),
        NtStatus::CANT_WAIT,
        "reading so many names is no work for a thread in a hurry"
    );
    assert_eq!(open(&volume, "folder\\absent", Intent::Open).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    let before = volume.scans();
    for n in 0..500 {
        let name = path(&format!("FOLDER\\New {n}"));
        let made = volume.open(&OpenRequest { wait: Wait::Never, ..request(&name, Intent::Create) }).unwrap();
        assert_eq!(made.path, path(&format!("Folder\\New {n}")));
        assert!(
            !volume.open(&request(&path(&format!("folder\\nEW {n}")), Intent::OpenOrCreate)).unwrap().created
        );
        assert!(open(&volume, &format!("folder\\missing {n}"), Intent::Open).is_err());
        if n % 2 == 0 {
            volume.remove(&path(&format!("folder\\NEW {n}")), made.metadata.number).unwrap();
        }
    }
    assert_eq!(volume.scans(), before);
}

#[test]
fn two_cases_on_the_disk_are_two_files() {
    let (root, volume) = share();
    fs::write(root.path().join("name"), b"lower").unwrap();
    fs::write(root.path().join("NAME"), b"UPPER!").unwrap();
    assert_eq!(open(&volume, "name", Intent::Open).unwrap().metadata.end_of_file, 5);
    assert_eq!(open(&volume, "NAME", Intent::OpenOrCreate).unwrap().metadata.end_of_file, 6);
    assert!(!open(&volume, "Name", Intent::OpenOrCreate).unwrap().created);
}

#[test]
fn one_name_is_made_once_whatever_its_case() {
    let (root, volume) = share();
    let made: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = ["name", "NAME", "Name", "nAME"]
            .map(|spelled| {
                let volume = &volume;
                scope.spawn(move || {
                    (0..200)
                        .filter(|n| open(volume, &format!("{spelled} {n}"), Intent::Create).is_ok())
                        .count()
                })
            })
            .into_iter()
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(made, 200);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 200);
}

#[test]
fn names_of_any_bytes_are_reached() {
    let (root, volume) = share();
    for bytes in [&b"caf\xe9"[..], b"a:b", b"end.", b"tab\there", b"\xed\xa0\x80", "\u{f022}".as_bytes()] {
        fs::write(root.path().join(OsStr::from_bytes(bytes)), bytes).unwrap();
        let directory = open(&volume, "", Intent::Open).unwrap();
        let mut entries = Vec::new();
        directory.file.list(&Wanted::ALL, 2, &mut entries, Wait::Allowed).unwrap();
        assert_eq!(entries.len(), 1);
        let name = lanward_nt::NtPath::new(entries[0].name.clone()).unwrap();
        let opened = volume.open(&request(&name, Intent::Open)).unwrap();
        let mut data = Vec::new();
        opened.file.read_into(0, 100, &mut data, Wait::Allowed).unwrap();
        assert_eq!(data, bytes);
        volume.remove(&name, opened.metadata.number).unwrap();
    }
    let spelled = path("period.");
    let made = volume.open(&request(&spelled, Intent::Create)).unwrap();
    assert_eq!(made.path, path("period\u{f029}"));
    assert_eq!(volume.open(&request(&spelled, Intent::Open)).unwrap().path, path("period\u{f029}"));
}

#[test]
fn a_read_only_volume_stays_as_it_is() {
    let root = tempfile::TempDir::new().unwrap();
    fs::write(root.path().join("f"), b"data").unwrap();
    let volume = LocalVolume::open(root.path(), Options { read_only: true, ..Options::default() }).unwrap();
    let opened = open(&volume, "F", Intent::Open).unwrap();
    let number = opened.metadata.number;
    let refused = NtStatus::MEDIA_WRITE_PROTECTED;
    assert_eq!(opened.file.set_basic(&BasicUpdate::default()), Err(refused));
    assert_eq!(open(&volume, "new", Intent::Create).unwrap_err(), refused);
    assert_eq!(volume.rename(&path("f"), number, &path("g"), false), Err(refused));
    assert_eq!(volume.link(&path("f"), number, &path("g"), false), Err(refused));
    assert_eq!(volume.remove(&path("f"), number), Err(refused));
    assert_eq!(fs::read(root.path().join("f")).unwrap(), b"data");
}
