use crate::fixture::{ask, file_system, make_directory, make_file};
use lanward_fsa::{FileInformationClass as Class, FileOpen};
use lanward_nt::fscc::{FileBasicInformation, FileRenameInformation};
use lanward_nt::{AccessMask as M, CreateDisposition as D, FileAttributes as A, FileTime, NtStatus as S};
use lanward_wire::Encode;

async fn rename(open: &FileOpen, to: &str, replace: bool) -> Result<(), S> {
    let wanted = FileRenameInformation {
        replace_if_exists: u32::from(replace),
        root_directory: 0,
        file_name: to.into(),
    };
    open.set_information(Class::RENAME, &wanted.to_bytes()).await
}

#[tokio::test]
async fn a_rename_moves_every_open() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, "a", b"x").await;
    let (one, two) = (ask("a", D::Open).open(&fs).await, ask("A", D::Open).open(&fs).await);
    assert_eq!(rename(&one, "d\\b", false).await, Ok(()));
    assert_eq!((one.path().to_string(), two.path().to_string()), ("d\\b".into(), "d\\b".into()));
    assert_eq!(ask("a", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(rename(&two, "d\\B", false).await, Ok(()), "case alone");
    assert_eq!(one.path().to_string(), "d\\B");
    assert_eq!(rename(&two, "d\\B", false).await, Ok(()), "to itself");
    assert_eq!(rename(&two, "no\\B", false).await, Err(S::OBJECT_PATH_NOT_FOUND));
    assert_eq!(rename(&two, "a*", false).await, Err(S::OBJECT_NAME_INVALID));
    assert_eq!(rename(&two, "\\a", false).await, Err(S::INVALID_PARAMETER));
    assert_eq!(rename(&two, "", false).await, Err(S::INVALID_PARAMETER));
    two.set_information(Class::DISPOSITION, &[1]).await.unwrap();
    assert_eq!(rename(&one, "c", false).await, Err(S::ACCESS_DENIED));
}

#[tokio::test]
async fn targets_in_the_way() {
    let fs = file_system();
    make_file(&fs, "a", b"new").await;
    make_file(&fs, "b", b"old").await;
    make_directory(&fs, "d").await;
    let a = ask("a", D::Open).open(&fs).await;
    assert_eq!(rename(&a, "b", false).await, Err(S::OBJECT_NAME_COLLISION));
    assert_eq!(rename(&a, "d", true).await, Err(S::ACCESS_DENIED));
    let b = ask("b", D::Open).open(&fs).await;
    assert_eq!(rename(&a, "b", true).await, Err(S::ACCESS_DENIED));
    b.close(false).await.unwrap();
    assert_eq!(rename(&a, "b", true).await, Ok(()));
    assert_eq!(ask("b", D::Open).open(&fs).await.metadata().unwrap().end_of_file, 3);
    let reader = ask("b", D::Open).access(M::READ_DATA).open(&fs).await;
    assert_eq!(rename(&reader, "c", false).await, Err(S::ACCESS_DENIED));
}

#[tokio::test]
async fn a_directory_with_something_open_beneath_stays() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_directory(&fs, "d\\e").await;
    make_file(&fs, "d\\e\\f", b"").await;
    let directory = ask("d", D::Open).open(&fs).await;
    let file = ask("d\\e\\f", D::Open).access(M::READ_ATTRIBUTES).open(&fs).await;
    assert_eq!(rename(&directory, "x", false).await, Err(S::ACCESS_DENIED));
    assert_eq!(rename(&directory, "d\\e\\x", false).await, Err(S::SHARING_VIOLATION));
    drop(file);
    assert_eq!(rename(&directory, "x", false).await, Ok(()));
    assert_eq!(ask("x\\e\\f", D::Open).status(&fs).await, S::SUCCESS);
}

#[tokio::test]
async fn a_destination_directory_open_for_deletion_refuses() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, "d\\a", b"").await;
    let a = ask("d\\a", D::Open).open(&fs).await;
    let directory = ask("d", D::Open).access(M::DELETE | M::READ_DATA).open(&fs).await;
    assert_eq!(rename(&a, "d\\b", false).await, Err(S::SHARING_VIOLATION));
    drop(directory);
    let directory = ask("d", D::Open).access(M::READ_DATA).open(&fs).await;
    assert_eq!(rename(&a, "d\\b", false).await, Ok(()));
    drop(directory);
}

/// [MS-FSA] 2.1.4.18: a rename is a change, but not through an open that keeps the change time.
#[tokio::test]
async fn a_rename_is_a_change() {
    let fs = file_system();
    let open = ask("a", D::Create).open(&fs).await;
    let set = async |time: u64| {
        let basic = FileBasicInformation {
            creation_time: FileTime(0),
            last_access_time: FileTime(0),
            last_write_time: FileTime(0),
            change_time: FileTime(time),
            attributes: A::empty(),
        };
        open.set_information(Class::BASIC, &basic.to_bytes()).await.unwrap();
    };
    set(777).await;
    rename(&open, "b", false).await.unwrap();
    assert_eq!(open.metadata().unwrap().change_time.0, 777);
    set(u64::MAX - 1).await;
    rename(&open, "c", false).await.unwrap();
    assert!(open.metadata().unwrap().change_time.0 > 777);
}
