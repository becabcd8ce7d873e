use crate::fixture::{Ask, ask, file_system, make_directory, make_file, poll_once, user};
use lanward_fsa::{FileInformationClass as Class, FileOpen, FileSystem, NotifyFilter as F};
use lanward_nt::fscc::{FileBasicInformation, FileRenameInformation, FullEa};
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{
    AccessMask as M, CreateDisposition as D, CreateOptions as O, FileAttributes as A, FileTime, NtStatus as S,
};
use lanward_wire::Encode;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

const ROOM: usize = 4096;

/// The changes of an answer: `+` came, `-` went, `*` changed, `<` and `>` the two names of a rename.
fn in_words(bytes: &[u8]) -> String {
    let (mut at, mut words) = (0, Vec::new());
    loop {
        let word = |i: usize| u32::from_le_bytes(bytes[at + i..at + i + 4].try_into().unwrap());
        let length = usize::try_from(word(8)).unwrap();
        let name: Vec<u16> =
            bytes[at + 12..at + 12 + length].chunks(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        let action = ["", "+", "-", "*", "<", ">", "+:", "-:", "*:"][usize::try_from(word(4)).unwrap()];
        words.push(format!("{action}{}", String::from_utf16(&name).unwrap()));
        if word(0) == 0 {
            return words.join(" ");
        }
        at += usize::try_from(word(0)).unwrap();
    }
}

fn directory(path: &str) -> Ask {
    ask(path, D::Open).options(O::DIRECTORY_FILE).access(M::READ_DATA)
}

type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, S>> + 'a>>;

fn wait(open: &FileOpen, filter: F, tree: bool) -> Waiting<'_> {
    Box::pin(open.change_notify(filter, tree, ROOM))
}

/// An open of a directory whose changes are kept from now on.
async fn watched(fs: &Arc<FileSystem>, path: &str, filter: F, tree: bool) -> Arc<FileOpen> {
    let open = directory(path).open(fs).await;
    assert!(poll_once(&mut wait(&open, filter, tree)).is_pending());
    open
}

/// What was kept for an open.
fn kept(open: &FileOpen) -> String {
    match poll_once(&mut wait(open, F::empty(), false)) {
        Poll::Ready(outcome) => in_words(&outcome.unwrap()),
        Poll::Pending => String::new(),
    }
}

async fn rename(open: &FileOpen, to: &str, replace: bool) {
    let wanted = FileRenameInformation {
        replace_if_exists: u32::from(replace),
        root_directory: 0,
        file_name: to.into(),
    };
    open.set_information(Class::RENAME, &wanted.to_bytes()).await.unwrap();
}

async fn remove(fs: &Arc<FileSystem>, path: &str) {
    let open = ask(path, D::Open).options(O::DELETE_ON_CLOSE).open(fs).await;
    open.close(false).await.unwrap();
}

#[tokio::test]
async fn names_come_and_go() {
    let fs = file_system();
    let root = watched(&fs, "", F::FILE_NAME | F::DIR_NAME, false).await;
    let files = watched(&fs, "", F::FILE_NAME, false).await;
    let tree = watched(&fs, "", F::DIR_NAME | F::FILE_NAME, true).await;
    make_directory(&fs, "d").await;
    make_file(&fs, "a", b"x").await;
    make_file(&fs, "d\\b", b"x").await;
    remove(&fs, "d\\b").await;
    remove(&fs, "d").await;
    remove(&fs, "a").await;
    assert_eq!(kept(&root), "+d +a -d -a");
    assert_eq!(kept(&files), "+a -a");
    assert_eq!(kept(&tree), "+d +a +d\\b -d\\b -d -a");
    assert_eq!(kept(&tree), "");
}

