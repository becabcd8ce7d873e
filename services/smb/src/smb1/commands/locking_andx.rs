//! [MS-CIFS] 3.3.5.30 Receiving an SMB_COM_LOCKING_ANDX Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::locks::{self, Range, WaitingLock};
use crate::smb1::reply::Out;
use crate::smb1::session::OpenEntry;
use lanward_fsa::OplockLevel;
use lanward_nt::NtStatus;
use lanward_smb1::messages::{Empty, LockType, LockingAndxRange, LockingAndxRequest};
use lanward_smb1::{Body, Message};

/// STATUS_OS2_ATOMIC_LOCKS_NOT_SUPPORTED: a lock of one kind becomes none of the other.
const OS2_ATOMIC_LOCKS_NOT_SUPPORTED: NtStatus = NtStatus(0x00ae_0001);
/// STATUS_OS2_CANCEL_VIOLATION: nobody waits for the range.
const OS2_CANCEL_VIOLATION: NtStatus = NtStatus(0x00ad_0001);

/// What a lock is, of all that a request says.
const KIND: LockType = LockType::SHARED_LOCK.union(LockType::LARGE_FILES);

pub(in crate::smb1) async fn locking_andx(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = LockingAndxRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    if request.lock_type.contains(LockType::OPLOCK_RELEASE) {
        release_oplock(&entry, request.new_oplock_level);
        if request.unlocks.is_empty() && request.locks.is_empty() {
            out.silence();
            return Ok(NtStatus::SUCCESS);
        }
    }
    if request.lock_type.contains(LockType::CHANGE_LOCKTYPE) {
        return Err(OS2_ATOMIC_LOCKS_NOT_SUPPORTED.into());
    }
    let range = |r: &LockingAndxRange| Range {
        owner: entry.lock_owner(r.process_id),
        offset: r.offset,
        length: r.length,
    };
    for unlock in &request.unlocks {
        locks::unlock(&entry, &range(unlock)).await?;
    }
    let wanted: Vec<Range> = request.locks.iter().map(range).collect();
    if request.lock_type.contains(LockType::CANCEL_LOCK) {
        cancel(&entry, &wanted, request.lock_type)?;
    } else if !wanted.is_empty() {
        locks::lock(context, &entry, &wanted, request.lock_type.intersection(KIND), request.timeout).await?;
    }
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

/// The client gives up what it cached: all of it, or what it wrote. That nothing is to be given up is no error.
fn release_oplock(entry: &OpenEntry, new_level: u8) {
    let Some(file) = entry.open.file() else { return };
    let level = if new_level == 1 { OplockLevel::Two } else { OplockLevel::None };
    let kept = file.acknowledge_oplock(level).or_else(|_| file.acknowledge_oplock(OplockLevel::None));
    if let Err(status) = kept {
        tracing::debug!(%status, fid = entry.fid, "an oplock is given up that does not break");
    }
}

/// One request that waits for a range ends; of several ranges only the first counts.
fn cancel(entry: &OpenEntry, ranges: &[Range], lock_type: LockType) -> Result<(), NtStatus> {
    let Some(range) = ranges.first().copied() else { return Ok(()) };
    let kind = lock_type.intersection(KIND);
    if entry.cancel_lock(WaitingLock { range, kind }) { Ok(()) } else { Err(OS2_CANCEL_VIOLATION) }
}
