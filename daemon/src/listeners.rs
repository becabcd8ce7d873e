//! The sockets that are listened on now.

use crate::listen::{self, Bound, Wish};
use lanward_server::{Server, Transport};
use lanward_smb::Workers;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use tokio_util::sync::{CancellationToken, DropGuard};

#[derive(Debug)]
pub(crate) struct Listeners {
    server: Arc<Server>,
    workers: Arc<Workers>,
    active: BTreeMap<SocketAddr, Active>,
    /// The usual port was not allowed.
    fell_back: bool,
    /// The machine's addresses when they were looked at last.
    there: BTreeSet<IpAddr>,
}

/// Stops listening when it is dropped.
#[derive(Debug)]
struct Active {
    _stop: DropGuard,
    _transport: Arc<Transport>,
}

/// The machine's addresses.
fn addresses() -> BTreeSet<IpAddr> {
    let interfaces = lanward_sys::interfaces().unwrap_or_default();
    interfaces.iter().flat_map(|i| &i.addresses).map(IpAddr::to_canonical).collect()
}

impl Listeners {
    pub(crate) fn new(server: Arc<Server>, workers: Arc<Workers>) -> Self {
        Self { server, workers, active: BTreeMap::new(), fell_back: false, there: addresses() }
    }

    /// Where connections are accepted.
    pub(crate) fn addresses(&self) -> BTreeSet<SocketAddr> {
        self.active.keys().copied().collect()
    }

    /// Begins with what was bound and ends what is wanted no more. Connections that are there stay.
    ///
    /// # Errors
    /// A socket has no address.
    pub(crate) fn change(&mut self, bound: Bound) -> std::io::Result<()> {
        self.fell_back = bound.fell_back;
        self.active.retain(|address, _| bound.wanted.contains(address));
        bound.listeners.into_iter().try_for_each(|listener| self.start(listener))
    }

    /// Listens on what of a wish the machine has now: addresses that came are added, those nobody named and that went are left.
    pub(crate) fn follow(&mut self, wish: &Wish) {
        let bound = listen::follow(wish, &self.addresses(), self.fell_back);
        if let Err(error) = bound.and_then(|bound| self.change(bound)) {
            tracing::warn!(%error, "the interfaces changed, the listeners did not");
        }
        self.leave_gone(addresses());
    }

    /// Closes what clients have at addresses the machine has no more: nothing reaches them, and they are to come back elsewhere at once.
    fn leave_gone(&mut self, there: BTreeSet<IpAddr>) {
        let before = std::mem::replace(&mut self.there, there);
        let gone: BTreeSet<&IpAddr> = before.difference(&self.there).collect();
        if gone.is_empty() {
            return;
        }
        for connection in self.server.connections() {
            let local = connection.local().ip().to_canonical();
            if gone.contains(&local) {
                let (peer, sessions) = (connection.peer(), connection.session_count());
                tracing::info!(%peer, %local, sessions, "Closed a connection: its address is gone");
                connection.disconnect();
            }
        }
    }

    fn start(&mut self, listener: TcpListener) -> std::io::Result<()> {
        let address = listener.local_addr()?;
        let transport = self.server.add_transport(&format!("tcp:{address}"), address);
        let stop = CancellationToken::new();
        let serving = lanward_smb::serve(listener, Arc::clone(&self.workers), stop.clone());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%address, %error, "cannot listen");
            }
        });
        self.active.insert(address, Active { _stop: stop.drop_guard(), _transport: transport });
        tracing::info!("listening on {address}");
        Ok(())
    }

    /// Accepts nobody any more.
    pub(crate) fn stop(&mut self) {
        self.active.clear();
    }
}
