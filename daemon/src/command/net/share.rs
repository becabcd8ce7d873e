//! `lanward net share`

use super::output::{completed, fields, json, table};
use super::peer::Peer;
use crate::net::{Failure, NetRequest, NetShare, NewShare};
use anyhow::Result;
use clap::Args;
use std::io::{Write as _, stdout};

/// List shares, show one, share a folder, or stop sharing it
#[derive(Debug, Args)]
pub(super) struct Options {
    /// A share; with =PATH, a folder to share by that name
    #[arg(value_name = "NAME[=PATH]")]
    share: Option<String>,
    /// What people read beside the name
    #[arg(long, requires = "share")]
    remark: Option<String>,
    /// How many may use it at once
    #[arg(long, value_name = "NUMBER", requires = "share")]
    users: Option<u32>,
    /// Share it no more, and end what uses it
    #[arg(long, requires = "share", conflicts_with_all = ["remark", "users"])]
    delete: bool,
}

pub(super) fn run(options: Options, peer: &mut Peer, as_json: bool) -> Result<()> {
    let Some(share) = options.share else {
        let shares = peer.shares()?;
        return if as_json { json(&shares) } else { table(NetShare::HEAD, shares) };
    };
    if options.delete {
        peer.ask(NetRequest::DeleteShare(share.clone()))?;
        return told(&format!("{share} was deleted successfully.\n"), as_json);
    }
    let Some((name, path)) = share.split_once('=') else {
        if options.remark.is_some() || options.users.is_some() {
            return change(&share, options.remark, options.users, peer, as_json);
        }
        return show(&share, peer, as_json);
    };
    if name.is_empty() || path.is_empty() {
        return Err(Failure::INVALID_PARAMETER.into());
    }
    let remark = options.remark.unwrap_or_default();
    let path = peer.path(path)?;
    let new = NewShare { name: name.to_owned(), path, remark, max_users: options.users };
    peer.ask(NetRequest::AddShare(new))?;
    told(&format!("{name} was shared successfully.\n"), as_json)
}

/// What Windows says when it is done.
fn told(words: &str, as_json: bool) -> Result<()> {
    if as_json { completed(true) } else { Ok(writeln!(stdout(), "{words}")?) }
}

fn change(
    name: &str,
    remark: Option<String>,
    max_users: Option<u32>,
    peer: &mut Peer,
    as_json: bool,
) -> Result<()> {
    peer.ask(NetRequest::ChangeShare { name: name.to_owned(), remark, max_users })?;
    completed(as_json)
}

fn show(name: &str, peer: &mut Peer, as_json: bool) -> Result<()> {
    let found = peer.shares()?.into_iter().find(|share| share.name.to_lowercase() == name.to_lowercase());
    let share = found.ok_or(Failure::NO_SUCH_SHARE)?;
    if as_json {
        return json(&share);
    }
    let limit = share.max_users.map_or_else(|| "No limit".to_owned(), |limit| limit.to_string());
    fields(&[
        ("Share name", share.name),
        ("Path", share.path),
        ("Remark", share.remark),
        ("Maximum users", limit),
        ("Users", share.users.to_string()),
    ])
}
