use super::{contents, create, create_with, make_directory};
use crate::{Capabilities, NtStatus, Volume, Wait};
use lanward_nt::Guid;
use lanward_nt::fscc::FileObjectId;

pub(super) fn copying_inside(volume: &dyn Volume) {
    let source = create_with(volume, "from", b"0123456789").file;
    let target = create_with(volume, "to", b"abc").file;
    match target.copy_from(&*source, 2, 1, 5) {
        Err(NtStatus::NOT_SUPPORTED) => return,
        outcome => assert_eq!(outcome, Ok(5)),
    }
    assert_eq!(contents(volume, "to"), b"a23456");
    assert_eq!(target.copy_from(&*source, 8, 0, 50), Ok(2), "fewer where the source ends");
    assert_eq!(target.copy_from(&*source, 10, 0, 5), Ok(0));
    assert_eq!(contents(volume, "to"), b"893456");
}

pub(super) fn sharing(volume: &dyn Volume) {
    if !volume.capabilities().contains(Capabilities::BLOCK_REFCOUNTING) {
        return;
    }
    let unit = volume.information().expect("it is there").allocation_unit;
    let bytes = usize::try_from(unit).expect("a unit fits in memory");
    let source = create_with(volume, "from", &[b"a".repeat(bytes), b"b".repeat(bytes)].concat()).file;
    let target = create_with(volume, "to", &b"x".repeat(2 * bytes)).file;
    let unit = u64::from(unit);
    target.share_extents(&*source, unit, 0, unit).expect("it can be shared");
    assert_eq!(contents(volume, "to"), [b"b".repeat(bytes), b"x".repeat(bytes)].concat());
    source.write(unit, b"changed", Wait::Allowed).expect("it can be written");
    assert_eq!(contents(volume, "to")[..7], *b"bbbbbbb", "what one writes the other does not see");
    source.share_extents(&*source, 0, unit, unit).expect("a file shares with itself");
    assert_eq!(contents(volume, "from"), b"a".repeat(2 * bytes));
}

pub(super) fn object_ids(volume: &dyn Volume) {
    let file = create(volume, "f").file;
    if !volume.capabilities().contains(Capabilities::OBJECT_IDS) {
        assert_eq!(file.object_id(), Err(NtStatus::NOT_SUPPORTED));
        return;
    }
    for file in [file, make_directory(volume, "d").file] {
        assert_eq!(file.object_id(), Ok(None));
        file.set_object_id(None).expect("none can be taken away");
        let id = FileObjectId { object_id: Guid([7; 16]), ..FileObjectId::default() };
        file.set_object_id(Some(&id)).expect("it can be set");
        assert_eq!(file.object_id(), Ok(Some(id)));
        assert!(
            file.extended_attributes().is_ok_and(|eas| eas.is_empty()),
            "it is no attribute of the client's"
        );
        file.set_object_id(None).expect("it can be taken away");
        assert_eq!(file.object_id(), Ok(None));
    }
}
