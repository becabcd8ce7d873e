use super::{create, create_with, make_directory, metadata, path};
use crate::{
    BasicUpdate, Capabilities, Data, ExtendedAttribute, File, Intent, NtStatus, OpenRequest, PosixState,
    Volume, Wait,
};
use lanward_nt::{FileAttributes, FileTime};

const DAY: u64 = 864_000_000_000;

pub(super) fn times(volume: &dyn Volume) {
    let made = create(volume, "f");
    let before = made.metadata;
    assert!(before.creation_time.0 > 0 && before.last_write_time.0 > 0 && before.change_time.0 > 0);
    let set = FileTime(120_000_000_000_000_000);
    let update = BasicUpdate {
        last_access_time: Some(FileTime(set.0 + 7)),
        last_write_time: Some(FileTime(set.0 + DAY)),
        ..BasicUpdate::default()
    };
    made.file.set_basic(&update).expect("times can be set");
    let after = metadata(volume, "f").expect("it is there");
    assert_eq!(after.last_access_time, FileTime(set.0 + 7), "to the tick");
    assert_eq!(after.last_write_time, FileTime(set.0 + DAY));
    assert_eq!(after.creation_time, before.creation_time, "what is not given stays");
    assert_eq!(after.attributes, before.attributes);
    if volume.capabilities().contains(Capabilities::DOS_ATTRIBUTES) {
        let update = BasicUpdate { creation_time: Some(set), ..BasicUpdate::default() };
        made.file.set_basic(&update).expect("times can be set");
        let after = metadata(volume, "f").expect("it is there");
        assert_eq!((after.creation_time, after.last_write_time), (set, FileTime(set.0 + DAY)));
        assert_eq!(after.attributes, before.attributes);
    }
    made.file.write(0, b"new", Wait::Allowed).expect("it can be written");
    assert!(
        metadata(volume, "f").expect("it is there").last_write_time > FileTime(set.0 + DAY),
        "writing is noticed"
    );
    let directory = make_directory(volume, "d");
    let update = BasicUpdate { last_write_time: Some(set), ..BasicUpdate::default() };
    directory.file.set_basic(&update).expect("a directory has times too");
    assert_eq!(directory.file.metadata().expect("it is open").last_write_time, set);
}

/// What was set is shown until something changes.
pub(super) fn change_time(volume: &dyn Volume) {
    if !volume.capabilities().contains(Capabilities::DOS_ATTRIBUTES) {
        return;
    }
    let made = create(volume, "f");
    let (set, written) = (FileTime(120_000_000_000_000_000), FileTime(121_000_000_000_000_007));
    let update = BasicUpdate {
        change_time: Some(set),
        last_write_time: Some(written),
        attributes: Some(FileAttributes::HIDDEN),
        ..BasicUpdate::default()
    };
    made.file.set_basic(&update).expect("times can be set");
    let is = metadata(volume, "f").expect("it is there");
    assert_eq!((is.change_time, is.last_write_time), (set, written));
    assert_eq!(made.file.metadata(), Ok(is));
    let update = BasicUpdate { change_time: Some(FileTime(set.0 + 1)), ..BasicUpdate::default() };
    made.file.set_basic(&update).expect("times can be set");
    let is = metadata(volume, "f").expect("it is there");
    assert_eq!((is.change_time, is.last_write_time), (FileTime(set.0 + 1), written));
    assert_eq!(is.attributes, FileAttributes::HIDDEN);
    made.file.write(0, b"new", Wait::Allowed).expect("it can be written");
    assert!(metadata(volume, "f").expect("it is there").change_time > written, "writing is noticed");
    made.file.set_basic(&update).expect("times can be set");
    let update = BasicUpdate { creation_time: Some(set), ..BasicUpdate::default() };
    made.file.set_basic(&update).expect("times can be set");
    let is = metadata(volume, "f").expect("it is there");
    assert!(is.change_time > written && is.creation_time == set, "setting something else is noticed");
    made.file.set_basic(&BasicUpdate { change_time: Some(set), ..update }).expect("times can be set");
    made.file.set_basic(&BasicUpdate::default()).expect("nothing can be set");
    assert!(metadata(volume, "f").expect("it is there").change_time > written, "and so is setting nothing");
}

