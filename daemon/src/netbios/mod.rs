//! NetBIOS where zones have it: names and datagrams on ports 137 and 138, sessions on 139, on subnets that come and go.

mod master_list;
mod view;

pub(crate) use view::{NetbiosView, Session, shown_name};

use crate::config::{Config, NetbiosSection};
use crate::listen::{self, Wish};
use lanward_nbt::{Attachment, Browsing, Datagrams, Netbios, NetbiosName};
use lanward_server::{Server, Transport, Zone};
use lanward_smb::Workers;
use lanward_sys::Subnet;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The version it tells, as everywhere.
const VERSION: (u8, u8) = (10, 0);

/// How long the browser may take its leave.
const LEAVE: Duration = Duration::from_secs(1);

/// How long until what could not be had is tried once more.
pub(crate) const AGAIN: Duration = Duration::from_secs(3);

/// What the names of transports begin with that carry NetBIOS sessions.
pub(crate) const TRANSPORT: &str = "netbios:";

#[derive(Debug)]
pub(crate) struct NetbiosService {
    server: Arc<Server>,
    workers: Arc<Workers>,
    netbios: Arc<Netbios>,
    session_port: u16,
    /// What could not be had is worth another try: an address that has changed has its ports still, as long as the names there are given up.
    pub(crate) again: bool,
    sessions: BTreeMap<SocketAddr, Listening>,
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
    _transport: Arc<Transport>,
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
            again: false,
            sessions: BTreeMap::new(),
            browser,
            browsing: tokio::spawn(browsing),
        }
    }

    /// Names and datagrams.
    pub(crate) const fn netbios(&self) -> &Arc<Netbios> {
        &self.netbios
    }

    /// Is where the zones have it and the machine has addresses now. What cannot be had is tried again with the next change.
    pub(crate) fn follow(&mut self, wish: &Wish) {
        let tried = std::mem::take(&mut self.again);
        let subnets = match lanward_sys::subnets() {
            Ok(subnets) => subnets,
            Err(error) => return tracing::warn!(%error, "the interfaces changed, NetBIOS did not"),
        };
        let wanted: Vec<_> =
            subnets.iter().filter(|s| is_wanted(s, &self.server, wish)).map(attachment).collect();
        for (at, error) in self.netbios.attach(&wanted) {
            self.again = !tried;
            let address = SocketAddr::from((at.address, self.netbios.config().name_port));
            tracing::warn!("no NetBIOS names: {:#}", listen::explained(error, address));
        }
        let addresses = wanted.iter().map(|at| SocketAddr::from((at.address, self.session_port)));
        let addresses: Vec<_> = addresses.collect();
        self.sessions.retain(|address, _| addresses.contains(address));
        for address in addresses {
            if !self.sessions.contains_key(&address) {
                self.listen(address);
            }
        }
    }

    fn listen(&mut self, address: SocketAddr) {
        let listener = match listen::bind_one(address) {
            Ok(listener) => listener,
            Err(error) => {
                return tracing::warn!("no NetBIOS sessions: {:#}", listen::explained(error, address));
            }
        };
        let transport = self.server.add_transport(&format!("{TRANSPORT}{address}"), address);
        let stop = CancellationToken::new();
        let serving = lanward_smb::serve_sessions(listener, Arc::clone(&self.workers), stop.clone());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%address, %error, "cannot listen");
            }
        });
        self.sessions.insert(address, Listening { _stop: stop.drop_guard(), _transport: transport });
        tracing::info!("listening on {address} for NetBIOS sessions");
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

/// Whether there is to be NetBIOS at an address: a zone has it there, and the server listens there too. The loopback has nobody to find.
fn is_wanted(subnet: &Subnet, server: &Server, wish: &Wish) -> bool {
    let ip = IpAddr::from(subnet.address);
    let listens = match &wish.addresses {
        Some(named) => named.iter().any(|n| n.ip == ip || (n.ip.is_unspecified() && !subnet.loopback)),
        None => listen::is_private(ip) && !subnet.loopback,
    };
    listens && is_in_a_zone(server, subnet.address)
}

fn attachment(subnet: &Subnet) -> Attachment {
    Attachment {
        interface: subnet.interface.clone(),
        address: subnet.address,
        broadcast: subnet.broadcast,
        hardware: subnet.hardware,
    }
}

/// Whether there is no NetBIOS at an address for a reason the configuration gives.
pub(crate) fn refusal(config_has: bool, wish: &Wish, address: Ipv4Addr) -> Option<&'static str> {
    if !config_has {
        return Some("no zone with `netbios = true` covers it");
    }
    let ip = IpAddr::from(address);
    match &wish.addresses {
        Some(named) if !named.iter().any(|n| n.ip == ip || n.ip.is_unspecified()) => {
            Some("`listen` names other addresses only")
        }
        None if address.is_loopback() => Some("there is nobody to find on the loopback"),
        None if !listen::is_private(ip) => Some("a public address"),
        _ => None,
    }
}
