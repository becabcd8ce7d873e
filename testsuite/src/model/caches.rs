use super::step::{Slot, Wish};
use lanward_smb2::messages::{LeaseState, OplockLevel};

/// What may be cached, as bits of a lease's state.
pub(super) const READ: u32 = 1;
pub(super) const HANDLE: u32 = 2;
pub(super) const WRITE: u32 = 4;

/// A stream of a file.
pub(super) type Place = (u32, usize);

/// Whose cache it is: an oplock's open, or a lease by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Oplock(Slot),
    Lease { client: usize, key: usize },
}

/// A break that a client must be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) owner: Owner,
    /// What it had, and what it is left.
    pub(super) from: u32,
    pub(super) to: u32,
}

impl Told {
    pub(super) const fn client(&self) -> usize {
        match self.owner {
            Owner::Oplock(slot) => slot.client,
            Owner::Lease { client, .. } => client,
        }
    }

    /// Whether the client must answer: it may have data or opens nobody else knows of.
    pub(super) const fn must_answer(&self) -> bool {
        self.from & (HANDLE | WRITE) != 0
    }
}

#[derive(Debug, Clone)]
struct Holder {
    owner: Owner,
    place: Place,
    state: u32,
    /// What is left of it when its client has answered.
    coming: Option<u32>,
    freed: bool,
    /// Opens of the lease; whether each is more than a look at attributes.
    opens: Vec<(Slot, bool)>,
}

/// Who caches what: the rules of [MS-FSA] 2.1.4.12 and 2.1.5.18 where every break is answered at once.
#[derive(Debug, Clone, Default)]
pub(super) struct Caches(Vec<Holder>);

/// What of a stream decides what a new open of it may cache.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// Other opens that do more than look at attributes.
    pub(super) active: usize,
    pub(super) locked: bool,
    pub(super) deleted: bool,
}

impl Caches {
    /// Whether a client's lease of this key is on something else.
    pub(super) fn elsewhere(&self, client: usize, key: usize, place: Option<Place>) -> bool {
        let owner = Owner::Lease { client, key };
        self.0.iter().any(|h| h.owner == owner && Some(h.place) != place)
    }

    /// Takes `loses` from everybody but `own` whose owner is `of`, and says whom to tell.
    pub(super) fn take(
        &mut self,
        place: Place,
        loses: u32,
        own: Option<Owner>,
        of: impl Fn(Owner, u32) -> bool,
    ) -> Vec<Told> {
        let mut told = Vec::new();
        for h in &mut self.0 {
            let from = h.state;
            if h.place != place
                || own == Some(h.owner)
                || h.coming.unwrap_or(from) & loses == 0
                || !of(h.owner, from)
            {
                continue;
            }
            let left = from & !loses;
            let left = if left & READ == 0 { 0 } else { left };
            // An oplock knows nothing between what it was and reading.
            let to = if matches!(h.owner, Owner::Oplock(_)) { left & READ } else { left };
            let one = Told { owner: h.owner, from, to };
            h.coming = Some(to);
            if !one.must_answer() {
                h.state = to;
            }
            told.push(one);
        }
        told
    }

    /// Everybody who was told has answered.
    pub(super) fn settle(&mut self) {
        for h in &mut self.0 {
            h.state = h.coming.take().unwrap_or(h.state);
        }
        self.0.retain(|h| h.state != 0 || matches!(h.owner, Owner::Lease { .. }));
    }

    /// Registers an open and gives it what it may have of its wish; what it has then.
    pub(super) fn enter(
        &mut self,
        slot: Slot,
        place: Place,
        wish: Wish,
        active: bool,
        around: Around,
    ) -> u32 {
        match wish {
            Wish::Nothing => 0,
            Wish::Oplock(level) => {
                let owner = Owner::Oplock(slot);
                let state = self.allowed(owner, place, wanted(level), around);
                if state != 0 {
                    self.0.push(Holder {
                        owner,
                        place,
                        state,
                        coming: None,
                        freed: false,
                        opens: vec![(slot, active)],
                    });
                }
                state
            }
            Wish::Lease { key, state } => self.enter_lease(
                slot,
                place,
                Owner::Lease { client: slot.client, key },
                state,
                active,
                around,
            ),
        }
    }

