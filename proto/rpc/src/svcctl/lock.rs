use super::query::buffer_size;
use crate::{Alignment, ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SCMR] 3.1.4.18 RQueryServiceLockStatusW (Opnum 18), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockStatusRequest {
    /// hSCManager
    pub manager: ContextHandle,
    /// cbBufSize: bytes the client has room for.
    pub buffer_size: u32,
}

/// [MS-SCMR] 2.2.17 QUERY_SERVICE_LOCK_STATUSW
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockStatus {
    /// fIsLocked
    pub locked: bool,
    /// lpLockOwner
    pub owner: Option<NtString>,
    /// dwLockDuration, in seconds
    pub duration: u32,
}

/// What the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockStatusResponse {
    /// lpLockStatus
    pub lock: LockStatus,
    /// pcbBytesNeeded
    pub needed: u32,
    /// A Win32 error.
    pub status: u32,
}

impl LockStatusRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { manager: r.context_handle("hSCManager")?, buffer_size: buffer_size(r, 4 * 1024)? })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.manager);
        w.u32(self.buffer_size);
    }
}

impl LockStatusResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (locked, present, duration) = r.structure(Alignment::Pointer, "lpLockStatus", |r| {
            Ok((r.u32("fIsLocked")? != 0, r.pointer("lpLockOwner")?, r.u32("dwLockDuration")?))
        })?;
        let owner = present.then(|| r.string("lpLockOwner")).transpose()?;
        let lock = LockStatus { locked, owner, duration };
        Ok(Self { lock, needed: r.u32("pcbBytesNeeded")?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.structure(Alignment::Pointer, |w| {
            w.u32(self.lock.locked.into());
            w.pointer(self.lock.owner.is_some());
            w.u32(self.lock.duration);
        });
        w.deferred_string(self.lock.owner.as_ref());
        w.u32(self.needed);
        w.u32(self.status);
    }
}
