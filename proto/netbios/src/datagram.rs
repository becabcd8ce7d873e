use core::net::Ipv4Addr;

use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use crate::FullName;

/// The most bytes of a user's data in one packet of the datagram service, so that with names without a scope all of it fits into MAX_DATAGRAM_LENGTH
/// (RFC 1002 6).
const MAX_FRAGMENT: usize = 576 - 20 /* IP */ - 8 /* UDP */ - 14 /* header */ - 68 /* names */;

/// What a packet of the datagram service is (RFC 1002 4.4.1, MSG_TYPE).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatagramType(pub u8);

impl DatagramType {
    /// DIRECT_UNIQUE DATAGRAM
    pub const DIRECT_UNIQUE: Self = Self(0x10);
    /// DIRECT_GROUP DATAGRAM
    pub const DIRECT_GROUP: Self = Self(0x11);
    /// BROADCAST DATAGRAM
    pub const BROADCAST: Self = Self(0x12);
    /// DATAGRAM ERROR
    pub const ERROR: Self = Self(0x13);
    /// DATAGRAM QUERY REQUEST
    pub const QUERY_REQUEST: Self = Self(0x14);
    /// DATAGRAM POSITIVE QUERY RESPONSE
    pub const POSITIVE_QUERY_RESPONSE: Self = Self(0x15);
    /// DATAGRAM NEGATIVE QUERY RESPONSE
    pub const NEGATIVE_QUERY_RESPONSE: Self = Self(0x16);
}

/// A packet of the datagram service (RFC 1002 4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatagramPacket {
    /// What it is.
    pub kind: DatagramType,
    /// FLAGS without F and M: the source's node type in bits 2 and 3, the rest reserved.
    pub flags: u8,
    /// DGM_ID
    pub id: u16,
    /// SOURCE_IP, as the sender says.
    pub source: Ipv4Addr,
    /// SOURCE_PORT, as the sender says.
    pub port: u16,
    /// What follows.
    pub body: DatagramBody,
}

/// What follows the header of a datagram packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatagramBody {
    /// Somebody's data, or a part of it (4.4.2).
    Data(DatagramData),
    /// Why one was not delivered (4.4.3): 0x82 the name is not there, 0x83 and 0x84 a name makes no sense.
    Error(u8),
    /// A name a server of datagrams is asked for, or answers about (4.4.4).
    Query(FullName),
}

/// A datagram, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatagramData {
    /// F: its first part.
    pub first: bool,
    /// M: more parts follow.
    pub more: bool,
    /// PACKET_OFFSET: bytes of the data that are in earlier parts.
    pub offset: u16,
    /// From whom.
    pub source: FullName,
    /// To whom.
    pub destination: FullName,
    /// The data.
    pub data: Vec<u8>,
}

const MORE: u8 = 0x01;
const FIRST: u8 = 0x02;

impl DatagramPacket {
    /// The longest packet that is read.
    pub const MAX_LEN: usize = 2048;

    /// The packets that carry `data`: one, or as many as it needs.
    ///
    /// # Errors
    /// It is longer than [`crate::Fragments::MAX_DATAGRAM`].
    pub fn split(
        header: &DatagramHeader,
        source: &FullName,
        destination: &FullName,
        data: &[u8],
    ) -> Result<Vec<Self>, DecodeError> {
        if data.len() > crate::Fragments::MAX_DATAGRAM {
            return Err(DecodeError::invalid("USER_DATA", "longer than a datagram can be"));
        }
        let mut packets = Vec::new();
        let mut offset = 0u16;
        let mut rest = data;
        loop {
            let (part, behind) = rest.split_at_checked(MAX_FRAGMENT).unwrap_or((rest, &[]));
            packets.push(Self {
                kind: header.kind,
                flags: header.node_type << 2 & 0x0c,
                id: header.id,
                source: header.source,
                port: header.port,
                body: DatagramBody::Data(DatagramData {
                    first: offset == 0,
                    more: !behind.is_empty(),
                    offset,
                    source: source.clone(),
                    destination: destination.clone(),
                    data: part.to_vec(),
                }),
            });
            if behind.is_empty() {
                return Ok(packets);
            }
            offset = offset.saturating_add(u16::try_from(part.len()).unwrap_or(u16::MAX));
            rest = behind;
        }
    }
}

/// What all parts of a datagram have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatagramHeader {
    /// What they are.
    pub kind: DatagramType,
    /// The source's node type in two bits: B, P, M, or 3 for a server of datagrams.
    pub node_type: u8,
    /// Which datagram of the source's.
    pub id: u16,
    /// The source's address.
    pub source: Ipv4Addr,
    /// And port.
    pub port: u16,
}

impl Decode<'_> for DatagramPacket {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = DatagramType(r.u8("MSG_TYPE")?);
        let flags = r.u8("FLAGS")?;
        let id = r.u16_be("DGM_ID")?;
        let source = Ipv4Addr::from(r.u32_be("SOURCE_IP")?);
        let port = r.u16_be("SOURCE_PORT")?;
        let body = match kind {
            DatagramType::DIRECT_UNIQUE | DatagramType::DIRECT_GROUP | DatagramType::BROADCAST => {
                DatagramBody::Data(decode_data(flags, r)?)
            }
            DatagramType::ERROR => DatagramBody::Error(r.u8("ERROR_CODE")?),
            DatagramType::QUERY_REQUEST
            | DatagramType::POSITIVE_QUERY_RESPONSE
            | DatagramType::NEGATIVE_QUERY_RESPONSE => DatagramBody::Query(FullName::decode(r)?),
            other => return Err(DecodeError::unexpected("MSG_TYPE", other.0.into())),
        };
        Ok(Self { kind, flags: flags & !(FIRST | MORE), id, source, port, body })
    }
}

fn decode_data(flags: u8, r: &mut Reader<'_>) -> Result<DatagramData, DecodeError> {
    let length = r.u16_be("DGM_LENGTH")?;
    let offset = r.u16_be("PACKET_OFFSET")?;
    let mut r = Reader::new(r.bytes(length.into(), "DGM_LENGTH")?);
    Ok(DatagramData {
        first: flags & FIRST != 0,
        more: flags & MORE != 0,
        offset,
        source: FullName::decode(&mut r)?,
        destination: FullName::decode(&mut r)?,
        data: r.rest().to_vec(),
    })
}

impl Encode for DatagramPacket {
    fn encode(&self, w: &mut Writer<'_>) {
        let parts = match &self.body {
            DatagramBody::Data(data) => {
                (if data.first { FIRST } else { 0 }) | if data.more { MORE } else { 0 }
            }
            DatagramBody::Error(_) | DatagramBody::Query(_) => 0,
        };
        w.bytes(&[self.kind.0, self.flags & !(FIRST | MORE) | parts]);
        w.u16_be(self.id);
        w.bytes(&self.source.octets());
        w.u16_be(self.port);
        match &self.body {
            DatagramBody::Data(data) => {
                let length = w.position();
                w.u16_be(0);
                w.u16_be(data.offset);
                data.source.encode(w);
                data.destination.encode(w);
                w.bytes(&data.data);
                let written = w
                    .position()
                    .saturating_sub(length)
                    .saturating_sub(4 /* DGM_LENGTH, PACKET_OFFSET */);
                w.patch(length, &u16::try_from(written).unwrap_or(u16::MAX).to_be_bytes());
            }
            DatagramBody::Error(code) => w.u8(*code),
            DatagramBody::Query(name) => name.encode(w),
        }
    }
}
