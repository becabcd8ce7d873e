use crate::FileOpen;
use lanward_nt::NtStatus;

/// What is asked of a byte range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    /// Others may read.
    Shared,
    /// Nobody else may read or write.
    Exclusive,
    /// Give the range back, exactly as it was locked.
    Unlock,
}

/// One element of a lock request ([MS-SMB2] 2.2.26.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockElement {
    /// First byte.
    pub offset: u64,
    /// Length in bytes; 0 is a range of its own kind.
    pub length: u64,
    /// What is asked.
    pub kind: LockKind,
    /// Answer LOCK_NOT_GRANTED instead of waiting.
    pub fail_immediately: bool,
}

impl FileOpen {
    /// Locks or unlocks ranges ([MS-FSA] 2.1.5.8, 2.1.5.9): all of them, or none. Waits in the order of asking; dropping the future gives up
    /// and leaves nothing behind.
    ///
    /// # Errors
    /// LOCK_NOT_GRANTED, RANGE_NOT_LOCKED, INVALID_LOCK_RANGE, INSUFFICIENT_RESOURCES.
    pub async fn lock(&self, elements: &[LockElement]) -> Result<(), NtStatus> {
        let _ = elements;
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}
