//! A volume on behalf of users of this machine. Needs to be able to become them.

use lanward_localfs::{LocalVolume, Options};
use lanward_nt::{FileAttributes, NtPath, NtStatus};
use lanward_vfs::{
    Capabilities, Data, ExtendedAttribute, Intent, OpenRequest, Opened, Permitted, Result, UnixUser, Volume,
    Wait, Wanted, kit,
};
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const ANN: u32 = 61_001;
const BOB: u32 = 61_002;
const STAFF: u32 = 61_100;

fn user(number: u32, groups: &[u32]) -> Arc<UnixUser> {
    let groups = groups.to_vec();
    Arc::new(UnixUser { user: number, group: number, groups, file_mask: 0o664, directory_mask: 0o775 })
}

/// A share everybody may make files in, and what Ann and Bob have of it.
struct Place {
    root: TempDir,
    ann: Arc<dyn Volume>,
    bob: Arc<dyn Volume>,
}

impl Place {
    fn new() -> Option<Self> {
        let missing = lanward_sys::missing_capabilities().unwrap();
        if !missing.is_empty() {
            println!("skipped: acting as others needs {}", missing.join(", "));
            return None;
        }
        rustix::process::umask(rustix::fs::Mode::empty());
        let root = TempDir::new().unwrap();
        std::fs::set_permissions(root.path(), Permissions::from_mode(0o777)).unwrap();
        let volume =
            LocalVolume::open(root.path(), Options { real_modes: true, ..Options::default() }).unwrap();
        let ann = volume.acting_as(&user(ANN, &[STAFF])).unwrap();
        let bob = volume.acting_as(&user(BOB, &[])).unwrap();
        Some(Self { root, ann, bob })
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.root.path().join(name)
    }

    fn file(&self, name: &str, owner: (u32, u32), mode: u32) {
        std::fs::write(self.at(name), b"data").unwrap();
        self.own(name, owner, mode);
    }

    fn directory(&self, name: &str, owner: (u32, u32), mode: u32) {
        std::fs::create_dir(self.at(name)).unwrap();
        self.own(name, owner, mode);
    }

    fn own(&self, name: &str, owner: (u32, u32), mode: u32) {
        chown(self.at(name), Some(owner.0), Some(owner.1)).unwrap();
        std::fs::set_permissions(self.at(name), Permissions::from_mode(mode)).unwrap();
    }

    fn ids(&self, name: &str) -> (u32, u32, u32) {
        let state = std::fs::symlink_metadata(self.at(name)).unwrap();
        (state.uid(), state.gid(), state.mode() & 0o7777)
    }
}

fn path(text: &str) -> NtPath {
    NtPath::new(text.into()).unwrap()
}

fn request(path: &NtPath, intent: Intent) -> OpenRequest<'_> {
    OpenRequest {
        path,
        intent,
        data: Data::READ,
        make_directory: false,
        attributes: FileAttributes::empty(),
        security: None,
        mode: None,
        no_follow: false,
        posix: None,
        wait: Wait::Allowed,
    }
}

fn open(volume: &Arc<dyn Volume>, name: &str, intent: Intent, data: Data) -> Result<Opened> {
    volume.open(&OpenRequest { data, ..request(&path(name), intent) })
}

fn make_directory(volume: &Arc<dyn Volume>, name: &str) -> Result<Opened> {
    volume.open(&OpenRequest { make_directory: true, ..request(&path(name), Intent::Create) })
}

fn may(volume: &Arc<dyn Volume>, name: &str) -> Permitted {
    let opened = open(volume, name, Intent::Open, Data::empty()).unwrap();
    volume.permits(&opened.path, &*opened.file).unwrap().unwrap()
}

fn names(opened: &Opened) -> Vec<String> {
    let mut entries = Vec::new();
    while opened.file.list(&Wanted::ALL, 100, &mut entries, Wait::Allowed).unwrap() {}
    entries.iter().map(|e| e.name.to_string_lossy()).collect()
}