    fn enter_lease(
        &mut self,
        slot: Slot,
        place: Place,
        owner: Owner,
        state: LeaseState,
        active: bool,
        around: Around,
    ) -> u32 {
        let want = if state.bits() & READ == 0 { 0 } else { state.bits() };
        let own = self.0.iter().find(|h| h.owner == owner);
        let own_active = own.map_or(0, |h| h.opens.iter().filter(|(_, active)| *active).count());
        let around = Around { active: around.active.saturating_sub(own_active), ..around };
        let (known, old) = (own.is_some(), own.map_or(0, |h| h.state));
        let grows = want & old == old && want != old;
        let got = if !known || grows { self.allowed(owner, place, want, around) } else { old };
        // A lease grows to all that is asked for, or stays as it is.
        let now = if known && old != 0 && got != want { old } else { got };
        if !known {
            self.0.push(Holder { owner, place, state: 0, coming: None, freed: false, opens: Vec::new() });
        }
        for h in self.0.iter_mut().filter(|h| h.owner == owner) {
            h.state = now;
            h.opens.push((slot, active));
        }
        now
    }

    fn allowed(&self, owner: Owner, place: Place, want: u32, around: Around) -> u32 {
        let others: Vec<&Holder> =
            self.0.iter().filter(|h| h.place == place && h.owner != owner && h.state != 0).collect();
        let oplock = matches!(owner, Owner::Oplock(_));
        let mut state = want;
        if around.active > 0 || !others.is_empty() {
            state &= !WRITE;
        }
        if oplock && state & WRITE == 0 {
            state &= READ;
        }
        let level_two = others.iter().any(|h| matches!(h.owner, Owner::Oplock(_)));
        if !oplock && (level_two || around.deleted) {
            state &= !HANDLE;
        }
        let shared = state & WRITE == 0;
        let in_the_way = |h: &&Holder| h.state & WRITE != 0 || (oplock && h.state & HANDLE != 0);
        if shared && (around.locked || others.iter().any(in_the_way)) {
            return 0;
        }
        state
    }

    /// An open is closed.
    pub(super) fn leave(&mut self, slot: Slot) {
        for h in &mut self.0 {
            h.opens.retain(|(open, _)| *open != slot);
        }
        self.0.retain(|h| !h.opens.is_empty());
    }

    /// Whose cache an open's own changes leave alone.
    pub(super) fn owner_of(&self, slot: Slot) -> Option<Owner> {
        self.0.iter().find(|h| h.opens.iter().any(|(open, _)| *open == slot)).map(|h| h.owner)
    }

    /// The key of an open's lease may be used for another file from now on.
    pub(super) fn free(&mut self, slot: Slot) {
        for h in self.0.iter_mut().filter(|h| h.opens.iter().any(|(open, _)| *open == slot)) {
            h.freed = true;
        }
    }

    /// Where an owner's cache is.
    pub(super) fn place_of(&self, owner: Owner) -> Option<Place> {
        self.0.iter().find(|h| h.owner == owner).map(|h| h.place)
    }

    /// Whether a lease's key may be used for another file.
    pub(super) fn is_freed(&self, owner: Owner) -> bool {
        self.0.iter().any(|h| h.owner == owner && h.freed)
    }

    /// What an owner has.
    pub(super) fn state_of(&self, owner: Owner) -> u32 {
        self.0.iter().find(|h| h.owner == owner).map_or(0, |h| h.state)
    }
}

fn wanted(level: OplockLevel) -> u32 {
    match level {
        OplockLevel::BATCH => READ | HANDLE | WRITE,
        OplockLevel::EXCLUSIVE => READ | WRITE,
        OplockLevel::II => READ,
        _ => 0,
    }
}

/// The level of an oplock that allows this.
pub(super) const fn level(state: u32) -> OplockLevel {
    match state {
        0 => OplockLevel::NONE,
        READ => OplockLevel::II,
        5 => OplockLevel::EXCLUSIVE,
        _ => OplockLevel::BATCH,
    }
}
