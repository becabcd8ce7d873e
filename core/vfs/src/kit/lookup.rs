use super::{create, create_with, make_directory, metadata, names, open, path, path_of, try_open};
use crate::{FileKind, Intent, NtStatus, Volume, Wait, Wanted};
use lanward_nt::{FileAttributes, NtPath, NtString, ShortName};
use std::collections::HashMap;

pub(super) fn root(volume: &dyn Volume) {
    let opened = try_open(volume, &NtPath::root(), Intent::Open, true).expect("the root is there");
    assert_eq!(opened.metadata.kind, FileKind::Directory);
    assert!(opened.metadata.attributes.contains(FileAttributes::DIRECTORY));
    assert_eq!(opened.path, NtPath::root());
    assert!(names(&*opened.file).is_empty());
    assert_eq!(
        try_open(volume, &NtPath::root(), Intent::Create, true).unwrap_err(),
        NtStatus::OBJECT_NAME_COLLISION
    );
    assert!(
        !try_open(volume, &NtPath::root(), Intent::OpenOrCreate, true).expect("the root is there").created
    );
}

pub(super) fn create_and_open(volume: &dyn Volume) {
    let made = create(volume, "File.txt");
    assert!(made.created && made.metadata.kind == FileKind::File);
    assert_eq!((made.metadata.end_of_file, made.metadata.link_count), (0, 1));
    assert_eq!(made.path, path("File.txt"));
    let again = open(volume, "File.txt").expect("it is there");
    assert!(!again.created);
    assert_eq!(again.metadata.number, made.metadata.number);
    assert_eq!(again.file.metadata().expect("an open file has metadata").number, made.metadata.number);
    let either = try_open(volume, &path("File.txt"), Intent::OpenOrCreate, false).expect("it is there");
    assert!(!either.created);
    let either = try_open(volume, &path("other"), Intent::OpenOrCreate, false).expect("it is made");
    assert!(either.created && either.metadata.number != made.metadata.number);
    let directory = make_directory(volume, "dir");
    assert_eq!(directory.metadata.kind, FileKind::Directory);
    let inner = create(volume, "dir\\inner");
    assert_eq!(metadata(volume, "dir\\inner").expect("it is there").number, inner.metadata.number);
    assert_eq!(names(&*directory.file), ["inner"]);
}

pub(super) fn case_is_ignored_and_kept(volume: &dyn Volume) {
    make_directory(volume, "Some Folder");
    create_with(volume, "Some Folder\\Ünï Code.TXT", b"here");
    for spelled in ["some folder\\ünï code.txt", "SOME FOLDER\\ÜNÏ CODE.TXT", "Some Folder\\Ünï Code.TXT"]
    {
        let opened = open(volume, spelled).expect("case does not matter");
        assert_eq!(opened.path, path("Some Folder\\Ünï Code.TXT"), "the volume's case is shown");
        assert_eq!(super::contents(volume, spelled), b"here");
        let (shown, _) = volume.lookup(&path(spelled), Wait::Allowed).expect("case does not matter");
        assert_eq!(shown, path("Some Folder\\Ünï Code.TXT"));
    }
    let either =
        try_open(volume, &path("SOME FOLDER\\New"), Intent::OpenOrCreate, false).expect("it is made");
    assert_eq!(either.path, path("Some Folder\\New"));
}

pub(super) fn collisions(volume: &dyn Volume) {
    create(volume, "Name");
    make_directory(volume, "Folder");
    for (name, directory) in
        [("Name", false), ("nAME", false), ("name", true), ("FOLDER", true), ("folder", false)]
    {
        let refused = try_open(volume, &path(name), Intent::Create, directory).unwrap_err();
        assert_eq!(refused, NtStatus::OBJECT_NAME_COLLISION, "{name}");
    }
    let root = try_open(volume, &NtPath::root(), Intent::Open, true).expect("the root is there");
    assert_eq!(names(&*root.file), ["Folder", "Name"]);
    let existing =
        try_open(volume, &path("NAME"), Intent::OpenOrCreate, true).expect("what exists is opened");
    assert_eq!(existing.metadata.kind, FileKind::File);
}

