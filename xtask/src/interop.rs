//! `cargo xtask interop`: the foreign peers, at most two suites at a time, each with a hard deadline.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;

use crate::process::{self, Ended};
use crate::root;
use crate::tally::{Tally, is_total};

const AT_ONCE: usize = 2;

/// A suite: a script under `interop/suites`, its deadline, and the options of the full run. One whose deadline is nothing is a part of the
/// full run alone, and otherwise runs when it is named.
struct Suite {
    name: &'static str,
    script: &'static str,
    limit: Duration,
    full: &'static [&'static str],
    full_limit: Duration,
}

const fn suite(
    name: &'static str,
    script: &'static str,
    limit: u64,
    full: &'static [&'static str],
    full_limit: u64,
) -> Suite {
    let (limit, full_limit) = (Duration::from_secs(limit), Duration::from_secs(full_limit));
    Suite { name, script, limit, full, full_limit }
}

/// A hundred thousand operations on one file.
const EXERCISE: &[&str] = &["--count", "100000", "--form", "3.1.1-plain", "--seconds", "1700"];

/// The longest first, so that two at a time end together.
const SUITES: [Suite; 41] = [
    suite("kernel", "with_kernel.py", 540, &["--all"], 1800),
    suite("exhaust", "exhaust.py", 300, &[], 300),
    suite("smb2-crate", "with_rust_smb2.py", 300, &[], 300),
    suite("smbclient", "with_smbclient.py", 240, &["--big-mib", "5120"], 1800),
    suite("smbprotocol", "with_smbprotocol.py", 240, &[], 240),
    suite("exercise", "with_exercise.py", 240, EXERCISE, 1800),
    suite("stress", "with_stress.py", 240, &["--all"], 1200),
    suite("posix", "with_posix.py", 420, &[], 420),
    suite("two-clients", "two_clients.py", 240, &[], 240),
    suite("abrupt", "abrupt.py", 120, &[], 120),
    suite("dead-peer", "dead_peer.py", 60, &["--usual"], 150),
    suite("interfaces", "interfaces.py", 60, &["--rounds", "100"], 900),
    suite("netbios", "with_nmblookup.py", 240, &[], 240),
    suite("browsing", "with_nmbd.py", 180, &[], 180),
    suite("discovery", "with_discovery.py", 60, &[], 60),
    suite("names", "with_scapy_names.py", 90, &[], 90),
    suite("impacket", "with_impacket.py", 120, &[], 120),
    suite("dial-in", "dial_in.py", 120, &["--rounds", "100"], 900),
    suite("dial-in-catalogue", "dial_in_catalogue.py", 240, &[], 240),
    suite("dial-in-clients", "dial_in_catalogue_client.py", 120, &[], 120),
    suite("dial-in-radius", "dial_in_catalogue_radius.py", 120, &[], 120),
    suite("smb1", "with_smb1.py", 120, &[], 120),
    suite("impacket-smb1", "with_impacket_smb1.py", 120, &[], 120),
    suite("devices", "with_devices.py", 60, &[], 60),
    suite("smbcacls", "with_smbcacls.py", 120, &[], 120),
    suite("impacket-management", "with_impacket_management.py", 60, &[], 60),
    suite("net-rap", "with_net_rap.py", 120, &[], 120),
    suite("printing", "with_printing.py", 120, &[], 120),
    suite("rpcclient", "with_rpcclient.py", 120, &[], 120),
    suite("rpcclient-accounts", "with_rpcclient_accounts.py", 60, &[], 60),
    suite("crash", "crash.py", 180, &[], 180),
    suite("old-passwords", "with_old_passwords.py", 60, &[], 60),
    suite("net-rpc", "with_net_rpc.py", 60, &[], 60),
    suite("spoolss", "with_spoolss.py", 60, &[], 60),
    suite("tshark", "with_tshark.py", 60, &[], 60),
    suite("unix", "with_unix.py", 60, &[], 60),
    suite("dial-in-reach", "dial_in_reach.py", 120, &[], 120),
    suite("freeradius", "with_freeradius.py", 120, &["--interim"], 180),
    // It takes minutes to build.
    suite("smb-crate", "with_rust_smb.py", 0, &[], 1200),
    suite("pppd", "with_pppd.py", 0, &[], 1800),
    suite("dial-in-lossy", "dial_in_lossy.py", 0, &[], 1800),
];

#[derive(Args)]
pub(crate) struct Options {
    /// Suites to run; all when none is named
    suites: Vec<String>,
    /// The server to judge
    #[arg(long, default_value = "lanward")]
    against: String,
    /// The long forms: every dialect and protection, a 5 GiB file, a hundred rounds, and the suites that only have such
    #[arg(long)]
    all: bool,
}

impl Options {
    /// What `cargo xtask test` runs.
    pub(crate) fn standard() -> Self {
        Self { suites: Vec::new(), against: "lanward".to_owned(), all: false }
    }
}

pub(crate) fn run(options: &Options) -> Result<Tally> {
    let known: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
    for name in &options.suites {
        ensure!(known.contains(&name.as_str()), "no suite {name}; there are {}", known.join(", "));
    }
    let standard = |suite: &Suite| options.suites.is_empty() && (options.all || !suite.limit.is_zero());
    let wanted = |suite: &&Suite| standard(suite) || options.suites.iter().any(|n| n == suite.name);
    let queue = Mutex::new(SUITES.iter().filter(wanted).collect::<VecDeque<_>>());
    let mut left_out = Tally::default();
    if options.suites.is_empty() {
        let full = SUITES.iter().filter(|suite| !standard(suite));
        full.for_each(|suite| left_out.skip(suite.name, "a long one: with --all, or when it is named"));
    }
    let (total, skips) = (Mutex::new(left_out), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(suite) = next else { return };
                    let tally = run_suite(suite, options, |line| {
                        skips
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(format!("{}: {line}", suite.name));
                    });
                    *total.lock().unwrap_or_else(PoisonError::into_inner) += tally;
                }
            });
        }
    });
    for line in skips.into_inner().unwrap_or_else(PoisonError::into_inner) {
        println!("-- skipped {line}");
    }
    Ok(total.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Runs one suite and tells what it skipped, which is easily missed among all it did; a suite that prints no verdict, or ends badly without a failed case, is itself a failure.
fn run_suite(suite: &Suite, options: &Options, skipped: impl Fn(&str) + Sync) -> Tally {
    let limit = if options.all || suite.limit.is_zero() { suite.full_limit } else { suite.limit };
    let mut command = Command::new("/usr/bin/python3");
    command.arg("-B").arg(root::interop().join("suites").join(suite.script));
    command.args(["--against", &options.against]);
    if options.all {
        command.args(suite.full);
    }
    let started = Instant::now();
    let mut tally = Tally::default();
    let ended = process::run_lines(&mut command, limit, |line| {
        if !is_total(line) {
            println!("{line}");
            tally.count_line(line);
            line.strip_prefix("skip ").into_iter().for_each(&skipped);
        }
    });
    let seconds = started.elapsed().as_secs();
    match ended {
        Ok(Ended::Success) if tally != Tally::default() => {}
        Ok(Ended::Failure) if tally.failed > 0 => {}
        Ok(Ended::TimedOut) => tally.fail(suite.name, &format!("stopped after {seconds} s")),
        Ok(ended) => tally.fail(suite.name, &format!("ended as {ended:?} without a verdict")),
        Err(error) => tally.fail(suite.name, &format!("{error:#}")),
    }
    println!("-- {} took {seconds} s", suite.name);
    tally
}
