use super::recycle::BIN;
use crate::FileSystem;
use lanward_nt::{FileAttributes, FileTime, NtPath, NtStatus};
use lanward_vfs::{Data, DirectoryEntry, FileKind, Intent, OpenRequest, Opened, Volume, Wait};

/// Entries looked at together.
pub(super) const AT_ONCE: usize = 256;
/// Folders in folders that are looked into.
const DEEPEST: usize = 128;

impl FileSystem {
    /// Deletes for good what came to the recycle bin before `oldest`, and folders in it that are empty then; answers how many files that were.
    /// Blocks, for as long as looking through the bin takes.
    ///
    /// # Errors
    /// The bin cannot be read; a file that cannot be deleted is left.
    pub fn expire_recycled(&self, oldest: FileTime) -> Result<u64, NtStatus> {
        let Some(bin) = NtPath::new(BIN.into()) else { return Ok(0) };
        match expire(&**self.volume(), &bin, oldest, 0) {
            Err(NtStatus::OBJECT_NAME_NOT_FOUND) => Ok(0),
            outcome => outcome,
        }
    }
}

fn expire(volume: &dyn Volume, folder: &NtPath, oldest: FileTime, depth: usize) -> Result<u64, NtStatus> {
    let mut expired = 0;
    for entry in entries(volume, folder)? {
        let Some(path) = folder.join(entry.name.units()) else { continue };
        if entry.metadata.kind != FileKind::Directory {
            // The change time is that of the move: nothing in the bin is written.
            if entry.metadata.change_time < oldest {
                expired += u64::from(volume.remove(&path, entry.metadata.number).is_ok());
            }
        } else if depth < DEEPEST {
            expired += expire(volume, &path, oldest, depth + 1).unwrap_or(0);
            // The user's own folder stays.
            if depth > 0 {
                let _ = volume.remove(&path, entry.metadata.number);
            }
        }
    }
    Ok(expired)
}

fn entries(volume: &dyn Volume, folder: &NtPath) -> Result<Vec<DirectoryEntry>, NtStatus> {
    let opened = open_folder(volume, folder)?;
    let mut entries = Vec::new();
    while opened.file.list(&|_| true, AT_ONCE, &mut entries, Wait::Allowed)? {}
    Ok(entries)
}

/// Opens a folder to look through it.
pub(super) fn open_folder(volume: &dyn Volume, folder: &NtPath) -> Result<Opened, NtStatus> {
    volume.open(&OpenRequest {
        path: folder,
        intent: Intent::Open,
        data: Data::READ,
        make_directory: false,
        attributes: FileAttributes::empty(),
        security: None,
        mode: None,
        no_follow: true,
        posix: None,
        wait: Wait::Allowed,
    })
}
