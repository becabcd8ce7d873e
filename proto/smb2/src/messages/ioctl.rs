use super::output::PendingPayload;
use crate::FileId;
use crate::field::{ahead, align8, buffer, counted32, long, offset_unless_empty, structure_size};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};
use lanward_wire::{wire_flags, wire_values};

wire_values! {
    /// The CtlCode of IOCTL: [MS-SMB2] 2.2.31 and [MS-FSCC] 2.3.
    CtlCode(u32) {
        /// FSCTL_DFS_GET_REFERRALS
        DFS_GET_REFERRALS = 0x0006_0194;
        /// FSCTL_DFS_GET_REFERRALS_EX
        DFS_GET_REFERRALS_EX = 0x0006_01b0;
        /// FSCTL_GET_COMPRESSION
        GET_COMPRESSION = 0x0009_003c;
        /// FSCTL_SET_COMPRESSION
        SET_COMPRESSION = 0x0009_c040;
        /// FSCTL_SET_REPARSE_POINT
        SET_REPARSE_POINT = 0x0009_00a4;
        /// FSCTL_GET_REPARSE_POINT
        GET_REPARSE_POINT = 0x0009_00a8;
        /// FSCTL_DELETE_REPARSE_POINT
        DELETE_REPARSE_POINT = 0x0009_00ac;
        /// FSCTL_SET_SPARSE
        SET_SPARSE = 0x0009_00c4;
        /// FSCTL_SET_ZERO_DATA
        SET_ZERO_DATA = 0x0009_80c8;
        /// FSCTL_QUERY_ALLOCATED_RANGES
        QUERY_ALLOCATED_RANGES = 0x0009_40cf;
        /// FSCTL_CREATE_OR_GET_OBJECT_ID
        CREATE_OR_GET_OBJECT_ID = 0x0009_00c0;
        /// FSCTL_GET_OBJECT_ID
        GET_OBJECT_ID = 0x0009_009c;
        /// FSCTL_DELETE_OBJECT_ID
        DELETE_OBJECT_ID = 0x0009_00a0;
        /// FSCTL_SET_OBJECT_ID
        SET_OBJECT_ID = 0x0009_0098;
        /// FSCTL_SET_OBJECT_ID_EXTENDED
        SET_OBJECT_ID_EXTENDED = 0x0009_00bc;
        /// FSCTL_FILESYSTEM_GET_STATISTICS
        FILESYSTEM_GET_STATISTICS = 0x0009_0060;
        /// FSCTL_FIND_FILES_BY_SID
        FIND_FILES_BY_SID = 0x0009_008f;
        /// FSCTL_GET_NTFS_VOLUME_DATA
        GET_NTFS_VOLUME_DATA = 0x0009_0064;
        /// FSCTL_GET_RETRIEVAL_POINTERS
        GET_RETRIEVAL_POINTERS = 0x0009_0073;
        /// FSCTL_GET_RETRIEVAL_POINTERS_AND_REFCOUNT
        GET_RETRIEVAL_POINTERS_AND_REFCOUNT = 0x0009_03d3;
        /// FSCTL_GET_RETRIEVAL_POINTER_COUNT
        GET_RETRIEVAL_POINTER_COUNT = 0x0009_042b;
        /// FSCTL_IS_PATHNAME_VALID
        IS_PATHNAME_VALID = 0x0009_002c;
        /// FSCTL_LMR_SET_LINK_TRACKING_INFORMATION
        LMR_SET_LINK_TRACKING_INFORMATION = 0x0014_00ec;
        /// FSCTL_MARK_HANDLE
        MARK_HANDLE = 0x0009_00fc;
        /// FSCTL_QUERY_FAT_BPB
        QUERY_FAT_BPB = 0x0009_0058;
        /// FSCTL_QUERY_FILE_REGIONS
        QUERY_FILE_REGIONS = 0x0009_0284;
        /// FSCTL_QUERY_ON_DISK_VOLUME_INFO
        QUERY_ON_DISK_VOLUME_INFO = 0x0009_013c;
        /// FSCTL_QUERY_SPARING_INFO
        QUERY_SPARING_INFO = 0x0009_0138;
        /// FSCTL_REFS_STREAM_SNAPSHOT_MANAGEMENT
        REFS_STREAM_SNAPSHOT_MANAGEMENT = 0x0009_0440;
        /// FSCTL_SET_DEFECT_MANAGEMENT
        SET_DEFECT_MANAGEMENT = 0x0009_8134;
        /// FSCTL_SET_INTEGRITY_INFORMATION_EX
        SET_INTEGRITY_INFORMATION_EX = 0x0009_0380;
        /// FSCTL_SET_ZERO_ON_DEALLOCATION
        SET_ZERO_ON_DEALLOCATION = 0x0009_0194;
        /// FSCTL_STORAGE_QOS_CONTROL
        STORAGE_QOS_CONTROL = 0x0009_0350;
        /// FSCTL_WRITE_USN_CLOSE_RECORD
        WRITE_USN_CLOSE_RECORD = 0x0009_00ef;
        /// FSCTL_QUERY_SHARED_VIRTUAL_DISK_SUPPORT
        QUERY_SHARED_VIRTUAL_DISK_SUPPORT = 0x0009_0300;
        /// FSCTL_SVHDX_SYNC_TUNNEL_REQUEST
        SVHDX_SYNC_TUNNEL_REQUEST = 0x0009_0304;
        /// FSCTL_SVHDX_ASYNC_TUNNEL_REQUEST
        SVHDX_ASYNC_TUNNEL_REQUEST = 0x0009_0364;
        /// FSCTL_READ_FILE_USN_DATA
        READ_FILE_USN_DATA = 0x0009_00eb;
        /// FSCTL_GET_INTEGRITY_INFORMATION
        GET_INTEGRITY_INFORMATION = 0x0009_027c;
        /// FSCTL_SET_INTEGRITY_INFORMATION
        SET_INTEGRITY_INFORMATION = 0x0009_c280;
        /// FSCTL_FILE_LEVEL_TRIM
        FILE_LEVEL_TRIM = 0x0009_8208;
        /// FSCTL_DUPLICATE_EXTENTS_TO_FILE
        DUPLICATE_EXTENTS_TO_FILE = 0x0009_8344;
        /// FSCTL_DUPLICATE_EXTENTS_TO_FILE_EX
        DUPLICATE_EXTENTS_TO_FILE_EX = 0x0009_83e8;
        /// FSCTL_OFFLOAD_READ
        OFFLOAD_READ = 0x0009_4264;
        /// FSCTL_OFFLOAD_WRITE
        OFFLOAD_WRITE = 0x0009_8268;
        /// FSCTL_PIPE_PEEK
        PIPE_PEEK = 0x0011_400c;
        /// FSCTL_PIPE_WAIT
        PIPE_WAIT = 0x0011_0018;
        /// FSCTL_PIPE_TRANSCEIVE
        PIPE_TRANSCEIVE = 0x0011_c017;
        /// FSCTL_SRV_ENUMERATE_SNAPSHOTS
        SRV_ENUMERATE_SNAPSHOTS = 0x0014_4064;
        /// FSCTL_SRV_REQUEST_RESUME_KEY
        SRV_REQUEST_RESUME_KEY = 0x0014_0078;
        /// FSCTL_SRV_COPYCHUNK
        SRV_COPYCHUNK = 0x0014_40f2;
        /// FSCTL_SRV_COPYCHUNK_WRITE
        SRV_COPYCHUNK_WRITE = 0x0014_80f2;
        /// FSCTL_SRV_READ_HASH
        SRV_READ_HASH = 0x0014_41bb;
        /// FSCTL_LMR_REQUEST_RESILIENCY
        LMR_REQUEST_RESILIENCY = 0x0014_01d4;
        /// FSCTL_QUERY_NETWORK_INTERFACE_INFO
        QUERY_NETWORK_INTERFACE_INFO = 0x0014_01fc;
        /// FSCTL_VALIDATE_NEGOTIATE_INFO
        VALIDATE_NEGOTIATE_INFO = 0x0014_0204;
    }
}

