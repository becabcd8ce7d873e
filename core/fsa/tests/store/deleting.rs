use crate::fixture::{ask, file_system, make_directory, make_file};
use lanward_fsa::FileInformationClass as Class;
use lanward_nt::{
    AccessMask as M, CreateDisposition as D, CreateOptions as O, FileAttributes as A, NtStatus as S,
};

const DELETE: [u8; 1] = [1];
const KEEP: [u8; 1] = [0];

#[tokio::test]
async fn the_last_close_deletes() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let a = ask("f", D::Open).open(&fs).await;
    let b = ask("f", D::Open).options(O::DELETE_ON_CLOSE).open(&fs).await;
    assert_eq!(ask("f", D::Open).status(&fs).await, S::SUCCESS, "not pending before the close");
    b.close(false).await.unwrap();
    assert_eq!(ask("f", D::Open).status(&fs).await, S::DELETE_PENDING);
    assert_eq!(ask("f", D::OverwriteIf).status(&fs).await, S::DELETE_PENDING);
    assert!(a.delete_pending());
    drop(a);
    assert_eq!(ask("f", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(fs.open_files(), 0);
}

#[tokio::test]
async fn a_disposition_can_be_taken_back() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let open = ask("f", D::Open).open(&fs).await;
    open.set_information(Class::DISPOSITION, &DELETE).await.unwrap();
    assert_eq!(ask("f", D::Open).status(&fs).await, S::DELETE_PENDING);
    open.set_information(Class::DISPOSITION, &KEEP).await.unwrap();
    assert_eq!(ask("f", D::Open).status(&fs).await, S::SUCCESS);
    open.close(false).await.unwrap();
    assert_eq!(ask("f", D::Open).status(&fs).await, S::SUCCESS);
}

#[tokio::test]
async fn what_may_not_be_deleted() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, "d\\f", b"x").await;
    drop(ask("ro", D::Create).attributes(A::READONLY).open(&fs).await);
    let full = ask("d", D::Open).open(&fs).await;
    assert_eq!(full.set_information(Class::DISPOSITION, &DELETE).await, Err(S::DIRECTORY_NOT_EMPTY));
    let reader = ask("d\\f", D::Open).access(M::READ_DATA).open(&fs).await;
    assert_eq!(reader.set_information(Class::DISPOSITION, &DELETE).await, Err(S::ACCESS_DENIED));
    assert_eq!(reader.set_information(Class::DISPOSITION, &[]).await, Err(S::INFO_LENGTH_MISMATCH));
    let fixed = ask("ro", D::Open).access(M::DELETE | M::WRITE_ATTRIBUTES).open(&fs).await;
    assert_eq!(fixed.set_information(Class::DISPOSITION, &DELETE).await, Err(S::CANNOT_DELETE));
    let root = ask("", D::Open).open(&fs).await;
    assert_eq!(root.set_information(Class::DISPOSITION, &DELETE).await, Err(S::CANNOT_DELETE));
    // FILE_DISPOSITION_DELETE | FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE
    assert_eq!(fixed.set_information(Class::DISPOSITION_EX, &0x11u32.to_le_bytes()).await, Ok(()));
    assert_eq!(
        fixed.set_information(Class::DISPOSITION_EX, &0x20u32.to_le_bytes()).await,
        Err(S::NOT_SUPPORTED)
    );
    fixed.close(false).await.unwrap();
    assert_eq!(ask("ro", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
}

#[tokio::test]
async fn nothing_is_made_in_a_directory_that_is_going() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    let directory = ask("d", D::Open).open(&fs).await;
    directory.set_information(Class::DISPOSITION, &DELETE).await.unwrap();
    assert_eq!(ask("d\\new", D::Create).status(&fs).await, S::DELETE_PENDING);
    assert_eq!(ask("elsewhere", D::Create).status(&fs).await, S::SUCCESS);
    directory.close(false).await.unwrap();
    assert_eq!(ask("d\\new", D::Create).status(&fs).await, S::OBJECT_PATH_NOT_FOUND);
}

#[tokio::test]
async fn posix_semantics_free_the_name_at_once() {
    let fs = file_system();
    make_file(&fs, "f", b"old").await;
    let other = ask("f", D::Open).open(&fs).await;
    let deleter = ask("f", D::Open).open(&fs).await;
    deleter.set_information(Class::DISPOSITION_EX, &3u32.to_le_bytes()).await.unwrap();
    assert_eq!(ask("f", D::Open).status(&fs).await, S::DELETE_PENDING);
    deleter.close(false).await.unwrap();
    assert_eq!(ask("f", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    make_file(&fs, "f", b"newer").await;
    let mut buf = Vec::new();
    assert_eq!(other.read(0, 9, 0, &mut buf).await, Ok(3));
    other.close(false).await.unwrap();
    assert_eq!(ask("f", D::Open).open(&fs).await.metadata().unwrap().end_of_file, 5);
    assert_eq!(fs.open_files(), 0);
}

#[tokio::test]
async fn one_name_of_two_goes_alone() {
    let fs = file_system();
    make_file(&fs, "a", b"x").await;
    let a = ask("a", D::Open).open(&fs).await;
    let mut link = vec![0; 16];
    link.extend(2u32.to_le_bytes());
    link.extend([b'b', 0, 0, 0]);
    a.set_information(Class::LINK, &link).await.unwrap();
    let b = ask("b", D::Open).open(&fs).await;
    assert_eq!(a.file_number(), b.file_number());
    a.set_information(Class::DISPOSITION, &DELETE).await.unwrap();
    assert_eq!(ask("a", D::Open).status(&fs).await, S::DELETE_PENDING);
    assert_eq!(ask("b", D::Open).status(&fs).await, S::SUCCESS);
    a.close(false).await.unwrap();
    assert_eq!(ask("a", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(b.metadata().unwrap().link_count, 1);
}
