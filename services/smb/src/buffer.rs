//! Buffers that go round: each worker thread keeps the ones just used and gives idle ones back to the system.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// Capacity of an ordinary buffer: a whole small request or reply with its framing.
pub(crate) const SMALL: usize = 8 * 1024;

/// How many ordinary buffers a worker keeps.
const SMALL_KEPT: usize = 64;

/// How many larger ones.
const LARGE_KEPT: usize = 4;

/// An ordinary buffer that has grown beyond this is a large one.
const SMALL_CEILING: usize = 32 * 1024;

#[derive(Default)]
struct Pool {
    small: Vec<Vec<u8>>,
    large: Vec<Vec<u8>>,
    /// Large buffers taken since the last [`trim`].
    large_used: bool,
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
            pool.large_used = true;
            let fitting = pool.large.iter().position(|b| b.capacity() >= capacity);
            Self(fitting.map_or_else(|| Vec::with_capacity(capacity), |i| pool.large.swap_remove(i)))
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
            let (shelf, kept) = if v.capacity() <= SMALL_CEILING {
                (&mut pool.small, SMALL_KEPT)
            } else {
                (&mut pool.large, LARGE_KEPT)
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
        if std::mem::take(&mut pool.large_used) {
            return false;
        }
        !std::mem::take(&mut pool.large).is_empty()
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
    fn small_leftovers_are_not_kept() {
        std::thread::spawn(|| {
            drop(Buffer::exact(b"abc"));
            assert_eq!(kept(), (0, 0));
        })
        .join()
        .unwrap();
    }
}
