//! Write times that are told later to who wants that.

use crate::fixture::{Ask, ask, budget, file_system};
use lanward_fsa::{FileInformationClass as Class, FileOpen, FileSystem};
use lanward_nt::fscc::FileBasicInformation;
use lanward_nt::{AccessMask, CreateDisposition as D, CreateOptions, FileAttributes, FileTime, NtString};
use lanward_wire::Encode;
use std::sync::Arc;
use std::time::Duration;

const DELAY: Duration = Duration::from_secs(2);

fn old(disposition: D) -> Ask {
    ask("f", disposition).write_time_delay(DELAY)
}

fn told(open: &FileOpen) -> FileTime {
    open.metadata().unwrap().last_write_time
}

/// As an open is told whose writes are told at once.
async fn true_time(fs: &Arc<FileSystem>) -> FileTime {
    let open = ask("f", D::Open).open(fs).await;
    told(&open)
}

async fn set_write_time(open: &FileOpen, time: FileTime) {
    let zero = FileTime(0);
    let basic = FileBasicInformation {
        creation_time: zero,
        last_access_time: zero,
        last_write_time: time,
        change_time: zero,
        attributes: FileAttributes::empty(),
    };
    open.set_information(Class::BASIC, &basic.to_bytes()).await.unwrap();
}

async fn listed(fs: &Arc<FileSystem>, root: &Ask) -> FileTime {
    let root = root.clone().options(CreateOptions::DIRECTORY_FILE).open(fs).await;
    let mut search = root.search(Some(&NtString::from("f"))).await.unwrap();
    search.next(1000).await.unwrap().unwrap().information.last_write_time
}

async fn looked_up(fs: &Arc<FileSystem>, file: &Ask) -> FileTime {
    let found = file.clone().access(AccessMask::READ_ATTRIBUTES).look(fs).await;
    found.unwrap().expect("no open is needed").metadata.last_write_time
}

#[tokio::test(start_paused = true)]
async fn the_first_write_is_told_after_the_delay_and_the_last_at_the_close() {
    let fs = file_system();
    let open = old(D::Create).open(&fs).await;
    let made = told(&open);
    open.write(0, b"x", false).await.unwrap();
    let (first, root) = (true_time(&fs).await, ask("", D::Open));
    assert!(first > made, "the volume and others have the true time");
    assert_eq!(old(D::Open).go(&fs).await.unwrap().metadata.last_write_time, made);
    assert_eq!(listed(&fs, &root.clone().write_time_delay(DELAY)).await, made);
    assert_eq!(listed(&fs, &root).await, first);
    assert_eq!(looked_up(&fs, &old(D::Open)).await, made);
    assert_eq!(looked_up(&fs, &ask("f", D::Open)).await, first);
    tokio::time::advance(DELAY / 2).await;
    open.write(0, b"y", false).await.unwrap();
    assert_eq!(told(&open), made);
    tokio::time::advance(DELAY / 2).await;
    let settled = told(&open);
    assert!(settled > made, "it is that of the machine's clock");
    open.write(0, b"z", false).await.unwrap();
    tokio::time::advance(DELAY).await;
    assert_eq!(told(&open), settled);
    open.close(false).await.unwrap();
    let again = old(D::Open).open(&fs).await;
    assert_eq!(told(&again), true_time(&fs).await);
    assert_ne!(told(&again), settled);
}

#[tokio::test(start_paused = true)]
async fn what_cuts_lengthens_or_flushes_is_told_at_once_and_writes_after_it_at_the_close() {
    let fs = file_system();
    let open = old(D::Create).open(&fs).await;
    for (class, length) in [(Class::END_OF_FILE, 9u64), (Class::END_OF_FILE, 3), (Class::ALLOCATION, 0)] {
        let before = told(&open);
        open.set_information(class, &length.to_le_bytes()).await.unwrap();
        let cut = told(&open);
        assert!(cut > before);
        assert_eq!(cut, true_time(&fs).await);
        open.write(0, b"x", false).await.unwrap();
        tokio::time::advance(DELAY * 2).await;
        assert_eq!(told(&open), cut);
    }
    open.flush().await.unwrap();
    assert_eq!(told(&open), true_time(&fs).await);
}

#[tokio::test(start_paused = true)]
async fn a_set_time_is_told_and_ends_the_waiting() {
    let (fs, set) = (file_system(), FileTime(5));
    let (writer, setter) = (old(D::Create).open(&fs).await, old(D::Open).open(&fs).await);
    writer.write(0, b"x", false).await.unwrap();
    set_write_time(&setter, set).await;
    assert_eq!((told(&writer), told(&setter)), (set, set));
    writer.write(0, b"y", false).await.unwrap();
    tokio::time::advance(DELAY * 2).await;
    assert_eq!(told(&setter), set);
    let written = true_time(&fs).await;
    assert_ne!(written, set);
    writer.close(false).await.unwrap();
    assert_eq!(told(&setter), written);
    // Who set a time leaves alone what it is now, and not what it set.
    setter.write(0, b"z", false).await.unwrap();
    assert_eq!((told(&setter), true_time(&fs).await), (written, written));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_told_at_once_is_told_to_all() {
    let fs = file_system();
    let (late, prompt) = (old(D::Create).open(&fs).await, ask("f", D::Open).open(&fs).await);
    late.write(0, b"x", false).await.unwrap();
    prompt.write(0, b"y", false).await.unwrap();
    assert_eq!(told(&late), told(&prompt));
    ask("f", D::Overwrite).open(&fs).await;
    assert_eq!(told(&late), told(&prompt));
}

#[tokio::test(start_paused = true)]
async fn while_one_of_two_writers_is_open_the_time_is_that_of_the_others_close() {
    let fs = file_system();
    let (one, two) = (old(D::Create).open(&fs).await, old(D::Open).open(&fs).await);
    for open in [&one, &two] {
        open.write(0, b"x", false).await.unwrap();
    }
    let closed = true_time(&fs).await;
    drop(one);
    assert_eq!(told(&two), closed);
    two.write(0, b"y", false).await.unwrap();
    assert_eq!(told(&two), closed);
    drop(two);
    let mut buf = Vec::new();
    let open = old(D::Open).open(&fs).await;
    open.query_information(Class::BASIC, &[], &mut budget(40, &mut buf)).await.unwrap();
    assert_eq!(buf[16..24], true_time(&fs).await.0.to_le_bytes());
    assert_ne!(told(&open), closed);
}

#[tokio::test(start_paused = true)]
async fn a_delay_without_end_is_over_at_the_close() {
    let fs = file_system();
    let open = old(D::Create).write_time_delay(Duration::MAX).open(&fs).await;
    let made = told(&open);
    open.write(0, b"x", false).await.unwrap();
    tokio::time::advance(DELAY * 1000).await;
    assert_eq!(told(&open), made);
    drop(open);
    let again = old(D::Open).open(&fs).await;
    assert_ne!(told(&again), made);
}
