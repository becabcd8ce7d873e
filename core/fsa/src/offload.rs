use lanward_nt::NtStatus;

/// Whether a call asked with [`lanward_vfs::Wait::Never`] is to be repeated through [`blocking`].
pub(crate) const fn would_block<T>(outcome: &Result<T, NtStatus>) -> bool {
    matches!(outcome, Err(NtStatus::CANT_WAIT))
}

/// Runs a call that blocks on a thread that may. The one place where work leaves the task.
///
/// # Errors
/// The call's; INTERNAL_ERROR if it panics.
pub async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, NtStatus> + Send + 'static,
) -> Result<T, NtStatus> {
    tokio::task::spawn_blocking(call).await.unwrap_or(Err(NtStatus::INTERNAL_ERROR))
}

/// Runs a call that is short on most volumes: here, or on a thread that may block when the volume is slow.
pub(crate) async fn short<T: Send + 'static>(
    slow: bool,
    call: impl FnOnce() -> Result<T, NtStatus> + Send + 'static,
) -> Result<T, NtStatus> {
    if slow { blocking(call).await } else { call() }
}
