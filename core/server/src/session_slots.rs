use crate::Server;
use lanward_nt::{Guid, NtStatus, Sid};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which users at which computers use the server, for the limit of behaviour 1.2. One user at one computer is one, however many
/// sessions, shares and connections that takes (behaviour 1.4).
///
/// A computer is known by its address and by the ClientGuid of its connections: whoever shares one of them with another is at the same
/// computer. So neither a computer with several addresses counts twice, nor one whose programs each have a ClientGuid of their own.
#[derive(Debug, Default)]
pub(crate) struct SessionSlots(Mutex<Slots>);

#[derive(Debug, Default)]
struct Slots {
    users: HashMap<Sid, Vec<Place>>,
    /// Users at computers altogether.
    counted: usize,
}

/// Where a session comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) address: IpAddr,
    /// Zero if the client has none.
    pub(crate) client: Guid,
}

/// A session that counts.
#[derive(Debug)]
pub(crate) struct SessionSlot {
    server: Arc<Server>,
    sid: Sid,
    place: Place,
}

impl SessionSlot {
    /// Takes a slot, or shares the one the same user has at the same computer.
    pub(crate) fn take(server: &Arc<Server>, place: Place, sid: &Sid) -> Result<Self, NtStatus> {
        let limit = server.settings().limits.users;
        let place = Place { address: place.address.to_canonical(), ..place };
        server.slots.lock().enter(sid, place, limit)?;
        Ok(Self { server: Arc::clone(server), sid: sid.clone(), place })
    }
}

impl Drop for SessionSlot {
    fn drop(&mut self) {
        self.server.slots.lock().leave(&self.sid, self.place);
    }
}

impl SessionSlots {
    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn enter(&mut self, sid: &Sid, place: Place, limit: Option<u32>) -> Result<(), NtStatus> {
        let places = self.users.get(sid).map_or(&[][..], Vec::as_slice);
        let is_new = !places.iter().any(|other| other.is_same_computer(place));
        if is_new && limit.is_some_and(|limit| self.counted >= limit as usize) {
            return Err(NtStatus::REQUEST_NOT_ACCEPTED);
        }
        self.change(sid, |places| places.push(place));
        Ok(())
    }

    fn leave(&mut self, sid: &Sid, place: Place) {
        self.change(sid, |places| {
            if let Some(found) = places.iter().position(|other| *other == place) {
                places.swap_remove(found);
            }
        });
    }

    fn change(&mut self, sid: &Sid, change: impl FnOnce(&mut Vec<Place>)) {
        let places = self.users.entry(sid.clone()).or_default();
        let before = computers(places);
        change(places);
        self.counted = self.counted - before + computers(places);
        if places.is_empty() {
            self.users.remove(sid);
        }
    }
}

impl Place {
    fn is_same_computer(self, other: Self) -> bool {
        self.address == other.address || (self.client == other.client && self.client != Guid::default())
    }
}

/// How many computers these places are: each is at the same one as those it shares an address or a client with, and as those they do.
fn computers(places: &[Place]) -> usize {
    let mut by_address = HashMap::new();
    let mut by_client = HashMap::new();
    let mut root: Vec<usize> = (0..places.len()).collect();
    let mut count = places.len();
    for (index, place) in places.iter().enumerate() {
        let by_address = *by_address.entry(place.address).or_insert(index);
        let known = place.client != Guid::default();
        let by_client = if known { *by_client.entry(place.client).or_insert(index) } else { index };
        for other in [by_address, by_client] {
            let (one, other) = (find(&mut root, index), find(&mut root, other));
            if one != other {
                root[one] = other;
                count -= 1;
            }
        }
    }
    count
}

/// The place that stands for the computer of the one at `index`.
fn find(root: &mut [usize], mut index: usize) -> usize {
    while root[index] != index {
        root[index] = root[root[index]];
        index = root[index];
    }
    index
}

impl Server {
    /// Users at computers that count against [`crate::Limits::users`] now.
    #[must_use]
    pub fn counted_users(&self) -> usize {
        self.slots.lock().counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(address: u8, client: u8) -> Place {
        Place { address: [10, 0, 0, address].into(), client: Guid([client; 16]) }
    }

    fn user(rid: u8) -> Sid {
        Sid::new(5, &[21, 1, 2, 3, rid.into()])
    }

    /// The same, as it is said: computers are merged until none shares anything with another.
    fn naive(places: &[Place]) -> usize {
        let mut groups: Vec<Vec<Place>> = places.iter().map(|p| vec![*p]).collect();
        let touch = |a: &[Place], b: &[Place]| a.iter().any(|p| b.iter().any(|q| p.is_same_computer(*q)));
        while let Some((a, b)) = (0..groups.len())
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .find(|(a, b)| touch(&groups[*a], &groups[*b]))
        {
            let merged = groups.swap_remove(a);
            groups[b].extend(merged);
        }
        groups.len()
    }

    #[test]
    fn computers_are_known_by_address_and_client() {
        let cases: [(&[(u8, u8)], usize); 6] = [
            (&[], 0),
            (&[(1, 1), (2, 1)], 1),
            (&[(1, 1), (1, 2)], 1),
            (&[(1, 0), (2, 0)], 2),
            (&[(1, 1), (2, 2)], 2),
            (&[(1, 1), (2, 2), (1, 2)], 1),
        ];
        for (places, expected) in cases {
            let places: Vec<_> = places.iter().map(|(a, c)| place(*a, *c)).collect();
            assert_eq!(computers(&places), expected, "{places:?}");
        }
    }

    proptest! {
        #[test]
        fn the_count_is_that_of_the_places(
            steps in proptest::collection::vec((0..3_u8, 0..5_u8, 0..4_u8, any::<bool>()), 1..30),
            limit in 1..6_u32,
        ) {
            let mut slots = Slots::default();
            let mut there: Vec<(Sid, Place)> = Vec::new();
            for (rid, address, client, leaves) in steps {
                let (sid, place) = (user(rid), place(address, client));
                if leaves && !there.is_empty() {
                    let (sid, place) = there.swap_remove(usize::from(address) % there.len());
                    slots.leave(&sid, place);
                } else {
                    let known = there.iter().any(|(s, p)| *s == sid && p.is_same_computer(place));
                    let admitted = slots.enter(&sid, place, Some(limit)).is_ok();
                    prop_assert_eq!(admitted, known || slots.counted < limit as usize + usize::from(admitted));
                    if admitted {
                        there.push((sid, place));
                    }
                }
                let of = |rid| there.iter().filter(|(s, _)| *s == user(rid)).map(|(_, p)| *p).collect::<Vec<_>>();
                let expected: usize = (0..3).map(|rid| naive(&of(rid))).sum();
                prop_assert_eq!(slots.counted, expected);
            }
        }
    }
}
