//! `lanward selftest`

use super::state::Which;
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use crate::net::address;
use crate::password;
use crate::selftest::{Target, run as attack};
use anyhow::{Result, bail};
use clap::Args;
use std::io::{Write as _, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Send a running server what has broken others, and see that it goes on
///
/// Some hundred recorded attacks come with this command: lengths and offsets that lie, fragments, requests out of their order. After each of them
/// a healthy client beside it must still be served. Without --user only those are sent that need no logon. What a server answers also depends on its policy
/// (signing, dialects), so another answer than the recorded one is told and is no failure; no answer, or a healthy client that gets none, is.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
    /// The server; the one that runs here when it is left out
    #[arg(long, value_name = "HOST[:PORT]")]
    server: Option<String>,
    /// Attack a server at another address than this machine's loopback
    #[arg(long)]
    i_own_this_server: bool,
    /// Who logs on for the attacks that begin behind a logon
    #[arg(long, value_name = "NAME", requires = "share")]
    user: Option<String>,
    /// A file with the password in its first line; - for standard input. Otherwise $LANWARD_PASSWORD has it, or it is asked for
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// A share that this user may write to: attacks are on its file "victim", which is made if it is not there
    #[arg(long, value_name = "SHARE", requires = "user")]
    share: Option<String>,
    /// Only the attacks whose names contain this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Wait no longer for any answer
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let server = match &options.server {
        Some(server) => {
            address(server).ok_or_else(|| Refused::Unavailable(format!("{server} has no address")))?
        }
        None => running(options)?,
    };
    if !server.ip().to_canonical().is_loopback() && !options.i_own_this_server {
        bail!(
            "{server} is not this machine's loopback: say --i-own-this-server if these attacks are on a server of yours"
        );
    }
    let account = match (&options.user, &options.share) {
        (Some(user), Some(share)) => {
            let password = password::clear(options.password_file.as_deref(), user)?;
            Some((user.clone(), Zeroizing::new(password), share.clone()))
        }
        _ => None,
    };
    let patience = Duration::from_secs(options.timeout);
    let target = Target { server, account, patience, only: options.only.clone() };
    let report = attack(&target, |outcome| {
        if !options.json {
            writeln!(stdout(), "{outcome}")?;
        }
        Ok(())
    })?;
    if options.json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        writeln!(stdout(), "{report}")?;
    }
    if report.failed > 0 {
        bail!("{} attacks were too much for {server}", report.failed);
    }
    Ok(())
}

/// Where the server listens that runs here, on the loopback if it does there.
fn running(options: &Options) -> Result<SocketAddr> {
    let Response::Status(status) = ask(&options.which.state_dir()?, &Request::Status)? else {
        bail!("the server answered something else");
    };
    let mut addresses: Vec<_> = status.listeners.iter().map(|listener| listener.address).collect();
    addresses.sort_by_key(|address| !(address.ip().is_loopback() || address.ip().is_unspecified()));
    let Some(first) = addresses.first() else { bail!("the server listens nowhere") };
    let loopback: std::net::IpAddr = match first.ip() {
        ip if !ip.is_unspecified() => return Ok(*first),
        std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    Ok(SocketAddr::new(loopback, first.port()))
}
