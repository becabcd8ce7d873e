//! `identity = "unix"`: files are opened as users of this machine.

mod accounts;
mod names;
mod system;

pub(crate) use accounts::{ShareUsers, UnixAccounts};
pub(crate) use system::{prepare, user_exists};
