//! The sockets that are listened on now.

use crate::interfaces::{Judgement, Policy, Reason, Service, refused_arrivals};
use crate::listen::{self, Bound, Wanted};
use lanward_server::{ConnectionEntry, Server, Transport};
use lanward_smb::{Arrivals, Workers};
use lanward_sys::Interface;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long until what could not be had is tried again.
pub(crate) const AGAIN: Duration = Duration::from_secs(1);

/// What the names of transports begin with that carry SMB over TCP.
pub(crate) const TRANSPORT: &str = "tcp:";

#[derive(Debug)]
pub(crate) struct Listeners {
    server: Arc<Server>,
    workers: Arc<Workers>,
    active: BTreeMap<SocketAddr, Active>,
    /// The usual port was not allowed.
    fell_back: bool,
    /// Something could not be had that may be had later.
    pub(crate) again: bool,
    /// The machine's addresses when they were looked at last.
    there: BTreeSet<IpAddr>,
    /// Listeners that are told to stop.
    closing: Vec<JoinHandle<()>>,
}

/// Stops listening when it is dropped.
#[derive(Debug)]
struct Active {
    _stop: DropGuard,
    serving: JoinHandle<()>,
    interface: String,
    transport: Arc<Transport>,
}

/// The machine's addresses.
fn addresses(interfaces: &[Interface]) -> BTreeSet<IpAddr> {
    interfaces.iter().flat_map(|i| &i.addresses).map(IpAddr::to_canonical).collect()
}

impl Listeners {
    pub(crate) fn new(server: Arc<Server>, workers: Arc<Workers>) -> Self {
        let there = addresses(&lanward_sys::interfaces().unwrap_or_default());
        Self {
            server,
            workers,
            active: BTreeMap::new(),
            fell_back: false,
            again: false,
            there,
            closing: Vec::new(),
        }
    }

    /// Where connections are accepted.
    pub(crate) fn addresses(&self) -> BTreeSet<SocketAddr> {
        self.active.keys().copied().collect()
    }

    /// The same with the names of the interfaces.
    pub(crate) fn kept(&self) -> Wanted {
        self.active.iter().map(|(address, active)| (*address, active.interface.clone())).collect()
    }

    /// Begins with what was bound and ends what is wanted no more. Connections that are there stay.
    ///
    /// # Errors
    /// A socket has no address.
    pub(crate) fn change(&mut self, bound: Bound) -> std::io::Result<()> {
        (self.fell_back, self.again) = (bound.fell_back, bound.again);
        for (address, mut active) in std::mem::take(&mut self.active) {
            let Some(name) = bound.wanted.get(&address) else {
                tracing::info!(interface = active.interface, "Not listening on {address} any more");
                self.closing.push(active.serving);
                continue;
            };
            if *name != active.interface {
                active.transport.rename(&transport_name(name));
                active.interface.clone_from(name);
            }
            self.active.insert(address, active);
        }
        for listener in bound.listeners {
            let address = listener.local_addr()?;
            let interface = bound.wanted.get(&address).map_or("-", String::as_str);
            self.start(listener, address, interface);
        }
        Ok(())
    }

    /// Waits until what is listened on no more is free for others.
    pub(crate) async fn closed(&mut self) {
        closed(&mut self.closing).await;
    }

    /// Listens on what the machine has now of what the policy offers, and closes what is at addresses that are gone or refused.
    pub(crate) fn follow(&mut self, policy: &Policy) {
        let followed = lanward_sys::interfaces().and_then(|interfaces| {
            self.guard(policy, &interfaces);
            let bound = listen::follow(policy, &interfaces, &self.kept(), self.fell_back);
            self.change(bound)?;
            Ok(interfaces)
        });
        match followed {
            Ok(interfaces) => self.leave(policy, &interfaces),
            Err(error) => {
                tracing::warn!(%error, "the interfaces changed, the listeners did not");
                self.again = true;
            }
        }
    }

    /// Has what comes by another interface than that of its address refused where the policy or zones are not the same for both.
    pub(crate) fn guard(&self, policy: &Policy, interfaces: &[Interface]) {
        let settings = self.server.settings();
        let of = |service| refused_arrivals(service, policy, &settings, interfaces);
        let arrivals = Arrivals { direct: of(Service::Smb), netbios: of(Service::Netbios) };
        self.workers.refuse_arrivals(arrivals);
    }

    /// Closes what clients have at addresses the machine has no more: nothing reaches them, and they are to come back elsewhere at once.
    /// Closes it too where a link with another name, or a rule, is not for them.
    fn leave(&mut self, policy: &Policy, interfaces: &[Interface]) {
        let before = std::mem::replace(&mut self.there, addresses(interfaces));
        let gone: BTreeSet<&IpAddr> = before.difference(&self.there).collect();
        for connection in self.server.connections() {
            let local = connection.local().ip().to_canonical();
            if gone.contains(&local) {
                close(&connection, "its address is gone");
            } else if let Some(reason) = refusal(policy, interfaces, &connection, local) {
                close(&connection, &reason.to_string());
            }
        }
    }

    fn start(&mut self, listener: TcpListener, address: SocketAddr, interface: &str) {
        let transport = self.server.add_transport(&transport_name(interface), address);
        let stop = CancellationToken::new();
        let serving = lanward_smb::serve(listener, Arc::clone(&self.workers), stop.clone());
        let serving = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%address, %error, "cannot listen");
            }
        });
        let interface_name = interface.to_owned();
        let active = Active { _stop: stop.drop_guard(), serving, interface: interface_name, transport };
        self.active.insert(address, active);
        tracing::info!(interface, "listening on {address}");
    }

    /// Accepts nobody any more.
    pub(crate) fn stop(&mut self) {
        self.active.clear();
    }
}

/// Waits until listeners that were told to stop are no more in the way of others at their addresses.
pub(crate) async fn closed(closing: &mut Vec<JoinHandle<()>>) {
    for serving in closing.drain(..) {
        if tokio::time::timeout(AGAIN, serving).await.is_err() {
            tracing::debug!("a listener takes its time to close");
        }
    }
}

/// What management calls a listener.
fn transport_name(interface: &str) -> String {
    format!("{TRANSPORT}{interface}")
}

/// Why a connection that is there would be refused now. Those that `listen` does not name any more stay.
fn refusal(
    policy: &Policy,
    interfaces: &[Interface],
    connection: &ConnectionEntry,
    local: IpAddr,
) -> Option<Reason> {
    // Several interfaces may have the same link-local address.
    let link = match connection.local() {
        SocketAddr::V6(at) => at.scope_id(),
        SocketAddr::V4(_) => 0,
    };
    let there = |i: &&Interface| link == 0 || i.index == link;
    let has = |i: &&Interface| i.addresses.iter().any(|ip| ip.to_canonical() == local);
    let at = interfaces.iter().filter(there).find(has)?;
    let over_netbios = connection.netbios_session().is_some();
    let service = if over_netbios { Service::Netbios } else { Service::Smb };
    let Judgement { allowed, reason } = policy.judge(service, at, local);
    (!allowed && reason != Reason::NotNamed).then_some(reason)
}

fn close(connection: &ConnectionEntry, reason: &str) {
    let (peer, local, sessions) = (connection.peer(), connection.local().ip(), connection.session_count());
    tracing::info!(%peer, %local, sessions, "Closed a connection: {reason}");
    connection.disconnect();
}
