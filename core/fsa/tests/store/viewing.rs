use crate::fixture::{ask, budget, file_system, make_directory, make_file, poll_once};
use lanward_fsa::{
    DirectoryQuery, FileInformationClass as Class, FileOpen, FileRules, FileSystem, NamePatterns,
    NotifyFilter, RecycleBin, ShareView,
};
use lanward_nt::fscc::FileRenameInformation;
use lanward_nt::{
    AccessMask as M, CreateDisposition as D, CreateOptions as O, FileAttributes as A, FileTime, NtStatus as S,
};
use lanward_wire::Encode;
use std::sync::Arc;

fn view(rules: FileRules, user: &str) -> ShareView {
    ShareView { rules: Arc::new(rules), user: user.into(), administrator: false }
}

fn veto(patterns: &[&str]) -> ShareView {
    view(FileRules { veto: NamePatterns::new(patterns.iter().copied()), ..FileRules::default() }, "ann")
}

fn bin(bin: RecycleBin) -> FileRules {
    FileRules { recycle: Some(bin), ..FileRules::default() }
}

async fn names(open: &FileOpen, pattern: &str) -> Result<Vec<String>, S> {
    let mut buf = Vec::new();
    let query = DirectoryQuery { restart: true, ..DirectoryQuery::default() };
    open.query_directory(Class::NAMES, &pattern.into(), query, &mut budget(4096, &mut buf)).await?;
    let (mut at, mut names) = (0, Vec::new());
    loop {
        let word = |i: usize| u32::from_le_bytes(buf[at + i..at + i + 4].try_into().unwrap());
        let length = usize::try_from(word(8)).unwrap();
        let units: Vec<u16> =
            buf[at + 12..at + 12 + length].chunks(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        names.push(String::from_utf16(&units).unwrap());
        if word(0) == 0 {
            names.sort();
            return Ok(names);
        }
        at += usize::try_from(word(0)).unwrap();
    }
}

async fn rename(open: &FileOpen, to: &str, replace: bool) -> Result<(), S> {
    let wanted = FileRenameInformation {
        replace_if_exists: u32::from(replace),
        root_directory: 0,
        file_name: to.into(),
    };
    open.set_information(Class::RENAME, &wanted.to_bytes()).await
}

async fn remove(fs: &Arc<FileSystem>, path: &str, view: &ShareView) {
    let open = ask(path, D::Open).options(O::DELETE_ON_CLOSE).view(view).open(fs).await;
    open.close(false).await.unwrap();
}

async fn exists(fs: &Arc<FileSystem>, path: &str) -> bool {
    ask(path, D::Open).status(fs).await == S::SUCCESS
}

#[tokio::test]
async fn names_that_begin_with_a_period_are_hidden() {
    let fs = file_system();
    let rules = FileRules { hide_dot_files: true, ..FileRules::default() };
    let view = view(rules, "ann");
    let created = ask(".profile", D::Create).view(&view).go(&fs).await.unwrap();
    assert!(created.metadata.attributes.contains(A::HIDDEN));
    assert!(created.open.metadata().unwrap().attributes.contains(A::HIDDEN));
    let plain = ask("plain", D::Create).view(&view).go(&fs).await.unwrap();
    assert!(!plain.metadata.attributes.contains(A::HIDDEN));
    let elsewhere = ask(".profile", D::Open).go(&fs).await.unwrap();
    assert!(!elsewhere.metadata.attributes.contains(A::HIDDEN), "nothing is stored");
    let root = ask("", D::Open).view(&view).open(&fs).await;
    let mut buf = Vec::new();
    let query = DirectoryQuery::default();
    root.query_directory(Class::DIRECTORY, &".p*".into(), query, &mut budget(4096, &mut buf)).await.unwrap();
    let attributes = A::from_bits_retain(u32::from_le_bytes(buf[56..60].try_into().unwrap()));
    assert!(attributes.contains(A::HIDDEN));
}

#[tokio::test]
async fn names_in_the_list_are_hidden_and_still_overwritten() {
    let fs = file_system();
    let rules = FileRules { hide: NamePatterns::new(["~$*", "desktop.ini"]), ..FileRules::default() };
    let view = view(rules, "ann");
    for (path, hidden) in [("~$a", true), ("Desktop.INI", true), ("desktop.ini2", false)] {
        for disposition in [D::Create, D::OverwriteIf] {
            let created = ask(path, disposition).view(&view).go(&fs).await.unwrap();
            assert_eq!(created.metadata.attributes.contains(A::HIDDEN), hidden, "{path}");
            assert_eq!(created.open.metadata().unwrap().attributes.contains(A::HIDDEN), hidden, "{path}");
            created.open.close(false).await.unwrap();
        }
        let elsewhere = ask(path, D::Open).go(&fs).await.unwrap();
        assert!(!elsewhere.metadata.attributes.contains(A::HIDDEN), "nothing is stored");
    }
}

#[tokio::test]
async fn vetoed_names_are_not_there_and_cannot_be_given() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_directory(&fs, "secret").await;
    for name in ["a.exe", "d\\b.exe", "d\\c", "secret\\f", "a long name.exe"] {
        make_file(&fs, name, b"x").await;
    }
    let view = veto(&["*.exe", "secret"]);
    let status = |path: &'static str, d| ask(path, d).view(&view);
    assert_eq!(status("a.EXE", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(status("d\\b.exe", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(status("secret\\f", D::Open).status(&fs).await, S::OBJECT_PATH_NOT_FOUND);
    assert_eq!(status("new.exe", D::Create).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(status("a.exe", D::OpenIf).status(&fs).await, S::ACCESS_DENIED);
    assert!(!exists(&fs, "new.exe").await);
    let short = lanward_nt::ShortName::beside(&"a long name.exe".encode_utf16().collect::<Vec<_>>());
    let short = String::from_utf16(short.units()).unwrap();
    assert!(exists(&fs, &short).await, "the 8.3 name leads there");
    assert_eq!(ask(&short, D::Open).view(&view).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    let root = ask("", D::Open).view(&view).open(&fs).await;
    assert_eq!(names(&root, "*").await.unwrap(), [".", "..", "d"]);
    assert_eq!(names(&root, "a.exe").await, Err(S::NO_MORE_FILES));
    let c = ask("d\\c", D::Open).view(&view).open(&fs).await;
    assert_eq!(rename(&c, "d\\c.exe", false).await, Err(S::ACCESS_DENIED));
    assert_eq!(rename(&c, "d\\e", false).await, Ok(()));
    let mut changes = Box::pin(root.change_notify(NotifyFilter::FILE_NAME, true, 4096));
    assert!(poll_once(&mut changes).is_pending());
    make_file(&fs, "unseen.exe", b"").await;
    assert!(poll_once(&mut changes).is_pending(), "nobody hears of it");
}

#[tokio::test]
async fn a_drop_box_takes_and_does_not_give() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, "old", b"old").await;
    let view = view(FileRules { drop_box: true, ..FileRules::default() }, "ann");
    let want = |path: &'static str, d| ask(path, d).view(&view).access(M::GENERIC_READ | M::GENERIC_WRITE);
    let new = want("d\\new", D::Create).open(&fs).await;
    new.write(0, b"text", false).await.unwrap();
    assert_eq!(new.read(0, 4, 0, &mut Vec::new()).await, Err(S::ACCESS_DENIED));
    new.close(false).await.unwrap();
    let most = ask("d\\max", D::OpenIf).view(&view).access(M::MAXIMUM_ALLOWED).open(&fs).await;
    assert!(!most.granted_access().intersects(M::READ_DATA | M::EXECUTE));
    for (path, disposition, expected) in [
        ("d\\new", D::Open, S::ACCESS_DENIED),
        ("d\\new", D::OpenIf, S::ACCESS_DENIED),
        ("d\\new", D::OverwriteIf, S::ACCESS_DENIED),
        ("d\\new", D::Overwrite, S::ACCESS_DENIED),
        ("d\\new", D::Supersede, S::ACCESS_DENIED),
        ("d\\new", D::Create, S::OBJECT_NAME_COLLISION),
        ("old", D::Open, S::ACCESS_DENIED),
    ] {
        assert_eq!(want(path, disposition).status(&fs).await, expected, "{path} {disposition:?}");
    }
    let mine = ask("mine", D::Create).view(&view).access(M::DELETE | M::WRITE_DATA).open(&fs).await;
    assert_eq!(rename(&mine, "old", true).await, Err(S::ACCESS_DENIED));
    let directory = ask("d", D::Open).view(&view).access(M::READ_DATA | M::WRITE_DATA).open(&fs).await;
    assert_eq!(names(&directory, "*").await.unwrap(), [".", ".."]);
    assert_eq!(names(&directory, "new").await, Err(S::NO_MORE_FILES));
    let watch = directory.change_notify(NotifyFilter::all(), true, 4096).await;
    assert_eq!(watch, Err(S::ACCESS_DENIED));
    let delete = ask("d", D::Open).view(&view).access(M::DELETE);
    assert_eq!(delete.status(&fs).await, S::ACCESS_DENIED);
    let root = ask("old", D::Open).open(&fs).await;
    assert_eq!(root.metadata().unwrap().end_of_file, 3, "nothing happened to what was there");
}

#[tokio::test]
async fn deleted_files_go_to_their_owners_bins() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    let rules = bin(RecycleBin { max_size: Some(3), max_age: None, exclude: NamePatterns::new(["*.tmp"]) });
    let (ann, bob) = (view(rules.clone(), "ann"), view(rules, "b:o*b"));
    let watch = ask("", D::Open).access(M::READ_DATA).open(&fs).await;
    let mut changes = Box::pin(watch.change_notify(NotifyFilter::FILE_NAME, true, 4096));
    for turn in 0..2 {
        make_file(&fs, "d\\f.txt", b"one").await;
        if turn == 0 {
            assert!(poll_once(&mut changes).is_pending());
        }
        remove(&fs, "d\\f.txt", &ann).await;
        assert!(!exists(&fs, "d\\f.txt").await);
    }
    let told = changes.await.unwrap();
    assert_eq!(told[4], 2, "it is gone from where it was");
    assert!(exists(&fs, ".recycle\\ann\\d\\f.txt").await && exists(&fs, ".recycle\\ann\\d\\f (2).txt").await);
    let folder = ask(".recycle", D::Open).open(&fs).await;
    assert!(folder.metadata().unwrap().attributes.contains(A::HIDDEN));
    for name in ["long", "a.tmp"] {
        make_file(&fs, name, if name == "long" { b"four" } else { b"x" }).await;
        remove(&fs, name, &ann).await;
        assert!(!exists(&fs, &format!(".recycle\\ann\\{name}")).await, "{name}");
    }
    make_file(&fs, "g", b"x").await;
    remove(&fs, "g", &bob).await;
    assert!(exists(&fs, ".recycle\\b_o_b\\g").await);
    // What is deleted in the bin is gone, and nobody comes at what others deleted.
    remove(&fs, ".recycle\\ann\\d\\f.txt", &ann).await;
    assert!(!exists(&fs, ".recycle\\ann\\d\\f.txt").await);
    let of_bob = ask(".recycle\\b_o_b\\g", D::Open).view(&ann);
    assert_eq!(of_bob.status(&fs).await, S::OBJECT_PATH_NOT_FOUND);
    let folder = ask(".recycle", D::Open).view(&ann).access(M::READ_DATA).open(&fs).await;
    assert_eq!(names(&folder, "*").await.unwrap(), [".", "..", "ann"]);
    let away = ask(".recycle", D::Open).view(&ann).access(M::DELETE);
    assert_eq!(away.status(&fs).await, S::ACCESS_DENIED, "it stays where it is");
    let all = ShareView { administrator: true, ..ann.clone() };
    assert_eq!(ask(".recycle\\b_o_b\\g", D::Open).view(&all).status(&fs).await, S::SUCCESS);
    remove(&fs, "d", &ann).await;
    assert!(!exists(&fs, "d").await, "folders go for good");
}

#[tokio::test]
async fn only_the_server_makes_the_bin() {
    let fs = file_system();
    let ann = view(bin(RecycleBin::default()), "ann");
    let folder =
        |disposition| ask(".recycle", disposition).view(&ann).options(O::DIRECTORY_FILE).access(M::READ_DATA);
    for disposition in [D::Create, D::OverwriteIf, D::Supersede] {
        assert_eq!(ask(".Recycle", disposition).view(&ann).status(&fs).await, S::ACCESS_DENIED);
    }
    assert_eq!(folder(D::Create).status(&fs).await, S::ACCESS_DENIED);
    assert_eq!(folder(D::OpenIf).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    make_directory(&fs, "d").await;
    let moved = ask("d", D::Open).view(&ann).access(M::DELETE).open(&fs).await;
    assert_eq!(rename(&moved, ".recycle", false).await, Err(S::ACCESS_DENIED));
    make_file(&fs, "d\\f", b"x").await;
    remove(&fs, "d\\f", &ann).await;
    assert_eq!(folder(D::OpenIf).status(&fs).await, S::SUCCESS, "now it is there");
}

#[tokio::test]
async fn the_bin_is_emptied_of_what_is_old() {
    let fs = file_system();
    let ann = view(bin(RecycleBin::default()), "ann");
    assert_eq!(fs.expire_recycled(FileTime(u64::MAX)), Ok(0), "there is no bin yet");
    make_directory(&fs, "d").await;
    make_file(&fs, "d\\old", b"x").await;
    remove(&fs, "d\\old", &ann).await;
    let old = ask(".recycle\\ann\\d\\old", D::Open).go(&fs).await.unwrap();
    let between = FileTime(old.metadata.change_time.0 + 1);
    old.open.close(false).await.unwrap();
    make_file(&fs, "new", b"x").await;
    remove(&fs, "new", &ann).await;
    assert_eq!(fs.expire_recycled(between), Ok(1));
    assert!(!exists(&fs, ".recycle\\ann\\d").await && exists(&fs, ".recycle\\ann\\new").await);
    assert_eq!(fs.expire_recycled(FileTime(u64::MAX)), Ok(1));
    assert!(exists(&fs, ".recycle\\ann").await);
}

#[tokio::test]
async fn a_drop_box_keeps_the_streams_of_its_directories() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    let stream = ask("d:s", D::Create).open(&fs).await;
    stream.write(0, b"secret", false).await.unwrap();
    stream.close(false).await.unwrap();
    let view = view(FileRules { drop_box: true, ..FileRules::default() }, "ann");
    for access in [M::READ_DATA, M::WRITE_DATA, M::DELETE] {
        let wanted = ask("d:s", D::Open).access(access).view(&view);
        assert_eq!(wanted.status(&fs).await, S::ACCESS_DENIED, "{access:?}");
    }
    let open = ask("d", D::Open).access(M::WRITE_DATA).view(&view).open(&fs).await;
    let nowhere = [0x43, 0, 0, 0xa0, 0, 0, 0, 0];
    assert_eq!(open.set_reparse_point(&nowhere).await, Err(S::ACCESS_DENIED));
}
