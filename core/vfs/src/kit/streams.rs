use super::{contents, create, create_with, make_directory, metadata, names, open, path, try_open};
use crate::{Capabilities, Data, File, FileKind, Intent, NtStatus, OpenedStream, Result, Volume, Wait};
use lanward_nt::{FileAttributes, FileTime, NtPath, NtString};
use std::sync::Arc;

const BOTH: Data = Data::READ.union(Data::WRITE);

fn unable(volume: &dyn Volume) -> bool {
    let able = volume.capabilities().contains(Capabilities::NAMED_STREAMS);
    if !able {
        let file = create(volume, "f").file;
        assert_eq!(stream(&file, "s", Intent::OpenOrCreate).unwrap_err(), NtStatus::NOT_SUPPORTED);
    }
    !able
}

fn stream(file: &Arc<dyn File>, name: &str, intent: Intent) -> Result<OpenedStream> {
    Arc::clone(file).open_stream(&name.into(), intent, BOTH)
}

fn make(file: &Arc<dyn File>, name: &str, data: &[u8]) -> Arc<dyn File> {
    let made = stream(file, name, Intent::Create).expect("a new stream is made");
    assert!(made.created && made.name == NtString::from(name));
    made.file.write(0, data, Wait::Allowed).expect("it can be written");
    made.file
}

fn read(file: &dyn File) -> Vec<u8> {
    let mut data = Vec::new();
    file.read_into(0, 1 << 16, &mut data, Wait::Allowed).expect("it can be read");
    data
}

/// Names and lengths, sorted.
fn list(file: &dyn File) -> Vec<(String, u64)> {
    let streams = file.streams().expect("streams can be listed");
    let mut list: Vec<_> = streams.iter().map(|s| (s.name.to_string_lossy(), s.size)).collect();
    list.sort();
    list
}

fn entry(name: &str, size: u64) -> (String, u64) {
    (name.to_owned(), size)
}

