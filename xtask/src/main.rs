//! The project's own commands: `cargo xtask test` runs everything that must hold.

mod arch;
mod bench;
mod interop;
mod man;
mod model;
mod peers;
mod process;
mod root;
mod stages;
mod tally;
mod torture;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Checks, foreign peers and measurements of the workspace")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Prove the dependency tiers and the rules no lint can express
    CheckArch,
    /// Everything: format, lints, architecture, tests, release build, foreign peers
    Test(stages::Options),
    /// What the integration machine runs: `test` with a locked dependency graph
    Ci(stages::Options),
    /// Run the foreign peers only
    Interop(interop::Options),
    /// Run smbtorture suites and compare them with the ledger
    Torture(torture::Options),
    /// Random steps of four clients, on a server and in a model at once
    Model(model::Options),
    /// Measure beside the reference; arguments go to lanward-bench
    Bench(bench::Options),
    /// Write the manual pages, or check that the written ones are current
    Man(man::Options),
}

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    if matches!(task, Task::Torture(_)) {
        match torture::run_isolated() {
            Ok(None) => {}
            Ok(Some(code)) => return code,
            Err(error) => return finish_plain(Err(error)),
        }
    }
    let tally = match task {
        Task::CheckArch => arch::run(),
        Task::Test(options) => stages::run(&options, stages::Setting::Developer),
        Task::Ci(options) => stages::run(&options, stages::Setting::Integration),
        Task::Interop(options) => interop::run(&options),
        Task::Torture(options) => torture::run(&options),
        Task::Model(options) => model::run(&options),
        Task::Bench(options) => return finish_plain(bench::run(&options)),
        Task::Man(options) => return finish_plain(man::run(&options)),
    };
    match tally {
        Ok(tally) => {
            println!("{tally}");
            if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => finish_plain(Err(error)),
    }
}

fn finish_plain(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
