use crate::fixture::{ALL, ask, budget, file_system, make_directory, make_file};
use lanward_fsa::{FileInformationClass as Class, FileOpen, FileSystem};
use lanward_nt::{
    AccessMask as M, CreateAction, CreateDisposition as D, CreateOptions as O, FileAttributes as A,
    NtStatus as S,
};
use std::sync::Arc;

const DELETE: [u8; 1] = [1];
const KEEP: [u8; 1] = [0];

async fn read(open: &FileOpen) -> Vec<u8> {
    let mut data = Vec::new();
    match open.read(0, 1000, 0, &mut data).await {
        Ok(_) | Err(S::END_OF_FILE) => data,
        Err(status) => panic!("{status:?}"),
    }
}

/// Names and lengths as a client is told, sorted.
async fn list(open: &FileOpen) -> Vec<(String, u64)> {
    let mut bytes = Vec::new();
    open.query_information(Class::STREAM, &[], &mut budget(4096, &mut bytes)).await.unwrap();
    let (mut list, mut rest) = (Vec::new(), &bytes[..]);
    let number = |at: &[u8]| u32::from_le_bytes(at[..4].try_into().unwrap()) as usize;
    while !rest.is_empty() {
        let (next, length) = (number(rest), number(&rest[4..]));
        let units: Vec<u16> =
            rest[24..24 + length].chunks(2).map(|c| u16::from_le_bytes([c[0], c[1]])).collect();
        let size = u64::from_le_bytes(rest[8..16].try_into().unwrap());
        list.push((String::from_utf16(&units).unwrap(), size));
        assert_eq!(next % 8, 0, "entries are aligned");
        rest = if next == 0 { &[] } else { &rest[next..] };
    }
    list.sort();
    list
}

async fn names(fs: &Arc<FileSystem>, path: &str) -> Vec<String> {
    let open = ask(path, D::Open).access(M::READ_ATTRIBUTES).open(fs).await;
    list(&open).await.into_iter().map(|(name, _)| name).collect()
}

async fn make_stream(fs: &Arc<FileSystem>, path: &str, data: &[u8]) {
    let open = ask(path, D::Create).open(fs).await;
    open.write(0, data, false).await.unwrap();
    open.close(false).await.unwrap();
}

fn rename(to: &str, replace: bool) -> Vec<u8> {
    let name: Vec<u8> = to.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = vec![u8::from(replace)];
    bytes.resize(16, 0);
    bytes.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
    bytes.extend(name);
    bytes.resize(bytes.len().max(24), 0);
    bytes
}

