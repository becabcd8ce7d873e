//! The VPN as the rest of the server uses it.

use super::radius::Judges;
use super::supervisor::{Command, Supervisor};
use super::{Live, Privileged, VpnAnswer, VpnRequest};
use crate::config::Config;
use crate::interfaces::{Policy, Service};
use crate::listen::bind_one;
use lanward_radius::DynamicRequest;
use lanward_server::{Server, Transport};
use lanward_sys::{Interface, Subnet};
use lanward_vpn::Machine;
use lanward_vpn::radius::Away;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// What the names of transports begin with that PPTP is called at.
pub(crate) const TRANSPORT: &str = "pptp:";

/// How long the worker may take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// How long everybody who has dialled in has to take leave.
const LEAVE: Duration = Duration::from_secs(6);

/// Commands that wait.
const QUEUE: usize = 16;

/// For whoever looks at the VPN or commands it.
#[derive(Debug, Clone)]
pub(crate) struct VpnHandle {
    live: Arc<Mutex<Live>>,
    commands: mpsc::Sender<Command>,
}

/// Listens, and has a process that serves.
#[derive(Debug)]
pub(crate) struct VpnService {
    handle: VpnHandle,
    port: u16,
    interface: String,
    listeners: BTreeMap<SocketAddrV4, Arc<Transport>>,
    smb_ports: Vec<u16>,
    /// Those of TCP and of UDP.
    netbios_ports: (Vec<u16>, Vec<u16>),
    /// What the worker knows of this machine.
    machine: Option<Machine>,
    /// An address could not be had, which may change.
    pub(crate) again: bool,
    supervisor: JoinHandle<()>,
    /// Hears RADIUS servers that send somebody away.
    disconnector: Option<JoinHandle<()>>,
    server: Arc<Server>,
}

impl VpnService {
    /// Begins to serve, at no address yet. `smb_ports` are where files are served.
    pub(crate) fn start(
        config: &Config,
        server: &Arc<Server>,
        privileged: Privileged,
        smb_ports: &[u16],
    ) -> Option<Self> {
        let section = config.vpn.clone()?;
        let mut settings = config.vpn_settings(&server.identity().name, smb_ports)?;
        let interface = privileged.tun.name().to_owned();
        settings.interface.clone_from(&interface);
        let (judges, disconnector) = match Judges::start(&section, &settings.name) {
            Ok(started) => started.unzip(),
            Err(error) => {
                tracing::error!("nobody can dial in: {error:#}");
                return None;
            }
        };
        let netbios_tcp =
            settings.tcp_ports.iter().filter(|port| !smb_ports.contains(port)).copied().collect();
        let netbios_ports = (netbios_tcp, settings.udp_ports.clone());
        let live = Arc::new(Mutex::new(Live::at(interface.clone())));
        let (commands, received) = mpsc::channel(QUEUE);
        let handle = VpnHandle { live: Arc::clone(&live), commands };
        let disconnector = disconnector.flatten().zip(judges.clone());
        let disconnector = disconnector.map(|(disconnector, judges)| {
            let handle = handle.clone();
            tokio::spawn(disconnector.serve(move |request| handle.send_away(request, &judges)))
        });
        let port = section.port;
        let supervisor =
            Supervisor::new(Arc::clone(server), live, privileged, settings, section, judges, received);
        Some(Self {
            handle,
            disconnector,
            port,
            interface,
            smb_ports: smb_ports.to_vec(),
            netbios_ports,
            machine: None,
            listeners: BTreeMap::new(),
            again: false,
            supervisor: tokio::spawn(supervisor.run()),
            server: Arc::clone(server),
        })
    }

    /// For whoever looks at it or commands it.
    pub(crate) const fn handle(&self) -> &VpnHandle {
        &self.handle
    }

    /// Is called where the policy offers it and the machine has addresses now, but not within its own tunnels.
    pub(crate) async fn follow(&mut self, policy: &Policy) {
        self.again = false;
        let interfaces = match lanward_sys::interfaces() {
            Ok(interfaces) => interfaces,
            Err(error) => return tracing::warn!(%error, "the interfaces changed, the VPN did not"),
        };
        if let Some(machine) = self.machine(policy, &interfaces) {
            self.handle.command(Command::Machine(machine.clone())).await;
            self.machine = Some(machine);
        }
        let offered = policy.offered(Service::Vpn, &interfaces);
        let wanted: Vec<SocketAddrV4> = offered
            .filter(|(interface, _)| interface.name != self.interface)
            .filter_map(|(_, ip)| match ip {
                IpAddr::V4(ip) => Some(SocketAddrV4::new(ip, self.port)),
                IpAddr::V6(_) => None,
            })
            .collect();
        let gone: Vec<_> = self.listeners.keys().filter(|at| !wanted.contains(at)).copied().collect();
        for address in gone {
            self.listeners.remove(&address);
            self.handle.command(Command::Unlisten(address)).await;
            tracing::info!("nobody can dial in at {address} any more");
        }
        for address in wanted {
            if !self.listeners.contains_key(&address) {
                self.listen(address).await;
            }
        }
    }