#[tokio::test]
async fn the_two_names_of_a_rename_are_told_together() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_directory(&fs, "e").await;
    make_file(&fs, "d\\a", b"x").await;
    make_file(&fs, "d\\z", b"x").await;
    let (d, e) = (directory("d").open(&fs).await, watched(&fs, "e", F::FILE_NAME, false).await);
    let tree = watched(&fs, "", F::FILE_NAME | F::DIR_NAME, true).await;
    let a = ask("d\\a", D::Open).open(&fs).await;
    let mut waiting = wait(&d, F::FILE_NAME, false);
    assert!(poll_once(&mut waiting).is_pending());
    rename(&a, "d\\b", false).await;
    assert_eq!(in_words(&waiting.await.unwrap()), "<a >b");
    rename(&a, "e\\b", false).await;
    assert_eq!((kept(&d), kept(&e)), ("-b".into(), "+b".into()));
    rename(&a, "d\\Z", true).await;
    assert_eq!((kept(&d), kept(&e)), ("-z +Z".into(), "-b".into()));
    assert_eq!(kept(&tree), "<d\\a >d\\b -d\\b +e\\b -d\\z -e\\b +d\\Z");
    a.close(false).await.unwrap();
    let e = ask("e", D::Open).open(&fs).await;
    rename(&e, "f", false).await;
    assert_eq!(kept(&tree), "<e >f");
}

#[tokio::test]
async fn a_file_that_takes_the_place_of_another_changes_what_is_there() {
    let fs = file_system();
    make_file(&fs, "a", b"x").await;
    make_file(&fs, "b", b"x").await;
    let names = watched(&fs, "", F::FILE_NAME, false).await;
    let data = watched(&fs, "", F::SIZE, false).await;
    let a = ask("a", D::Open).open(&fs).await;
    rename(&a, "b", true).await;
    assert_eq!((kept(&names), kept(&data)), ("-a".into(), "*b".into()));
    let link = FileRenameInformation { replace_if_exists: 0, root_directory: 0, file_name: "c".into() };
    a.set_information(Class::LINK, &link.to_bytes()).await.unwrap();
    assert_eq!(kept(&names), "+c");
}

#[tokio::test]
async fn a_watched_directory_that_moves_is_watched_where_it_is() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    let watch = watched(&fs, "d", F::FILE_NAME, false).await;
    let moved = ask("d", D::Open).open(&fs).await;
    rename(&moved, "e", false).await;
    make_file(&fs, "e\\a", b"").await;
    assert_eq!(kept(&watch), "+a");
    watch.close(false).await.unwrap();
}

#[tokio::test]
async fn every_kind_of_change_has_its_filter() {
    let fs = file_system();
    make_file(&fs, "a", b"x").await;
    let kinds = [
        F::ATTRIBUTES,
        F::SIZE,
        F::LAST_WRITE,
        F::LAST_ACCESS,
        F::CREATION,
        F::EA,
        F::SECURITY,
        F::FILE_NAME,
    ];
    let mut watches = Vec::new();
    for kind in kinds {
        watches.push(watched(&fs, "", kind, true).await);
    }
    let seen = || -> F {
        let all = kinds.iter().zip(&watches).filter(|(_, w)| kept(w) == "*a");
        all.fold(F::empty(), |seen, (kind, _)| seen | *kind)
    };
    let a = ask("a", D::Open).open(&fs).await;
    let basic = |attributes, creation, access, write| {
        FileBasicInformation {
            creation_time: FileTime(creation),
            last_access_time: FileTime(access),
            last_write_time: FileTime(write),
            attributes,
            ..FileBasicInformation::default()
        }
        .to_bytes()
    };
    for (info, expected) in [
        (basic(A::HIDDEN, 0, 0, 0), F::ATTRIBUTES),
        (basic(A::empty(), 9_999_990, 0, 0), F::CREATION),
        (basic(A::empty(), 0, 9_999_990, 0), F::LAST_ACCESS),
        (basic(A::NORMAL, 0, 0, 9_999_990), F::LAST_WRITE | F::ATTRIBUTES),
        (basic(A::empty(), 0, 0, 0), F::empty()),
    ] {
        a.set_information(Class::BASIC, &info).await.unwrap();
        assert_eq!(seen(), expected);
    }
    let ea = FullEa { flags: 0, name: b"N".to_vec(), value: b"v".to_vec() };
    a.set_information(Class::FULL_EA, &ea.to_bytes()).await.unwrap();
    assert_eq!(seen(), F::EA | F::ATTRIBUTES);
    a.close(false).await.unwrap();
    assert_eq!(seen(), F::empty(), "it was all told");
    ask("a", D::OverwriteIf).attributes(A::HIDDEN).open(&fs).await;
    assert_eq!(seen(), F::ATTRIBUTES | F::SIZE | F::LAST_WRITE);
}

