//! What `lanward vpn` asks of a running server and is answered.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VpnRequest {
    /// Who has dialled in.
    Sessions,
    /// Hang up.
    Disconnect(Which),
    /// The numbers.
    Statistics,
}

impl VpnRequest {
    /// Whether it changes something.
    pub(crate) const fn changes(&self) -> bool {
        matches!(self, Self::Disconnect(_))
    }
}

/// Which sessions are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Which {
    All,
    Session(u64),
    User(String),
}

impl Which {
    /// Whether a session is one of them.
    pub(crate) fn means(&self, session: &VpnSession) -> bool {
        match self {
            Self::All => true,
            Self::Session(id) => *id == session.id,
            Self::User(user) => user.to_lowercase() == session.user.to_lowercase(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VpnAnswer {
    Sessions(Vec<VpnSession>),
    /// How many were hung up.
    Disconnected(usize),
    Statistics(Box<VpnStatistics>),
}

/// Somebody who has dialled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct VpnSession {
    pub(crate) id: u64,
    pub(crate) user: String,
    /// Where the user is.
    pub(crate) peer: Ipv4Addr,
    /// The address of this machine that was called.
    pub(crate) local: Ipv4Addr,
    /// The address in the tunnel.
    pub(crate) address: Ipv4Addr,
    pub(crate) method: String,
    pub(crate) encryption: Option<String>,
    pub(crate) mtu: u16,
    pub(crate) seconds: u64,
    pub(crate) packets_in: u64,
    pub(crate) octets_in: u64,
    pub(crate) packets_out: u64,
    pub(crate) octets_out: u64,
    pub(crate) dropped: u64,
}

impl VpnSession {
    pub(crate) const HEAD: &'static str = "ID      USER                     ADDRESS         FROM            SECONDS    RECEIVED       SENT  ENCRYPTION";
}

impl fmt::Display for VpnSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, user, address, peer, seconds, octets_in, octets_out, .. } = self;
        let encryption = self.encryption.as_deref().unwrap_or("none");
        let (address, peer) = (address.to_string(), peer.to_string());
        write!(
            f,
            "{id:<7} {user:<24} {address:<15} {peer:<15} {seconds:>7} {octets_in:>11} {octets_out:>10}  {encryption}"
        )
    }
}

/// What there has been since the server started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct VpnStatistics {
    pub(crate) interface: String,
    /// Where it is called.
    pub(crate) listening: Vec<std::net::SocketAddrV4>,
    /// Whether the process that serves is there.
    pub(crate) serving: bool,
    /// What of its confinement the system could not give.
    pub(crate) confinement_lacks: Vec<String>,
    pub(crate) sessions: usize,
    /// Connections that are no sessions yet.
    pub(crate) starting: usize,
    pub(crate) connections: u64,
    pub(crate) sessions_begun: u64,
    /// How often the process that serves ended without being told to.
    pub(crate) worker_failures: u64,
    /// Calls of addresses whose data never came.
    pub(crate) gre_blocked: u64,
    /// How sessions ended, by the reason.
    pub(crate) ended: BTreeMap<String, u64>,
    /// How calls ended that never were up, by the reason.
    pub(crate) failed: BTreeMap<String, u64>,
    /// What was dropped, by the reason.
    pub(crate) dropped: BTreeMap<String, u64>,
    /// What calls dropped of their GRE packets, by the reason.
    pub(crate) gre_dropped: BTreeMap<String, u64>,
    pub(crate) octets_in: u64,
    pub(crate) octets_out: u64,
}