#[tokio::test]
async fn a_stream_is_made_with_its_file() {
    let fs = file_system();
    assert_eq!(ask("f:s", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    let made = ask("f:One:$data", D::Create).attributes(A::HIDDEN).go(&fs).await.unwrap();
    assert_eq!(made.action, CreateAction::Created);
    made.open.write(0, b"stream", false).await.unwrap();
    let file = ask("F", D::Open).open(&fs).await;
    assert_eq!(read(&file).await, b"");
    assert_eq!(list(&file).await, [("::$DATA".into(), 0), (":One:$DATA".into(), 6)]);
    assert!(file.metadata().unwrap().attributes.contains(A::HIDDEN));
    assert_eq!(read(&*ask("f:oNE", D::Open).open(&fs).await).await, b"stream");
    assert_eq!(ask("f:ONE", D::Create).status(&fs).await, S::OBJECT_NAME_COLLISION);
    assert_eq!(ask("f:two", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(ask("f:two", D::Overwrite).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    let two = ask("f:two", D::OpenIf).go(&fs).await.unwrap();
    assert_eq!(two.action, CreateAction::Created);
    assert_eq!(two.open.file_id(), file.file_id());
    assert_eq!(list(&two.open).await.len(), 3);
}

#[tokio::test]
async fn names_of_streams() {
    let fs = file_system();
    make_file(&fs, "f", b"data").await;
    for good in ["f:\u{5}a\n b", "f:?s*", "f:.", "f:a b :$DATA"] {
        make_stream(&fs, good, b"x").await;
    }
    for bad in ["f:s:", "f:s:$FOO", "f:a/b", "f:a\\b", "f*:s", "f:a:b:$DATA"] {
        assert_eq!(ask(bad, D::OpenIf).status(&fs).await, S::OBJECT_NAME_INVALID, "{bad}");
    }
    assert_eq!(ask("f:s\\", D::OpenIf).status(&fs).await, S::OBJECT_NAME_INVALID);
    assert_eq!(ask("f:s", D::Create).options(O::DIRECTORY_FILE).status(&fs).await, S::NOT_A_DIRECTORY);
    assert_eq!(read(&*ask("f::$DATA", D::Open).open(&fs).await).await, b"data");
}

#[tokio::test]
async fn directories_have_streams() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_stream(&fs, "d:note", b"text").await;
    make_stream(&fs, ":of the root", b"text").await;
    assert_eq!(names(&fs, "d").await, [":note:$DATA"]);
    assert_eq!(names(&fs, "").await, [":of the root:$DATA"]);
    let open = ask("d:note", D::Open).options(O::NON_DIRECTORY_FILE).open(&fs).await;
    assert!(!open.is_directory());
    assert_eq!(read(&open).await, b"text");
    assert!(!open.metadata().unwrap().attributes.contains(A::DIRECTORY));
    open.set_information(Class::DISPOSITION, &DELETE).await.unwrap();
    drop(open);
    assert_eq!(names(&fs, "d").await, [""; 0]);
    let directory = ask("d", D::Open).open(&fs).await;
    let stream = ask("d:new", D::Create).open(&fs).await;
    directory.set_information(Class::DISPOSITION, &DELETE).await.unwrap();
    drop(directory);
    assert_eq!(ask("d:new", D::Open).status(&fs).await, S::DELETE_PENDING);
    drop(stream);
    assert_eq!(ask("d", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(fs.open_files(), 0);
}

/// [MS-FSA] 2.1.5.1.2.2: each stream is shared by itself.
#[tokio::test]
async fn streams_are_shared_one_by_one() {
    let fs = file_system();
    let one = ask("f:one", D::Create).access(M::WRITE_DATA).share(0).open(&fs).await;
    let two = ask("f:two", D::Create).access(M::WRITE_DATA).share(0).open(&fs).await;
    let main = ask("f", D::Open).access(M::WRITE_DATA).share(0).open(&fs).await;
    for path in ["f:ONE", "f:two", "f"] {
        let open = ask(path, D::Open).access(M::READ_DATA);
        assert_eq!(open.status(&fs).await, S::SHARING_VIOLATION, "{path}");
    }
    drop(one);
    assert_eq!(ask("f:one", D::Open).access(M::READ_DATA).status(&fs).await, S::SUCCESS);
    drop((two, main));
    assert_eq!(fs.open_files(), 0);
}

/// [MS-FSA] 2.1.5.1.2.1: deleting the file is deleting its streams.
#[tokio::test]
async fn the_right_to_delete_counts_across_streams() {
    let fs = file_system();
    let stream = ask("f:s", D::Create).access(M::READ_DATA).share(3).open(&fs).await;
    assert_eq!(ask("f", D::Open).access(M::DELETE).status(&fs).await, S::SHARING_VIOLATION);
    assert_eq!(ask("f", D::Supersede).access(M::READ_DATA).status(&fs).await, S::SHARING_VIOLATION);
    assert_eq!(ask("f", D::Open).access(M::READ_DATA).status(&fs).await, S::SUCCESS);
    drop(stream);
    let main = ask("f", D::Open).access(M::DELETE).open(&fs).await;
    let unshared = ask("f:s", D::Open).access(M::READ_DATA).share(3);
    assert_eq!(unshared.status(&fs).await, S::SHARING_VIOLATION);
    assert_eq!(ask("f:s", D::Open).access(M::READ_ATTRIBUTES).share(0).status(&fs).await, S::SUCCESS);
    let unshared_new = ask("f:new", D::Create).access(M::WRITE_DATA).share(3);
    assert_eq!(unshared_new.status(&fs).await, S::SHARING_VIOLATION);
    drop(main);
    assert_eq!(names(&fs, "f").await, ["::$DATA", ":s:$DATA"], "what was refused made nothing");
    let main = ask("f", D::Open).access(M::READ_DATA).share(3).open(&fs).await;
    assert_eq!(ask("f:s", D::Open).access(M::DELETE).status(&fs).await, S::SUCCESS);
    drop(main);
}

#[tokio::test]
async fn a_stream_goes_with_its_last_open() {
    let fs = file_system();
    make_file(&fs, "f", b"data").await;
    make_stream(&fs, "f:s", b"old").await;
    let a = ask("f:s", D::Open).open(&fs).await;
    let b = ask("f:s", D::Open).options(O::DELETE_ON_CLOSE).open(&fs).await;
    drop(b);
    assert!(a.delete_pending());
    assert_eq!(ask("f:S", D::OpenIf).status(&fs).await, S::DELETE_PENDING);
    assert_eq!(ask("f", D::Open).status(&fs).await, S::SUCCESS, "the file stays");
    a.set_information(Class::DISPOSITION, &KEEP).await.unwrap();
    assert_eq!(ask("f:s", D::Open).status(&fs).await, S::SUCCESS);
    a.set_information(Class::DISPOSITION, &DELETE).await.unwrap();
    a.close(false).await.unwrap();
    assert_eq!(ask("f:s", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(names(&fs, "f").await, ["::$DATA"]);
    assert_eq!(fs.open_files(), 0);
}

#[tokio::test]
async fn posix_semantics_free_a_streams_name_at_once() {
    let fs = file_system();
    make_stream(&fs, "f:s", b"old").await;
    let other = ask("f:s", D::Open).open(&fs).await;
    let deleter = ask("f:s", D::Open).open(&fs).await;
    deleter.set_information(Class::DISPOSITION_EX, &3u32.to_le_bytes()).await.unwrap();
    drop(deleter);
    assert_eq!(ask("f:s", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    let new = ask("f:s", D::Create).share(0).open(&fs).await;
    assert_eq!((read(&other).await, read(&new).await), (b"old".to_vec(), vec![]));
    drop((other, new));
    assert_eq!(names(&fs, "f").await, ["::$DATA", ":s:$DATA"]);
    assert_eq!(fs.open_files(), 0);
}

#[tokio::test]
async fn a_deleted_file_stays_for_as_long_as_a_stream_is_open() {
    let fs = file_system();
    make_stream(&fs, "f:s", b"text").await;
    let stream = ask("f:s", D::Open).open(&fs).await;
    drop(ask("f", D::Open).options(O::DELETE_ON_CLOSE).open(&fs).await);
    assert_eq!(read(&stream).await, b"text");
    for path in ["f", "f:s", "f:new"] {
        assert_eq!(ask(path, D::OpenIf).status(&fs).await, S::DELETE_PENDING, "{path}");
    }
    drop(stream);
    assert_eq!(ask("f", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(fs.open_files(), 0);
}

#[tokio::test]
async fn overwriting_a_file_takes_its_streams() {
    for disposition in [D::Overwrite, D::OverwriteIf, D::Supersede] {
        let fs = file_system();
        make_stream(&fs, "f:closed", b"x").await;
        let open = ask("f:open", D::Create).open(&fs).await;
        open.write(0, b"kept for now", false).await.unwrap();
        drop(ask("f", disposition).open(&fs).await);
        assert_eq!(names(&fs, "f").await, ["::$DATA", ":open:$DATA"], "{disposition:?}");
        assert_eq!(read(&open).await, b"kept for now");
        drop(open);
        assert_eq!(names(&fs, "f").await, ["::$DATA"]);
    }
}

#[tokio::test]
async fn overwriting_a_stream_takes_its_data_alone() {
    let fs = file_system();
    make_file(&fs, "f", b"data").await;
    make_stream(&fs, "f:s", b"text").await;
    make_stream(&fs, "f:t", b"text").await;
    let hidden = ask("f", D::Open).open(&fs).await;
    let mut basic = vec![0; 32];
    basic.extend(A::HIDDEN.bits().to_le_bytes());
    basic.extend([0; 4]);
    hidden.set_information(Class::BASIC, &basic).await.unwrap();
    let over = ask("f:s", D::OverwriteIf).attributes(A::SYSTEM).go(&fs).await.unwrap();
    assert_eq!((over.action, over.metadata.end_of_file), (CreateAction::Overwritten, 0));
    assert_eq!(over.metadata.attributes, A::HIDDEN);
    let expected = [("::$DATA".into(), 4), (":s:$DATA".into(), 0), (":t:$DATA".into(), 4)];
    assert_eq!(list(&hidden).await, expected);
}

#[tokio::test]
async fn a_file_that_may_not_be_written_gets_no_stream() {
    let fs = file_system();
    drop(ask("ro", D::Create).attributes(A::READONLY).open(&fs).await);
    assert_eq!(ask("ro:s", D::Create).access(M::WRITE_DATA).status(&fs).await, S::ACCESS_DENIED);
    make_file(&fs, "f", b"x").await;
    let reader = ALL.difference(M::WRITE_DATA | M::APPEND_DATA);
    let ask_for = ask("f:s", D::OpenIf).access(M::READ_DATA).limit(reader);
    assert!(ask_for.status(&fs).await != S::SUCCESS);
    assert_eq!(names(&fs, "f").await, ["::$DATA"]);
}

#[tokio::test]
async fn streams_change_their_names() {
    let fs = file_system();
    make_file(&fs, "f", b"").await;
    make_stream(&fs, "f:full", b"text").await;
    make_stream(&fs, "f:empty", b"").await;
    let open = ask("f:s", D::Create).open(&fs).await;
    open.write(0, b"moved", false).await.unwrap();
    let to = |name: &str, replace| {
        let (open, bytes) = (Arc::clone(&open), rename(name, replace));
        async move { open.set_information(Class::RENAME, &bytes).await }
    };
    assert_eq!(to(":S", false).await, Ok(()));
    assert_eq!(to(":empty:$DATA", false).await, Err(S::OBJECT_NAME_COLLISION));
    assert_eq!(to(":full", true).await, Err(S::INVALID_PARAMETER));
    assert_eq!(to(":x:$INDEX_ALLOCATION", true).await, Err(S::OBJECT_TYPE_MISMATCH));
    assert_eq!(to(":x:", true).await, Err(S::INVALID_PARAMETER));
    assert_eq!(to("f:x", true).await, Err(S::OBJECT_NAME_INVALID));
    assert_eq!(to("g", true).await, Err(S::INVALID_PARAMETER));
    let held = ask("f:empty", D::Open).open(&fs).await;
    assert_eq!(to(":Empty", true).await, Err(S::INVALID_PARAMETER), "somebody has it open");
    drop(held);
    assert_eq!(to(":Empty", true).await, Ok(()));
    assert_eq!(names(&fs, "f").await, ["::$DATA", ":Empty:$DATA", ":full:$DATA"]);
    assert_eq!(ask("f:s", D::Open).status(&fs).await, S::OBJECT_NAME_NOT_FOUND);
    let reader = ask("f:empty", D::Open).access(M::READ_DATA).share(1);
    assert_eq!(reader.status(&fs).await, S::SHARING_VIOLATION, "it is shared by its new name");
    assert_eq!(to("::$DATA", true).await, Ok(()));
    assert_eq!(read(&open).await, b"moved");
    open.write(5, b"!", false).await.unwrap();
    assert_eq!(read(&*ask("f", D::Open).open(&fs).await).await, b"moved!");
    drop(open);
    assert_eq!(names(&fs, "f").await, ["::$DATA", ":full:$DATA"]);
    let main = ask("f", D::Open).open(&fs).await;
    assert_eq!(main.set_information(Class::RENAME, &rename(":x", true)).await, Err(S::INVALID_PARAMETER));
    assert_eq!(fs.open_files(), 1);
}

#[tokio::test]
async fn a_file_keeps_its_name_while_a_stream_is_open() {
    let fs = file_system();
    make_stream(&fs, "f:s", b"x").await;
    let file = ask("f", D::Open).open(&fs).await;
    let stream = ask("f:s", D::Open).open(&fs).await;
    assert_eq!(file.set_information(Class::RENAME, &rename("g", false)).await, Err(S::ACCESS_DENIED));
    drop(stream);
    assert_eq!(file.set_information(Class::RENAME, &rename("g", false)).await, Ok(()));
    assert_eq!(names(&fs, "g").await, ["::$DATA", ":s:$DATA"]);
}

#[tokio::test]
async fn locks_are_each_streams_own() {
    use lanward_fsa::{LockElement, LockKind};
    let fs = file_system();
    make_file(&fs, "f", b"data").await;
    make_stream(&fs, "f:s", b"text").await;
    let (file, stream) = (ask("f", D::Open).open(&fs).await, ask("f:s", D::Open).open(&fs).await);
    let lock = [LockElement { offset: 0, length: 4, kind: LockKind::Exclusive, fail_immediately: true }];
    file.lock(&lock).await.unwrap();
    stream.write(0, b"free", false).await.unwrap();
    stream.lock(&lock).await.unwrap();
    let other = ask("f:s", D::Open).open(&fs).await;
    assert_eq!(other.write(0, b"no", false).await, Err(S::FILE_LOCK_CONFLICT));
}

#[tokio::test]
async fn what_is_told_of_a_stream() {
    let fs = file_system();
    make_stream(&fs, "f:s", b"text").await;
    let open = ask("f:S", D::Open).open(&fs).await;
    let mut bytes = Vec::new();
    open.query_information(Class::NAME, &[], &mut budget(100, &mut bytes)).await.unwrap();
    let name: Vec<u8> = "\\f:s".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(&bytes[4..], name);
    let mut few = Vec::new();
    let cut = open.query_information(Class::STREAM, &[], &mut budget(50, &mut few)).await;
    assert_eq!((cut, few.len()), (Err(S::BUFFER_OVERFLOW), 38), "what fits is there");
    let none = open.query_information(Class::STREAM, &[], &mut budget(31, &mut Vec::new())).await;
    assert_eq!(none, Err(S::INFO_LENGTH_MISMATCH));
}
