//! What makes today's clients find the server by itself: WS-Discovery, by which Windows' Explorer, wsdd's clients and Nautilus do, and multicast DNS,
//! by which the Finder and Nautilus do. Both say the same name, on the links where a zone has discovery. Who only asks for the addresses of that name is
//! answered by LLMNR, or by multicast DNS.
//!
//! The rules of WS-Discovery are in [`wsd`], as a state machine; around it are the sockets, the clock and the random numbers.

mod engine;
mod link;
mod mdns;
mod mdns_filter;
mod metadata;
pub mod names;
pub mod oracle;
mod sockets;
#[cfg(test)]
mod tests;
pub mod wsd;

pub use engine::{Attachment, Config, Discovery};
pub use mdns::{Announcement, Mdns};
pub use wsd::{Host, Subnet};
