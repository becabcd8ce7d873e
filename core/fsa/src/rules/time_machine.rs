//! A share for backups of Macs: how much they may take, and how much they do.

use super::expire::{AT_ONCE, open_folder};
use crate::offload::blocking;
use crate::{FileOpen, FsInformationClass, NamePatterns};
use lanward_nt::{NtPath, NtStatus};
use lanward_vfs::{Capabilities, FileKind, Volume, VolumeInformation, Wait, Wanted};
use lanward_wire::BudgetedWriter;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long what backups take is known without looking again.
const KNOWN_FOR: Duration = Duration::from_secs(60);
/// How soon a look that found no room is not worth repeating.
const STILL_FULL_FOR: Duration = Duration::from_secs(5);
/// What a Mac names the folder of a backup, and the folder of its parts in it.
const BUNDLE: &str = "*.sparsebundle";
const PARTS: &str = "bands";

/// A share that takes backups of Macs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeMachine {
    /// Bytes that all backups together may take; `None` for all there are.
    pub quota: Option<u64>,
}

/// What backups on a volume took when it was last looked at, in bytes, with what they grew by since.
#[derive(Debug, Default)]
pub(crate) struct BackupUse(Mutex<Option<(Instant, u64)>>);

impl BackupUse {
    /// Blocks where nobody looked for long; who asks meanwhile waits for the same look.
    fn measure(&self, volume: &dyn Volume) -> u64 {
        self.look(volume, KNOWN_FOR, |used| *used)
    }

    fn look<T>(&self, volume: &dyn Volume, known_for: Duration, use_it: impl FnOnce(&mut u64) -> T) -> T {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = known.take().filter(|(when, _)| when.elapsed() < known_for);
        let (_, used) = known.insert(old.unwrap_or_else(|| (Instant::now(), allocated(volume))));
        use_it(used)
    }

    /// Counts `more` bytes if they fit into `quota` by what is known; `false`: look, on a thread that may block.
    fn grow(&self, more: u64, quota: u64) -> bool {
        let Ok(mut known) = self.0.try_lock() else { return false };
        match &mut *known {
            Some((when, used)) if when.elapsed() < KNOWN_FOR => add(used, more, quota),
            _ => false,
        }
    }

    /// The same after a look, unless there was one a moment ago. Blocks.
    fn look_and_grow(&self, volume: &dyn Volume, more: u64, quota: u64) -> bool {
        self.look(volume, STILL_FULL_FOR, |used| add(used, more, quota))
    }
}

fn add(used: &mut u64, more: u64, quota: u64) -> bool {
    let after = used.saturating_add(more);
    let fits = after <= quota;
    if fits {
        *used = after;
    }
    fits
}

impl FileOpen {
    /// Whether the share is for backups of Macs.
    #[must_use]
    pub fn takes_backups(&self) -> bool {
        self.by.view.as_ref().is_some_and(|view| view.rules.time_machine.is_some())
    }

    fn backup_quota(&self) -> Option<u64> {
        self.by.view.as_ref()?.rules.time_machine?.quota
    }

    /// Whether the file may become `end` bytes long by the quota of the backups it is a part of.
    ///
    /// # Errors
    /// DISK_FULL.
    pub(crate) async fn check_backup_room(&self, end: u64) -> Result<(), NtStatus> {
        let Some(quota) = self.backup_quota() else { return Ok(()) };
        let grown = end.saturating_sub(self.file.metadata()?.end_of_file);
        if grown == 0 || !self.shared_path().is_some_and(|path| is_part(&path)) {
            return Ok(());
        }
        let file_system = Arc::clone(&self.file_system);
        let fits = file_system.backups.grow(grown, quota)
            || blocking(move || Ok(file_system.backups.look_and_grow(&**file_system.volume(), grown, quota)))
                .await?;
        if fits { Ok(()) } else { Err(NtStatus::DISK_FULL) }
    }

    /// Writes what the volume says about itself as the share shows it: where backups or the user have a quota, no larger
    /// than that.
    ///
    /// # Errors
    /// As for [`crate::FileSystem::query_volume_information`].
    pub async fn query_volume_information(
        &self,
        class: FsInformationClass,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        if class == FsInformationClass::POSIX && !self.is_posix() {
            return Err(NtStatus::INVALID_INFO_CLASS);
        }
        let file_system = self.file_system();
        let quota = self.backup_quota();
        let sizes = [FsInformationClass::SIZE, FsInformationClass::FULL_SIZE, FsInformationClass::POSIX]
            .contains(&class);
        let counts = file_system.volume().capabilities().contains(Capabilities::QUOTAS_ENFORCED);
        if !sizes || (quota.is_none() && !counts) {
            return file_system.query_volume_information(class, out);
        }
        let (looks, by) = (Arc::clone(file_system), Arc::clone(&self.by));
        let volume = blocking(move || {
            let mut volume = looks.volume().information()?;
            if counts {
                looks.narrow_to(&by, &mut volume);
            }
            if let Some(quota) = quota {
                limit(&mut volume, quota, looks.backups.measure(&**looks.own_volume()));
            }
            Ok(volume)
        })
        .await?;
        file_system.write_volume_information(class, &volume, out)
    }
}

fn limit(volume: &mut VolumeInformation, quota: u64, used: u64) {
    let left = quota.saturating_sub(used);
    volume.total_bytes = volume.total_bytes.min(quota);
    volume.free_bytes = volume.free_bytes.min(left);
    volume.available_bytes = volume.available_bytes.min(left);
}

/// Whether a path is that of a part of a backup.
fn is_part(path: &NtPath) -> bool {
    let mut components = path.components();
    let (bundle, parts) = (components.next(), components.next());
    bundle.is_some_and(|name| NamePatterns::new([BUNDLE]).matches(name))
        && parts.is_some_and(|name| String::from_utf16_lossy(name).eq_ignore_ascii_case(PARTS))
        && components.next().is_some()
}

/// What the parts of all backups in the root take; what cannot be read takes nothing.
fn allocated(volume: &dyn Volume) -> u64 {
    let (bundle, parts) = (NamePatterns::new([BUNDLE]), PARTS.encode_utf16().collect::<Vec<_>>());
    let mut used = 0_u64;
    let mut folders = Vec::new();
    let root = NtPath::root();
    let _ = look(volume, &root, |entry| {
        if entry.metadata.kind == FileKind::Directory && bundle.matches(entry.name.units()) {
            folders.extend(root.join(entry.name.units()).and_then(|bundle| bundle.join(&parts)));
        }
    });
    for folder in folders {
        let _ = look(volume, &folder, |entry| {
            if entry.metadata.kind == FileKind::File {
                used = used.saturating_add(entry.metadata.allocation_size);
            }
        });
    }
    used
}

fn look(
    volume: &dyn Volume,
    folder: &NtPath,
    mut each: impl FnMut(&lanward_vfs::DirectoryEntry),
) -> Result<(), NtStatus> {
    let opened = open_folder(volume, folder)?;
    let mut entries = Vec::new();
    loop {
        let more = opened.file.list(&Wanted::ALL, AT_ONCE, &mut entries, Wait::Allowed)?;
        entries.drain(..).for_each(|entry| each(&entry));
        if !more {
            return Ok(());
        }
    }
}
