use crate::FileOpen;
use lanward_nt::NtStatus;
use lanward_vfs::AllocatedRange;

impl FileOpen {
    /// Stretches with storage within a range, at most `limit` ([MS-FSA] 2.1.5.10.22).
    ///
    /// # Errors
    /// ACCESS_DENIED, INVALID_PARAMETER.
    pub async fn query_allocated_ranges(
        &self,
        offset: u64,
        length: u64,
        limit: usize,
    ) -> Result<Vec<AllocatedRange>, NtStatus> {
        let _ = (offset, length, limit);
        Err(NtStatus::NOT_IMPLEMENTED)
    }

    /// Makes `offset..beyond` read as zero ([MS-FSA] 2.1.5.10.39).
    ///
    /// # Errors
    /// ACCESS_DENIED, INVALID_PARAMETER, FILE_LOCK_CONFLICT.
    pub async fn zero_data(&self, offset: u64, beyond: u64) -> Result<(), NtStatus> {
        let _ = (offset, beyond);
        Err(NtStatus::NOT_IMPLEMENTED)
    }

    /// Marks the file as sparse or not ([MS-FSA] 2.1.5.10.38).
    ///
    /// # Errors
    /// ACCESS_DENIED, INVALID_PARAMETER for a directory.
    pub async fn set_sparse(&self, sparse: bool) -> Result<(), NtStatus> {
        let _ = sparse;
        Err(NtStatus::NOT_IMPLEMENTED)
    }

    /// Copies `length` bytes from `source` to here and answers how many were copied ([MS-SMB2] 3.3.5.15.6).
    ///
    /// # Errors
    /// ACCESS_DENIED, FILE_LOCK_CONFLICT, INVALID_VIEW_SIZE when the source ends before, DISK_FULL.
    pub async fn copy_range(
        &self,
        source: &Self,
        source_offset: u64,
        offset: u64,
        length: u32,
    ) -> Result<u32, NtStatus> {
        let _ = (source, source_offset, offset, length);
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}
