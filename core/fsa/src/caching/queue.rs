use super::{CacheState, OplockLevel, Owner};
use lanward_nt::Guid;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What a client is told when a cache of its breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakNotice {
    /// [MS-SMB2] 2.2.23.1: an oplock is broken to a level.
    Oplock {
        /// What [`crate::FileOpen::set_name`] called the open.
        open: u64,
        /// What is left.
        level: OplockLevel,
    },
    /// [MS-SMB2] 2.2.23.2: a lease is broken.
    Lease {
        /// Whose: [`super::LeaseTable::number`].
        table: u64,
        /// Which.
        key: Guid,
        /// What it allowed.
        current: CacheState,
        /// What it allows once this is acknowledged.
        new: CacheState,
        /// The lease's epoch; 0 for one of version 1.
        epoch: u16,
        /// Whether an acknowledgment is due.
        acknowledge: bool,
    },
}

/// Breaks that wait to be sent over one connection: at most one for each oplock and lease, so never more than opens.
#[derive(Debug, Default)]
pub struct BreakQueue {
    state: Mutex<Pending>,
    ready: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    entries: VecDeque<(Owner, BreakNotice)>,
    /// Sent and not acknowledged, at most one for each oplock and lease.
    sent: Vec<(Owner, BreakNotice)>,
    /// What was sent last does not arrive.
    stalled: bool,
    closed: bool,
}

impl BreakQueue {
    /// Takes the next one that can be sent. One of an oplock whose open has no name yet stays.
    #[must_use]
    pub fn take(&self) -> Option<BreakNotice> {
        let mut state = self.lock();
        let place = state.entries.iter().position(|(owner, _)| is_named(owner))?;
        let (owner, notice) = state.entries.remove(place)?;
        let notice = match (&owner, notice) {
            (Owner::Oplock(oplock), BreakNotice::Oplock { level, .. }) => {
                BreakNotice::Oplock { open: oplock.name(), level }
            }
            _ => notice,
        };
        state.sent.retain(|(o, _)| *o != owner && o.is_breaking());
        if owner.is_breaking() {
            state.sent.push((owner, notice));
        }
        Some(notice)
    }

    /// What was sent does not arrive: until [`BreakQueue::flows`] other connections are preferred, and what is not acknowledged is sent again over
    /// one of them, if there is one ([MS-SMB2] 3.3.4.6, 3.3.4.7).
    pub fn stalls(&self) {
        let sent = {
            let mut state = self.lock();
            state.stalled = true;
            std::mem::take(&mut state.sent)
        };
        let unanswered = sent.into_iter().filter(|(owner, _)| owner.is_breaking());
        let nowhere: Vec<_> = unanswered.filter(|(owner, notice)| !owner.tell_again(*notice)).collect();
        self.lock().sent.extend(nowhere);
    }

    /// Whether something was sent over this connection that the client has to acknowledge and did not yet.
    #[must_use]
    pub fn awaits_answers(&self) -> bool {
        self.lock().sent.iter().any(|(owner, _)| owner.is_breaking())
    }

    /// What was sent has arrived.
    pub fn flows(&self) {
        self.lock().stalled = false;
    }

    /// Completes when there may be something to take.
    pub async fn ready(&self) {
        loop {
            let told = self.ready.notified();
            if self.lock().entries.iter().any(|(owner, _)| is_named(owner)) {
                return;
            }
            told.await;
        }
    }

    /// A queue that nobody looks after yet.
    #[must_use]
    pub fn unattended() -> Self {
        let queue = Self::default();
        queue.lock().closed = true;
        queue
    }

    /// Somebody looks after it from now on.
    pub fn attend(&self) {
        self.lock().closed = false;
    }

    /// The connection is gone: what still waits, and what was sent and not acknowledged, goes another way, if there is one.
    pub fn close(&self) {
        let (entries, sent) = {
            let mut state = self.lock();
            state.closed = true;
            (std::mem::take(&mut state.entries), std::mem::take(&mut state.sent))
        };
        let unanswered = sent.into_iter().filter(|(owner, _)| owner.is_breaking());
        for (owner, notice) in unanswered {
            owner.tell_again(notice);
        }
        for (owner, notice) in entries {
            // Without another way the opens go with their sessions, or the time for an acknowledgment runs out.
            owner.tell(notice);
        }
    }

