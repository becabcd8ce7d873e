//! What a connection keeps between transactions: the parts of those that are not whole, searches, and what the client said of its paths.

use super::searches::SearchOpen;
use crate::smb1::ids::Ids;
use lanward_smb1::Transactions;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Bytes that all transactions of a connection may come to of which parts are missing.
const LIMIT: usize = 1 << 20;
/// How long the parts of a transaction may take to arrive.
const DEADLINE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct State {
    begun: Instant,
    assembly: Mutex<Transactions>,
    searches: Mutex<Ids<Arc<SearchOpen>>>,
    /// What of the UNIX extensions the client agreed on: capabilities.
    unix: AtomicU64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            assembly: Mutex::new(Transactions::new(LIMIT, DEADLINE)),
            searches: Mutex::default(),
            unix: AtomicU64::new(0),
        }
    }
}

impl State {
    /// A session is gone, and with it what its user had open.
    pub(in crate::smb1) fn end_session(&self, uid: u16) {
        self.assembly().end_user(uid);
        drop(self.searches().take(|s| s.uid == uid));
    }

    /// A tree connect is gone, and with it what was open there.
    pub(in crate::smb1) fn end_tree(&self, tid: u16) {
        self.assembly().end_tree(tid);
        drop(self.searches().take(|s| s.tid == tid));
    }

    /// Ends the searches of a process.
    pub(in crate::smb1) async fn end_process(&self, uid: u16, process_id: u32) {
        let ended = self.searches().take(|s| s.uid == uid && s.process_id == process_id);
        for search in ended {
            super::searches::close(&search.open).await;
        }
    }

    /// Forgets the transaction that an NT_CANCEL means, if parts of it are missing.
    pub(in crate::smb1) fn cancel(&self, header: &lanward_smb1::Header) {
        self.assembly().forget(header);
    }

    /// Whether the client agreed on a capability of the UNIX extensions.
    pub(super) fn agreed(&self, capability: u64) -> bool {
        self.unix.load(Ordering::Relaxed) & capability != 0
    }

    pub(super) fn agree(&self, capabilities: u64) {
        self.unix.store(capabilities, Ordering::Relaxed);
    }

    /// Since when [`Transactions`] counts.
    pub(super) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(super) fn assembly(&self) -> MutexGuard<'_, Transactions> {
        self.assembly.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SIDs.
    pub(super) fn searches(&self) -> MutexGuard<'_, Ids<Arc<SearchOpen>>> {
        self.searches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