    /// What the worker is to know of this machine, if that is another than what it knows.
    fn machine(&self, policy: &Policy, interfaces: &[Interface]) -> Option<Machine> {
        let subnets = lanward_sys::subnets().inspect_err(|error| {
            tracing::warn!(%error, "the addresses changed, the VPN does not know them");
        });
        let addresses = subnets.ok()?.iter().flat_map(own).collect();
        let tunnels = interfaces.iter().find(|interface| interface.name == self.interface);
        let offers = |service| {
            let mut all = tunnels.into_iter().flat_map(|i| i.addresses.iter().map(move |ip| (i, *ip)));
            all.any(|(interface, ip)| policy.judge(service, interface, ip).allowed)
        };
        let mut tcp_ports = Vec::new();
        let mut udp_ports = Vec::new();
        if offers(Service::Smb) {
            tcp_ports.extend_from_slice(&self.smb_ports);
        }
        if offers(Service::Netbios) {
            tcp_ports.extend_from_slice(&self.netbios_ports.0);
            udp_ports.extend_from_slice(&self.netbios_ports.1);
        }
        let machine = Machine { addresses, tcp_ports, udp_ports };
        (self.machine.as_ref() != Some(&machine)).then_some(machine)
    }

    async fn listen(&mut self, address: SocketAddrV4) {
        let bound = bind_one(SocketAddr::V4(address), true);
        match bound.and_then(|listener| listener.set_nonblocking(true).map(|()| listener)) {
            Ok(listener) => {
                let name = format!("{TRANSPORT}{address}");
                let transport = self.server.add_transport(&name, SocketAddr::V4(address));
                self.listeners.insert(address, transport);
                self.handle.command(Command::Listen(address, listener)).await;
                tracing::info!("PPTP: dial in at {address}");
            }
            Err(error) => {
                self.again = true;
                let why = crate::listen::explained(error, SocketAddr::V4(address));
                tracing::warn!("nobody can dial in: {why:#}");
            }
        }
    }

    /// Hangs up on everybody by the book.
    pub(crate) async fn stop(mut self) {
        self.listeners.clear();
        if let Some(disconnector) = &self.disconnector {
            disconnector.abort();
        }
        self.handle.command(Command::Stop).await;
        if tokio::time::timeout(LEAVE, &mut self.supervisor).await.is_err() {
            tracing::debug!("the VPN did not end in time");
            self.supervisor.abort();
        }
    }
}

/// Where this machine takes packets of a subnet: its address, and the first and the last one, which are everybody's.
fn own(subnet: &Subnet) -> [Ipv4Addr; 3] {
    let mask = u32::MAX.checked_shl(32 - u32::from(subnet.prefix)).unwrap_or(0);
    let bits = subnet.address.to_bits();
    [bits, bits & mask, bits | !mask].map(Ipv4Addr::from_bits)
}

impl VpnHandle {
    /// What is known, for a moment.
    pub(crate) fn live<T>(&self, look: impl FnOnce(&Live) -> T) -> T {
        look(&self.live.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Hangs up on those whom a RADIUS server means.
    fn send_away(&self, request: &DynamicRequest, judges: &Judges) -> Away {
        let meant = self.live(|live| {
            let sessions = live.sessions();
            let meant = sessions.iter().filter(|session| judges.means(request, session));
            meant.filter_map(|session| live.workers_number(session.id)).collect::<Vec<_>>()
        });
        if meant.is_empty() {
            return Away::Nobody;
        }
        tracing::info!(sessions = meant.len(), "A RADIUS server sends somebody away");
        let told = self.commands.try_send(Command::Disconnect(meant));
        if told.is_ok() { Away::Sent } else { Away::Nobody }
    }

    async fn command(&self, command: Command) {
        if self.commands.send(command).await.is_err() {
            tracing::debug!("the VPN has ended");
        }
    }

    /// Answers `lanward vpn`.
    pub(crate) async fn answer(&self, request: VpnRequest) -> VpnAnswer {
        self.refresh().await;
        match request {
            VpnRequest::Sessions => VpnAnswer::Sessions(self.live(Live::sessions)),
            VpnRequest::Statistics => VpnAnswer::Statistics(Box::new(self.live(Live::statistics))),
            VpnRequest::Disconnect(which) => {
                let meant = self.live(|live| {
                    let sessions = live.sessions();
                    let meant = sessions.iter().filter(|session| which.means(session));
                    meant.filter_map(|session| live.workers_number(session.id)).collect::<Vec<_>>()
                });
                let count = meant.len();
                if count > 0 {
                    self.command(Command::Disconnect(meant)).await;
                }
                VpnAnswer::Disconnected(count)
            }
        }
    }

    /// Has the worker say how things are; what is known stays as it is where that takes too long.
    async fn refresh(&self) {
        let (told, heard) = oneshot::channel();
        self.command(Command::Report(told)).await;
        if tokio::time::timeout(ANSWER, heard).await.is_err() {
            tracing::debug!("the VPN does not say how things are");
        }
    }
}
