//! The wiring: from a configuration and accounts to a server that runs until it is told to stop.

use crate::config::{Config, IdentityMode};
use crate::control::{self, Control};
use crate::discovery::DiscoveryService;
use crate::events::{EventLog, Sinks};
use crate::identity::{Machine, identity};
use crate::interfaces::{Follow, Policy};
use crate::listen::{self, Wanted};
use crate::listeners::{AGAIN, Listeners};
use crate::managed::Managed;
use crate::netbios::NetbiosService;
use crate::offered::Offered;
use crate::opens::{self, OpenBook};
use crate::printers::Printers;
use crate::reload::Reload;
use crate::rpc;
use crate::share_store::ShareChanges;
use crate::shares::Shares;
use crate::signals::{Request, Signals};
use crate::vpn::{self, Privileged, VpnService};
use anyhow::{Context as _, Result};
use lanward_nt::FileTime;
use lanward_server::{AccountBook, Server};
use lanward_smb::{Service, Workers};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sd_notify::NotifyState;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

/// What to run.
pub(crate) struct Plan {
    pub(crate) config: Config,
    /// Where the configuration came from and is read again.
    pub(crate) file: Option<PathBuf>,
    pub(crate) policy: Policy,
    pub(crate) machine: Machine,
    pub(crate) accounts: Arc<AccountBook>,
    /// Where the control socket goes; `None` for none.
    pub(crate) state_dir: Option<PathBuf>,
    /// Where opens are written down that outlive the server.
    pub(crate) opens: Option<OpenBook>,
    /// Told once everything is ready.
    pub(crate) announce: Box<dyn FnOnce(&Ready)>,
}

/// A server that can be used now.
pub(crate) struct Ready {
    pub(crate) addresses: BTreeSet<SocketAddr>,
    /// The usual port was not allowed.
    pub(crate) fell_back: bool,
}

/// Runs a server until a signal ends it.
///
/// # Errors
/// It cannot be started.
pub(crate) fn run(plan: Plan) -> Result<()> {
    raise_descriptor_limit();
    if plan.config.server.identity() == IdentityMode::Unix {
        crate::unix::prepare()?;
    }
    // Before there are other threads, which would keep the privileges.
    let privileged = plan.config.vpn.as_ref().map(vpn::open).transpose()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(plan, privileged))
}

