use lanward_nt::NtString;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a pipe is open for, so that nobody has one without a reason that can be seen (behaviour 1.6).
#[derive(Debug)]
pub struct PipeActivity {
    since: Instant,
    /// The number of the last operation; all ones before the first.
    operation: AtomicU32,
    /// What is open by it, in the order it was opened.
    held: Mutex<BTreeMap<u64, HeldOpen>>,
}

/// Something that is open by a pipe, until its handle is closed: a printer (behaviour 1.9).
#[derive(Debug, Clone)]
pub struct HeldOpen {
    /// What it is called.
    pub name: NtString,
    since: Instant,
}

impl HeldOpen {
    /// How long it has been open.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }
}

/// Keeps something among what is open by a pipe.
#[derive(Debug)]
pub struct Holding {
    activity: Arc<PipeActivity>,
    number: u64,
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.activity.held().remove(&self.number);
    }
}

impl Default for PipeActivity {
    /// Of a pipe that is opened now.
    fn default() -> Self {
        Self { since: Instant::now(), operation: AtomicU32::new(u32::MAX), held: Mutex::default() }
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

    fn held(&self) -> MutexGuard<'_, BTreeMap<u64, HeldOpen>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has something be seen as open by the pipe for as long as the answer is kept.
    #[must_use]
    pub fn hold(self: &Arc<Self>, name: NtString) -> Holding {
        let mut held = self.held();
        let number = held.last_key_value().map_or(0, |(last, _)| last + 1);
        held.insert(number, HeldOpen { name, since: Instant::now() });
        Holding { activity: Arc::clone(self), number }
    }

    /// What is open by the pipe.
    #[must_use]
    pub fn open(&self) -> Vec<HeldOpen> {
        self.held().values().cloned().collect()
    }

    /// How long the pipe has been open.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }
}
