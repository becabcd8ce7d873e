//! What is asked of the machine.

use anyhow::{Context as _, Result, bail};
use nix::unistd::{Gid, Uid, User, getgrouplist};
use std::ffi::CString;

/// A user of this machine, as it says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) user: u32,
    pub(super) group: u32,
    /// Without the primary one.
    pub(super) groups: Vec<u32>,
}

/// The user of this name, with all groups; `None` if there is none. May block.
pub(super) fn look_up(name: &str) -> Result<Option<Found>> {
    let Some(user) = User::from_name(name).with_context(|| format!("looking up the user {name}"))? else {
        return Ok(None);
    };
    let groups = getgrouplist(&CString::new(user.name.as_str())?, user.gid)
        .with_context(|| format!("looking up the groups of {name}"))?;
    let groups = groups.into_iter().filter(|group| *group != user.gid).map(Gid::as_raw).collect();
    Ok(Some(Found { user: user.uid.as_raw(), group: user.gid.as_raw(), groups }))
}

/// Whether this machine has a user of this name; `None` if it does not say.
pub(crate) fn user_exists(name: &str) -> Option<bool> {
    User::from_name(name).ok().map(|user| user.is_some())
}

/// The number of the user the server itself runs as.
pub(super) fn own_number() -> u32 {
    Uid::effective().as_raw()
}

/// Gets the process ready to act as others. To be called before there are other threads.
///
/// # Errors
/// A capability is missing.
pub(crate) fn prepare() -> Result<()> {
    let missing = lanward_sys::missing_capabilities()?;
    if !missing.is_empty() {
        bail!(
            "identity = \"unix\" needs {}: start the server as root, or give its service AmbientCapabilities (see `man lanward.toml`)",
            missing.join(" ")
        );
    }
    lanward_sys::give_up_overrides()?;
    // What is made has the bits its share says, or those the folder hands down.
    rustix::process::umask(rustix::fs::Mode::empty());
    Ok(())
}