wire_flags! {
    /// The Flags of IOCTL.
    IoctlFlags: u32 {
        /// SMB2_0_IOCTL_IS_FSCTL
        IS_FSCTL = 0x0000_0001;
    }
}

/// [MS-SMB2] 2.2.31 SMB2 IOCTL Request. It has room for an output buffer too, which clients MUST leave empty: that is
/// neither read nor written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IoctlRequest<'a> {
    /// What to do.
    pub ctl_code: CtlCode,
    /// The open, or all ones where the control is not about one.
    pub file_id: FileId,
    /// Bytes of input that the answer may carry.
    pub max_input_response: u32,
    /// Bytes of output that the answer may carry.
    pub max_output_response: u32,
    /// Flags.
    pub flags: IoctlFlags,
    /// The control's own structure.
    pub input: &'a [u8],
}

impl<'a> Decode<'a> for IoctlRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 57)?;
        r.skip(2, "Reserved")?;
        let ctl_code = CtlCode(r.u32("CtlCode")?);
        let file_id = FileId::decode(r)?;
        let (offset, len) = (r.u32("InputOffset")?, r.u32("InputCount")?);
        let max_input_response = r.u32("MaxInputResponse")?;
        r.skip(8, "OutputOffset")?;
        let max_output_response = r.u32("MaxOutputResponse")?;
        let flags = IoctlFlags::from_bits_retain(r.u32("Flags")?);
        r.skip(4, "Reserved2")?;
        let input = buffer(r, offset, len, "Input")?;
        Ok(Self { ctl_code, file_id, max_input_response, max_output_response, flags, input })
    }
}

