//! NetBIOS over TCP on the subnets of this machine: its names, answers to those who look for them, a name server, and datagrams for what is built on
//! them. Sessions, on port 139, are the SMB service's.
//!
//! The rules are in `lanward-netbios`, as state machines; here are the sockets, the clock and the random numbers. A packet from or to where no
//! zone has NetBIOS is not looked at.

mod browsing;
#[cfg(test)]
mod browsing_tests;
mod engine;
mod mailslot;
mod names;
mod received;
mod sockets;
mod subnet;
#[cfg(test)]
mod tests;

pub use browsing::{Browsing, FetchList, Fetching, browse};
pub use engine::{Config, Netbios};
pub use lanward_netbios::{
    FullName, LocalName, NameFlags, NamePacket, NameState, NetbiosName, NodeNameFlags, NodeStatus, NodeType,
    Opcode, Rcode, RecordData, RecordType, Scope, WinsConfig, WinsKind, WinsRecord, WinsServer,
};
pub use mailslot::deliver;
pub use names::NameFault;
pub use received::{Datagrams, Received};
pub use subnet::{Attachment, Recipient, Subnet};
