//! A network of its own for suites that block a client's packets: only there is a packet filter nobody else's. What the run mounts goes with it.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::peers;

/// Says to the process within that it is there.
const WITHIN: &str = "LANWARD_TORTURE_ISOLATED";
const FILTER: &str = "/usr/sbin/iptables";

/// Whether packets may be filtered here.
pub(super) fn is_isolated() -> bool {
    std::env::var_os(WITHIN).is_some()
}

/// Runs this very command again in a network of its own, where this is root and there is a packet filter; `None`: go on here.
pub(crate) fn run_isolated() -> Result<Option<ExitCode>> {
    if is_isolated() || !peers::is_root() || !Path::new(FILTER).exists() {
        return Ok(None);
    }
    let own = std::env::current_exe().context("where this program is")?;
    let status = Command::new("unshare")
        .args(["--net", "--mount", "--", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"])
        .arg(own)
        .args(std::env::args_os().skip(1))
        .env(WITHIN, "1")
        .status()
        .context("unshare")?;
    Ok(Some(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}
