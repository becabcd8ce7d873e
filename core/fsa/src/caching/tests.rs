use super::act::Scope;
use super::grant::Circumstances;
use super::owner::Lease;
use super::table::Place;
use super::*;
use lanward_nt::{Guid, NtStatus};
use proptest::prelude::*;
use std::sync::Arc;
use tokio::time::{Duration, Instant};

/// A client with one queue, and a stream it shares with others.
struct Bench {
    queue: Arc<BreakQueue>,
    table: Arc<LeaseTable>,
    route: Arc<BreakRoute>,
    cache: CacheTable,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        let queue = Arc::new(BreakQueue::default());
        let table = Arc::new(LeaseTable::new(7, BreakRoute::default()));
        let route = Arc::new(BreakRoute::default());
        table.route().add(&queue);
        route.add(&queue);
        Self { queue, table, route, cache: CacheTable::default(), now: Instant::now() }
    }

    fn lease_owner(&self, key: u8) -> Owner {
        Owner::Lease(Arc::new(Lease::new(Arc::clone(&self.table), Guid([key; 16]))))
    }

    fn lease(&mut self, key: u8, state: CacheState, epoch: Option<u16>) -> LeaseGrant {
        let owner = self.lease_owner(key);
        let wanted = LeaseRequest {
            table: &Arc::clone(&self.table),
            key: Guid([key; 16]),
            state,
            epoch,
            parent: None,
            directories: true,
        };
        self.cache.enter(&CacheRequest::Lease(wanted), Some(owner.clone()), true, Circumstances::default());
        match self.cache.held(Some(&owner)) {
            HeldCache::Lease(grant) => grant,
            HeldCache::Oplock(level) => panic!("a lease was asked for, not {level:?}"),
        }
    }

    /// An oplock of an open that its client calls `name`.
    fn oplock(&mut self, level: OplockLevel, name: u64) -> (Option<Owner>, OplockLevel) {
        let request = CacheRequest::Oplock { level, route: &Arc::clone(&self.route) };
        let owner = self.cache.enter(&request, None, true, Circumstances::default());
        if let Some(Owner::Oplock(oplock)) = &owner {
            oplock.set_name(name);
        }
        let HeldCache::Oplock(level) = self.cache.held(owner.as_ref()) else { panic!("no oplock") };
        (owner, level)
    }

    /// Breaks, and waits for whom it must.
    fn act(&mut self, act: Act, owner: Option<&Owner>) -> Option<Place> {
        self.cache.break_others(act, Scope::All, owner, self.now);
        self.cache.wait_for(act, Scope::All, owner).unwrap()
    }

    fn told(&self) -> Vec<BreakNotice> {
        std::iter::from_fn(|| self.queue.take()).collect()
    }

    fn acknowledge(&mut self, owner: &Owner, state: CacheState) -> Result<CacheState, NtStatus> {
        self.cache.acknowledge(owner, state, self.now)
    }
}

fn lease_break(key: u8, current: CacheState, new: CacheState, epoch: u16) -> BreakNotice {
    let acknowledge = current.needs_acknowledgment();
    BreakNotice::Lease { table: 7, key: Guid([key; 16]), current, new, epoch, acknowledge }
}

#[test]
fn a_reader_takes_only_the_cache_of_writes() {
    let mut b = Bench::new();
    assert_eq!(b.lease(1, CacheState::ALL, Some(0x11)).epoch, Some(0x12));
    let (one, two) = (b.lease_owner(1), b.lease_owner(2));
    let mut place = b.act(Act::Open, Some(&two)).unwrap();
    assert_eq!(b.told(), [lease_break(1, CacheState::ALL, CacheState::READ_HANDLE, 0x13)]);
    assert!(place.done.try_recv().is_err());
    assert_eq!(b.acknowledge(&one, CacheState::ALL), Err(NtStatus::REQUEST_NOT_ACCEPTED));
    assert_eq!(b.acknowledge(&one, CacheState::READ_HANDLE), Ok(CacheState::READ_HANDLE));
    assert_eq!(b.acknowledge(&one, CacheState::READ_HANDLE), Err(NtStatus::UNSUCCESSFUL));
    place.done.try_recv().unwrap();
    assert_eq!(b.lease(2, CacheState::ALL, None).state, CacheState::READ_HANDLE);
    assert!(b.act(Act::Open, Some(&b.lease_owner(3))).is_none(), "nobody is broken for a further reader");
    assert_eq!(b.told(), []);
}

