use core::net::Ipv4Addr;
use core::ops::Range;

use lanward_wire::{DecodeError, Reader};

use super::GreDrop;

/// What a raw socket delivers in front of GRE (RFC 791): who sent it, to whom, and where the GRE packet lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipv4Packet {
    /// From whom.
    pub source: Ipv4Addr,
    /// To whom.
    pub destination: Ipv4Addr,
    /// The GRE packet, without what lower layers have padded.
    pub payload: Range<usize>,
}

impl Ipv4Packet {
    const GRE: u8 = 47;

    /// Reads the header of a packet that was received whole.
    ///
    /// # Errors
    /// [`GreDrop::Ip`]: it is not the whole of an IPv4 packet with GRE in it.
    pub fn decode(packet: &[u8]) -> Result<Self, GreDrop> {
        let header = Self::header(packet).map_err(|_| GreDrop::Ip)?;
        header.ok_or(GreDrop::Ip)
    }

    fn header(packet: &[u8]) -> Result<Option<Self>, DecodeError> {
        let mut r = Reader::new(packet);
        let version = r.u8("Version")?;
        let header_len = usize::from(version & 0x0f).saturating_mul(4);
        r.skip(1, "Type of Service")?;
        let total = usize::from(r.u16_be("Total Length")?);
        r.skip(2, "Identification")?;
        let fragment = r.u16_be("Flags")?;
        r.skip(1, "Time to Live")?;
        let protocol = r.u8("Protocol")?;
        r.skip(2, "Header Checksum")?;
        let source = Ipv4Addr::from_bits(r.u32_be("Source Address")?);
        let destination = Ipv4Addr::from_bits(r.u32_be("Destination Address")?);
        let whole = (20..=total).contains(&header_len) && total <= packet.len();
        let known = version >> 4 == 4 && protocol == Self::GRE && fragment & 0x3fff == 0;
        Ok((whole && known).then_some(Self { source, destination, payload: header_len..total }))
    }
}