#[test]
fn it_passes_the_kit() {
    let Some(_) = Place::new() else { return };
    for parent in [std::env::temp_dir().as_path(), Path::new("/dev/shm")].into_iter().filter(|p| p.is_dir()) {
        for (name, check) in kit::CHECKS {
            println!("{name}");
            let root = TempDir::new_in(parent).unwrap();
            chown(root.path(), Some(ANN), Some(ANN)).unwrap();
            let volume =
                LocalVolume::open(root.path(), Options { real_modes: true, ..Options::default() }).unwrap();
            check(&*volume.acting_as(&user(ANN, &[])).unwrap());
            assert!(!lanward_sys::is_acting());
        }
    }
}

#[test]
fn what_is_made_is_the_makers() {
    let Some(place) = Place::new() else { return };
    open(&place.ann, "file", Intent::Create, Data::WRITE).unwrap();
    make_directory(&place.bob, "folder").unwrap();
    assert_eq!(place.ids("file"), (ANN, ANN, 0o664));
    assert_eq!(place.ids("folder"), (BOB, BOB, 0o775));
    let asked = path("asked");
    place.ann.open(&OpenRequest { mode: Some(0o7777), ..request(&asked, Intent::Create) }).unwrap();
    assert_eq!(place.ids("asked").2, 0o664, "no more than the mask");
    place.directory("shared", (BOB, STAFF), 0o2775);
    open(&place.ann, "shared\\report", Intent::Create, Data::WRITE).unwrap();
    assert_eq!(place.ids("shared/report"), (ANN, STAFF, 0o664), "the folder hands its group down");
    make_directory(&place.ann, "shared\\deeper").unwrap();
    assert_eq!(place.ids("shared/deeper"), (ANN, STAFF, 0o2775));
}

#[test]
fn the_system_decides_what_may_be_read_and_written() {
    let Some(place) = Place::new() else { return };
    place.file("secret", (ANN, ANN), 0o600);
    place.file("group", (0, STAFF), 0o060);
    place.file("all", (ANN, ANN), 0o644);
    let refused = |outcome: Result<Opened>| outcome.err() == Some(NtStatus::ACCESS_DENIED);
    for name in ["secret", "group"] {
        assert!(open(&place.ann, name, Intent::Open, Data::READ | Data::WRITE).is_ok(), "{name}");
        assert!(refused(open(&place.bob, name, Intent::Open, Data::READ)), "{name}");
        assert!(refused(open(&place.bob, name, Intent::OpenOrCreate, Data::WRITE)), "{name}");
        assert!(open(&place.bob, name, Intent::Open, Data::empty()).is_ok(), "that it is there is no secret");
    }
    assert!(refused(open(&place.bob, "all", Intent::Open, Data::WRITE)));
    let own = Permitted::READ | Permitted::WRITE | Permitted::OWNED | Permitted::REMOVE;
    assert_eq!(may(&place.ann, "secret"), own);
    assert_eq!(may(&place.bob, "secret"), Permitted::REMOVE);
    assert_eq!(may(&place.ann, "group"), Permitted::READ | Permitted::WRITE | Permitted::REMOVE);
    assert_eq!(may(&place.bob, "all"), Permitted::READ | Permitted::REMOVE);
    let file = open(&place.bob, "all", Intent::Open, Data::READ).unwrap().file;
    let attribute = ExtendedAttribute { flags: 0, name: b"x".to_vec(), value: vec![1] };
    if place.bob.capabilities().contains(Capabilities::EXTENDED_ATTRIBUTES) {
        assert_eq!(file.set_extended_attribute(&attribute), Err(NtStatus::ACCESS_DENIED));
        assert!(file.extended_attributes().unwrap().is_empty());
    }
    assert_eq!(file.set_mode(0o666), Err(NtStatus::ACCESS_DENIED));
    assert_eq!(file.set_owner(Some(BOB), None), Err(NtStatus::PRIVILEGE_NOT_HELD));
    assert_eq!(file.set_owner(None, Some(BOB)), Err(NtStatus::PRIVILEGE_NOT_HELD));
    let own = open(&place.ann, "all", Intent::Open, Data::empty()).unwrap().file;
    own.set_owner(None, Some(STAFF)).unwrap();
    own.set_mode(0o640).unwrap();
    assert_eq!(place.ids("all"), (ANN, STAFF, 0o640));
    assert_eq!(own.set_owner(Some(BOB), None), Err(NtStatus::PRIVILEGE_NOT_HELD), "nobody gives files away");
}

