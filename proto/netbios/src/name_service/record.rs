use core::net::Ipv4Addr;

use lanward_wire::bitflags::bitflags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use super::node_status::NodeStatus;
use super::packet::CLASS_IN;
use crate::FullName;

/// What a record holds (RFC 1002 4.2.1.3, RR_TYPE).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordType(pub u16);

impl RecordType {
    /// NULL: nothing, as in a negative answer to a query (4.2.14).
    pub const NULL: Self = Self(0x000a);
    /// NB: the addresses of a name.
    pub const NB: Self = Self(0x0020);
    /// NBSTAT: the names of a node.
    pub const NBSTAT: Self = Self(0x0021);
}

bitflags! {
    /// NB_FLAGS (RFC 1002 4.2.1.3).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
    pub struct NameType: u16 {
        /// G: many may have the name.
        const GROUP = 0x8000;
        /// ONT: the two bits of the owner's node type: none for B, 01 for P, 10 for M, 11 for H.
        const NODE_TYPE = 0x6000;
        /// Reserved bits.
        const _ = !0;
    }
}

/// An address of a name: six bytes of a record of type NB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressEntry {
    /// What the name is to its owner.
    pub kind: NameType,
    /// Where the owner is.
    pub address: Ipv4Addr,
}

/// A resource record. Its class is always the internet's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Of what.
    pub name: FullName,
    /// What it holds.
    pub kind: RecordType,
    /// Seconds it can be believed; zero for ever.
    pub ttl: u32,
    /// What it says.
    pub data: RecordData,
}

/// The RDATA of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordData {
    /// Of type NB, when it is whole entries.
    Addresses(Vec<AddressEntry>),
    /// Of type NBSTAT.
    NodeStatus(NodeStatus),
    /// Of any other type, and in type NB what is no address: the flags of the request that waits (4.2.16).
    Other(Vec<u8>),
}

impl Record {
    /// An address of a name.
    #[must_use]
    pub fn address(name: FullName, ttl: u32, entry: AddressEntry) -> Self {
        Self { name, kind: RecordType::NB, ttl, data: RecordData::Addresses(vec![entry]) }
    }

    /// That there is nothing of a name (4.2.14).
    #[must_use]
    pub const fn nothing(name: FullName) -> Self {
        Self { name, kind: RecordType::NULL, ttl: 0, data: RecordData::Other(Vec::new()) }
    }

    /// The addresses it has; none if it is of another type.
    #[must_use]
    pub fn addresses(&self) -> &[AddressEntry] {
        match &self.data {
            RecordData::Addresses(entries) => entries,
            RecordData::NodeStatus(_) | RecordData::Other(_) => &[],
        }
    }

    /// What follows the name.
    pub(super) fn encode_body(&self, w: &mut Writer<'_>) {
        w.u16_be(self.kind.0);
        w.u16_be(CLASS_IN);
        w.bytes(&self.ttl.to_be_bytes());
        let length = w.position();
        w.u16_be(0);
        match &self.data {
            RecordData::Addresses(entries) => entries.iter().for_each(|entry| entry.encode(w)),
            RecordData::NodeStatus(status) => status.encode(w),
            RecordData::Other(bytes) => w.bytes(bytes),
        }
        let written = w.position().saturating_sub(length).saturating_sub(2 /* RDLENGTH */);
        w.patch(length, &u16::try_from(written).unwrap_or(u16::MAX).to_be_bytes());
    }
}

impl Decode<'_> for Record {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let name = FullName::decode_compressed(r)?;
        let kind = RecordType(r.u16_be("RR_TYPE")?);
        match r.u16_be("RR_CLASS")? {
            CLASS_IN => {}
            other => return Err(DecodeError::unexpected("RR_CLASS", other.into())),
        }
        let ttl = r.u32_be("TTL")?;
        let len = r.u16_be("RDLENGTH")?;
        let rdata = r.bytes(len.into(), "RDATA")?;
        let data = match kind {
            RecordType::NB if rdata.len().is_multiple_of(AddressEntry::LEN) => {
                let entries = rdata.as_chunks::<{ AddressEntry::LEN }>().0;
                RecordData::Addresses(entries.iter().map(|entry| AddressEntry::from_bytes(*entry)).collect())
            }
            RecordType::NBSTAT => RecordData::NodeStatus(NodeStatus::decode(&mut Reader::new(rdata))?),
            _ => RecordData::Other(rdata.to_vec()),
        };
        Ok(Self { name, kind, ttl, data })
    }
}

impl AddressEntry {
    const LEN: usize = 6;

    const fn from_bytes([high, low, a, b, c, d]: [u8; Self::LEN]) -> Self {
        let kind = NameType::from_bits_retain(u16::from_be_bytes([high, low]));
        Self { kind, address: Ipv4Addr::new(a, b, c, d) }
    }

    /// Whether many may have the name.
    #[must_use]
    pub const fn is_group(&self) -> bool {
        self.kind.contains(NameType::GROUP)
    }
}

impl Encode for AddressEntry {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.kind.bits());
        w.bytes(&self.address.octets());
    }
}
