//! By which interfaces connections may come to which addresses of this machine.

use crate::worker::Transport;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, TcpStream};

/// For addresses of this machine, the numbers of the interfaces by which nobody is let in there. What is not among them comes in from anywhere.
pub type RefusedArrivals = BTreeMap<IpAddr, BTreeSet<u32>>;

/// The same for each way to carry messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// For TCP alone.
    pub direct: RefusedArrivals,
    /// For NetBIOS sessions.
    pub netbios: RefusedArrivals,
}

impl Arrivals {
    /// Whether a connection to `local` came by an interface that it may not come by. The system is asked only where that can be.
    pub(crate) fn refuse(&self, transport: Transport, local: IpAddr, connection: &TcpStream) -> bool {
        let refused = match transport {
            Transport::DirectTcp => &self.direct,
            Transport::Netbios => &self.netbios,
        };
        // Where the system does not say, it may be any.
        let came_by = |refused: &BTreeSet<u32>| {
            lanward_sys::arrived_by(connection).map_or(true, |interface| refused.contains(&interface))
        };
        refused.get(&local.to_canonical()).is_some_and(came_by)
    }
}
