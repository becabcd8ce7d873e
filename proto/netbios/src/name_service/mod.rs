//! Packets of the name service (RFC 1002 4.2).

mod node_status;
mod packet;
mod record;
#[cfg(test)]
mod tests;

pub use node_status::{NodeName, NodeNameFlags, NodeStatus};
pub use packet::{NameFlags, NamePacket, Opcode, Question, Rcode};
pub use record::{AddressEntry, NameType, Record, RecordData, RecordType};
