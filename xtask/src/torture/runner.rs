//! Runs smbtorture. A suite that hangs or dies is started again for the sub-tests that have no result yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Address;
use super::list::Suite;
use super::subunit::{self, Transcript};
use super::table::{Outcome, Row};
use crate::process::{self, Ended};
use crate::{peers, root};

/// What one suite may take over all its starts.
const BUDGET: Duration = Duration::from_secs(480);

/// What suites are told that say nothing else of it: whose behaviour they expect where servers differ, and after how many microseconds a write
/// time that is told late is told.
const USUAL: [(&str, &str); 2] =
    [("--target=", "samba3"), ("--option=torture:writetimeupdatedelay=", "500000")];

pub(super) struct Settings<'a> {
    pub(super) address: &'a Address,
    pub(super) logs: &'a Path,
    /// How long smbtorture may say nothing, where the suite has no limit of its own.
    pub(super) limit: Duration,
    /// Sub-tests that a busy machine alone can make fail: those that do not pass are started once more, alone.
    pub(super) twice: &'a BTreeSet<String>,
}

/// Runs all suites, `jobs` at a time; job n has the share with n appended, serial suites all go to the first.
pub(super) fn run_all(suites: Vec<Suite>, jobs: u8, settings: &Settings<'_>) -> Result<Vec<Row>> {
    let every_suite = words_of(Command::new("smbtorture").arg("--list-suites"))?;
    let (serial, free): (VecDeque<Suite>, VecDeque<Suite>) =
        suites.into_iter().partition(|suite| suite.serial);
    let (serial, free) = (Mutex::new(serial), Mutex::new(free));
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let workers: Vec<_> = (1..=jobs)
            .map(|job| {
                let (serial, free, done, every_suite) = (&serial, &free, &done, &every_suite);
                scope.spawn(move || -> Result<()> {
                    loop {
                        let mut next = if job == 1 { locked(serial).pop_front() } else { None };
                        if next.is_none() {
                            next = locked(free).pop_front();
                        }
                        let Some(suite) = next else { return Ok(()) };
                        let rows = Run::new(&suite, job, every_suite, settings)?.finish()?;
                        locked(done).extend(rows);
                    }
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or(Ok(())))
    })?;
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// What cuts connections off for smbtorture.
fn blocker() -> PathBuf {
    root::interop().join("torture/block.sh")
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn words_of(command: &mut Command) -> Result<Vec<String>> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(|line| line.trim().to_owned()).collect())
}

/// One suite under way.
struct Run<'a> {
    suite: &'a Suite,
    settings: &'a Settings<'a>,
    job: u8,
    log: PathBuf,
    /// Sub-tests, by the name their results carry; by the same name they can be asked for.
    listed: BTreeSet<String>,
    done: BTreeMap<String, (Outcome, f64, String)>,
}

impl<'a> Run<'a> {
    fn new(suite: &'a Suite, job: u8, every_suite: &[String], settings: &'a Settings<'a>) -> Result<Self> {
        let names = words_of(Command::new("smbtorture").args(["--list", &suite.name]))?;
        let owned = names.into_iter().filter(|name| owner(name, every_suite) == Some(&suite.name));
        let listed = owned.map(|name| subunit::reported_name(&name)).collect();
        let log = settings.logs.join(format!("{}.log", suite.name));
        Ok(Self { suite, settings, job, log, listed, done: BTreeMap::new() })
    }

    /// How long the suite may say nothing.
    fn limit(&self) -> Duration {
        self.suite.limit.unwrap_or(self.settings.limit)
    }

    fn finish(mut self) -> Result<Vec<Row>> {
        let started = Instant::now();
        let mut starts = 0;
        self.start_all(&mut starts, started)?;
        for test in self.lost_to_the_machine() {
            println!("-- {test} is started again, alone");
            self.done.remove(&test);
            self.start_all(&mut starts, started)?;
        }
        if self.suite.cuts && peers::is_root() {
            // What a process that was ended cut off stays so otherwise.
            let mut clean = Command::new(blocker());
            clean.arg("--clean").env("TORTURE_JOB", self.job.to_string()).stderr(Stdio::null());
            process::run(&mut clean, Duration::from_secs(20))?;
        }
        let missing: Vec<String> = self.missing().cloned().collect();
        for test in missing {
            self.record(test, Outcome::NotRun, "the suite used up its time");
        }
        let suite = &self.suite.name;
        let passed = self.done.values().filter(|(outcome, ..)| *outcome == Outcome::Success).count();
        println!("-- {suite}: {passed} of {} in {:.1} s", self.done.len(), started.elapsed().as_secs_f64());
        let rows = self.done.into_iter().map(|(test, (outcome, seconds, reason))| Row {
            suite: suite.clone(),
            test,
            outcome,
            seconds,
            reason,
        });
        Ok(rows.collect())
    }

    /// Starts smbtorture until there is a result of everything.
    fn start_all(&mut self, starts: &mut u32, since: Instant) -> Result<()> {
        while self.missing().next().is_some() && since.elapsed() < BUDGET {
            *starts += 1;
            let (ended, text) = self.start(*starts, BUDGET.saturating_sub(since.elapsed()))?;
            self.take_in(&text, ended, *starts);
        }
        Ok(())
    }

