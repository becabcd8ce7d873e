//! Who may sign in.

mod book;
mod change;
mod store;

pub(crate) use book::AccountBook;
pub(crate) use change::{AccountInfo, Change, Hash};
pub(crate) use store::{InUse, Store};

use lanward_auth::NtHash;

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// As it was written when it was added; found without regard to case.
    pub(crate) name: String,
    /// The relative identifier, never used again.
    pub(crate) rid: u32,
    pub(crate) admin: bool,
    pub(crate) disabled: bool,
    pub(crate) hash: NtHash,
}

/// The relative identifier of the first account.
const FIRST_RID: u32 = 1000;
