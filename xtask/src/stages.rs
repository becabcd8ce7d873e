//! `cargo xtask test`: every stage in order, each counted as one case beside the cases of the foreign peers.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use crate::process::{self, Ended};
use crate::root::root;
use crate::tally::Tally;
use crate::{arch, interop, man, peers, torture};

/// What proptest takes the seed of its random numbers from.
const SEED: &str = "PROPTEST_RNG_SEED";

#[derive(Args)]
pub(crate) struct Options {
    /// Leave out the foreign peers
    #[arg(long)]
    without_interop: bool,
}

/// Who runs the stages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    Developer,
    /// The dependency graph must be the committed one.
    Integration,
}

pub(crate) fn run(options: &Options, setting: Setting) -> Result<Tally> {
    let mut tally = Tally::default();
    cargo_stage(&mut tally, "fmt", &mut cargo(setting, &["fmt", "--all", "--check"]), 60);
    tally += arch::run()?;
    lint_stages(&mut tally, setting)?;
    let mut test = cargo(setting, &["test", "--workspace"]);
    let seed = seeded(&mut test, std::env::var(SEED).ok());
    cargo_stage(&mut tally, &format!("cargo-test ({SEED}={seed})"), &mut test, 900);
    match man::run(&man::Options::check()) {
        Ok(()) => tally.pass("stage/man"),
        Err(error) => tally.fail("stage/man", &format!("{error:#}")),
    }
    let build = ["build", "--release", "-p", "lanward"];
    let built = cargo_stage(&mut tally, "release-build", &mut cargo(setting, &build), 900);
    if options.without_interop {
        tally.skip("interop", "left out by --without-interop");
        return Ok(tally);
    }
    if !built {
        tally.fail("interop", "needs the release build");
        return Ok(tally);
    }
    peers::install()?;
    tally += interop::run(&interop::Options::standard())?;
    tally += torture::run(&torture::Options::standard())?;
    tally += torture::run(&torture::Options::rpc())?;
    tally += torture::run(&torture::Options::smb1())?;
    Ok(tally)
}

/// Lets property tests try the same cases in each run, unless whoever runs them has `chosen` a seed: a change is not judged by luck.
fn seeded(test: &mut Command, chosen: Option<String>) -> String {
    let seed = chosen.unwrap_or_else(|| "1".into());
    test.env(SEED, &seed);
    seed
}

/// The lints tier by tier: proto has a stricter `clippy.toml` of its own.
fn lint_stages(tally: &mut Tally, setting: Setting) -> Result<()> {
    let proto: Vec<String> = arch::members()?
        .into_iter()
        .filter(|member| member.tier() == "proto")
        .map(|member| member.name)
        .collect();
    let shared = ["clippy", "--no-deps", "--all-targets"];
    let mut strict = cargo(setting, &shared);
    strict.env("CLIPPY_CONF_DIR", root().join("proto"));
    let mut rest = cargo(setting, &shared);
    rest.arg("--workspace");
    for name in &proto {
        strict.args(["-p", name]);
        rest.args(["--exclude", name]);
    }
    for (name, command) in [("clippy-proto", &mut strict), ("clippy", &mut rest)] {
        command.args(["--", "-D", "warnings"]);
        cargo_stage(tally, name, command, 900);
    }
    Ok(())
}

fn cargo(setting: Setting, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root());
    if setting == Setting::Integration && arguments.first() != Some(&"fmt") {
        command.arg("--locked");
    }
    command
}

fn cargo_stage(tally: &mut Tally, name: &str, command: &mut Command, limit_seconds: u64) -> bool {
    println!("-- {name}");
    let started = Instant::now();
    let ended = process::run(command, Duration::from_secs(limit_seconds));
    let seconds = started.elapsed().as_secs();
    match ended {
        Ok(Ended::Success) => {
            tally.pass(&format!("stage/{name} {seconds}s"));
            return true;
        }
        Ok(Ended::Failure) => tally.fail(&format!("stage/{name}"), "see above"),
        Ok(Ended::TimedOut) => tally.fail(&format!("stage/{name}"), &format!("stopped after {seconds} s")),
        Err(error) => tally.fail(&format!("stage/{name}"), &format!("{error:#}")),
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn property_tests_have_one_seed_unless_another_is_chosen() {
        for (chosen, seed) in [(None, "1"), (Some("77".into()), "77")] {
            let mut test = cargo(Setting::Developer, &["test"]);
            assert_eq!(seeded(&mut test, chosen), seed);
            assert_eq!(test.get_envs().collect::<Vec<_>>(), [(OsStr::new(SEED), Some(OsStr::new(seed)))]);
        }
    }
}
