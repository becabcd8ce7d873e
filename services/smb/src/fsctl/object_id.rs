//! The FSCTLs about object ids ([MS-FSCC] 2.3.1, 2.3.25, 2.3.77, 2.3.79).

use super::{Answer, malformed};
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_nt::fscc::FileObjectId;
use lanward_wire::{Encode, Reader, ReplyBudget};

pub(super) fn answer(id: Result<FileObjectId, NtStatus>, budget: ReplyBudget, out: &mut Vec<u8>) -> Answer {
    let id = id?;
    let written = budget.writer(out).push(1, |w| id.encode(w));
    written.map_err(|_| NtStatus::INVALID_PARAMETER)?;
    Ok(NtStatus::SUCCESS)
}

pub(super) async fn set(file: &FileOpen, input: &[u8]) -> Answer {
    let id = FileObjectId::parse(input).ok_or(NtStatus::INVALID_PARAMETER)?;
    file.set_object_id(id).await?;
    Ok(NtStatus::SUCCESS)
}

pub(super) async fn extend(file: &FileOpen, input: &[u8]) -> Answer {
    if input.len() != FileObjectId::EXTENDED_LENGTH {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let old = FileObjectId::default().object_id;
    let wanted = FileObjectId::decode_extended(old, &mut Reader::new(input)).map_err(malformed)?;
    file.extend_object_id(|object_id| FileObjectId { object_id, ..wanted }).await?;
    Ok(NtStatus::SUCCESS)
}