async fn serve(plan: Plan, privileged: Option<Privileged>) -> Result<()> {
    let Plan { config, file, policy, machine, accounts, state_dir, opens, announce } = plan;
    let mut signals = Signals::new().context("taking over signals")?;
    let bound = listen::bind(&policy, &Wanted::new())?;
    let fell_back = bound.fell_back;

    let who = identity(&config, machine);
    let server = Server::with_accounts(who, config.settings(), Arc::clone(&accounts), now());
    accounts.set_guests(config.admits_guests());
    let unix = (config.server.identity() == IdentityMode::Unix).then(Arc::default);
    let managed = state_dir.as_deref().map(Managed::file);
    let shares = Arc::new(Shares::new(Arc::clone(&server), unix, managed)?);
    shares.apply(&config).await?;
    shares.apply_settings(&config).await;
    let printers = Arc::new(Printers::new(Arc::clone(&server), state_dir.as_deref()));
    printers.apply(&config).await?;
    if let Some(opens) = opens {
        // Before anybody can connect: what is restored holds its locks against all who come.
        opens::restore(&server, opens).await?;
    }

    let service =
        Service::new(Arc::clone(&server), server.identity().acceptor(), lanward_smb::Config::default());
    let management = lanward_management::register(&server, administration(&shares));
    shares.apply_services(&config).await;
    let ports = rpc::listen(&config.rpc, &management)?;
    let workers = Workers::start(service, threads(&config)).context("starting the workers")?;
    let mut listeners = Listeners::new(Arc::clone(&server), Arc::clone(&workers));
    listeners.guard(&policy, &lanward_sys::interfaces()?);
    listeners.change(bound)?;
    let vpn = start_vpn(&config, &server, privileged, &listeners);
    let vpn_handle = vpn.as_ref().map(|vpn| vpn.handle().clone());
    let netbios = NetbiosService::new(&config, &server, &workers);
    let discovery = DiscoveryService::new(&config, &server);
    let mut offered = Offered { listeners, netbios, discovery, vpn };
    offered.follow(&policy).await;

    let events = EventLog::start(Arc::clone(&server), Sinks::open(&config.events)?)?;
    let _metrics = match config.metrics.listen.as_ref().map(|listen| *listen.get_ref()) {
        Some(address) => {
            Some(crate::metrics::listen(Arc::clone(&server), vpn_handle.clone(), address).await?)
        }
        None => None,
    };
    let control = Control {
        server: Arc::clone(&server),
        shares: Arc::clone(&shares),
        printers: Arc::clone(&printers),
        rpc: rpc::addresses(&config.rpc).into(),
        netbios: Arc::clone(offered.netbios.netbios()),
        discovery: offered.discovery.announced().clone(),
        policy: Arc::new(RwLock::new(policy)),
        vpn: vpn_handle,
    };
    let mut reload = Reload { file, config, control: control.clone(), events };
    let _socket = state_dir.map(|dir| control::listen(control, &dir)).transpose()?;

    announce(&Ready { addresses: offered.listeners.addresses(), fell_back });
    notify(&[NotifyState::Ready]);
    let bins = tokio::spawn(crate::recycle::expire(Arc::clone(&server)));
    let users = tokio::spawn(follow_accounts(Arc::clone(&server), Arc::clone(&shares), printers));
    // What changed while this was set up is told first.
    let mut follow = Follow::new().context("watching the network interfaces")?;
    loop {
        tokio::select! {
            request = signals.next() => match request {
                Request::Reload => {
                    reload.run(&mut offered.listeners).await;
                    offered.listeners.closed().await;
                    offered.follow(&reload.control.policy()).await;
                }
                Request::Stop => break,
            },
            () = server.asked_to_stop() => break,
            () = follow.changed() => {
                if reload.config.has_interface_zones() {
                    shares.apply_settings(&reload.config).await;
                }
                offered.follow(&reload.control.policy()).await;
            }
            () = tokio::time::sleep(AGAIN), if offered.again() => {
                offered.follow(&reload.control.policy()).await;
            }
        }
    }

    notify(&[NotifyState::Stopping]);
    bins.abort();
    users.abort();
    drop(ports);
    offered.stop().await;
    let deadline = reload.config.drain_deadline();
    tracing::info!("stopping; connections have {} s", deadline.as_secs());
    server.drain();
    tokio::select! {
        () = workers.drain(deadline) => {}
        () = signals.stop() => tracing::warn!("stopping at once"),
    }
    Ok(())
}

fn administration(shares: &Arc<Shares>) -> lanward_management::Administration {
    lanward_management::Administration {
        shares: Arc::new(ShareChanges(Arc::clone(shares))),
        ..lanward_management::Administration::default()
    }
}

fn start_vpn(
    config: &Config,
    server: &Arc<Server>,
    privileged: Option<Privileged>,
    listeners: &Listeners,
) -> Option<VpnService> {
    let ports: BTreeSet<u16> = listeners.addresses().iter().map(SocketAddr::port).collect();
    VpnService::start(config, server, privileged?, &Vec::from_iter(ports))
}

/// Looks up again who may use the shares whenever accounts have changed, however that came.
async fn follow_accounts(server: Arc<Server>, shares: Arc<Shares>, printers: Arc<Printers>) {
    loop {
        server.accounts().changed().await;
        if let Err(error) = shares.refresh().await {
            tracing::warn!("the shares keep the users they had: {error:#}");
        }
        if let Err(error) = printers.refresh().await {
            tracing::warn!("the printers keep the users they had: {error:#}");
        }
    }
}

fn threads(config: &Config) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    config.server.threads.as_ref().map_or(processors, |threads| *threads.get_ref())
}

/// The time, as the protocol counts it.
pub(crate) fn now() -> FileTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    FileTime::from_unix_duration(since)
}

/// Tells the service manager, if there is one.
pub(crate) fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager was not told");
    }
}

/// A connection and an open file are a descriptor each: takes all this user may have.
fn raise_descriptor_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}
