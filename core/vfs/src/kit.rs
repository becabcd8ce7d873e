//! Checks that any backend must pass, for its own tests: [`run_all`] runs them, each on a fresh, empty volume. A check panics when the
//! backend is wrong.

mod attributes;
mod data;
mod extents;
mod listing;
mod lookup;
mod moving;
mod reparse;
mod security;
mod streams;

use crate::{Data, File, Intent, Metadata, OpenRequest, Opened, Result, Volume, Wait, Wanted};
use lanward_nt::{FileAttributes, NtPath, NtString};
use std::sync::Arc;

/// One check and its name.
pub type Check = (&'static str, fn(&dyn Volume));

macro_rules! checks {
    ($($module:ident: $($name:ident),+;)+) => {
        /// Every check.
        pub const CHECKS: &[Check] = &[$($((concat!(stringify!($module), "::", stringify!($name)), $module::$name)),+),+];
    };
}

checks! {
    lookup: root, create_and_open, case_is_ignored_and_kept, collisions, missing_paths, forbidden_names, private_characters, surrogates,
        long_names, short_names, one_short_name_for_two, what_is_shown_is_opened;
    moving: rename, rename_case_only, rename_replaces, rename_onto_directory, rename_directory_into_itself, rename_checks_number, link,
        link_then_rename_onto_itself, remove, remove_directory;
    data: read_and_write, holes, end_of_file, zeroing, reserve, directories_have_no_data;
    extents: copying_inside, sharing, object_ids;
    reparse: points, nothing_goes_through;
    listing: list_in_parts, filter_and_rewind, ten_thousand_entries;
    attributes: times, change_time, dos_attributes, sparse_attribute, attributes_of_new_files, posix_state, extended_attributes, information;
    security: stored, of_new_objects;
    streams: make_and_find, several, of_a_directory, belong_to_the_file, go_with_the_file, follow_the_file, rename_and_remove, become_the_data,
        odd_names;
}

/// Runs every check on a volume of its own.
///
/// # Panics
/// A check failed.
pub fn run_all(make: &dyn Fn() -> Arc<dyn Volume>) {
    for (name, check) in CHECKS {
        println!("{name}");
        check(&*make());
    }
}

fn path(text: &str) -> NtPath {
    path_of(NtString::from(text))
}

fn path_of(name: NtString) -> NtPath {
    NtPath::new(name).expect("a check's path has the right shape")
}

fn try_open(volume: &dyn Volume, path: &NtPath, intent: Intent, directory: bool) -> Result<Opened> {
    let data = if directory { Data::READ } else { Data::READ | Data::WRITE };
    volume.open(&OpenRequest {
        path,
        intent,
        data,
        make_directory: directory,
        attributes: FileAttributes::empty(),
        security: None,
        mode: None,
        no_follow: false,
        posix: None,
        wait: Wait::Allowed,
    })
}

fn create(volume: &dyn Volume, name: &str) -> Opened {
    try_open(volume, &path(name), Intent::Create, false).expect("a new file is made")
}

fn make_directory(volume: &dyn Volume, name: &str) -> Opened {
    try_open(volume, &path(name), Intent::Create, true).expect("a new directory is made")
}

fn open(volume: &dyn Volume, name: &str) -> Result<Opened> {
    try_open(volume, &path(name), Intent::Open, false)
}

fn metadata(volume: &dyn Volume, name: &str) -> Result<Metadata> {
    volume.lookup(&path(name), Wait::Allowed).map(|(_, m)| m)
}

/// Names of a directory, sorted.
fn names(directory: &dyn File) -> Vec<String> {
    let mut entries = Vec::new();
    directory.rewind().expect("a directory can be rewound");
    while directory.list(&Wanted::ALL, 1000, &mut entries, Wait::Allowed).expect("a directory can be listed")
    {
    }
    let mut names: Vec<_> = entries.iter().map(|e| e.name.to_string_lossy()).collect();
    names.sort();
    names
}

fn contents(volume: &dyn Volume, name: &str) -> Vec<u8> {
    let opened = open(volume, name).expect("the file is there");
    let mut data = Vec::new();
    opened.file.read_into(0, 1 << 16, &mut data, Wait::Allowed).expect("it can be read");
    data
}

fn create_with(volume: &dyn Volume, name: &str, data: &[u8]) -> Opened {
    let opened = create(volume, name);
    opened.file.write(0, data, Wait::Allowed).expect("it can be written");
    opened
}
