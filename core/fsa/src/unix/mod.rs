//! Opening files as users of the machine.
//!
//! What the machine does not permit somebody nobody here allows them: its answer and that of a stored descriptor both have to be yes. The
//! descriptor an object is shown with is made of its mode; one that a client sets becomes a mode again as far as that can say it, and is stored
//! besides as far as it cannot.

mod change;
mod mode;
mod notified;
mod rights;

pub(crate) use change::{change, mode_to_make, shown};
pub(crate) use mode::{Classes, descriptor_of};
pub(crate) use notified::notified;
pub(crate) use rights::machine_rights;

use lanward_nt::Sid;
use lanward_vfs::UnixUser;
use std::fmt::Debug;
use std::sync::Arc;

/// As whom of this machine somebody opens files.
#[derive(Debug, Clone)]
pub struct UnixIdentity {
    /// The user.
    pub user: Arc<UnixUser>,
    /// What users and groups are called in descriptors.
    pub names: Arc<dyn UnixNames>,
}

impl PartialEq for UnixIdentity {
    fn eq(&self, other: &Self) -> bool {
        self.user == other.user && Arc::ptr_eq(&self.names, &other.names)
    }
}

impl Eq for UnixIdentity {}

/// What users and groups of the machine are called in security descriptors. None of this may block for long.
pub trait UnixNames: Send + Sync + Debug {
    /// The user of this number.
    fn user(&self, number: u32) -> Sid;

    /// The group of this number.
    fn group(&self, number: u32) -> Sid;

    /// The number of a user; `None` if it is none of the machine's.
    fn user_number(&self, sid: &Sid) -> Option<u32>;

    /// The number of a group; `None` if it is none of the machine's.
    fn group_number(&self, sid: &Sid) -> Option<u32>;
}
