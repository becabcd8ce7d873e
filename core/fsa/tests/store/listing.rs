use crate::fixture::{ask, budget, file_system, make_directory, make_file};
use lanward_fsa::{DirectoryQuery, FileInformationClass as Class, FileOpen, FileSystem};
use lanward_nt::fscc::decode_directory;
use lanward_nt::{AccessMask as M, CreateDisposition as D, NtStatus as S, ShortName};
use std::sync::Arc;

const CLASSES: [u8; 9] = [1, 2, 3, 12, 37, 38, 50, 60, 63];

async fn query(
    open: &FileOpen,
    class: Class,
    pattern: &str,
    q: DirectoryQuery,
    limit: u32,
) -> Result<Vec<String>, S> {
    let mut buf = Vec::new();
    open.query_directory(class, &pattern.into(), q, &mut budget(limit, &mut buf)).await?;
    assert!(buf.len() <= limit as usize);
    Ok(decode_directory(class, &buf).unwrap().into_iter().map(|(_, name)| name.to_string()).collect())
}

async fn directory_of(names: &[&str]) -> (Arc<FileSystem>, Arc<FileOpen>) {
    let fs = file_system();
    make_directory(&fs, "d").await;
    for name in names {
        make_file(&fs, &format!("d\\{name}"), b"x").await;
    }
    let open = ask("d", D::Open).open(&fs).await;
    (fs, open)
}

#[tokio::test]
async fn every_class_lists_everything() {
    let (_fs, _open) = directory_of(&[]).await;
    for class in CLASSES.map(Class) {
        let (_fs, open) = directory_of(&["b", "a.txt"]).await;
        let mut names = query(&open, class, "*", DirectoryQuery::default(), 4096).await.unwrap();
        assert_eq!(names[..2], [".", ".."]);
        names.sort();
        assert_eq!(names, [".", "..", "a.txt", "b"], "{class:?}");
        assert_eq!(query(&open, class, "*", DirectoryQuery::default(), 4096).await, Err(S::NO_MORE_FILES));
    }
}

