//! The backend's kit on the file systems there are.

use lanward_localfs::{LocalVolume, Options};
use lanward_vfs::kit;
use std::path::Path;
use tempfile::TempDir;

fn run_in(parent: &Path, options: &Options, wanted: impl Fn(&str) -> bool) {
    for (name, check) in kit::CHECKS.iter().filter(|(name, _)| wanted(name)) {
        println!("{name}");
        let directory = TempDir::new_in(parent).unwrap();
        let volume = LocalVolume::open(directory.path(), options.clone()).unwrap();
        check(&*volume);
    }
}

#[test]
fn on_the_temporary_file_system() {
    run_in(&std::env::temp_dir(), &Options::default(), |_| true);
}

#[test]
fn in_memory() {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        run_in(memory, &Options::default(), |_| true);
    }
}

#[test]
fn with_hardly_any_room_to_remember() {
    let options = Options { indexed_names: 1, watched_directories: Some(1), ..Options::default() };
    // Without an index every new name is a walk through the folder.
    run_in(&std::env::temp_dir(), &options, |name| name != "listing::ten_thousand_entries");
}
