use crate::User;
use lanward_fsa::UnixIdentity;
use lanward_nt::NtStatus;
use std::fmt::Debug;

/// Whom accounts are on this machine, where files are opened as its users.
pub trait UnixUsers: Send + Sync + Debug {
    /// Looks up whom somebody is, so that the answer is there when it is needed. May block for as long as the machine takes.
    fn look_up(&self, user: &User);

    /// As whom somebody opens files. May block, unless it was looked up just before.
    ///
    /// # Errors
    /// ACCESS_DENIED: as nobody.
    fn identity_of(&self, user: &User) -> Result<UnixIdentity, NtStatus>;
}
