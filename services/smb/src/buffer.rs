//! Buffers that go round: each worker thread keeps the ones just used and gives idle ones back to the system.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// Capacity of an ordinary buffer: a whole small request or reply with its framing.
pub(crate) const SMALL: usize = 8 * 1024;

/// How many ordinary buffers a worker keeps.
const SMALL_KEPT: usize = 64;

/// How many of those it keeps that SMB1's transfers need: a batch of them at once, and the next that arrives.
const MEDIUM_KEPT: usize = 16;

/// How many larger ones.
const LARGE_KEPT: usize = 4;

/// An ordinary buffer that has grown beyond this is one for transfers.
const SMALL_CEILING: usize = 32 * 1024;

/// What has room for more than this is a large one.
const MEDIUM_CEILING: usize = 128 * 1024;

#[derive(Default)]
struct Pool {
    small: Vec<Vec<u8>>,
    medium: Vec<Vec<u8>>,
    large: Vec<Vec<u8>>,
    /// Medium or large buffers taken since the last [`trim`].
    used: bool,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

/// A byte vector that returns to its worker's pool when dropped. Empty ones own nothing.
#[derive(Debug, Default)]
pub(crate) struct Buffer(Vec<u8>);

impl Buffer {
    /// An empty buffer with room for at least `capacity` bytes.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        POOL.with_borrow_mut(|pool| {
            if capacity <= SMALL {
                return Self(pool.small.pop().unwrap_or_else(|| Vec::with_capacity(SMALL)));
            }
            pool.used = true;
            let shelf = if capacity <= MEDIUM_CEILING { &mut pool.medium } else { &mut pool.large };
            let fitting = shelf.iter().position(|b| b.capacity() >= capacity);
            Self(fitting.map_or_else(|| Vec::with_capacity(capacity), |i| shelf.swap_remove(i)))
        })
    }

    /// A buffer of exactly these bytes that owns no more than it needs: for what waits long.
    pub(crate) fn exact(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(v: Vec<u8>) -> Self {
        Self(v)
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut v = std::mem::take(&mut self.0);
        if v.capacity() < SMALL {
            return;
        }
        v.clear();
        // The pool is gone while its thread ends; the buffer is then simply freed.
        let _ = POOL.try_with(|pool| {
            let Ok(mut pool) = pool.try_borrow_mut() else { return };
            let (shelf, kept) = match v.capacity() {
                small if small <= SMALL_CEILING => (&mut pool.small, SMALL_KEPT),
                medium if medium <= MEDIUM_CEILING => (&mut pool.medium, MEDIUM_KEPT),
                _ => (&mut pool.large, LARGE_KEPT),
            };
            if shelf.len() < kept {
                shelf.push(v);
            }
        });
    }
}

/// Frees the large buffers of this thread that nobody has used since the last call, and answers whether there were any. A worker calls it
/// every second or so.
pub(crate) fn trim() -> bool {
    POOL.with_borrow_mut(|pool| {
        if std::mem::take(&mut pool.used) {
            return false;
        }
        let (medium, large) = (std::mem::take(&mut pool.medium), std::mem::take(&mut pool.large));
        !(medium.is_empty() && large.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> (usize, usize) {
        POOL.with_borrow(|p| (p.small.len(), p.large.len()))
    }

    #[test]
    fn buffers_return_and_idle_large_ones_are_freed() {
        std::thread::spawn(|| {
            drop((Buffer::with_capacity(10), Buffer::with_capacity(1 << 20)));
            assert_eq!(kept(), (1, 1));
            let again = Buffer::with_capacity(1 << 20);
            assert_eq!(kept(), (1, 0));
            drop(again);
            assert!(!trim(), "used since the last call: kept");
            assert_eq!(kept(), (1, 1));
            assert!(trim());
            assert_eq!(kept(), (1, 0));
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_batch_of_transfers_finds_its_buffers_again() {
        std::thread::spawn(|| {
            let medium = || POOL.with_borrow(|p| p.medium.len());
            let batch = || (0..MEDIUM_KEPT).map(|_| Buffer::with_capacity(61_000)).collect::<Vec<_>>();
            drop((batch(), Buffer::with_capacity(61_000), Buffer::with_capacity(1 << 20)));
            assert_eq!((medium(), kept()), (MEDIUM_KEPT, (0, 1)));
            let again = batch();
            assert_eq!((medium(), kept()), (0, (0, 1)));
            drop(again);
            assert!(!trim() && trim());
            assert_eq!((medium(), kept()), (0, (0, 0)));
        })
        .join()
        .unwrap();
    }

    #[test]
    fn small_leftovers_are_not_kept() {
        std::thread::spawn(|| {
            drop(Buffer::exact(b"abc"));
            assert_eq!(kept(), (0, 0));
        })
        .join()
        .unwrap();
    }
}