    fn lost_to_the_machine(&self) -> Vec<String> {
        let lost =
            |test: &&String| self.done.get(*test).is_some_and(|(outcome, ..)| *outcome != Outcome::Success);
        self.settings.twice.iter().filter(lost).cloned().collect()
    }

    fn missing(&self) -> impl Iterator<Item = &String> {
        self.listed.iter().filter(|test| !self.done.contains_key(*test))
    }

    fn record(&mut self, test: String, outcome: Outcome, reason: &str) {
        let seconds = if outcome == Outcome::Timeout { self.limit().as_secs_f64() } else { 0.0 };
        self.done.insert(test, (outcome, seconds, reason.chars().take(300).collect()));
    }

    fn start(&self, nth: u32, left: Duration) -> Result<(Ended, String)> {
        let log = self.log.with_extension(format!("{nth}.log"));
        let file = File::create(&log).with_context(|| log.display().to_string())?;
        let mut command = self.command()?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let ended = process::run_logged(&mut command, &log, self.limit(), left)?;
        Ok((ended, String::from_utf8_lossy(&fs::read(&log)?).into_owned()))
    }

    fn command(&self) -> Result<Command> {
        let address = self.settings.address;
        let mut command = Command::new("smbtorture");
        command.args(["-s", "/dev/null", "--fullname", "--format=subunit"]);
        for (option, usual) in USUAL {
            if !self.suite.options.iter().any(|given| given.starts_with(option)) {
                command.arg(format!("{option}{usual}"));
            }
        }
        command.args(["--option=torture:progress=no", "--option=torture:sharedelay=100000"]);
        command.arg(format!("--basedir={}", self.settings.logs.display()));
        command.args(["-p", &address.port, "-U", &format!("{}%{}", address.user, address.password)]);
        if self.suite.is_smb1() {
            command.arg("--option=client min protocol=NT1");
        }
        command.args(&self.suite.options).env("TORTURE_JOB", self.job.to_string());
        if self.suite.cuts && peers::is_root() {
            command.arg("--option=torture:use_iptables=yes");
            command.arg(format!("--option=torture:iptables_command={}", blocker().display()));
        }
        if !self.done.is_empty() {
            let rest = self.log.with_extension("todo");
            let names: String = self.missing().map(|name| format!("{name}\n")).collect();
            fs::write(&rest, names)?;
            command.arg(format!("--load-list={}", rest.display()));
        }
        if self.suite.is_rpc() {
            command.arg(format!("ncacn_np:{}[smb2]", address.host)).arg(&self.suite.name);
            return Ok(command);
        }
        let nth = if self.job == 1 { String::new() } else { self.job.to_string() };
        let share = self.suite.share.as_ref().unwrap_or(&address.share);
        command.arg(format!("//{}/{share}{nth}", address.host)).arg(&self.suite.name);
        Ok(command)
    }

    /// Takes in what one process told. Every call records at least one result, so the loop in `finish` ends.
    fn take_in(&mut self, text: &str, ended: Ended, starts: u32) {
        let Transcript { ended: results, cut } = subunit::parse(text);
        let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no output");
        let before = self.done.len();
        for (test, outcome, seconds, reason) in results {
            self.done.entry(test).or_insert((outcome, seconds, reason));
        }
        let cut = cut.filter(|test| !self.done.contains_key(test));
        match (cut, ended) {
            (Some(test), Ended::TimedOut) => self.record(test, Outcome::Timeout, last),
            (Some(test), _) => self.record(test, Outcome::Crash, last),
            (None, _) if self.done.len() > before => {}
            (None, _) => self.blame(ended, starts, last),
        }
    }

    /// A process that told nothing: the first sub-test left is blamed, or all when there is no sense in more.
    fn blame(&mut self, ended: Ended, starts: u32, last: &str) {
        let missing: Vec<String> = self.missing().cloned().collect();
        let hopeless = starts > 25 || (self.done.is_empty() && ended != Ended::TimedOut);
        let outcome = if ended == Ended::TimedOut { Outcome::Timeout } else { Outcome::Error };
        let count = if hopeless { missing.len() } else { 1 };
        for test in missing.into_iter().take(count) {
            self.record(test, outcome, last);
        }
    }
}

/// `--list` matches by plain prefix: a name belongs to the longest suite name that fits.
fn owner<'s>(listed: &str, every_suite: &'s [String]) -> Option<&'s String> {
    let fits = |suite: &&String| {
        listed.strip_prefix(suite.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    every_suite.iter().filter(fits).max_by_key(|suite| suite.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_name_belongs_to_the_longest_suite() {
        let suites = ["smb2.durable-open", "smb2.durable-open-disconnect", "smb2"].map(str::to_owned);
        let owner = |name: &str| owner(name, &suites).cloned();
        assert_eq!(owner("smb2.durable-open.file-position").as_deref(), Some("smb2.durable-open"));
        assert_eq!(
            owner("smb2.durable-open-disconnect.open").as_deref(),
            Some("smb2.durable-open-disconnect")
        );
        assert_eq!(owner("base.lock"), None);
    }
}
