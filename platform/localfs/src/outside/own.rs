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
    /// Events of it that were not read yet, as far as the calls cause any.
    awaited: u32,
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
        let entry = self.entries.entry(own).or_default();
        entry.running += 1;
        entry.awaited += 1;
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

    /// Whether an event that looks like this is of our own doing; if so, it has come now.
    pub(crate) fn came(&mut self, own: &Own) -> bool {
        let Some(entry) = self.entries.get_mut(own) else { return false };
        entry.awaited = entry.awaited.saturating_sub(1);
        true
    }

    /// Whether an event like this may still come: until then a name may be of another file than when something happened to it.
    pub(crate) fn awaits(&self, own: &Own) -> bool {
        self.entries.get(own).is_some_and(|entry| entry.awaited > 0)
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

    #[test]
    fn a_name_is_awaited_until_it_has_come_as_often_as_it_was_given() {
        let own = Own::Comes(b"a".to_vec());
        let mut changes = OwnChanges::default();
        assert!(!changes.awaits(&own) && !changes.came(&own));
        for _ in 0..2 {
            changes.begin(own.clone());
            changes.end(&own);
        }
        assert!(changes.came(&own) && changes.awaits(&own));
        assert!(changes.came(&own) && !changes.awaits(&own));
        assert!(changes.is_own(&own), "until the queue was emptied");
    }
}
