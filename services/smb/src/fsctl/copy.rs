//! The FSCTLs that copy chunks of one open file to another ([MS-SMB2] 3.3.5.15.5, 3.3.5.15.6, [MS-SMB] 2.2.7.2.1).

use super::{Answer, malformed};
use lanward_fsa::FileOpen;
use lanward_nt::fscc::CtlCode;
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb2::messages::{SrvCopychunkCopy, SrvCopychunkResponse, SrvRequestResumeKeyResponse};
use lanward_wire::{Decode, Encode, Reader, ReplyBudget};
use std::sync::Arc;

/// [MS-SMB2] 3.3.3: ServerSideCopyMaxNumberofChunks, ServerSideCopyMaxChunkSize, ServerSideCopyMaxDataSize
const MAX_CHUNKS: u32 = 256;
const MAX_CHUNK: u32 = 1 << 20;
const MAX_COPY: u32 = 16 << 20;

/// What stands for an open that can be copied from. Only its own session can use it.
pub(crate) type ResumeKey = [u8; 24];

pub(crate) fn resume_key(resume_key: ResumeKey, budget: ReplyBudget, out: &mut Vec<u8>) -> Answer {
    let response = SrvRequestResumeKeyResponse { resume_key };
    budget.writer(out).push(1, |w| response.encode(w)).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    Ok(NtStatus::SUCCESS)
}

/// A request for chunks of another file.
#[derive(Debug)]
pub(crate) struct Copychunk<'a> {
    /// SRV_COPYCHUNK, or SRV_COPYCHUNK_WRITE, which does not ask whether the target can be read.
    pub(crate) code: CtlCode,
    pub(crate) input: &'a [u8],
    /// A request without chunks is one for all of the file.
    pub(crate) whole_files: bool,
}

impl Copychunk<'_> {
    /// Copies to `target` from the open that `source` finds by its key.
    pub(crate) async fn carry_out(
        &self,
        target: &Arc<FileOpen>,
        source: impl FnOnce(&ResumeKey) -> Option<Arc<FileOpen>>,
        budget: ReplyBudget,
        out: &mut Vec<u8>,
    ) -> Answer {
        const RESPONSE: usize = 12;
        let copy = SrvCopychunkCopy::decode(&mut Reader::new(self.input)).map_err(malformed)?;
        if budget.limit() < RESPONSE {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let source = source(&copy.source_key).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        // Whoever may execute a file may have its bytes copied from it, as with a READ.
        let readable = AccessMask::READ_DATA | AccessMask::EXECUTE;
        let reads_target = self.code == CtlCode::SRV_COPYCHUNK;
        let may_write = target.granted_access().intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA);
        if !may_write
            || (reads_target && !target.granted_access().contains(AccessMask::READ_DATA))
            || !source.granted_access().intersects(readable)
        {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if copy.chunks.is_empty() && self.whole_files {
            let copied = target.copy_file(&source).await?;
            answer(0, 0, u32::try_from(copied).unwrap_or(u32::MAX), budget, out)?;
            return Ok(NtStatus::SUCCESS);
        }
        let total: u64 = copy.chunks.iter().map(|c| u64::from(c.length)).sum();
        let too_much = copy.chunks.len() > MAX_CHUNKS as usize
            || copy.chunks.iter().any(|c| c.length == 0 || c.length > MAX_CHUNK)
            || total > u64::from(MAX_COPY);
        if too_much {
            // The client learns the limits and tries again within them.
            answer(MAX_CHUNKS, MAX_CHUNK, MAX_COPY, budget, out)?;
            return Ok(NtStatus::INVALID_PARAMETER);
        }
        let (mut chunks, mut written) = (0, 0);
        for chunk in &copy.chunks {
            match target.copy_range(&source, chunk.source_offset, chunk.target_offset, chunk.length).await {
                Ok(n) => {
                    chunks += 1;
                    written += n;
                }
                Err(status) => {
                    answer(chunks, 0, written, budget, out)?;
                    return Ok(status);
                }
            }
        }
        answer(chunks, 0, written, budget, out)?;
        Ok(NtStatus::SUCCESS)
    }
}

fn answer(
    chunks: u32,
    chunk_bytes: u32,
    total: u32,
    budget: ReplyBudget,
    out: &mut Vec<u8>,
) -> Result<(), NtStatus> {
    let response = SrvCopychunkResponse {
        chunks_written: chunks,
        chunk_bytes_written: chunk_bytes,
        total_bytes_written: total,
    };
    let written = budget.writer(out).push(1, |w| response.encode(w));
    written.map_err(|_| NtStatus::INVALID_PARAMETER)
}
