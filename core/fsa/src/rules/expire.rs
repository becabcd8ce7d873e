use super::recycle::BIN;
use crate::FileSystem;
use lanward_nt::{FileAttributes, FileTime, NtPath, NtStatus};
use lanward_vfs::{
    Data, DirectoryEntry, FileKind, Intent, Metadata, OpenRequest, Opened, UnixUser, Volume, Wait, Wanted,
};
use std::sync::Arc;

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
        let volume = self.volume();
        let folders = match entries(&**volume, &bin) {
            Err(NtStatus::OBJECT_NAME_NOT_FOUND) => return Ok(0),
            folders => folders?,
        };
        let (_, root) = volume.lookup(&NtPath::root(), Wait::Allowed)?;
        let mut expired = 0;
        for folder in folders.iter().filter(|entry| entry.metadata.kind == FileKind::Directory) {
            let Some(path) = bin.join(folder.name.units()) else { continue };
            // Its user may put other ways beneath it at any moment: nothing is deleted there that that user could not delete.
            let acting = |groups| volume.acting_as(&Arc::new(owner_of(&folder.metadata, groups)));
            let alone = acting(Vec::new());
            let shut_out = |own: &Arc<dyn Volume>| own.lookup(&NtPath::root(), Wait::Allowed).is_err();
            // Who does not come in alone came as one of the share's group.
            let shut_out = alone.as_ref().is_some_and(shut_out);
            let owner = if shut_out { acting(vec![root.posix.group]) } else { alone };
            expired += expire(&**owner.as_ref().unwrap_or(volume), &path, oldest, 0).unwrap_or(0);
        }
        Ok(expired)
    }
}

/// Whose a folder is, in these groups and no other.
const fn owner_of(folder: &Metadata, groups: Vec<u32>) -> UnixUser {
    let (user, group) = (folder.posix.owner, folder.posix.group);
    UnixUser { user, group, groups, file_mask: 0o600, directory_mask: 0o700 }
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
            let _ = volume.remove(&path, entry.metadata.number);
        }
    }
    Ok(expired)
}

fn entries(volume: &dyn Volume, folder: &NtPath) -> Result<Vec<DirectoryEntry>, NtStatus> {
    let opened = open_folder(volume, folder)?;
    let mut entries = Vec::new();
    while opened.file.list(&Wanted::ALL, AT_ONCE, &mut entries, Wait::Allowed)? {}
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
