//! `lanward net statistics`

use super::output::{completed, json, printable};
use super::peer::Peer;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::io::{Write as _, stdout};

/// Show what the server has done since it started
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Whose; there is only the server here
    #[arg(value_enum, default_value = "server")]
    service: Service,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Service {
    Server,
}

pub(super) fn run(options: &Options, peer: &mut Peer, as_json: bool) -> Result<()> {
    let Service::Server = options.service;
    let statistics = peer.statistics()?;
    if as_json {
        return json(&statistics);
    }
    let mut out = stdout().lock();
    let name = format!("\\\\{}", statistics.server.trim_start_matches('\\'));
    writeln!(out, "Server Statistics for {}\n\n", printable(&name))?;
    writeln!(out, "Statistics since {}\n\n", statistics.since())?;
    for line in statistics.lines() {
        writeln!(out, "{line}")?;
    }
    drop(out);
    completed(false)
}
