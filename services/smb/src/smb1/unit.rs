//! A request on its way through the server.

use lanward_nt::NtStatus;
use lanward_smb1::Header;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// What the connection and a running request tell each other.
#[derive(Debug)]
pub(crate) struct Unit {
    header: Header,
    cancelled: AtomicBool,
    /// Its process ended.
    orphaned: AtomicBool,
    cancel: Notify,
    waits: AtomicBool,
}

impl Unit {
    pub(crate) fn new(header: Header) -> Self {
        Self {
            header,
            cancelled: AtomicBool::new(false),
            orphaned: AtomicBool::new(false),
            cancel: Notify::new(),
            waits: AtomicBool::new(false),
        }
    }

    /// Whether an NT_CANCEL means this request ([MS-CIFS] 3.3.1.3 PendingRequestTable).
    pub(crate) fn is_meant(&self, cancel: &Header) -> bool {
        let key = |h: &Header| (h.user_id, h.tree_id, h.process_id, h.multiplex_id);
        key(&self.header) == key(cancel)
    }

    /// Whether a process of a user made this request.
    pub(crate) const fn is_of(&self, user_id: u16, process_id: u32) -> bool {
        self.header.user_id == user_id && self.header.process_id == process_id
    }

    /// The request, if it waits for something that can be given up, ends.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.cancel.notify_one();
    }

    /// The process that made the request ended.
    pub(crate) fn orphan(&self) {
        self.orphaned.store(true, Ordering::Relaxed);
        self.cancel();
    }

    /// How a cancelled wait for a lock ends: with its process as if that had closed the file.
    pub(crate) fn gives_up_lock(&self) -> NtStatus {
        if self.orphaned.load(Ordering::Relaxed) { NtStatus::RANGE_NOT_LOCKED } else { NtStatus::CANCELLED }
    }

    /// Completes when the request is cancelled. For one who waits.
    pub(crate) async fn cancelled(&self) {
        while !self.cancelled.load(Ordering::Relaxed) {
            self.cancel.notified().await;
        }
    }

    /// A mark that the core sets when the request begins to wait for others.
    pub(crate) const fn waits(&self) -> &AtomicBool {
        &self.waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cancel_means_the_request_with_the_same_ids() {
        let header = Header { user_id: 1, tree_id: 2, process_id: 3, multiplex_id: 4, ..Header::default() };
        let unit = Unit::new(header);
        assert!(unit.is_meant(&header));
        for other in [
            Header { user_id: 9, ..header },
            Header { tree_id: 9, ..header },
            Header { process_id: 9, ..header },
            Header { multiplex_id: 9, ..header },
        ] {
            assert!(!unit.is_meant(&other));
        }
        unit.cancel();
        unit.cancelled().await;
    }
}
