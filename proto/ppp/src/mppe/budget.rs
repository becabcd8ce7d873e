use core::time::Duration;

/// How many keys may be derived for nothing: whoever can send a packet can say that thousands were lost before it.
#[derive(Debug)]
pub(super) struct Budget {
    left: u32,
    at: Duration,
}

/// Most keys for one packet, and at once.
pub(super) const AT_ONCE: u32 = 2_048;

const PER_MILLISECOND: u32 = 10;

impl Budget {
    pub(super) const fn new() -> Self {
        Self { left: AT_ONCE, at: Duration::ZERO }
    }

    /// Whether so many keys may be derived; they are taken off.
    pub(super) fn take(&mut self, keys: u32, now: Duration) -> bool {
        let passed = u32::try_from(now.saturating_sub(self.at).as_millis()).unwrap_or(u32::MAX);
        if passed > 0 {
            self.left = self.left.saturating_add(passed.saturating_mul(PER_MILLISECOND)).min(AT_ONCE);
            self.at = now;
        }
        let Some(left) = self.left.checked_sub(keys) else { return false };
        self.left = left;
        true
    }
}

/// Whether what comes can still be read: goes up with every packet that makes no sense and down with those that do.
#[derive(Debug, Default)]
pub(super) struct Errors(u32);

const EACH: u32 = 100;
const MOST: u32 = 1_600;

impl Errors {
    /// One more. Answers whether it was one too many.
    pub(super) const fn add(&mut self) -> bool {
        self.0 = self.0.saturating_add(EACH);
        self.0 >= MOST
    }

    pub(super) const fn good(&mut self) {
        self.0 >>= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m07_keys_for_nothing_are_bounded_by_time() {
        let mut budget = Budget::new();
        let at = Duration::from_millis;
        assert!(budget.take(AT_ONCE, at(0)));
        assert!(!budget.take(1, at(0)));
        assert!(budget.take(10, at(1)));
        assert!(!budget.take(1, at(1)));
        assert!(!budget.take(AT_ONCE + 1, at(1_000_000)));
        assert!(budget.take(AT_ONCE, at(1_000_000)));
    }

    #[test]
    fn m07_errors_add_up_and_are_forgotten() {
        let mut errors = Errors::default();
        assert_eq!((0..20).position(|_| errors.add()), Some(15));
        for _ in 0..12 {
            errors.good();
        }
        assert!(!errors.add());
    }
}
