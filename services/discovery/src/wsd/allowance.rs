//! How many answers a source may have, and all together: whoever pretends to be somebody else does not get him buried.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// So many at once, and another one each time this much time has gone by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) at_once: u32,
    pub(crate) every: Duration,
}

/// Sources that are remembered.
const MAX_SOURCES: usize = 256;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u32,
    /// When `left` was right.
    at: Duration,
}

impl Bucket {
    fn at(self, rate: Rate, now: Duration) -> Self {
        let gone = now.saturating_sub(self.at).as_millis();
        let every = rate.every.as_millis().max(1);
        let more = u32::try_from(gone.checked_div(every).unwrap_or(0)).unwrap_or(u32::MAX);
        if self.left.saturating_add(more) >= rate.at_once {
            return Self { left: rate.at_once, at: now };
        }
        let at = self.at.saturating_add(rate.every.saturating_mul(more));
        Self { left: self.left.saturating_add(more), at }
    }
}

/// What is left for whom.
#[derive(Debug)]
pub(crate) struct Allowance {
    each: Rate,
    all: Rate,
    sources: BTreeMap<IpAddr, Bucket>,
    total: Bucket,
}

impl Allowance {
    pub(crate) fn new(each: Rate, all: Rate) -> Self {
        let total = Bucket { left: all.at_once, at: Duration::ZERO };
        Self { each, all, sources: BTreeMap::new(), total }
    }

    /// Whether `source` may have one more, which is counted then.
    pub(crate) fn take(&mut self, source: IpAddr, now: Duration) -> bool {
        let each = self.each;
        if !self.sources.contains_key(&source) && self.sources.len() >= MAX_SOURCES {
            // Who has everything left again need not be remembered.
            self.sources.retain(|_, bucket| bucket.at(each, now).left < each.at_once);
            if self.sources.len() >= MAX_SOURCES {
                return false;
            }
        }
        let fresh = Bucket { left: each.at_once, at: now };
        let bucket = self.sources.entry(source).or_insert(fresh);
        *bucket = bucket.at(each, now);
        self.total = self.total.at(self.all, now);
        let (Some(own), Some(all)) = (bucket.left.checked_sub(1), self.total.left.checked_sub(1)) else {
            return false;
        };
        (bucket.left, self.total.left) = (own, all);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EACH: Rate = Rate { at_once: 2, every: Duration::from_secs(1) };
    const ALL: Rate = Rate { at_once: 5, every: Duration::from_millis(100) };

    fn source(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    #[test]
    fn a_source_has_its_share_and_gets_more_with_time() {
        let mut allowance = Allowance::new(EACH, ALL);
        let at = |millis| Duration::from_millis(millis);
        let taken = [0, 0, 0, 999, 1000, 1001, 1999, 2000, 9000, 9000, 9000];
        let expected = [true, true, false, false, true, false, false, true, true, true, false];
        assert_eq!(taken.map(|millis| allowance.take(source(1), at(millis))), expected);
    }

    #[test]
    fn all_together_have_a_share_too() {
        let mut allowance = Allowance::new(EACH, ALL);
        let given = (0..100).filter(|n| allowance.take(source(*n), Duration::ZERO)).count();
        assert_eq!(given, 5);
        assert!(allowance.take(source(200), Duration::from_millis(100)));
    }

    #[test]
    fn sources_that_are_remembered_are_bounded() {
        let mut allowance = Allowance::new(EACH, Rate { at_once: 10_000, every: Duration::from_secs(1) });
        let taken = (0..1000).filter(|n| allowance.take(source(*n), Duration::ZERO)).count();
        assert_eq!(taken, MAX_SOURCES);
        assert_eq!(allowance.sources.len(), MAX_SOURCES);
        assert!(allowance.take(source(5000), Duration::from_secs(60)), "the others are forgotten by then");
    }
}