pub(super) fn missing_paths(volume: &dyn Volume) {
    create(volume, "file");
    for (name, status) in [
        ("nothing", NtStatus::OBJECT_NAME_NOT_FOUND),
        ("nowhere\\nothing", NtStatus::OBJECT_PATH_NOT_FOUND),
        ("file\\inner", NtStatus::OBJECT_PATH_NOT_FOUND),
        ("nowhere\\deeper\\nothing", NtStatus::OBJECT_PATH_NOT_FOUND),
    ] {
        assert_eq!(open(volume, name).unwrap_err(), status, "{name}");
        assert_eq!(metadata(volume, name).unwrap_err(), status, "{name}");
    }
    for name in ["nowhere\\new", "file\\new"] {
        for intent in [Intent::Create, Intent::OpenOrCreate] {
            let refused = try_open(volume, &path(name), intent, false).unwrap_err();
            assert_eq!(refused, NtStatus::OBJECT_PATH_NOT_FOUND, "{name}");
        }
    }
}

pub(super) fn forbidden_names(volume: &dyn Volume) {
    for name in ["a*b", "a?b", "a:b", "a<b", "a>b", "a|b", "a\"b", "a/b", "a\u{1}b"] {
        for intent in [Intent::Create, Intent::Open] {
            assert_eq!(
                try_open(volume, &path(name), intent, false).unwrap_err(),
                NtStatus::OBJECT_NAME_INVALID,
                "{name:?}"
            );
        }
    }
}

/// What stands for forbidden characters comes back as it was sent.
pub(super) fn private_characters(volume: &dyn Volume) {
    let root = try_open(volume, &NtPath::root(), Intent::Open, true).expect("the root is there");
    for name in [
        "a\u{f022}b\u{f021}",
        "end\u{f029}",
        "end\u{f028}",
        "\u{f001}\u{f026}",
        "in\u{f029}side",
        "\u{e000}\u{f8ff}",
    ] {
        let made = create(volume, name);
        assert_eq!(made.path, path(name));
        assert_eq!(names(&*root.file), [name]);
        volume.remove(&path(name), made.metadata.number).expect("it can be removed");
    }
}

pub(super) fn surrogates(volume: &dyn Volume) {
    let root = try_open(volume, &NtPath::root(), Intent::Open, true).expect("the root is there");
    for units in [&[0xd83d, 0xde00][..], &[0xd800], &[0xdc00, 0x61, 0xd800], &[0xdc00, 0xd800]] {
        let name = path_of(NtString(units.to_vec()));
        let made = try_open(volume, &name, Intent::Create, false).expect("surrogates are allowed");
        let mut entries = Vec::new();
        root.file.rewind().expect("a directory can be rewound");
        root.file.list(&Wanted::ALL, 10, &mut entries, Wait::Allowed).expect("a directory can be listed");
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].name.units(), units);
        volume.remove(&name, made.metadata.number).expect("it can be removed");
    }
}

pub(super) fn long_names(volume: &dyn Volume) {
    let longest = "n".repeat(255);
    create(volume, &longest);
    assert!(open(volume, &longest.to_uppercase()).is_ok());
    let refused = try_open(volume, &path(&"n".repeat(256)), Intent::Create, false).unwrap_err();
    assert_eq!(refused, NtStatus::OBJECT_NAME_INVALID);
}

