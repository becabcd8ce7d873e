use super::{create, create_with, make_directory, metadata, names, open};
use crate::{NtStatus, Volume, Wait, Wanted};
use lanward_nt::{FileAttributes, NtString, ShortName};
use std::collections::BTreeSet;

pub(super) fn list_in_parts(volume: &dyn Volume) {
    let directory = make_directory(volume, "d").file;
    for n in 0..25 {
        create_with(volume, &format!("d\\file {n:02}"), &vec![1; n]);
    }
    make_directory(volume, "d\\sub");
    let mut entries = Vec::new();
    let mut parts = 0;
    loop {
        let before = entries.len();
        let more = directory.list(&Wanted::ALL, 7, &mut entries, Wait::Allowed).expect("it can be listed");
        assert!(entries.len() - before <= 7);
        parts += 1;
        if !more {
            break;
        }
        assert_eq!(entries.len() - before, 7, "there is more only behind a full part");
        assert!(parts < 100, "a listing ends");
    }
    assert_eq!(entries.len(), 26);
    assert_eq!(entries.iter().map(|e| e.name.clone()).collect::<BTreeSet<_>>().len(), 26);
    for entry in &entries {
        let name = entry.name.to_string_lossy();
        let known = metadata(volume, &format!("d\\{name}")).expect("it is there");
        assert_eq!(entry.metadata, known, "{name}");
        assert_eq!(entry.metadata.attributes.contains(FileAttributes::DIRECTORY), name == "sub");
    }
    let more = directory.list(&Wanted::ALL, 7, &mut entries, Wait::Allowed).expect("it can be listed");
    assert!(!more && entries.len() == 26, "the end stays the end");
}

pub(super) fn filter_and_rewind(volume: &dyn Volume) {
    let directory = make_directory(volume, "d").file;
    for name in ["a.txt", "b.doc", "c.txt", "d.doc", "e.txt"] {
        create(volume, &format!("d\\{name}"));
    }
    let names_of_text = |name: &NtString| name.to_string_lossy().ends_with(".txt");
    let text = Wanted { names: &names_of_text, short_names: false };
    for _ in 0..2 {
        let mut entries = Vec::new();
        while directory.list(&text, 2, &mut entries, Wait::Allowed).expect("it can be listed") {}
        let mut found: Vec<_> = entries.iter().map(|e| e.name.to_string_lossy()).collect();
        found.sort();
        assert_eq!(found, ["a.txt", "c.txt", "e.txt"]);
        directory.rewind().expect("it can be rewound");
    }
    create(volume, "d\\f.txt");
    assert_eq!(names(&*directory).len(), 6, "a rewound listing shows what is new");
    let other = open(volume, "d");
    // Writing access to a directory is the caller's affair; another handle has its own position.
    if let Ok(other) = other {
        assert_eq!(names(&*other.file).len(), 6);
    }
    let mut entries = Vec::new();
    directory.rewind().expect("it can be rewound");
    let none = Wanted { names: &|_| false, short_names: false };
    let nothing = directory.list(&none, 5, &mut entries, Wait::Allowed).expect("it can be listed");
    assert!(!nothing && entries.is_empty());
}

pub(super) fn ten_thousand_entries(volume: &dyn Volume) {
    const MANY: usize = 10_000;
    let directory = make_directory(volume, "d").file;
    for n in 0..MANY {
        create(volume, &format!("d\\Entry number {n}"));
    }
    assert_eq!(names(&*directory).len(), MANY);
    assert!(open(volume, "d\\ENTRY NUMBER 7777").is_ok());
    assert_eq!(open(volume, "d\\entry number 10000").unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    let mut entries = Vec::new();
    directory.rewind().expect("it can be rewound");
    let names = |name: &NtString| name.to_string_lossy().ends_with("99");
    let wanted = Wanted { names: &names, short_names: true };
    while directory.list(&wanted, 64, &mut entries, Wait::Allowed).expect("it can be listed") {}
    assert_eq!(entries.len(), MANY / 100);
    assert!(entries.iter().all(|e| e.short_name == ShortName::beside(e.name.units())), "no two are the same");
}
