//! Changes of a volume that were not made through it.

use crate::FileNumber;
use lanward_nt::NtPath;
use std::fmt;
use std::sync::Arc;

/// What happened to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind<'a> {
    /// It came.
    Added,
    /// It went.
    Removed,
    /// It became another one that is watched as well.
    Renamed {
        /// What it is now.
        to: &'a NtPath,
    },
    /// Data was written, or the file was cut.
    Data,
    /// Times, attributes, rights or extended attributes changed.
    Attributes,
    /// Changes were lost: anything in or beneath the watched directory, which is the path, may have changed.
    Lost,
}

/// One change, made by somebody else than this volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VolumeChange<'a> {
    /// What happened.
    pub kind: ChangeKind<'a>,
    /// To which name, as it was before. It leads there by the way the watched directory was named.
    pub path: &'a NtPath,
    /// Whether it is a directory.
    pub directory: bool,
    /// Which file it is, if it is still there.
    pub number: Option<FileNumber>,
}

/// Who is told. Called from a thread of the volume: it must neither wait nor call the volume.
pub type Listener = Arc<dyn Fn(&VolumeChange<'_>) + Send + Sync>;

/// Keeps somebody being told. Dropping it ends that; a change that is just being told may still come.
pub struct Subscription(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Subscription {
    /// Runs `end` when it is dropped.
    #[must_use]
    pub fn new(end: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(end)))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
