//! The FSCTLs that copy from one open file to another ([MS-SMB2] 3.3.5.15.5, 3.3.5.15.6, 3.3.5.15.17, 3.3.5.15.18).

use crate::smb2::context::{Context, Fault, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::FileOpen;
use lanward_nt::{AccessMask, NtStatus};
use lanward_server::OpenBody;
use lanward_smb2::FileId;
use lanward_smb2::messages::{
    AaplCapabilities, CtlCode, DuplicateExtents, DuplicateExtentsEx, IoctlRequest, SrvCopychunkCopy,
    SrvCopychunkResponse, SrvRequestResumeKeyResponse,
};
use lanward_wire::{Decode, Encode, Reader, ReplyBudget};
use std::sync::Arc;

/// [MS-SMB2] 3.3.3: ServerSideCopyMaxNumberofChunks, ServerSideCopyMaxChunkSize, ServerSideCopyMaxDataSize
const MAX_CHUNKS: u32 = 256;
const MAX_CHUNK: u32 = 1 << 20;
const MAX_COPY: u32 = 16 << 20;

/// [MS-SMB2] 3.3.5.15.5: the key names the open; only its own session can use it.
pub(super) fn resume_key(request: &IoctlRequest<'_>, budget: ReplyBudget, out: &mut Out) -> Outcome {
    let mut resume_key = [0; 24];
    resume_key[..8].copy_from_slice(&request.file_id.persistent.to_le_bytes());
    resume_key[8..16].copy_from_slice(&request.file_id.volatile.to_le_bytes());
    let response = SrvRequestResumeKeyResponse { resume_key };
    budget.writer(out.vec()).push(1, |w| response.encode(w)).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    Ok(NtStatus::SUCCESS)
}

/// [MS-SMB2] 3.3.5.15.6 Handling a Server-Side Data Copy Request
pub(super) async fn copychunk(
    context: &Context<'_>,
    target: &Arc<FileOpen>,
    request: &IoctlRequest<'_>,
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    const RESPONSE: usize = 12;
    let copy = SrvCopychunkCopy::decode(&mut Reader::new(request.input))?;
    if budget.limit() < RESPONSE {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let source = copy_source(context, &copy)?;
    // Whoever may execute a file may have its bytes copied from it, as with a READ.
    let readable = AccessMask::READ_DATA | AccessMask::EXECUTE;
    let reads_target = request.ctl_code == CtlCode::SRV_COPYCHUNK;
    let may_write = target.granted_access().intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA);
    if !may_write
        || (reads_target && !target.granted_access().contains(AccessMask::READ_DATA))
        || !source.granted_access().intersects(readable)
    {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    if copy.chunks.is_empty() && context.session()?.agreed_on(AaplCapabilities::COPYFILE) {
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

fn copy_source(context: &Context<'_>, copy: &SrvCopychunkCopy) -> Result<Arc<FileOpen>, NtStatus> {
    let mut id = [0; 8];
    id.copy_from_slice(&copy.source_key[8..16]);
    let entry =
        context.session()?.open_entry(u64::from_le_bytes(id)).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    match entry.open.body() {
        OpenBody::File(file) => Ok(file.clone()),
        OpenBody::Pipe(_) => Err(NtStatus::OBJECT_NAME_NOT_FOUND),
    }
}

fn answer(
    chunks: u32,
    chunk_bytes: u32,
    total: u32,
    budget: ReplyBudget,
    out: &mut Out,
) -> Result<(), Fault> {
    let response = SrvCopychunkResponse {
        chunks_written: chunks,
        chunk_bytes_written: chunk_bytes,
        total_bytes_written: total,
    };
    let written = budget.writer(out.vec()).push(1, |w| response.encode(w));
    written.map_err(|_| Fault::Status(NtStatus::INVALID_PARAMETER))
}

/// [MS-SMB2] 3.3.5.15.17
pub(super) async fn duplicate_extents(context: &Context<'_>, target: &FileOpen, input: &[u8]) -> Outcome {
    let extents = DuplicateExtents::decode(&mut Reader::new(input))?;
    duplicate(context, target, &extents).await
}

/// [MS-SMB2] 3.3.5.15.18. The volume shares all of a stretch in one call, whatever the flags ask.
pub(super) async fn duplicate_extents_ex(context: &Context<'_>, target: &FileOpen, input: &[u8]) -> Outcome {
    let wanted = DuplicateExtentsEx::decode(&mut Reader::new(input))?;
    if wanted.structure_size != DuplicateExtentsEx::STRUCTURE_SIZE {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    duplicate(context, target, &wanted.extents).await
}

async fn duplicate(context: &Context<'_>, target: &FileOpen, wanted: &DuplicateExtents) -> Outcome {
    let source = open_of(context, wanted.source).ok_or(NtStatus::INVALID_HANDLE)?;
    let DuplicateExtents { source_offset, target_offset, length, .. } = *wanted;
    target.duplicate_extents(&source, source_offset, target_offset, length).await?;
    Ok(NtStatus::SUCCESS)
}

/// The file another open of this session has.
fn open_of(context: &Context<'_>, id: FileId) -> Option<Arc<FileOpen>> {
    let entry = context.session().ok()?.open_entry(id.volatile)?;
    match entry.open.body() {
        OpenBody::File(file) => Some(file.clone()),
        OpenBody::Pipe(_) => None,
    }
}