/// A second connection of the client.
fn second_way(b: &Bench) -> Arc<BreakQueue> {
    let other = Arc::new(BreakQueue::default());
    b.table.route().add(&other);
    b.route.add(&other);
    other
}

#[test]
fn a_break_that_nobody_acknowledged_goes_another_way_when_its_connection_goes() {
    for oplock in [false, true] {
        for acknowledged in [false, true] {
            let mut b = Bench::new();
            let owner = if oplock {
                b.oplock(OplockLevel::Batch, 9).0.unwrap()
            } else {
                b.lease(1, CacheState::ALL, None);
                b.lease_owner(1)
            };
            let other = second_way(&b);
            b.act(Act::Open, None).unwrap();
            let told = b.told();
            assert_eq!((told.len(), other.take()), (1, None));
            if acknowledged {
                b.acknowledge(&owner, CacheState::READ).unwrap();
            }
            b.queue.close();
            assert_eq!(other.take(), (!acknowledged).then_some(told[0]));
            // It is one break, whichever way it is acknowledged.
            assert_eq!(b.acknowledge(&owner, CacheState::READ).is_ok(), !acknowledged);
            let third = second_way(&b);
            other.close();
            assert_eq!(third.take(), None);
        }
    }
}

#[test]
fn a_connection_that_stalls_is_passed_over_while_there_is_another() {
    let mut b = Bench::new();
    b.lease(1, CacheState::ALL, None);
    b.act(Act::Open, None).unwrap();
    let told = b.told();
    // Nobody else can be told: it stays where it is.
    b.queue.stalls();
    assert_eq!(b.told(), []);
    let other = second_way(&b);
    b.queue.stalls();
    assert_eq!((other.take(), other.take()), (Some(told[0]), None));
    b.acknowledge(&b.lease_owner(1), CacheState::READ_HANDLE).unwrap();
    b.act(Act::OpenAgainstShareMode, None).unwrap();
    let next = lease_break(1, CacheState::READ_HANDLE, CacheState::READ, 0);
    assert_eq!((other.take(), b.told()), (Some(next), vec![]));
    // It is better than none.
    other.close();
    assert_eq!(b.told(), []);
    b.queue.flows();
    let third = second_way(&b);
    b.acknowledge(&b.lease_owner(1), CacheState::READ).unwrap();
    b.cache.break_others(Act::Change, Scope::All, None, b.now);
    assert_eq!(third.take(), None);
    assert_eq!(b.told().len(), 1);
}

#[test]
fn more_is_broken_when_the_first_break_is_acknowledged() {
    let mut b = Bench::new();
    b.lease(1, CacheState::ALL, Some(0));
    let one = b.lease_owner(1);
    let mut reader = b.act(Act::Open, None).unwrap();
    let mut overwriter = b.act(Act::Overwrite, None).unwrap();
    assert_eq!(b.told(), [lease_break(1, CacheState::ALL, CacheState::READ_HANDLE, 2)]);
    assert_eq!(b.acknowledge(&one, CacheState::READ_HANDLE), Ok(CacheState::READ_HANDLE));
    assert_eq!(b.told(), [lease_break(1, CacheState::READ_HANDLE, CacheState::READ, 2)]);
    assert!(reader.done.try_recv().is_err() && overwriter.done.try_recv().is_err());
    assert_eq!(b.acknowledge(&one, CacheState::READ), Ok(CacheState::READ));
    assert_eq!(b.told(), [lease_break(1, CacheState::READ, CacheState::NONE, 2)]);
    assert!(reader.done.try_recv().is_ok() && overwriter.done.try_recv().is_ok());
}

#[test]
fn a_cache_of_reads_and_opens_keeps_no_writer_waiting() {
    let mut b = Bench::new();
    b.lease(1, CacheState::READ_HANDLE, None);
    assert!(b.act(Act::Change, None).is_none());
    assert_eq!(b.told(), [lease_break(1, CacheState::READ_HANDLE, CacheState::NONE, 0)]);
    assert!(b.act(Act::Change, None).is_none());
    assert_eq!(b.told(), [], "it is told once");
    assert!(b.act(Act::Rename, None).is_some(), "but whoever needs the opens closed waits");
}

