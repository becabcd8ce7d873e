use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Notify;

/// The conversations that a service has at a time.
#[derive(Debug, Default)]
pub(super) struct Places {
    taken: AtomicU32,
    /// There is one less, or there may be more.
    pub(super) changed: Notify,
}

/// One of them.
pub(super) struct Place(Arc<Places>);

impl Places {
    /// Takes one of at most so many.
    pub(super) fn take(self: &Arc<Self>, most: u32) -> Option<Place> {
        let take = |n| (n < most).then(|| n + 1);
        let taken = self.taken.try_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.is_ok().then(|| Place(Arc::clone(self)))
    }

    /// Whether there is one left of at most so many.
    pub(super) fn any_left(&self, most: u32) -> bool {
        self.taken.load(Ordering::Relaxed) < most
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
        self.0.changed.notify_waiters();
    }
}
