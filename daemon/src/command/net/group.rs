//! `lanward net group` and `lanward net localgroup`

use super::output::{columns, fields, json};
use super::peer::Peer;
use crate::net::Failure;
use anyhow::Result;
use clap::Args;

/// List the server's groups, or show one with its members
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The group to show
    name: Option<String>,
}

/// Lists groups, or with `local` local groups.
pub(super) fn run(options: &Options, local: bool, peer: &mut Peer, as_json: bool) -> Result<()> {
    let accounts = peer.accounts()?;
    let (kind, groups) =
        if local { ("Aliases", accounts.local_groups) } else { ("Group Accounts", accounts.groups) };
    let Some(name) = &options.name else {
        if as_json {
            return json(&groups);
        }
        let head = format!("{kind} for \\\\{}", accounts.server);
        return columns(&head, groups.iter().map(|group| format!("*{}", group.name)));
    };
    let found = groups.into_iter().find(|group| group.name.to_lowercase() == name.to_lowercase());
    let missing = if local { Failure::ALIAS_NOT_FOUND } else { Failure::GROUP_NOT_FOUND };
    let group = found.ok_or(missing)?;
    if as_json {
        return json(&group);
    }
    let members = group.members.join(", ");
    fields(&[("Group name", group.name), ("Comment", group.comment), ("Members", members)])
}
