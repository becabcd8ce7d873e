//! `lanward dial`

use crate::dial::{Again, Plan, run as run_dial};
use crate::password;
use anyhow::Result;
use clap::Args;
use lanward_vpn::StatefulFlush;
use std::path::PathBuf;

/// Dial in to a PPTP server, and again whenever the line is lost, until Ctrl-C hangs up
///
/// Needs CAP_NET_RAW and CAP_NET_ADMIN. PPTP keeps nobody out who means it: what goes through the tunnel is as safe as it would be without.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's name or address
    host: String,
    /// The account there, with its domain and a backslash in front if it has one
    #[arg(long, short, value_name = "NAME")]
    user: String,
    /// A file with the password in its first line; - for standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A network to reach through the tunnel, such as 192.168.7.0/24; several times for several
    #[arg(long = "route", value_name = "NETWORK")]
    routes: Vec<String>,
    /// Reach everything through the tunnel, but for the server itself
    #[arg(long)]
    default_route: bool,
    /// Write the name servers that the server tells into this new file, as resolv.conf has them, while the line is up
    #[arg(long, value_name = "FILE")]
    resolv_conf: Option<PathBuf>,
    /// The interface's name; %d is the first free number
    #[arg(long, value_name = "NAME", default_value = "dial%d")]
    interface: String,
    /// Where the server is called
    #[arg(long, value_name = "PORT", default_value_t = 1723)]
    port: u16,
    /// Longest packet in the tunnel, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1396, value_parser = clap::value_parser!(u16).range(576..=1456))]
    mtu: u16,
    /// Go on without encryption where the server has none
    #[arg(long)]
    allow_plain: bool,
    /// Take keys of 40 and 56 bits
    #[arg(long)]
    weak_keys: bool,
    /// Take keys that stay the same for 256 packets
    #[arg(long)]
    stateful: bool,
    /// What is sent then after a loss: auto is read by all, rfc3078 not by Linux, and linux not by others
    #[arg(long, value_name = "RULE", default_value = "auto")]
    stateful_flush: StatefulFlush,
    /// End when the line is lost
    #[arg(long)]
    once: bool,
    /// Print what happens as lines of JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: Options) -> Result<()> {
    let routes = options.routes.iter().map(|text| text.parse()).collect::<Result<Vec<_>>>()?;
    let password = password::clear(options.password_file.as_deref(), &options.user)?;
    run_dial(Plan {
        host: options.host,
        port: options.port,
        user: options.user,
        password: password.into(),
        routes,
        default_route: options.default_route,
        resolv_conf: options.resolv_conf,
        interface: options.interface,
        mtu: options.mtu,
        encryption_required: !options.allow_plain,
        weak_keys: options.weak_keys,
        stateful: options.stateful,
        stateful_flush: options.stateful_flush,
        again: if options.once { Again::Never } else { Again::WhenLost },
        json: options.json,
    })
}
