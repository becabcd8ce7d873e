/// Gives memory that was freed back to the system. The allocator keeps it otherwise: a crowd of connections that came and went would
/// count as used for as long as the process lives.
pub fn release_freed_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: `malloc_trim` takes no pointer and locks the allocator's own state; any thread may call it at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}
