use std::sync::{Mutex, PoisonError};

/// Entries an open has; index 0 is none of them.
const ENTRIES: usize = 64;
/// No sequence number has more than 4 bits.
const INVALID: u8 = 0xff;

/// [MS-SMB2] 3.3.1.10 Open.LockSequenceArray: which LOCK requests were done, so that one that is sent again after a disconnect is not done
/// twice.
#[derive(Debug)]
pub struct LockSequences(Mutex<[u8; ENTRIES]>);

impl Default for LockSequences {
    fn default() -> Self {
        Self(Mutex::new([INVALID; ENTRIES]))
    }
}

impl LockSequences {
    /// Whether a request with this index and number was done already ([MS-SMB2] 3.3.5.14). Another number makes the entry invalid.
    pub fn is_replay(&self, index: u32, number: u32) -> bool {
        self.with(index, |entry| {
            if *entry == INVALID {
                return false;
            }
            let same = u32::from(*entry) == number;
            if !same {
                *entry = INVALID;
            }
            same
        })
        .unwrap_or(false)
    }

    /// Notes that a request with this index and number was done.
    pub fn done(&self, index: u32, number: u32) {
        self.with(index, |entry| *entry = (number & 0xf) as u8);
    }

    /// The entries that are valid: index and number.
    #[must_use]
    pub fn valid(&self) -> Vec<(u32, u32)> {
        let entries = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let valid = (1u32..).zip(entries).filter(|(_, entry)| *entry != INVALID);
        valid.map(|(index, entry)| (index, entry.into())).collect()
    }

    fn with<T>(&self, index: u32, look: impl FnOnce(&mut u8) -> T) -> Option<T> {
        let place = usize::try_from(index).ok()?.checked_sub(1)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place).map(look)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_done_once() {
        let sequences = LockSequences::default();
        assert!(!sequences.is_replay(1, 0), "nothing was done yet");
        sequences.done(1, 0);
        sequences.done(64, 15);
        assert!(sequences.is_replay(1, 0) && sequences.is_replay(64, 15));
        assert_eq!(sequences.valid(), [(1, 0), (64, 15)]);
        assert!(!sequences.is_replay(1, 1), "another number is another request");
        assert!(!sequences.is_replay(1, 0), "and makes the entry invalid");
    }

    #[test]
    fn indices_beyond_the_array_are_passed_over() {
        let sequences = LockSequences::default();
        for index in [0, 65, u32::MAX] {
            sequences.done(index, 3);
            assert!(!sequences.is_replay(index, 3));
        }
        assert!(sequences.valid().is_empty());
    }
}
