use crate::caching::Act;
use crate::lock::{LockOutcome, LockTable, RangeLock};
use crate::{FileOpen, LockElement, LockKind, LockOwner};
use lanward_nt::{AccessMask, NtStatus};

/// Rights one of which locking needs.
const DATA_RIGHTS: AccessMask = AccessMask::READ_DATA
    .union(AccessMask::EXECUTE)
    .union(AccessMask::WRITE_DATA)
    .union(AccessMask::APPEND_DATA);

/// Locks got by a request that is not finished; dropped, they go back.
struct Taken<'a> {
    open: &'a FileOpen,
    locks: Vec<RangeLock>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.locks.is_empty() {
            return;
        }
        self.open.with_locks(|held| self.locks.iter().for_each(|l| held.take_back(l)));
    }
}

/// One request in the queue; dropped, it leaves it.
struct InQueue<'a> {
    open: &'a FileOpen,
    lock: RangeLock,
    ticket: Option<u64>,
}

impl Drop for InQueue<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.open.with_locks(|held| held.give_up(ticket, &self.lock));
        }
    }
}

impl FileOpen {
    /// Locks or unlocks ranges ([MS-FSA] 2.1.5.8, 2.1.5.9; [MS-SMB2] 3.3.5.14): when a lock fails, those got before it in the same request
    /// go back; ranges unlocked before stay unlocked. Waits in the order of asking; dropping the future gives up and leaves nothing behind.
    ///
    /// # Errors
    /// LOCK_NOT_GRANTED, RANGE_NOT_LOCKED (also when the open is closed meanwhile), INVALID_LOCK_RANGE, INSUFFICIENT_RESOURCES,
    /// INVALID_PARAMETER for a directory, ACCESS_DENIED without the right to read or write.
    pub async fn lock(&self, elements: &[LockElement]) -> Result<(), NtStatus> {
        self.lock_as(LockOwner::default(), elements).await
    }

    /// The same for one process of the client.
    ///
    /// # Errors
    /// As [`FileOpen::lock`].
    pub async fn lock_as(&self, owner: LockOwner, elements: &[LockElement]) -> Result<(), NtStatus> {
        if self.is_directory() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.require(DATA_RIGHTS)?;
        if elements.iter().any(|e| e.kind != LockKind::Unlock) {
            self.break_caches(Act::Change).await?;
        }
        let mut taken = Taken { open: self, locks: Vec::new() };
        for element in elements {
            let exclusive = match element.kind {
                LockKind::Unlock => {
                    let unlock =
                        |held: &mut LockTable| held.unlock((self.id, owner), element.offset, element.length);
                    self.with_locks(unlock).unwrap_or(Err(NtStatus::FILE_CLOSED))?;
                    continue;
                }
                LockKind::Shared => false,
                LockKind::Exclusive => true,
            };
            let LockElement { offset, length, fail_immediately, .. } = *element;
            let lock = RangeLock { offset, length, exclusive, open: self.id, owner };
            self.lock_one(lock, !fail_immediately).await?;
            taken.locks.push(lock);
        }
        taken.locks.clear();
        Ok(())
    }

    async fn lock_one(&self, lock: RangeLock, may_wait: bool) -> Result<(), NtStatus> {
        let outcome = {
            let mut state = self.node.state();
            if self.is_closed() {
                return Err(NtStatus::FILE_CLOSED);
            }
            let stream = state.stream_mut(self.stream).ok_or(NtStatus::FILE_CLOSED)?;
            stream.locks.lock(lock, may_wait)?
        };
        let LockOutcome::Waiting { ticket, done } = outcome else { return Ok(()) };
        let mut place = InQueue { open: self, lock, ticket: Some(ticket) };
        let outcome = done.await.unwrap_or(Err(NtStatus::RANGE_NOT_LOCKED));
        place.ticket = None;
        outcome
    }

    /// Gives up waiting for a range, which is answered with `status`; whether somebody waited for exactly this one.
    #[must_use]
    pub fn cancel_lock(&self, owner: LockOwner, offset: u64, length: u64, status: NtStatus) -> bool {
        self.with_locks(|held| held.cancel(self.id, (owner, offset, length), status)).unwrap_or(false)
    }

    /// Gives back all ranges that some owners hold through this open.
    pub fn release_locks_of(&self, is_gone: impl Fn(LockOwner) -> bool) {
        self.with_locks(|held| held.release_of(self.id, is_gone));
    }

    /// Byte-range locks this open holds.
    #[must_use]
    pub fn lock_count(&self) -> usize {
        self.with_locks(|held| held.count(self.id)).unwrap_or(0)
    }

    /// The locks of the stream, for a moment.
    fn with_locks<T>(&self, look: impl FnOnce(&mut LockTable) -> T) -> Option<T> {
        self.node.state().stream_mut(self.stream).map(|s| look(&mut s.locks))
    }
}
