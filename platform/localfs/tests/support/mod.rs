//! What these tests have in common.

use lanward_localfs::{LocalVolume, Options};
use lanward_nt::{FileAttributes, NtPath};
use lanward_vfs::{Data, Intent, OpenRequest, Opened, Result, Volume as _, Wait};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) fn share() -> (TempDir, Arc<LocalVolume>) {
    let directory = TempDir::new().unwrap();
    let volume = LocalVolume::open(directory.path(), Options::default()).unwrap();
    (directory, volume)
}

pub(crate) fn path(text: &str) -> NtPath {
    NtPath::new(text.into()).unwrap()
}

pub(crate) fn request(path: &NtPath, intent: Intent) -> OpenRequest<'_> {
    OpenRequest {
        path,
        intent,
        data: Data::READ,
        make_directory: false,
        attributes: FileAttributes::empty(),
        security: None,
        mode: None,
        no_follow: false,
        posix: None,
        wait: Wait::Allowed,
    }
}

pub(crate) fn open(volume: &LocalVolume, name: &str, intent: Intent) -> Result<Opened> {
    volume.open(&request(&path(name), intent))
}
