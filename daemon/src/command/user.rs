//! `lanward user`

use super::accounts;
use super::state::Which;
use crate::accounts::{AccountInfo, Change, Date, Hash, PolicyInfo, UserAttributes, policy, users};
use crate::control::{Request, Response};
use crate::exit::Refused;
use crate::password;
use anyhow::Result;
use clap::{Args, Subcommand};
use lanward_auth::NtHash;
use std::io::{Write as _, stdout};
use std::net::Ipv4Addr;
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
    /// Change what is known of an account; what is not given stays
    Set {
        name: String,
        #[command(flatten)]
        attributes: Box<Attributes>,
    },
    /// Keep an account from signing in and end its sessions
    Disable { name: String },
    /// Let a disabled account sign in again
    Enable { name: String },
    /// Let an account sign in again that too many wrong passwords have locked
    Unlock { name: String },
    /// Show or change what is asked of passwords, and when guessing locks an account
    Policy(Policy),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Attributes {
    /// Another name
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    #[arg(long, value_name = "TEXT")]
    full_name: Option<String>,
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Where Windows finds the home folder
    #[arg(long, value_name = "PATH")]
    home_directory: Option<String>,
    /// The drive Windows connects it to
    #[arg(long, value_name = "DRIVE")]
    home_drive: Option<String>,
    #[arg(long, value_name = "PATH")]
    profile_path: Option<String>,
    #[arg(long, value_name = "PATH")]
    script_path: Option<String>,
    /// Computers it may sign in from, between commas; an empty text for all
    #[arg(long, value_name = "NAMES")]
    workstations: Option<String>,
    /// The first day on which it cannot sign in, UTC, as YYYY-MM-DD; never for no such day
    #[arg(long, value_name = "DAY")]
    expires: Option<String>,
    /// Whether the password must be changed before the account can be used
    #[arg(long, value_name = "BOOL")]
    must_change: Option<bool>,
    /// Whether its password gets too old as the policy says
    #[arg(long, value_name = "BOOL")]
    password_expires: Option<bool>,
    /// Whether it may administer the server
    #[arg(long, value_name = "BOOL")]
    admin: Option<bool>,
    /// Whether it may dial in, where there is a VPN
    #[arg(long, value_name = "BOOL")]
    dial_in: Option<bool>,
    /// The address it always has when it has dialled in; pool for one of the pool
    #[arg(long, value_name = "ADDRESS")]
    dial_in_address: Option<String>,
}

impl Attributes {
    fn attributes(self) -> Result<UserAttributes> {
        let expires = match self.expires.as_deref() {
            None => None,
            Some("never") => Some(None),
            Some(day) => {
                let date: Date = day.parse().map_err(|wanted: &str| Refused::Input(wanted.to_owned()))?;
                Some(Some(date.0.0))
            }
        };
        let dial_in_address = match self.dial_in_address.as_deref() {
            None => None,
            Some("pool") => Some(None),
            Some(text) => {
                let wrong = || Refused::Input(format!("`{text}` is neither an IPv4 address nor `pool`"));
                Some(Some(text.parse::<Ipv4Addr>().map_err(|_| wrong())?))
            }
        };
        Ok(UserAttributes {
            rename: self.rename,
            full_name: self.full_name,
            comment: self.comment,
            home_directory: self.home_directory,
            home_drive: self.home_drive,
            profile_path: self.profile_path,
            script_path: self.script_path,
            workstations: self.workstations,
            expires,
            must_change: self.must_change,
            password_expires: self.password_expires,
            admin: self.admin,
            dial_in: self.dial_in,
            dial_in_address,
        })
    }
}

