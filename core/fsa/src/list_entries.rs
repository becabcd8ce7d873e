use crate::FileOpen;
use crate::query_directory::DirectoryQuery;
use lanward_nt::{AccessMask, NtStatus, NtString};
use lanward_vfs::DirectoryEntry;

/// Bytes of an entry in the replies whose size the listing of a volume is planned by.
const ENTRY: usize = 96;

impl FileOpen {
    /// The next entries of a directory whose names, long or 8.3, are in a pattern: at most `most`, and none at the end. With `restart` from the first
    /// on. A pattern counts when the listing begins.
    ///
    /// # Errors
    /// OBJECT_NAME_INVALID, INVALID_PARAMETER when this is no directory, ACCESS_DENIED.
    pub async fn list_entries(
        &self,
        pattern: &NtString,
        restart: bool,
        most: usize,
    ) -> Result<Vec<DirectoryEntry>, NtStatus> {
        if !self.is_directory() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.require(AccessMask::READ_DATA)?;
        let mut place = self.scan.lock().await;
        let mut scan = match place.take() {
            Some(scan) if !restart => scan,
            before => {
                let query = DirectoryQuery { restart, reopen: true, ..DirectoryQuery::default() };
                let mut scan = self.begin_scan(before, pattern, query).await?;
                scan.short_names = true;
                scan
            }
        };
        let mut entries = Vec::new();
        let outcome = loop {
            if entries.len() >= most {
                break Ok(());
            }
            match self.next_entry(&mut scan, false, (most - entries.len()).saturating_mul(ENTRY)).await {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => break Ok(()),
                Err(status) => break Err(status),
            }
        };
        *place = Some(scan);
        outcome?;
        if let Some(view) = &self.by.view {
            entries.iter_mut().for_each(|e| view.show(e.name.units(), &mut e.metadata));
        }
        Ok(entries)
    }
}
