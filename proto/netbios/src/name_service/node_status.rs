use lanward_wire::bitflags::bitflags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use crate::NetbiosName;

bitflags! {
    /// NAME_FLAGS of a node's name (RFC 1002 4.2.18).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct NodeNameFlags: u16 {
        /// G: many may have the name.
        const GROUP = 0x8000;
        /// ONT: the owner's node type, in two bits.
        const NODE_TYPE = 0x6000;
        /// DRG: it is being given up.
        const DEREGISTERING = 0x1000;
        /// CNF: somebody else has it as well.
        const CONFLICT = 0x0800;
        /// ACT: it is in use; set in every entry.
        const ACTIVE = 0x0400;
        /// PRM: it is the node's own for ever.
        const PERMANENT = 0x0200;
        /// Reserved bits.
        const _ = !0;
    }
}

/// A name a node has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeName {
    /// The name.
    pub name: NetbiosName,
    /// What it is to the node.
    pub flags: NodeNameFlags,
}

/// The RDATA of a NODE STATUS RESPONSE (RFC 1002 4.2.18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeStatus {
    /// The node's names, at most 255.
    pub names: Vec<NodeName>,
    /// UNIT_ID: the hardware address of its adapter.
    pub unit_id: [u8; 6],
    /// The counters of an adapter that follow: zero in every implementation of today.
    pub statistics: [u8; 40],
}

impl NodeStatus {
    /// The most names that one answer has room for.
    pub const MAX_NAMES: usize = 64;
}

impl Decode<'_> for NodeStatus {
    /// Reads a status. Some nodes leave out the statistics: what is not there is zero.
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = r.u8("NUM_NAMES")?;
        let names = (0..count).map(|_| NodeName::decode(r)).collect::<Result<_, _>>()?;
        let unit_id = r.array("UNIT_ID").unwrap_or_default();
        let statistics = r.array("STATISTICS").unwrap_or([0; 40]);
        Ok(Self { names, unit_id, statistics })
    }
}

impl Encode for NodeStatus {
    fn encode(&self, w: &mut Writer<'_>) {
        let names = self.names.get(..usize::from(u8::MAX)).unwrap_or(&self.names);
        w.u8(u8::try_from(names.len()).unwrap_or(u8::MAX));
        names.iter().for_each(|name| name.encode(w));
        w.bytes(&self.unit_id);
        w.bytes(&self.statistics);
    }
}

impl Decode<'_> for NodeName {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let name = NetbiosName::from_bytes(r.array("NETBIOS_NAME")?);
        Ok(Self { name, flags: NodeNameFlags::from_bits_retain(r.u16_be("NAME_FLAGS")?) })
    }
}

impl Encode for NodeName {
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(self.name.as_bytes());
        w.u16_be(self.flags.bits());
    }
}
