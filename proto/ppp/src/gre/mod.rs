//! Enhanced GRE ([RFC 2637] 4): packets, the order they are delivered in, and acknowledgements.
//!
//! Nothing here is sent again and nothing waits for a window ([MS-PTPT] 3.1.5.7); acknowledgements are for peers that do.

mod drop;
mod ipv4;
mod packet;
mod receiver;
mod session;
#[cfg(test)]
mod tests;

pub use drop::{GreDrop, GreDrops};
pub use ipv4::Ipv4Packet;
pub use packet::GreHeader;
pub use receiver::{Arrival, Receiver};
pub use session::{GreConfig, GreCounters, GreSession};
