//! What a process that dials may do, once it has what it began with.

use rustix::thread::{CapabilitySet, capabilities, remove_capability_from_bounding_set, set_capabilities};
use std::io;

/// Keeps what interfaces and routes need, and gives up everything else for ever. To be called before there are other threads, which would keep it.
/// With `files`, those of others may be written still.
///
/// # Errors
/// The system's.
pub(super) fn keep_what_is_needed(files: bool) -> io::Result<()> {
    let mut needed = CapabilitySet::NET_ADMIN;
    if files {
        needed |= CapabilitySet::DAC_OVERRIDE;
    }
    for one in CapabilitySet::all().difference(needed).iter() {
        // Who may not do this (CAP_SETPCAP) cannot get it back by a program either: nothing here is set-user-ID.
        if let Err(error) = remove_capability_from_bounding_set(one) {
            tracing::debug!(%error, ?one, "the bounding set keeps it");
        }
    }
    let mut held = capabilities(None)?;
    for set in [&mut held.effective, &mut held.permitted, &mut held.inheritable] {
        *set &= needed;
    }
    Ok(set_capabilities(None, held)?)
}
