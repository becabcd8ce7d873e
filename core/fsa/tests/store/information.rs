use crate::fixture::{ask, budget, file_system, make_directory, make_file};
use lanward_fsa::{FileInformationClass as Class, FileOpen, FsInformationClass as FsClass};
use lanward_nt::fscc::{FileBasicInformation, FileFsAttributeInformation, FileStandardInformation};
use lanward_nt::{
    AccessMask as M, CreateDisposition as D, CreateOptions as O, FileAttributes as A, FileTime,
    NtStatus as S, NtString, ShortName,
};
use lanward_wire::{Decode, Encode, Reader};

async fn query(open: &FileOpen, class: Class, limit: u32) -> (Result<(), S>, Vec<u8>) {
    let mut buf = Vec::new();
    let outcome = open.query_information(class, &[], &mut budget(limit, &mut buf)).await;
    (outcome, buf)
}

#[tokio::test]
async fn lengths_of_classes() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, "d\\name", b"x").await;
    let open = ask("d\\name", D::Open).open(&fs).await;
    let name = 2 * "\\d\\name".len();
    let lengths = [
        (Class::BASIC, 40),
        (Class::STANDARD, 24),
        (Class::INTERNAL, 8),
        (Class::EA, 4),
        (Class::ACCESS, 4),
        (Class::POSITION, 8),
        (Class::MODE, 4),
        (Class::ALIGNMENT, 4),
        (Class::ALL, 100 + name),
        (Class::NAME, 4 + name),
        (Class::NORMALIZED_NAME, 2 + name),
        (Class::STREAM, 24 + 14),
        (Class::COMPRESSION, 16),
        (Class::NETWORK_OPEN, 56),
        (Class::ATTRIBUTE_TAG, 8),
        (Class::ID, 24),
    ];
    for (class, length) in lengths {
        let (outcome, buf) = query(&open, class, 1000).await;
        assert_eq!((outcome, buf.len()), (Ok(()), length), "{class:?}");
        let (short, buf) = query(&open, class, 3).await;
        assert_eq!((short, buf.len()), (Err(S::INFO_LENGTH_MISMATCH), 0), "{class:?}");
    }
    assert_eq!(query(&open, Class::NAME, 8).await.0, Err(S::BUFFER_OVERFLOW));
    let (cut, buf) = query(&open, Class::ALL, 105).await;
    assert_eq!((cut, buf.len()), (Err(S::BUFFER_OVERFLOW), 105));
    assert_eq!(buf[96..100], u32::try_from(name).unwrap().to_le_bytes());
    let own: Vec<u8> = [8, 0, 0, 0].into_iter().chain("NAME".bytes().flat_map(|b| [b, 0])).collect();
    assert_eq!(query(&open, Class::ALTERNATE_NAME, 99).await, (Ok(()), own));
    assert_eq!(query(&open, Class(200), 99).await.0, Err(S::INVALID_INFO_CLASS));
    let blind = ask("d\\name", D::Open).access(M::WRITE_DATA).open(&fs).await;
    assert_eq!(query(&blind, Class::BASIC, 99).await.0, Err(S::ACCESS_DENIED));
    assert_eq!(query(&blind, Class::STANDARD, 99).await.0, Ok(()));
}

#[tokio::test]
async fn a_set_write_time_stays_through_writes() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    let zero = FileTime(0);
    let mut basic = FileBasicInformation {
        creation_time: FileTime(777),
        last_access_time: zero,
        last_write_time: FileTime(5000),
        change_time: zero,
        attributes: A::HIDDEN,
    };
    open.set_information(Class::BASIC, &basic.to_bytes()).await.unwrap();
    open.write(0, b"x", false).await.unwrap();
    open.set_information(Class::END_OF_FILE, &9u64.to_le_bytes()).await.unwrap();
    let m = open.metadata().unwrap();
    assert_eq!((m.creation_time.0, m.last_write_time.0, m.end_of_file), (777, 5000, 9));
    assert_eq!(m.attributes, A::HIDDEN | A::ARCHIVE);
    (basic.last_write_time, basic.attributes) = (FileTime(u64::MAX - 1), A::empty());
    open.set_information(Class::BASIC, &basic.to_bytes()).await.unwrap();
    open.write(0, b"y", false).await.unwrap();
    assert_ne!(open.metadata().unwrap().last_write_time.0, 5000);
    basic.last_access_time = FileTime(u64::MAX - 2);
    assert_eq!(open.set_information(Class::BASIC, &basic.to_bytes()).await, Err(S::INVALID_PARAMETER));
    basic = FileBasicInformation { last_access_time: zero, attributes: A::DIRECTORY, ..basic };
    assert_eq!(open.set_information(Class::BASIC, &basic.to_bytes()).await, Err(S::INVALID_PARAMETER));
}

