//! [MS-SMB2] 3.3.5.14 Receiving an SMB2 LOCK Request

use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::{FileOpen, LockElement, LockKind};
use lanward_nt::NtStatus;
use lanward_server::{LockSequences, Open};
use lanward_smb2::Dialect;
use lanward_smb2::messages::{self, Capabilities, LockFlags, LockRequest, LockResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) async fn lock(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let request = LockRequest::decode(r)?;
    let open = context.open_entry(request.file_id)?.open;
    let file = open.file().ok_or(NtStatus::INVALID_DEVICE_REQUEST)?;
    let sequence = Sequence::of(context, &request, &open);
    if sequence.is_replay() {
        out.body(|w| LockResponse.encode(w));
        return Ok(NtStatus::SUCCESS);
    }
    let unlocks = request.locks.first().is_some_and(|l| l.flags == LockFlags::UNLOCK);
    if unlocks {
        unlock(file, &request.locks, out).await?;
        sequence.done();
        open.keep_again().await?;
        return Ok(NtStatus::SUCCESS);
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
    sequence.done();
    open.keep_again().await?;
    out.body(|w| LockResponse.encode(w));
    Ok(NtStatus::SUCCESS)
}

/// [MS-SMB2] 3.3.5.14: by which a request that is sent again is known, where the client may do that.
struct Sequence<'a> {
    sequences: Option<&'a LockSequences>,
    index: u32,
    number: u32,
}

impl<'a> Sequence<'a> {
    fn of(context: &Context<'_>, request: &LockRequest, open: &'a Open) -> Self {
        let (index, number) = (request.sequence_index(), request.sequence_number());
        let promise = open.promise();
        let kept = promise.durable || promise.persistent || promise.resilient;
        let channels = context
            .connection
            .negotiated()
            .is_some_and(|n| n.dialect.is_smb3() && n.capabilities.contains(Capabilities::MULTI_CHANNEL));
        let known = index != 0 && context.dialect() != Some(Dialect::V2_0_2) && (kept || channels);
        Self { sequences: known.then(|| open.lock_sequences()), index, number }
    }

    fn is_replay(&self) -> bool {
        self.sequences.is_some_and(|s| s.is_replay(self.index, self.number))
    }

    fn done(&self) {
        if let Some(sequences) = self.sequences {
            sequences.done(self.index, self.number);
        }
    }
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
