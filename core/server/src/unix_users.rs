use crate::User;
use lanward_fsa::UnixIdentity;
use lanward_nt::NtStatus;
use std::fmt::Debug;

/// Whom accounts are on this machine, where files are opened as its users.
pub trait UnixUsers: Send + Sync + Debug {
    /// As whom somebody opens files. May block for as long as the machine looks its users up.
    ///
    /// # Errors
    /// ACCESS_DENIED: as nobody.
    fn identity_of(&self, user: &User) -> Result<UnixIdentity, NtStatus>;
}
