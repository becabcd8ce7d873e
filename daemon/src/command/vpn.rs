//! `lanward vpn`

use super::state::Which as Server;
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use crate::vpn::{VpnAnswer, VpnRequest, VpnSession, VpnStatistics, Which, remedy};
use anyhow::Result;
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::io::{Write as _, stdout};

/// Show who has dialled in, hang up, and see what was dropped
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Server,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List who has dialled in
    Sessions,
    /// Hang up
    Disconnect(Meant),
    /// Show the numbers: how sessions ended, and what was dropped and why
    Stats,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Meant {
    /// The session, as the list shows it
    #[arg(value_name = "ID")]
    id: Option<u64>,
    /// Every session of a user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Everybody
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let request = match &options.action {
        Action::Sessions => VpnRequest::Sessions,
        Action::Stats => VpnRequest::Statistics,
        Action::Disconnect(meant) => VpnRequest::Disconnect(match (&meant.id, &meant.user) {
            (Some(id), _) => Which::Session(*id),
            (None, Some(user)) => Which::User(user.clone()),
            (None, None) => Which::All,
        }),
    };
    let Response::Vpn(answer) = ask(&options.which.state_dir()?, &Request::Vpn(request))? else {
        return Err(Refused::Unavailable("the server answered something else".to_owned()).into());
    };
    let mut out = stdout().lock();
    match *answer {
        VpnAnswer::Sessions(sessions) if options.json => {
            writeln!(out, "{}", serde_json::to_string_pretty(&sessions)?)?;
        }
        VpnAnswer::Statistics(statistics) if options.json => {
            writeln!(out, "{}", serde_json::to_string_pretty(&statistics)?)?;
        }
        VpnAnswer::Disconnected(count) if options.json => {
            writeln!(out, "{}", serde_json::json!({ "disconnected": count }))?;
        }
        VpnAnswer::Sessions(sessions) => {
            writeln!(out, "{}", VpnSession::HEAD)?;
            sessions.iter().try_for_each(|session| writeln!(out, "{session}"))?;
        }
        VpnAnswer::Statistics(statistics) => show(&statistics, &mut out)?,
        VpnAnswer::Disconnected(0) => {
            return Err(Refused::User("nobody like that has dialled in".to_owned()).into());
        }
        VpnAnswer::Disconnected(count) => writeln!(out, "{count} hung up")?,
    }
    Ok(())
}

fn show(statistics: &VpnStatistics, out: &mut impl std::io::Write) -> Result<()> {
    let listening: Vec<_> = statistics.listening.iter().map(ToString::to_string).collect();
    let lines = [
        ("Interface", statistics.interface.clone()),
        ("Dial in at", listening.join(", ")),
        ("Serving", if statistics.serving { "yes" } else { "no" }.to_owned()),
        ("Sessions", statistics.sessions.to_string()),
        ("Starting", statistics.starting.to_string()),
        ("Connections", statistics.connections.to_string()),
        ("Sessions begun", statistics.sessions_begun.to_string()),
        ("Bytes received", statistics.octets_in.to_string()),
        ("Bytes sent", statistics.octets_out.to_string()),
        ("GRE blocked", statistics.gre_blocked.to_string()),
        ("Process failures", statistics.worker_failures.to_string()),
    ];
    for (name, value) in lines {
        writeln!(out, "{name:<18} {value}")?;
    }
    for lack in &statistics.confinement_lacks {
        writeln!(out, "{:<18} {lack}", "Not confined by")?;
    }
    let tables: [(&str, &BTreeMap<String, u64>); 4] = [
        ("Ended", &statistics.ended),
        ("Failed", &statistics.failed),
        ("Dropped", &statistics.dropped),
        ("Dropped GRE", &statistics.gre_dropped),
    ];
    for (name, table) in tables {
        for (why, count) in table.iter().filter(|(_, count)| **count > 0) {
            writeln!(out, "{name:<18} {why:<30} {count}")?;
        }
    }
    let failed = statistics.failed.iter().filter(|(_, count)| **count > 0);
    let mut remedies: Vec<_> = failed.filter_map(|(why, _)| Some((why.as_str(), remedy(why)?))).collect();
    if statistics.gre_blocked > 0 {
        remedies.extend(remedy("establish-timeout").map(|remedy| ("GRE blocked", remedy)));
    }
    for (why, remedy) in remedies {
        writeln!(out, "{why}: {remedy}")?;
    }
    Ok(())
}
