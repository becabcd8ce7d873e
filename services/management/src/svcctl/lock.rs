use super::open::{find_manager, manager};
use super::{ServiceDatabase, error};
use crate::call::Call;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::svcctl::{HandleResponse, LockStatus, LockStatusRequest, LockStatusResponse};
use lanward_rpc::{ContextHandle, Fault};
use std::sync::Arc;
use std::time::Instant;

/// Who holds the database's lock, and since when.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    owner: NtString,
    since: Instant,
}

/// A handle to the lock. It gives the lock back when it is closed, or runs down.
struct DatabaseLock(Arc<ServiceDatabase>);

impl Drop for DatabaseLock {
    fn drop(&mut self) {
        self.0.kept().lock = None;
    }
}

/// [MS-SCMR] 3.1.4.4 RLockServiceDatabase.
pub(super) fn lock_database(call: &Call<'_>, handle: &ContextHandle) -> Result<HandleResponse, Fault> {
    let refused = |status| HandleResponse { handle: ContextHandle::NULL, status };
    if find_manager(call, handle)?.rights & manager::LOCK == 0 {
        return Ok(refused(win32::ACCESS_DENIED));
    }
    let services = &call.administration.services;
    {
        let mut kept = services.kept();
        if kept.lock.is_some() {
            return Ok(refused(error::DATABASE_LOCKED));
        }
        kept.lock = Some(Held { owner: call.caller.user.name.clone(), since: Instant::now() });
    }
    let handle = call.handles.open(DatabaseLock(Arc::clone(services)))?;
    Ok(HandleResponse { handle, status: win32::SUCCESS })
}

/// [MS-SCMR] 3.1.4.9 RUnlockServiceDatabase.
pub(super) fn unlock_database(call: &Call<'_>, handle: &ContextHandle) -> Result<HandleResponse, Fault> {
    drop(call.handles.close::<DatabaseLock>(handle)?);
    Ok(HandleResponse { handle: ContextHandle::NULL, status: win32::SUCCESS })
}

/// [MS-SCMR] 3.1.4.18 RQueryServiceLockStatusW.
pub(super) fn query_lock_status(
    call: &Call<'_>,
    request: &LockStatusRequest,
) -> Result<LockStatusResponse, Fault> {
    /// The structure at a client with pointers of 8 bytes.
    const FIXED: u32 = 24;
    let refused = |needed, status| LockStatusResponse { lock: LockStatus::default(), needed, status };
    if find_manager(call, &request.manager)?.rights & manager::QUERY_LOCK == 0 {
        return Ok(refused(0, win32::ACCESS_DENIED));
    }
    let held = call.administration.services.kept().lock.clone();
    let lock = LockStatus {
        locked: held.is_some(),
        owner: Some(held.as_ref().map(|held| held.owner.clone()).unwrap_or_default()),
        duration: held.map_or(0, |held| u32::try_from(held.since.elapsed().as_secs()).unwrap_or(u32::MAX)),
    };
    let owner = lock.owner.as_ref().map_or(0, |owner| owner.units().len() + 1);
    let needed = FIXED + u32::try_from(owner * 2).unwrap_or(u32::MAX - FIXED);
    if needed > request.buffer_size {
        return Ok(refused(needed, error::INSUFFICIENT_BUFFER));
    }
    Ok(LockStatusResponse { lock, needed, status: win32::SUCCESS })
}
