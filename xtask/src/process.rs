//! Child processes with a deadline.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a child may take to leave after it was asked to.
const GRACE: Duration = Duration::from_secs(20);

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Success,
    Failure,
    TimedOut,
}

/// Waits for `child` at most `limit`; past that asks it to leave (SIGTERM), then kills it.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Result<Ended> {
    if let Some(success) = poll_until(child, limit)? {
        return Ok(if success { Ended::Success } else { Ended::Failure });
    }
    terminate(child)?;
    Ok(Ended::TimedOut)
}

/// Asks a child to leave and kills it if it does not.
pub(crate) fn terminate(child: &mut Child) -> Result<()> {
    let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    if asked.is_ok_and(|status| status.success()) && poll_until(child, GRACE)?.is_some() {
        return Ok(());
    }
    child.kill().context("kill")?;
    child.wait().context("wait")?;
    Ok(())
}

fn poll_until(child: &mut Child, limit: Duration) -> Result<Option<bool>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().context("wait")? {
            return Ok(Some(status.success()));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a command with its output on ours.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Ended> {
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    wait(&mut child, limit)
}

/// Runs a command that writes to `log`, until it ends, adds nothing to the file for `silence`, or has taken `limit`.
pub(crate) fn run_logged(
    command: &mut Command,
    log: &Path,
    silence: Duration,
    limit: Duration,
) -> Result<Ended> {
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let end = Instant::now() + limit;
    let (mut length, mut heard) = (0, Instant::now());
    while Instant::now() < end && heard.elapsed() < silence {
        if let Some(success) = poll_until(&mut child, Duration::from_millis(250))? {
            return Ok(if success { Ended::Success } else { Ended::Failure });
        }
        let now = fs::metadata(log).with_context(|| log.display().to_string())?.len();
        if now != length {
            (length, heard) = (now, Instant::now());
        }
    }
    terminate(&mut child)?;
    Ok(Ended::TimedOut)
}

/// Runs a command and hands each line of its standard output to `line`; standard error passes through.
pub(crate) fn run_lines(
    command: &mut Command,
    limit: Duration,
    mut line: impl FnMut(&str) + Send,
) -> Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let Some(output) = child.stdout.take() else { bail!("no pipe from {command:?}") };
    thread::scope(|scope| {
        scope.spawn(move || {
            for text in BufReader::new(output).lines().map_while(Result::ok) {
                line(&text);
            }
        });
        wait(&mut child, limit)
    })
}