pub(super) fn sparse_attribute(volume: &dyn Volume) {
    if !volume.capabilities().contains(Capabilities::DOS_ATTRIBUTES | Capabilities::SPARSE_FILES) {
        return;
    }
    let file = create(volume, "f").file;
    let set = |sparse, attributes| {
        let update = BasicUpdate { sparse, attributes, ..BasicUpdate::default() };
        file.set_basic(&update).expect("attributes can be set");
        metadata(volume, "f").expect("it is there").attributes
    };
    let (sparse, archive) = (FileAttributes::SPARSE_FILE, FileAttributes::ARCHIVE);
    assert_eq!(set(Some(true), None), sparse | archive);
    assert_eq!(set(None, Some(FileAttributes::HIDDEN)), sparse | FileAttributes::HIDDEN);
    assert_eq!(set(None, Some(FileAttributes::NORMAL)), sparse);
    assert_eq!(set(None, Some(archive)), sparse | archive);
    assert_eq!(set(Some(false), None), archive);
    assert_eq!(set(None, Some(sparse | archive)), archive, "it is not set like the others");
}

fn set(volume: &dyn Volume, name: &str, attributes: FileAttributes) -> FileAttributes {
    let opened = volume
        .open(&OpenRequest {
            path: &path(name),
            intent: Intent::Open,
            data: Data::empty(),
            make_directory: false,
            attributes: FileAttributes::empty(),
            security: None,
            mode: None,
            no_follow: false,
            posix: None,
            wait: Wait::Allowed,
        })
        .expect("it is there");
    let update = BasicUpdate { attributes: Some(attributes), ..BasicUpdate::default() };
    opened.file.set_basic(&update).expect("attributes can be set");
    let now = metadata(volume, name).expect("it is there").attributes;
    assert_eq!(opened.file.metadata().expect("it is open").attributes, now);
    now
}

pub(super) fn dos_attributes(volume: &dyn Volume) {
    if !volume.capabilities().contains(Capabilities::DOS_ATTRIBUTES) {
        return;
    }
    let creation = create(volume, "f").metadata.creation_time;
    make_directory(volume, "d");
    let some = FileAttributes::HIDDEN | FileAttributes::SYSTEM | FileAttributes::READONLY;
    assert_eq!(set(volume, "f", some), some);
    assert_eq!(set(volume, "f", FileAttributes::NORMAL), FileAttributes::NORMAL);
    assert_eq!(set(volume, "f", FileAttributes::ARCHIVE), FileAttributes::ARCHIVE);
    let stored = FileAttributes::ARCHIVE | FileAttributes::TEMPORARY;
    assert_eq!(set(volume, "f", stored | FileAttributes::COMPRESSED | FileAttributes::DIRECTORY), stored);
    assert_eq!(set(volume, "d", FileAttributes::HIDDEN), FileAttributes::HIDDEN | FileAttributes::DIRECTORY);
    assert_eq!(set(volume, "d", FileAttributes::NORMAL), FileAttributes::DIRECTORY);
    assert_eq!(metadata(volume, "f").expect("it is there").creation_time, creation);
}

/// [MS-FSA] 2.1.5.1.1: a new file is always marked for the archive.
pub(super) fn attributes_of_new_files(volume: &dyn Volume) {
    let make = |name: &str, make_directory, attributes| {
        let request = OpenRequest {
            path: &path(name),
            intent: Intent::Create,
            data: Data::empty(),
            make_directory,
            attributes,
            security: None,
            mode: None,
            no_follow: false,
            posix: None,
            wait: Wait::Allowed,
        };
        let made = volume.open(&request).expect("it is made").metadata;
        assert_eq!(metadata(volume, name), Ok(made), "{name}");
        made.attributes
    };
    assert_eq!(make("plain", false, FileAttributes::NORMAL), FileAttributes::ARCHIVE);
    assert_eq!(make("dir", true, FileAttributes::NORMAL), FileAttributes::DIRECTORY);
    if volume.capabilities().contains(Capabilities::DOS_ATTRIBUTES) {
        let hidden = FileAttributes::HIDDEN;
        assert_eq!(make("hidden", false, hidden), hidden | FileAttributes::ARCHIVE);
        assert_eq!(make("hidden dir", true, hidden), hidden | FileAttributes::DIRECTORY);
    }
}