#[test]
fn what_others_found_is_no_way_in() {
    let Some(place) = Place::new() else { return };
    place.directory("private", (ANN, ANN), 0o700);
    place.directory("private/open", (ANN, ANN), 0o777);
    place.file("private/open/File", (ANN, ANN), 0o666);
    // Ann makes all of it known.
    assert!(open(&place.ann, "private\\open\\file", Intent::Open, Data::READ).is_ok());
    assert!(open(&place.ann, "private\\open\\mine", Intent::OpenOrCreate, Data::READ).is_ok());
    for name in
        ["private\\open\\file", "private\\open\\FILE", "private\\open\\none", "private\\open\\none\\x"]
    {
        for intent in [Intent::Open, Intent::Create, Intent::OpenOrCreate] {
            let outcome = open(&place.bob, name, intent, Data::READ);
            assert_eq!(outcome.err(), Some(NtStatus::ACCESS_DENIED), "{name} {intent:?}");
        }
        assert_eq!(place.bob.lookup(&path(name), Wait::Allowed).err(), Some(NtStatus::ACCESS_DENIED));
    }
    let number = place.ann.lookup(&path("private\\open\\File"), Wait::Allowed).unwrap().1.number;
    let (there, out) = (path("private\\open\\File"), path("out"));
    let denied = Err(NtStatus::ACCESS_DENIED);
    assert_eq!(place.bob.remove(&there, number), denied);
    assert_eq!(place.bob.rename(&there, number, &out, false).map(|_| ()), denied);
    assert_eq!(place.bob.link(&there, number, &out, false), denied);
    place.file("bobs", (BOB, BOB), 0o644);
    let bobs = place.bob.lookup(&path("bobs"), Wait::Allowed).unwrap().1.number;
    assert_eq!(place.bob.rename(&path("bobs"), bobs, &path("private\\open\\x"), false).map(|_| ()), denied);
    assert_eq!(place.bob.link(&path("bobs"), bobs, &path("private\\open\\x"), false), denied);
    assert!(place.at("private/open/File").exists() && place.at("bobs").exists());
}

#[test]
fn a_folder_that_may_not_be_searched_tells_nothing() {
    let Some(place) = Place::new() else { return };
    place.directory("listed", (ANN, ANN), 0o744);
    place.file("listed/there", (ANN, ANN), 0o666);
    assert!(open(&place.ann, "listed\\THERE", Intent::OpenOrCreate, Data::READ).is_ok());
    for name in ["there", "THERE", "none"] {
        let outcome = open(&place.bob, &format!("listed\\{name}"), Intent::Create, Data::WRITE);
        assert_eq!(outcome.err(), Some(NtStatus::ACCESS_DENIED), "{name}");
    }
    // It may be read, but what is in it may not be looked at.
    let listed = open(&place.bob, "listed", Intent::Open, Data::READ).unwrap();
    assert_eq!(names(&listed), Vec::<String>::new());
    place.directory("closed", (ANN, ANN), 0o711);
    place.file("closed/there", (ANN, ANN), 0o644);
    assert_eq!(open(&place.bob, "closed", Intent::Open, Data::READ).err(), Some(NtStatus::ACCESS_DENIED));
    assert!(open(&place.bob, "closed\\there", Intent::Open, Data::READ).is_ok());
    // Bob was the first to look there: that does not count for Ann.
    assert!(open(&place.ann, "closed\\THERE", Intent::Open, Data::READ).is_ok());
}