#[tokio::test]
async fn a_long_write_is_told_when_it_begins_and_when_it_is_over() {
    let fs = file_system();
    let watch = watched(&fs, "", F::SIZE, false).await;
    let a = ask("a", D::Create).open(&fs).await;
    a.write(0, b"one", false).await.unwrap();
    assert_eq!(kept(&watch), "*a");
    for _ in 0..3 {
        a.write(0, b"more", false).await.unwrap();
    }
    assert_eq!(kept(&watch), "");
    a.close(false).await.unwrap();
    assert_eq!(kept(&watch), "*a");
    let a = ask("a", D::Open).options(O::DELETE_ON_CLOSE).open(&fs).await;
    a.write(0, b"one", false).await.unwrap();
    a.write(0, b"two", false).await.unwrap();
    assert_eq!(kept(&watch), "*a");
    a.close(false).await.unwrap();
    assert_eq!(kept(&watch), "", "what is gone has not changed");
}

#[tokio::test]
async fn requests_of_one_open_take_turns() {
    let fs = file_system();
    let root = directory("").open(&fs).await;
    let (mut one, mut two, mut three) = (
        wait(&root, F::FILE_NAME, false),
        wait(&root, F::FILE_NAME, false),
        wait(&root, F::FILE_NAME, false),
    );
    assert!(poll_once(&mut one).is_pending());
    assert!(poll_once(&mut two).is_pending());
    assert!(poll_once(&mut three).is_pending());
    drop(one);
    make_file(&fs, "a", b"").await;
    assert!(poll_once(&mut three).is_pending());
    make_file(&fs, "b", b"").await;
    make_file(&fs, "c", b"").await;
    assert_eq!(in_words(&two.await.unwrap()), "+a");
    assert_eq!(in_words(&three.await.unwrap()), "+b");
    assert_eq!(kept(&root), "+c");
}

#[tokio::test]
async fn the_first_request_decides_what_is_kept() {
    let fs = file_system();
    let root = directory("").open(&fs).await;
    assert!(poll_once(&mut Box::pin(root.change_notify(F::FILE_NAME, false, 40))).is_pending());
    make_file(&fs, "a", b"x").await;
    make_directory(&fs, "b").await;
    assert_eq!(in_words(&wait(&root, F::all(), true).await.unwrap()), "+a");
    for name in ["c", "d", "e"] {
        make_file(&fs, name, b"").await;
    }
    assert_eq!(wait(&root, F::all(), true).await, Err(S::NOTIFY_ENUM_DIR), "three need 46 bytes");
    make_file(&fs, "f", b"").await;
    assert_eq!(root.change_notify(F::all(), true, 13).await, Err(S::NOTIFY_ENUM_DIR), "one needs 14");
    make_file(&fs, "g", b"").await;
    assert_eq!(in_words(&wait(&root, F::all(), true).await.unwrap()), "+g");
}

#[tokio::test]
async fn no_filter_waits_for_nothing() {
    let fs = file_system();
    let root = directory("").open(&fs).await;
    let mut waiting = wait(&root, F::empty(), true);
    assert!(poll_once(&mut waiting).is_pending());
    make_file(&fs, "a", b"x").await;
    assert!(poll_once(&mut waiting).is_pending());
    root.close(false).await.unwrap();
    assert_eq!(waiting.await, Err(S::NOTIFY_CLEANUP));
    assert_eq!(wait(&root, F::FILE_NAME, true).await, Err(S::FILE_CLOSED));
}

