use crate::field::{counted32, index, long};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// Names the source of a copy; only the server that gave it can read it.
pub type ResumeKey = [u8; 24];

/// [MS-SMB2] 2.2.31.1.1 SRV_COPYCHUNK
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SrvCopychunk {
    /// Where in the source, in bytes.
    pub source_offset: u64,
    /// Where in the target, in bytes.
    pub target_offset: u64,
    /// Bytes to copy.
    pub length: u32,
}

impl SrvCopychunk {
    /// Bytes a chunk has.
    pub const LEN: usize = 24;
}

impl Decode<'_> for SrvCopychunk {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (source_offset, target_offset) = (r.u64("SourceOffset")?, r.u64("TargetOffset")?);
        let length = r.u32("Length")?;
        r.skip(4, "Reserved")?;
        Ok(Self { source_offset, target_offset, length })
    }
}

impl Encode for SrvCopychunk {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.source_offset);
        w.u64(self.target_offset);
        w.u32(self.length);
        w.u32(0);
    }
}

/// [MS-SMB2] 2.2.31.1 SRV_COPYCHUNK_COPY, the input of FSCTL_SRV_COPYCHUNK and FSCTL_SRV_COPYCHUNK_WRITE
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SrvCopychunkCopy {
    /// The source.
    pub source_key: ResumeKey,
    /// What to copy; may be empty, which asks for the server's limits.
    pub chunks: Vec<SrvCopychunk>,
}

impl Decode<'_> for SrvCopychunkCopy {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let source_key = r.array("SourceKey")?;
        let count = index(r.u32("ChunkCount")?);
        r.skip(4, "Reserved")?;
        let chunks = &mut Reader::new(r.bytes(count.saturating_mul(SrvCopychunk::LEN), "Chunks")?);
        let chunks = (0..count).map(|_| SrvCopychunk::decode(chunks)).collect::<Result<_, _>>()?;
        Ok(Self { source_key, chunks })
    }
}

impl Encode for SrvCopychunkCopy {
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&self.source_key);
        w.u32(long(self.chunks.len()));
        w.u32(0);
        self.chunks.iter().for_each(|chunk| chunk.encode(w));
    }
}

/// [MS-SMB2] 2.2.32.1 SRV_COPYCHUNK_RESPONSE. With INVALID_PARAMETER it carries the server's limits instead: chunks,
/// bytes of a chunk, bytes of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SrvCopychunkResponse {
    /// Chunks that were written whole.
    pub chunks_written: u32,
    /// Bytes of the chunk that was not.
    pub chunk_bytes_written: u32,
    /// Bytes of all chunks.
    pub total_bytes_written: u32,
}

impl Decode<'_> for SrvCopychunkResponse {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            chunks_written: r.u32("ChunksWritten")?,
            chunk_bytes_written: r.u32("ChunkBytesWritten")?,
            total_bytes_written: r.u32("TotalBytesWritten")?,
        })
    }
}

impl Encode for SrvCopychunkResponse {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.chunks_written);
        w.u32(self.chunk_bytes_written);
        w.u32(self.total_bytes_written);
    }
}

/// [MS-SMB2] 2.2.32.3 SRV_REQUEST_RESUME_KEY Response. Its Context means nothing: four zero bytes are written, as
/// clients expect 32 bytes in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SrvRequestResumeKeyResponse {
    /// The key.
    pub resume_key: ResumeKey,
}

impl Decode<'_> for SrvRequestResumeKeyResponse {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let resume_key = r.array("ResumeKey")?;
        r.skip(4, "ContextLength")?;
        Ok(Self { resume_key })
    }
}

impl Encode for SrvRequestResumeKeyResponse {
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&self.resume_key);
        w.u64(0);
    }
}

/// [MS-SMB2] 2.2.32.2 SRV_SNAPSHOT_ARRAY, the output of FSCTL_SRV_ENUMERATE_SNAPSHOTS
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SrvSnapshotArray<'a> {
    /// Previous versions there are.
    pub number_of_snapshots: u32,
    /// Previous versions listed: all, or none where they do not fit.
    pub number_of_snapshots_returned: u32,
    /// Bytes that the whole list has.
    pub snapshot_array_size: u32,
    /// UTF-16LE @GMT tokens, each with a NUL behind it, and one more NUL.
    pub snapshots: &'a [u8],
}

impl<'a> Decode<'a> for SrvSnapshotArray<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let number_of_snapshots = r.u32("NumberOfSnapShots")?;
        let number_of_snapshots_returned = r.u32("NumberOfSnapShotsReturned")?;
        let snapshot_array_size = r.u32("SnapShotArraySize")?;
        let listed = if number_of_snapshots_returned == 0 { 0 } else { index(snapshot_array_size) };
        let snapshots = r.bytes(listed, "SnapShots")?;
        Ok(Self { number_of_snapshots, number_of_snapshots_returned, snapshot_array_size, snapshots })
    }
}

impl Encode for SrvSnapshotArray<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.number_of_snapshots);
        w.u32(self.number_of_snapshots_returned);
        w.u32(self.snapshot_array_size);
        w.bytes(counted32(self.snapshots).0);
    }
}