/// What is not given stays; without any, the policy is shown
#[derive(Debug, Args)]
struct Policy {
    /// Fewest characters of a password that is set over the network
    #[arg(long, value_name = "N")]
    min_password_length: Option<u16>,
    /// So many earlier passwords cannot be used again
    #[arg(long, value_name = "N")]
    password_history: Option<u16>,
    /// Whether passwords that are set over the network need characters of three kinds
    #[arg(long, value_name = "BOOL")]
    complexity: Option<bool>,
    /// Days after which a password must be changed; 0 for never
    #[arg(long, value_name = "DAYS")]
    max_password_age: Option<u32>,
    /// Wrong passwords that lock an account; 0 for never
    #[arg(long, value_name = "N")]
    lockout_threshold: Option<u16>,
    /// Minutes an account stays locked; 0 until somebody unlocks it
    #[arg(long, value_name = "MINUTES")]
    lockout_duration: Option<u32>,
    /// Minutes without a wrong password after which counting begins anew; 0 for a right one only
    #[arg(long, value_name = "MINUTES")]
    lockout_window: Option<u32>,
    /// Whether guessing locks an administrator for everybody too, and not for the host alone where it was guessed
    #[arg(long, value_name = "BOOL")]
    lockout_administrators: Option<bool>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Policy {
    const fn info(&self) -> PolicyInfo {
        PolicyInfo {
            min_password_length: self.min_password_length,
            password_history: self.password_history,
            complexity: self.complexity,
            max_password_age: self.max_password_age,
            lockout_threshold: self.lockout_threshold,
            lockout_duration: self.lockout_duration,
            lockout_window: self.lockout_window,
            lockout_administrators: self.lockout_administrators,
        }
    }
}

#[derive(Debug, Args)]
struct Password {
    /// A file with the password in its first line; - for standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Keep an LM hash too, which gives the password away: for DOS and Windows 9x, in zones with `lm = true`
    #[arg(long)]
    lm: bool,
}

impl Password {
    fn hashes(&self, user: &str) -> Result<(Hash, Option<Hash>)> {
        let file = self.password_file.as_deref();
        if !self.lm {
            return Ok((Hash(password::obtain(file, user)?), None));
        }
        let (hash, lm_hash) = password::obtain_with_lm(file, user)?;
        Ok((Hash(hash), Some(Hash(NtHash::new(*lm_hash.expose())))))
    }
}

pub(crate) fn run(options: Options) -> Result<()> {
    let state_dir = options.which.state_dir()?;
    let (change, done) = match options.action {
        Action::List { json } => return list(&state_dir, json),
        Action::Policy(policy) => return set_policy(&state_dir, &policy),
        Action::Add { name, admin, password } => {
            let (hash, lm_hash) = password.hashes(&name)?;
            (Change::Add { name, admin, hash, lm_hash }, "added")
        }
        Action::Passwd { name, password } => {
            let (hash, lm_hash) = password.hashes(&name)?;
            (Change::Password { name, hash, lm_hash }, "has a new password")
        }
        Action::Set { name, attributes } => {
            let attributes = Box::new(attributes.attributes()?);
            (Change::Set { name, attributes }, "changed")
        }
        Action::Remove { name } => (Change::Remove { name }, "removed"),
        Action::Disable { name } => (Change::Disable { name }, "disabled"),
        Action::Enable { name } => (Change::Enable { name }, "enabled"),
        Action::Unlock { name } => (Change::Unlock { name }, "unlocked"),
    };
    let name = accounts::change(&state_dir, change)?;
    writeln!(stdout(), "{name} {done}")?;
    Ok(())
}

fn list(state_dir: &Path, json: bool) -> Result<()> {
    let users = accounts::view(state_dir, &Request::Users, users, |response| match response {
        Response::Users(users) => Some(users),
        _ => None,
    })?;
    if json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&users)?)?;
        return Ok(());
    }
    writeln!(stdout(), "{:<24} {:<6} {:<24} {:<24} STATE", "USER", "ID", "FULL NAME", "GROUPS")?;
    for user in users {
        let groups = user.groups.join(",");
        let state = state(&user);
        writeln!(stdout(), "{:<24} {:<6} {:<24} {groups:<24} {state}", user.name, user.rid, user.full_name)?;
    }
    Ok(())
}

fn state(user: &AccountInfo) -> String {
    let expires = user.expires.as_ref().map(|day| format!("expires {day}"));
    let words = [
        user.admin.then(|| "administrator".to_owned()),
        user.dial_in.then(|| {
            let address = user.dial_in_address.map(|address| format!(" at {address}"));
            format!("may dial in{}", address.unwrap_or_default())
        }),
        expires,
        user.must_change.then(|| "must change password".to_owned()),
        user.locked.then(|| "locked".to_owned()),
        user.disabled.then(|| "disabled".to_owned()),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn set_policy(state_dir: &Path, options: &Policy) -> Result<()> {
    let info = options.info();
    if info != PolicyInfo::default() {
        accounts::change(state_dir, Change::Policy(info))?;
        writeln!(stdout(), "the policy changed")?;
        return Ok(());
    }
    let policy = accounts::view(state_dir, &Request::Policy, policy, |response| match response {
        Response::Policy(policy) => Some(policy),
        _ => None,
    })?;
    let value = serde_json::to_value(&policy)?;
    if options.json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&value)?)?;
        return Ok(());
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        writeln!(stdout(), "{key:<24} {value}")?;
    }
    Ok(())
}
