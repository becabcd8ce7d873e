//! NetBIOS where zones have it: names and datagrams on ports 137 and 138, sessions on 139, on subnets that come and go.

mod master_list;
mod view;

pub(crate) use view::{NetbiosView, Session, shown_name};

use crate::config::{Config, NetbiosSection};
use crate::interfaces::{Policy, Service};
use crate::listen;
use crate::listeners::closed;
use lanward_nbt::{Attachment, Browsing, Datagrams, Netbios, NetbiosName};
use lanward_server::{Server, Transport, Zone};
use lanward_smb::Workers;
use lanward_sys::{Interface, Subnet};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The version it tells, as everywhere.
const VERSION: (u8, u8) = (10, 0);

/// How long the browser may take its leave.
const LEAVE: Duration = Duration::from_secs(1);

/// What the names of transports begin with that carry NetBIOS sessions.
pub(crate) const TRANSPORT: &str = "netbios:";

#[derive(Debug)]
pub(crate) struct NetbiosService {
    server: Arc<Server>,
    workers: Arc<Workers>,
    netbios: Arc<Netbios>,
    session_port: u16,
    /// What could not be had, and is tried again: an address that has changed has its ports still, as long as the names there are given up.
    missing: BTreeSet<SocketAddr>,
    sessions: BTreeMap<SocketAddr, Listening>,
    /// Listeners that are told to stop.
    closing: Vec<JoinHandle<()>>,
    /// Ends the browser, which takes its leave of the networks.
    browser: CancellationToken,
    browsing: JoinHandle<()>,
}

/// Mailslots in datagrams and, where it is wanted, the browser, until that is stopped.
async fn browse(
    section: NetbiosSection,
    netbios: Arc<Netbios>,
    server: Arc<Server>,
    mut datagrams: Datagrams,
    stop: CancellationToken,
) {
    let mut browsing = Browsing::new(&server, VERSION);
    browsing.config.preferred_master = section.preferred_master;
    browsing.config.can_back_up = true;
    browsing.fetch = Some(master_list::fetching(&browsing.config.name, section.session_port));
    let browser = async {
        match section.browser {
            true => lanward_nbt::browse(&netbios, &server, browsing, stop.clone()).await,
            false => stop.cancelled().await,
        }
    };
    tokio::select! {
        () = lanward_nbt::deliver(&server, &mut datagrams) => {}
        () = browser => {}
    }
}

/// Stops listening when it is dropped.
#[derive(Debug)]
struct Listening {
    _stop: DropGuard,
    serving: JoinHandle<()>,
    interface: String,
    transport: Arc<Transport>,
}

impl NetbiosService {
    /// The service, on no subnet yet.
    pub(crate) fn new(config: &Config, server: &Arc<Server>, workers: &Arc<Workers>) -> Self {
        let section = &config.netbios;
        let identity = server.identity();
        let mut own = lanward_nbt::Config {
            name_port: section.name_port,
            datagram_port: section.datagram_port,
            node_type: section.node_type(),
            scope: section.scope.0.clone(),
            wins_servers: section.wins_servers.clone(),
            wins: section.wins(),
            ..lanward_nbt::Config::new(&identity.name, &identity.workgroup)
        };
        let aliases =
            section.aliases.iter().filter_map(|alias| NetbiosName::new(alias.get_ref(), NetbiosName::SERVER));
        own.names.extend(aliases.map(|alias| (alias, false)));
        let (netbios, datagrams) = Netbios::new(Arc::clone(server), own);
        let browser = CancellationToken::new();
        let browsing =
            browse(section.clone(), Arc::clone(&netbios), Arc::clone(server), datagrams, browser.clone());
        Self {
            server: Arc::clone(server),
            workers: Arc::clone(workers),
            netbios,
            session_port: section.session_port,
            missing: BTreeSet::new(),
            sessions: BTreeMap::new(),
            closing: Vec::new(),
            browser,
            browsing: tokio::spawn(browsing),
        }
    }

    /// Names and datagrams.
    pub(crate) const fn netbios(&self) -> &Arc<Netbios> {
        &self.netbios
    }