impl Encode for IoctlRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (input, len) = counted32(self.input);
        w.u16(57);
        w.u16(0);
        w.u32(self.ctl_code.0);
        self.file_id.encode(w);
        w.u32(long(offset_unless_empty(ahead(w, 32), input)));
        w.u32(len);
        w.u32(self.max_input_response);
        w.u64(0);
        w.u32(self.max_output_response);
        w.u32(self.flags.bits());
        w.u32(0);
        w.bytes(input);
    }
}

/// [MS-SMB2] 2.2.32 SMB2 IOCTL Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IoctlResponse<'a> {
    /// What was done.
    pub ctl_code: CtlCode,
    /// The open.
    pub file_id: FileId,
    /// Only a pass-through returns some.
    pub input: &'a [u8],
    /// The control's own structure.
    pub output: &'a [u8],
}

impl IoctlResponse<'_> {
    /// Bytes of the fixed part: the output of an answer without input begins this far behind the header.
    const FIXED_LEN: usize = 48;

    /// Writes the fixed part of an answer without input; the caller appends the output and then calls
    /// [`PendingPayload::finish`].
    pub fn begin(w: &mut Writer<'_>, ctl_code: CtlCode, file_id: FileId) -> PendingPayload {
        Self::begin_with_input(w, ctl_code, file_id, &[])
    }

    fn begin_with_input(
        w: &mut Writer<'_>,
        ctl_code: CtlCode,
        file_id: FileId,
        input: &[u8],
    ) -> PendingPayload {
        let (input, input_len) = counted32(input);
        let input_at = ahead(w, Self::FIXED_LEN);
        let output_at = align8(input_at.saturating_add(input.len()));
        w.u16(49);
        w.u16(0);
        w.u32(ctl_code.0);
        file_id.encode(w);
        w.u32(long(input_at));
        w.u32(input_len);
        w.u32(long(output_at));
        let length_at = w.position();
        w.u32(0);
        w.u64(0);
        w.bytes(input);
        w.align(8);
        PendingPayload::new(length_at, output_at)
    }
}

impl<'a> Decode<'a> for IoctlResponse<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 49)?;
        r.skip(2, "Reserved")?;
        let ctl_code = CtlCode(r.u32("CtlCode")?);
        let file_id = FileId::decode(r)?;
        let (input_offset, input_len) = (r.u32("InputOffset")?, r.u32("InputCount")?);
        let (output_offset, output_len) = (r.u32("OutputOffset")?, r.u32("OutputCount")?);
        r.skip(8, "Flags")?;
        let input = buffer(r, input_offset, input_len, "Input")?;
        let output = buffer(r, output_offset, output_len, "Output")?;
        Ok(Self { ctl_code, file_id, input, output })
    }
}

impl Encode for IoctlResponse<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let payload = Self::begin_with_input(w, self.ctl_code, self.file_id, self.input);
        w.bytes(counted32(self.output).0);
        payload.finish(w.written_mut());
    }
}
