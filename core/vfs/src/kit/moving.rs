use super::{contents, create, create_with, make_directory, metadata, names, open, path, try_open};
use crate::{Capabilities, FileNumber, Intent, NtStatus, Volume};
use lanward_nt::NtPath;

fn all(volume: &dyn Volume) -> Vec<String> {
    names(&*try_open(volume, &NtPath::root(), Intent::Open, true).expect("the root is there").file)
}

pub(super) fn rename(volume: &dyn Volume) {
    make_directory(volume, "From");
    make_directory(volume, "To");
    let file = create_with(volume, "From\\File", b"moved");
    let number = file.metadata.number;
    let now =
        volume.rename(&path("from\\FILE"), number, &path("TO\\Renamed"), false).expect("it can be renamed");
    assert_eq!(now, path("To\\Renamed"));
    assert_eq!(open(volume, "From\\File").unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert_eq!(contents(volume, "to\\renamed"), b"moved");
    assert_eq!(metadata(volume, "To\\Renamed").expect("it is there").number, number);
    let to = metadata(volume, "To").expect("it is there").number;
    volume.rename(&path("To"), to, &path("From\\Sub"), false).expect("a directory can be renamed");
    assert_eq!(contents(volume, "From\\Sub\\Renamed"), b"moved");
    assert_eq!(open(volume, "To\\Renamed").unwrap_err(), NtStatus::OBJECT_PATH_NOT_FOUND);
    let nowhere = volume.rename(&path("From\\Sub\\Renamed"), number, &path("No\\x"), false).unwrap_err();
    assert_eq!(nowhere, NtStatus::OBJECT_PATH_NOT_FOUND);
}

pub(super) fn rename_case_only(volume: &dyn Volume) {
    let number = create_with(volume, "readme", b"text").metadata.number;
    let now = volume.rename(&path("readme"), number, &path("ReadMe"), false).expect("case can be changed");
    assert_eq!(now, path("ReadMe"));
    assert_eq!(all(volume), ["ReadMe"]);
    volume.rename(&path("README"), number, &path("ReadMe"), false).expect("to its own name is nothing");
    assert_eq!(all(volume), ["ReadMe"]);
    assert_eq!(contents(volume, "readme"), b"text");
    let directory = make_directory(volume, "dir").metadata.number;
    volume.rename(&path("dir"), directory, &path("DIR"), true).expect("case can be changed");
    assert_eq!(all(volume), ["DIR", "ReadMe"]);
}

pub(super) fn rename_replaces(volume: &dyn Volume) {
    let new = create_with(volume, "new", b"new").metadata.number;
    create_with(volume, "Old", b"old");
    let refused = volume.rename(&path("new"), new, &path("old"), false).unwrap_err();
    assert_eq!(refused, NtStatus::OBJECT_NAME_COLLISION);
    assert_eq!(all(volume), ["Old", "new"]);
    let open_still = open(volume, "Old").expect("it is there");
    let now = volume.rename(&path("new"), new, &path("OLD"), true).expect("it is replaced");
    assert_eq!(now, path("OLD"));
    assert_eq!(all(volume), ["OLD"], "the case asked for, and one name");
    assert_eq!(contents(volume, "old"), b"new");
    let mut data = Vec::new();
    open_still.file.read_into(0, 10, &mut data, crate::Wait::Allowed).expect("a handle outlives the name");
    assert_eq!(data, b"old");
}

pub(super) fn rename_onto_directory(volume: &dyn Volume) {
    let file = create(volume, "file").metadata.number;
    let one = make_directory(volume, "one").metadata.number;
    make_directory(volume, "two");
    for (name, number) in [("file", file), ("one", one)] {
        let refused = volume.rename(&path(name), number, &path("TWO"), true).unwrap_err();
        assert_eq!(refused, NtStatus::ACCESS_DENIED, "{name}");
        let refused = volume.rename(&path(name), number, &path("TWO"), false).unwrap_err();
        assert_eq!(refused, NtStatus::OBJECT_NAME_COLLISION, "{name}");
    }
    assert_eq!(all(volume), ["file", "one", "two"]);
}

pub(super) fn rename_directory_into_itself(volume: &dyn Volume) {
    let number = make_directory(volume, "outer").metadata.number;
    make_directory(volume, "outer\\inner");
    for to in ["outer\\moved", "outer\\inner\\moved"] {
        assert!(volume.rename(&path("outer"), number, &path(to), false).is_err(), "{to}");
    }
    assert!(metadata(volume, "outer\\inner").is_ok());
}

pub(super) fn rename_checks_number(volume: &dyn Volume) {
    let first = create(volume, "first").metadata.number;
    create(volume, "second");
    let refused = volume.rename(&path("second"), first, &path("third"), false).unwrap_err();
    assert_eq!(refused, NtStatus::OBJECT_NAME_NOT_FOUND);
    assert_eq!(volume.remove(&path("second"), first).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    let unknown = FileNumber { device: u64::MAX, inode: u64::MAX };
    assert_eq!(volume.remove(&path("first"), unknown).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert_eq!(all(volume), ["first", "second"]);
}

pub(super) fn link(volume: &dyn Volume) {
    if !volume.capabilities().contains(Capabilities::HARD_LINKS) {
        return;
    }
    let file = create_with(volume, "one", b"shared");
    let number = file.metadata.number;
    volume.link(&path("ONE"), number, &path("Two"), false).expect("it can be linked");
    assert_eq!(file.file.metadata().expect("it is open").link_count, 2);
    assert_eq!(metadata(volume, "two").expect("it is there").number, number);
    file.file.write(0, b"S", crate::Wait::Allowed).expect("it can be written");
    assert_eq!(contents(volume, "two"), b"Shared");
    create_with(volume, "three", b"gone");
    let refused = volume.link(&path("one"), number, &path("THREE"), false).unwrap_err();
    assert_eq!(refused, NtStatus::OBJECT_NAME_COLLISION);
    volume.link(&path("one"), number, &path("THREE"), true).expect("it is replaced");
    assert_eq!(all(volume), ["THREE", "Two", "one"]);
    assert_eq!(contents(volume, "three"), b"Shared");
    let directory = make_directory(volume, "dir").metadata.number;
    let refused = volume.link(&path("dir"), directory, &path("dir2"), false).unwrap_err();
    assert_eq!(refused, NtStatus::FILE_IS_A_DIRECTORY);
    volume.remove(&path("one"), number).expect("one name can go");
    assert_eq!(file.file.metadata().expect("it is open").link_count, 2);
    assert_eq!(contents(volume, "two"), b"Shared");
}

/// [MS-FSA] 2.1.5.15.12, TargetExistsSameFile: the source's name goes, replacing or not.
pub(super) fn link_then_rename_onto_itself(volume: &dyn Volume) {
    if !volume.capabilities().contains(Capabilities::HARD_LINKS) {
        return;
    }
    let number = create_with(volume, "one", b"1").metadata.number;
    volume.link(&path("one"), number, &path("two"), false).expect("it can be linked");
    volume.rename(&path("one"), number, &path("TWO"), true).expect("onto another name of its own");
    assert_eq!(all(volume), ["TWO"]);
    assert_eq!(metadata(volume, "two").expect("it is there").link_count, 1);
}

pub(super) fn remove(volume: &dyn Volume) {
    let file = create_with(volume, "File", b"data");
    volume.remove(&path("FILE"), file.metadata.number).expect("it can be removed");
    assert_eq!(open(volume, "File").unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    let mut data = Vec::new();
    file.file.read_into(0, 10, &mut data, crate::Wait::Allowed).expect("a handle outlives the name");
    assert_eq!(data, b"data");
    let again = create(volume, "file");
    assert!(again.metadata.number != file.metadata.number);
    assert_eq!(all(volume), ["file"]);
    let number = again.metadata.number;
    assert_eq!(volume.remove(&path("nothing"), number).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert_eq!(volume.remove(&path("no\\nothing"), number).unwrap_err(), NtStatus::OBJECT_PATH_NOT_FOUND);
    assert!(volume.remove(&NtPath::root(), number).is_err());
}

pub(super) fn remove_directory(volume: &dyn Volume) {
    let number = make_directory(volume, "dir").metadata.number;
    let inner = create(volume, "dir\\inner").metadata.number;
    assert_eq!(volume.remove(&path("DIR"), number).unwrap_err(), NtStatus::DIRECTORY_NOT_EMPTY);
    volume.remove(&path("DIR\\INNER"), inner).expect("it can be removed");
    volume.remove(&path("DIR"), number).expect("an empty directory can be removed");
    assert!(all(volume).is_empty());
    make_directory(volume, "Dir");
    create(volume, "DIR\\new");
    assert_eq!(all(volume), ["Dir"]);
}
