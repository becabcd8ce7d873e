use crate::FileId;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-FSCC] 2.3.7.2 SMB2_DUPLICATE_EXTENTS_DATA
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DuplicateExtents {
    /// The open of the source.
    pub source: FileId,
    /// Where in the source, in bytes.
    pub source_offset: u64,
    /// Where in the target, in bytes.
    pub target_offset: u64,
    /// Bytes that both are to share.
    pub length: u64,
}

impl DuplicateExtents {
    /// Bytes it has.
    pub const LEN: usize = 40;
}

impl Decode<'_> for DuplicateExtents {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            source: FileId::decode(r)?,
            source_offset: r.u64("SourceFileOffset")?,
            target_offset: r.u64("TargetFileOffset")?,
            length: r.u64("ByteCount")?,
        })
    }
}

impl Encode for DuplicateExtents {
    fn encode(&self, w: &mut Writer<'_>) {
        self.source.encode(w);
        w.u64(self.source_offset);
        w.u64(self.target_offset);
        w.u64(self.length);
    }
}

/// [MS-FSCC] 2.3.9.2 SMB2_DUPLICATE_EXTENTS_DATA_EX
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DuplicateExtentsEx {
    /// [`DuplicateExtentsEx::STRUCTURE_SIZE`]; another is the receiver's to refuse.
    pub structure_size: u64,
    /// What is to be shared.
    pub extents: DuplicateExtents,
    /// [`DuplicateExtentsEx::SOURCE_ATOMIC`]
    pub flags: u32,
}

impl DuplicateExtentsEx {
    /// What StructureSize must say.
    pub const STRUCTURE_SIZE: u64 = 0x30;
    /// DUPLICATE_EXTENTS_DATA_EX_SOURCE_ATOMIC: all of it or nothing.
    pub const SOURCE_ATOMIC: u32 = 1;
}

impl Decode<'_> for DuplicateExtentsEx {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let structure_size = r.u64("StructureSize")?;
        let extents = DuplicateExtents::decode(r)?;
        let flags = r.u32("Flags")?;
        r.skip(4, "Reserved")?;
        Ok(Self { structure_size, extents, flags })
    }
}

impl Encode for DuplicateExtentsEx {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.structure_size);
        self.extents.encode(w);
        w.u32(self.flags);
        w.u32(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let source = FileId { persistent: 1, volatile: 2 };
        let extents = DuplicateExtents { source, source_offset: 3, target_offset: 4, length: 5 };
        let ex = DuplicateExtentsEx { structure_size: 0x30, extents, flags: 1 };
        let bytes = ex.to_bytes();
        assert_eq!((bytes.len(), bytes[0], bytes[8], bytes[24], bytes[48]), (56, 0x30, 1, 3, 1));
        assert_eq!(DuplicateExtentsEx::decode(&mut Reader::new(&bytes)), Ok(ex));
        assert_eq!(DuplicateExtents::decode(&mut Reader::new(&bytes[8..48])), Ok(extents));
        assert_eq!(extents.to_bytes().len(), DuplicateExtents::LEN);
        assert!(DuplicateExtents::decode(&mut Reader::new(&bytes[..39])).is_err());
        assert!(DuplicateExtentsEx::decode(&mut Reader::new(&bytes[..55])).is_err());
    }
}
