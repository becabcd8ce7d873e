use super::raw::{halves, join, join_length, length_halves};
use crate::{Body, Command, Message, MessageWriter};
use lanward_wire::{DecodeError, Writer};

/// [MS-CIFS] 2.2.4.42.1 SMB_COM_READ_ANDX Request, with [MS-SMB] 2.2.4.2.1
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadAndxRequest {
    /// FID
    pub fid: u16,
    /// From where.
    pub offset: u64,
    /// Most bytes.
    pub max_count: u16,
    /// Least bytes.
    pub min_count: u16,
    /// Of pipes: milliseconds to wait. Of files: its low 16 bits are the high ones of `max_count`, where large reads were agreed on.
    pub timeout: u32,
    /// An estimate of what will be read after it.
    pub remaining: u16,
}

/// [MS-CIFS] 2.2.4.42.2 SMB_COM_READ_ANDX Response, with [MS-SMB] 2.2.4.2.2
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadAndxResponse<'a> {
    /// Of pipes: bytes still to be read. Else all ones.
    pub available: u16,
    /// The bytes that were read, as many as 32 bits count.
    pub data: &'a [u8],
}

impl ReadAndxRequest {
    /// Most bytes, with the high half of the count that files have where large reads were agreed on. All ones are no count.
    #[must_use]
    pub fn large_count(&self) -> u32 {
        let high = self.timeout & 0xffff;
        if high == 0xffff { self.max_count.into() } else { high << 16 | u32::from(self.max_count) }
    }
}

impl Message<'_> for ReadAndxRequest {
    fn decode(body: &mut Body<'_>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let (fid, low) = (r.u16("FID")?, r.u32("Offset")?);
        let (max_count, min_count) = (r.u16("MaxCountOfBytesToReturn")?, r.u16("MinCountOfBytesToReturn")?);
        let (timeout, remaining) = (r.u32("Timeout")?, r.u16("Remaining")?);
        let high = if r.is_empty() { 0 } else { r.u32("OffsetHigh")? };
        Ok(Self { fid, offset: join(high, low), max_count, min_count, timeout, remaining })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let (high, low) = halves(self.offset);
        let words = |w: &mut Writer<'_>| {
            w.u16(self.fid);
            w.u32(low);
            w.u16(self.max_count);
            w.u16(self.min_count);
            w.u32(self.timeout);
            w.u16(self.remaining);
            if high != 0 {
                w.u32(high);
            }
        };
        w.body(command, words, |_, _| ());
    }
}

impl<'a> Message<'a> for ReadAndxResponse<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let available = r.u16("Available")?;
        r.skip(4, "DataCompactionMode")?;
        let (low, offset, high) = (r.u16("DataLength")?, r.u16("DataOffset")?, r.u16("DataLengthHigh")?);
        Ok(Self { available, data: body.at(offset.into(), join_length(high, low), "Data")? })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        // 10 words, the count of bytes and one of padding, so that the bytes begin at an even place.
        let at = w.words_at(command).saturating_add(23);
        let (high, low) = length_halves(self.data.len());
        let words = |w: &mut Writer<'_>| {
            w.u16(self.available);
            w.u32(0);
            w.u16(low);
            w.u16(crate::body::short(at));
            w.u16(high);
            w.zeros(8);
        };
        w.body(command, words, |w, _| {
            w.u8(0);
            w.bytes(self.data);
        });
    }
}
