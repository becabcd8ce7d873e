//! `lanward metrics`

use super::state::Which;
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use anyhow::Result;
use clap::Args;
use std::io::{Write as _, stdout};

/// Print the numbers of a running server in Prometheus' text format
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let Response::Metrics(text) = ask(&options.which.state_dir()?, &Request::Metrics)? else {
        return Err(Refused::Unavailable("the server answered something else".to_owned()).into());
    };
    Ok(stdout().write_all(text.as_bytes())?)
}
