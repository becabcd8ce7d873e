use crate::Guid;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-FSCC] 2.1.3.1 FILE_OBJECTID_BUFFER: what finds a file again wherever it moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileObjectId {
    /// The file.
    pub object_id: Guid,
    /// The volume it was on when it got its first id.
    pub birth_volume_id: Guid,
    /// Its first id.
    pub birth_object_id: Guid,
    /// Always zero.
    pub domain_id: Guid,
}

impl FileObjectId {
    /// Bytes it has.
    pub const LENGTH: usize = 64;
    /// Bytes of what stands behind the object's own id.
    pub const EXTENDED_LENGTH: usize = 48;

    /// From its bytes; `None` where they are not as many as it has.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let r = &mut Reader::new(bytes);
        Self::decode(r).ok().filter(|_| r.is_empty())
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }

    /// From what FSCTL_SET_OBJECT_ID_EXTENDED brings: the ids of birth and domain ([MS-FSCC] 2.3.79).
    ///
    /// # Errors
    /// Fewer than 48 bytes.
    pub fn decode_extended(object_id: Guid, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            object_id,
            birth_volume_id: Guid::decode(r)?,
            birth_object_id: Guid::decode(r)?,
            domain_id: Guid::decode(r)?,
        })
    }
}

impl Decode<'_> for FileObjectId {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let object_id = Guid::decode(r)?;
        Self::decode_extended(object_id, r)
    }
}

impl Encode for FileObjectId {
    fn encode(&self, w: &mut Writer<'_>) {
        self.object_id.encode(w);
        self.birth_volume_id.encode(w);
        self.birth_object_id.encode(w);
        self.domain_id.encode(w);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let id = FileObjectId {
            object_id: Guid([1; 16]),
            birth_volume_id: Guid([2; 16]),
            birth_object_id: Guid([3; 16]),
            domain_id: Guid([4; 16]),
        };
        let bytes = id.to_bytes();
        assert_eq!(
            (bytes.len(), bytes[0], bytes[16], bytes[32], bytes[48]),
            (FileObjectId::LENGTH, 1, 2, 3, 4)
        );
        assert_eq!(FileObjectId::decode(&mut Reader::new(&bytes)), Ok(id));
        assert_eq!((FileObjectId::parse(&id.bytes()), FileObjectId::parse(&bytes[1..])), (Some(id), None));
        let rest = &mut Reader::new(&bytes[16..]);
        assert_eq!(FileObjectId::decode_extended(Guid([1; 16]), rest), Ok(id));
    }
}
