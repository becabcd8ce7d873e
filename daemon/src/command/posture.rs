//! `lanward posture`

use super::state::Which;
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use anyhow::Result;
use clap::Args;
use std::io::{Write as _, stdout};

/// Show how the sessions of a running server are protected, and every weakness with its reason and what allows it
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let Response::Posture(posture) = ask(&options.which.state_dir()?, &Request::Posture)? else {
        return Err(Refused::Unavailable("the server answered something else".to_owned()).into());
    };
    if options.json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&posture)?)?;
    } else {
        write!(stdout(), "{posture}")?;
    }
    Ok(())
}
