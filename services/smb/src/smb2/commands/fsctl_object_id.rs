//! The FSCTLs about object ids ([MS-FSCC] 2.3.1, 2.3.25, 2.3.77, 2.3.79).

use crate::smb2::context::Outcome;
use crate::smb2::reply::Out;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_nt::fscc::FileObjectId;
use lanward_wire::{Encode, Reader, ReplyBudget};

pub(super) fn answer(id: Result<FileObjectId, NtStatus>, budget: ReplyBudget, out: &mut Out) -> Outcome {
    let id = id?;
    let written = budget.writer(out.vec()).push(1, |w| id.encode(w));
    written.map_err(|_| NtStatus::INVALID_PARAMETER)?;
    Ok(NtStatus::SUCCESS)
}

pub(super) async fn set(file: &FileOpen, input: &[u8]) -> Outcome {
    let id = FileObjectId::parse(input).ok_or(NtStatus::INVALID_PARAMETER)?;
    file.set_object_id(id).await?;
    Ok(NtStatus::SUCCESS)
}

pub(super) async fn extend(file: &FileOpen, input: &[u8]) -> Outcome {
    if input.len() != FileObjectId::EXTENDED_LENGTH {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let old = FileObjectId::default().object_id;
    let wanted = FileObjectId::decode_extended(old, &mut Reader::new(input))?;
    file.extend_object_id(|object_id| FileObjectId { object_id, ..wanted }).await?;
    Ok(NtStatus::SUCCESS)
}
