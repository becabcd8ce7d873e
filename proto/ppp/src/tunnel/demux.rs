use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Which tunnel a GRE packet is for: by who sent it and the call's id at this end. Ids are unique among all calls of this end, so clients behind one
/// address are told apart whatever the device in between does to their own ids.
#[derive(Debug, Default)]
pub struct Demux {
    routes: BTreeMap<(Ipv4Addr, u16), Route>,
    taken: BTreeSet<u16>,
    /// Ids that were given back, and from when they may be given again.
    resting: VecDeque<(Duration, u16)>,
}

/// Where a call's packets go. A slot may be used again, with another generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route {
    /// The tunnel's place in its owner's table.
    pub slot: u32,
    /// Which of those that were there.
    pub generation: u32,
}

impl Demux {
    /// How long an id is not given again: packets of the last call may still come.
    pub const REST: Duration = Duration::from_secs(30);

    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a call with this peer an id, from 1 to 65535 and not to be guessed from those before. `None` where all are taken.
    pub fn allocate(
        &mut self,
        peer: Ipv4Addr,
        route: Route,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
    ) -> Option<u16> {
        while let Some((until, id)) = self.resting.front().copied()
            && until <= now
        {
            self.resting.pop_front();
            self.taken.remove(&id);
        }
        let mut octets = [0; 2];
        rng(&mut octets);
        let start = u16::from_be_bytes(octets);
        let free = |id: &u16| *id != 0 && !self.taken.contains(id);
        let id = (start..=u16::MAX).chain(0..start).find(free)?;
        self.taken.insert(id);
        self.routes.insert((peer, id), route);
        Some(id)
    }

    /// Where a packet from `peer` for call `id` goes.
    #[must_use]
    pub fn find(&self, peer: Ipv4Addr, id: u16) -> Option<Route> {
        self.routes.get(&(peer, id)).copied()
    }

    /// The call has ended. Does nothing where the id is another's by now.
    pub fn release(&mut self, peer: Ipv4Addr, id: u16, route: Route, now: Duration) {
        if self.find(peer, id) != Some(route) {
            return;
        }
        self.routes.remove(&(peer, id));
        self.resting.push_back((now.saturating_add(Self::REST), id));
    }

    /// How many calls there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
    const OTHER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 3);

    fn route(slot: u32) -> Route {
        Route { slot, generation: 1 }
    }

    #[test]
    fn ids_are_nobody_elses_and_rest_before_they_are_used_again() {
        let mut demux = Demux::new();
        let mut zero = |octets: &mut [u8]| octets.fill(0);
        let at = Duration::from_secs;
        assert_eq!(demux.allocate(PEER, route(1), at(0), &mut zero), Some(1));
        assert_eq!(demux.allocate(OTHER, route(2), at(0), &mut zero), Some(2));
        assert_eq!(demux.find(PEER, 1), Some(route(1)));
        assert_eq!(demux.find(OTHER, 1), None, "from another address it is nobody's");
        demux.release(PEER, 1, route(2), at(1));
        assert_eq!(demux.find(PEER, 1), Some(route(1)), "only its owner gives it back");
        demux.release(PEER, 1, route(1), at(1));
        assert_eq!(demux.find(PEER, 1), None);
        assert_eq!(demux.allocate(PEER, route(3), at(30), &mut zero), Some(3));
        assert_eq!(demux.allocate(PEER, route(4), at(31), &mut zero), Some(1));
        assert_eq!(demux.len(), 3);
    }

    #[test]
    fn when_all_are_taken_there_is_none() {
        let mut demux = Demux::new();
        let mut seed = 0u16;
        let mut rng = |octets: &mut [u8]| {
            seed = seed.wrapping_mul(25173).wrapping_add(13849);
            octets.copy_from_slice(&seed.to_be_bytes());
        };
        let ids: BTreeSet<u16> = (0..65535)
            .filter_map(|slot| demux.allocate(PEER, route(slot), Duration::ZERO, &mut rng))
            .collect();
        assert_eq!(ids.len(), 65535);
        assert!(!ids.contains(&0));
        assert_eq!(demux.allocate(PEER, route(0), Duration::ZERO, &mut rng), None);
    }
}
