//! `lanward probe`

use crate::exit::Refused;
use crate::net::address;
use crate::password;
use crate::probe::{Target, probe};
use anyhow::Result;
use clap::Args;
use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::time::Duration;

/// Ask any server what it speaks, tells and allows, and say what should be changed
///
/// Dialects of SMB 1, 2 and 3, signing and encryption, names, what somebody without a password may do, and what is shared. Each dialect is
/// offered on a connection of its own. One logon with a name and a password made up on the spot tells whether guests are let in; the server
/// may note it as one that failed.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server
    #[arg(value_name = "HOST[:PORT]")]
    server: String,
    /// List shares as this user; as nobody when it is left out
    #[arg(long, value_name = "[DOMAIN\\]NAME")]
    user: Option<String>,
    /// A file with the password in its first line; - for standard input. Otherwise $LANWARD_PASSWORD has it, or it is asked for
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// Wait no longer for any answer
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let server = &options.server;
    let found = address(server);
    let address = found.ok_or_else(|| Refused::Unavailable(format!("{server} has no address")))?;
    let user = match &options.user {
        Some(user) => Some((user.clone(), password::existing(options.password_file.as_deref(), user)?)),
        None => None,
    };
    let timeout = Duration::from_secs(options.timeout);
    let report = probe(&Target { server: server.clone(), address, timeout, user })?;
    if options.json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write!(stdout(), "{report}")?;
    }
    Ok(())
}
