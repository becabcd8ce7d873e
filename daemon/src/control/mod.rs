//! The control socket: one JSON request and one JSON response per connection, for the server's own user and root.

mod bindings;
mod capture;
mod client;
mod explain;
mod net;
mod posture;
mod printer;
mod security;
mod serve;
mod status;

pub(crate) use bindings::Binding;
pub(crate) use client::{ask, follow};
pub(crate) use explain::{Explanation, Question};
pub(crate) use posture::Posture;
pub(crate) use printer::{JobView, PrinterAnswer, PrinterRequest, PrinterView, Target, printable};
pub(crate) use security::Security;
pub(crate) use serve::{Control, listen};
pub(crate) use status::Status;

use crate::accounts::{AccountInfo, Change, GroupInfo, PolicyInfo};
use crate::capture::Wish;
use crate::net::{Failure, NetAnswer, NetRequest};
use crate::netbios::NetbiosView;
use crate::vpn::{VpnAnswer, VpnRequest};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What can be asked of a running daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Request {
    /// What it is doing.
    Status,
    /// Its accounts.
    Users,
    /// Its groups.
    Groups,
    /// What it asks of passwords.
    Policy,
    /// A change of its accounts.
    Change(Change),
    /// What an account may do with a file.
    ExplainAccess(Question),
    /// Where each service listens.
    Bindings,
    /// Its NetBIOS names and sessions.
    Netbios,
    /// What is weak.
    Posture,
    /// Its numbers.
    Metrics,
    /// What `lanward net` asks.
    Net(NetRequest),
    /// What `lanward printer` asks.
    Printer(PrinterRequest),
    /// What `lanward vpn` asks.
    Vpn(VpnRequest),
    /// What clients send and are sent: records follow the response.
    Capture(Wish),
}

impl Request {
    /// Whether it changes something.
    const fn changes(&self) -> bool {
        match self {
            Self::Change(_) => true,
            Self::Net(request) => request.changes(),
            Self::Printer(request) => request.changes(),
            Self::Vpn(request) => request.changes(),
            Self::Status
            | Self::Users
            | Self::Groups
            | Self::Policy
            | Self::ExplainAccess(_)
            | Self::Bindings
            | Self::Netbios
            | Self::Posture
            | Self::Metrics
            | Self::Capture(_) => false,
        }
    }
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Response {
    Status(Box<Status>),
    Users(Vec<AccountInfo>),
    Groups(Vec<GroupInfo>),
    Policy(PolicyInfo),
    /// The name of the account that was changed.
    Changed(String),
    Access(Box<Explanation>),
    Bindings(Vec<Binding>),
    Netbios(Box<NetbiosView>),
    Posture(Posture),
    Metrics(String),
    Net(Result<NetAnswer, Failure>),
    Printer(PrinterAnswer),
    Vpn(Box<VpnAnswer>),
    Capturing,
    /// What was asked for cannot be done.
    Refused(String),
}

/// Longest request, in bytes.
const MAX_REQUEST: u64 = 64 << 10;

/// Longest response, in bytes.
const MAX_RESPONSE: u64 = 64 << 20;

/// How long either side waits for the other.
const DEADLINE: Duration = Duration::from_secs(10);

fn socket_path(state_dir: &Path) -> PathBuf {
    state_dir.join("control.sock")
}
