use super::owner::Oplock;
use super::table::Holder;
use super::{CacheRequest, CacheState, CacheTable, HeldCache, LeaseGrant, OplockLevel, Owner};
use std::sync::Arc;

/// What of a stream decides what may be cached of it, beside who caches it already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Circumstances {
    pub(crate) directory: bool,
    /// Somebody has locked a byte range.
    pub(crate) locked: bool,
    /// The file is going.
    pub(crate) delete_pending: bool,
}

impl CacheTable {
    /// Registers an open that others' caches let in and gives it as much of what it asks for as they do ([MS-FSA] 2.1.5.18). `lease` is
    /// its lease, where it asked for one and one may be had; `active`: it is more than a stat open.
    pub(crate) fn enter(
        &mut self,
        request: &CacheRequest<'_>,
        lease: Option<Owner>,
        active: bool,
        circumstances: Circumstances,
    ) -> Option<Owner> {
        let entered = match (request, lease) {
            (CacheRequest::Lease(wanted), Some(owner)) => {
                let directory = circumstances.directory;
                let state = if directory { wanted.state.without(CacheState::WRITE) } else { wanted.state };
                self.enter_lease(&owner, state.legal(), circumstances);
                if let Some(h) = self.holder_mut(&owner)
                    && h.opens == 0
                {
                    h.parent = wanted.parent;
                    h.epoch = wanted.epoch.map(|e| if h.state.is_none() { e } else { e.wrapping_add(1) });
                }
                Some(owner)
            }
            (CacheRequest::Oplock { level, route }, _) if !circumstances.directory => {
                let state = self.allowed(level.state(), None, circumstances);
                (!state.is_none()).then(|| {
                    let owner = Owner::Oplock(Arc::new(Oplock::new(Arc::clone(route))));
                    self.hold(owner.clone(), state);
                    owner
                })
            }
            _ => None,
        };
        let active = u32::from(active);
        self.active += active;
        if let Some(holder) = entered.as_ref().and_then(|o| self.holder_mut(o)) {
            holder.opens += 1;
            holder.active += active;
        }
        entered
    }

    fn enter_lease(&mut self, owner: &Owner, wanted: CacheState, circumstances: Circumstances) {
        let Some(h) = self.holder(owner) else {
            let state = self.allowed(wanted, Some(owner), circumstances);
            return self.hold(owner.clone(), state);
        };
        let (old, breaking) = (h.state, h.breaking.is_some());
        let more = wanted.contains(old) && wanted != old;
        if breaking || !more {
            return;
        }
        let state = self.allowed(wanted, Some(owner), circumstances);
        // A lease that allows something grows to what is asked for or stays as it is.
        if state != wanted && !old.is_none() {
            return;
        }
        if let Some(h) = self.holder_mut(owner)
            && state != old
        {
            h.state = state;
            h.epoch = h.epoch.map(|e| e.wrapping_add(1));
        }
    }

    fn hold(&mut self, owner: Owner, state: CacheState) {
        self.holders.push(Holder {
            owner,
            opens: 0,
            active: 0,
            state,
            breaking: None,
            epoch: None,
            parent: None,
        });
    }

    /// As much of `wanted` as goes with what others have.
    fn allowed(&self, wanted: CacheState, owner: Option<&Owner>, now: Circumstances) -> CacheState {
        let others = || self.holders.iter().filter(|h| owner != Some(&h.owner) && !h.state.is_none());
        let own_opens = owner.and_then(|o| self.holder(o)).map_or(0, |h| h.active);
        let mut state = wanted;
        if self.active > own_opens || others().next().is_some() {
            state = state.without(CacheState::WRITE);
        }
        let leased = matches!(owner, Some(Owner::Lease(_)));
        let level_two = others().any(|h| h.owner.lease().is_none());
        if !leased {
            // Between reading and writing an oplock has no level.
            state = if state.contains(CacheState::WRITE) { state } else { state.and(CacheState::READ) };
        }
        if leased && (level_two || now.delete_pending) {
            state = state.without(CacheState::HANDLE);
        }
        let exclusive = state.contains(CacheState::WRITE);
        let opens_cached = others().any(|h| h.state.contains(CacheState::HANDLE));
        let written = others().any(|h| h.state.contains(CacheState::WRITE));
        if !exclusive && (now.locked || written || (!leased && opens_cached)) {
            return CacheState::NONE;
        }
        state
    }

    /// What an open may cache now.
    pub(crate) fn held(&self, owner: Option<&Owner>) -> HeldCache {
        let Some(holder) = owner.and_then(|o| self.holder(o)) else { return HeldCache::NONE };
        match &holder.owner {
            Owner::Oplock(_) => HeldCache::Oplock(OplockLevel::of(holder.state)),
            Owner::Lease(lease) => HeldCache::Lease(LeaseGrant {
                key: lease.key,
                state: holder.state,
                breaking: holder.breaking.is_some(),
                epoch: holder.epoch,
                parent: holder.parent,
            }),
        }
    }
}