    fn push(&self, owner: &Owner, notice: BreakNotice) -> bool {
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        match state.entries.iter_mut().find(|(o, _)| o == owner) {
            Some((_, waiting)) => waiting.merge(notice),
            None => state.entries.push_back((owner.clone(), notice)),
        }
        drop(state);
        self.ready.notify_one();
        true
    }

    fn is_well(&self) -> bool {
        let state = self.lock();
        !state.closed && !state.stalled
    }

    fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_named(owner: &Owner) -> bool {
    match owner {
        Owner::Oplock(oplock) => oplock.name() != 0,
        Owner::Lease(_) => true,
    }
}

impl BreakNotice {
    /// A later break before the first was sent: the client learns of both at once.
    const fn merge(&mut self, later: Self) {
        match (&mut *self, later) {
            (Self::Lease { current: first, .. }, Self::Lease { table, key, new, epoch, acknowledge, .. }) => {
                *self = Self::Lease { table, key, current: *first, new, epoch, acknowledge };
            }
            _ => *self = later,
        }
    }
}

/// The ways to a client: the connections of a session or of a client, in the order of their making. The first that lives is taken, if there is one
/// of which nothing worse is known.
#[derive(Debug, Default)]
pub struct BreakRoute {
    ways: Mutex<Vec<Arc<BreakQueue>>>,
    /// Who deals with the breaks of a client that cannot be told.
    last: Option<Arc<BreakQueue>>,
    /// Acknowledgments the client owes before anybody waits for it again.
    owed: AtomicU32,
}

/// What a client owes for each break it did not acknowledge: it has to answer more often than it stays silent.
const OWED_FOR_A_MISS: u32 = 4;
const MOST_OWED: u32 = 64;

impl BreakRoute {
    /// No way yet; what cannot be told goes to `last`, which closes what nobody may keep any more.
    #[must_use]
    pub fn new(last: &Arc<BreakQueue>) -> Self {
        Self { ways: Mutex::default(), last: Some(Arc::clone(last)), owed: AtomicU32::new(0) }
    }

    /// The client let the time for an acknowledgment pass.
    pub(super) fn note_missed(&self) {
        let more = |owed: u32| Some((owed + OWED_FOR_A_MISS).min(MOST_OWED));
        let _ = self.owed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    /// The client has acknowledged something, late or not.
    pub(super) fn note_acknowledged(&self) {
        let _ = self.owed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |owed| owed.checked_sub(1));
    }

    /// Whether others wait for the client's acknowledgment.
    pub(super) fn is_waited_for(&self) -> bool {
        self.owed.load(Ordering::Relaxed) == 0
    }

    /// One more connection; those that are gone are forgotten.
    pub fn add(&self, queue: &Arc<BreakQueue>) {
        let mut ways = self.lock();
        ways.retain(|q| !q.is_closed() && !Arc::ptr_eq(q, queue));
        ways.push(Arc::clone(queue));
    }

    /// One connection less.
    pub fn remove(&self, queue: &Arc<BreakQueue>) {
        self.lock().retain(|q| !Arc::ptr_eq(q, queue));
    }

    /// Whether the client can be told anything.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.lock().iter().any(|q| !q.is_closed())
    }

    pub(super) fn send(&self, owner: &Owner, notice: BreakNotice) -> bool {
        self.send_well(owner, notice) || {
            let ways = self.lock();
            ways.iter().chain(&self.last).any(|queue| queue.push(owner, notice))
        }
    }

    /// Sends over a connection that does not stall; `false` when there is none.
    pub(super) fn send_well(&self, owner: &Owner, notice: BreakNotice) -> bool {
        self.lock().iter().any(|queue| queue.is_well() && queue.push(owner, notice))
    }

    pub(super) fn wake(&self) {
        self.lock().iter().chain(&self.last).for_each(|queue| queue.ready.notify_one());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<BreakQueue>>> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
