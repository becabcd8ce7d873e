//! What this volume itself is changing, so that it is not told as the doing of others.
//!
//! The kernel queues an event before the call that caused it returns. So a change is known here from before its call until the queue has
//! been emptied once after it: no clock decides whose an event is.

use lanward_vfs::FileNumber;
use std::collections::HashMap;

/// A change, as an event about it will look.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Own {
    /// A name comes.
    Comes(Vec<u8>),
    /// A name goes.
    Goes(Vec<u8>),
    /// Data, times or attributes of a file.
    File(FileNumber),
}

#[derive(Debug, Default)]
struct Entry {
    running: u32,
    /// The round in which the last call returned.
    ended: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct OwnChanges {
    entries: HashMap<Own, Entry>,
    round: u64,
}

impl OwnChanges {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A call is about to be made. Answers whether nothing was known before.
    pub(crate) fn begin(&mut self, own: Own) -> bool {
        let first = self.entries.is_empty();
        self.entries.entry(own).or_default().running += 1;
        first
    }

    /// The call has returned.
    pub(crate) fn end(&mut self, own: &Own) {
        if let Some(entry) = self.entries.get_mut(own) {
            entry.running = entry.running.saturating_sub(1);
            entry.ended = self.round;
        }
    }

    /// Whether an event that looks like this is of our own doing.
    pub(crate) fn is_own(&self, own: &Own) -> bool {
        self.entries.contains_key(own)
    }

    /// The queue is going to be emptied.
    pub(crate) fn begin_round(&mut self) {
        self.round += 1;
    }

    /// It was: what had returned before has no events in it any more.
    pub(crate) fn end_round(&mut self) {
        let round = self.round;
        self.entries.retain(|_, entry| entry.running > 0 || entry.ended >= round);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_own_until_the_queue_was_emptied_after_it() {
        let own = Own::Comes(b"d/a".to_vec());
        let mut changes = OwnChanges::default();
        assert!(changes.begin(own.clone()));
        changes.begin_round();
        changes.end_round();
        assert!(changes.is_own(&own), "it is under way");
        changes.begin_round();
        changes.end(&own);
        changes.end_round();
        assert!(changes.is_own(&own), "its event may have come behind what was read");
        assert!(!changes.is_own(&Own::Goes(b"d/a".to_vec())));
        changes.begin_round();
        assert!(changes.is_own(&own), "its event may be read now");
        changes.end_round();
        assert!(!changes.is_own(&own) && changes.is_empty());
    }
}
