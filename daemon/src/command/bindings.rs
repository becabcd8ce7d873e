//! `lanward bindings`

use super::state::Which;
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use anyhow::Result;
use clap::Args;
use std::io::{Write as _, stdout};

/// Show where each service of a running server listens, where it does not, and why
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let Response::Bindings(bindings) = ask(&options.which.state_dir()?, &Request::Bindings)? else {
        return Err(Refused::Unavailable("the server answered something else".to_owned()).into());
    };
    let mut out = stdout().lock();
    if options.json {
        return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&bindings)?)?);
    }
    writeln!(out, "{:<16} {:<12} {:<40} {:<18} REASON", "INTERFACE", "SERVICE", "ADDRESS", "VERDICT")?;
    bindings.iter().try_for_each(|binding| Ok(writeln!(out, "{binding}")?))
}
