use lanward_fsa::FileSystem;
use lanward_nt::{FileTime, NtStatus};
use std::fmt::Debug;
use std::sync::Arc;

/// Previous versions of a share, each a tree of files that nothing changes. Both calls may block.
pub trait Snapshots: Debug + Send + Sync {
    /// When they were made, to the second, the latest first.
    ///
    /// # Errors
    /// They cannot be looked for.
    fn times(&self) -> Result<Vec<FileTime>, NtStatus>;

    /// The share as it was in that second.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: there is none of it.
    fn at(&self, time: FileTime) -> Result<Arc<FileSystem>, NtStatus>;
}
