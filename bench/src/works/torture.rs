//! smbtorture's own benchmarks over NT LM 0.12: a foreign client's load, several connections at once.

use super::Unit;
use crate::servers::{PASSWORD, SHARE, USER, find_program};
use crate::target::{Sample, Target};
use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Connections of a benchmark.
const CLIENTS: u32 = 4;
/// Operations of each connection, where a benchmark has a number of them and no end in time.
const OPERATIONS: u32 = 200;
/// How long one may take beyond its time: it makes files before, and removes them afterwards.
const GRACE: Duration = Duration::from_secs(60);
/// How long it may take to end once it has said what it came to. One of them sometimes never does.
const PARTING: Duration = Duration::from_secs(3);
/// What Debian's package dbench has: the calls of a NetBench run, file by file.
const LOAD: &str = "/usr/share/dbench/client.txt";

/// One of smbtorture's benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    /// The calls that NetBench makes.
    Nbench,
    /// Opens that break each other's oplocks.
    Oplock,
    /// Locks that others wait for.
    Lock,
    /// Opens that are in each other's way.
    Open,
    /// Connect, log on and connect the share.
    Tcon,
    /// Large reads and writes of several files.
    ReadWrite,
    /// A mixture of small operations.
    Mixture,
}

impl Suite {
    pub(crate) const ALL: [Self; 7] =
        [Self::Nbench, Self::Oplock, Self::Lock, Self::Open, Self::Tcon, Self::ReadWrite, Self::Mixture];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nbench => "bench.nbench",
            Self::Oplock => "raw.bench-oplock",
            Self::Lock => "raw.bench-lock",
            Self::Open => "raw.bench-open",
            Self::Tcon => "raw.bench-tcon",
            Self::ReadWrite => "base.bench-readwrite",
            Self::Mixture => "base.bench-torture",
        }
    }

    pub(crate) const fn unit(self) -> Unit {
        if matches!(self, Self::Nbench) { Unit::Gibibyte } else { Unit::Thousand }
    }

    /// What it did within `seconds`, from what it printed: MB for [`Suite::Nbench`], else operations.
    fn done(self, printed: &str, seconds: f64) -> Option<f64> {
        let before = |unit: &str| {
            let lines = printed.lines().filter_map(|line| line.split_once(unit));
            let number = |text: &str| text.split_whitespace().next_back()?.parse::<f64>().ok();
            lines.filter_map(|(text, _)| number(text)).rfind(|n| *n > 0.0)
        };
        match self {
            Self::Nbench => printed.contains("Throughput").then(|| before(" MB/sec"))?.map(|r| r * seconds),
            Self::Tcon => before(" connections/sec over").map(|rate| rate * seconds),
            Self::Oplock | Self::Open => before(" ops/second").map(|rate| rate * seconds),
            Self::Lock => sum_of_clients(printed),
            Self::ReadWrite | Self::Mixture => {
                printed.contains("\nsuccess: ").then(|| f64::from(CLIENTS * OPERATIONS))
            }
        }
    }
}

/// `[0] 6747 ops` of each client.
fn sum_of_clients(printed: &str) -> Option<f64> {
    let count = |line: &str| line.strip_prefix('[')?.split_once("] ")?.1.strip_suffix(" ops")?.parse().ok();
    let counts: Vec<f64> = printed.lines().filter_map(count).collect();
    (counts.len() == CLIENTS as usize).then(|| counts.iter().sum())
}

pub(super) fn run(target: &mut Target, suite: Suite, seconds: u32) -> Result<Sample> {
    let smbtorture = find_program("smbtorture")
        .context("smbtorture is not installed (Debian: apt-get install samba-testsuite)")?;
    if suite == Suite::Nbench && !Path::new(LOAD).is_file() {
        bail!("{LOAD} is not there (Debian: apt-get install dbench)");
    }
    let output = std::env::temp_dir().join(format!("lanward-bench-torture-{}", std::process::id()));
    let sample = measure(target, suite, seconds, &smbtorture, &output);
    let _ = fs::remove_file(output);
    sample
}

