//! Access-based enumeration: directories that show only what can be read.

use crate::descriptors::{self, Origin};
use crate::notify::{EventBuffer, NotifyAction, entries};
use crate::offload::short;
use crate::{FileOpen, SecurityContext};
use lanward_nt::security::{SecurityDescriptor, granted};
use lanward_nt::{AccessMask, NtPath, NtStatus, Sid};
use lanward_vfs::{DirectoryEntry, FileKind, Permitted, Volume};
use std::sync::Arc;

/// What somebody must have on an entry to see it, by its own descriptor.
const SEEN: AccessMask = AccessMask::FILE_GENERIC_READ.difference(AccessMask::SYNCHRONIZE);

impl FileOpen {
    /// The entries of this directory its user may see.
    pub(crate) async fn visible(
        &self,
        entries: Vec<DirectoryEntry>,
    ) -> Result<Vec<DirectoryEntry>, NtStatus> {
        let volume = self.file_system.volume();
        let hides = self.by.hide_unreadable
            && (self.by.identity.is_some() || volume.secured() || entries.iter().any(|e| e.metadata.secured));
        if !hides || entries.is_empty() {
            return Ok(entries);
        }
        let path = self.shared_path().ok_or(NtStatus::FILE_CLOSED)?;
        let (volume, file, by) = (Arc::clone(volume), Arc::clone(&self.file), Arc::clone(&self.by));
        short(self.file_system.is_slow(), move || {
            let here = descriptors::of(&*volume, &path, &*file, &file.metadata()?)?;
            let administrators = Sid::administrators();
            // What the directory hands down to files and to directories without a descriptor of their own.
            let unsecured = [false, true].map(|is_directory| {
                let handed = Some(&here).filter(|here| here.origin != Origin::Default).and_then(|here| {
                    let above = &here.descriptor;
                    SecurityDescriptor::inherited(above, is_directory, &administrators, &administrators)
                });
                handed.is_none_or(|sd| granted(&sd, &by.token).contains(SEEN))
            });
            let seen = |entry: &DirectoryEntry| {
                let found = path.join(entry.name.units());
                if by.identity.is_some() && !found.as_ref().is_some_and(|path| readable(&*volume, path)) {
                    return false;
                }
                if !entry.metadata.secured {
                    return unsecured[usize::from(entry.metadata.kind == FileKind::Directory)];
                }
                matches!(found.map(|path| own(&*volume, &path)), Some(Ok(sd)) if granted(&sd, &by.token).contains(SEEN))
            };
            Ok(entries.into_iter().filter(seen).collect())
        })
        .await
    }
}

/// Whether the machine lets what has a path be read.
fn readable(volume: &dyn Volume, path: &NtPath) -> bool {
    let opened = descriptors::look(volume, path, false);
    let permitted = opened.and_then(|opened| opened.file.permitted());
    matches!(permitted, Ok(Some(permitted)) if permitted.contains(Permitted::READ))
}

impl FileOpen {
    /// Of the changes in this directory those of what its user may see.
    ///
    /// # Errors
    /// NOTIFY_ENUM_DIR: something went, and whether it was to be seen nobody can tell any more.
    pub(crate) async fn visible_changes(&self, changes: Vec<u8>) -> Result<Vec<u8>, NtStatus> {
        let here = self.shared_path().ok_or(NtStatus::FILE_CLOSED)?;
        let (volume, by) = (Arc::clone(self.file_system.volume()), Arc::clone(&self.by));
        short(self.file_system.is_slow(), move || {
            let mut kept = EventBuffer::new(changes.len());
            let all = entries(&changes);
            let sees = |name: &[u16]| sees(&*volume, &here, name, &by);
            for (index, (action, name)) in all.iter().enumerate() {
                let new_name =
                    all.get(index + 1).filter(|(next, _)| *next == NotifyAction::RenamedNewName as u32);
                let asked = match new_name {
                    Some((_, new)) if *action == NotifyAction::RenamedOldName as u32 => new,
                    _ => name,
                };
                match sees(asked)? {
                    Some(true) => kept.append(*action, name),
                    Some(false) => {}
                    None => return Err(NtStatus::NOTIFY_ENUM_DIR),
                }
            }
            kept.take(changes.len())
        })
        .await
    }
}

/// Whether somebody may see what has a name beneath a directory, and all that is above it there; `None` when it is not there.
fn sees(
    volume: &dyn Volume,
    here: &NtPath,
    name: &[u16],
    by: &SecurityContext,
) -> Result<Option<bool>, NtStatus> {
    let mut path = here.clone();
    for component in name.split(|u| *u == u16::from(b'\\')) {
        // A change of a stream is its file's.
        let component = component.split(|u| *u == u16::from(b':')).next().unwrap_or_default();
        path = path.join(component).ok_or(NtStatus::NOTIFY_ENUM_DIR)?;
        match own(volume, &path) {
            Ok(descriptor)
                if granted(&descriptor, &by.token).contains(SEEN)
                    && (by.identity.is_none() || readable(volume, &path)) => {}
            Ok(_) => return Ok(Some(false)),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(true))
}

fn own(volume: &dyn Volume, path: &NtPath) -> Result<SecurityDescriptor, NtStatus> {
    descriptors::of_path(volume, path).map(|found| found.descriptor)
}
