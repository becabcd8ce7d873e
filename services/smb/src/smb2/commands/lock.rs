//! [MS-SMB2] 3.3.5.14 Receiving an SMB2 LOCK Request

use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::{FileOpen, LockElement, LockKind};
use lanward_nt::NtStatus;
use lanward_smb2::messages::{self, LockFlags, LockRequest, LockResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) async fn lock(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let request = LockRequest::decode(r)?;
    let file = context.file(request.file_id)?;
    let unlocks = request.locks.first().is_some_and(|l| l.flags == LockFlags::UNLOCK);
    if unlocks {
        return unlock(&file, &request.locks, out).await;
    }
    let elements = request.locks.iter().map(locked).collect::<Result<Vec<_>, _>>()?;
    if elements.len() > 1 && elements.iter().any(|e| !e.fail_immediately) {
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

/// [MS-SMB2] 3.3.5.14.1: what stands before a wrong element is unlocked all the same.
async fn unlock(file: &FileOpen, locks: &[messages::LockElement], out: &mut Out) -> Outcome {
    let right = locks.iter().take_while(|l| l.flags == LockFlags::UNLOCK).count();
    let elements: Vec<_> = locks[..right].iter().map(|l| element(l, LockKind::Unlock)).collect();
    file.lock(&elements).await?;
    if right < locks.len() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    out.body(|w| LockResponse.encode(w));
    Ok(NtStatus::SUCCESS)
}

fn locked(lock: &messages::LockElement) -> Result<LockElement, NtStatus> {
    match lock.flags.difference(LockFlags::FAIL_IMMEDIATELY) {
        LockFlags::SHARED_LOCK => Ok(element(lock, LockKind::Shared)),
        LockFlags::EXCLUSIVE_LOCK => Ok(element(lock, LockKind::Exclusive)),
        _ => Err(NtStatus::INVALID_PARAMETER),
    }
}

const fn element(lock: &messages::LockElement, kind: LockKind) -> LockElement {
    let fail_immediately = lock.flags.contains(LockFlags::FAIL_IMMEDIATELY);
    LockElement { offset: lock.offset, length: lock.length, kind, fail_immediately }
}
