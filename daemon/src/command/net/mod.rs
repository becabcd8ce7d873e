//! `lanward net`: the commands that Windows people know, one file each.

mod file;
mod group;
mod output;
mod peer;
mod session;
mod share;
mod statistics;
mod user;
mod view;

use super::state::Which;
use anyhow::Result;
use clap::{Args, Subcommand};
use peer::{Peer, There};

/// Show and change shares, sessions and open files as `net` does on Windows, here or on another server
///
/// Without --server the server of this machine is meant. With it any server is asked over SMB, as Windows' own tools ask it; the password is asked
/// for, or read from a file. What Windows' command cannot do ends with its message and code 2.
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
pub(super) struct Options {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    there: There,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Share(share::Options),
    Session(session::Options),
    File(file::Options),
    View(view::Options),
    Statistics(statistics::Options),
    User(user::Options),
    Group(group::Options),
    /// List the server's local groups, or show one with its members
    Localgroup(group::Options),
}

pub(super) fn run(options: Options) -> Result<()> {
    let Options { which, mut there, json, command } = options;
    if let Command::View(view::Options { computer: Some(computer) }) = &command {
        there.set_server(computer);
    }
    let mut peer = Peer::new(&which, &there)?;
    match command {
        Command::Share(options) => share::run(options, &mut peer, json),
        Command::Session(options) => session::run(&options, &mut peer, json),
        Command::File(options) => file::run(&options, &mut peer, json),
        Command::Statistics(options) => statistics::run(&options, &mut peer, json),
        Command::User(options) => user::run(&options, &mut peer, json),
        Command::Group(options) => group::run(&options, false, &mut peer, json),
        Command::Localgroup(options) => group::run(&options, true, &mut peer, json),
        Command::View(_) => view::run(&mut peer, json),
    }
}
