//! [MS-SMB2] 3.3.5.14 Receiving an SMB2 LOCK Request

use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::{LockElement, LockKind};
use lanward_nt::NtStatus;
use lanward_smb2::messages::{LockFlags, LockRequest, LockResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) async fn lock(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let request = LockRequest::decode(r)?;
    let file = context.file(request.file_id)?;
    let unlocks = request.locks.first().is_some_and(|l| l.flags == LockFlags::UNLOCK);
    let elements = request.locks.iter().map(|l| element(l, unlocks)).collect::<Result<Vec<_>, _>>()?;
    if elements.len() > 1 && elements.iter().any(|e| e.kind != LockKind::Unlock && !e.fail_immediately) {
        // [MS-SMB2] 3.3.5.14.2: only a single lock may wait.
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    context.expect_wait();
    tokio::select! {
        biased;
        outcome = file.lock(&elements) => outcome?,
        () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
    }
    out.body(|w| LockResponse.encode(w));
    Ok(NtStatus::SUCCESS)
}

fn element(lock: &lanward_smb2::messages::LockElement, unlocks: bool) -> Result<LockElement, NtStatus> {
    let fail_immediately = lock.flags.contains(LockFlags::FAIL_IMMEDIATELY);
    let kind = match lock.flags.difference(LockFlags::FAIL_IMMEDIATELY) {
        LockFlags::SHARED_LOCK => LockKind::Shared,
        LockFlags::EXCLUSIVE_LOCK => LockKind::Exclusive,
        LockFlags::UNLOCK if !fail_immediately => LockKind::Unlock,
        _ => return Err(NtStatus::INVALID_PARAMETER),
    };
    if (kind == LockKind::Unlock) != unlocks {
        // [MS-SMB2] 3.3.5.14.1: a request locks or unlocks, never both.
        return Err(NtStatus::INVALID_PARAMETER);
    }
    Ok(LockElement { offset: lock.offset, length: lock.length, kind, fail_immediately })
}
