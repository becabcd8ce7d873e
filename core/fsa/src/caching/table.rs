use super::act::Scope;
use super::{Act, BreakNotice, BreakRoute, CacheState, OplockLevel, Owner, Seen};
use lanward_nt::{Guid, NtStatus};
use tokio::sync::oneshot;
use tokio::time::{Duration, Instant};

/// How long a client has to acknowledge ([MS-SMB2] 3.3.4.6, 3.3.4.7).
pub(super) const ACKNOWLEDGMENT_TIME: Duration = Duration::from_secs(35);
/// Most acts that may wait for one stream's caches.
const MAX_WAITING: usize = 16_384;

/// One oplock or lease on a stream.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) owner: Owner,
    /// Opens that share it.
    pub(super) opens: u32,
    /// Those of them that are more than stat opens.
    pub(super) active: u32,
    /// What it allows; while it breaks, what it allowed before.
    pub(super) state: CacheState,
    pub(super) breaking: Option<Breaking>,
    /// Of a lease of version 2.
    pub(super) epoch: Option<u16>,
    /// The lease of the directory it is in ([MS-SMB2] 3.3.1.12 Lease.ParentLeaseKey).
    pub(super) parent: Option<Guid>,
}

/// A break that its client has been told of and has to acknowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Breaking {
    /// What the client was told.
    pub(super) to: CacheState,
    /// What it will come to: later acts may ask for more while the client thinks.
    pub(super) required: CacheState,
    pub(super) deadline: Instant,
}

/// Somebody who waits until none of these breaks any more.
#[derive(Debug)]
struct Waiting {
    ticket: u64,
    on: Vec<Owner>,
    done: oneshot::Sender<()>,
}

/// A place among those who wait.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) ticket: u64,
    pub(super) done: oneshot::Receiver<()>,
    pub(super) deadline: Instant,
}

/// The oplocks and leases on one stream ([MS-FSA] 2.1.1.10 Per Oplock), and who waits for one of them to break.
#[derive(Debug, Default)]
pub(crate) struct CacheTable {
    pub(super) holders: Vec<Holder>,
    waiting: Vec<Waiting>,
    last_ticket: u64,
    /// Opens of the stream that are more than stat opens.
    pub(super) active: u32,
    /// What those who cache know of, while anybody does.
    pub(crate) seen: Option<Seen>,
}

impl CacheTable {
    /// Whether nobody holds anything.
    pub(crate) const fn is_empty(&self) -> bool {
        self.holders.is_empty()
    }

    /// Whether no act of `owner` breaks anything: nobody else holds anything, nor has it a level II oplock, which its own writing breaks.
    pub(crate) fn is_only_of(&self, owner: Option<&Owner>) -> bool {
        match self.holders.as_slice() {
            [] => true,
            [one] => {
                owner == Some(&one.owner)
                    && (one.owner.lease().is_some() || one.state.contains(CacheState::WRITE))
            }
            _ => false,
        }
    }

    /// Breaks what `act` by `owner` (nobody, where it has no key) takes from others, and tells them.
    pub(crate) fn break_others(&mut self, act: Act, scope: Scope, owner: Option<&Owner>, now: Instant) {
        self.expire(now);
        let mut unheard = false;
        for h in &mut self.holders {
            let oplock = h.owner.lease().is_none();
            let own = owner == Some(&h.owner);
            // What may be written back by its holder only is nobody's to take from it but others'.
            let takes_own = oplock && act.takes_own_level_two() && !h.state.contains(CacheState::WRITE);
            if !h.is_in(scope) || (own && !takes_own) {
                continue;
            }
            let left = h.coming().without(act.loses());
            // An oplock has no levels between what it allows and reading.
            let left = if oplock && left != h.coming() { left.and(CacheState::READ) } else { left };
            unheard |= !h.break_to(left, now);
        }
        if unheard {
            self.wake();
        }
        self.forget_level_two();
    }

    /// Those `act` must wait for, of those that are breaking now.
    fn in_the_way(&self, act: Act, scope: Scope, owner: Option<&Owner>) -> impl Iterator<Item = &Holder> {
        self.holders.iter().filter(move |h| {
            let other = h.is_in(scope) && owner != Some(&h.owner);
            other && h.breaking.is_some() && h.state.intersects(act.waits_for())
        })
    }

