use crate::Server;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

/// [MS-SRVS] 3.1.1.2: an address the server listens on. It is in the server's list for as long as its owner, the listener, keeps it.
#[derive(Debug)]
pub struct Transport {
    pub(crate) id: u32,
    pub(crate) server: Weak<Server>,
    pub(crate) name: RwLock<Arc<str>>,
    pub(crate) address: SocketAddr,
    pub(crate) connections: AtomicU32,
}

impl Transport {
    /// The name management shows, such as `tcp:eth0`.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        Arc::clone(&self.name.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The interface it is at has another name now.
    pub fn rename(&self, name: &str) {
        *self.name.write().unwrap_or_else(PoisonError::into_inner) = name.into();
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that came in here and still are.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Server {
    /// Enters a listener into the list of transports until the returned handle is dropped.
    pub fn add_transport(self: &Arc<Self>, name: &str, address: SocketAddr) -> Arc<Transport> {
        let id = self.transports.reserve();
        let (server, name) = (Arc::downgrade(self), RwLock::new(name.into()));
        let transport = Arc::new(Transport { id, server, name, address, connections: AtomicU32::new(0) });
        self.transports.insert(id, &transport);
        transport
    }

    /// The addresses the server listens on.
    #[must_use]
    pub fn transports(&self) -> Vec<Arc<Transport>> {
        self.transports.snapshot()
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Some(server) = self.server.upgrade() {
            server.transports.remove(self.id);
        }
    }
}
