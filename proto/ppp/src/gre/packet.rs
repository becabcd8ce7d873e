use core::ops::Range;

use lanward_wire::{DecodeError, Reader, Writer};

use super::GreDrop;

/// [RFC 2637] 4.1 Enhanced GRE header
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreHeader {
    /// What the receiver calls the call.
    pub call_id: u16,
    /// The number of this packet, if there is payload.
    pub sequence: Option<u32>,
    /// The highest number that has come from the other side.
    pub acknowledgement: Option<u32>,
    /// Where the PPP frame lies in the packet. Empty in one that only acknowledges.
    pub payload: Range<usize>,
}

impl GreHeader {
    /// The most octets a header has.
    pub const MAX_LEN: usize = 16;
    /// The longest payload that is taken: more than any MRU that is offered, with what compression and headers add.
    pub const MAX_PAYLOAD: usize = 2048;
    /// K set, version 1, PPP: all that may differ is whether there are numbers.
    const FIXED: u32 = 0x2001_880b;
    const SEQUENCE: u32 = 0x1000_0000;
    const ACKNOWLEDGEMENT: u32 = 0x0080_0000;
    /// Where the payload's length lies in a packet.
    const LENGTH_AT: usize = 4;

    /// Reads the header of a packet that begins with it. Octets behind the payload are padding.
    ///
    /// A packet with a sequence number and no payload is read, as its acknowledgement is good.
    ///
    /// # Errors
    /// Why it is of no use: [`GreDrop::Short`], [`GreDrop::Flags`], [`GreDrop::Truncated`], [`GreDrop::Unnumbered`] or
    /// [`GreDrop::TooLarge`].
    pub fn decode(packet: &[u8]) -> Result<Self, GreDrop> {
        let short = |_: DecodeError| GreDrop::Short;
        let mut r = Reader::new(packet);
        let first = r.u32_be("Flags").map_err(short)?;
        let announced = usize::from(r.u16_be("Payload Length").map_err(short)?);
        let call_id = r.u16_be("Call ID").map_err(short)?;
        if first & !(Self::SEQUENCE | Self::ACKNOWLEDGEMENT) != Self::FIXED {
            return Err(GreDrop::Flags);
        }
        let mut number = |flag| match first & flag {
            0 => Ok(None),
            _ => r.u32_be("Number").map(Some).map_err(short),
        };
        let (sequence, acknowledgement) = (number(Self::SEQUENCE)?, number(Self::ACKNOWLEDGEMENT)?);
        if sequence.is_none() && announced != 0 {
            return Err(GreDrop::Unnumbered);
        }
        if announced > Self::MAX_PAYLOAD {
            return Err(GreDrop::TooLarge);
        }
        let start = r.position();
        let payload = start..start.saturating_add(announced);
        if payload.end > packet.len() {
            return Err(GreDrop::Truncated);
        }
        Ok(Self { call_id, sequence, acknowledgement, payload })
    }

    /// Appends a header; [`GreHeader::finish`] says how long the payload behind it is. Where `payload` lies is not looked at.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut w = Writer::new(out);
        let sequence = self.sequence.map_or(0, |_| Self::SEQUENCE);
        let acknowledgement = self.acknowledgement.map_or(0, |_| Self::ACKNOWLEDGEMENT);
        w.u32_be(Self::FIXED | sequence | acknowledgement);
        w.u16_be(0); // Payload Length
        w.u16_be(self.call_id);
        for number in [self.sequence, self.acknowledgement].into_iter().flatten() {
            w.u32_be(number);
        }
    }

    /// Writes the payload's length into a header that begins at `start`, and says it, in octets.
    pub(super) fn finish(out: &mut Vec<u8>, start: usize, payload_start: usize) -> usize {
        let len = out.len().saturating_sub(payload_start);
        let announced = u16::try_from(len).unwrap_or(u16::MAX);
        Writer::resume(out, start).patch(Self::LENGTH_AT, &announced.to_be_bytes());
        len
    }
}
