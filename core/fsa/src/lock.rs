use lanward_nt::NtStatus;
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// What is asked of a byte range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    /// Others may read.
    Shared,
    /// Nobody else may read or write.
    Exclusive,
    /// Give the range back, exactly as it was locked.
    Unlock,
}

/// Whose a lock is beside the open's: a process of an old client, for which each process has its own locks ([MS-CIFS] 2.2.4.32.1 PID). What came
/// later knows opens only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LockOwner(pub u32);

/// One element of a lock request ([MS-SMB2] 2.2.26.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockElement {
    /// First byte.
    pub offset: u64,
    /// Length in bytes; 0 is a range of its own kind.
    pub length: u64,
    /// What is asked.
    pub kind: LockKind,
    /// Answer LOCK_NOT_GRANTED instead of waiting.
    pub fail_immediately: bool,
}

/// Most ranges one open may hold, and most requests that may wait for one file.
const MAX_LOCKS_PER_OPEN: usize = 65_536;
const MAX_WAITING: usize = 16_384;

/// A range that an open holds or wants ([MS-FSA] 2.1.1.10 Per ByteRangeLock).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RangeLock {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) exclusive: bool,
    pub(crate) open: u64,
    pub(crate) owner: LockOwner,
}

impl RangeLock {
    fn is_of(&self, open: u64, owner: LockOwner) -> bool {
        self.open == open && self.owner == owner
    }

    fn overlaps(&self, offset: u64, length: u64) -> bool {
        if (self.offset == 0 && self.length == 0) || (offset == 0 && length == 0) {
            return false;
        }
        let last = offset.wrapping_add(length).wrapping_sub(1);
        let own_last = self.offset.wrapping_add(self.length).wrapping_sub(1);
        offset <= own_last && last >= self.offset
    }
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    lock: RangeLock,
    done: oneshot::Sender<Result<(), NtStatus>>,
}

/// What became of a request that may wait.
#[derive(Debug)]
pub(crate) enum LockOutcome {
    Granted,
    Waiting { ticket: u64, done: oneshot::Receiver<Result<(), NtStatus>> },
}

/// The byte-range locks of one file ([MS-FSA] 2.1.4.10, 2.1.5.8, 2.1.5.9) and who waits for one, in the order of asking.
#[derive(Debug, Default)]
pub(crate) struct LockTable {
    held: Vec<RangeLock>,
    waiting: VecDeque<Waiting>,
    last_ticket: u64,
}

impl LockTable {
    /// Whether reading or writing a range must be refused.
    pub(crate) fn blocks_io(
        &self,
        (open, owner): (u64, LockOwner),
        offset: u64,
        length: u64,
        writing: bool,
    ) -> bool {
        self.held
            .iter()
            .any(|l| l.overlaps(offset, length) && if l.exclusive { !l.is_of(open, owner) } else { writing })
    }

    fn blocks_lock(&self, wanted: &RangeLock) -> bool {
        self.held.iter().any(|l| {
            l.overlaps(wanted.offset, wanted.length)
                && (wanted.exclusive || (l.exclusive && !l.is_of(wanted.open, wanted.owner)))
        })
    }

