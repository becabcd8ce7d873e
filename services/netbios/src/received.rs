//! Datagrams on their way to whoever wants them.

use crate::Subnet;
use lanward_netbios::{DatagramType, NetbiosName};
use std::net::SocketAddrV4;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Datagrams that wait to be taken; more are dropped, as networks do.
const BACKLOG: usize = 256;

/// A datagram for one of our names, or for everybody.
#[derive(Debug, Clone)]
pub struct Received {
    /// Where it arrived.
    pub subnet: Arc<Subnet>,
    /// Who sent it: the packet's, not what it says.
    pub from: SocketAddrV4,
    /// What kind it is: for a unique name, a group or everybody.
    pub kind: DatagramType,
    /// The sender's name, as it says.
    pub source: NetbiosName,
    /// The name it is for: one that [`Received::subnet`] has, or `*`.
    pub destination: NetbiosName,
    /// The data, at most [`lanward_netbios::Fragments::MAX_DATAGRAM`] bytes: for a mailslot an SMB message.
    pub data: Vec<u8>,
}

/// The datagrams that arrive, on all subnets.
#[derive(Debug)]
pub struct Datagrams(mpsc::Receiver<Received>);

pub(crate) fn channel() -> (mpsc::Sender<Received>, Datagrams) {
    let (sender, receiver) = mpsc::channel(BACKLOG);
    (sender, Datagrams(receiver))
}

impl Datagrams {
    /// The next one; `None` when the service has ended. Dropping the future loses none.
    pub async fn next(&mut self) -> Option<Received> {
        self.0.recv().await
    }
}
