//! What `lanward nbtstat` shows of this server.

use crate::netbios::TRANSPORT;
use lanward_nbt::{NameState, Netbios, NetbiosName, NodeType, WinsKind};
use lanward_server::Server;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};

/// NetBIOS as this server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct NetbiosView {
    /// B, P, M or H.
    pub(crate) node_type: char,
    pub(crate) scope: String,
    pub(crate) subnets: Vec<SubnetView>,
    pub(crate) sessions: Vec<Session>,
    /// What its name server knows; `None` if it is none.
    pub(crate) wins: Option<Vec<WinsName>>,
}

/// An address and the names there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct SubnetView {
    pub(crate) interface: String,
    pub(crate) address: Ipv4Addr,
    pub(crate) names: Vec<Name>,
}

/// A name of a node's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Name {
    pub(crate) name: String,
    /// The sixteenth byte.
    pub(crate) suffix: u8,
    pub(crate) group: bool,
    /// `registered`, `claiming`, `conflict` or `releasing`.
    pub(crate) state: String,
}

/// A row of the session table (behaviour 1.22).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Session {
    pub(crate) local: String,
    pub(crate) local_suffix: u8,
    /// `connected` or `listening`.
    pub(crate) state: String,
    /// Who called: `in` when it was the other one; there is nobody for a name that is listened on.
    pub(crate) direction: Option<String>,
    pub(crate) remote: Option<String>,
    pub(crate) remote_suffix: Option<u8>,
    pub(crate) remote_address: Option<IpAddr>,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

/// A name in the name server's database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct WinsName {
    pub(crate) name: String,
    pub(crate) suffix: u8,
    pub(crate) scope: String,
    /// `unique`, `multihomed`, `group` or `special-group`.
    pub(crate) kind: String,
    pub(crate) addresses: Vec<Ipv4Addr>,
    /// It was given up, or not refreshed in time.
    pub(crate) released: bool,
}

impl NetbiosView {
    pub(crate) fn of(server: &Server, netbios: &Netbios) -> Self {
        let subnets = netbios.subnets();
        let view = |subnet: &lanward_nbt::Subnet| SubnetView {
            interface: subnet.attachment().interface.clone(),
            address: subnet.attachment().address,
            names: subnet.names().iter().map(|local| name(local.name, local.group, local.state)).collect(),
        };
        let config = netbios.config();
        Self {
            node_type: match config.node_type {
                NodeType::B => 'B',
                NodeType::P => 'P',
                NodeType::M => 'M',
                NodeType::H => 'H',
            },
            scope: config.scope.to_string(),
            subnets: subnets.iter().map(|subnet| view(subnet)).collect(),
            sessions: sessions(server),
            wins: netbios.with_wins(|wins| {
                let name = |(full, record): (&lanward_nbt::FullName, &lanward_nbt::WinsRecord)| WinsName {
                    name: shown_name(full.name.name()),
                    suffix: full.name.suffix(),
                    scope: full.scope.to_string(),
                    kind: match record.kind {
                        WinsKind::Unique => "unique",
                        WinsKind::Multihomed => "multihomed",
                        WinsKind::Group => "group",
                        WinsKind::SpecialGroup => "special-group",
                    }
                    .to_owned(),
                    addresses: record.addresses.iter().map(|(address, _)| *address).collect(),
                    released: record.released,
                };
                wins.names().map(name).collect()
            }),
        }
    }
}

/// Sessions that are there, behind a row for the name that is listened on.
fn sessions(server: &Server) -> Vec<Session> {
    let listening = server.transports().iter().any(|t| t.name().starts_with(TRANSPORT));
    let row = |local: &[u8; 16], state: &str| {
        let local = NetbiosName::from_bytes(*local);
        Session {
            local: shown_name(local.name()),
            local_suffix: local.suffix(),
            state: state.to_owned(),
            direction: None,
            remote: None,
            remote_suffix: None,
            remote_address: None,
            bytes_in: 0,
            bytes_out: 0,
        }
    };
    let own = NetbiosName::new(&server.identity().name, NetbiosName::SERVER).filter(|_| listening);
    let mut rows: Vec<_> = own.iter().map(|name| row(name.as_bytes(), "listening")).collect();
    rows.extend(server.connections().iter().filter_map(|connection| {
        let session = connection.netbios_session()?;
        let remote = NetbiosName::from_bytes(session.remote);
        let (bytes_in, bytes_out) = connection.bytes();
        Some(Session {
            direction: Some("in".to_owned()),
            remote: Some(shown_name(remote.name())),
            remote_suffix: Some(remote.suffix()),
            remote_address: Some(connection.peer().ip()),
            bytes_in,
            bytes_out,
            ..row(&session.local, "connected")
        })
    }));
    rows
}

fn name(name: NetbiosName, group: bool, state: NameState) -> Name {
    let state = match state {
        NameState::Claiming => "claiming",
        NameState::Registered => "registered",
        NameState::Conflict => "conflict",
        NameState::Releasing => "releasing",
    };
    Name { name: shown_name(name.name()), suffix: name.suffix(), group, state: state.to_owned() }
}

/// A name that somebody else may have chosen, so that it does no more to a terminal than be read.
pub(crate) fn shown_name(name: &[u8]) -> String {
    name.iter().map(|b| if b.is_ascii_graphic() || *b == b' ' { char::from(*b) } else { '.' }).collect()
}