    /// Takes a place among those who wait for everyone in the way of `act`; `None` when nobody is.
    ///
    /// # Errors
    /// INSUFFICIENT_RESOURCES: too many wait.
    pub(super) fn wait_for(
        &mut self,
        act: Act,
        scope: Scope,
        owner: Option<&Owner>,
    ) -> Result<Option<Place>, NtStatus> {
        self.pass_over(act, scope, owner);
        let in_the_way: Vec<&Holder> = self.in_the_way(act, scope, owner).collect();
        let deadlines = in_the_way.iter().filter_map(|h| h.breaking.map(|b| b.deadline));
        let Some(deadline) = deadlines.max() else { return Ok(None) };
        if self.waiting.len() >= MAX_WAITING {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        let on = in_the_way.into_iter().map(|h| h.owner.clone()).collect();
        let (sender, done) = oneshot::channel();
        self.last_ticket += 1;
        self.waiting.push(Waiting { ticket: self.last_ticket, on, done: sender });
        Ok(Some(Place { ticket: self.last_ticket, done, deadline }))
    }

    /// Who stayed silent is not waited for again until it has made up for that: what it holds here, it holds no more.
    fn pass_over(&mut self, act: Act, scope: Scope, owner: Option<&Owner>) {
        let in_the_way = self.in_the_way(act, scope, owner);
        let silent = in_the_way.filter(|h| !h.owner.route(BreakRoute::is_waited_for));
        let silent: Vec<Owner> = silent.map(|h| h.owner.clone()).collect();
        for owner in &silent {
            if let Some(holder) = self.holder_mut(owner) {
                holder.end_in_silence();
            }
        }
        if !silent.is_empty() {
            self.wake();
            self.forget_level_two();
        }
    }

    /// Somebody does not wait any more.
    pub(super) fn give_up(&mut self, ticket: u64) {
        self.waiting.retain(|w| w.ticket != ticket);
    }

    /// Whoever had to acknowledge by now and has not holds nothing any more ([MS-SMB2] 3.3.6.1).
    pub(super) fn expire(&mut self, now: Instant) {
        let mut expired = false;
        for h in &mut self.holders {
            if h.breaking.is_some_and(|b| b.deadline <= now) {
                h.owner.route(BreakRoute::note_missed);
                h.end_in_silence();
                expired = true;
            }
        }
        if expired {
            self.wake();
            self.forget_level_two();
        }
    }

    /// A client says how much it still caches after a break ([MS-FSA] 2.1.5.19); what it is answered is what is left.
    ///
    /// # Errors
    /// UNSUCCESSFUL: nothing is breaking; REQUEST_NOT_ACCEPTED: more than it was left.
    pub(super) fn acknowledge(
        &mut self,
        owner: &Owner,
        state: CacheState,
        now: Instant,
    ) -> Result<CacheState, NtStatus> {
        self.expire(now);
        if owner.is_breaking() || owner.take_owing() {
            owner.route(BreakRoute::note_acknowledged);
        }
        let holder = self.holder_mut(owner).ok_or(NtStatus::UNSUCCESSFUL)?;
        let breaking = holder.breaking.ok_or(NtStatus::UNSUCCESSFUL)?;
        if !breaking.to.contains(state) {
            return Err(NtStatus::REQUEST_NOT_ACCEPTED);
        }
        holder.state = state.legal();
        holder.settle();
        let answer = holder.state;
        if !breaking.required.contains(answer) {
            holder.break_further(breaking.required, now);
        }
        self.wake();
        self.forget_level_two();
        Ok(answer)
    }

    /// An oplock or a lease loses an open; with its last one it is gone.
    pub(crate) fn leave(&mut self, owner: Option<&Owner>, active: bool) {
        self.active = self.active.saturating_sub(u32::from(active));
        let Some(place) = owner.and_then(|o| self.holders.iter().position(|h| h.owner == *o)) else { return };
        let Some(holder) = self.holders.get_mut(place) else { return };
        holder.opens = holder.opens.saturating_sub(1);
        holder.active = holder.active.saturating_sub(u32::from(active));
        if holder.opens == 0 {
            self.holders.swap_remove(place).settle();
            if self.holders.is_empty() {
                self.seen = None;
            }
            self.wake();
        }
    }

    /// What an oplock or lease allows when the break under way is done.
    pub(super) fn coming_of(&self, owner: &Owner) -> CacheState {
        self.holder(owner).map_or(CacheState::NONE, Holder::coming)
    }

    /// What an oplock or lease allows now.
    pub(super) fn state_of(&self, owner: &Owner) -> CacheState {
        self.holder(owner).map_or(CacheState::NONE, |h| h.state)
    }

    /// The lease in a client's table by its key.
    pub(super) fn lease_of(&self, table: u64, key: Guid) -> Option<Owner> {
        let of = |h: &&Holder| h.owner.lease().is_some_and(|l| l.key == key && l.table.number() == table);
        self.holders.iter().find(of).map(|h| h.owner.clone())
    }

    pub(super) fn holder(&self, owner: &Owner) -> Option<&Holder> {
        self.holders.iter().find(|h| h.owner == *owner)
    }

    pub(super) fn holder_mut(&mut self, owner: &Owner) -> Option<&mut Holder> {
        self.holders.iter_mut().find(|h| h.owner == *owner)
    }

    /// Lets everyone go on for whom nothing breaks any more.
    fn wake(&mut self) {
        let holders = &self.holders;
        let breaks = |owner: &Owner| holders.iter().any(|h| h.owner == *owner && h.breaking.is_some());
        for w in self.waiting.extract_if(.., |w| !w.on.iter().any(breaks)) {
            // Whoever does not listen any more has nothing to take back.
            let _ = w.done.send(());
        }
    }

    /// An oplock that allows nothing any more is no oplock.
    fn forget_level_two(&mut self) {
        self.holders.retain(|h| h.owner.lease().is_some() || !h.state.is_none() || h.breaking.is_some());
    }
}

impl Holder {
    fn is_in(&self, scope: Scope) -> bool {
        let oplock = self.owner.lease().is_none();
        match scope {
            Scope::All => true,
            Scope::Oplocks => oplock,
            Scope::Batch => oplock && self.state.contains(CacheState::ALL),
            Scope::Leases => !oplock,
        }
    }

