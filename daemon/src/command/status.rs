//! `lanward status`

use super::state::Which;
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use anyhow::Result;
use clap::Args;
use std::io::{Write as _, stdout};

/// Show what a running server is doing
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let Response::Status(status) = ask(&options.which.state_dir()?, &Request::Status)? else {
        return Err(Refused::Unavailable("the server answered something else".to_owned()).into());
    };
    if options.json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&status)?)?;
    } else {
        write!(stdout(), "{status}")?;
    }
    Ok(())
}
