//! `lanward net user`

use super::output::{columns, fields, json};
use super::peer::Peer;
use crate::net::Failure;
use anyhow::Result;
use clap::Args;

/// List the server's users, or show one. `lanward user` changes them
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The user to show
    name: Option<String>,
}

pub(super) fn run(options: &Options, peer: &mut Peer, as_json: bool) -> Result<()> {
    let accounts = peer.accounts()?;
    let Some(name) = &options.name else {
        if as_json {
            return json(&accounts.users);
        }
        let head = format!("User accounts for \\\\{}", accounts.server);
        return columns(&head, accounts.users.iter().map(|user| user.name.clone()));
    };
    let found = accounts.users.into_iter().find(|user| user.name.to_lowercase() == name.to_lowercase());
    let user = found.ok_or(Failure::USER_NOT_FOUND)?;
    if as_json {
        return json(&user);
    }
    let word = |yes: bool| if yes { "Yes" } else { "No" }.to_owned();
    fields(&[
        ("User name", user.name),
        ("Full Name", user.full_name),
        ("Account active", word(user.active)),
        ("Administrator", word(user.administrator)),
        ("Local groups", user.local_groups.join(", ")),
        ("Groups", user.groups.join(", ")),
    ])
}