#[tokio::test]
async fn small_buffers_lose_no_entry() {
    let names: Vec<String> = (0..60).map(|i| format!("file-{i:02}")).collect();
    let (_fs, open) = directory_of(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for limit in [130, 300, 1000] {
        let mut found = Vec::new();
        let mut q = DirectoryQuery { restart: true, ..DirectoryQuery::default() };
        loop {
            match query(&open, Class::ID_BOTH_DIRECTORY, "*", q, limit).await {
                Ok(more) => found.extend(more),
                Err(status) => break assert_eq!(status, S::NO_MORE_FILES),
            }
            q.restart = false;
        }
        found.sort();
        assert_eq!(found[2..], names[..], "{limit}");
    }
}

#[tokio::test]
async fn patterns_stay_and_change() {
    let (_fs, open) = directory_of(&["a1", "a2", "b1"]).await;
    let single = DirectoryQuery { single: true, ..DirectoryQuery::default() };
    let names = |r: Result<Vec<String>, S>| r.unwrap();
    assert_eq!(names(query(&open, Class::NAMES, "a*", single, 500).await), ["a1"]);
    assert_eq!(names(query(&open, Class::NAMES, "b*", single, 500).await), ["a2"], "the first pattern stays");
    assert_eq!(query(&open, Class::NAMES, "b*", single, 500).await, Err(S::NO_MORE_FILES));
    let restart = DirectoryQuery { restart: true, ..DirectoryQuery::default() };
    assert_eq!(names(query(&open, Class::NAMES, "", restart, 500).await), ["a1", "a2"]);
    let reopen = DirectoryQuery { reopen: true, ..DirectoryQuery::default() };
    assert_eq!(names(query(&open, Class::NAMES, "B1", reopen, 500).await), ["b1"]);
    assert_eq!(query(&open, Class::NAMES, "none", reopen, 500).await, Err(S::NO_SUCH_FILE));
    assert_eq!(query(&open, Class::NAMES, "a\\b", reopen, 500).await, Err(S::OBJECT_NAME_INVALID));
}

#[tokio::test]
async fn what_is_refused() {
    let (fs, open) = directory_of(&["file"]).await;
    let q = DirectoryQuery::default();
    assert_eq!(query(&open, Class::BASIC, "*", q, 500).await, Err(S::INVALID_INFO_CLASS));
    assert_eq!(query(&open, Class::BOTH_DIRECTORY, "*", q, 93).await, Err(S::INFO_LENGTH_MISMATCH));
    assert_eq!(query(&open, Class::BOTH_DIRECTORY, "file", q, 96).await, Err(S::BUFFER_OVERFLOW));
    let file = ask("d\\file", D::Open).open(&fs).await;
    assert_eq!(query(&file, Class::NAMES, "*", q, 500).await, Err(S::INVALID_PARAMETER));
    let blind = ask("d", D::Open).access(M::READ_ATTRIBUTES).open(&fs).await;
    assert_eq!(query(&blind, Class::NAMES, "*", q, 500).await, Err(S::ACCESS_DENIED));
}

#[tokio::test]
async fn long_names_are_listed_with_short_ones() {
    let (_fs, open) = directory_of(&["Long name.text", "short.txt"]).await;
    for class in CLASSES.map(Class) {
        let mut buf = Vec::new();
        let all = DirectoryQuery { restart: true, ..DirectoryQuery::default() };
        open.query_directory(class, &"*".into(), all, &mut budget(4096, &mut buf)).await.unwrap();
        for (entry, name) in decode_directory(class, &buf).unwrap() {
            let carries = class.has_short_name() && name == "Long name.text".into();
            let short = if carries { ShortName::of(name.units()) } else { ShortName::default() };
            assert_eq!(entry.short_name, short, "{class:?} {name}");
        }
    }
}

#[tokio::test]
async fn a_search_goes_on_where_it_was_left_and_loses_nothing_that_was_given_back() {
    let (_fs, open) = directory_of(&["a long name.txt", "b.txt", "c.txt"]).await;
    assert_eq!(open.search(None).await.err(), Some(S::INVALID_PARAMETER), "none was begun");
    let mut names = Vec::new();
    let mut search = open.search(Some(&"*.txt".into())).await.unwrap();
    let first = search.next(4096).await.unwrap().unwrap();
    names.push(first.name().to_string());
    let second = search.next(4096).await.unwrap().unwrap();
    assert_eq!((second.metadata().end_of_file, second.information.end_of_file), (1, 1));
    search.put_back(second);
    drop(search);
    let mut search = open.search(None).await.unwrap();
    while let Some(entry) = search.next(200).await.unwrap() {
        let has_short = entry.name().units().contains(&0x20);
        assert_eq!(!entry.information.short_name.units().is_empty(), has_short);
        names.push(entry.name().to_string());
    }
    names.sort();
    assert_eq!(names, ["a long name.txt", "b.txt", "c.txt"]);
    drop(search);
    let mut again = open.search(Some(&"b*".into())).await.unwrap();
    assert_eq!(again.next(4096).await.unwrap().unwrap().name().to_string(), "b.txt");
    assert!(again.next(4096).await.unwrap().is_none());
    drop(again);
    assert_eq!(open.search(Some(&"a\\b".into())).await.err(), Some(S::OBJECT_NAME_INVALID));
}

#[tokio::test]
async fn a_search_finds_names_by_their_short_ones_and_both_directories() {
    let (_fs, open) = directory_of(&["a.txt", "a long name.text", "b"]).await;
    // ????????.??? as it comes from a client that knows no other names.
    let mut search = open.search(Some(&">>>>>>>>\">>>".into())).await.unwrap();
    let mut names = Vec::new();
    while let Some(entry) = search.next(4096).await.unwrap() {
        names.push(entry.name().to_string());
    }
    names.sort();
    assert_eq!(names, [".", "..", "a long name.text", "a.txt", "b"]);
}
