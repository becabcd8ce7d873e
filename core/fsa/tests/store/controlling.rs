use crate::fixture::{ask, budget, file_system, make_file};
use lanward_nt::security::SecurityDescriptor;
use lanward_nt::{AccessMask as M, CreateDisposition as D, NtStatus as S};
use lanward_wire::{Decode, Reader};

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
async fn a_descriptor_for_everyone() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    let mut buf = Vec::new();
    let length = open.security_length(7);
    assert_eq!(open.query_security(7, &mut budget(length - 1, &mut buf)), Err(S::BUFFER_TOO_SMALL));
    assert_eq!(open.query_security(7, &mut budget(length, &mut buf)), Ok(()));
    let descriptor = SecurityDescriptor::decode(&mut Reader::new(&buf)).unwrap();
    assert!(descriptor.owner.is_some() && descriptor.dacl.is_some());
    assert_eq!(open.set_security(4, &buf), Ok(()));
    assert_eq!(open.set_security(4, &buf[..10]), Err(S::INVALID_SECURITY_DESCR));
    assert_eq!(open.query_security(8, &mut budget(500, &mut buf)), Err(S::ACCESS_DENIED));
    let reader = ask("f", D::Open).access(M::READ_DATA).open(&fs).await;
    assert_eq!(reader.query_security(1, &mut budget(500, &mut buf)), Err(S::ACCESS_DENIED));
}
