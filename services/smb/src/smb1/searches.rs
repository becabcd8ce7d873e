//! [MS-CIFS] 3.3.1.8 Per Unique Open Search: listings that SMB_COM_SEARCH and SMB_COM_FIND go on with.

use super::context::Context;
use super::paths;
use lanward_nt::NtString;
use lanward_server::Open;
use std::collections::VecDeque;
use std::sync::Arc;

/// Server.MaxSearches, for one connection. No client ends a search of SMB_COM_SEARCH: the one that was not gone on with for longest goes.
const MOST: usize = 64;

/// A listing and how far it got.
#[derive(Debug)]
pub(crate) struct SearchOpen {
    /// The number that resume keys name it by.
    pub(crate) id: u16,
    pub(crate) uid: u16,
    pub(crate) tid: u16,
    pub(crate) process_id: u32,
    /// The directory.
    pub(crate) path: NtString,
    /// What is looked for in it.
    pub(crate) pattern: NtString,
    pub(crate) open: Arc<Open>,
    /// Entries that were told so far. Whoever holds it goes on with the listing.
    pub(crate) told: tokio::sync::Mutex<u32>,
}

/// Those of a connection, the one used last behind the others.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    last: u16,
    entries: VecDeque<Arc<SearchOpen>>,
}

impl Searches {
    /// Enters what `make` makes of its number; answers it, and the search that had to go for it.
    pub(crate) fn insert_with(
        &mut self,
        make: impl FnOnce(u16) -> SearchOpen,
    ) -> (Arc<SearchOpen>, Option<Arc<SearchOpen>>) {
        self.entries.retain(|s| !s.open.is_closed());
        let gone = if self.entries.len() >= MOST { self.entries.pop_front() } else { None };
        loop {
            self.last = self.last.wrapping_add(1);
            if self.entries.iter().all(|s| s.id != self.last) {
                break;
            }
        }
        let search = Arc::new(make(self.last));
        self.entries.push_back(Arc::clone(&search));
        (search, gone)
    }

    /// The search of a number, which is the last one used now.
    pub(crate) fn using(&mut self, id: u16) -> Option<Arc<SearchOpen>> {
        let at = self.entries.iter().position(|s| s.id == id && !s.open.is_closed())?;
        let search = self.entries.remove(at)?;
        self.entries.push_back(Arc::clone(&search));
        Some(search)
    }

    /// Takes out what `which` names.
    pub(crate) fn take(&mut self, mut which: impl FnMut(&SearchOpen) -> bool) -> Vec<Arc<SearchOpen>> {
        let (gone, left) = std::mem::take(&mut self.entries).into_iter().partition(|s| which(s));
        self.entries = left;
        Vec::from(gone)
    }
}

impl Context<'_> {
    /// Ends searches in a directory and beneath it, which would be in the way of its removal ([MS-CIFS] 3.3.5.4).
    pub(crate) async fn end_searches_within(&self, directory: &NtString) {
        let Ok(tid) = self.tree().map(|tree| tree.tid) else { return };
        self.end_searches(|s| s.tid == tid && paths::is_within(&s.path, directory)).await;
    }

    /// Ends what `which` names.
    pub(crate) async fn end_searches(&self, which: impl FnMut(&SearchOpen) -> bool) {
        let gone = self.connection.searches().take(which);
        for search in gone {
            search.open.close(false).await.ok();
        }
    }
}
