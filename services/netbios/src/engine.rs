//! The service: its subnets, as they come and go.

use crate::received::{Datagrams, Received, channel};
use crate::{Attachment, Subnet};
use lanward_netbios::{
    AddressEntry, FullName, NameEvent, NameType, NetbiosName, Node, NodeType, Scope, WinsConfig, WinsServer,
};
use lanward_server::Server;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

/// What the service is.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the name service is; 137 anywhere but in tests.
    pub name_port: u16,
    /// Where the datagram service is; 138 anywhere but in tests.
    pub datagram_port: u16,
    /// How it gets names.
    pub node_type: NodeType,
    /// The scope of all its names.
    pub scope: Scope,
    /// The name servers it registers with, the one that is preferred first.
    pub wins_servers: Vec<Ipv4Addr>,
    /// It is a name server itself.
    pub wins: Option<WinsConfig>,
    /// Names it has on every subnet, with whether others may have them too.
    pub names: Vec<(NetbiosName, bool)>,
}

impl Config {
    /// Seconds others may believe its answers; what Windows asks for.
    pub(crate) const TTL: u32 = 300_000;

    /// A node with the names of a file server in a workgroup, on the usual ports, without name servers.
    #[must_use]
    pub fn new(name: &str, workgroup: &str) -> Self {
        let own = [NetbiosName::WORKSTATION, NetbiosName::SERVER]
            .map(|suffix| (NetbiosName::new(name, suffix), false));
        let group = (NetbiosName::new(workgroup, NetbiosName::WORKSTATION), true);
        let names = own.into_iter().chain([group]);
        Self {
            name_port: Node::PORT,
            datagram_port: 138,
            node_type: NodeType::B,
            scope: Scope::default(),
            wins_servers: Vec::new(),
            wins: None,
            names: names.filter_map(|(name, group)| Some((name?, group))).collect(),
        }
    }
}

/// NetBIOS names and datagrams on all subnets of this machine.
#[derive(Debug)]
pub struct Netbios {
    server: Arc<Server>,
    config: Config,
    wins: Option<Mutex<WinsServer>>,
    subnets: watch::Sender<Vec<Arc<Subnet>>>,
    datagrams: mpsc::Sender<Received>,
    tasks: TaskTracker,
}

impl Netbios {
    /// The service, on no subnet yet; and the datagrams that will arrive.
    #[must_use]
    pub fn new(server: Arc<Server>, config: Config) -> (Arc<Self>, Datagrams) {
        let (sender, datagrams) = channel();
        let wins = config.wins.clone().map(|wins| Mutex::new(WinsServer::new(wins, config.name_port)));
        let (subnets, tasks) = (watch::Sender::default(), TaskTracker::new());
        (Arc::new(Self { server, config, wins, subnets, datagrams: sender, tasks }), datagrams)
    }

    /// What it is.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The subnets it is on.
    #[must_use]
    pub fn subnets(&self) -> Vec<Arc<Subnet>> {
        self.subnets.borrow().clone()
    }

    /// The subnets as they come and go.
    #[must_use]
    pub fn watch_subnets(&self) -> watch::Receiver<Vec<Arc<Subnet>>> {
        self.subnets.subscribe()
    }

    /// Is on these subnets from now on: leaves others, and begins on those that are new. Answers what could not be had and why; the next call tries
    /// that again. Must be called within a runtime, whose tasks serve the subnets.
    pub fn attach(self: &Arc<Self>, wanted: &[Attachment]) -> Vec<(Attachment, io::Error)> {
        let mut failed = Vec::new();
        let mut now_there = self.subnets();
        now_there.retain(|subnet| {
            let stays = wanted.contains(subnet.attachment());
            if !stays {
                subnet.stop.cancel();
                self.forget_own(subnet);
            }
            stays
        });
        for attachment in wanted {
            if now_there.iter().any(|subnet| subnet.attachment() == attachment) {
                continue;
            }
            match Subnet::new(self, attachment.clone(), wanted.len() > 1) {
                Ok(subnet) => now_there.push(self.start(subnet)),
                Err(error) => failed.push((attachment.clone(), error)),
            }
        }
        self.subnets.send_replace(now_there);
        failed
    }

    fn start(&self, subnet: Subnet) -> Arc<Subnet> {
        let subnet = Arc::new(subnet);
        for (name, group) in &self.config.names {
            subnet.add_name(*name, *group);
        }
        self.tasks.spawn(Arc::clone(&subnet).run());
        subnet
    }

    /// Leaves every subnet and waits until its names are given up.
    pub async fn stop(self: &Arc<Self>) {
        self.attach(&[]);
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Asks the name server in this process, if there is one.
    pub fn with_wins<R>(&self, f: impl FnOnce(&mut WinsServer) -> R) -> Option<R> {
        self.wins.as_ref().map(|wins| f(&mut wins.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Whether a packet is looked at: there is NetBIOS where it came from, and it is not our own.
    pub(crate) fn admits(&self, at: &Attachment, port: u16, from: SocketAddrV4, broadcast: bool) -> bool {
        let source = *from.ip();
        if source.is_unspecified() || source.is_broadcast() || source.is_multicast() || from.port() == 0 {
            return false;
        }
        let own = || self.subnets.borrow().iter().any(|subnet| subnet.attachment().address == source);
        if broadcast && from.port() == port && own() {
            return false;
        }
        let local = SocketAddr::from((at.address, port));
        self.server.settings().zone_of(local, from.into()).netbios
    }

    pub(crate) fn deliver(&self, datagram: Received) {
        if let Err(error) = self.datagrams.try_send(datagram) {
            tracing::debug!(%error, "a datagram is dropped");
        }
    }

    /// A name server keeps the names of its own machine, too.
    pub(crate) fn note(&self, subnet: &Subnet, event: NameEvent) {
        let (name, there) = match event {
            NameEvent::Registered(name) => (name, true),
            NameEvent::Refused(name, _) | NameEvent::Released(name) => (name, false),
        };
        let address = subnet.attachment().address;
        let full = FullName { name, scope: self.config.scope.clone() };
        let group = subnet.names().iter().any(|local| local.name == name && local.group);
        let kind = self.config.node_type.flags() | if group { NameType::GROUP } else { NameType::empty() };
        self.with_wins(|wins| {
            if there {
                wins.add_own(full, AddressEntry { kind, address });
            } else {
                wins.remove_own(&full, address);
            }
        });
    }

    fn forget_own(&self, subnet: &Subnet) {
        for local in subnet.names() {
            let full = FullName { name: local.name, scope: self.config.scope.clone() };
            self.with_wins(|wins| wins.remove_own(&full, subnet.attachment().address));
        }
    }
}

/// The time since the first time somebody asked.
pub(crate) fn now() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// A transaction id nobody can guess.
///
/// # Panics
/// The operating system has no randomness: nothing that follows could be trusted.
pub(crate) fn random_id() -> u16 {
    let mut bytes = [0; 2];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    u16::from_le_bytes(bytes)
}
