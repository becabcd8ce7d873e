use crate::fixture::{ask, file_system, make_file};
use lanward_fsa::FileInformationClass as Class;
use lanward_nt::fscc::FileBasicInformation;
use lanward_nt::security::SecurityDescriptor;
use lanward_nt::{AccessMask as M, CreateDisposition as D, FileAttributes as A, FileTime, NtStatus as S};
use lanward_vfs::AllocatedRange;
use lanward_wire::{Decode, Encode, Reader};

#[tokio::test]
async fn copying_and_zeroing() {
    let fs = file_system();
    make_file(&fs, "from", b"0123456789").await;
    make_file(&fs, "to", b"abc").await;
    let (from, to) = (ask("from", D::Open).open(&fs).await, ask("to", D::Open).open(&fs).await);
    assert_eq!(to.copy_range(&from, 2, 1, 5).await, Ok(5));
    assert_eq!(to.copy_range(&from, 6, 0, 5).await, Err(S(0xc000_001f)));
    assert_eq!(to.copy_range(&from, u64::MAX, 0, 5).await, Err(S::INVALID_PARAMETER));
    assert_eq!(to.zero_data(2, 4).await, Ok(()));
    assert_eq!(to.zero_data(5, u64::MAX >> 1).await, Ok(()), "the file does not grow");
    assert_eq!(to.zero_data(4, 2).await, Err(S::INVALID_PARAMETER));
    let mut buf = Vec::new();
    assert_eq!(to.read(0, 99, 0, &mut buf).await, Ok(6));
    assert_eq!(buf, b"a2\0\x005\0");
    let ranges = to.query_allocated_ranges(0, 100, 10).await.unwrap();
    assert_eq!(ranges.first().map(|r| r.offset), Some(0));
    assert_eq!(to.query_allocated_ranges(u64::MAX, 1, 10).await, Err(S::INVALID_PARAMETER));
}

#[tokio::test]
async fn who_may_append_only_copies_to_the_end_only() {
    let fs = file_system();
    make_file(&fs, "from", b"0123456789").await;
    make_file(&fs, "log", b"abc").await;
    let from = ask("from", D::Open).open(&fs).await;
    let log = ask("log", D::Open).access(M::APPEND_DATA).open(&fs).await;
    assert_eq!(log.copy_range(&from, 0, 0, 2).await, Err(S::ACCESS_DENIED));
    assert_eq!(log.copy_range(&from, 0, 2, 2).await, Err(S::ACCESS_DENIED));
    assert_eq!(log.copy_range(&from, 0, 3, 2).await, Ok(2));
}

#[tokio::test]
async fn a_descriptor_for_everyone() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    let bytes = open.query_security(7).await.unwrap();
    let descriptor = SecurityDescriptor::decode(&mut Reader::new(&bytes)).unwrap();
    assert!(descriptor.owner.is_some() && descriptor.dacl.is_some());
    assert_eq!(open.set_security(4, &bytes).await, Ok(()));
    assert_eq!(open.set_security(4, &bytes[..10]).await, Err(S::INVALID_SECURITY_DESCR));
    assert_eq!(open.query_security(8).await, Err(S::ACCESS_DENIED));
    let reader = ask("f", D::Open).access(M::READ_DATA).open(&fs).await;
    assert_eq!(reader.query_security(1).await, Err(S::ACCESS_DENIED));
}

fn ranges(list: &[(u64, u64)]) -> Vec<AllocatedRange> {
    list.iter().map(|(offset, length)| AllocatedRange { offset: *offset, length: *length }).collect()
}

#[tokio::test]
async fn only_a_sparse_file_shows_its_holes() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    open.write(0x10000, b"x", false).await.unwrap();
    assert_eq!(open.query_allocated_ranges(0, 0x20000, 9).await, Ok(ranges(&[(0, 0x10001)])));
    assert_eq!(open.query_allocated_ranges(0x20000, 9, 9).await, Ok(vec![]));
    open.set_sparse(true).await.unwrap();
    assert!(open.metadata().unwrap().attributes.contains(A::SPARSE_FILE));
    assert_eq!(open.query_allocated_ranges(0, 0x20000, 9).await, Ok(ranges(&[(0x10000, 1)])));
    let basic = FileBasicInformation {
        creation_time: FileTime(0),
        last_access_time: FileTime(0),
        last_write_time: FileTime(0),
        change_time: FileTime(0),
        attributes: A::HIDDEN,
    };
    open.set_information(Class::BASIC, &basic.to_bytes()).await.unwrap();
    assert_eq!(open.metadata().unwrap().attributes, A::HIDDEN | A::SPARSE_FILE);
    open.set_sparse(false).await.unwrap();
    assert_eq!(open.metadata().unwrap().attributes, A::HIDDEN);
    assert_eq!(open.query_allocated_ranges(0, 0x20000, 9).await, Ok(ranges(&[(0, 0x10001)])));
    let reader = ask("f", D::Open).access(M::READ_DATA).open(&fs).await;
    assert_eq!(reader.set_sparse(true).await, Err(S::ACCESS_DENIED));
}
