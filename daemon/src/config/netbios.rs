//! `[netbios]`: names, datagrams and sessions for clients from before DNS, in zones that have `netbios = true`.

use super::Config;
use super::value::Span;
use lanward_nbt::{NodeType, Scope, WinsConfig};
use lanward_server::NetbiosSettings;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;
use toml::Spanned;

/// `[netbios]`. The server's name and workgroup are those of `[server]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct NetbiosSection {
    /// Names the server has beside its own, at most 15 characters each.
    pub(crate) aliases: Vec<Spanned<String>>,
    /// How names are got and found; H with name servers and B without when it is left out ([MS-NBTE] 3.1.3).
    pub(crate) node_type: Option<Node>,
    /// What tells apart networks that use the same wires; empty nearly everywhere.
    pub(crate) scope: ScopeId,
    /// This server is a name server (WINS).
    pub(crate) wins_server: bool,
    /// The name servers it registers with, the one that is preferred first.
    pub(crate) wins_servers: Vec<Ipv4Addr>,
    /// The shortest time for which the name server gives a name.
    pub(crate) wins_min_ttl: Option<Span>,
    /// The longest.
    pub(crate) wins_max_ttl: Option<Span>,
    /// The server announces itself and browses: lists of servers are kept and handed out.
    pub(crate) browser: bool,
    /// It calls for an election whenever it comes.
    pub(crate) preferred_master: bool,
    /// Names that callers are sent elsewhere for.
    pub(crate) retarget: Vec<RetargetSection>,
    pub(crate) name_port: u16,
    pub(crate) datagram_port: u16,
    pub(crate) session_port: u16,
}

impl Default for NetbiosSection {
    fn default() -> Self {
        Self {
            aliases: Vec::new(),
            node_type: None,
            scope: ScopeId::default(),
            wins_server: false,
            wins_servers: Vec::new(),
            wins_min_ttl: None,
            wins_max_ttl: None,
            browser: true,
            preferred_master: false,
            retarget: Vec::new(),
            name_port: 137,
            datagram_port: 138,
            session_port: 139,
        }
    }
}

/// One of `retarget`: who calls this name is told to call there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RetargetSection {
    pub(crate) name: String,
    pub(crate) to: SocketAddrV4,
}

/// A node type by its letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Node {
    B,
    P,
    M,
    H,
}

/// A scope as people write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ScopeId(pub(crate) Scope);

impl TryFrom<String> for ScopeId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no scope: write labels of ASCII with dots between");
        Scope::new(&text).map(Self).ok_or_else(wrong)
    }
}

impl NetbiosSection {
    /// How names are got and found.
    pub(crate) fn node_type(&self) -> NodeType {
        match self.node_type {
            Some(Node::B) => NodeType::B,
            Some(Node::P) => NodeType::P,
            Some(Node::M) => NodeType::M,
            Some(Node::H) => NodeType::H,
            None if self.wins_servers.is_empty() => NodeType::B,
            None => NodeType::H,
        }
    }

    /// How the name server is, if there is one.
    pub(crate) fn wins(&self) -> Option<WinsConfig> {
        let usual = WinsConfig::default();
        let seconds = |span: Option<Span>, usual: u32| {
            let given = span.and_then(|span| span.0).map(|time: Duration| time.as_secs());
            given.map_or(usual, |seconds| u32::try_from(seconds).unwrap_or(u32::MAX))
        };
        self.wins_server.then(|| WinsConfig {
            min_ttl: seconds(self.wins_min_ttl, usual.min_ttl),
            max_ttl: seconds(self.wins_max_ttl, usual.max_ttl),
            ..usual
        })
    }

    /// Who is called.
    pub(super) fn settings(&self) -> NetbiosSettings {
        NetbiosSettings {
            aliases: self.aliases.iter().map(|name| name.get_ref().to_uppercase()).collect(),
            retarget: self.retarget.iter().map(|r| (r.name.to_uppercase(), r.to)).collect(),
        }
    }

    /// Whether two differ in what changes only when the server is started again.
    pub(crate) fn needs_restart(&self, new: &Self) -> bool {
        let same = Self { retarget: new.retarget.clone(), ..self.clone() };
        same != *new
    }
}

impl Config {
    /// Whether any zone has NetBIOS.
    pub(crate) fn has_netbios(&self) -> bool {
        self.zone.values().any(|zone| zone.netbios)
    }
}