#[tokio::test]
async fn lengths_positions_and_modes() {
    let fs = file_system();
    make_file(&fs, "f", b"0123456789").await;
    let open = ask("f", D::Open).open(&fs).await;
    open.set_information(Class::ALLOCATION, &4u64.to_le_bytes()).await.unwrap();
    assert_eq!(open.metadata().unwrap().end_of_file, 4);
    assert_eq!(
        open.set_information(Class::END_OF_FILE, &u64::MAX.to_le_bytes()).await,
        Err(S::INVALID_PARAMETER)
    );
    assert_eq!(open.set_information(Class::END_OF_FILE, &[0; 7]).await, Err(S::INFO_LENGTH_MISMATCH));
    open.set_information(Class::POSITION, &3u64.to_le_bytes()).await.unwrap();
    assert_eq!(query(&open, Class::POSITION, 8).await.1, 3u64.to_le_bytes());
    assert_eq!(open.set_information(Class::MODE, &2u32.to_le_bytes()).await, Ok(()));
    assert_eq!(open.set_information(Class::MODE, &0x1000u32.to_le_bytes()).await, Err(S::INVALID_PARAMETER));
    assert_eq!(open.set_information(Class::VALID_DATA_LENGTH, &[0; 8]).await, Err(S::PRIVILEGE_NOT_HELD));
    let reader = ask("f", D::Open).access(M::READ_DATA).open(&fs).await;
    assert_eq!(reader.set_information(Class::END_OF_FILE, &[0; 8]).await, Err(S::ACCESS_DENIED));
}

#[tokio::test]
async fn a_name_that_is_going_is_no_link() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    open.set_information(Class::DISPOSITION, &[1]).await.unwrap();
    let (_, buf) = query(&open, Class::STANDARD, 24).await;
    let standard = FileStandardInformation::decode(&mut Reader::new(&buf)).unwrap();
    assert_eq!((standard.delete_pending, standard.number_of_links), (true, 0));
}

#[tokio::test]
async fn extended_attributes() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    assert_eq!(query(&open, Class::FULL_EA, 100).await.0, Err(S::NO_EAS_ON_FILE));
    let one = [0, 0, 0, 0, 0, 1, 2, 0, b'A', 0, b'v', b'w'];
    open.set_information(Class::FULL_EA, &one).await.unwrap();
    assert_eq!(query(&open, Class::FULL_EA, 100).await, (Ok(()), one.to_vec()));
    assert_eq!(query(&open, Class::FULL_EA, 11).await.0, Err(S::BUFFER_TOO_SMALL));
    let bad = [0, 0, 0, 0, 0, 1, 0, 0, b'*', 0];
    assert_eq!(open.set_information(Class::FULL_EA, &bad).await, Err(S::INVALID_EA_NAME));
    let remove = [0, 0, 0, 0, 0, 1, 0, 0, b'a', 0];
    open.set_information(Class::FULL_EA, &remove).await.unwrap();
    assert_eq!(query(&open, Class::FULL_EA, 100).await.0, Err(S::NO_EAS_ON_FILE));
}

#[tokio::test]
async fn who_knows_no_attributes_cannot_open_what_needs_them() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    let ignorant = ask("f", D::Open).options(O::NO_EA_KNOWLEDGE);
    assert_eq!(ignorant.status(&fs).await, S::SUCCESS);
    let mut one = [0, 0, 0, 0, 0x80, 1, 1, 0, b'A', 0, b'v'];
    open.set_information(Class::FULL_EA, &one).await.unwrap();
    assert_eq!(query(&open, Class::FULL_EA, 100).await.1, one);
    assert_eq!(ignorant.status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(ask("f", D::Open).status(&fs).await, S::SUCCESS);
    assert_eq!(ask("g", D::Create).options(O::NO_EA_KNOWLEDGE).status(&fs).await, S::SUCCESS);
    one[4] = 1;
    assert_eq!(open.set_information(Class::FULL_EA, &one).await, Err(S::INVALID_EA_NAME));
    one[4] = 0;
    open.set_information(Class::FULL_EA, &one).await.unwrap();
    assert_eq!(ignorant.status(&fs).await, S::SUCCESS);
}

#[test]
fn volume_classes() {
    let fs = file_system();
    let query = |class, limit| {
        let mut buf = Vec::new();
        let outcome = fs.query_volume_information(class, &mut budget(limit, &mut buf));
        (outcome, buf)
    };
    for (class, length) in [
        (FsClass::SIZE, 24),
        (FsClass::FULL_SIZE, 32),
        (FsClass::DEVICE, 8),
        (FsClass::CONTROL, 48),
        (FsClass::OBJECT_ID, 64),
        (FsClass::SECTOR_SIZE, 28),
    ] {
        let (outcome, buf) = query(class, 500);
        assert_eq!((outcome, buf.len()), (Ok(()), length), "{class:?}");
        assert_eq!(query(class, 7), (Err(S::INFO_LENGTH_MISMATCH), vec![]), "{class:?}");
    }
    assert_eq!(query(FsClass::VOLUME, 500).0, Ok(()));
    let (outcome, buf) = query(FsClass::ATTRIBUTE, 500);
    assert_eq!(outcome, Ok(()));
    let attributes = FileFsAttributeInformation::decode(&mut Reader::new(&buf)).unwrap();
    assert_eq!(attributes.maximum_component_name_length, 255);
    assert_eq!(query(FsClass::ATTRIBUTE, 17).0, Err(S::BUFFER_OVERFLOW));
    assert_eq!(query(FsClass(77), 500).0, Err(S::INVALID_INFO_CLASS));
}

