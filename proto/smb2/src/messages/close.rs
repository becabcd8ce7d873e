use super::file_information;
use crate::FileId;
use crate::field::structure_size;
use lanward_nt::fscc::FileNetworkOpenInformation;
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The Flags of CLOSE and of its answer.
    CloseFlags: u16 {
        /// SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB
        POSTQUERY_ATTRIB = 0x0001;
    }
}

/// [MS-SMB2] 2.2.15 SMB2 CLOSE Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CloseRequest {
    /// Whether the answer shall carry the attributes.
    pub flags: CloseFlags,
    /// The open.
    pub file_id: FileId,
}

impl Decode<'_> for CloseRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, 24)?;
        let flags = CloseFlags::from_bits_retain(r.u16("Flags")?);
        r.skip(4, "Reserved")?;
        Ok(Self { flags, file_id: FileId::decode(r)? })
    }
}

impl Encode for CloseRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(24);
        w.u16(self.flags.bits());
        w.u32(0);
        self.file_id.encode(w);
    }
}

/// [MS-SMB2] 2.2.16 SMB2 CLOSE Response. Without POSTQUERY_ATTRIB everything else is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CloseResponse {
    /// Whether the other fields mean anything.
    pub flags: CloseFlags,
    /// CreationTime to FileAttributes.
    pub information: FileNetworkOpenInformation,
}

impl Decode<'_> for CloseResponse {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, 60)?;
        let flags = CloseFlags::from_bits_retain(r.u16("Flags")?);
        r.skip(4, "Reserved")?;
        Ok(Self { flags, information: file_information::decode(r)? })
    }
}

impl Encode for CloseResponse {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(60);
        w.u16(self.flags.bits());
        w.u32(0);
        file_information::encode(&self.information, w);
    }
}