#[test]
fn names_in_sticky_folders_are_their_owners() {
    let Some(place) = Place::new() else { return };
    place.directory("tmp", (0, 0), 0o1777);
    place.file("tmp/anns", (ANN, ANN), 0o666);
    let there = path("tmp\\anns");
    assert!(!may(&place.bob, "tmp\\anns").contains(Permitted::REMOVE));
    assert!(may(&place.ann, "tmp\\anns").contains(Permitted::REMOVE));
    assert!(!may(&place.bob, "tmp").contains(Permitted::REMOVE_BENEATH));
    let number = place.ann.lookup(&there, Wait::Allowed).unwrap().1.number;
    assert_eq!(place.bob.remove(&there, number), Err(NtStatus::ACCESS_DENIED));
    let moved = place.bob.rename(&there, number, &path("tmp\\bobs"), false);
    assert_eq!(moved.err(), Some(NtStatus::ACCESS_DENIED));
    place.file("tmp/bobs", (BOB, BOB), 0o666);
    let bobs = place.bob.lookup(&path("tmp\\bobs"), Wait::Allowed).unwrap().1.number;
    let replaced = place.bob.rename(&path("tmp\\bobs"), bobs, &there, true);
    assert_eq!(replaced.err(), Some(NtStatus::ACCESS_DENIED));
    place.ann.remove(&there, number).unwrap();
}

#[test]
fn streams_go_by_the_permissions_of_their_file() {
    let Some(place) = Place::new() else { return };
    if !place.ann.capabilities().contains(Capabilities::NAMED_STREAMS) {
        return;
    }
    place.file("file", (ANN, ANN), 0o644);
    let stream = |volume: &Arc<dyn Volume>, intent, data| {
        let file = open(volume, "file", Intent::Open, Data::empty()).unwrap().file;
        file.open_stream(&"s".into(), intent, data)
    };
    let denied = Some(NtStatus::ACCESS_DENIED);
    assert_eq!(stream(&place.bob, Intent::OpenOrCreate, Data::WRITE).err(), denied);
    let made = stream(&place.ann, Intent::Create, Data::WRITE).unwrap();
    made.file.write(0, b"stream", Wait::Allowed).unwrap();
    let read = stream(&place.bob, Intent::Open, Data::READ).unwrap();
    let mut bytes = [0; 6];
    assert_eq!(read.file.read(0, &mut bytes, Wait::Allowed), Ok(6));
    assert_eq!(read.file.permitted().unwrap().unwrap(), Permitted::READ);
    assert_eq!(stream(&place.bob, Intent::Open, Data::WRITE).err(), denied);
    assert_eq!(read.file.remove_stream(&"s".into()).err(), denied);
    assert_eq!(read.file.rename_stream(&"s".into(), &"t".into(), false).err(), denied);
    let seen = |volume: &Arc<dyn Volume>| {
        let file = open(volume, "file", Intent::Open, Data::empty()).unwrap().file;
        (file.streams().map(|streams| streams.len()), file.object_id().map(|id| id.is_some()))
    };
    // Who overwrites a file removes its streams, and reads nothing for that.
    for mode in [0o644, 0o622] {
        place.own("file", (ANN, ANN), mode);
        assert_eq!(seen(&place.bob), (Ok(2), Ok(false)), "{mode:o}");
    }
    place.own("file", (ANN, ANN), 0o600);
    assert_eq!(stream(&place.bob, Intent::Open, Data::READ).err(), denied);
    assert_eq!(seen(&place.bob), (Err(NtStatus::ACCESS_DENIED), Err(NtStatus::ACCESS_DENIED)));
    assert_eq!(seen(&place.ann).0, Ok(2));
    let depot = place.ids(".lanward");
    assert_eq!((depot.0, depot.2), (0, 0o700), "nobody looks into it from elsewhere");
    assert_eq!(
        open(&place.ann, ".lanward", Intent::Open, Data::empty()).err(),
        Some(NtStatus::OBJECT_NAME_INVALID)
    );
}

