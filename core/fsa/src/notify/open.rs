use super::watch::Watch;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, OnceLock};

/// What an open has to do with telling of changes.
#[derive(Debug, Default)]
pub(crate) struct OpenNotify {
    /// The directory is watched.
    pub(super) watch: OnceLock<Arc<Watch>>,
    /// Changes through this open to tell of when it is closed, as NotifyFilter bits.
    pub(super) pending: AtomicU32,
    /// That data was written through this open has been told once.
    pub(super) wrote: AtomicBool,
}
