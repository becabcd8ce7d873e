//! Measures Lanward beside Samba, and a rival where there is one: server CPU, memory and throughput, from one run.
//! How it measures and how to read it is in the README beside this crate.

mod bars;
mod cpu;
mod crosscheck;
mod report;
mod servers;
mod smb1;
mod target;
mod works;

use anyhow::{Result, bail};
use clap::Parser;
use report::Row;
use serde_json::{Value, json};
use servers::{Kind, Launcher};
use std::path::PathBuf;
use target::Target;
use works::{Size, Work};

/// Measures Lanward beside Samba.
#[derive(Debug, Parser)]
struct Options {
    /// Fewer rounds and less of everything; no 100,000 names, no 5,000 sessions
    #[arg(long)]
    quick: bool,
    /// How often everything is measured; the medians count
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// Measure rocketsmbd too, if it is installed
    #[arg(long)]
    with_rivals: bool,
    /// Only the works whose names contain one of these, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only: Vec<String>,
    /// Only these servers, separated by commas: samba, lanward, rocketsmbd
    #[arg(long, value_delimiter = ',', value_name = "SERVERS")]
    servers: Vec<String>,
    /// Print JSON instead of the table
    #[arg(long)]
    json: bool,
    /// Write what is printed into a file too
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Lanward's binary, instead of building the release profile's
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Name the works and end
    #[arg(long)]
    list: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let works: Vec<Work> = Work::all(options.quick).into_iter().filter(|w| selected(&options, w)).collect();
    if options.list {
        works.iter().for_each(|work| println!("{}", work.name));
        return Ok(());
    }
    let wanted = wanted(&options);
    let launcher = Launcher::new(options.binary.as_deref(), wanted.contains(&Kind::Lanward))?;
    let mut targets = start(&launcher, &wanted)?;
    if targets.is_empty() {
        bail!("there is no server to measure");
    }
    let names: Vec<&'static str> = targets.iter().map(|t| t.server.name).collect();
    let rounds = options.rounds.unwrap_or(if options.quick { 3 } else { 5 }).max(1);
    let size = if options.quick { Size::QUICK } else { Size::FULL };
    let rows = measure(&mut targets, &launcher, works, rounds, size);
    let checked = if options.only.is_empty() { cross_check(&targets) } else { Vec::new() };
    let text = if options.json {
        let settings = settings(&targets, rounds, size, &checked);
        serde_json::to_string_pretty(&report::json(&rows, &names, &settings))?
    } else {
        prose(&rows, &names, rounds, &targets, &checked)
    };
    println!("{text}");
    if let Some(file) = options.out {
        std::fs::write(file, text + "\n")?;
    }
    Ok(())
}

fn selected(options: &Options, work: &Work) -> bool {
    options.only.is_empty() || options.only.iter().any(|part| work.name.contains(part.as_str()))
}

fn wanted(options: &Options) -> Vec<Kind> {
    let named = |kind: &Kind| options.servers.iter().any(|s| s == kind.name());
    let usual = |kind: &Kind| *kind != Kind::Rocketsmbd || options.with_rivals;
    let all = Kind::ALL.into_iter();
    all.filter(|kind| if options.servers.is_empty() { usual(kind) } else { named(kind) }).collect()
}

/// Starts what is wanted. Another's server that cannot be started is named and left out; Lanward must start.
fn start(launcher: &Launcher, wanted: &[Kind]) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for kind in wanted {
        match launcher.start(*kind) {
            Ok(server) => targets.push(Target::new(server)),
            Err(error) if *kind == Kind::Lanward => return Err(error),
            Err(error) => eprintln!("left out: {error:#}"),
        }
    }
    Ok(targets)
}

/// Every work, round by round, the servers taking turns so that whatever disturbs the machine disturbs all of them.
fn measure(
    targets: &mut [Target],
    launcher: &Launcher,
    works: Vec<Work>,
    rounds: u32,
    size: Size,
) -> Vec<Row> {
    let mut rows: Vec<Row> = works.into_iter().map(Row::new).collect();
    for round in 0..rounds {
        for row in rows.iter_mut().filter(|row| round == 0 || !row.work.once) {
            eprintln!("round {} of {rounds}: {}", round + 1, row.work.name);
            let count = targets.len();
            for turn in 0..count {
                let target = &mut targets[(turn + round as usize) % count];
                let name = target.server.name;
                if row.failures.contains_key(name) {
                    continue;
                }
                let done = if row.work.once {
                    // What a server did before decides how much memory it has at hand: a new one tells the truth.
                    launcher
                        .start(target.server.kind)
                        .and_then(|s| row.work.run(&mut Target::new(s), size, round))
                } else {
                    row.work.run(target, size, round)
                };
                match done {
                    Ok(sample) => row.samples.entry(name).or_default().push(sample),
                    Err(error) => {
                        eprintln!("{name}: {}: {error:#}", row.work.name);
                        row.failures.insert(name, format!("{error:#}"));
                        target.start_over();
                    }
                }
            }
        }
    }
    rows
}

fn cross_check(targets: &[Target]) -> Vec<String> {
    crosscheck::run(targets).unwrap_or_else(|error| vec![format!("left out: {error:#}")])
}

fn settings(targets: &[Target], rounds: u32, size: Size, checked: &[String]) -> Value {
    let methods: serde_json::Map<String, Value> =
        targets.iter().map(|t| (t.server.name.to_owned(), t.server.cpu.method().into())).collect();
    json!({
        "rounds": rounds,
        "blocks": size.blocks,
        "sequential_mib": size.sequential,
        "files": size.files,
        "small_requests": size.small,
        "connections": size.connections,
        "smb1_mib": size.smb1,
        "torture_seconds": size.seconds,
        "cpu_read_from": methods,
        "smbclient": checked,
    })
}

fn prose(
    rows: &[Row],
    names: &[&'static str],
    rounds: u32,
    targets: &[Target],
    checked: &[String],
) -> String {
    let mut lines = vec![report::LEGEND.to_owned()];
    let methods: Vec<String> =
        targets.iter().map(|t| format!("{} by {}", t.server.name, t.server.cpu.method())).collect();
    lines.push(format!("{rounds} rounds; CPU of {}\n", methods.join(", ")));
    lines.push(report::table(rows, names));
    for row in rows {
        for (server, why) in &row.failures {
            lines.push(format!("\n{}: {server}: {why}", row.work.name));
        }
    }
    if !checked.is_empty() {
        lines.push(format!("\nsmbclient, 256 MiB:\n{}", checked.join("\n")));
    }
    lines.join("\n")
}
