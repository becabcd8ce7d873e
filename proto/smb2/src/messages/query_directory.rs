use crate::field::{ahead, at_least_one_byte, buffer, counted16, offset_unless_empty, short, structure_size};
use crate::{FileId, Utf16};
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The Flags of QUERY_DIRECTORY.
    QueryDirectoryFlags: u8 {
        /// SMB2_RESTART_SCANS
        RESTART_SCANS = 0x01;
        /// SMB2_RETURN_SINGLE_ENTRY
        RETURN_SINGLE_ENTRY = 0x02;
        /// SMB2_INDEX_SPECIFIED
        INDEX_SPECIFIED = 0x04;
        /// SMB2_REOPEN
        REOPEN = 0x10;
    }
}

/// [MS-SMB2] 2.2.33 SMB2 QUERY_DIRECTORY Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueryDirectoryRequest<'a> {
    /// A FileInformationClass of [MS-FSCC] 2.4.
    pub file_information_class: u8,
    /// Flags.
    pub flags: QueryDirectoryFlags,
    /// Where to resume, with INDEX_SPECIFIED.
    pub file_index: u32,
    /// The directory.
    pub file_id: FileId,
    /// Bytes the answer may carry.
    pub output_buffer_length: u32,
    /// The search pattern.
    pub file_name: Utf16<'a>,
}

impl<'a> Decode<'a> for QueryDirectoryRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 33)?;
        let file_information_class = r.u8("FileInformationClass")?;
        let flags = QueryDirectoryFlags::from_bits_retain(r.u8("Flags")?);
        let file_index = r.u32("FileIndex")?;
        let file_id = FileId::decode(r)?;
        let (offset, len) = (r.u16("FileNameOffset")?, r.u16("FileNameLength")?);
        let output_buffer_length = r.u32("OutputBufferLength")?;
        let file_name = Utf16(buffer(r, offset, len, "FileName")?);
        Ok(Self { file_information_class, flags, file_index, file_id, output_buffer_length, file_name })
    }
}

impl Encode for QueryDirectoryRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (name, name_len) = counted16(self.file_name.0);
        w.u16(33);
        w.u8(self.file_information_class);
        w.u8(self.flags.bits());
        w.u32(self.file_index);
        self.file_id.encode(w);
        let name_at = offset_unless_empty(ahead(w, 8), name);
        w.u16(short(name_at));
        w.u16(name_len);
        w.u32(self.output_buffer_length);
        at_least_one_byte(w, name);
    }
}
