use super::read::Channel;
use crate::FileId;
use crate::field::{ahead, buffer, counted16, counted32, offset_unless_empty, short, structure_size};
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The Flags of WRITE.
    WriteFlags: u32 {
        /// SMB2_WRITEFLAG_WRITE_THROUGH
        WRITE_THROUGH = 0x0000_0001;
        /// SMB2_WRITEFLAG_WRITE_UNBUFFERED
        WRITE_UNBUFFERED = 0x0000_0002;
    }
}

/// [MS-SMB2] 2.2.21 SMB2 WRITE Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteRequest<'a> {
    /// Where in the file.
    pub offset: u64,
    /// The open.
    pub file_id: FileId,
    /// How the data travels.
    pub channel: Channel,
    /// Bytes that travel over RDMA.
    pub remaining_bytes: u32,
    /// The channel's descriptors.
    pub channel_info: &'a [u8],
    /// Flags.
    pub flags: WriteFlags,
    /// What to write.
    pub data: &'a [u8],
}

/// Bytes of the fixed part of a request: its data or channel information begins this far behind the header.
const FIXED_LEN: usize = 48;

impl<'a> Decode<'a> for WriteRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 49)?;
        let (data_offset, data_len) = (r.u16("DataOffset")?, r.u32("Length")?);
        let mut request = Self {
            offset: r.u64("Offset")?,
            file_id: FileId::decode(r)?,
            channel: Channel(r.u32("Channel")?),
            remaining_bytes: r.u32("RemainingBytes")?,
            ..Self::default()
        };
        let (offset, len) = (r.u16("WriteChannelInfoOffset")?, r.u16("WriteChannelInfoLength")?);
        request.flags = WriteFlags::from_bits_retain(r.u32("Flags")?);
        // Without a channel these fields MUST be ignored, whatever they hold.
        if request.channel != Channel::NONE {
            request.channel_info = buffer(r, offset, len, "WriteChannelInfo")?;
        }
        request.data = buffer(r, data_offset, data_len, "Data")?;
        Ok(request)
    }
}

impl Encode for WriteRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (info, info_len) = counted16(self.channel_info);
        let (data, len) = counted32(self.data);
        let fixed_end = ahead(w, FIXED_LEN);
        w.u16(49);
        w.u16(short(fixed_end.saturating_add(info.len())));
        w.u32(len);
        w.u64(self.offset);
        self.file_id.encode(w);
        w.u32(self.channel.0);
        w.u32(self.remaining_bytes);
        w.u16(short(offset_unless_empty(fixed_end, info)));
        w.u16(info_len);
        w.u32(self.flags.bits());
        w.bytes(info);
        w.bytes(data);
    }
}

/// [MS-SMB2] 2.2.22 SMB2 WRITE Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteResponse {
    /// Bytes written.
    pub count: u32,
}

impl Decode<'_> for WriteResponse {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, 17)?;
        r.skip(2, "Reserved")?;
        let count = r.u32("Count")?;
        r.skip(8, "Remaining")?;
        Ok(Self { count })
    }
}

impl Encode for WriteResponse {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(17);
        w.u16(0);
        w.u32(self.count);
        w.u64(0);
    }
}
