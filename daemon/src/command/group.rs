//! `lanward group`

use super::accounts;
use super::state::Which;
use crate::accounts::{Change, groups};
use crate::control::{Request, Response};
use anyhow::Result;
use clap::{Args, Subcommand};
use std::io::{Write as _, stdout};
use std::path::Path;

/// Manage groups of accounts, also while the server runs
///
/// A share's users can name a group with @ in front of it. What a group gives, a member has from when it signs in next.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a group without members
    Add {
        /// Found without regard to case
        name: String,
        /// What people read beside the name
        #[arg(long, value_name = "TEXT", default_value = "")]
        comment: String,
    },
    /// Remove a group; its members stay
    Remove { name: String },
    /// List the groups and their members
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change who is in a group
    #[command(subcommand)]
    Member(Member),
}

#[derive(Debug, Subcommand)]
enum Member {
    /// Take an account into a group
    Add {
        group: String,
        /// A user, a group or a SID
        member: String,
    },
    /// Take an account out of a group
    Remove {
        group: String,
        /// A user, a group or a SID
        member: String,
    },
}

pub(crate) fn run(options: Options) -> Result<()> {
    let state_dir = options.which.state_dir()?;
    let (change, done) = match options.action {
        Action::List { json } => return list(&state_dir, json),
        Action::Add { name, comment } => (Change::AddGroup { name, comment }, "added".to_owned()),
        Action::Remove { name } => (Change::RemoveGroup { name }, "removed".to_owned()),
        Action::Member(Member::Add { group, member }) => {
            let done = format!("is in {group}");
            (Change::AddMember { group, member }, done)
        }
        Action::Member(Member::Remove { group, member }) => {
            let done = format!("is no longer in {group}");
            (Change::RemoveMember { group, member }, done)
        }
    };
    let name = accounts::change(&state_dir, change)?;
    writeln!(stdout(), "{name} {done}")?;
    Ok(())
}

fn list(state_dir: &Path, json: bool) -> Result<()> {
    let groups = accounts::view(state_dir, &Request::Groups, groups, |response| match response {
        Response::Groups(groups) => Some(groups),
        _ => None,
    })?;
    if json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&groups)?)?;
        return Ok(());
    }
    writeln!(stdout(), "{:<32} {:<40} COMMENT", "GROUP", "MEMBERS")?;
    for group in groups {
        writeln!(stdout(), "{:<32} {:<40} {}", group.name, group.members.join(" "), group.comment)?;
    }
    Ok(())
}
