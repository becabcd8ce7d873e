//! How often something may happen from one address, in memory of a fixed size.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses that are remembered. Who is forgotten for want of room is the one that was quiet the longest.
const ADDRESSES: usize = 4_096;

const MINUTE: Duration = Duration::from_secs(60);

/// A budget for each key: so many at once, and the same number each minute. What is remembered is when the key will have its whole budget back;
/// that is at most a minute ahead.
#[derive(Debug)]
struct Budgets<K>(Mutex<HashMap<K, Instant>>);

impl<K> Default for Budgets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Copy> Budgets<K> {
    fn spend(&self, key: K, per_minute: u32, now: Instant, take: bool) -> bool {
        let Some(one) = MINUTE.checked_div(per_minute) else { return false };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole_again = known.get(&key).copied().filter(|t| *t > now).unwrap_or(now) + one;
        if whole_again > now + MINUTE {
            return false;
        }
        if take {
            make_room(&mut known, &key, now);
            known.insert(key, whole_again);
        }
        true
    }
}

/// Forgets whatever is over or else the quietest, where there is no place for one more.
fn make_room<K: Hash + Eq + Copy>(known: &mut HashMap<K, Instant>, key: &K, now: Instant) {
    if known.len() < ADDRESSES || known.contains_key(key) {
        return;
    }
    known.retain(|_, time| *time > now);
    if known.len() >= ADDRESSES
        && let Some(quietest) = known.iter().min_by_key(|(_, time)| **time).map(|(key, _)| *key)
    {
        known.remove(&quietest);
    }
}

/// A budget for each address.
#[derive(Debug, Default)]
pub(crate) struct AddressRates(Budgets<IpAddr>);

impl AddressRates {
    /// Takes one out of what `address` may do in a minute; `false` if nothing is left.
    pub(crate) fn take(&self, address: IpAddr, per_minute: u32, now: Instant) -> bool {
        self.0.spend(host_of(address), per_minute, now, true)
    }

    /// Whether anything is left, without taking it.
    fn has(&self, address: IpAddr, per_minute: u32, now: Instant) -> bool {
        self.0.spend(host_of(address), per_minute, now, false)
    }
}

/// Logons that fail. Several people may share what looks like one host from here: who has proved there to be who it is has a budget of its own,
/// and others neither spend it nor go without because of it.
#[derive(Debug, Default)]
pub(crate) struct FailureRates {
    hosts: AddressRates,
    users: Budgets<(IpAddr, u32)>,
    /// Who has proved to be who it is, until when that is remembered at the least.
    proved: Mutex<HashMap<(IpAddr, u32), Instant>>,
}

/// How long it is remembered at the least where somebody has signed in.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

impl FailureRates {
    fn is_proved(&self, key: &(IpAddr, u32)) -> bool {
        self.proved.lock().unwrap_or_else(PoisonError::into_inner).contains_key(key)
    }

    fn spend(&self, host: IpAddr, user: Option<u32>, per_minute: u32, now: Instant, take: bool) -> bool {
        match user.map(|user| (host, user)).filter(|key| self.is_proved(key)) {
            Some(key) => self.users.spend(key, per_minute, now, take),
            None if take => self.hosts.take(host, per_minute, now),
            None => self.hosts.has(host, per_minute, now),
        }
    }

    /// Whether a logon of `user` from `host` is looked at.
    pub(crate) fn may_try(&self, host: IpAddr, user: Option<u32>, per_minute: u32, now: Instant) -> bool {
        self.spend(host, user, per_minute, now, false)
    }

    /// One failed.
    pub(crate) fn failed(&self, host: IpAddr, user: Option<u32>, per_minute: u32, now: Instant) {
        self.spend(host, user, per_minute, now, true);
    }

    /// One did not.
    pub(crate) fn proved(&self, host: IpAddr, user: u32, now: Instant) {
        let mut proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut proved, &(host, user), now);
        proved.insert((host, user), now + REMEMBERED);
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
        assert!(rates.0.0.lock().unwrap().len() <= ADDRESSES);
        assert!(rates.take(A, 10, now) && !rates.take(A, 10, now));
    }

    #[test]
    fn who_signed_in_before_does_not_suffer_from_neighbours() {
        let (rates, now) = (FailureRates::default(), Instant::now());
        rates.proved(A, 1, now);
        for _ in 0..5 {
            rates.failed(A, None, 5, now);
        }
        assert!(!rates.may_try(A, None, 5, now) && !rates.may_try(A, Some(2), 5, now));
        assert!(rates.may_try(A, Some(1), 5, now));
        let elsewhere = "10.0.0.2".parse().unwrap();
        assert!(rates.may_try(elsewhere, Some(2), 5, now));
        // Nor do they from it.
        rates.proved(elsewhere, 1, now);
        for _ in 0..5 {
            rates.failed(elsewhere, Some(1), 5, now);
        }
        assert!(!rates.may_try(elsewhere, Some(1), 5, now));
        assert!(rates.may_try(elsewhere, Some(2), 5, now));
        for user in 0..10_000 {
            rates.proved(A, user, now);
        }
        assert!(rates.proved.lock().unwrap().len() <= ADDRESSES);
    }
}
