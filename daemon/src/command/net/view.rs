//! `lanward net view`

use super::output::{json, table};
use super::peer::Peer;
use crate::net::NetShare;
use anyhow::Result;
use clap::Args;

/// List what a server shares with those who look around
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The server; the one of this machine when it is left out
    #[arg(value_name = "\\\\COMPUTER")]
    pub(super) computer: Option<String>,
}

pub(super) fn run(peer: &mut Peer, as_json: bool) -> Result<()> {
    let mut shares = peer.shares()?;
    shares.retain(|share| !share.special);
    if as_json {
        return json(&shares);
    }
    table(NetShare::VIEW_HEAD, shares.iter().map(NetShare::view))
}
