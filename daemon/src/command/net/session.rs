//! `lanward net session`

use super::output::{completed, confirmed, fields, json, printable, table};
use super::peer::Peer;
use crate::net::{Failure, NetFile, NetRequest, NetSession};
use anyhow::Result;
use clap::Args;
use std::io::{Write as _, stdout};

/// List who is connected, or end the sessions of a computer
///
/// A NULL session has no user; what it has open is shown behind it. Of a computer's sessions every pipe is shown, with the operation that was called
/// last, how long it has been open, and the printers that are open by it.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The computer, as the list shows it
    #[arg(value_name = "\\\\COMPUTER")]
    computer: Option<String>,
    /// End every session of the computer, with what it has open; what is open for writing is listed first
    #[arg(long, requires = "computer")]
    delete: bool,
    /// Of these sessions, only this user's
    #[arg(long, value_name = "NAME", requires = "computer")]
    of: Option<String>,
    /// List what is open for writing and end nothing
    #[arg(long, requires = "delete")]
    dry_run: bool,
    /// Do not ask although something is open for writing
    #[arg(long, requires = "delete")]
    yes: bool,
}

pub(super) fn run(options: &Options, peer: &mut Peer, as_json: bool) -> Result<()> {
    let Some(computer) = &options.computer else {
        let sessions = peer.sessions()?;
        return if as_json { json(&sessions) } else { table(NetSession::HEAD, sessions) };
    };
    let of_user =
        |s: &NetSession| options.of.as_ref().is_none_or(|user| s.user.to_lowercase() == user.to_lowercase());
    let mut sessions = peer.sessions()?;
    sessions.retain(|session| session.is_of(computer) && of_user(session));
    if sessions.is_empty() {
        return Err(Failure::NO_SUCH_CLIENT.into());
    }
    if options.delete {
        return delete(options, computer, &sessions, peer, as_json);
    }
    if as_json {
        return json(&sessions);
    }
    sessions.iter().try_for_each(show)
}

fn show(session: &NetSession) -> Result<()> {
    let mut lines = vec![
        ("User name", session.user.clone()),
        ("Computer", session.computer.clone()),
        ("Guest logon", if session.guest { "Yes" } else { "No" }.to_owned()),
        ("Client type", session.client_type.clone()),
        ("Sess time", session.connected().to_string()),
        ("Idle time", session.idle().to_string()),
        ("Opens", session.opens.to_string()),
    ];
    if let Some(here) = &session.here {
        let security = &here.security;
        lines.extend([
            ("Session ID", here.id.to_string()),
            ("Client calls itself", here.client_name.clone()),
            ("Client address", here.client.to_string()),
            ("Zone", here.zone.clone()),
            ("Dialect", security.dialect.clone()),
            ("Signing", security.signing_word().to_owned()),
            ("Encryption", security.cipher_word().to_owned()),
            ("Logon", security.authentication.clone()),
        ]);
        lines.extend(here.why.iter().map(|why| ("Pipe", why.to_string())));
    }
    fields(&lines)
}

fn delete(
    options: &Options,
    computer: &str,
    sessions: &[NetSession],
    peer: &mut Peer,
    as_json: bool,
) -> Result<()> {
    let written = open_for_writing(sessions, peer)?;
    if options.dry_run && as_json {
        return json(&written);
    }
    if !written.is_empty() && !as_json {
        warn(computer, &written)?;
    }
    if options.dry_run {
        return completed(as_json);
    }
    let question = "Do you want to continue this operation?";
    if !written.is_empty() && !options.yes && (as_json || !confirmed(question)?) {
        anyhow::bail!("nothing was ended: files are open for writing; --yes ends the sessions all the same");
    }
    let user = options.of.clone();
    peer.ask(NetRequest::DeleteSessions { computer: computer.to_owned(), user })?;
    completed(as_json)
}

fn warn(computer: &str, written: &[NetFile]) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "The session from {} has files open for writing:\n", printable(computer))?;
    for file in written {
        writeln!(out, "  {}", printable(&file.path))?;
    }
    Ok(writeln!(out)?)
}

/// What the sessions have open for writing, pipes not among it. Another server does not say whose session an open is of: there it is what the
/// sessions' users have open.
fn open_for_writing(sessions: &[NetSession], peer: &mut Peer) -> Result<Vec<NetFile>> {
    let of_one = |file: &NetFile| {
        sessions.iter().any(|session| match &session.here {
            Some(here) => file.session == Some(here.id),
            None => file.user.to_lowercase() == session.user.to_lowercase(),
        })
    };
    let mut files = peer.files()?;
    files.retain(|file| file.writes && !file.path.to_uppercase().starts_with("\\PIPE\\") && of_one(file));
    Ok(files)
}
