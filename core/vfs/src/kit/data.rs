use super::{create, create_with, make_directory};
use crate::{AllocatedRange, Capabilities, File, NtStatus, Volume, Wait, Wanted};

fn read(file: &dyn File, offset: u64, length: usize) -> Vec<u8> {
    let mut data = vec![0xaa; length];
    let count = file.read(offset, &mut data, Wait::Allowed).expect("it can be read");
    data.truncate(count);
    let mut appended = vec![7];
    assert_eq!(file.read_into(offset, length, &mut appended, Wait::Allowed), Ok(count));
    assert_eq!((appended[0], &appended[1..]), (7, &data[..]), "both ways of reading agree");
    data
}

pub(super) fn read_and_write(volume: &dyn Volume) {
    let file = create(volume, "f").file;
    file.write(0, b"0123456789", Wait::Allowed).expect("it can be written");
    file.write(4, b"abc", Wait::Allowed).expect("it can be written");
    file.write(2, b"", Wait::Allowed).expect("nothing can be written");
    assert_eq!(read(&*file, 0, 100), b"0123abc789");
    assert_eq!(read(&*file, 3, 4), b"3abc");
    assert_eq!(read(&*file, 8, 100), b"89", "fewer only at the end");
    assert_eq!(read(&*file, 10, 5), b"");
    assert_eq!(read(&*file, 1 << 40, 5), b"");
    assert_eq!(read(&*file, u64::MAX, 5), b"");
    assert_eq!(read(&*file, 0, 0), b"");
    assert_eq!(file.metadata().expect("it is open").end_of_file, 10);
    assert!(file.write(u64::MAX - 1, b"abc", Wait::Allowed).is_err());
    let large: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    file.write(5000, &large, Wait::Allowed).expect("it can be written");
    assert_eq!(read(&*file, 5000, large.len()), large);
    file.flush().expect("it can be flushed");
    // What may not wait either does all of it or says so.
    let mut data = Vec::new();
    match file.read_into(5000, large.len(), &mut data, Wait::Never) {
        Ok(_) => assert_eq!(data, large),
        Err(e) => assert_eq!((e, data.len()), (NtStatus::CANT_WAIT, 0)),
    }
    match file.write(0, b"xyz", Wait::Never) {
        Ok(()) => assert_eq!(read(&*file, 0, 3), b"xyz"),
        Err(e) => assert_eq!(e, NtStatus::CANT_WAIT),
    }
}

pub(super) fn holes(volume: &dyn Volume) {
    let file = create(volume, "f").file;
    file.write(1 << 20, b"end", Wait::Allowed).expect("it can be written");
    assert!(read(&*file, 0, 1 << 20).iter().all(|b| *b == 0));
    assert_eq!(read(&*file, (1 << 20) - 2, 100), b"\0\0end");
    let metadata = file.metadata().expect("it is open");
    assert_eq!(metadata.end_of_file, (1 << 20) + 3);
    if !volume.capabilities().contains(Capabilities::SPARSE_FILES) {
        return;
    }
    assert!(metadata.allocation_size < 1 << 20, "a hole takes no room");
    let ranges = file.allocated_ranges(0, u64::MAX, 100).expect("ranges are known");
    assert_eq!(ranges.len(), 1);
    assert_eq!(ranges[0].offset + ranges[0].length, (1 << 20) + 3);
    assert!(file.allocated_ranges(0, 1 << 19, 100).expect("ranges are known").is_empty());
    assert!(file.allocated_ranges(1 << 30, 10, 100).expect("ranges are known").is_empty());
    file.write(0, b"start", Wait::Allowed).expect("it can be written");
    let first = file.allocated_ranges(1, 2, 100).expect("ranges are known");
    assert_eq!(first, [AllocatedRange { offset: 1, length: 2 }]);
    assert_eq!(file.allocated_ranges(0, u64::MAX, 1).expect("ranges are known").len(), 1);
}

pub(super) fn end_of_file(volume: &dyn Volume) {
    let file = create_with(volume, "f", b"0123456789").file;
    file.set_end_of_file(4).expect("it can be cut");
    assert_eq!(read(&*file, 0, 100), b"0123");
    file.set_end_of_file(6).expect("it can grow");
    assert_eq!(read(&*file, 0, 100), b"0123\0\0", "what was cut does not come back");
    file.set_end_of_file(1 << 32).expect("it can grow");
    assert_eq!(file.metadata().expect("it is open").end_of_file, 1 << 32);
    assert_eq!(read(&*file, (1 << 32) - 2, 10), b"\0\0");
    file.set_end_of_file(0).expect("it can be cut");
    assert_eq!(read(&*file, 0, 100), b"");
    assert!(file.set_end_of_file(u64::MAX).is_err());
}

pub(super) fn zeroing(volume: &dyn Volume) {
    if !volume.capabilities().contains(Capabilities::SPARSE_FILES) {
        return;
    }
    let file = create_with(volume, "f", &[0xff; 100_000]).file;
    file.zero(10, 80_000).expect("it can be zeroed");
    let data = read(&*file, 0, 200_000);
    assert_eq!(data.len(), 100_000);
    assert!(data.iter().enumerate().all(|(at, b)| (*b == 0) == (10..80_010).contains(&at)));
    file.zero(90_000, u64::MAX - 90_000).expect("it can be zeroed");
    assert_eq!(file.metadata().expect("it is open").end_of_file, 100_000, "zeroing does not grow");
    assert!(read(&*file, 90_000, 10_000).iter().all(|b| *b == 0));
    file.zero(1 << 40, 5).expect("behind the end there is nothing to do");
}

pub(super) fn reserve(volume: &dyn Volume) {
    let file = create_with(volume, "f", b"data").file;
    file.reserve(1 << 20).expect("room can be kept");
    file.reserve(0).expect("none as well");
    assert_eq!(read(&*file, 0, 100), b"data", "the length stays");
}

pub(super) fn directories_have_no_data(volume: &dyn Volume) {
    let directory = make_directory(volume, "d").file;
    let is = NtStatus::FILE_IS_A_DIRECTORY;
    assert_eq!(directory.read(0, &mut [0; 4], Wait::Allowed), Err(is));
    assert_eq!(directory.read_into(0, 4, &mut Vec::new(), Wait::Allowed), Err(is));
    assert_eq!(directory.write(0, b"x", Wait::Allowed), Err(is));
    assert_eq!(directory.set_end_of_file(0), Err(is));
    directory.flush().expect("it can be flushed");
    let file = create(volume, "f").file;
    assert_eq!(file.list(&Wanted::ALL, 1, &mut Vec::new(), Wait::Allowed), Err(NtStatus::NOT_A_DIRECTORY));
    assert_eq!(file.rewind(), Err(NtStatus::NOT_A_DIRECTORY));
}
