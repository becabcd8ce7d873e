//! Security descriptors: bytes that are kept.

use super::{create, make_directory, metadata, open, path};
use crate::{Capabilities, Data, Intent, OpenRequest, Volume, Wait};
use lanward_nt::{FileAttributes, NtStatus};

/// Whether the volume keeps any.
fn keeps(volume: &dyn Volume) -> bool {
    let keeps = volume.capabilities().contains(Capabilities::SECURITY);
    if !keeps {
        let file = create(volume, "f").file;
        assert_eq!(file.security(), Err(NtStatus::NOT_SUPPORTED));
        assert_eq!(file.set_security(&[1]), Err(NtStatus::NOT_SUPPORTED));
    }
    keeps
}

pub(super) fn stored(volume: &dyn Volume) {
    if !keeps(volume) {
        return;
    }
    assert!(!volume.secured());
    let opened = create(volume, "f");
    assert!(!opened.metadata.secured);
    assert_eq!(opened.file.security(), Ok(None));
    opened.file.set_security(&[7; 900]).expect("a descriptor is kept");
    opened.file.set_security(&[8; 20]).expect("another one takes its place");
    assert!(!volume.secured(), "a file hands nothing down");
    let update =
        crate::BasicUpdate { attributes: Some(FileAttributes::HIDDEN), ..crate::BasicUpdate::default() };
    opened.file.set_basic(&update).expect("attributes are something else");
    drop(opened);
    assert!(metadata(volume, "f").expect("it is there").secured);
    let again = open(volume, "F").expect("it is there");
    assert!(again.metadata.secured);
    assert_eq!(again.file.security(), Ok(Some(vec![8; 20])));
    let number = again.metadata.number;
    let moved = volume.rename(&path("f"), number, &path("g"), false);
    moved.expect("it can be renamed");
    assert_eq!(open(volume, "g").expect("it is there").file.security(), Ok(Some(vec![8; 20])));
    let directory = make_directory(volume, "d");
    directory.file.set_security(&[9; 20]).expect("a directory has one too");
    assert!(volume.secured());
    assert!(directory.file.metadata().expect("it is open").secured);
}

pub(super) fn of_new_objects(volume: &dyn Volume) {
    if !keeps(volume) {
        return;
    }
    for (name, directory) in [("f", false), ("d", true)] {
        let opened = volume.open(&OpenRequest {
            path: &path(name),
            intent: Intent::Create,
            data: Data::READ,
            make_directory: directory,
            attributes: FileAttributes::HIDDEN,
            security: Some(&[5; 24]),
            mode: None,
            no_follow: false,
            posix: None,
            wait: Wait::Allowed,
        });
        let opened = opened.expect("it is made");
        assert!(opened.metadata.secured && opened.metadata.attributes.contains(FileAttributes::HIDDEN));
        assert_eq!(opened.file.security(), Ok(Some(vec![5; 24])));
        assert_eq!(volume.secured(), directory);
        assert_eq!(
            create(volume, "other").file.security(),
            Ok(None),
            "what is made in it has none by itself"
        );
        volume
            .remove(&path("other"), metadata(volume, "other").expect("it is there").number)
            .expect("it goes");
    }
}
