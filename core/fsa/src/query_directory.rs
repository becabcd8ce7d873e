use crate::{FileInformationClass, FileOpen};
use lanward_nt::{NtStatus, NtString};
use lanward_wire::BudgetedWriter;

/// How a directory is to be listed ([MS-SMB2] 2.2.33 Flags).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DirectoryQuery {
    /// From the first entry again, with the pattern of the first query.
    pub restart: bool,
    /// One entry only.
    pub single: bool,
    /// From the first entry again, with the new pattern.
    pub reopen: bool,
    /// The client's FileIndex, which no volume here has: passed over.
    pub index: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Scan;

impl FileOpen {
    /// Writes the next entries of a directory ([MS-FSA] 2.1.5.6).
    ///
    /// # Errors
    /// NO_SUCH_FILE when the first query finds nothing, NO_MORE_FILES when a later one does, INFO_LENGTH_MISMATCH or BUFFER_OVERFLOW when not
    /// even one entry fits, INVALID_INFO_CLASS, INVALID_PARAMETER when this is no directory.
    pub async fn query_directory(
        &self,
        class: FileInformationClass,
        pattern: &NtString,
        query: DirectoryQuery,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        let _ = (class, pattern, query, out);
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}
