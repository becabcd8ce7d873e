use crate::{Body, Command, Message, MessageWriter};
use lanward_wire::DecodeError;

/// [MS-CIFS] 2.2.4.22.1 SMB_COM_READ_RAW Request. Its answer is the bytes alone, without header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadRawRequest {
    /// FID
    pub fid: u16,
    /// From where.
    pub offset: u64,
    /// Most bytes.
    pub max_count: u16,
    /// Least bytes.
    pub min_count: u16,
    /// Milliseconds to wait for them.
    pub timeout: u32,
}

/// [MS-CIFS] 2.2.4.25.1 SMB_COM_WRITE_RAW Request
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteRawRequest<'a> {
    /// FID
    pub fid: u16,
    /// Bytes in all: here, and in the message of nothing but bytes that follows the interim answer.
    pub count: u16,
    /// To where.
    pub offset: u64,
    /// Milliseconds to wait.
    pub timeout: u32,
    /// Bit 0: write through, and answer at the end.
    pub write_mode: u16,
    /// The first bytes.
    pub data: &'a [u8],
}

impl Message<'_> for ReadRawRequest {
    fn decode(body: &mut Body<'_>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let (fid, low) = (r.u16("FID")?, r.u32("Offset")?);
        let (max_count, min_count) = (r.u16("MaxCountOfBytesToReturn")?, r.u16("MinCountOfBytesToReturn")?);
        let timeout = r.u32("Timeout")?;
        r.skip(2, "Reserved")?;
        let high = if r.is_empty() { 0 } else { r.u32("OffsetHigh")? };
        Ok(Self { fid, offset: join(high, low), max_count, min_count, timeout })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let (high, low) = halves(self.offset);
        let words = |w: &mut lanward_wire::Writer<'_>| {
            w.u16(self.fid);
            w.u32(low);
            w.u16(self.max_count);
            w.u16(self.min_count);
            w.u32(self.timeout);
            w.u16(0);
            if high != 0 {
                w.u32(high);
            }
        };
        w.body(command, words, |_, _| ());
    }
}

impl<'a> Message<'a> for WriteRawRequest<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let (fid, count) = (r.u16("FID")?, r.u16("CountOfBytes")?);
        r.skip(2, "Reserved1")?;
        let (low, timeout, write_mode) = (r.u32("Offset")?, r.u32("Timeout")?, r.u16("WriteMode")?);
        r.skip(4, "Reserved2")?;
        let (length, offset) = (r.u16("DataLength")?, r.u16("DataOffset")?);
        let high = if r.is_empty() { 0 } else { r.u32("OffsetHigh")? };
        let data = body.at(offset.into(), length.into(), "Data")?;
        Ok(Self { fid, count, offset: join(high, low), timeout, write_mode, data })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let (high, low) = halves(self.offset);
        let data = self.data.get(..usize::from(u16::MAX)).unwrap_or(self.data);
        // 12 or 14 words, and the count of bytes.
        let words = if high == 0 { 24 } else { 28 };
        let at = w.words_at(command).saturating_add(words).saturating_add(2);
        let words = |w: &mut lanward_wire::Writer<'_>| {
            w.u16(self.fid);
            w.u16(self.count);
            w.u16(0);
            w.u32(low);
            w.u32(self.timeout);
            w.u16(self.write_mode);
            w.u32(0);
            w.u16(crate::body::short(data.len()));
            w.u16(crate::body::short(at));
            if high != 0 {
                w.u32(high);
            }
        };
        w.body(command, words, |w, _| w.bytes(data));
    }
}

/// One number of two halves.
pub(crate) fn join(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// Its high and its low half.
pub(crate) fn halves(v: u64) -> (u32, u32) {
    let half = |v: u64| u32::try_from(v & 0xffff_ffff).unwrap_or(u32::MAX);
    (half(v >> 32), half(v))
}

/// The high and the low 16 bits of a length.
pub(crate) fn length_halves(length: usize) -> (u16, u16) {
    (crate::body::short(length >> 16), crate::body::short(length))
}

/// A length of two halves.
pub(crate) fn join_length(high: u16, low: u16) -> u32 {
    u32::from(high) << 16 | u32::from(low)
}
