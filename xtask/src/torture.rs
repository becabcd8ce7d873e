//! `cargo xtask torture`: smbtorture suite by suite, one row per sub-test, judged against a ledger.

mod isolate;
mod ledger;
mod list;
mod runner;
mod subunit;
mod summary;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use self::list::Suite;
use self::table::Row;
use crate::process;
use crate::root;
use crate::tally::Tally;

pub(crate) use isolate::run_isolated;

#[derive(Args)]
pub(crate) struct Options {
    /// A list of interop/torture by its name, or a file: `NAME [@SHARE] [+MARK...] [smbtorture options]` a line
    #[arg(long, default_value = "core")]
    suites: PathBuf,
    /// Leave out the suites that the list marks as slow
    #[arg(long)]
    fast: bool,
    /// Where the rows go: suite,test,result,seconds,reason; target/torture.csv when not said
    #[arg(long)]
    out: Option<PathBuf>,
    /// The server to judge
    #[arg(long, default_value = "lanward")]
    against: String,
    /// Suites at a time, each on shares of its own; they wait most of the time
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=8))]
    jobs: u8,
    /// Seconds smbtorture may say nothing before it is started again for what is left
    #[arg(long, default_value_t = 60)]
    limit: u64,
    /// Judge the rows by the ledger: what does not pass must be listed, what is listed must not pass
    #[arg(long)]
    check: bool,
    /// Compare the rows with the reference's: passes by suite, and what only one of the two passes
    #[arg(long)]
    summary: bool,
    /// Run only suites whose name contains this; a whole name stands for that suite alone
    #[arg(long)]
    only: Option<String>,
}

impl Options {
    /// What `cargo xtask test` runs.
    pub(crate) fn standard() -> Self {
        Self {
            suites: PathBuf::from("core"),
            fast: true,
            out: None,
            against: "lanward".to_owned(),
            jobs: 4,
            limit: 60,
            check: true,
            summary: false,
            only: None,
        }
    }

    /// What `cargo xtask test` runs of RPC.
    pub(crate) fn rpc() -> Self {
        Self {
            suites: PathBuf::from("rpc"),
            out: Some(root::target().join("torture-rpc.csv")),
            ..Self::standard()
        }
    }

    /// What `cargo xtask test` runs of SMB 1.
    pub(crate) fn smb1() -> Self {
        Self {
            suites: PathBuf::from("smb1"),
            out: Some(root::target().join("torture-smb1.csv")),
            ..Self::standard()
        }
    }

    /// The ledger of a list: its own, or that of all.
    fn ledger(&self) -> PathBuf {
        let own = directory().join(format!("ledger-{}.csv", self.suites.display()));
        if own.exists() { own } else { directory().join("ledger.csv") }
    }

    fn list(&self) -> PathBuf {
        let short = directory().join(&self.suites).with_extension("list");
        if short.exists() { short } else { self.suites.clone() }
    }

    fn wants(&self, suite: &Suite, every: &[Suite]) -> bool {
        let named = |part: &String| match every.iter().any(|suite| suite.name == *part) {
            true => suite.name == *part,
            false => suite.name.contains(part),
        };
        !(self.fast && suite.slow)
            && (isolate::is_isolated() || !suite.usual_port)
            && self.only.as_ref().is_none_or(named)
    }
}

fn directory() -> PathBuf {
    root::interop().join("torture")
}

pub(crate) fn run(options: &Options) -> Result<Tally> {
    let mut tally = Tally::default();
    if !Path::new("/usr/bin/smbtorture").exists() {
        tally.skip("torture", "smbtorture is not installed (package samba-testsuite)");
        return Ok(tally);
    }
    let list = options.list();
    let text = fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let known = options.check.then(|| ledger::read(&options.ledger())).transpose()?;
    let reference = options.summary.then(|| table::read(&directory().join("samba.csv"))).transpose()?;
    let out = options.out.clone().unwrap_or_else(|| root::target().join("torture.csv"));
    let logs = out.with_extension("logs");
    fs::create_dir_all(&logs).with_context(|| logs.display().to_string())?;
    let twice = known.as_ref().map(ledger::twice).unwrap_or_default();
    let mut rows = Vec::new();
    for server in [ServerKind::Usual, ServerKind::Signed, ServerKind::Plain] {
        rows.extend(suites_of(server, &text, options, &logs, &twice)?);
    }
    rows.sort_by(|a, b| (&a.suite, &a.test).cmp(&(&b.suite, &b.test)));
    table::write(&out, &rows)?;
    if let Some(reference) = reference {
        print!("{}", summary::compare(&rows, &reference));
    }
    match known {
        Some(known) => tally += ledger::judge(&rows, &known),
        None => rows.iter().for_each(|row| row.count(&mut tally)),
    }
    Ok(tally)
}

/// What of a server the settings differ in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ServerKind {
    Usual,
    /// It requires signing.
    Signed,
    /// It has no UNIX extensions.
    Plain,
}

impl ServerKind {
    const fn of(suite: &Suite) -> Self {
        match (suite.signed, suite.plain) {
            (true, _) => Self::Signed,
            (_, true) => Self::Plain,
            _ => Self::Usual,
        }
    }
}

/// Runs the wanted suites of a list that are about one kind of server.
fn suites_of(
    kind: ServerKind,
    list: &str,
    options: &Options,
    logs: &Path,
    twice: &BTreeSet<String>,
) -> Result<Vec<Row>> {
    let wanted = |every: &[Suite]| -> Vec<Suite> {
        every
            .iter()
            .filter(|suite| ServerKind::of(suite) == kind && options.wants(suite, every))
            .cloned()
            .collect()
    };
    if wanted(&list::parse(list, &Address::default())?).is_empty() {
        return Ok(Vec::new());
    }
    let every = wanted(&list::parse(list, &Address::default())?);
    let (rpc, smb1) = (every.iter().any(Suite::is_rpc), every.iter().any(Suite::is_smb1));
    let setting = match kind {
        ServerKind::Usual => None,
        ServerKind::Signed => Some("--signed"),
        ServerKind::Plain => Some("--plain"),
    };
    let more = [setting, rpc.then_some("--rpc"), smb1.then_some("--smb1")];
    let mut server = Server::start(&options.against, more)?;
    let suites = wanted(&list::parse(list, &server.address)?);
    let limit = Duration::from_secs(options.limit);
    let settings = runner::Settings { address: &server.address, logs, limit, twice };
    let rows = runner::run_all(suites, options.jobs, &settings)?;
    server.stop()?;
    Ok(rows)
}

/// Where the server under test is and who may log in.
#[derive(Default)]
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
    fn start(kind: &str, more: [Option<&str>; 3]) -> Result<Self> {
        let mut holder = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg(root::interop().join("hold.py"))
            .args([kind, "--conformance", "--memory"])
            .args(more.into_iter().flatten())
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
