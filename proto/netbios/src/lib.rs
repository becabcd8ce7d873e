//! What stands between TCP and SMB: the length in front of each message on port 445 ([MS-SMB2] 2.1), and NetBIOS over TCP
//! (RFC 1001, RFC 1002, [MS-NBTE]): names, the name service, the datagram service and the session service, the rules by
//! which a node holds its names, and the database of a name server.
//!
//! Values and pure functions only: no clock, no I/O, no panic on input.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

pub mod browser;
mod datagram;
#[cfg(test)]
mod datagram_tests;
mod fragments;
mod frame;
mod name;
mod name_service;
mod node;
pub mod oracle;
mod scope;
mod session;
mod wins;

pub use datagram::{DatagramBody, DatagramData, DatagramHeader, DatagramPacket, DatagramType};
pub use fragments::Fragments;
pub use frame::FrameHeader;
pub use name::NetbiosName;
pub use name_service::{
    AddressEntry, NameFlags, NamePacket, NameType, NodeName, NodeNameFlags, NodeStatus, Opcode, Question,
    Rcode, Record, RecordData, RecordType,
};
pub use node::{LocalName, NameEvent, NameState, Node, NodeConfig, NodeType, Outgoing};
pub use scope::{FullName, Scope};
pub use session::{NegativeReason, SessionHeader, SessionPacket, SessionRequest};
pub use wins::{WinsConfig, WinsKind, WinsRecord, WinsServer};
