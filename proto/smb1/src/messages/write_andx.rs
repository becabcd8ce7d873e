use super::raw::{halves, join, join_length, length_halves};
use crate::message::messages;
use crate::{Body, Command, Message, MessageWriter};
use lanward_wire::{DecodeError, Writer};

/// [MS-CIFS] 2.2.4.43.1 SMB_COM_WRITE_ANDX Request, with [MS-SMB] 2.2.4.3.1
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteAndxRequest<'a> {
    /// FID
    pub fid: u16,
    /// To where.
    pub offset: u64,
    /// Milliseconds to wait, of pipes.
    pub timeout: u32,
    /// Bit 0: write through. Bits 2 and 3: a pipe's message, raw, and its first part.
    pub write_mode: u16,
    /// An estimate of what will be written after it.
    pub remaining: u16,
    /// The bytes, wherever ByteCount ends: large writes have more than it can count.
    pub data: &'a [u8],
}

messages! {
    /// [MS-CIFS] 2.2.4.43.2 SMB_COM_WRITE_ANDX Response, with [MS-SMB] 2.2.4.3.2
    WriteAndxResponse {
        /// Bytes that were taken, the low half.
        count: u16,
        /// Of pipes: bytes still to be read. Else all ones.
        available: u16,
        /// The high half of the count.
        count_high: u16,
        /// Reserved
        reserved: u16,
    }
}

impl WriteAndxResponse {
    /// That so many bytes were taken.
    #[must_use]
    pub fn of(count: usize) -> Self {
        let (count_high, count) = length_halves(count);
        Self { count, available: u16::MAX, count_high, reserved: 0 }
    }

    /// Bytes that were taken.
    #[must_use]
    pub fn taken(&self) -> u32 {
        join_length(self.count_high, self.count)
    }
}

impl<'a> Message<'a> for WriteAndxRequest<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let (fid, low, timeout) = (r.u16("FID")?, r.u32("Offset")?, r.u32("Timeout")?);
        let (write_mode, remaining) = (r.u16("WriteMode")?, r.u16("Remaining")?);
        let (high_length, low_length) = (r.u16("DataLengthHigh")?, r.u16("DataLength")?);
        let offset = r.u16("DataOffset")?;
        let high = if r.is_empty() { 0 } else { r.u32("OffsetHigh")? };
        let data = body.at(offset.into(), join_length(high_length, low_length), "Data")?;
        Ok(Self { fid, offset: join(high, low), timeout, write_mode, remaining, data })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let (high, low) = halves(self.offset);
        let (high_length, low_length) = length_halves(self.data.len());
        // The words, the count of bytes and one of padding.
        let at = w.words_at(command).saturating_add(if high == 0 { 23 } else { 27 });
        let words = |w: &mut Writer<'_>| {
            w.u16(self.fid);
            w.u32(low);
            w.u32(self.timeout);
            w.u16(self.write_mode);
            w.u16(self.remaining);
            w.u16(high_length);
            w.u16(low_length);
            w.u16(crate::body::short(at));
            if high != 0 {
                w.u32(high);
            }
        };
        w.body(command, words, |w, _| {
            w.u8(0);
            w.bytes(self.data);
        });
    }
}
