use crate::caching::Act;
use crate::name::checked_path;
use crate::node::{FileNode, Link, StreamState};
use crate::notify::NotifyFilter;
use crate::offload::short;
use crate::{FileOpen, FileSystem, descriptors};
use lanward_nt::fscc::FileRenameInformation;
use lanward_nt::{AccessMask, FileAttributes, NtPath, NtStatus, NtString, ShareAccess};
use lanward_vfs::{BasicUpdate, FileKind, Metadata};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const COLON: u16 = 0x3a;
const BACKSLASH: u16 = 0x5c;

impl FileOpen {
    /// [MS-FSA] 2.1.5.15.12. With `posix` a target that is open may be replaced.
    pub(crate) async fn rename(
        &self,
        wanted: &FileRenameInformation,
        replace: bool,
        posix: bool,
    ) -> Result<(), NtStatus> {
        self.require(AccessMask::DELETE)?;
        let posix_name = self.posix.then(|| wanted.file_name.from_posix_path());
        let name = posix_name.as_ref().unwrap_or(&wanted.file_name);
        let units = name.units();
        if units.first() == Some(&COLON) {
            return self.rename_stream(units, replace).await;
        }
        let to = match checked_path(units) {
            // The directory is looked at first.
            Err(NtStatus::OBJECT_NAME_INVALID) if units.contains(&COLON) => {
                let last = units.iter().rposition(|u| *u == BACKSLASH).unwrap_or(0);
                let stand_in = checked_path(&units[..last])?.join(&[0x78]);
                self.check_destination_directory(&stand_in.ok_or(NtStatus::OBJECT_NAME_INVALID)?).await?;
                return Err(NtStatus::OBJECT_NAME_INVALID);
            }
            outcome => outcome?,
        };
        if self.is_named_stream() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let from = self.shared_path().ok_or(NtStatus::FILE_CLOSED)?;
        if from.is_root() || to.is_root() {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if self.delete_pending() {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if *from == to {
            return Ok(());
        }
        self.check_shown(&to, replace)?;
        self.check_destination_directory(&to).await?;
        self.file_system.check_adding(to.parent(), self.is_directory(), &self.by).await?;
        self.break_caches(Act::Rename).await?;
        // Open streams of a directory move with it: what keeps it is open beneath it ([MS-FSA] 2.1.4.2).
        if !self.is_directory() && !self.node.state().named().is_empty() {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if self.is_directory() {
            self.break_beneath(&from).await?;
            self.check_descendants(&from, &to)?;
        }
        let replaced = match self.check_target(&to, replace, posix).await? {
            // As rename(2): both names stay.
            InTheWay::Itself if self.posix => return Ok(()),
            InTheWay::Nothing | InTheWay::Itself => None,
            InTheWay::Other(path) => Some(path),
        };
        let (volume, number) = (Arc::clone(self.file_system.volume()), self.node.number);
        let (source, file, changed) = (Arc::clone(&from), Arc::clone(&self.file), self.changed());
        let exactly = self.posix;
        let new = short(self.file_system.is_slow(), move || {
            if source.parent() != to.parent() {
                descriptors::keep(&*volume, &source, &*file)?;
            }
            let new = if exactly {
                volume.rename_exactly(&source, number, &to, replace)?
            } else {
                volume.rename(&source, number, &to, replace)?
            };
            // The new name is what counts.
            let _ = file.set_basic(&changed);
            Ok(new)
        })
        .await?;
        self.moved(&from, &new);
        self.file_system.report_renamed(self.is_directory(), &from, &new, replaced.as_ref());
        if !self.is_directory() {
            // It is marked for archiving.
            self.note_modified(NotifyFilter::ATTRIBUTES);
        }
        Ok(())
    }

    /// [MS-FSA] 2.1.4.18: the file changed, and shows when unless this open keeps the change time.
    fn changed(&self) -> BasicUpdate {
        BasicUpdate { change_time: self.sticky_change_time(), ..BasicUpdate::default() }
    }

    /// [MS-FSA] 2.1.5.15.7
    pub(crate) async fn link(&self, wanted: &FileRenameInformation) -> Result<(), NtStatus> {
        if self.is_directory() {
            return Err(NtStatus::FILE_IS_A_DIRECTORY);
        }
        if self.is_named_stream() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        // A link needs no right on the file, but a name needs a share that can be written to.
        if !self.by.limit.contains(AccessMask::WRITE_DATA) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        // POSIX's link(2) replaces nothing.
        let replace = !self.posix && wanted.replace_if_exists & 1 != 0;
        let to = match self.posix {
            true => checked_path(wanted.file_name.from_posix_path().units())?,
            false => checked_path(wanted.file_name.units())?,
        };
        let from = self.shared_path().ok_or(NtStatus::FILE_CLOSED)?;
        if self.delete_pending() {
            return Err(NtStatus::ACCESS_DENIED);
        }
        self.check_shown(&to, replace)?;
        self.check_destination_directory(&to).await?;
        self.file_system.check_adding(to.parent(), false, &self.by).await?;
        if !replace && self.lookup(to.clone()).await.is_ok() {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        self.break_caches(Act::Rename).await?;
        let replaced = match self.check_target(&to, replace, false).await? {
            InTheWay::Nothing | InTheWay::Itself => None,
            InTheWay::Other(path) => Some(path),
        };
        let (named, exactly) = (to.clone(), self.posix);
        let (volume, number) = (Arc::clone(self.file_system.volume()), self.node.number);
        let (file, changed) = (Arc::clone(&self.file), self.changed());
        short(self.file_system.is_slow(), move || {
            if from.parent() != to.parent() {
                descriptors::keep(&*volume, &from, &*file)?;
            }
            if exactly {
                volume.link_exactly(&from, number, &to)?;
            } else {
                volume.link(&from, number, &to, replace)?;
            }
            let _ = file.set_basic(&changed);
            Ok(())
        })
        .await?;
        self.file_system.changes.fetch_add(1, Ordering::AcqRel);
        self.file_system.report_linked(&named, replaced.as_ref());
        self.tell_entry_changed(&named);
        Ok(())
    }

    /// The share gives no name that it hides, and a drop box replaces nothing.
    fn check_shown(&self, to: &NtPath, replace: bool) -> Result<(), NtStatus> {
        let Some(view) = &self.by.view else { return Ok(()) };
        if view.rules.drop_box && replace {
            return Err(NtStatus::ACCESS_DENIED);
        }
        view.check_path(to, true)?;
        view.check_new_name(to)
    }

    /// The directory a name moves to is opened for adding to it and shared for all but deletion, as Windows does.
    async fn check_destination_directory(&self, to: &NtPath) -> Result<(), NtStatus> {
        let (above, parent) = self.lookup(to.parent()).await.map_err(|status| match status {
            NtStatus::OBJECT_NAME_NOT_FOUND => NtStatus::OBJECT_PATH_NOT_FOUND,
            other => other,
        })?;
        if parent.kind != FileKind::Directory {
            return Err(NtStatus::OBJECT_PATH_NOT_FOUND);
        }
        if parent.reparse_tag.is_some() {
            return Err(NtStatus::ACCESS_DENIED);
        }
        // The name it was asked for by may be another than the one that the share hides.
        if let Some(view) = &self.by.view
            && let Some(named) = above.join(to.file_name())
        {
            view.check_path(&named, true)?;
            view.check_new_name(&named)?;
        }
        let Some(node) = self.file_system.shard(parent.number).get(&parent.number).cloned() else {
            return Ok(());
        };
        let state = node.state();
        if state.links.iter().any(|l| l.delete_pending) {
            return Err(NtStatus::DELETE_PENDING);
        }
        let adds = if self.is_directory() { AccessMask::APPEND_DATA } else { AccessMask::WRITE_DATA };
        let mut shared = ShareAccess::READ | ShareAccess::WRITE;
        shared.set(ShareAccess::DELETE, self.posix);
        let list = state.stream(StreamState::DATA);
        if list.is_some_and(|s| !s.shares.admits(adds, shared)) {
            return Err(NtStatus::SHARING_VIOLATION);
        }
        Ok(())
    }

    /// A directory does not move while anything beneath it is open, nor into itself.
    fn check_descendants(&self, from: &NtPath, to: &NtPath) -> Result<(), NtStatus> {
        if beneath(from, to).is_some() {
            return Err(NtStatus::SHARING_VIOLATION);
        }
        // What POSIX clients have open moves along when one of them moves the directory.
        let stays = |link: &Link| !(link.removed || self.posix && link.opens == link.posix_opens);
        let open_beneath = self.file_system.shards().any(|shard| {
            shard
                .values()
                .any(|node| node.state().links.iter().any(|l| stays(l) && beneath(from, &l.path).is_some()))
        });
        if open_beneath { Err(NtStatus::ACCESS_DENIED) } else { Ok(()) }
    }

    /// What may be in the way ([MS-FSA] 2.1.5.15.12 RemoveTargetLink).
    async fn check_target(&self, to: &NtPath, replace: bool, posix: bool) -> Result<InTheWay, NtStatus> {
        let (path, target): (NtPath, Metadata) = match self.lookup(to.clone()).await {
            Ok(found) => found,
            Err(NtStatus::OBJECT_NAME_NOT_FOUND) => return Ok(InTheWay::Nothing),
            Err(status) => return Err(status),
        };
        if target.number == self.node.number {
            return Ok(InTheWay::Itself);
        }
        if !replace {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        // An empty one gives way to another in POSIX, which the volume looks to.
        let fixed_directory = target.kind == FileKind::Directory && !(self.posix && self.is_directory());
        if fixed_directory || target.attributes.contains(FileAttributes::READONLY) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        self.file_system.check_replacing(to.clone(), target.secured, &self.by).await?;
        let node = || self.file_system.shard(target.number).get(&target.number).cloned();
        let going = |node: Arc<FileNode>| node.state().links.iter().any(|l| l.delete_pending);
        if let Some(node) = node() {
            if !posix && going(Arc::clone(&node)) {
                return Err(NtStatus::DELETE_PENDING);
            }
            self.break_handles(&node).await?;
            if self.posix && !node.state().lets_delete() {
                return Err(NtStatus::SHARING_VIOLATION);
            }
        }
        let Some(node) = node().filter(|_| !posix) else { return Ok(InTheWay::Other(path)) };
        Err(if going(node) { NtStatus::DELETE_PENDING } else { NtStatus::ACCESS_DENIED })
    }

    /// The name has moved: so do this link, and whatever was opened beneath a directory at the last moment.
    fn moved(&self, from: &NtPath, new: &NtPath) {
        self.file_system.changes.fetch_add(1, Ordering::AcqRel);
        if self.is_directory() {
            self.file_system.move_beneath(from, new);
            self.file_system.move_watches(from, new);
            self.file_system.directory_moved(from, new);
        }
        if let Some(link) = self.node.state().link_mut(self.link) {
            link.path = Arc::new(new.clone());
        }
        self.tell_entry_changed(new);
        if new.parent() != from.parent() {
            self.tell_entry_changed(from);
        }
    }
}

impl FileSystem {
    /// What is open beneath a directory.
    pub(crate) fn open_beneath(&self, directory: &NtPath) -> Vec<Arc<FileNode>> {
        let is_beneath =
            |n: &&Arc<FileNode>| n.state().links.iter().any(|l| beneath(directory, &l.path).is_some());
        self.shards()
            .flat_map(|shard| shard.values().filter(is_beneath).cloned().collect::<Vec<_>>())
            .collect()
    }

    fn move_beneath(&self, from: &NtPath, new: &NtPath) {
        for shard in self.shards() {
            for node in shard.values() {
                for link in &mut node.state().links {
                    let Some(rest) = beneath(from, &link.path) else { continue };
                    let mut units = new.as_string().units().to_vec();
                    units.extend_from_slice(rest);
                    if let Some(path) = NtPath::new(NtString(units)) {
                        link.path = Arc::new(path);
                    }
                }
            }
        }
    }
}

/// What has the name that a file is to have.
enum InTheWay {
    Nothing,
    /// The file itself, by this or another name.
    Itself,
    /// What goes, by the name it had.
    Other(NtPath),
}

/// What of `path` follows `directory`, from the backslash on.
fn beneath<'a>(directory: &NtPath, path: &'a NtPath) -> Option<&'a [u16]> {
    let rest = path.as_string().units().strip_prefix(directory.as_string().units())?;
    (rest.first() == Some(&0x5c)).then_some(rest)
}
