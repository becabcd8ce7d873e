//! The addresses of those who dial in.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::net::Ipv4Addr;

/// Addresses from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressRange {
    /// The first.
    pub first: Ipv4Addr,
    /// The last, which is no lower.
    pub last: Ipv4Addr,
}

impl AddressRange {
    /// Whether an address is one of them.
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        (self.first..=self.last).contains(&address)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        u64::from(self.last.to_bits().saturating_sub(self.first.to_bits())) + 1
    }

    /// Whether there are none: never.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }
}

/// Which addresses are given to whom. They are given in turn, so that what was meant for somebody who left does not reach whoever comes next.
#[derive(Debug)]
pub struct Pool {
    range: AddressRange,
    /// The server's own, which is nobody's.
    own: Ipv4Addr,
    taken: HashSet<Ipv4Addr>,
    next: u32,
}

impl Pool {
    /// All free.
    #[must_use]
    pub fn new(range: AddressRange, own: Ipv4Addr) -> Self {
        Self { range, own, taken: HashSet::new(), next: range.first.to_bits() }
    }

    /// An address nobody has; `None` when all are taken.
    pub fn take(&mut self) -> Option<Ipv4Addr> {
        let began = self.next;
        for _ in 0..self.range.len().min(self.taken.len() as u64 + 2) {
            let address = Ipv4Addr::from(self.next);
            self.next = match address >= self.range.last {
                true => self.range.first.to_bits(),
                false => self.next + 1,
            };
            if address != self.own && self.taken.insert(address) {
                return Some(address);
            }
        }
        self.next = began;
        None
    }

    /// This address, of the range or not. Whether it was free.
    pub fn take_fixed(&mut self, address: Ipv4Addr) -> bool {
        address != self.own && self.taken.insert(address)
    }

    /// Gives one back.
    pub fn free(&mut self, address: Ipv4Addr) {
        self.taken.remove(&address);
    }

    /// How many are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.taken.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressRange, Pool};
    use std::net::Ipv4Addr;

    fn at(last: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 99, 0, last)
    }

    #[test]
    fn each_address_is_given_once_and_the_servers_own_never() {
        let mut pool = Pool::new(AddressRange { first: at(1), last: at(4) }, at(2));
        assert!(pool.take_fixed(at(3)) && !pool.take_fixed(at(3)) && !pool.take_fixed(at(2)));
        assert!(pool.take_fixed(at(200)), "a fixed one may be outside");
        assert_eq!([pool.take(), pool.take(), pool.take()], [Some(at(1)), Some(at(4)), None]);
        pool.free(at(3));
        pool.free(at(1));
        assert_eq!([pool.take(), pool.take(), pool.take()], [Some(at(1)), Some(at(3)), None]);
        assert_eq!(pool.taken(), 4);
    }

    #[test]
    fn addresses_are_given_in_turn() {
        let range = AddressRange { first: at(1), last: at(3) };
        let mut pool = Pool::new(range, at(254));
        assert_eq!((pool.take(), range.len()), (Some(at(1)), 3));
        pool.free(at(1));
        assert_eq!([pool.take(), pool.take(), pool.take()], [Some(at(2)), Some(at(3)), Some(at(1))]);
    }

    #[test]
    fn a_range_ends_at_the_last_address_there_is() {
        let end = Ipv4Addr::BROADCAST;
        let mut pool = Pool::new(AddressRange { first: end, last: end }, at(1));
        assert_eq!([pool.take(), pool.take()], [Some(end), None]);
    }
}
