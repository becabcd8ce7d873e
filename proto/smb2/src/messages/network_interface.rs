use crate::field::{index, long};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The Capability of a network interface.
    InterfaceCapability: u32 {
        /// RSS_CAPABLE
        RSS_CAPABLE = 0x0000_0001;
        /// RDMA_CAPABLE
        RDMA_CAPABLE = 0x0000_0002;
    }
}

/// [MS-SMB2] 2.2.32.5.1 SOCKADDR_STORAGE, without the fields that are reserved in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InterfaceAddress {
    /// InterNetwork or InterNetworkV6
    Ip(IpAddr),
    /// Another address family, whose number this is.
    Unknown(u16),
}

/// [MS-SMB2] 2.2.32.5 NETWORK_INTERFACE_INFO, one entry of the output of FSCTL_QUERY_NETWORK_INTERFACE_INFO
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkInterfaceInfo {
    /// The interface's index.
    pub if_index: u32,
    /// What the interface can do.
    pub capability: InterfaceCapability,
    /// Bits per second.
    pub link_speed: u64,
    /// One address of the interface.
    pub address: InterfaceAddress,
}

const INTER_NETWORK: u16 = 0x0002;
const INTER_NETWORK_V6: u16 = 0x0017;
/// Bytes of SOCKADDR_STORAGE.
const STORAGE: usize = 128;

impl NetworkInterfaceInfo {
    /// Bytes an entry has.
    pub const LEN: usize = 152;

    /// Reads a list of entries.
    ///
    /// # Errors
    /// An entry is cut off, or Next does not lead to another one.
    pub fn decode_list(output: &[u8]) -> Result<Vec<Self>, DecodeError> {
        let mut list = Vec::new();
        let mut rest = output;
        while !rest.is_empty() {
            let r = &mut Reader::new(rest);
            let next = index(r.u32("Next")?);
            list.push(Self::decode(r)?);
            if next == 0 {
                break;
            }
            if next < Self::LEN || !next.is_multiple_of(8) {
                return Err(DecodeError::invalid("Next", "must be a multiple of 8 behind this entry"));
            }
            rest = rest.get(next..).ok_or(DecodeError::invalid("Next", "lies behind the list"))?;
        }
        Ok(list)
    }

    /// Writes a list of entries.
    pub fn encode_list(list: &[Self], w: &mut Writer<'_>) {
        for (n, entry) in list.iter().enumerate() {
            let last = n.saturating_add(1) == list.len();
            w.u32(if last { 0 } else { long(Self::LEN) });
            entry.encode(w);
        }
    }
}

/// Reads what is behind Next.
impl Decode<'_> for NetworkInterfaceInfo {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let if_index = r.u32("IfIndex")?;
        let capability = InterfaceCapability::from_bits_retain(r.u32("Capability")?);
        r.skip(4, "Reserved")?;
        let link_speed = r.u64("LinkSpeed")?;
        let storage = &mut Reader::new(r.bytes(STORAGE, "SockAddr_Storage")?);
        let address = match storage.u16("Family")? {
            INTER_NETWORK => {
                storage.skip(2, "Port")?;
                InterfaceAddress::Ip(Ipv4Addr::from(storage.array::<4>("IPv4Address")?).into())
            }
            INTER_NETWORK_V6 => {
                storage.skip(6, "Port")?;
                InterfaceAddress::Ip(Ipv6Addr::from(storage.array::<16>("IPv6Address")?).into())
            }
            family => InterfaceAddress::Unknown(family),
        };
        Ok(Self { if_index, capability, link_speed, address })
    }
}

/// Writes what is behind Next.
impl Encode for NetworkInterfaceInfo {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.if_index);
        w.u32(self.capability.bits());
        w.u32(0);
        w.u64(self.link_speed);
        let end = w.position().saturating_add(STORAGE);
        match self.address {
            InterfaceAddress::Ip(IpAddr::V4(v4)) => {
                w.u16(INTER_NETWORK);
                w.zeros(2);
                w.bytes(&v4.octets());
            }
            InterfaceAddress::Ip(IpAddr::V6(v6)) => {
                w.u16(INTER_NETWORK_V6);
                w.zeros(6);
                w.bytes(&v6.octets());
            }
            InterfaceAddress::Unknown(family) => w.u16(family),
        }
        w.zeros(end.saturating_sub(w.position()));
    }
}