pub(super) fn short_names(volume: &dyn Volume) {
    let short = |name: &str| NtString::from(ShortName::of(NtString::from(name).units())).to_string_lossy();
    make_directory(volume, "A long directory");
    create_with(volume, "A long directory\\Some long name.text", b"here");
    let (directory, file) = (short("A long directory"), short("Some long name.text"));
    let spelled = format!("{directory}\\{}", file.to_lowercase());
    let opened = open(volume, &spelled).expect("an 8.3 name finds the file");
    assert_eq!(opened.path, path("A long directory\\Some long name.text"));
    let (shown, _) = volume.lookup(&path(&spelled), Wait::Allowed).expect("and looks it up");
    assert_eq!(shown, opened.path);
    let either = try_open(volume, &path(&spelled), Intent::OpenOrCreate, false).expect("it is there");
    assert!(!either.created);
    assert_eq!(
        try_open(volume, &path(&spelled), Intent::Create, false).unwrap_err(),
        NtStatus::OBJECT_NAME_COLLISION
    );
    let other = short("Another long name.text");
    assert_eq!(open(volume, &other).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert!(create(volume, &other).created, "a name of that shape is as good as another");
    create(volume, "Another long name.text");
    assert_eq!(open(volume, &other).expect("it is there").path, path(&other), "the name itself comes first");
}

/// Pairs of names that would have the same 8.3 name, with that.
fn rivals() -> Vec<(String, [String; 2])> {
    let mut seen = HashMap::new();
    let twice = (0..40_000).filter_map(|n| {
        let name = format!("same beginning {n}.text");
        let short = NtString::from(ShortName::of(NtString::from(&*name).units())).to_string_lossy();
        seen.insert(short.clone(), name.clone()).map(|first| (short, [first, name]))
    });
    twice.collect()
}

/// Two names that would have the same 8.3 name: the first has it, and each is found by its own.
pub(super) fn one_short_name_for_two(volume: &dyn Volume) {
    let (short, mut names) = rivals().swap_remove(0);
    names.sort();
    let [first, second] = names;
    let root = try_open(volume, &NtPath::root(), Intent::Open, true).expect("the root is there").file;
    let shown = |name: &String| {
        let mut entries = Vec::new();
        root.rewind().expect("a directory can be rewound");
        let names = |other: &NtString| *other == NtString::from(&**name);
        let wanted = Wanted { names: &names, short_names: true };
        while root.list(&wanted, 9, &mut entries, Wait::Allowed).expect("it can be listed") {}
        entries[0].short_name
    };
    create_with(volume, &second, b"second");
    assert_eq!(open(volume, &short).expect("it is the only one").path, path(&second));
    assert_eq!(NtString::from(shown(&second)), NtString::from(&*short));
    create_with(volume, &first, b"first");
    for taken in [&first, &second] {
        assert_eq!(open(volume, taken).expect("by its name").path, path(taken));
    }
    assert_eq!(open(volume, &short).expect("the first has it").path, path(&first));
    assert_eq!((shown(&first).units().is_empty(), shown(&second).units().is_empty()), (false, true));
    let taken = try_open(volume, &path(&short), Intent::Create, false).unwrap_err();
    assert_eq!(taken, NtStatus::OBJECT_NAME_COLLISION, "it is a name that is there");
    let number = metadata(volume, &first).expect("it is there").number;
    volume.remove(&path(&first), number).expect("it can be removed");
    assert_eq!(open(volume, &short).expect("the other has it").path, path(&second));
    let number = metadata(volume, &second).expect("it is there").number;
    volume.rename(&path(&second), number, &path("elsewhere"), false).expect("it can be renamed");
    assert_eq!(open(volume, &short).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    create_with(volume, &second, b"second");
    let number = metadata(volume, &second).expect("it is there").number;
    volume.rename(&path(&second), number, &path(&short), false).expect("it can have its own 8.3 name");
    create_with(volume, &second, b"second");
    assert!(shown(&second).units().is_empty(), "it is another's name");
    assert_eq!(open(volume, &short).expect("it is there").path, path(&short), "the name itself comes first");
}

/// Whatever names there are: every 8.3 name that is shown opens what it was shown for.
pub(super) fn what_is_shown_is_opened(volume: &dyn Volume) {
    let rivals = rivals();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut one_in = |of: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random.is_multiple_of(of)
    };
    let (mut shown, mut without) = (0, 0);
    for round in 0..6 {
        let folder = format!("folder {round}");
        // In a large one not all names are seen at once.
        let filling = if round == 5 { 2000 } else { 5 };
        let directory = make_directory(volume, &folder).file;
        for (short, [first, second]) in &rivals {
            for name in [short, first, second, &first[1..].to_owned()] {
                if one_in(2) {
                    create(volume, &format!("{folder}\\{name}"));
                }
            }
        }
        (0..filling).for_each(|n| drop(create(volume, &format!("{folder}\\some more to read {n}"))));
        let mut entries = Vec::new();
        let wanted = Wanted { names: &|_| true, short_names: true };
        while directory.list(&wanted, 100, &mut entries, Wait::Allowed).expect("it can be listed") {}
        for entry in &entries {
            let name = entry.name.to_string_lossy();
            if name.starts_with("some") && !one_in(50) {
                continue;
            }
            let alone = volume.short_name(&path(&format!("{folder}\\{name}")), Wait::Allowed);
            let alone = alone.expect("it is there");
            assert!(alone == entry.short_name || alone.units().is_empty(), "{name}");
            if entry.short_name.units().is_empty() {
                without += 1;
                continue;
            }
            shown += 1;
            let short = NtString::from(entry.short_name).to_string_lossy();
            let found = metadata(volume, &format!("{folder}\\{short}")).expect("what is shown is there");
            assert_eq!(found.number, entry.metadata.number, "{short} was shown for {name}");
        }
    }
    assert!(shown > 50 && without > 20, "{shown} with and {without} without");
}
