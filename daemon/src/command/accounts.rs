//! The accounts of a server that runs or does not.

use crate::accounts::{Change, InUse, Store, apply, book};
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use anyhow::Result;
use lanward_server::AccountBook;
use std::path::Path;

/// Makes a change. Answers the name of what was changed.
///
/// # Errors
/// What cannot be done.
pub(super) fn change(state_dir: &Path, change: Change) -> Result<String> {
    match open(state_dir)? {
        Some(accounts) => apply(&accounts, change),
        None => match ask(state_dir, &Request::Change(change))? {
            Response::Changed(name) => Ok(name),
            _ => Err(confused()),
        },
    }
}

/// Shows something: by `view` of the accounts, or by asking a running server and taking `answer` out of its response.
///
/// # Errors
/// The accounts cannot be read.
pub(super) fn view<T>(
    state_dir: &Path,
    request: &Request,
    view: fn(&AccountBook) -> T,
    answer: fn(Response) -> Option<T>,
) -> Result<T> {
    match open(state_dir)? {
        Some(accounts) => Ok(view(&accounts)),
        None => answer(ask(state_dir, request)?).ok_or_else(confused),
    }
}

/// The accounts, unless a running server has them.
fn open(state_dir: &Path) -> Result<Option<AccountBook>> {
    match Store::open(state_dir) {
        Ok(store) => {
            let machine = store.machine()?;
            book("", machine, store).map(Some)
        }
        Err(error) if error.is::<InUse>() => Ok(None),
        Err(error) => Err(error),
    }
}

fn confused() -> anyhow::Error {
    Refused::Unavailable("the server answered something else; is it of this version?".to_owned()).into()
}
