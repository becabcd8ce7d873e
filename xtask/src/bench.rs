//! `cargo xtask bench`: the measurements beside the reference.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::root::root;

#[derive(Args)]
pub(crate) struct Options {
    /// Arguments of lanward-bench
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let build = ["build", "--release", "--quiet", "-p", "lanward", "-p", "lanward-bench"];
    let built = Command::new("cargo").args(build).current_dir(root()).status().context("cargo build")?;
    ensure!(built.success(), "the release build failed");
    let measured = Command::new("cargo")
        .args(["run", "--release", "--quiet", "-p", "lanward-bench", "--"])
        .args(&options.arguments)
        .current_dir(root())
        .status()
        .context("cargo run")?;
    ensure!(measured.success(), "lanward-bench ended with {measured}");
    Ok(())
}
