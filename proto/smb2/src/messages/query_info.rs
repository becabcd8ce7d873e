use crate::FileId;
use crate::field::{ahead, buffer, counted32, index, offset_unless_empty, short, structure_size};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};
use lanward_wire::{wire_flags, wire_values};

wire_values! {
    /// The InfoType of QUERY_INFO and SET_INFO.
    InfoType(u8) {
        /// SMB2_0_INFO_FILE
        FILE = 0x01;
        /// SMB2_0_INFO_FILESYSTEM
        FILESYSTEM = 0x02;
        /// SMB2_0_INFO_SECURITY
        SECURITY = 0x03;
        /// SMB2_0_INFO_QUOTA
        QUOTA = 0x04;
    }
}

wire_flags! {
    /// AdditionalInformation where security information is queried or set.
    SecurityInformation: u32 {
        /// OWNER_SECURITY_INFORMATION
        OWNER = 0x0000_0001;
        /// GROUP_SECURITY_INFORMATION
        GROUP = 0x0000_0002;
        /// DACL_SECURITY_INFORMATION
        DACL = 0x0000_0004;
        /// SACL_SECURITY_INFORMATION
        SACL = 0x0000_0008;
        /// LABEL_SECURITY_INFORMATION
        LABEL = 0x0000_0010;
        /// ATTRIBUTE_SECURITY_INFORMATION
        ATTRIBUTE = 0x0000_0020;
        /// SCOPE_SECURITY_INFORMATION
        SCOPE = 0x0000_0040;
        /// BACKUP_SECURITY_INFORMATION
        BACKUP = 0x0001_0000;
    }

    /// The Flags of QUERY_INFO, which only a query of extended attributes has.
    QueryInfoFlags: u32 {
        /// SL_RESTART_SCAN
        RESTART_SCAN = 0x0000_0001;
        /// SL_RETURN_SINGLE_ENTRY
        RETURN_SINGLE_ENTRY = 0x0000_0002;
        /// SL_INDEX_SPECIFIED
        INDEX_SPECIFIED = 0x0000_0004;
    }
}

/// [MS-SMB2] 2.2.37 SMB2 QUERY_INFO Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueryInfoRequest<'a> {
    /// Information of what.
    pub info_type: InfoType,
    /// A FILE_INFORMATION_CLASS or FS_INFORMATION_CLASS, as `info_type` says.
    pub file_info_class: u8,
    /// Bytes the answer may carry.
    pub output_buffer_length: u32,
    /// [`SecurityInformation`] bits, or the index of an extended attribute.
    pub additional_information: u32,
    /// Flags.
    pub flags: QueryInfoFlags,
    /// The open.
    pub file_id: FileId,
    /// A [`QueryQuotaInfo`], a list of FILE_GET_EA_INFORMATION, or nothing.
    pub input: &'a [u8],
}

impl<'a> Decode<'a> for QueryInfoRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 41)?;
        let info_type = InfoType(r.u8("InfoType")?);
        let file_info_class = r.u8("FileInfoClass")?;
        let output_buffer_length = r.u32("OutputBufferLength")?;
        let offset = r.u16("InputBufferOffset")?;
        r.skip(2, "Reserved")?;
        let len = r.u32("InputBufferLength")?;
        let additional_information = r.u32("AdditionalInformation")?;
        let flags = QueryInfoFlags::from_bits_retain(r.u32("Flags")?);
        let file_id = FileId::decode(r)?;
        let input = buffer(r, offset, len, "InputBuffer")?;
        Ok(Self {
            info_type,
            file_info_class,
            output_buffer_length,
            additional_information,
            flags,
            file_id,
            input,
        })
    }
}

impl Encode for QueryInfoRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (input, len) = counted32(self.input);
        w.u16(41);
        w.u8(self.info_type.0);
        w.u8(self.file_info_class);
        w.u32(self.output_buffer_length);
        w.u16(short(offset_unless_empty(ahead(w, 32), input)));
        w.u16(0);
        w.u32(len);
        w.u32(self.additional_information);
        w.u32(self.flags.bits());
        self.file_id.encode(w);
        w.bytes(input);
    }
}

/// Whose quota is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaSids<'a> {
    /// Everybody's.
    All,
    /// That of a list of FILE_GET_QUOTA_INFORMATION ([MS-FSCC] 2.4.41.1).
    List(&'a [u8]),
    /// Everybody's from this SID on.
    From(&'a [u8]),
}

/// [MS-SMB2] 2.2.37.1 SMB2_QUERY_QUOTA_INFO
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryQuotaInfo<'a> {
    /// One entry only.
    pub return_single: bool,
    /// From the beginning, not from where the query before ended.
    pub restart_scan: bool,
    /// Whose.
    pub sids: QuotaSids<'a>,
}

impl<'a> Decode<'a> for QueryQuotaInfo<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (return_single, restart_scan) = (r.u8("ReturnSingle")? != 0, r.u8("RestartScan")? != 0);
        r.skip(2, "Reserved")?;
        let (list_len, start_len) = (index(r.u32("SidListLength")?), index(r.u32("StartSidLength")?));
        let start_at = index(r.u32("StartSidOffset")?);
        let sids = Reader::new(r.rest());
        let sids = match (list_len, start_len) {
            (0, 0) => QuotaSids::All,
            (0, len) => QuotaSids::From(sids.slice_at(start_at, len, "SidBuffer")?),
            // [MS-SMB2] 3.3.5.20.4: then StartSid is ignored.
            (len, _) => QuotaSids::List(sids.slice_at(0, len, "SidBuffer")?),
        };
        Ok(Self { return_single, restart_scan, sids })
    }
}

impl Encode for QueryQuotaInfo<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.return_single.into());
        w.u8(self.restart_scan.into());
        w.u16(0);
        let (bytes, list_len, start_len) = match self.sids {
            QuotaSids::All => (&[][..], 0, 0),
            QuotaSids::List(list) => {
                let (list, len) = counted32(list);
                (list, len, 0)
            }
            QuotaSids::From(sid) => {
                let (sid, len) = counted32(sid);
                (sid, 0, len)
            }
        };
        w.u32(list_len);
        w.u32(start_len);
        w.u32(0);
        w.bytes(bytes);
    }
}