#[test]
fn whoever_does_not_answer_in_time_holds_nothing() {
    let mut b = Bench::new();
    let (owner, level) = b.oplock(OplockLevel::Batch, 5);
    assert_eq!(level, OplockLevel::Batch);
    let mut place = b.act(Act::Open, None).unwrap();
    assert_eq!(b.told(), [BreakNotice::Oplock { open: 5, level: OplockLevel::Two }]);
    b.cache.expire(place.deadline - Duration::from_millis(1));
    assert!(place.done.try_recv().is_err());
    b.cache.expire(place.deadline);
    place.done.try_recv().unwrap();
    assert_eq!(b.acknowledge(&owner.unwrap(), CacheState::READ), Err(NtStatus::UNSUCCESSFUL));
    assert!(b.cache.is_empty());
}

#[test]
fn a_client_that_cannot_be_told_holds_nothing() {
    let mut b = Bench::new();
    b.oplock(OplockLevel::Batch, 5);
    b.queue.close();
    assert!(b.act(Act::Open, None).is_none());
    assert!(b.cache.is_empty());
}

#[test]
fn a_break_waits_for_the_name_of_its_open() {
    let mut b = Bench::new();
    let request = CacheRequest::Oplock { level: OplockLevel::Batch, route: &Arc::clone(&b.route) };
    let owner = b.cache.enter(&request, None, true, Circumstances::default());
    b.act(Act::Overwrite, None).unwrap();
    assert_eq!(b.told(), []);
    let Some(Owner::Oplock(oplock)) = &owner else { panic!("no oplock") };
    oplock.set_name(9);
    assert_eq!(b.told(), [BreakNotice::Oplock { open: 9, level: OplockLevel::None }]);
}

#[test]
fn writing_breaks_ones_own_level_two_but_not_ones_own_lease() {
    let mut b = Bench::new();
    let (owner, _) = b.oplock(OplockLevel::Two, 1);
    assert!(b.act(Act::Change, owner.as_ref()).is_none());
    assert_eq!(b.told(), [BreakNotice::Oplock { open: 1, level: OplockLevel::None }]);
    b.lease(1, CacheState::READ, None);
    assert!(b.act(Act::Change, Some(&b.lease_owner(1))).is_none());
    assert_eq!(b.told(), []);
}

#[test]
fn a_waiter_that_gives_up_leaves_nothing() {
    let mut b = Bench::new();
    b.lease(1, CacheState::ALL, None);
    let place = b.act(Act::Open, None).unwrap();
    b.cache.give_up(place.ticket);
    let one = b.lease_owner(1);
    b.acknowledge(&one, CacheState::READ_HANDLE).unwrap();
    assert!(format!("{:?}", b.cache).contains("waiting: []"));
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Lease { key: u8, state: u32, access: bool },
    Oplock { level: u8, access: bool },
    Act { act: u8, key: u8 },
    Acknowledge { place: usize, less: u32 },
    Leave { place: usize },
    Later,
}

fn step() -> impl Strategy<Value = Step> {
    let place = 0usize..8;
    prop_oneof![
        3 => (1u8..4, 0u32..8, any::<bool>()).prop_map(|(key, state, access)| Step::Lease { key, state, access }),
        2 => (1u8..4, any::<bool>()).prop_map(|(level, access)| Step::Oplock { level, access }),
        3 => (0u8..5, 0u8..4).prop_map(|(act, key)| Step::Act { act, key }),
        3 => (place.clone(), 0u32..8).prop_map(|(place, less)| Step::Acknowledge { place, less }),
        2 => place.prop_map(|place| Step::Leave { place }),
        1 => Just(Step::Later),
    ]
}

/// Opens as the table sees them: their owner and whether they are more than stat opens.
struct Model {
    bench: Bench,
    opens: Vec<(Option<Owner>, bool)>,
    waiting: Vec<Place>,
}

