use crate::FileSystem;
use lanward_nt::{AccessMask, CreateOptions, NtPath, NtStatus};
use lanward_vfs::{File, FileNumber, Metadata};
use std::sync::Arc;

/// One open of a file or directory ([MS-FSA] 2.1.1.6 Per Open). Dropping it closes it.
#[derive(Debug)]
pub struct FileOpen {
    pub(crate) file_system: Arc<FileSystem>,
    pub(crate) file: Arc<dyn File>,
    granted: AccessMask,
    maximal: AccessMask,
    options: CreateOptions,
    directory: bool,
    number: FileNumber,
}

impl FileOpen {
    /// What this open may do.
    #[must_use]
    pub const fn granted_access(&self) -> AccessMask {
        self.granted
    }

    /// What its user could have asked for.
    #[must_use]
    pub const fn maximal_access(&self) -> AccessMask {
        self.maximal
    }

    /// The options it was opened with.
    #[must_use]
    pub const fn options(&self) -> CreateOptions {
        self.options
    }

    /// Whether it is a directory.
    #[must_use]
    pub const fn is_directory(&self) -> bool {
        self.directory
    }

    /// Which file it is.
    #[must_use]
    pub const fn file_number(&self) -> FileNumber {
        self.number
    }

    /// Where the file is now: a rename through any open moves it.
    #[must_use]
    pub fn path(&self) -> NtPath {
        NtPath::root()
    }

    /// Byte-range locks this open holds.
    #[must_use]
    pub fn lock_count(&self) -> usize {
        0
    }

    /// The file as it is now.
    ///
    /// # Errors
    /// An I/O error.
    pub fn metadata(&self) -> Result<Metadata, NtStatus> {
        self.file.metadata()
    }

    /// Closes ([MS-FSA] 2.1.5.5): locks go, a pending deletion runs when this was the last open. Closing again does nothing.
    /// With `post_query` the file as it was at the end.
    ///
    /// # Errors
    /// What the volume answers; the open is closed all the same.
    pub async fn close(&self, post_query: bool) -> Result<Option<Metadata>, NtStatus> {
        let _ = post_query;
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}
