use super::query_info::InfoType;
use crate::FileId;
use crate::field::{ahead, at_least_one_byte, buffer, counted32, short, structure_size};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-SMB2] 2.2.39 SMB2 SET_INFO Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SetInfoRequest<'a> {
    /// Information of what.
    pub info_type: InfoType,
    /// A FILE_INFORMATION_CLASS or FS_INFORMATION_CLASS, as `info_type` says.
    pub file_info_class: u8,
    /// [`SecurityInformation`](super::SecurityInformation) bits where security is set.
    pub additional_information: u32,
    /// The open.
    pub file_id: FileId,
    /// The information.
    pub input: &'a [u8],
}

impl<'a> Decode<'a> for SetInfoRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 33)?;
        let info_type = InfoType(r.u8("InfoType")?);
        let file_info_class = r.u8("FileInfoClass")?;
        let len = r.u32("BufferLength")?;
        let offset = r.u16("BufferOffset")?;
        r.skip(2, "Reserved")?;
        let additional_information = r.u32("AdditionalInformation")?;
        let file_id = FileId::decode(r)?;
        let input = buffer(r, offset, len, "Buffer")?;
        Ok(Self { info_type, file_info_class, additional_information, file_id, input })
    }
}

impl Encode for SetInfoRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (input, len) = counted32(self.input);
        w.u16(33);
        w.u8(self.info_type.0);
        w.u8(self.file_info_class);
        w.u32(len);
        w.u16(short(ahead(w, 24)));
        w.u16(0);
        w.u32(self.additional_information);
        self.file_id.encode(w);
        at_least_one_byte(w, input);
    }
}

/// [MS-SMB2] 2.2.40 SMB2 SET_INFO Response: nothing but its StructureSize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SetInfoResponse;

impl Decode<'_> for SetInfoResponse {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, 2)?;
        Ok(Self)
    }
}

impl Encode for SetInfoResponse {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(2);
    }
}