/// [MS-FSCC] 2.4.7: -1 stops a time's updates through an open, -2 resumes them, and so does a time that is set.
#[tokio::test]
async fn times_stop_and_go() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    let set = async |time: u64| {
        let time = FileTime(time);
        let basic = FileBasicInformation {
            creation_time: time,
            last_access_time: time,
            last_write_time: time,
            change_time: time,
            attributes: A::empty(),
        };
        open.set_information(Class::BASIC, &basic.to_bytes()).await.unwrap();
        let m = open.metadata().unwrap();
        [m.creation_time.0, m.last_access_time.0, m.last_write_time.0, m.change_time.0]
    };
    assert_eq!(set(777).await, [777; 4]);
    assert_eq!(set(u64::MAX).await, [777; 4]);
    open.write(0, b"x", false).await.unwrap();
    open.set_sparse(true).await.unwrap();
    open.zero_data(0, 1).await.unwrap();
    let m = open.metadata().unwrap();
    assert_eq!((m.last_write_time.0, m.change_time.0), (777, 777));
    assert_eq!(set(u64::MAX - 1).await, [777; 4], "resuming changes nothing itself");
    open.write(0, b"x", false).await.unwrap();
    let m = open.metadata().unwrap();
    assert!(m.last_write_time.0 > 777 && m.change_time == m.last_write_time);
    assert_eq!(set(u64::MAX).await[2..], [m.last_write_time.0; 2]);
    open.write(0, b"y", false).await.unwrap();
    assert_eq!(open.metadata().unwrap().last_write_time, m.last_write_time);
}

#[tokio::test]
async fn names_for_old_programs() {
    let fs = file_system();
    make_file(&fs, "Long name.text", b"x").await;
    let open = ask("Long name.text", D::Open).open(&fs).await;
    let short = ShortName::of("Long name.text".encode_utf16().collect::<Vec<_>>().as_slice());
    let (outcome, buf) = query(&open, Class::ALTERNATE_NAME, 99).await;
    assert_eq!(outcome, Ok(()));
    assert_eq!(lanward_wire::utf16le_units(&buf[4..]), short.units());
    let by_short = ask(&NtString::from(short).to_string_lossy(), D::Open).open(&fs).await;
    assert_eq!(by_short.path(), open.path());
    let root = ask("", D::Open).open(&fs).await;
    assert_eq!(query(&root, Class::ALTERNATE_NAME, 99).await, (Ok(()), vec![2, 0, 0, 0, b'.', 0]));
}

/// [MS-FSA] 2.1.1.1 TunnelCacheList
#[tokio::test]
async fn a_file_made_anew_by_its_short_name_keeps_the_long_one() {
    let fs = file_system();
    make_file(&fs, "Long name.text", b"x").await;
    let short = ShortName::of("Long name.text".encode_utf16().collect::<Vec<_>>().as_slice());
    let short = NtString::from(short).to_string_lossy();
    let open = ask(&short, D::Open).open(&fs).await;
    open.set_information(Class::DISPOSITION, &[1]).await.unwrap();
    open.close(false).await.unwrap();
    assert_eq!(ask(&short, D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    let made = ask(&short, D::Create).open(&fs).await;
    assert_eq!(made.path().to_string(), "Long name.text");
    let other = ask("OT1234~5.TXT", D::Create).open(&fs).await;
    assert_eq!(other.path().to_string(), "OT1234~5.TXT", "a name nobody remembers is made as it is");
}

/// [MS-FSA] 2.1.4.17
#[tokio::test]
async fn what_is_written_is_marked_for_the_archive() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let set = async |open: &FileOpen, attributes: A| {
        let basic = FileBasicInformation { attributes, ..FileBasicInformation::default() };
        open.set_information(Class::BASIC, &basic.to_bytes()).await.unwrap();
    };
    let open = ask("f", D::Open).open(&fs).await;
    set(&open, A::HIDDEN).await;
    assert_eq!(open.metadata().unwrap().attributes, A::HIDDEN);
    open.write(0, b"y", false).await.unwrap();
    assert_eq!(open.metadata().unwrap().attributes, A::HIDDEN | A::ARCHIVE);
    set(&open, A::NORMAL).await;
    drop(open);
    let open = ask("f:s", D::Create).open(&fs).await;
    open.write(0, b"y", false).await.unwrap();
    assert_eq!(open.metadata().unwrap().attributes, A::ARCHIVE);
}