fn measure(
    target: &mut Target,
    suite: Suite,
    seconds: u32,
    smbtorture: &Path,
    output: &PathBuf,
) -> Result<Sample> {
    let mut done = 0.0;
    let mut command = command(target, suite, seconds, smbtorture);
    let whole = target.measure(1.0, 1.0, |_| {
        let file = File::create(output)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().context("smbtorture does not run")?;
        done = wait(child, suite, seconds, output)?;
        Ok(())
    })?;
    let units = if suite == Suite::Nbench { done / 1024.0 } else { done / 1000.0 };
    Ok(Sample { cost: whole.cost / units, rate: whole.rate * done })
}

fn command(target: &Target, suite: Suite, seconds: u32, smbtorture: &Path) -> Command {
    let address = target.server.address;
    let mut command = Command::new(smbtorture);
    command.args(["-s", "/dev/null", "--target=samba3", "--option=torture:progress=no"]);
    command.args(["--option=client min protocol=NT1", "--option=client max protocol=NT1"]);
    command.args(["-p", &address.port().to_string(), "-U", &format!("{USER}%{PASSWORD}")]);
    command.args(["-t", &seconds.to_string(), &format!("--option=torture:timelimit={seconds}")]);
    command.args([format!("--num-progs={CLIENTS}"), format!("--num-ops={OPERATIONS}")]);
    command.args([&format!("--loadfile={LOAD}"), &format!("//{}/{SHARE}", address.ip()), suite.name()]);
    command
}

/// Waits until it has said what it did, and for its end if that comes soon.
fn wait(mut child: Child, suite: Suite, seconds: u32, output: &Path) -> Result<f64> {
    let mut deadline = Instant::now() + Duration::from_secs(seconds.into()) + GRACE;
    let mut done = None;
    loop {
        let ended = child.try_wait()?.is_some();
        if done.is_none() {
            done = suite.done(&fs::read_to_string(output)?, f64::from(seconds));
            if done.is_some() {
                deadline = Instant::now() + PARTING;
            }
        }
        if ended || Instant::now() >= deadline {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = child.kill();
    child.wait()?;
    done.with_context(|| {
        let text = fs::read_to_string(output).unwrap_or_default();
        let last: Vec<&str> = text.lines().rev().take(5).collect();
        format!("{} came to nothing: {}", suite.name(), last.join(" | "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_smbtorture_prints_is_understood() {
        let lock = "0.00 ops/second\n[0] 10 ops\n[1] 20 ops\n[2] 30 ops\n[3] 40 ops\n";
        assert_eq!(Suite::Lock.done(lock, 4.0), Some(100.0));
        assert_eq!(Suite::Lock.done("[0] 10 ops\n", 4.0), None, "not all have said it");
        assert_eq!(Suite::Oplock.done("1647.5 ops/second\nsuccess: x", 4.0), Some(6590.0));
        let open = "[0] 249 ops (0 retries)\n172.5 ops/second (0 retries)\n";
        assert_eq!(Suite::Open.done(open, 2.0), Some(345.0));
        let tcon = "42 connections/sec\nTOTAL: 33 connections/sec over 4 secs\n";
        assert_eq!(Suite::Tcon.done(tcon, 4.0), Some(132.0));
        let nbench = "   4  5353  46.63 MB/sec  cleanup 4 sec\n";
        assert_eq!(Suite::Nbench.done(nbench, 4.0), None);
        assert_eq!(Suite::Nbench.done(&format!("{nbench}\nThroughput 50.5 MB/sec\n"), 2.0), Some(101.0));
        assert_eq!(Suite::Mixture.done("200\n\nsuccess: bench-torture\n", 4.0), Some(800.0));
        assert_eq!(Suite::Mixture.done("200\n\nfailure: bench-torture\n", 4.0), None);
    }
}
