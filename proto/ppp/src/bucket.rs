use core::time::Duration;

/// What may still be done in answer to a peer: so many at once, and so many in a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    per_second: u32,
    left: u32,
    filled: Duration,
}

impl Bucket {
    /// A full one that holds what a second brings.
    pub(crate) const fn new(per_second: u32, now: Duration) -> Self {
        Self { per_second, left: per_second, filled: now }
    }

    /// Whether there is one left; it is taken.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.filled);
        let whole = u32::try_from(passed.as_millis())
            .unwrap_or(u32::MAX)
            .saturating_mul(self.per_second)
            .checked_div(1000)
            .unwrap_or(0);
        if whole > 0 {
            self.left = self.left.saturating_add(whole).min(self.per_second);
            self.filled = now;
        }
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_what_a_second_brings() {
        let at = Duration::from_millis;
        let mut bucket = Bucket::new(10, at(0));
        assert_eq!((0..100).filter(|_| bucket.take(at(1))).count(), 10);
        assert!(!bucket.take(at(99)));
        assert!(bucket.take(at(100)));
        assert!(!bucket.take(at(101)));
        assert_eq!((0..100).filter(|_| bucket.take(at(9_000_000))).count(), 10, "it holds no more");
        assert_eq!((0..1000u64).filter(|n| bucket.take(at(9_000_000 + n * 10))).count(), 99);
    }
}
