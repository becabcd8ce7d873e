//! The backend's kit on the file systems there are.

use lanward_localfs::{LocalVolume, Options};
use lanward_vfs::{Volume, kit};
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

fn run_in(parent: &Path, options: &Options) {
    let kept = RefCell::new(Vec::new());
    kit::run_all(&|| {
        let directory = TempDir::new_in(parent).unwrap();
        let volume: Arc<dyn Volume> = LocalVolume::open(directory.path(), options.clone()).unwrap();
        kept.borrow_mut().push(directory);
        volume
    });
}

#[test]
fn on_the_temporary_file_system() {
    run_in(&std::env::temp_dir(), &Options::default());
}

#[test]
fn in_memory() {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        run_in(memory, &Options::default());
    }
}

#[test]
fn with_hardly_any_room_to_remember() {
    run_in(
        &std::env::temp_dir(),
        &Options { indexed_names: 10, watched_directories: Some(1), ..Options::default() },
    );
}
