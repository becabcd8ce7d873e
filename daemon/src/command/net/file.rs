//! `lanward net file`

use super::output::{completed, fields, json, table};
use super::peer::Peer;
use crate::net::{Failure, NetFile, NetRequest};
use anyhow::Result;
use clap::Args;

/// List what is open, show one of it, or close it
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The number in the first column
    id: Option<u32>,
    /// Close it, whatever its client is at
    #[arg(long, requires = "id")]
    close: bool,
}

pub(super) fn run(options: &Options, peer: &mut Peer, as_json: bool) -> Result<()> {
    let Some(id) = options.id else {
        let files = peer.files()?;
        return if as_json { json(&files) } else { table(NetFile::HEAD, files) };
    };
    if options.close {
        peer.ask(NetRequest::CloseFile(id))?;
        return completed(as_json);
    }
    let file = peer.files()?.into_iter().find(|file| file.id == id).ok_or(Failure::NO_SUCH_FILE)?;
    if as_json {
        return json(&file);
    }
    let permissions = file.permissions();
    fields(&[
        ("File ID", id.to_string()),
        ("User name", file.user),
        ("Locks", file.locks.to_string()),
        ("Path", file.path),
        ("Permissions", permissions),
    ])
}
