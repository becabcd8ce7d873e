use crate::fixture::{ask, file_system, make_file};
use lanward_nt::{AccessMask as M, CreateDisposition as D, NtStatus as S};

#[tokio::test]
async fn share_modes_go_both_ways() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let reader = ask("f", D::Open).access(M::READ_DATA).share(1).open(&fs).await;
    assert_eq!(ask("f", D::Open).access(M::READ_DATA).share(1).status(&fs).await, S::SUCCESS);
    assert_eq!(ask("f", D::Open).access(M::WRITE_DATA).share(7).status(&fs).await, S::SHARING_VIOLATION);
    assert_eq!(ask("f", D::Open).access(M::READ_DATA).share(6).status(&fs).await, S::SHARING_VIOLATION);
    assert_eq!(ask("f", D::Open).access(M::DELETE).share(7).status(&fs).await, S::SHARING_VIOLATION);
    drop(reader);
    assert_eq!(ask("f", D::Open).access(M::WRITE_DATA).share(0).status(&fs).await, S::SUCCESS);
}

#[tokio::test]
async fn an_open_for_attributes_conflicts_with_nothing() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let alone = ask("f", D::Open).share(0).open(&fs).await;
    let looks = M::READ_ATTRIBUTES | M::WRITE_ATTRIBUTES | M::SYNCHRONIZE;
    let stat = ask("f", D::Open).access(looks).share(0).open(&fs).await;
    assert_eq!(ask("f", D::Open).access(M::READ_CONTROL).share(0).status(&fs).await, S::SUCCESS);
    drop(alone);
    assert_eq!(ask("f", D::Open).share(0).status(&fs).await, S::SUCCESS);
    drop(stat);
    assert_eq!(fs.open_files(), 0);
}

#[tokio::test]
async fn overwriting_needs_leave_to_write_though_the_open_only_reads() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let reader = ask("f", D::Open).access(M::READ_DATA).share(1).open(&fs).await;
    let emptier = ask("f", D::OverwriteIf).access(M::READ_DATA).share(7);
    assert_eq!(emptier.status(&fs).await, S::SHARING_VIOLATION);
    assert_eq!(reader.metadata().unwrap().end_of_file, 1, "a refused overwrite empties nothing");
    drop(reader);
    // Once granted it does not count as writing any more.
    let emptied = emptier.open(&fs).await;
    assert_eq!(emptied.granted_access(), M::READ_DATA);
    assert_eq!(ask("f", D::Open).access(M::READ_DATA).share(1).status(&fs).await, S::SUCCESS);
}
