use crate::FileId;
use crate::field::structure_size;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-SMB2] 2.2.17 SMB2 FLUSH Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FlushRequest {
    /// The open.
    pub file_id: FileId,
}

impl Decode<'_> for FlushRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, 24)?;
        r.skip(6, "Reserved1")?;
        Ok(Self { file_id: FileId::decode(r)? })
    }
}

impl Encode for FlushRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(24);
        w.zeros(6);
        self.file_id.encode(w);
    }
}