#[test]
fn nobody_gets_anothers_streams_by_naming_them() {
    let Some(place) = Place::new() else { return };
    if !place.ann.capabilities().contains(Capabilities::NAMED_STREAMS) {
        return;
    }
    place.file("anns", (ANN, ANN), 0o644);
    place.file("bobs", (BOB, BOB), 0o644);
    let file = |volume: &Arc<dyn Volume>, name| open(volume, name, Intent::Open, Data::empty()).unwrap().file;
    file(&place.ann, "anns").open_stream(&"s".into(), Intent::Create, Data::WRITE).unwrap();
    // On the machine itself Bob reads where Ann's streams are, and writes it to a file of his.
    let mut value = [0; 25];
    let name = c"user.lanward.streams";
    rustix::fs::getxattr(place.at("anns"), name, &mut value).unwrap();
    value[17..].copy_from_slice(&std::fs::metadata(place.at("bobs")).unwrap().ino().to_le_bytes());
    rustix::fs::setxattr(place.at("bobs"), name, &value, rustix::fs::XattrFlags::empty()).unwrap();
    let forged = file(&place.bob, "bobs");
    assert_eq!(forged.streams().unwrap().len(), 1, "the data alone");
    let opened = Arc::clone(&forged).open_stream(&"s".into(), Intent::Open, Data::READ);
    assert_eq!(opened.err(), Some(NtStatus::OBJECT_NAME_NOT_FOUND));
    let number = forged.metadata().unwrap().number;
    place.bob.remove(&path("bobs"), number).unwrap();
    assert_eq!(file(&place.ann, "anns").streams().unwrap().len(), 2, "they are still there");
}

#[test]
fn attributes_and_descriptors_are_kept_where_the_user_may_not_write() {
    let Some(place) = Place::new() else { return };
    if !place.ann.capabilities().contains(Capabilities::SECURITY) {
        return;
    }
    place.file("file", (ANN, ANN), 0o400);
    let file = open(&place.ann, "file", Intent::Open, Data::empty()).unwrap().file;
    let update = lanward_vfs::BasicUpdate {
        attributes: Some(FileAttributes::HIDDEN),
        ..lanward_vfs::BasicUpdate::default()
    };
    file.set_basic(&update).unwrap();
    file.set_security(b"descriptor").unwrap();
    // Bob may read none of it, and it counts for him all the same.
    let seen = open(&place.bob, "file", Intent::Open, Data::empty()).unwrap();
    assert!(seen.metadata.secured && seen.metadata.attributes.contains(FileAttributes::HIDDEN));
    assert_eq!(seen.file.security().unwrap().as_deref(), Some(&b"descriptor"[..]));
    let root = open(&place.bob, "", Intent::Open, Data::READ).unwrap();
    let mut entries = Vec::new();
    while root.file.list(&Wanted::ALL, 100, &mut entries, Wait::Allowed).unwrap() {}
    assert!(entries.iter().any(|e| e.metadata.secured));
}

#[test]
fn users_take_turns_on_one_thread() {
    let Some(place) = Place::new() else { return };
    place.file("anns", (ANN, ANN), 0o600);
    place.file("bobs", (BOB, BOB), 0o600);
    for round in 0..300 {
        for (volume, other, own) in [(&place.ann, "bobs", "anns"), (&place.bob, "anns", "bobs")] {
            assert!(open(volume, own, Intent::Open, Data::READ).is_ok(), "{round}");
            assert!(open(volume, other, Intent::Open, Data::READ).is_err(), "{round}");
            assert!(!lanward_sys::is_acting());
        }
    }
    assert!(std::fs::File::open(place.at("anns")).is_ok(), "the thread is itself again");
}

#[test]
fn a_folder_is_made_that_its_maker_cannot_list() {
    let Some(p) = Place::new() else { return };
    let name = path("closed");
    let request = OpenRequest { make_directory: true, posix: Some(0o300), ..request(&name, Intent::Create) };
    assert!(p.ann.open(&request).unwrap().created);
    assert_eq!(p.ids("closed"), (ANN, ANN, 0o300));
}
