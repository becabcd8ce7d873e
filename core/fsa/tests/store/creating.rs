use crate::fixture::{ALL, ask, budget, file_system, make_directory, make_file};
use lanward_fsa::FileInformationClass;
use lanward_nt::{
    AccessMask, CreateAction, CreateDisposition as D, CreateOptions as O, FileAttributes as A, NtStatus as S,
};

#[tokio::test]
async fn the_disposition_table() {
    let cases = [
        (D::Supersede, Ok(CreateAction::Created), Ok(CreateAction::Superseded)),
        (D::Open, Err(S::OBJECT_NAME_NOT_FOUND), Ok(CreateAction::Opened)),
        (D::Create, Ok(CreateAction::Created), Err(S::OBJECT_NAME_COLLISION)),
        (D::OpenIf, Ok(CreateAction::Created), Ok(CreateAction::Opened)),
        (D::Overwrite, Err(S::OBJECT_NAME_NOT_FOUND), Ok(CreateAction::Overwritten)),
        (D::OverwriteIf, Ok(CreateAction::Created), Ok(CreateAction::Overwritten)),
    ];
    for (disposition, missing, existing) in cases {
        let fs = file_system();
        assert_eq!(ask("new", disposition).go(&fs).await.map(|c| c.action), missing, "{disposition:?}");
        make_file(&fs, "old", b"data").await;
        let created = ask("OLD", disposition).go(&fs).await;
        assert_eq!(created.as_ref().map(|c| c.action).map_err(|s| *s), existing, "{disposition:?}");
        if let Ok(created) = created {
            let length = if disposition.overwrites() { 0 } else { 4 };
            assert_eq!(created.metadata.end_of_file, length, "{disposition:?}");
            assert_eq!(created.open.path().to_string(), "old");
        }
        assert_eq!(fs.open_files(), 0);
    }
}

