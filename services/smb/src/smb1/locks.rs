//! Byte-range locks as clients of SMB1 ask for them: with a time to wait, and two errors for one refusal.

use super::context::Context;
use super::session::OpenEntry;
use lanward_fsa::{LockElement, LockKind, LockOwner};
use lanward_nt::NtStatus;
use lanward_smb1::messages::LockType;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

/// "The server SHOULD reattempt the lock request for a brief interval" ([MS-CIFS] 3.3.5.15): whoever asks for a range again and again waits a little.
const BRIEFLY: Duration = Duration::from_millis(100);
/// Ranges from here on are those by which databases tell each other what they do: a refusal is expected there and told as such.
const CONFLICTS_FROM: u64 = 0xef00_0000;
/// Server.Open.LastFailedLockOffset of an open that was refused nothing.
pub(crate) const NO_OFFSET: u64 = u64::MAX;

/// A range of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) owner: LockOwner,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// A range that is waited for, and the kind of lock: only a request of the same kind cancels it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaitingLock {
    pub(crate) range: Range,
    pub(crate) kind: LockType,
}

impl OpenEntry {
    /// Ends a wait for exactly this; whether there was one.
    pub(crate) fn cancel_lock(&self, wanted: WaitingLock) -> bool {
        let Range { owner, offset, length } = wanted.range;
        let waits = self.waiting().contains(&wanted);
        waits && self.file().is_ok_and(|f| f.cancel_lock(owner, offset, length, NtStatus::FILE_LOCK_CONFLICT))
    }

    /// Ends all waits as closing the open does: the FID is none any more.
    pub(crate) fn end_lock_waits(&self) {
        let waiting = self.waiting().clone();
        let Ok(file) = self.file() else { return };
        for WaitingLock { range: Range { owner, offset, length }, .. } in waiting {
            let _ = file.cancel_lock(owner, offset, length, NtStatus::RANGE_NOT_LOCKED);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<WaitingLock>> {
        self.waiting_locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait, known to the open as long as it lasts.
struct Noted<'a> {
    entry: &'a OpenEntry,
    lock: WaitingLock,
}

impl<'a> Noted<'a> {
    fn new(entry: &'a OpenEntry, lock: WaitingLock) -> Self {
        entry.waiting().push(lock);
        Self { entry, lock }
    }
}

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        let mut waiting = self.entry.waiting();
        if let Some(at) = waiting.iter().position(|w| *w == self.lock) {
            waiting.remove(at);
        }
    }
}

/// Takes ranges, all or none, each waiting for at most `timeout` milliseconds; all ones is for ever.
///
/// # Errors
/// LOCK_NOT_GRANTED the first time a range is refused at once, else FILE_LOCK_CONFLICT; what the core says.
pub(crate) async fn lock(
    context: &Context<'_>,
    entry: &OpenEntry,
    ranges: &[Range],
    lock_type: LockType,
    timeout: u32,
) -> Result<(), NtStatus> {
    let file = entry.file()?;
    let shared = lock_type.contains(LockType::SHARED_LOCK);
    let kind = if shared { LockKind::Shared } else { LockKind::Exclusive };
    for (taken, range) in ranges.iter().enumerate() {
        let wait = wait_for(entry, range, timeout);
        let fail_immediately = wait == Wait::Not;
        let element = [LockElement { offset: range.offset, length: range.length, kind, fail_immediately }];
        let noted =
            (!fail_immediately).then(|| Noted::new(entry, WaitingLock { range: *range, kind: lock_type }));
        let outcome = within(context, wait, file.lock_as(range.owner, &element)).await;
        drop(noted);
        let Err(status) = outcome else { continue };
        // What was got before goes back.
        for range in ranges[..taken].iter().rev() {
            unlock(entry, range).await.ok();
        }
        return Err(refusal(entry, range, timeout, status));
    }
    Ok(())
}

/// Gives a range back.
///
/// # Errors
/// RANGE_NOT_LOCKED; what the core says.
pub(crate) async fn unlock(entry: &OpenEntry, range: &Range) -> Result<(), NtStatus> {
    let (offset, length) = (range.offset, range.length);
    let element = [LockElement { offset, length, kind: LockKind::Unlock, fail_immediately: true }];
    entry.file()?.lock_as(range.owner, &element).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Not,
    At(Duration),
    Forever,
}

fn wait_for(entry: &OpenEntry, range: &Range, timeout: u32) -> Wait {
    match timeout {
        0 if entry.last_failed_lock.load(Ordering::Relaxed) == range.offset => Wait::At(BRIEFLY),
        0 => Wait::Not,
        u32::MAX => Wait::Forever,
        milliseconds => Wait::At(Duration::from_millis(milliseconds.into())),
    }
}

async fn within(
    context: &Context<'_>,
    wait: Wait,
    lock: impl Future<Output = Result<(), NtStatus>>,
) -> Result<(), NtStatus> {
    let time = async {
        match wait {
            Wait::At(time) => tokio::time::sleep(time).await,
            Wait::Not | Wait::Forever => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = context.unit.cancelled() => Err(context.unit.gives_up_lock()),
        outcome = lock => outcome,
        () = time => Err(NtStatus::FILE_LOCK_CONFLICT),
    }
}

/// What the client hears of a refusal ([MS-CIFS] 3.3.5.15, 3.3.5.30 and its note on overlapping ranges).
fn refusal(entry: &OpenEntry, range: &Range, timeout: u32, status: NtStatus) -> NtStatus {
    match status {
        NtStatus::LOCK_NOT_GRANTED | NtStatus::FILE_LOCK_CONFLICT => {
            let last = entry.last_failed_lock.swap(range.offset, Ordering::Relaxed);
            let expected = range.offset >= CONFLICTS_FROM && range.offset >> 63 == 0;
            if timeout != 0 || last == range.offset || expected {
                NtStatus::FILE_LOCK_CONFLICT
            } else {
                NtStatus::LOCK_NOT_GRANTED
            }
        }
        NtStatus::CANCELLED => NtStatus::FILE_LOCK_CONFLICT,
        other => other,
    }
}
