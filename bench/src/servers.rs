//! The servers of a run: each on a free loopback port, with the same kind of share and the same account.

mod lanward;
mod process;
mod rocketsmbd;
mod samba;

use anyhow::{Context as _, Result};
use std::path::PathBuf;

pub(crate) use process::{Server, find_program};

/// The account on every server.
pub(crate) const USER: &str = "bencher";
/// Its password: of loopback servers that live for one run.
pub(crate) const PASSWORD: &str = "Bench-Mark.1";
/// The share on every server.
pub(crate) const SHARE: &str = "bench";

/// Which servers to start.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The reference; what is measured is compared with it.
    pub(crate) samba: bool,
    /// Lanward, from this binary or from the release build beside the bench.
    pub(crate) lanward: bool,
    /// Another server written in Rust, if it is installed.
    pub(crate) rivals: bool,
    /// Lanward's binary.
    pub(crate) binary: Option<PathBuf>,
}

/// Starts what is wanted; another's server that cannot be started is named on standard error and left out.
///
/// # Errors
/// Lanward does not start.
pub(crate) fn start(wanted: &Wanted) -> Result<Vec<Server>> {
    let mut running = Vec::new();
    let mut keep = |name: &str, started: Result<Server>| match started {
        Ok(server) => running.push(server),
        Err(error) => eprintln!("{name} is left out: {error:#}"),
    };
    if wanted.samba {
        keep("samba", samba::start());
    }
    if wanted.rivals {
        keep("rocketsmbd", rocketsmbd::start());
    }
    if wanted.lanward {
        let reference = usize::from(running.first().is_some_and(|s| s.name == "samba"));
        running.insert(reference, start_lanward(wanted).context("lanward")?);
    }
    Ok(running)
}

fn start_lanward(wanted: &Wanted) -> Result<Server> {
    if let Some(binary) = &wanted.binary {
        // The server gets a working folder of its own.
        return lanward::start(&std::path::absolute(binary)?);
    }
    lanward::build()?;
    lanward::start(&lanward::default_program()?)
}