#[tokio::test]
async fn parameters_are_checked_before_anything_is_made() {
    let fs = file_system();
    let make = |options: O| ask("x", D::Create).options(options);
    let both = O::DIRECTORY_FILE | O::NON_DIRECTORY_FILE;
    assert_eq!(make(both).status(&fs).await, S::INVALID_PARAMETER);
    assert_eq!(make(O::from_bits_retain(0x0100_0000)).status(&fs).await, S::INVALID_PARAMETER);
    for option in [O::CREATE_TREE_CONNECTION, O::OPEN_BY_FILE_ID, O::RESERVE_OPFILTER] {
        assert_eq!(make(option).status(&fs).await, S::NOT_SUPPORTED);
    }
    assert_eq!(ask("x", D::Create).share(8).status(&fs).await, S::INVALID_PARAMETER);
    assert_eq!(ask("x", D::OverwriteIf).options(O::DIRECTORY_FILE).status(&fs).await, S::INVALID_PARAMETER);
    assert_eq!(ask("x", D::Create).access(AccessMask::empty()).status(&fs).await, S::ACCESS_DENIED);
    let bad = AccessMask::from_bits_retain(0x0020_0000);
    assert_eq!(ask("x", D::Create).access(bad).status(&fs).await, S::ACCESS_DENIED);
    let keeps = ask("x", D::Create).access(AccessMask::READ_DATA).options(O::DELETE_ON_CLOSE);
    assert_eq!(keeps.status(&fs).await, S::INVALID_PARAMETER);
    assert_eq!(
        ask("x", D::Create).attributes(A::from_bits_retain(0x40)).status(&fs).await,
        S::INVALID_PARAMETER
    );
    assert_eq!(ask("x", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
}

#[tokio::test]
async fn kinds_and_paths() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, "d\\f", b"").await;
    assert_eq!(ask("d", D::Open).options(O::NON_DIRECTORY_FILE).status(&fs).await, S::FILE_IS_A_DIRECTORY);
    assert_eq!(ask("d::$DATA", D::Open).status(&fs).await, S::FILE_IS_A_DIRECTORY);
    assert_eq!(ask("d\\f", D::Open).options(O::DIRECTORY_FILE).status(&fs).await, S::NOT_A_DIRECTORY);
    assert_eq!(ask("d\\f", D::Create).options(O::DIRECTORY_FILE).status(&fs).await, S::OBJECT_NAME_COLLISION);
    assert_eq!(ask("d", D::OverwriteIf).status(&fs).await, S::OBJECT_NAME_COLLISION);
    assert_eq!(ask("", D::OverwriteIf).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(ask("d\\f\\", D::Open).status(&fs).await, S::OBJECT_NAME_INVALID);
    assert_eq!(ask("d\\f\\g", D::Open).status(&fs).await, S::OBJECT_PATH_NOT_FOUND);
    assert_eq!(ask("no\\f", D::Create).status(&fs).await, S::OBJECT_PATH_NOT_FOUND);
    assert_eq!(ask("d\\f:s", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    for good in ["", "d", "d\\", "D\\F", "d\\f::$DATA", "d::$INDEX_ALLOCATION"] {
        assert_eq!(ask(good, D::Open).status(&fs).await, S::SUCCESS, "{good}");
    }
}

#[tokio::test]
async fn rights_that_are_granted() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let maximum = ask("f", D::Open).access(AccessMask::MAXIMUM_ALLOWED).open(&fs).await;
    assert_eq!(maximum.granted_access(), ALL);
    let generic = ask("f", D::Open).access(AccessMask::GENERIC_READ).open(&fs).await;
    assert_eq!(generic.granted_access(), AccessMask::FILE_GENERIC_READ);
    let readers = AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_EXECUTE;
    let limited = ask("f", D::Open).limit(readers);
    assert_eq!(limited.clone().access(AccessMask::GENERIC_WRITE).status(&fs).await, S::ACCESS_DENIED);
    let some = limited.clone().access(AccessMask::MAXIMUM_ALLOWED).open(&fs).await;
    assert_eq!((some.granted_access(), some.maximal_access()), (readers, readers));
    assert_eq!(some.write(0, b"y", false).await, Err(S::ACCESS_DENIED));
    let audit = AccessMask::ACCESS_SYSTEM_SECURITY;
    assert_eq!(ask("f", D::Open).access(audit).status(&fs).await, S::PRIVILEGE_NOT_HELD);
    // Who may only read makes nothing.
    let reading = AccessMask::GENERIC_READ;
    assert_eq!(ask("new", D::OpenIf).limit(readers).access(reading).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(ask("f", D::OpenIf).limit(readers).access(reading).status(&fs).await, S::SUCCESS);
    assert_eq!(ask("f", D::OverwriteIf).limit(readers).access(reading).status(&fs).await, S::ACCESS_DENIED);
}

#[tokio::test]
async fn read_only_hidden_and_system_files() {
    let fs = file_system();
    ask("ro", D::Create).attributes(A::READONLY).open(&fs).await.write(0, b"once", false).await.unwrap();
    assert_eq!(ask("ro", D::Open).access(AccessMask::GENERIC_WRITE).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(ask("ro", D::Overwrite).access(AccessMask::GENERIC_READ).status(&fs).await, S::ACCESS_DENIED);
    let read_delete = AccessMask::READ_DATA | AccessMask::DELETE;
    let doomed = ask("ro", D::Open).access(read_delete).options(O::DELETE_ON_CLOSE);
    assert_eq!(doomed.status(&fs).await, S::CANNOT_DELETE);
    let maximum = ask("ro", D::Open).access(AccessMask::MAXIMUM_ALLOWED).open(&fs).await;
    assert!(!maximum.granted_access().intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA));
    let born_doomed = ask("x", D::Create).attributes(A::READONLY).options(O::DELETE_ON_CLOSE);
    assert_eq!(born_doomed.status(&fs).await, S::CANNOT_DELETE);
    assert_eq!(ask("x", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);

    make_file(&fs, "plain", b"x").await;
    drop(ask("hidden", D::Create).attributes(A::HIDDEN).open(&fs).await);
    assert_eq!(ask("hidden", D::OverwriteIf).status(&fs).await, S::ACCESS_DENIED);
    let again = ask("hidden", D::OverwriteIf).attributes(A::HIDDEN).go(&fs).await.unwrap();
    assert_eq!(again.metadata.attributes, A::HIDDEN | A::ARCHIVE);
}

#[tokio::test]
async fn reading_and_writing() {
    let fs = file_system();
    let open = ask("f", D::Create).open(&fs).await;
    assert_eq!(open.write(0, b"hello world", false).await, Ok(11));
    let mut buf = b"head".to_vec();
    assert_eq!(open.read(6, 100, 0, &mut buf).await, Ok(5));
    assert_eq!(buf, b"headworld");
    assert_eq!(open.read(6, 100, 6, &mut buf).await, Err(S::END_OF_FILE));
    assert_eq!(open.read(11, 1, 0, &mut buf).await, Err(S::END_OF_FILE));
    assert_eq!(open.read(99, 0, 0, &mut buf).await, Ok(0));
    assert_eq!(open.read(0, 0, 1, &mut buf).await, Err(S::END_OF_FILE));
    assert_eq!(open.read(u64::MAX, 1, 0, &mut buf).await, Err(S::INVALID_PARAMETER));
    assert_eq!(open.write(i64::MAX as u64, b"x", false).await, Err(S::INVALID_PARAMETER));
    assert_eq!(open.write(0x0fff_ffff_0000, b"x", false).await, Err(S::INVALID_PARAMETER));
    assert_eq!(buf, b"headworld");
    assert_eq!(open.write(u64::MAX, b"!", false).await, Err(S::INVALID_PARAMETER));
    assert_eq!(open.flush().await, Ok(()));
    let appender = ask("f", D::Open).access(AccessMask::APPEND_DATA).open(&fs).await;
    assert_eq!(appender.write(0, b"x", false).await, Err(S::ACCESS_DENIED));
    assert_eq!(appender.write(11, b"x", false).await, Ok(1));
    assert_eq!(appender.write(u64::MAX, b"!", false).await, Ok(1));
    assert_eq!(open.metadata().unwrap().end_of_file, 13);
    assert_eq!(appender.read(0, 1, 0, &mut buf).await, Err(S::ACCESS_DENIED));
    let directory = ask("", D::Open).open(&fs).await;
    assert_eq!(directory.read(0, 1, 0, &mut buf).await, Err(S::INVALID_DEVICE_REQUEST));
}

#[tokio::test]
async fn a_closed_open_answers_nothing_more() {
    let fs = file_system();
    make_file(&fs, "f", b"abc").await;
    let open = ask("f", D::Open).open(&fs).await;
    assert_eq!(open.close(true).await.unwrap().unwrap().end_of_file, 3);
    assert_eq!(open.close(true).await, Ok(None));
    assert_eq!(open.read(0, 1, 0, &mut Vec::new()).await, Err(S::FILE_CLOSED));
    let mut buf = Vec::new();
    let query = open.query_information(FileInformationClass::BASIC, &[], &mut budget(100, &mut buf)).await;
    assert_eq!(query, Err(S::FILE_CLOSED));
    assert_eq!(fs.open_files(), 0);
}
