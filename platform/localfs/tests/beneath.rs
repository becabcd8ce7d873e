//! Nothing outside the share is reached, whatever links there are and whoever moves them meanwhile.

mod support;

use lanward_nt::NtPath;
use lanward_vfs::{Data, FileKind, Intent, NtStatus, OpenRequest, Volume as _, Wait, Wanted};
use std::fs;
use std::os::unix::fs::symlink;
use support::{open, path, request, share};
use tempfile::TempDir;

/// A folder beside the share with a secret in it.
fn outside() -> TempDir {
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("secret"), b"secret").unwrap();
    outside
}

#[test]
fn links_that_lead_out_are_not_followed() {
    let (root, volume) = share();
    let outside = outside();
    let up = format!("../{}", outside.path().file_name().unwrap().to_str().unwrap());
    symlink(outside.path(), root.path().join("absolute")).unwrap();
    symlink(&up, root.path().join("relative")).unwrap();
    symlink("/proc/self/root", root.path().join("magic")).unwrap();
    symlink(outside.path().join("secret"), root.path().join("file")).unwrap();
    for name in [
        "absolute\\secret",
        "ABSOLUTE\\secret",
        "relative\\secret",
        "Relative\\SECRET",
        "magic\\etc",
        "file",
        "FILE",
    ] {
        for intent in [Intent::Open, Intent::OpenOrCreate] {
            assert_eq!(open(&volume, name, intent).unwrap_err(), NtStatus::STOPPED_ON_SYMLINK, "{name}");
        }
        assert_eq!(
            volume.lookup(&path(name), Wait::Allowed).unwrap_err(),
            NtStatus::STOPPED_ON_SYMLINK,
            "{name}"
        );
    }
    for name in ["absolute\\new", "relative\\new"] {
        assert_eq!(open(&volume, name, Intent::Create).unwrap_err(), NtStatus::STOPPED_ON_SYMLINK, "{name}");
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "nothing was made outside");
    let listed = open(&volume, "", Intent::Open).unwrap();
    let mut entries = Vec::new();
    listed.file.list(&Wanted::ALL, 100, &mut entries, Wait::Allowed).unwrap();
    assert!(entries.is_empty(), "such links are not shown: {entries:?}");
}

#[test]
fn nothing_is_moved_out() {
    let (root, volume) = share();
    let outside = outside();
    symlink(outside.path(), root.path().join("out")).unwrap();
    let made = open(&volume, "mine", Intent::Create).unwrap();
    let number = made.metadata.number;
    assert!(volume.rename(&path("mine"), number, &path("out\\mine"), false).is_err());
    assert!(volume.link(&path("mine"), number, &path("out\\mine"), false).is_err());
    assert!(volume.remove(&path("out\\secret"), number).is_err());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn links_that_stay_inside_are_followed() {
    let (root, volume) = share();
    fs::create_dir_all(root.path().join("real/deep")).unwrap();
    fs::write(root.path().join("real/deep/File"), b"data").unwrap();
    symlink("../real/deep", root.path().join("real/Link")).unwrap();
    symlink("Link/File", root.path().join("real/toFile")).unwrap();
    for name in ["real\\Link\\File", "REAL\\link\\FILE", "real\\TOFILE"] {
        let opened = open(&volume, name, Intent::Open).unwrap();
        assert_eq!((opened.metadata.kind, opened.metadata.end_of_file), (FileKind::File, 4), "{name}");
    }
    let made = open(&volume, "real\\LINK\\new", Intent::Create).unwrap();
    assert_eq!(made.path, path("real\\Link\\new"));
    assert!(root.path().join("real/deep/new").exists());
    assert_eq!(
        open(&volume, "real\\link\\NEW", Intent::Create).unwrap_err(),
        NtStatus::OBJECT_NAME_COLLISION
    );
    let directory = open(&volume, "real", Intent::Open).unwrap();
    let mut entries = Vec::new();
    directory.file.list(&Wanted::ALL, 100, &mut entries, Wait::Allowed).unwrap();
    let kind = |name: &str| entries.iter().find(|e| e.name == name.into()).map(|e| e.metadata.kind);
    assert_eq!((kind("Link"), kind("toFile")), (Some(FileKind::Directory), Some(FileKind::File)));
    // A link goes itself, by its own number or by that of what it leads to.
    let number = open(&volume, "real\\toFile", Intent::Open).unwrap().metadata.number;
    volume.remove(&path("real\\tofile"), number).unwrap();
    assert!(root.path().join("real/deep/File").exists());
}

#[test]
fn a_link_itself_can_be_opened() {
    let (root, volume) = share();
    symlink("nowhere", root.path().join("dangling")).unwrap();
    let name = path("DANGLING");
    assert_eq!(volume.open(&request(&name, Intent::Open)).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert_eq!(volume.open(&request(&name, Intent::OpenOrCreate)).unwrap_err(), NtStatus::ACCESS_DENIED);
    assert_eq!(volume.open(&request(&name, Intent::Create)).unwrap_err(), NtStatus::OBJECT_NAME_COLLISION);
    let itself = volume.open(&OpenRequest { no_follow: true, ..request(&name, Intent::Open) }).unwrap();
    assert_eq!(itself.metadata.kind, FileKind::Symlink);
    assert_eq!(itself.file.read(0, &mut [0; 4], Wait::Allowed), Err(NtStatus::ACCESS_DENIED));
    volume.remove(&name, itself.metadata.number).unwrap();
    assert!(root.path().join("dangling").symlink_metadata().is_err());
}

#[test]
fn devices_and_fifos_are_seen_and_not_used() {
    let (root, volume) = share();
    let fifo = root.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    for data in [Data::empty(), Data::READ, Data::WRITE, Data::READ | Data::WRITE] {
        let name = path("fifo");
        let opened = volume.open(&OpenRequest { data, ..request(&name, Intent::Open) }).unwrap();
        assert_eq!(opened.metadata.kind, FileKind::Special);
        assert_eq!(opened.file.write(0, b"x", Wait::Allowed), Err(NtStatus::ACCESS_DENIED));
    }
}

/// A folder and a link that leads out change places all the time; what is read is the folder's or nothing.
#[test]
fn swapping_a_folder_for_a_link_wins_nothing() {
    let (root, volume) = share();
    let outside = outside();
    let at = |name: &str| root.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    fs::write(at("folder/secret"), b"public").unwrap();
    symlink(outside.path(), at("link")).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            for _ in 0..4000 {
                renameat_with(CWD, at("folder"), CWD, at("link"), RenameFlags::EXCHANGE).unwrap();
            }
        });
        let name = NtPath::new("FOLDER\\Secret".into()).unwrap();
        for n in 0..2000 {
            let intent = if n % 2 == 0 { Intent::Open } else { Intent::OpenOrCreate };
            if let Ok(opened) = volume.open(&request(&name, intent)) {
                let mut data = Vec::new();
                opened.file.read_into(0, 10, &mut data, Wait::Allowed).unwrap();
                assert_eq!(data, b"public");
            }
            let new = path(&format!("folder\\new {n}"));
            let _ = volume.open(&request(&new, Intent::Create));
        }
    });
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "nothing was made outside");
}