impl Model {
    fn open(&mut self, request: &CacheRequest<'_>, lease: Option<Owner>, active: bool) {
        let mover = lease.clone();
        if let Some(place) = active.then(|| self.bench.act(Act::Open, mover.as_ref())).flatten() {
            self.waiting.push(place);
            return;
        }
        let owner = self.bench.cache.enter(request, lease, active, Circumstances::default());
        self.opens.push((owner, active));
    }

    fn run(&mut self, step: Step) {
        let (table, route) = (Arc::clone(&self.bench.table), Arc::clone(&self.bench.route));
        match step {
            Step::Lease { key, state, access } => {
                let owner = self.bench.lease_owner(key);
                let (key, state) = (Guid([key; 16]), CacheState::from_bits(state));
                let wanted = LeaseRequest {
                    table: &table,
                    key,
                    state,
                    epoch: Some(0),
                    parent: None,
                    directories: true,
                };
                self.open(&CacheRequest::Lease(wanted), Some(owner), access);
            }
            Step::Oplock { level, access } => {
                let level =
                    [OplockLevel::Two, OplockLevel::Exclusive, OplockLevel::Batch][usize::from(level) - 1];
                self.open(&CacheRequest::Oplock { level, route: &route }, None, access);
            }
            Step::Act { act, key } => {
                let acts = [Act::Open, Act::Overwrite, Act::OpenAgainstShareMode, Act::Change, Act::Rename];
                let owner = (key > 0).then(|| self.bench.lease_owner(key));
                self.waiting.extend(self.bench.act(acts[usize::from(act)], owner.as_ref()));
            }
            Step::Acknowledge { place, less } => {
                let Some(h) = self.bench.cache.holders.get(place) else { return };
                let Some(breaking) = h.breaking else { return };
                let (owner, state) = (h.owner.clone(), breaking.to.and(CacheState::from_bits(less)).legal());
                let late = breaking.deadline <= self.bench.now;
                let outcome = self.bench.acknowledge(&owner, state);
                assert_eq!(outcome, if late { Err(NtStatus::UNSUCCESSFUL) } else { Ok(state) });
            }
            Step::Leave { place } => {
                if place < self.opens.len() {
                    let (owner, active) = self.opens.swap_remove(place);
                    self.bench.cache.leave(owner.as_ref(), active);
                }
            }
            Step::Later => self.bench.now += Duration::from_secs(40),
        }
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        let cache = &self.bench.cache;
        prop_assert_eq!(cache.active as usize, self.opens.iter().filter(|o| o.1).count());
        for h in &cache.holders {
            let others = || cache.holders.iter().filter(|o| o.owner != h.owner);
            if h.state.contains(CacheState::WRITE) {
                prop_assert!(others().all(|o| o.state.is_none()), "who may write back is alone: {:?}", cache);
                prop_assert_eq!(cache.active, h.active, "and nobody else reads or writes");
            }
            let oplock = h.owner.lease().is_none();
            if oplock && !h.state.is_none() {
                prop_assert!(others().all(|o| !o.state.contains(CacheState::HANDLE)), "{:?}", cache);
            }
            prop_assert_eq!(h.state, h.state.legal());
            if let Some(b) = h.breaking {
                prop_assert!(h.state.needs_acknowledgment() && h.state.contains(b.to) && h.state != b.to);
                prop_assert!(b.to.contains(b.required));
            }
            let shared = self.opens.iter().filter(|(o, _)| o.as_ref() == Some(&h.owner)).count();
            prop_assert_eq!(h.opens as usize, shared);
        }
        let breaking = cache.holders.iter().any(|h| h.breaking.is_some());
        for place in &mut self.waiting {
            let done = place.done.try_recv().is_ok() || place.done.is_terminated();
            prop_assert!(done || breaking, "nobody waits for nothing");
        }
        for notice in self.bench.told() {
            if let BreakNotice::Lease { current, new, .. } = notice {
                prop_assert!(current.contains(new) && current != new);
            }
        }
        Ok(())
    }
}

proptest! {
    /// Random opens, acts, acknowledgments and closings, with the rules of [MS-FSA] 2.1.1.10 looked at after each.
    #[test]
    fn nobody_caches_what_others_change(steps in proptest::collection::vec(step(), 1..60)) {
        let mut model = Model { bench: Bench::new(), opens: Vec::new(), waiting: Vec::new() };
        for step in steps {
            model.run(step);
            model.check()?;
        }
    }
}