    /// What it will allow when the break under way is done.
    fn coming(&self) -> CacheState {
        self.breaking.map_or(self.state, |b| b.required)
    }

    /// Nobody waits for its acknowledgment any more, and without that it holds nothing.
    fn end_in_silence(&mut self) {
        self.state = CacheState::NONE;
        self.owner.set_owing();
        self.settle();
    }

    /// Nothing breaks any more.
    fn settle(&mut self) {
        self.breaking = None;
        self.owner.set_breaking(false);
    }

    /// Breaks it to `left`, at once or when the break under way is acknowledged; `false` when its client cannot be told and it is gone.
    fn break_to(&mut self, left: CacheState, now: Instant) -> bool {
        if left == self.coming() {
            return true;
        }
        if let Some(breaking) = &mut self.breaking {
            breaking.required = left;
            return true;
        }
        self.epoch = self.epoch.map(|e| e.wrapping_add(1));
        self.begin(left, left, now)
    }

    /// More was asked for while the client thought about the break it has acknowledged. What it must acknowledge goes first, the cache of
    /// reads last and without a word; the epoch stays ([MS-SMB2] 3.3.4.7, as Windows does).
    fn break_further(&mut self, required: CacheState, now: Instant) {
        let step = if self.state.needs_acknowledgment() { required | CacheState::READ } else { required };
        self.begin(step, required, now);
    }

    fn begin(&mut self, to: CacheState, required: CacheState, now: Instant) -> bool {
        let current = self.state;
        let acknowledge = current.needs_acknowledgment();
        if acknowledge {
            self.breaking = Some(Breaking { to, required, deadline: now + ACKNOWLEDGMENT_TIME });
            self.owner.set_breaking(true);
        } else {
            self.state = to;
        }
        let notice = match &self.owner {
            Owner::Oplock(oplock) => BreakNotice::Oplock { open: oplock.name(), level: OplockLevel::of(to) },
            Owner::Lease(lease) => {
                let epoch = self.epoch.unwrap_or(0);
                BreakNotice::Lease {
                    table: lease.table.number(),
                    key: lease.key,
                    current,
                    new: to,
                    epoch,
                    acknowledge,
                }
            }
        };
        let told = self.owner.tell(notice);
        if !told {
            self.state = CacheState::NONE;
            self.settle();
        }
        told
    }
}
