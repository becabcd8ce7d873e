//! [MS-SMB2] 3.3.5.2.10 Verifying the Channel Sequence Number

use lanward_nt::NtStatus;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What an open knows of the client's channels: a request sent before one was lost must not change anything after others were sent again.
#[derive(Debug, Default)]
pub(crate) struct ChannelSequence(Mutex<State>);

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct State {
    /// Open.ChannelSequence
    sequence: u16,
    /// Open.OutstandingRequestCount
    outstanding: u32,
    /// Open.OutstandingPreRequestCount
    outstanding_before: u32,
}

/// A request about an open that is not answered yet.
#[derive(Debug)]
pub(crate) struct Outstanding {
    of: Arc<ChannelSequence>,
    sequence: u16,
}

impl ChannelSequence {
    /// Open.ChannelSequence as the CREATE said ([MS-SMB2] 3.3.5.9).
    pub(crate) fn starting_at(sequence: u16) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { sequence, ..State::default() })))
    }

    /// Counts a request. `changes` tells a WRITE, SET_INFO or IOCTL, the only ones that can be refused; another that is out of turn is not counted.
    ///
    /// # Errors
    /// FILE_NOT_AVAILABLE: it was sent before a channel was lost, or repeats a request that may still be under way.
    pub(crate) fn admit(
        self: &Arc<Self>,
        sequence: u16,
        replay: bool,
        changes: bool,
    ) -> Result<Option<Outstanding>, NtStatus> {
        if self.lock().enter(sequence, replay) {
            return Ok(Some(Outstanding { of: Arc::clone(self), sequence }));
        }
        if changes { Err(NtStatus::FILE_NOT_AVAILABLE) } else { Ok(None) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the request is in turn; it is counted then.
    fn enter(&mut self, sequence: u16, replay: bool) -> bool {
        /// A difference beyond is an older number.
        const NEWER: u16 = 0x7fff;
        let difference = sequence.wrapping_sub(self.sequence);
        if difference > NEWER {
            return false;
        }
        if difference > 0 {
            self.outstanding_before = self.outstanding_before.saturating_add(self.outstanding);
            self.outstanding = 0;
            self.sequence = sequence;
        }
        if replay && self.outstanding_before > 0 {
            return false;
        }
        self.outstanding = self.outstanding.saturating_add(1);
        true
    }

    /// [MS-SMB2] 3.3.4.1: the request was answered.
    fn leave(&mut self, sequence: u16) {
        let count =
            if sequence == self.sequence { &mut self.outstanding } else { &mut self.outstanding_before };
        *count = count.saturating_sub(1);
    }
}

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.of.lock().leave(self.sequence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(of: &Arc<ChannelSequence>, sequence: u16, replay: bool) -> Option<Outstanding> {
        of.admit(sequence, replay, true).ok().flatten()
    }

    #[test]
    fn the_create_says_where_it_starts() {
        let of = ChannelSequence::starting_at(9);
        assert!(admitted(&of, 8, false).is_none());
        assert!(admitted(&of, 9, true).is_some());
    }

    #[test]
    fn an_older_number_changes_nothing() {
        let of = Arc::new(ChannelSequence::default());
        assert!(admitted(&of, 0, false).is_some());
        assert!(admitted(&of, 0x7fff, false).is_some());
        assert!(admitted(&of, 0x7ffe, false).is_none());
        assert!(admitted(&of, 0xffff, false).is_none());
        // Half-way round is newer again, and so is what follows the last number.
        assert!(admitted(&of, 0xfffe, false).is_some());
        assert!(admitted(&of, 1, false).is_some());
        // What only reads is answered, and not counted.
        assert!(of.admit(0, false, false).unwrap().is_none());
        assert_eq!(*of.lock(), State { sequence: 1, ..State::default() });
    }

    #[test]
    fn a_replay_waits_for_what_was_sent_before() {
        let of = Arc::new(ChannelSequence::default());
        let lost = admitted(&of, 0, false).unwrap();
        assert!(admitted(&of, 1, true).is_none());
        // The refused replay has moved the number all the same.
        assert!(admitted(&of, 0, false).is_none());
        let other = admitted(&of, 1, false).unwrap();
        assert!(admitted(&of, 1, true).is_none());
        drop(lost);
        let replay = admitted(&of, 1, true).unwrap();
        assert_eq!(of.lock().outstanding, 2);
        drop((other, replay));
        assert_eq!(*of.lock(), State { sequence: 1, ..State::default() });
    }

    #[test]
    fn counts_follow_their_requests() {
        let of = Arc::new(ChannelSequence::default());
        let first = admitted(&of, 0, false).unwrap();
        let second = admitted(&of, 5, false).unwrap();
        assert_eq!(*of.lock(), State { sequence: 5, outstanding: 1, outstanding_before: 1 });
        let third = admitted(&of, 6, false).unwrap();
        assert_eq!(*of.lock(), State { sequence: 6, outstanding: 1, outstanding_before: 2 });
        drop((first, second));
        assert_eq!(*of.lock(), State { sequence: 6, outstanding: 1, outstanding_before: 0 });
        drop(third);
        assert_eq!(*of.lock(), State { sequence: 6, ..State::default() });
    }
}
