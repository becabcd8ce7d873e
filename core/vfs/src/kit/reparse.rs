use super::{create, create_with, make_directory, metadata, names, open, path, try_open};
use crate::{Capabilities, Intent, NtStatus, Volume};
use lanward_nt::fscc::{ReparsePoint, ReparseTag, SymbolicLink};
use lanward_nt::{FileAttributes, Guid};

fn link() -> ReparsePoint {
    SymbolicLink { substitute_name: "t".into(), print_name: "t".into(), relative: true }.reparse_point()
}

pub(super) fn points(volume: &dyn Volume) {
    let file = create_with(volume, "f", b"data").file;
    if !volume.capabilities().contains(Capabilities::REPARSE_POINTS) {
        assert_eq!(file.set_reparse_point(Some(&link())), Err(NtStatus::NOT_SUPPORTED));
        return;
    }
    assert_eq!(file.reparse_point(), Ok(None));
    let foreign = ReparsePoint { tag: ReparseTag(7), guid: Some(Guid([3; 16])), data: vec![9; 2000] };
    for point in [link(), foreign] {
        file.set_reparse_point(Some(&point)).expect("it can be set");
        assert_eq!(file.reparse_point(), Ok(Some(point.clone())));
        let found = metadata(volume, "f").expect("it is there");
        assert_eq!(found.reparse_tag, Some(point.tag));
        assert!(found.attributes.contains(FileAttributes::REPARSE_POINT | FileAttributes::ARCHIVE));
        assert!(
            file.extended_attributes().is_ok_and(|eas| eas.is_empty()),
            "it is no attribute of the client's"
        );
    }
    file.set_reparse_point(None).expect("it can be taken away");
    file.set_reparse_point(None).expect("even if there is none");
    let found = file.metadata().expect("it is open");
    assert_eq!((found.reparse_tag, found.attributes, found.end_of_file), (None, FileAttributes::ARCHIVE, 4));
    assert_eq!(file.reparse_point(), Ok(None));
}

pub(super) fn nothing_goes_through(volume: &dyn Volume) {
    if !volume.capabilities().contains(Capabilities::REPARSE_POINTS) {
        return;
    }
    let stopped = Err(NtStatus::STOPPED_ON_SYMLINK);
    let directory = make_directory(volume, "d").file;
    // So that whatever a volume remembers of the way is remembered.
    create(volume, r"d\f");
    let number = metadata(volume, r"d\f").expect("it is there").number;
    volume.remove(&path(r"d\f"), number).expect("it can go");
    directory.set_reparse_point(Some(&link())).expect("it can be set");
    assert_eq!(open(volume, r"d\f").map(drop), stopped);
    assert_eq!(try_open(volume, &path(r"D\new"), Intent::Create, false).map(drop), stopped);
    assert_eq!(try_open(volume, &path(r"d\new"), Intent::OpenOrCreate, true).map(drop), stopped);
    let other = create(volume, "other").file.metadata().expect("it is open").number;
    assert_eq!(volume.rename(&path("other"), other, &path(r"d\other"), false).map(drop), stopped);
    assert_eq!(volume.link(&path("other"), other, &path(r"d\other"), false).map(drop), stopped);
    assert_eq!(names(&*directory), [""; 0]);
    let itself = open(volume, "d").expect("it can be opened itself");
    assert_eq!(itself.metadata.reparse_tag, Some(ReparseTag::SYMLINK));
    directory.set_reparse_point(None).expect("it can be taken away");
    create(volume, r"d\f");
    assert_eq!(names(&*directory), ["f"]);
}
