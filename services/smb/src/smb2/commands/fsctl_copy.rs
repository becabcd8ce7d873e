//! The FSCTLs that name the file to copy from by a FileId or by the key that stands for one ([MS-SMB2] 3.3.5.15.5, 3.3.5.15.6, 3.3.5.15.17,
//! 3.3.5.15.18).

use crate::fsctl::copy::{self, ResumeKey};
use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_server::OpenBody;
use lanward_smb2::FileId;
use lanward_smb2::messages::{AaplCapabilities, DuplicateExtents, DuplicateExtentsEx, IoctlRequest};
use lanward_wire::{Decode, Reader, ReplyBudget};
use std::sync::Arc;

/// [MS-SMB2] 3.3.5.15.5: the key names the open; only its own session can use it.
pub(super) fn resume_key(request: &IoctlRequest<'_>, budget: ReplyBudget, out: &mut Out) -> Outcome {
    let mut resume_key = ResumeKey::default();
    resume_key[..8].copy_from_slice(&request.file_id.persistent.to_le_bytes());
    resume_key[8..16].copy_from_slice(&request.file_id.volatile.to_le_bytes());
    Ok(copy::resume_key(resume_key, budget, out.vec())?)
}

/// [MS-SMB2] 3.3.5.15.6 Handling a Server-Side Data Copy Request
pub(super) async fn copychunk(
    context: &Context<'_>,
    target: &Arc<FileOpen>,
    request: &IoctlRequest<'_>,
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    let whole_files = context.session()?.agreed_on(AaplCapabilities::COPYFILE);
    let source = |key: &ResumeKey| {
        let mut volatile = [0; 8];
        volatile.copy_from_slice(&key[8..16]);
        open_of(context, FileId { persistent: 0, volatile: u64::from_le_bytes(volatile) })
    };
    let copy = copy::Copychunk { code: request.ctl_code, input: request.input, whole_files };
    Ok(copy.carry_out(target, source, budget, out.vec()).await?)
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
        OpenBody::Pipe(_) | OpenBody::PrintJob(_) | OpenBody::Device(_) => None,
    }
}
