//! What is told of a file without opening it is what an open tells.

use crate::fixture::{Ask, ask, budget, file_system, make_directory, make_file};
use lanward_fsa::{
    BreakQueue, BreakRoute, FileInformationClass as Class, FileRules, FileSystem, NamePatterns, OplockLevel,
    ShareView,
};
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{
    AccessMask as M, CreateDisposition as D, CreateOptions as O, FileAttributes as A, NtStatus as S,
    NtString, ShortName, Sid,
};
use std::sync::Arc;

const CLASSES: [Class; 5] =
    [Class::BASIC, Class::STANDARD, Class::EA, Class::NETWORK_OPEN, Class::ATTRIBUTE_TAG];

fn attributes_of(path: &str) -> Ask {
    ask(path, D::Open).access(M::READ_ATTRIBUTES)
}

/// Whether both ways came to the same, and looking came to something.
async fn compare(fs: &Arc<FileSystem>, ask: &Ask, told: bool) {
    let (looked, opened) = (ask.look(fs).await, ask.go(fs).await);
    let path = ask.path.to_string();
    let (found, open) = match (looked, opened) {
        (Ok(None), _) => return assert!(!told, "{path} is not told without an open"),
        (looked, Err(status)) => return assert_eq!(looked.err(), Some(status), "{path}"),
        (Err(status), Ok(_)) => panic!("{path} can be opened, and looking says {status}"),
        (Ok(Some(found)), Ok(created)) => (found, created),
    };
    assert!(told, "{path} is told without an open");
    assert_eq!(found.metadata, open.metadata, "{path}");
    for class in CLASSES {
        let (mut by_look, mut by_open) = (Vec::new(), Vec::new());
        assert_eq!(
            found.query_information(class, &mut budget(100, &mut by_look)),
            Ok(true),
            "{path} {class:?}"
        );
        open.open.query_information(class, &[], &mut budget(100, &mut by_open)).await.unwrap();
        assert_eq!(by_look, by_open, "{path} {class:?}");
        let short = found.query_information(class, &mut budget(3, &mut Vec::new()));
        assert_eq!(short, Err(S::INFO_LENGTH_MISMATCH));
    }
    assert_eq!(found.query_information(Class::INTERNAL, &mut budget(100, &mut Vec::new())), Ok(false));
    assert_eq!(found.path, open.open.path(), "{path}");
    open.open.close(false).await.unwrap();
}

#[tokio::test]
async fn looking_tells_what_an_open_tells() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, "d\\File", b"12345").await;
    make_file(&fs, "d\\a long name.text", b"").await;
    let hidden = ask("d\\hidden", D::Create).attributes(A::HIDDEN | A::READONLY).open(&fs).await;
    hidden.close(false).await.unwrap();
    let short = format!(
        "d\\{}",
        NtString::from(ShortName::of(&"a long name.text".encode_utf16().collect::<Vec<_>>()))
    );
    let paths = [
        "",
        "d",
        "D",
        "d\\",
        "d\\File",
        "d\\FILE",
        "d\\File\\",
        "d\\File\\x",
        "d\\none",
        "none\\x",
        "d\\hidden",
        "d\\.\\File",
        "..",
        "\\d",
        "d\\a*",
        "d\\a long name.text",
        &short,
    ];
    for options in
        [O::empty(), O::DIRECTORY_FILE, O::NON_DIRECTORY_FILE, O::DIRECTORY_FILE | O::NON_DIRECTORY_FILE]
    {
        for path in paths {
            compare(&fs, &attributes_of(path).options(options), true).await;
            compare(&fs, &attributes_of(path).options(options).limit(M::READ_DATA), true).await;
        }
    }
    assert_eq!(fs.open_files(), 0, "nothing stays open");
}

#[tokio::test]
async fn what_is_going_is_said_to_go() {
    let fs = file_system();
    make_directory(&fs, "d").await;
    make_file(&fs, "d\\f", b"1").await;
    let going = ask("d\\f", D::Open).options(O::DELETE_ON_CLOSE).open(&fs).await;
    let other = ask("d\\f", D::Open).share(0).access(M::READ_ATTRIBUTES).open(&fs).await;
    compare(&fs, &attributes_of("d\\f"), true).await;
    going.close(false).await.unwrap();
    assert_eq!(attributes_of("d\\f").look(&fs).await, Err(S::DELETE_PENDING));
    compare(&fs, &attributes_of("d\\F"), true).await;
    other.close(false).await.unwrap();
    assert_eq!(attributes_of("d\\f").look(&fs).await, Err(S::OBJECT_NAME_NOT_FOUND));
}

/// Neither share modes nor caches are asked.
#[tokio::test]
async fn looking_is_in_nobodys_way() {
    let fs = file_system();
    make_file(&fs, "f", b"1").await;
    let (queue, route) = (Arc::new(BreakQueue::default()), Arc::new(BreakRoute::default()));
    route.add(&queue);
    let alone = ask("f", D::Open).share(0).oplock(OplockLevel::Batch, &route).open(&fs).await;
    compare(&fs, &attributes_of("f"), true).await;
    assert!(queue.take().is_none(), "nothing breaks");
    alone.close(false).await.unwrap();
}

/// Where others have a say an open is made.
#[tokio::test]
async fn what_an_open_alone_knows_is_left_to_it() {
    let fs = file_system();
    make_file(&fs, "f", b"1").await;
    for ask in [
        attributes_of("f:stream"),
        attributes_of("f::$DATA"),
        attributes_of("f").access(M::READ_ATTRIBUTES | M::READ_DATA),
        attributes_of("f").options(O::DELETE_ON_CLOSE),
        ask("f", D::OpenIf).access(M::READ_ATTRIBUTES),
        attributes_of("f").view(&ShareView {
            rules: Arc::new(FileRules { veto: NamePatterns::new(["f"]), ..FileRules::default() }),
            user: "ann".into(),
            administrator: false,
        }),
    ] {
        assert_eq!(ask.look(&fs).await, Ok(None), "{}", ask.path);
    }
    let deny = SecurityDescriptor {
        dacl: Some(Some(Acl::new(vec![Ace::deny(Sid::everyone(), M::all(), 0)]))),
        ..SecurityDescriptor::default()
    };
    ask("secured", D::Create).security(&deny).open(&fs).await.close(false).await.unwrap();
    assert_eq!(attributes_of("secured").look(&fs).await, Ok(None));
}