pub(super) fn make_and_find(volume: &dyn Volume) {
    if unable(volume) {
        return;
    }
    let file = create_with(volume, "f", b"data").file;
    assert_eq!(list(&*file), [entry("", 4)]);
    assert_eq!(stream(&file, "One", Intent::Open).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    drop(make(&file, "One", b"first"));
    assert_eq!(stream(&file, "ONE", Intent::Create).unwrap_err(), NtStatus::OBJECT_NAME_COLLISION);
    let found = stream(&file, "oNE", Intent::OpenOrCreate).expect("it is found without regard to case");
    assert!(!found.created && found.name == NtString::from("One"));
    assert_eq!(read(&*found.file), b"first");
    assert_eq!(contents(volume, "f"), b"data", "the file has its own data still");
    let elsewhere = open(volume, "F").expect("it is there").file;
    assert_eq!(list(&*elsewhere), [entry("", 4), entry("One", 5)]);
    found.file.set_end_of_file(2).expect("it can be cut");
    assert_eq!(list(&*elsewhere), [entry("", 4), entry("One", 2)]);
    assert_eq!(list(&*found.file), list(&*file), "a stream lists its file's");
    let root = try_open(volume, &NtPath::root(), Intent::Open, true).expect("the root is there").file;
    assert_eq!(names(&*root), ["f"], "no other name shows");
}

pub(super) fn several(volume: &dyn Volume) {
    if unable(volume) {
        return;
    }
    let file = create(volume, "f").file;
    for number in 0..40 {
        drop(make(&file, &format!("stream {number}"), &vec![1; number]));
    }
    assert_eq!(list(&*file).len(), 41);
    let last = stream(&file, "STREAM 39", Intent::Open).expect("it is there").file;
    assert_eq!(read(&*last), [1; 39]);
    let beyond = 3 << 20;
    last.write(beyond, b"far", Wait::Allowed).expect("it may be large");
    assert_eq!(last.metadata().expect("it is open").end_of_file, beyond + 3);
    assert!(last.metadata().expect("it is open").allocation_size > 0);
}

pub(super) fn of_a_directory(volume: &dyn Volume) {
    if unable(volume) {
        return;
    }
    let directory = make_directory(volume, "d").file;
    assert_eq!(list(&*directory), []);
    let made = make(&directory, "note", b"text");
    assert_eq!(list(&*directory), [entry("note", 4)], "a directory has no data of its own");
    let metadata = made.metadata().expect("it is open");
    assert_eq!((metadata.kind, metadata.end_of_file), (FileKind::File, 4));
    assert!(!metadata.attributes.contains(FileAttributes::DIRECTORY));
    assert_eq!(metadata.number, directory.metadata().expect("it is open").number);
    assert_eq!(names(&*directory), [""; 0]);
    let root = try_open(volume, &NtPath::root(), Intent::Open, true).expect("the root is there").file;
    drop(make(&root, "of the root", b"x"));
    assert_eq!(list(&*root), [entry("of the root", 1)]);
    assert_eq!(names(&*root), ["d"]);
}

/// Everything but data and length is the file's.
pub(super) fn belong_to_the_file(volume: &dyn Volume) {
    if unable(volume) {
        return;
    }
    let file = create_with(volume, "f", b"data").file;
    let made = make(&file, "s", b"stream");
    let (of_file, of_stream) = (file.metadata().expect("it is open"), made.metadata().expect("it is open"));
    assert_eq!((of_file.end_of_file, of_stream.end_of_file), (4, 6));
    assert_eq!(of_file.number, of_stream.number);
    assert_eq!(of_file.creation_time, of_stream.creation_time);
    let set = FileTime(120_000_000_000_000_000);
    let update = crate::BasicUpdate {
        creation_time: Some(set),
        last_write_time: Some(set),
        attributes: Some(FileAttributes::HIDDEN),
        ..crate::BasicUpdate::default()
    };
    made.set_basic(&update).expect("times can be set");
    let now = metadata(volume, "f").expect("it is there");
    assert_eq!((now.creation_time, now.last_write_time), (set, set));
    assert_eq!(now.attributes, FileAttributes::HIDDEN);
    made.write(0, b"x", Wait::Allowed).expect("it can be written");
    let now = metadata(volume, "f").expect("it is there");
    assert!(now.last_write_time > set, "writing a stream is noticed");
    assert_eq!(now.end_of_file, 4);
    if volume.capabilities().contains(Capabilities::EXTENDED_ATTRIBUTES) {
        assert_eq!(file.extended_attributes(), Ok(vec![]), "nothing of the volume's own shows");
    }
}

pub(super) fn go_with_the_file(volume: &dyn Volume) {
    if unable(volume) {
        return;
    }
    let first = create(volume, "f");
    let still = make(&first.file, "s", b"old");
    volume.remove(&path("f"), first.metadata.number).expect("it can be removed");
    assert_eq!(read(&*still), b"old", "a handle outlives its stream");
    assert_eq!(stream(&first.file, "late", Intent::Create).unwrap_err(), NtStatus::FILE_DELETED);
    drop((first, still));
    assert_eq!(list(&*create(volume, "f").file), [entry("", 0)], "a new file has none");
    let new = create_with(volume, "new", b"new");
    drop(make(&new.file, "kept", b"x"));
    drop(make(&open(volume, "f").expect("it is there").file, "lost", b"x"));
    volume.rename(&path("new"), new.metadata.number, &path("f"), true).expect("it is replaced");
    let now = open(volume, "f").expect("it is there").file;
    assert_eq!(list(&*now), [entry("", 3), entry("kept", 1)]);
    let directory = make_directory(volume, "d");
    drop(make(&directory.file, "s", b"x"));
    volume.remove(&path("d"), directory.metadata.number).expect("streams do not make it full");
    assert_eq!(list(&*make_directory(volume, "d").file), []);
}

pub(super) fn follow_the_file(volume: &dyn Volume) {
    if unable(volume) {
        return;
    }
    make_directory(volume, "d");
    let file = create(volume, "f");
    drop(make(&file.file, "s", b"with it"));
    let number = file.metadata.number;
    volume.rename(&path("f"), number, &path("d\\g"), false).expect("it can be renamed");
    let moved = open(volume, "d\\g").expect("it is there").file;
    assert_eq!(read(&*stream(&moved, "s", Intent::Open).expect("it came along").file), b"with it");
    if !volume.capabilities().contains(Capabilities::HARD_LINKS) {
        return;
    }
    volume.link(&path("d\\g"), number, &path("other"), false).expect("it can be linked");
    volume.remove(&path("d\\g"), number).expect("one name can go");
    let other = open(volume, "other").expect("it is there").file;
    assert_eq!(list(&*other), [entry("", 0), entry("s", 7)], "they stay for as long as there is a name");
}

pub(super) fn rename_and_remove(volume: &dyn Volume) {
    if unable(volume) {
        return;
    }
    let file = create(volume, "f").file;
    let (one, two) = (make(&file, "one", b"1"), make(&file, "two", b"22"));
    let name = |s: &str| NtString::from(s);
    assert_eq!(one.rename_stream(&name("one"), &name("TWO"), false), Err(NtStatus::OBJECT_NAME_COLLISION));
    assert_eq!(one.rename_stream(&name("one"), &name("two"), true), Err(NtStatus::INVALID_PARAMETER));
    assert_eq!(one.rename_stream(&name("none"), &name("new"), true), Err(NtStatus::OBJECT_NAME_NOT_FOUND));
    two.set_end_of_file(0).expect("it can be cut");
    one.rename_stream(&name("one"), &name("Two"), true).expect("an empty one is replaced");
    assert_eq!(list(&*file), [entry("", 0), entry("Two", 1)]);
    one.rename_stream(&name("two"), &name("tWO"), false).expect("case can be changed");
    assert_eq!(list(&*file), [entry("", 0), entry("tWO", 1)]);
    assert_eq!(read(&*one), b"1");
    file.remove_stream(&name("TWO")).expect("it can be removed");
    assert_eq!(file.remove_stream(&name("two")), Err(NtStatus::OBJECT_NAME_NOT_FOUND));
    assert_eq!(list(&*file), [entry("", 0)]);
    assert_eq!(read(&*one), b"1", "a handle outlives its stream");
    drop(make(&file, "two", b"new"));
    assert_eq!(list(&*file), [entry("", 0), entry("two", 3)]);
}

pub(super) fn become_the_data(volume: &dyn Volume) {
    if unable(volume) {
        return;
    }
    let file = create_with(volume, "f", b"full").file;
    let made = make(&file, "s", b"stream");
    let rename = || made.rename_stream(&"s".into(), &NtString::default(), true);
    assert_eq!(rename(), Err(NtStatus::INVALID_PARAMETER));
    file.set_end_of_file(0).expect("it can be cut");
    assert_eq!(rename(), Ok(()));
    assert_eq!(list(&*file), [entry("", 6)]);
    assert_eq!(contents(volume, "f"), b"stream");
    made.write(6, b"!", Wait::Allowed).expect("the handle is the data's now");
    assert_eq!(contents(volume, "f"), b"stream!");
    assert_eq!(made.metadata().expect("it is open").end_of_file, 7);
    let directory = make_directory(volume, "d").file;
    let of_directory = make(&directory, "s", b"x");
    assert_eq!(
        of_directory.rename_stream(&"s".into(), &NtString::default(), true),
        Err(NtStatus::INVALID_PARAMETER)
    );
}

pub(super) fn odd_names(volume: &dyn Volume) {
    if unable(volume) {
        return;
    }
    let file = create(volume, "f").file;
    let odd = [".", "..", ".hidden", "?wild*", "\u{5}bell\n", "a.", "b ", "ж\u{1f600}", "|<>\"", "\u{f022}"];
    for name in odd {
        drop(make(&file, name, name.as_bytes()));
    }
    for name in odd {
        let found = stream(&file, name, Intent::Open).expect("it is there");
        assert_eq!((found.name, read(&*found.file)), (name.into(), name.as_bytes().to_vec()));
    }
    assert_eq!(list(&*file).len(), odd.len() + 1);
    let lone = NtString(vec![0xd800, 0x41]);
    let made = Arc::clone(&file).open_stream(&lone, Intent::Create, BOTH).expect("it is made");
    assert_eq!(made.name, lone);
    for bad in ["", "a/b", "a\\b", "a:b", "a\0"] {
        assert_eq!(stream(&file, bad, Intent::Create).unwrap_err(), NtStatus::OBJECT_NAME_INVALID, "{bad:?}");
    }
    assert_eq!(stream(&file, &"n".repeat(256), Intent::Create).unwrap_err(), NtStatus::OBJECT_NAME_INVALID);
}