#[tokio::test]
async fn who_waits_in_a_directory_that_is_to_go_is_told() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    let (watch, other) = (directory("d").open(&fs).await, ask("d", D::Open).open(&fs).await);
    let mut waiting = wait(&watch, F::FILE_NAME, false);
    assert!(poll_once(&mut waiting).is_pending());
    other.set_information(Class::DISPOSITION, &[1]).await.unwrap();
    assert_eq!(waiting.await, Err(S::DELETE_PENDING));
    assert_eq!(wait(&watch, F::FILE_NAME, false).await, Err(S::DELETE_PENDING));
    other.set_information(Class::DISPOSITION, &[0]).await.unwrap();
    make_file(&fs, "d\\a", b"").await;
    assert_eq!(kept(&watch), "+a", "it stays after all");
}

#[tokio::test]
async fn only_who_may_list_a_directory_may_wait() {
    let fs = file_system();
    make_file(&fs, "a", b"").await;
    let file = ask("a", D::Open).open(&fs).await;
    assert_eq!(wait(&file, F::all(), false).await, Err(S::INVALID_PARAMETER));
    let blind = directory("").access(M::READ_ATTRIBUTES).open(&fs).await;
    assert_eq!(wait(&blind, F::all(), false).await, Err(S::ACCESS_DENIED));
}

#[tokio::test]
async fn streams_that_come_go_and_change() {
    let fs = file_system();
    make_file(&fs, "f", b"x").await;
    let filter = F::STREAM_NAME | F::STREAM_SIZE | F::STREAM_WRITE;
    let root = watched(&fs, "", filter, false).await;
    let stream = ask("f:s", D::Create).open(&fs).await;
    assert_eq!(kept(&root), "+:f:s");
    stream.write(0, b"text", false).await.unwrap();
    assert_eq!(kept(&root), "*:f:s");
    rename(&stream, ":t", false).await;
    assert_eq!(kept(&root), "-:f:s +:f:t");
    drop(stream);
    drop(ask("f:t", D::Overwrite).open(&fs).await);
    assert_eq!(kept(&root), "*:f:t");
    remove(&fs, "f:t").await;
    assert_eq!(kept(&root), "-:f:t");
}

#[tokio::test]
async fn what_is_hidden_in_listings_is_not_told_of_either() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    let watching = Ask { hides: true, ..directory("d") }.token(&user(2)).open(&fs).await;
    let mut waiting = wait(&watching, F::FILE_NAME | F::LAST_WRITE | F::SIZE, true);
    assert!(poll_once(&mut waiting).is_pending());
    let mine = SecurityDescriptor {
        owner: Some(user(1).user),
        dacl: Some(Some(Acl::new(vec![Ace::allow(user(1).user, M::FILE_ALL_ACCESS, 0)]))),
        ..SecurityDescriptor::default()
    };
    let hers = ask("d\\secret", D::Create).token(&user(1)).security(&mine).open(&fs).await;
    hers.write(0, b"x", false).await.unwrap();
    assert!(poll_once(&mut waiting).is_pending(), "the name alone would tell");
    make_file(&fs, "d\\open", b"").await;
    assert_eq!(in_words(&waiting.await.unwrap()), "+open");
    let mut waiting = wait(&watching, F::FILE_NAME, true);
    hers.set_information(Class::DISPOSITION, &[1]).await.unwrap();
    hers.close(false).await.unwrap();
    let gone = loop {
        match poll_once(&mut waiting) {
            Poll::Ready(outcome) => break outcome,
            Poll::Pending => make_file(&fs, "d\\other", b"").await,
        }
    };
    assert_eq!(gone, Err(S::NOTIFY_ENUM_DIR), "what went has no name that could be asked about");
}
