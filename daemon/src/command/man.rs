//! `lanward man`: manual pages, generated from the definitions of the arguments.

use super::Cli;
use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory as _};
use std::path::PathBuf;

/// Write the manual pages
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The directory they go into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    std::fs::create_dir_all(&options.out).with_context(|| options.out.display().to_string())?;
    let command = Cli::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, &options.out).with_context(|| options.out.display().to_string())
}
