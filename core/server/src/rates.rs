//! How often something may happen from one address, in memory of a fixed size.

use crate::Server;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses that are remembered. Who is forgotten for want of room is the one that was quiet the longest.
const ADDRESSES: usize = 4_096;

/// A budget for each address: so many at once, and the same number each minute.
#[derive(Debug, Default)]
pub(crate) struct AddressRates(Mutex<HashMap<IpAddr, Instant>>);

impl AddressRates {
    /// Takes one out of what `address` may do in a minute; `false` if nothing is left.
    pub(crate) fn take(&self, address: IpAddr, per_minute: u32, now: Instant) -> bool {
        self.spend(address, per_minute, now, true)
    }

    /// Whether anything is left, without taking it.
    pub(crate) fn has(&self, address: IpAddr, per_minute: u32, now: Instant) -> bool {
        self.spend(address, per_minute, now, false)
    }

    /// What is remembered is when the address will have its whole budget back; it may be at most a minute ahead.
    fn spend(&self, address: IpAddr, per_minute: u32, now: Instant, take: bool) -> bool {
        const MINUTE: Duration = Duration::from_secs(60);
        let Some(one) = MINUTE.checked_div(per_minute) else { return false };
        let key = host_of(address);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole_again = known.get(&key).copied().filter(|t| *t > now).unwrap_or(now) + one;
        if whole_again > now + MINUTE {
            return false;
        }
        if !take {
            return true;
        }
        if known.len() >= ADDRESSES && !known.contains_key(&key) {
            known.retain(|_, whole_again| *whole_again > now);
            if known.len() >= ADDRESSES
                && let Some(quietest) = known.iter().min_by_key(|(_, t)| **t).map(|(key, _)| *key)
            {
                known.remove(&quietest);
            }
        }
        known.insert(key, whole_again);
        true
    }
}

impl Server {
    /// Whether a logon from this address is looked at: not while too many have failed there.
    #[must_use]
    pub fn may_log_on_from(&self, peer: IpAddr) -> bool {
        let rate = self.settings().limits.logon_failures_per_minute;
        rate.is_none_or(|rate| self.failure_rates.has(peer, rate, Instant::now()))
    }

    /// Notes that a logon from this address failed.
    pub fn note_failed_logon(&self, peer: IpAddr) {
        self.counters.password_errors.add(1);
        if let Some(rate) = self.settings().limits.logon_failures_per_minute {
            self.failure_rates.take(peer, rate, Instant::now());
        }
    }
}

/// What one host can choose among its addresses counts once: the lower half of an IPv6 address is its own choice.
pub(crate) fn host_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const A: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

    #[test]
    fn a_budget_comes_back_evenly() {
        let (rates, start) = (AddressRates::default(), Instant::now());
        let taken = (0..10).filter(|_| rates.take(A, 4, start)).count();
        assert_eq!(taken, 4);
        assert!(!rates.has(A, 4, start + Duration::from_secs(14)));
        assert!(rates.has(A, 4, start + Duration::from_secs(15)));
        assert!(rates.take(A, 4, start + Duration::from_secs(15)));
        assert!(!rates.take(A, 4, start + Duration::from_secs(15)));
        let later = start + Duration::from_secs(600);
        assert_eq!((0..10).filter(|_| rates.take(A, 4, later)).count(), 4);
        assert!(!rates.take(A, 0, later), "nothing is allowed");
    }

    #[test]
    fn hosts_are_told_apart_and_their_own_addresses_are_not() {
        let (rates, now) = (AddressRates::default(), Instant::now());
        assert!(rates.take(A, 1, now) && !rates.take(A, 1, now));
        assert!(!rates.take("::ffff:10.0.0.1".parse().unwrap(), 1, now));
        assert!(rates.take("10.0.0.2".parse().unwrap(), 1, now));
        assert!(rates.take("fd00::1".parse().unwrap(), 1, now));
        assert!(!rates.take("fd00::2:3:4:5".parse().unwrap(), 1, now));
        assert!(rates.take("fd00:0:0:1::1".parse().unwrap(), 1, now));
    }

    #[test]
    fn memory_is_bounded_and_the_busiest_are_remembered() {
        let (rates, now) = (AddressRates::default(), Instant::now());
        for _ in 0..9 {
            assert!(rates.take(A, 10, now));
        }
        for host in 0..20_000_u32 {
            assert!(rates.take(Ipv4Addr::from_bits(0x0b00_0000 + host).into(), 10, now));
        }
        assert!(rates.0.lock().unwrap().len() <= ADDRESSES);
        assert!(rates.take(A, 10, now) && !rates.take(A, 10, now));
    }
}
