//! What a share makes of the files behind it: names it hides, a drop box, a recycle bin.

mod drop_box;
mod expire;
mod names;
mod recycle;
mod time_machine;

pub use names::NamePatterns;
pub(crate) use time_machine::BackupUse;
pub use time_machine::TimeMachine;

use lanward_nt::NtString;
use std::sync::Arc;
use std::time::Duration;

/// The rules of a share. The default has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileRules {
    /// Names that begin with a period are shown as HIDDEN.
    pub hide_dot_files: bool,
    /// Names that are shown as HIDDEN.
    pub hide: NamePatterns,
    /// Names that do not exist for clients and cannot be given.
    pub veto: NamePatterns,
    /// What is put here can be neither seen nor read nor changed by clients any more.
    pub drop_box: bool,
    /// Files that are deleted are kept.
    pub recycle: Option<RecycleBin>,
    /// Macs back up to it.
    pub time_machine: Option<TimeMachine>,
}

/// Where deleted files go, and which.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecycleBin {
    /// Longest file that is kept, in bytes; `None` for any.
    pub max_size: Option<u64>,
    /// How long files are kept; `None` for ever. Whoever runs the server calls [`crate::FileSystem::expire_recycled`].
    pub max_age: Option<Duration>,
    /// Files that are not kept, by their names.
    pub exclude: NamePatterns,
}

/// A share's rules as they are for one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareView {
    /// The rules.
    pub rules: Arc<FileRules>,
    /// The user's name.
    pub user: NtString,
    /// Whether everybody's deleted files are shown.
    pub administrator: bool,
}
