//! The FSCTLs about reparse points ([MS-FSCC] 2.3.27, 2.3.81, 2.3.5).

use super::Answer;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_wire::{Encode, ReplyBudget};

/// As much of it as fits, but its header at least ([MS-FSA] 2.1.5.10.14).
pub(super) async fn get(file: &FileOpen, budget: ReplyBudget, out: &mut Vec<u8>) -> Answer {
    let point = file.reparse_point().await?;
    if budget.limit() < point.header_length() {
        return Err(NtStatus::BUFFER_TOO_SMALL);
    }
    match budget.writer(out).push_truncated(|w| point.encode(w)) {
        Ok(()) => Ok(NtStatus::SUCCESS),
        Err(_) => Ok(NtStatus::BUFFER_OVERFLOW),
    }
}

pub(super) async fn set(file: &FileOpen, input: &[u8]) -> Answer {
    file.set_reparse_point(input).await?;
    Ok(NtStatus::SUCCESS)
}

pub(super) async fn delete(file: &FileOpen, input: &[u8]) -> Answer {
    file.delete_reparse_point(input).await?;
    Ok(NtStatus::SUCCESS)
}
