//! `lanward user`

use super::state::Which;
use crate::accounts::{AccountBook, AccountInfo, Change, Hash, InUse, Store};
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use crate::password;
use anyhow::Result;
use clap::{Args, Subcommand};
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};

/// Manage who may sign in, also while the server runs
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add an account; its password is asked for unless a file has it
    Add {
        /// Found without regard to case
        name: String,
        /// It may administer the server
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        password: Password,
    },
    /// List the accounts
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove an account and end its sessions
    Remove { name: String },
    /// Change an account's password
    Passwd {
        name: String,
        #[command(flatten)]
        password: Password,
    },
    /// Keep an account from signing in and end its sessions
    Disable { name: String },
    /// Let a disabled account sign in again
    Enable { name: String },
}

#[derive(Debug, Args)]
struct Password {
    /// A file with the password in its first line; - for standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Password {
    fn hash(&self, user: &str) -> Result<Hash> {
        password::obtain(self.password_file.as_deref(), user).map(Hash)
    }
}

pub(crate) fn run(options: Options) -> Result<()> {
    let state_dir = options.which.state_dir()?;
    let (change, done) = match options.action {
        Action::List { json } => return list(&state_dir, json),
        Action::Add { name, admin, password } => {
            let hash = password.hash(&name)?;
            (Change::Add { name, admin, hash }, "added")
        }
        Action::Passwd { name, password } => {
            let hash = password.hash(&name)?;
            (Change::Password { name, hash }, "has a new password")
        }
        Action::Remove { name } => (Change::Remove { name }, "removed"),
        Action::Disable { name } => (Change::Disable { name }, "disabled"),
        Action::Enable { name } => (Change::Enable { name }, "enabled"),
    };
    let name = match open(&state_dir)? {
        Some(accounts) => accounts.apply(change)?,
        None => match ask(&state_dir, &Request::Change(change))? {
            Response::Changed(name) => name,
            _ => return Err(confused()),
        },
    };
    writeln!(stdout(), "{name} {done}")?;
    Ok(())
}

/// The accounts, unless a running server has them.
fn open(state_dir: &Path) -> Result<Option<AccountBook>> {
    match Store::open(state_dir) {
        Ok(store) => AccountBook::new("", Some(store)).map(Some),
        Err(error) if error.is::<InUse>() => Ok(None),
        Err(error) => Err(error),
    }
}

fn list(state_dir: &Path, json: bool) -> Result<()> {
    let accounts: Vec<AccountInfo> = match open(state_dir)? {
        Some(accounts) => accounts.list(),
        None => match ask(state_dir, &Request::Users)? {
            Response::Users(accounts) => accounts,
            _ => return Err(confused()),
        },
    };
    if json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&accounts)?)?;
        return Ok(());
    }
    writeln!(stdout(), "{:<32} {:<6} STATE", "USER", "ID")?;
    for account in accounts {
        let role = if account.admin { "administrator" } else { "" };
        let state = [role, if account.disabled { "disabled" } else { "" }].join(" ");
        writeln!(stdout(), "{:<32} {:<6} {}", account.name, account.rid, state.trim())?;
    }
    Ok(())
}

fn confused() -> anyhow::Error {
    Refused::Unavailable("the server answered something else; is it of this version?".to_owned()).into()
}
