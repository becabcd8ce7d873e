use super::output::PendingPayload;
use crate::FileId;
use crate::field::{
    ahead, at_least_one_byte, buffer, counted16, counted32, offset_unless_empty, short, structure_size,
};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};
use lanward_wire::{wire_flags, wire_values};

wire_flags! {
    /// The Flags of READ.
    ReadFlags: u8 {
        /// SMB2_READFLAG_READ_UNBUFFERED
        READ_UNBUFFERED = 0x01;
        /// SMB2_READFLAG_REQUEST_COMPRESSED
        REQUEST_COMPRESSED = 0x02;
    }

    /// The Flags of the answer in SMB 3.1.1.
    ReadResponseFlags: u32 {
        /// SMB2_READFLAG_RESPONSE_RDMA_TRANSFORM
        RDMA_TRANSFORM = 0x0000_0001;
    }
}

wire_values! {
    /// How the data of a READ or WRITE travels.
    Channel(u32) {
        /// SMB2_CHANNEL_NONE: in the message
        NONE = 0;
        /// SMB2_CHANNEL_RDMA_V1
        RDMA_V1 = 1;
        /// SMB2_CHANNEL_RDMA_V1_INVALIDATE
        RDMA_V1_INVALIDATE = 2;
        /// SMB2_CHANNEL_RDMA_TRANSFORM
        RDMA_TRANSFORM = 3;
    }
}

/// [MS-SMB2] 2.2.19 SMB2 READ Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadRequest<'a> {
    /// Where the client would like the data, counted from the header of the answer; binds nobody.
    pub padding: u8,
    /// Flags.
    pub flags: ReadFlags,
    /// Bytes asked for.
    pub length: u32,
    /// Where in the file.
    pub offset: u64,
    /// The open.
    pub file_id: FileId,
    /// Fewer bytes than this are no success.
    pub minimum_count: u32,
    /// How the data travels.
    pub channel: Channel,
    /// Bytes that travel over RDMA.
    pub remaining_bytes: u32,
    /// The channel's descriptors.
    pub channel_info: &'a [u8],
}

impl<'a> Decode<'a> for ReadRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 49)?;
        let mut request = Self {
            padding: r.u8("Padding")?,
            flags: ReadFlags::from_bits_retain(r.u8("Flags")?),
            length: r.u32("Length")?,
            offset: r.u64("Offset")?,
            file_id: FileId::decode(r)?,
            minimum_count: r.u32("MinimumCount")?,
            channel: Channel(r.u32("Channel")?),
            remaining_bytes: r.u32("RemainingBytes")?,
            channel_info: &[],
        };
        let (offset, len) = (r.u16("ReadChannelInfoOffset")?, r.u16("ReadChannelInfoLength")?);
        // Without a channel these fields MUST be ignored, whatever they hold.
        if request.channel != Channel::NONE {
            request.channel_info = buffer(r, offset, len, "ReadChannelInfo")?;
        }
        Ok(request)
    }
}

impl Encode for ReadRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (info, info_len) = counted16(self.channel_info);
        w.u16(49);
        w.u8(self.padding);
        w.u8(self.flags.bits());
        w.u32(self.length);
        w.u64(self.offset);
        self.file_id.encode(w);
        w.u32(self.minimum_count);
        w.u32(self.channel.0);
        w.u32(self.remaining_bytes);
        let info_at = ahead(w, 4);
        w.u16(short(offset_unless_empty(info_at, info)));
        w.u16(info_len);
        at_least_one_byte(w, info);
    }
}

/// [MS-SMB2] 2.2.20 SMB2 READ Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadResponse<'a> {
    /// What was read.
    pub data: &'a [u8],
    /// Bytes that travelled over RDMA.
    pub data_remaining: u32,
    /// Of SMB 3.1.1.
    pub flags: ReadResponseFlags,
}

impl ReadResponse<'_> {
    /// Bytes of the fixed part: the data begins this far behind the header.
    pub const FIXED_LEN: usize = 16;

    /// Writes the fixed part; the caller appends the data and then calls [`PendingPayload::finish`]. For a read whose
    /// length is known beforehand there is [`encode_read_header`].
    pub fn begin(w: &mut Writer<'_>) -> PendingPayload {
        let (length_at, data_at) = (ahead(w, 4), ahead(w, Self::FIXED_LEN));
        encode_read_header(w, 0);
        PendingPayload::new(length_at, data_at)
    }
}

/// Writes the fixed part of a READ Response whose `len` bytes of data the caller puts directly behind it, so that a file
/// can be read into the message's own buffer.
pub fn encode_read_header(w: &mut Writer<'_>, len: u32) {
    encode_fixed(w, len, 0, ReadResponseFlags::empty());
}

fn encode_fixed(w: &mut Writer<'_>, len: u32, remaining: u32, flags: ReadResponseFlags) {
    // One byte is all that DataOffset has; the header and the fixed part are 80.
    let offset = u8::try_from(ahead(w, ReadResponse::FIXED_LEN)).unwrap_or(0);
    w.u16(17);
    w.u8(offset);
    w.u8(0);
    w.u32(len);
    w.u32(remaining);
    w.u32(flags.bits());
}

impl<'a> Decode<'a> for ReadResponse<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 17)?;
        let offset = r.u8("DataOffset")?;
        r.skip(1, "Reserved")?;
        let len = r.u32("DataLength")?;
        let data_remaining = r.u32("DataRemaining")?;
        let flags = ReadResponseFlags::from_bits_retain(r.u32("Flags")?);
        Ok(Self { data: buffer(r, offset, len, "Data")?, data_remaining, flags })
    }
}

impl Encode for ReadResponse<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (data, len) = counted32(self.data);
        encode_fixed(w, len, self.data_remaining, self.flags);
        w.bytes(data);
    }
}
