use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What a pipe is open for, so that nobody has one without a reason that can be seen (behaviour 1.6).
#[derive(Debug)]
pub struct PipeActivity {
    since: Instant,
    /// The number of the last operation; all ones before the first.
    operation: AtomicU32,
}

impl Default for PipeActivity {
    /// Of a pipe that is opened now.
    fn default() -> Self {
        Self { since: Instant::now(), operation: AtomicU32::new(u32::MAX) }
    }
}

impl PipeActivity {
    /// Notes that an operation was called.
    pub fn note(&self, operation: u16) {
        self.operation.store(operation.into(), Ordering::Relaxed);
    }

    /// The operation that was called last, by its number.
    #[must_use]
    pub fn last_operation(&self) -> Option<u16> {
        u16::try_from(self.operation.load(Ordering::Relaxed)).ok()
    }

    /// How long the pipe has been open.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }
}
