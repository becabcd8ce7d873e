//! `cargo xtask model`: the model test of the testsuite for as long as is said.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::process::{self, Ended};
use crate::root::root;
use crate::tally::Tally;

#[derive(Args)]
pub(crate) struct Options {
    /// How long
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Where to begin; by the clock when not said
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(options: &Options) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "-p", "lanward-testsuite", "--example", "model", "--"]);
    command.arg((options.minutes * 60).to_string()).current_dir(root());
    command.args(options.seed.map(|seed| seed.to_string()));
    // Beside the building there is the looking for the fewest steps that show a difference.
    let limit = Duration::from_secs(options.minutes * 60 + 1800);
    match process::run(&mut command, limit)? {
        Ended::Success => tally.pass("model"),
        _ => tally.fail("model", "see above"),
    }
    Ok(tally)
}
