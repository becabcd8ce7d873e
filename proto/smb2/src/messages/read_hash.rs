use crate::field::{counted32, index};
use lanward_wire::wire_values;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_values! {
    /// What a hash is for.
    HashType(u32) {
        /// SRV_HASH_TYPE_PEER_DIST
        PEER_DIST = 0x01;
    }

    /// How a hash was made.
    HashVersion(u32) {
        /// SRV_HASH_VER_1
        VERSION_1 = 0x01;
        /// SRV_HASH_VER_2
        VERSION_2 = 0x02;
    }

    /// What Offset counts in.
    HashRetrievalType(u32) {
        /// SRV_HASH_RETRIEVE_HASH_BASED: the Content Information File
        HASH_BASED = 0x01;
        /// SRV_HASH_RETRIEVE_FILE_BASED: the file itself
        FILE_BASED = 0x02;
    }
}

/// [MS-SMB2] 2.2.31.2 SRV_READ_HASH Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SrvReadHashRequest {
    /// What the hash is for.
    pub hash_type: HashType,
    /// How it is made.
    pub hash_version: HashVersion,
    /// What `offset` counts in.
    pub hash_retrieval_type: HashRetrievalType,
    /// Bytes at most.
    pub length: u32,
    /// From where.
    pub offset: u64,
}

impl Decode<'_> for SrvReadHashRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            hash_type: HashType(r.u32("HashType")?),
            hash_version: HashVersion(r.u32("HashVersion")?),
            hash_retrieval_type: HashRetrievalType(r.u32("HashRetrievalType")?),
            length: r.u32("Length")?,
            offset: r.u64("Offset")?,
        })
    }
}

impl Encode for SrvReadHashRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.hash_type.0);
        w.u32(self.hash_version.0);
        w.u32(self.hash_retrieval_type.0);
        w.u32(self.length);
        w.u64(self.offset);
    }
}

/// [MS-SMB2] 2.2.32.4.2 SRV_HASH_RETRIEVE_HASH_BASED
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SrvHashRetrieveHashBased<'a> {
    /// From where in the Content Information File.
    pub offset: u64,
    /// A portion of it.
    pub buffer: &'a [u8],
}

impl<'a> Decode<'a> for SrvHashRetrieveHashBased<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let offset = r.u64("Offset")?;
        let len = index(r.u32("BufferLength")?);
        r.skip(4, "Reserved")?;
        Ok(Self { offset, buffer: r.bytes(len, "Buffer")? })
    }
}

impl Encode for SrvHashRetrieveHashBased<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (bytes, len) = counted32(self.buffer);
        w.u64(self.offset);
        w.u32(len);
        w.u32(0);
        w.bytes(bytes);
    }
}

/// [MS-SMB2] 2.2.32.4.3 SRV_HASH_RETRIEVE_FILE_BASED
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SrvHashRetrieveFileBased<'a> {
    /// From where in the file.
    pub file_data_offset: u64,
    /// Bytes of the file that the hash covers.
    pub file_data_length: u64,
    /// A portion of the Content Information File.
    pub buffer: &'a [u8],
}

impl<'a> Decode<'a> for SrvHashRetrieveFileBased<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (file_data_offset, file_data_length) = (r.u64("FileDataOffset")?, r.u64("FileDataLength")?);
        let len = index(r.u32("BufferLength")?);
        r.skip(4, "Reserved")?;
        Ok(Self { file_data_offset, file_data_length, buffer: r.bytes(len, "Buffer")? })
    }
}

impl Encode for SrvHashRetrieveFileBased<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (bytes, len) = counted32(self.buffer);
        w.u64(self.file_data_offset);
        w.u64(self.file_data_length);
        w.u32(len);
        w.u32(0);
        w.bytes(bytes);
    }
}
