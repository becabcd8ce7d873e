//! Listings entry by entry, for dialects that pick what they send and write it in ways of their own.

use crate::query_directory::Scan;
use crate::{DirectoryQuery, FileInformationClass, FileOpen};
use lanward_nt::fscc::DirectoryInformation;
use lanward_nt::{AccessMask, NtStatus, NtString};
use lanward_vfs::{DirectoryEntry, Metadata};
use tokio::sync::MutexGuard;

/// A listing of an open directory, which nobody else goes on with meanwhile. Dropped, it can be gone on with.
#[derive(Debug)]
pub struct Search<'a> {
    open: &'a FileOpen,
    scan: MutexGuard<'a, Option<Box<Scan>>>,
}

/// A name in a directory and what it stands for.
#[derive(Debug, Clone)]
pub struct SearchEntry {
    entry: DirectoryEntry,
    /// What listings tell of it, its 8.3 name included if it has one beside the name.
    pub information: DirectoryInformation,
}

impl SearchEntry {
    /// The name.
    #[must_use]
    pub const fn name(&self) -> &NtString {
        &self.entry.name
    }

    /// What it stands for, as the volume has it.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.entry.metadata
    }
}

impl FileOpen {
    /// Lists a directory ([MS-FSA] 2.1.5.6): with a pattern of long or 8.3 names from its first entry on, without one from where it was left.
    ///
    /// # Errors
    /// INVALID_PARAMETER when this is no directory or no listing was begun, OBJECT_NAME_INVALID for a pattern that no name can have,
    /// ACCESS_DENIED, FILE_CLOSED.
    pub async fn search(&self, pattern: Option<&NtString>) -> Result<Search<'_>, NtStatus> {
        if !self.is_directory() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.require(AccessMask::READ_DATA)?;
        let mut scan = self.scan.lock().await;
        if let Some(pattern) = pattern {
            let again = DirectoryQuery { reopen: true, ..DirectoryQuery::default() };
            let mut begun = self.begin_scan(scan.take(), pattern, again).await?;
            (begun.by_short_names, begun.short_names) = (true, true);
            *scan = Some(begun);
        }
        if scan.is_none() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        Ok(Search { open: self, scan })
    }
}

impl Search<'_> {
    /// The next entry. `room`: bytes there are for entries, by which it is guessed how many are worth looking up at once.
    ///
    /// # Errors
    /// What the volume answers.
    pub async fn next(&mut self, room: usize) -> Result<Option<SearchEntry>, NtStatus> {
        let scan = self.scan.as_mut().ok_or(NtStatus::INVALID_PARAMETER)?;
        let Some(entry) = self.open.next_entry(scan, false, room).await? else { return Ok(None) };
        let mut shown = entry.metadata;
        self.open.show_held_times_of_entry(&mut shown);
        if let Some(view) = &self.open.by.view {
            view.show(entry.name.units(), &mut shown);
        }
        let information =
            self.open.directory_information(&entry, &shown, FileInformationClass::ID_BOTH_DIRECTORY);
        Ok(Some(SearchEntry { entry, information }))
    }

    /// Gives back an entry that did not fit: it comes again next.
    pub fn put_back(&mut self, entry: SearchEntry) {
        if let Some(scan) = self.scan.as_mut() {
            scan.put_back(entry.entry);
        }
    }
}
