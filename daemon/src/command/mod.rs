//! The command line: one file per subcommand.

mod accounts;
mod bindings;
mod capture;
mod check;
mod dial;
mod explain_access;
mod group;
mod man;
mod metrics;
mod nbtstat;
mod net;
mod posture;
mod printer;
mod probe;
mod selftest;
mod serve;
mod share;
mod state;
mod status;
mod user;
mod vpn;
mod vpn_worker;

use crate::exit::failure;
use crate::logging::Logging;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Shares folders with Windows, macOS and Linux over SMB 2 and 3, as an ordinary user.
#[derive(Debug, Parser)]
#[command(name = "lanward", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    logging: Logging,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Share(share::Options),
    Serve(serve::Options),
    Check(check::Options),
    User(user::Options),
    Net(net::Options),
    Group(group::Options),
    Status(status::Options),
    Nbtstat(nbtstat::Options),
    Bindings(bindings::Options),
    Posture(posture::Options),
    Metrics(metrics::Options),
    Probe(probe::Options),
    Selftest(selftest::Options),
    ExplainAccess(explain_access::Options),
    Capture(capture::Options),
    Printer(printer::Options),
    Vpn(vpn::Options),
    Dial(Box<dial::Options>),
    /// Serve those who dial in, for the server that starts this
    #[command(hide = true)]
    VpnWorker,
    /// Make a call, for the command that starts this
    #[command(hide = true)]
    DialWorker,
    #[command(hide = true)]
    Man(man::Options),
}

/// Does what the command line says.
pub(crate) fn main() -> ExitCode {
    let Cli { logging, command } = Cli::parse();
    let usual = if matches!(command, Command::Serve(_) | Command::VpnWorker) { "info" } else { "warn" };
    let done = logging.start(usual).and_then(|()| match command {
        Command::Share(options) => share::run(options),
        Command::Serve(options) => serve::run(&options),
        Command::Check(options) => check::run(&options),
        Command::User(options) => user::run(options),
        Command::Net(options) => net::run(options),
        Command::Nbtstat(options) => nbtstat::run(&options),
        Command::Bindings(options) => bindings::run(&options),
        Command::Posture(options) => posture::run(&options),
        Command::Metrics(options) => metrics::run(&options),
        Command::Probe(options) => probe::run(&options),
        Command::Selftest(options) => selftest::run(&options),
        Command::Group(options) => group::run(options),
        Command::Status(options) => status::run(&options),
        Command::Capture(options) => capture::run(&options),
        Command::ExplainAccess(options) => explain_access::run(options),
        Command::Printer(options) => printer::run(&options),
        Command::Vpn(options) => vpn::run(&options),
        Command::Dial(options) => dial::run(*options),
        Command::VpnWorker => vpn_worker::run(lanward_vpn::run_worker),
        Command::DialWorker => vpn_worker::run(lanward_vpn::run_dial_worker),
        Command::Man(options) => man::run(&options),
    });
    done.map_or_else(|error| failure(&error), |()| ExitCode::SUCCESS)
}