pub(super) fn posix_state(volume: &dyn Volume) {
    let (file, directory) = (create(volume, "file"), make_directory(volume, "directory"));
    assert_eq!(file.metadata.posix.mode & !PosixState::PERMISSIONS, 0o100_000, "a file");
    assert_eq!(directory.metadata.posix.mode & !PosixState::PERMISSIONS, 0o040_000, "a directory");
    assert_eq!(file.metadata.posix.permissions() & 0o600, 0o600, "its owner may read and write it");
    let again = metadata(volume, "file").expect("it is there");
    assert_eq!(again.posix, file.metadata.posix);
    assert_eq!(again.posix.owner, directory.metadata.posix.owner);
}

pub(super) fn extended_attributes(volume: &dyn Volume) {
    let file = create_with(volume, "f", b"data").file;
    if !volume.capabilities().contains(Capabilities::EXTENDED_ATTRIBUTES) {
        assert_eq!(file.extended_attributes(), Err(NtStatus::EAS_NOT_SUPPORTED));
        return;
    }
    let ea = |name: &[u8], value: &[u8]| ExtendedAttribute {
        flags: 0,
        name: name.to_vec(),
        value: value.to_vec(),
    };
    file.set_basic(&BasicUpdate { attributes: Some(FileAttributes::HIDDEN), ..BasicUpdate::default() })
        .expect("attributes can be set");
    assert_eq!(file.extended_attributes(), Ok(vec![]), "nothing of the volume's own shows");
    file.set_extended_attribute(&ea(b"COMMENT", b"first")).expect("it can be set");
    file.set_extended_attribute(&ea(b"comment", b"second")).expect("it can be set");
    file.set_extended_attribute(&ea(b"OTHER", &[0; 1000])).expect("it can be set");
    let mut all = file.extended_attributes().expect("they can be read");
    all.sort_by_key(|e| e.name.to_ascii_uppercase());
    assert_eq!(all.len(), 2, "names have no case");
    assert!(all[0].name.eq_ignore_ascii_case(b"comment"));
    assert_eq!((&all[0].value[..], all[1].value.len()), (&b"second"[..], 1000));
    file.set_extended_attribute(&ea(b"Comment", b"")).expect("it can be removed");
    file.set_extended_attribute(&ea(b"NEVER", b"")).expect("what is not there can be removed");
    assert_eq!(file.extended_attributes().expect("they can be read"), [ea(b"OTHER", &[0; 1000])]);
    assert_eq!(file.set_extended_attribute(&ea(b"", b"x")), Err(NtStatus::INVALID_EA_NAME));
    let flags = |file: &dyn File| file.extended_attributes().expect("they can be read")[0].flags;
    let needed = ExtendedAttribute { flags: 0x80, ..ea(b"OTHER", b"y") };
    file.set_extended_attribute(&needed).expect("it can be set");
    assert_eq!(flags(&*file), 0x80, "that it must be known is kept");
    file.set_extended_attribute(&ea(b"other", b"z")).expect("it can be set");
    assert_eq!(flags(&*file), 0);
    file.set_extended_attribute(&needed).expect("it can be set");
    file.set_extended_attribute(&ea(b"OTHER", b"")).expect("it can be removed");
    assert_eq!(file.extended_attributes(), Ok(vec![]));
}

pub(super) fn information(volume: &dyn Volume) {
    let information = volume.information().expect("a volume knows about itself");
    assert!(information.allocation_unit.is_power_of_two());
    assert!(
        information.available_bytes <= information.free_bytes
            && information.free_bytes <= information.total_bytes
    );
    assert_eq!(information.serial, volume.information().expect("a volume knows about itself").serial);
    assert!(information.maximum_component >= 255);
}