    /// Whether something could not be had that may be had later.
    pub(crate) fn again(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Is where the zones have it, the policy offers it and the machine has addresses now. What cannot be had is tried again.
    pub(crate) fn follow(&mut self, policy: &Policy) {
        let there = lanward_sys::subnets().and_then(|subnets| Ok((subnets, lanward_sys::interfaces()?)));
        let (subnets, interfaces) = match there {
            Ok(there) => there,
            Err(error) => return tracing::warn!(%error, "the interfaces changed, NetBIOS did not"),
        };
        let is_wanted = |subnet: &&Subnet| {
            is_offered(policy, &interfaces, subnet) && is_in_a_zone(&self.server, subnet.address)
        };
        let wanted: Vec<_> = subnets.iter().filter(is_wanted).map(attachment).collect();
        let mut missing = BTreeSet::new();
        for (at, error) in self.netbios.attach(&wanted) {
            let address = SocketAddr::from((at.address, self.netbios.config().name_port));
            self.miss("names", address, error, &mut missing);
        }
        let addresses: BTreeMap<_, _> = wanted
            .iter()
            .map(|at| (SocketAddr::from((at.address, self.session_port)), &at.interface))
            .collect();
        let gone = self.sessions.extract_if(.., |address, _| !addresses.contains_key(address));
        self.closing.extend(gone.map(|(_, listening)| listening.serving));
        for (address, interface) in addresses {
            match self.sessions.get_mut(&address) {
                Some(listening) if listening.interface != *interface => {
                    listening.transport.rename(&format!("{TRANSPORT}{interface}"));
                    listening.interface.clone_from(interface);
                }
                Some(_) => {}
                None => match listen::bind_one(address, true) {
                    Ok(listener) => self.listen(listener, address, interface),
                    Err(error) => self.miss("sessions", address, error, &mut missing),
                },
            }
        }
        self.missing = missing;
    }

    /// Waits until what is listened on no more is free for others.
    pub(crate) async fn closed(&mut self) {
        closed(&mut self.closing).await;
    }

    /// Says once what cannot be had.
    fn miss(&self, what: &str, at: SocketAddr, error: io::Error, missing: &mut BTreeSet<SocketAddr>) {
        if missing.insert(at) && !self.missing.contains(&at) {
            tracing::warn!("no NetBIOS {what} yet: {:#}", listen::explained(error, at));
        }
    }

    fn listen(&mut self, listener: TcpListener, address: SocketAddr, interface: &str) {
        let transport = self.server.add_transport(&format!("{TRANSPORT}{interface}"), address);
        let stop = CancellationToken::new();
        let serving = lanward_smb::serve_sessions(listener, Arc::clone(&self.workers), stop.clone());
        let serving = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%address, %error, "cannot listen");
            }
        });
        let interface_name = interface.to_owned();
        let listening = Listening { _stop: stop.drop_guard(), serving, interface: interface_name, transport };
        self.sessions.insert(address, listening);
        tracing::info!(interface, "listening on {address} for NetBIOS sessions");
    }

    /// Accepts nobody any more and gives up its names.
    pub(crate) async fn stop(&mut self) {
        self.sessions.clear();
        self.browser.cancel();
        if tokio::time::timeout(LEAVE, &mut self.browsing).await.is_err() {
            tracing::debug!("the browser did not take its leave in time");
        }
        self.netbios.stop().await;
    }
}

/// Whether any zone has NetBIOS at an address of this machine, at this moment.
pub(crate) fn is_in_a_zone(server: &Server, ip: Ipv4Addr) -> bool {
    let settings = server.settings();
    let covers = |zone: &Zone| zone.locals.is_empty() || zone.locals.iter().any(|n| n.contains(ip.into()));
    settings.zones.iter().chain([&settings.default_zone]).any(|zone| zone.netbios && covers(zone))
}

fn is_offered(policy: &Policy, interfaces: &[Interface], subnet: &Subnet) -> bool {
    let interface = interfaces.iter().find(|interface| interface.name == subnet.interface);
    interface.is_some_and(|i| policy.judge(Service::Netbios, i, subnet.address.into()).allowed)
}

fn attachment(subnet: &Subnet) -> Attachment {
    Attachment {
        interface: subnet.interface.clone(),
        address: subnet.address,
        broadcast: subnet.broadcast,
        hardware: subnet.hardware,
    }
}
