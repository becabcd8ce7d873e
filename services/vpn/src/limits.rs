//! How many may dial in, from where, and how often.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::time::Duration;

/// How much there may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Sessions that are up.
    pub sessions: usize,
    /// Sessions of one user.
    pub sessions_per_user: usize,
    /// Connections of which nobody knows yet whose they are.
    pub starting: usize,
    /// The same of one address.
    pub starting_per_address: usize,
    /// Connections one address may make in a minute.
    pub connections_per_minute: u32,
    /// Logons one address may try in a minute.
    pub logons_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 256,
            sessions_per_user: 4,
            starting: 64,
            starting_per_address: 8,
            connections_per_minute: 60,
            logons_per_minute: 20,
        }
    }
}

/// Addresses that are remembered at once. Beyond, the one that has been quiet for longest is forgotten.
const REMEMBERED: usize = 4096;

/// What addresses have left of what they may do in a minute.
#[derive(Debug, Default)]
pub(crate) struct Rates(HashMap<Ipv4Addr, Bucket>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// In 60,000ths of one.
    left: u64,
    at: Duration,
}

impl Rates {
    const WHOLE: u64 = 60_000;

    /// Takes one of what an address has left of `rate` in a minute. Whether there was one.
    pub(crate) fn take(&mut self, address: Ipv4Addr, rate: u32, now: Duration) -> bool {
        let full = u64::from(rate) * Self::WHOLE;
        if !self.0.contains_key(&address) && self.0.len() >= REMEMBERED {
            self.forget(now);
        }
        let bucket = self.0.entry(address).or_insert(Bucket { left: full, at: now });
        let gone = u64::try_from(now.saturating_sub(bucket.at).as_millis()).unwrap_or(u64::MAX);
        bucket.left = bucket.left.saturating_add(gone.saturating_mul(u64::from(rate))).min(full);
        bucket.at = now;
        let is_left = bucket.left >= Self::WHOLE;
        if is_left {
            bucket.left -= Self::WHOLE;
        }
        is_left
    }

    /// Forgets who has been quiet for a minute, and where nobody has, everybody who was heard before the others.
    fn forget(&mut self, now: Duration) {
        self.0.retain(|_, bucket| now.saturating_sub(bucket.at) < Duration::from_mins(1));
        if self.0.len() >= REMEMBERED {
            let mut times: Vec<_> = self.0.values().map(|bucket| bucket.at).collect();
            let middle = times.len() / 2;
            let (_, median, _) = times.select_nth_unstable(middle);
            let median = *median;
            let mut spare = REMEMBERED / 2;
            self.0.retain(|_, bucket| {
                let stays = bucket.at > median || (bucket.at == median && spare > 0);
                spare = spare.saturating_sub(usize::from(stays));
                stays
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{REMEMBERED, Rates};
    use std::net::Ipv4Addr;
    use std::time::Duration;

    #[test]
    fn an_address_gets_so_many_in_a_minute_and_others_theirs() {
        let (mut rates, one) = (Rates::default(), Ipv4Addr::new(10, 0, 0, 1));
        let taken = |rates: &mut Rates, at: u64| {
            (0..100).filter(|_| rates.take(one, 6, Duration::from_secs(at))).count()
        };
        assert_eq!((taken(&mut rates, 0), taken(&mut rates, 9), taken(&mut rates, 10)), (6, 0, 1));
        assert!(rates.take(Ipv4Addr::new(10, 0, 0, 2), 6, Duration::from_secs(10)));
        assert_eq!(taken(&mut rates, 3_600), 6);
        assert!(!rates.take(Ipv4Addr::LOCALHOST, 0, Duration::ZERO));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut rates = Rates::default();
        for n in 0..10_000u32 {
            rates.take(Ipv4Addr::from(n), 6, Duration::from_millis(u64::from(n / 1_000)));
        }
        assert!(rates.0.len() <= REMEMBERED);
        for n in 20_000..40_000u32 {
            rates.take(Ipv4Addr::from(n), 6, Duration::from_secs(1));
        }
        assert!(rates.0.len() <= REMEMBERED);
    }
}