    /// Takes a range.
    ///
    /// # Errors
    /// INVALID_LOCK_RANGE, LOCK_NOT_GRANTED when it may not wait, INSUFFICIENT_RESOURCES.
    pub(crate) fn lock(&mut self, wanted: RangeLock, may_wait: bool) -> Result<LockOutcome, NtStatus> {
        check_range(wanted.offset, wanted.length)?;
        if !self.blocks_lock(&wanted) {
            if self.held.len() >= MAX_LOCKS_PER_OPEN && self.count(wanted.open) >= MAX_LOCKS_PER_OPEN {
                return Err(NtStatus::INSUFFICIENT_RESOURCES);
            }
            self.held.push(wanted);
            return Ok(LockOutcome::Granted);
        }
        if !may_wait {
            return Err(NtStatus::LOCK_NOT_GRANTED);
        }
        if self.waiting.len() >= MAX_WAITING {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        self.last_ticket += 1;
        let (sender, done) = oneshot::channel();
        self.waiting.push_back(Waiting { ticket: self.last_ticket, lock: wanted, done: sender });
        Ok(LockOutcome::Waiting { ticket: self.last_ticket, done })
    }

    /// Gives back a range that was locked exactly so; of several an exclusive one first.
    ///
    /// # Errors
    /// RANGE_NOT_LOCKED, INVALID_LOCK_RANGE.
    pub(crate) fn unlock(
        &mut self,
        (open, owner): (u64, LockOwner),
        offset: u64,
        length: u64,
    ) -> Result<(), NtStatus> {
        check_range(offset, length)?;
        let same = |l: &RangeLock| l.is_of(open, owner) && l.offset == offset && l.length == length;
        let exclusive = self.held.iter().position(|l| same(l) && l.exclusive);
        let found =
            exclusive.or_else(|| self.held.iter().rposition(same)).ok_or(NtStatus::RANGE_NOT_LOCKED)?;
        self.held.remove(found);
        self.grant_waiting();
        Ok(())
    }

    /// Takes one lock back that a request got before it failed.
    pub(crate) fn take_back(&mut self, lock: &RangeLock) {
        if let Some(found) = self.held.iter().rposition(|l| l == lock) {
            self.held.remove(found);
            self.grant_waiting();
        }
    }

    /// A waiting request is given up: it leaves the queue, or gives back what it was granted meanwhile.
    pub(crate) fn give_up(&mut self, ticket: u64, lock: &RangeLock) {
        match self.waiting.iter().position(|w| w.ticket == ticket) {
            Some(place) => drop(self.waiting.remove(place)),
            None => self.take_back(lock),
        }
    }

    /// Answers a request that waits for exactly this range with `status`; whether there was one.
    pub(crate) fn cancel(&mut self, open: u64, range: (LockOwner, u64, u64), status: NtStatus) -> bool {
        let (owner, offset, length) = range;
        let meant =
            |w: &Waiting| w.lock.is_of(open, owner) && w.lock.offset == offset && w.lock.length == length;
        let waiting = self.waiting.iter().position(meant).and_then(|place| self.waiting.remove(place));
        waiting.is_some_and(|w| w.done.send(Err(status)).is_ok())
    }

    /// Some owners of ranges of an open are gone, and so are those.
    pub(crate) fn release_of(&mut self, open: u64, is_gone: impl Fn(LockOwner) -> bool) {
        self.held.retain(|l| l.open != open || !is_gone(l.owner));
        self.grant_waiting();
    }

    /// The open is closed: its ranges are free, its waiting requests answered with RANGE_NOT_LOCKED.
    pub(crate) fn release(&mut self, open: u64) {
        let before = self.held.len();
        self.held.retain(|l| l.open != open);
        let mut still = VecDeque::new();
        for w in self.waiting.drain(..) {
            if w.lock.open == open {
                let _ = w.done.send(Err(NtStatus::RANGE_NOT_LOCKED));
            } else {
                still.push_back(w);
            }
        }
        self.waiting = still;
        if self.held.len() != before {
            self.grant_waiting();
        }
    }

    /// The ranges an open holds.
    pub(crate) fn held_by(&self, open: u64) -> impl Iterator<Item = &RangeLock> {
        self.held.iter().filter(move |l| l.open == open)
    }

    /// A range that was held before: nobody else can have what goes against it.
    pub(crate) fn hold_again(&mut self, lock: RangeLock) {
        self.held.push(lock);
    }

    /// Ranges an open holds.
    pub(crate) fn count(&self, open: u64) -> usize {
        self.held.iter().filter(|l| l.open == open).count()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.waiting.is_empty()
    }

    fn grant_waiting(&mut self) {
        let mut still = VecDeque::new();
        while let Some(w) = self.waiting.pop_front() {
            if self.blocks_lock(&w.lock) {
                still.push_back(w);
                continue;
            }
            self.held.push(w.lock);
            // A receiver that is gone takes the lock back through `give_up`, whose ticket is not in the queue any more.
            let _ = w.done.send(Ok(()));
        }
        self.waiting = still;
    }
}

const fn check_range(offset: u64, length: u64) -> Result<(), NtStatus> {
    if length != 0 && offset.checked_add(length - 1).is_none() {
        return Err(NtStatus::INVALID_LOCK_RANGE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWNER: LockOwner = LockOwner(0);

    fn range(open: u64, offset: u64, length: u64, exclusive: bool) -> RangeLock {
        RangeLock { offset, length, exclusive, open, owner: OWNER }
    }

    #[test]
    fn zero_length_ranges() {
        let mut t = LockTable::default();
        assert!(t.lock(range(1, 10, 10, true), false).is_ok());
        // Strictly inside it conflicts, at either edge it does not ([MS-FSA] 2.1.4.10).
        assert!(t.lock(range(2, 10, 0, true), false).is_ok());
        assert!(t.lock(range(2, 20, 0, true), false).is_ok());
        assert_eq!(t.lock(range(2, 15, 0, true), false).err(), Some(NtStatus::LOCK_NOT_GRANTED));
        assert!(t.lock(range(2, 0, 0, true), false).is_ok());
        assert!(t.lock(range(1, 0, 0, true), false).is_ok());
    }

    #[test]
    fn ranges_end_at_the_last_byte() {
        let mut t = LockTable::default();
        assert!(t.lock(range(1, u64::MAX, 1, true), false).is_ok());
        assert_eq!(t.lock(range(1, u64::MAX, 2, true), false).err(), Some(NtStatus::INVALID_LOCK_RANGE));
        assert_eq!(t.unlock((1, OWNER), u64::MAX, 2), Err(NtStatus::INVALID_LOCK_RANGE));
        assert!(t.lock(range(1, u64::MAX, 0, false), false).is_ok());
    }

    #[test]
    fn an_exclusive_lock_is_unlocked_before_a_shared_one() {
        let mut t = LockTable::default();
        assert!(t.lock(range(1, 0, 5, true), false).is_ok());
        assert!(t.lock(range(1, 0, 5, false), false).is_ok(), "shared upon one's own exclusive range");
        assert_eq!(t.unlock((1, OWNER), 0, 5), Ok(()));
        assert!(t.lock(range(2, 0, 5, false), false).is_ok());
        assert!(t.blocks_io((1, OWNER), 0, 1, true) && !t.blocks_io((1, OWNER), 0, 1, false));
        assert_eq!(t.unlock((1, OWNER), 0, 4), Err(NtStatus::RANGE_NOT_LOCKED));
    }

    #[test]
    fn each_process_has_its_own_locks() {
        let (other, mut t) = (LockOwner(7), LockTable::default());
        assert!(t.lock(range(1, 0, 4, true), false).is_ok());
        assert!(!t.blocks_io((1, OWNER), 0, 1, true) && t.blocks_io((1, other), 0, 1, false));
        assert_eq!(t.unlock((1, other), 0, 4), Err(NtStatus::RANGE_NOT_LOCKED));
        let theirs = RangeLock { owner: other, ..range(1, 0, 4, false) };
        let waiting = t.lock(theirs, true).unwrap();
        assert!(matches!(waiting, LockOutcome::Waiting { .. }));
        assert!(
            !t.cancel(1, (OWNER, 0, 4), NtStatus::CANCELLED)
                && t.cancel(1, (other, 0, 4), NtStatus::CANCELLED)
        );
        t.release_of(1, |owner| owner == OWNER);
        assert!(t.lock(theirs, false).is_ok() && t.blocks_io((1, OWNER), 0, 1, true));
    }

    fn small() -> impl Strategy<Value = (u8, RangeLock)> {
        (0u8..4, 1u64..4, 0u64..8, 0u64..5, any::<bool>())
            .prop_map(|(op, o, off, len, x)| (op, range(o, off, len, x)))
    }

    proptest! {
        /// Every byte and every gap between bytes remembered separately: what a naive table would say.
        #[test]
        fn agrees_with_a_table_of_points(steps in proptest::collection::vec(small(), 1..40)) {
            let mut table = LockTable::default();
            let mut model: Vec<RangeLock> = Vec::new();
            // Points are halves: byte b is 2b+1, the gap before it 2b. A zero-length range is one gap, which lies inside a range
            // only when it is strictly between its ends.
            let points = |l: &RangeLock| -> Vec<u64> {
                match (l.offset, l.length) {
                    (0, 0) => vec![],
                    (o, 0) => vec![2 * o],
                    (o, n) => (2 * o + 1..2 * (o + n)).collect(),
                }
            };
            for (op, l) in steps {
                match op {
                    0 | 1 => {
                        let mine = points(&l);
                        let hit = model.iter().any(|m| {
                            points(m).iter().any(|p| mine.contains(p)) && !(l.length == 0 && m.length == 0)
                                && (l.exclusive || (m.exclusive && m.open != l.open))
                        });
                        prop_assert_eq!(table.lock(l, false).is_err(), hit);
                        if !hit {
                            model.push(l);
                        }
                    }
                    2 => {
                        let same = |m: &RangeLock| m.open == l.open && m.offset == l.offset && m.length == l.length;
                        let found = model.iter().position(|m| same(m) && m.exclusive).or_else(|| model.iter().rposition(same));
                        prop_assert_eq!(table.unlock((l.open, OWNER), l.offset, l.length).is_ok(), found.is_some());
                        found.map(|i| model.remove(i));
                    }
                    _ => {
                        table.release(l.open);
                        model.retain(|m| m.open != l.open);
                    }
                }
                prop_assert_eq!(table.held.len(), model.len());
            }
        }
    }
}
