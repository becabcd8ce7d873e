use crate::FileOpen;
use lanward_nt::NtStatus;

impl FileOpen {
    /// Appends up to `length` bytes at `offset` to `buf` and answers how many ([MS-FSA] 2.1.5.3).
    ///
    /// # Errors
    /// END_OF_FILE when fewer than `minimum` (or none of a non-zero `length`) are there, ACCESS_DENIED, FILE_LOCK_CONFLICT,
    /// INVALID_PARAMETER, INVALID_DEVICE_REQUEST for a directory.
    pub async fn read(
        &self,
        offset: u64,
        length: u32,
        minimum: u32,
        buf: &mut Vec<u8>,
    ) -> Result<usize, NtStatus> {
        let _ = (offset, length, minimum, buf);
        Err(NtStatus::NOT_IMPLEMENTED)
    }

    /// Writes `data` at `offset`; `u64::MAX` appends, `u64::MAX - 1` writes at the current position ([MS-FSA] 2.1.5.4).
    ///
    /// # Errors
    /// ACCESS_DENIED, FILE_LOCK_CONFLICT, DISK_FULL, INVALID_PARAMETER, INVALID_DEVICE_REQUEST for a directory.
    pub async fn write(&self, offset: u64, data: &[u8], write_through: bool) -> Result<u32, NtStatus> {
        let _ = (offset, data, write_through);
        Err(NtStatus::NOT_IMPLEMENTED)
    }

    /// Puts everything written on stable storage ([MS-FSA] 2.1.5.7).
    ///
    /// # Errors
    /// ACCESS_DENIED for an open that may not write, or an I/O error.
    pub async fn flush(&self) -> Result<(), NtStatus> {
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}
