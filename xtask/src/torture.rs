//! `cargo xtask torture`: smbtorture suite by suite, one row per sub-test, judged against a ledger.

mod ledger;
mod list;
mod runner;
mod subunit;
mod table;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::process;
use crate::root;
use crate::tally::Tally;

#[derive(Args)]
pub(crate) struct Options {
    /// Suite list: `NAME [+serial] [smbtorture options]` a line
    #[arg(long)]
    suites: PathBuf,
    /// Where the rows go: suite,test,result,seconds,reason
    #[arg(long)]
    out: PathBuf,
    /// The server to judge
    #[arg(long, default_value = "lanward")]
    against: String,
    /// Suites at a time; each has a share of its own
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    jobs: u8,
    /// Seconds one smbtorture process may take before it is started again for what is left
    #[arg(long, default_value_t = 60)]
    limit: u64,
    /// Judge the rows by this ledger: what does not pass must be listed, what is listed must not pass
    #[arg(long)]
    check: Option<PathBuf>,
    /// Run only suites whose name contains this
    #[arg(long)]
    only: Option<String>,
}

impl Options {
    /// What `cargo xtask test` runs.
    pub(crate) fn standard() -> Self {
        let directory = root::interop().join("torture");
        Self {
            suites: directory.join("foundation.list"),
            out: root::target().join("torture-foundation.csv"),
            against: "lanward".to_owned(),
            jobs: 2,
            limit: 60,
            check: Some(directory.join("ledger.csv")),
            only: None,
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<Tally> {
    let mut tally = Tally::default();
    if !Path::new("/usr/bin/smbtorture").exists() {
        tally.skip("torture", "smbtorture is not installed (package samba-testsuite)");
        return Ok(tally);
    }
    let text = fs::read_to_string(&options.suites).with_context(|| options.suites.display().to_string())?;
    let known = options.check.as_deref().map(ledger::read).transpose()?;
    let mut server = Server::start(&options.against)?;
    let mut suites = list::parse(&text, &server.address);
    suites.retain(|suite| options.only.as_ref().is_none_or(|part| suite.name.contains(part)));
    let logs = options.out.with_extension("logs");
    fs::create_dir_all(&logs).with_context(|| logs.display().to_string())?;
    let settings =
        runner::Settings { address: &server.address, logs: &logs, limit: Duration::from_secs(options.limit) };
    let rows = runner::run_all(suites, options.jobs, &settings)?;
    server.stop()?;
    table::write(&options.out, &rows)?;
    match known {
        Some(known) => tally += ledger::judge(&rows, &known),
        None => rows.iter().for_each(|row| row.count(&mut tally)),
    }
    Ok(tally)
}

/// Where the server under test is and who may log in.
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) share: String,
    pub(crate) directory: String,
    pub(crate) second_user: String,
}

/// A server held by `interop/hold.py`, which stops it when its standard input closes.
struct Server {
    holder: Child,
    address: Address,
}

impl Server {
    fn start(kind: &str) -> Result<Self> {
        let mut holder = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg(root::interop().join("hold.py"))
            .args([kind, "--conformance", "--memory"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("interop/hold.py")?;
        let mut line = String::new();
        if let Some(output) = holder.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        ensure!(words.len() == 7, "interop/hold.py could not start {kind}: {line}");
        let word = |at: usize| words.get(at).copied().unwrap_or_default().to_owned();
        let address = Address {
            host: word(0),
            port: word(1),
            user: word(2),
            password: word(3),
            share: word(4),
            directory: word(5),
            second_user: word(6),
        };
        Ok(Self { holder, address })
    }

    fn stop(&mut self) -> Result<()> {
        drop(self.holder.stdin.take());
        process::wait(&mut self.holder, Duration::from_secs(20))?;
        Ok(())
    }
}
