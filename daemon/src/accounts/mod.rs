//! The accounts on disk, and the commands that change them.

mod apply;
mod change;
mod store;
mod stored;

pub(crate) use apply::{apply, groups, policy, users};
pub(crate) use change::{AccountInfo, Change, Date, GroupInfo, Hash, PolicyInfo, UserAttributes};
pub(crate) use store::{InUse, Store};

use crate::identity::Machine;
use anyhow::{Context as _, Result};
use lanward_server::AccountBook;
use std::sync::Arc;

/// The accounts of a store, under the name of the computer they belong to.
///
/// # Errors
/// The store's.
pub(crate) fn book(name: &str, machine: Machine, store: Store) -> Result<AccountBook> {
    AccountBook::new(name, machine.sid(), Arc::new(store)).context("reading the accounts")
}
