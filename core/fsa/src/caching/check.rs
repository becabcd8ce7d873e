use super::act::{Scope, is_stat_open};
use super::grant::Circumstances;
use super::owner::Lease;
use super::{Act, BreakWait, CacheRequest, CacheState, HeldCache, OpenCache, OplockLevel, Owner};
use crate::node::{FileNode, NodeState, Verdict, Want};
use crate::offload::short;
use crate::posix::find;
use crate::{FileOpen, FileSystem, LockOwner};
use lanward_nt::{Guid, NtPath, NtStatus, NtString};
use lanward_vfs::Wait;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::time::Instant;

impl FileSystem {
    /// Whether a lease that an open asks for can be on what it names: looked at before anything is made.
    ///
    /// # Errors
    /// INVALID_PARAMETER: the client has it on another file ([MS-SMB2] 3.3.5.9.8).
    pub(crate) async fn check_lease(
        &self,
        request: &CacheRequest<'_>,
        path: &NtPath,
        posix: bool,
    ) -> Result<(), NtStatus> {
        let CacheRequest::Lease(lease) = request else { return Ok(()) };
        let Some(number) = lease.table.elsewhere(lease.key, path) else { return Ok(()) };
        let (volume, path) = (Arc::clone(self.volume()), path.clone());
        let found = short(self.is_slow(), move || find(&*volume, &path, posix, Wait::Allowed)).await;
        // Another name of the same file is no other file.
        if found.is_ok_and(|(_, m)| m.number == number) { Ok(()) } else { Err(NtStatus::INVALID_PARAMETER) }
    }
}

/// An open that is asked for, as far as others' caches are concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opener<'a> {
    pub(crate) request: &'a CacheRequest<'a>,
    /// It throws the data away.
    pub(crate) overwrites: bool,
    /// What is there is to go with this open.
    pub(crate) deletes: bool,
}

impl CacheRequest<'_> {
    /// Whose caches the open will not disturb.
    fn owner(&self) -> Option<Owner> {
        let Self::Lease(lease) = self else { return None };
        Some(Owner::Lease(Arc::new(Lease::new(Arc::clone(lease.table), lease.key))))
    }

    /// The lease that is asked for, if one can be had on this.
    ///
    /// # Errors
    /// INVALID_PARAMETER: it is on another file.
    pub(crate) fn enter_table(
        &self,
        node: &Arc<FileNode>,
        stream: &NtString,
        directory: bool,
    ) -> Result<Option<Owner>, NtStatus> {
        match self {
            Self::Lease(lease) if lease.directories || !directory => {
                lease.table.enter(lease.key, node, stream).map(Some)
            }
            _ => Ok(None),
        }
    }
}

impl NodeState {
    /// Breaks the caches of opens of all its streams; who must be waited for first.
    fn break_handles(
        &mut self,
        node: &Arc<FileNode>,
        owner: Option<&Owner>,
    ) -> Result<Option<BreakWait>, NtStatus> {
        let now = Instant::now();
        // Everybody is asked at once: nobody's answer waits for somebody else's.
        for stream in self.streams_mut() {
            stream.cache.break_others(Act::Rename, Scope::All, owner, now);
        }
        for stream in self.streams_mut() {
            let id = stream.id();
            if let Some(place) = stream.cache.wait_for(Act::Rename, Scope::All, owner)? {
                return Ok(Some(BreakWait::new(node, id, place)));
            }
        }
        Ok(None)
    }

    /// What a registered open of a stream may cache.
    pub(crate) fn enter_cache(
        &mut self,
        stream: u32,
        want: &Want<'_>,
        request: &CacheRequest<'_>,
        lease: Option<Owner>,
        directory: bool,
    ) -> (OpenCache, HeldCache) {
        let active = !is_stat_open(want.access, true);
        let delete_pending = self.links.iter().any(|l| l.delete_pending);
        let parent = match request {
            CacheRequest::Lease(lease) => lease.parent.map(|key| (lease.table.number(), key)),
            _ => None,
        };
        let Some(stream) = self.stream_mut(stream) else { return Default::default() };
        let locked = !stream.locks.is_empty();
        let circumstances = Circumstances { directory, locked, delete_pending };
        let owner = stream.cache.enter(request, lease, active, circumstances);
        let held = stream.cache.held(owner.as_ref());
        (OpenCache { owner, parent, active, ..OpenCache::default() }, held)
    }

    /// Whether an open goes with those there are: `None` when it does. Else what others cache breaks first, and then it is to be asked again
    /// ([MS-FSA] 2.1.5.1.2: batch oplocks before share modes, caches of opens when those refuse, caches of data after them).
    ///
    /// # Errors
    /// SHARING_VIOLATION, DELETE_PENDING, INSUFFICIENT_RESOURCES.
    pub(crate) fn clear_way(
        &mut self,
        node: &Arc<FileNode>,
        want: &Want<'_>,
        opener: Opener<'_>,
    ) -> Result<Option<BreakWait>, NtStatus> {
        let verdict = self.try_open(want);
        if verdict == Verdict::DeletePending {
            return Err(NtStatus::DELETE_PENDING);
        }
        let refused = verdict == Verdict::SharingViolation;
        let stream = self.stream_named(want.stream).filter(|s| !s.cache.is_empty());
        let Some(stream) = stream else {
            return if refused { Err(NtStatus::SHARING_VIOLATION) } else { Ok(None) };
        };
        let access = want.access.union(want.added);
        let act = if opener.overwrites { Act::Overwrite } else { Act::Open };
        let disturbs = |leases: bool| opener.overwrites || !is_stat_open(access, leases);
        let (owner, now, id) = (opener.request.owner(), Instant::now(), stream.id());
        let mut wait = |act, scope| {
            stream.cache.break_others(act, scope, owner.as_ref(), now);
            let place = stream.cache.wait_for(act, scope, owner.as_ref())?;
            Ok::<_, NtStatus>(place.map(|place| BreakWait::new(node, id, place)))
        };
        if disturbs(false)
            && let Some(wait) = wait(act, Scope::Batch)?
        {
            return Ok(Some(wait));
        }
        if refused {
            let waiting = wait(Act::OpenAgainstShareMode, Scope::Leases)?;
            return waiting.map_or(Err(NtStatus::SHARING_VIOLATION), |wait| Ok(Some(wait)));
        }
        if opener.deletes
            && let Some(wait) = wait(Act::Rename, Scope::Leases)?
        {
            return Ok(Some(wait));
        }
        match (disturbs(false), disturbs(true)) {
            (_, true) => wait(act, Scope::All),
            (true, false) => wait(act, Scope::Oplocks),
            (false, false) => Ok(None),
        }
    }
}

impl FileOpen {
    /// Whether a range may be changed: others' caches of it are broken first, then byte-range locks are looked at, under one lock.
    ///
    /// # Errors
    /// FILE_LOCK_CONFLICT, FILE_CLOSED, INSUFFICIENT_RESOURCES.
    pub(crate) async fn before_change(
        &self,
        lock_owner: LockOwner,
        offset: u64,
        length: u64,
    ) -> Result<(), NtStatus> {
        loop {
            let place = {
                let mut state = self.node.state();
                let Some(stream) = state.stream_mut(self.stream) else { return Err(NtStatus::FILE_CLOSED) };
                let owner = self.cache.owner.as_ref();
                let place = match stream.cache.is_only_of(owner) {
                    true => None,
                    false => {
                        stream.cache.break_others(Act::Change, Scope::All, owner, Instant::now());
                        stream.cache.wait_for(Act::Change, Scope::All, owner)?
                    }
                };
                if place.is_none() {
                    self.node.note_own_change();
                    let (locks, by) = (&stream.locks, (self.id, lock_owner));
                    let locked = !locks.is_empty() && locks.blocks_io(by, offset, length, true);
                    return if locked { Err(NtStatus::FILE_LOCK_CONFLICT) } else { Ok(()) };
                }
                place
            };
            let Some(place) = place else { return Ok(()) };
            BreakWait::new(&self.node, self.stream, place).done().await;
            if self.is_closed() {
                return Err(NtStatus::FILE_CLOSED);
            }
        }
    }

    /// Breaks what `act` takes from others and waits for those who have to say so.
    ///
    /// # Errors
    /// FILE_CLOSED, INSUFFICIENT_RESOURCES.
    pub(crate) async fn break_caches(&self, act: Act) -> Result<(), NtStatus> {
        loop {
            let wait = {
                let mut state = self.node.state();
                let owner = self.cache.owner.as_ref();
                let stream = state.stream_mut(self.stream).filter(|s| !s.cache.is_only_of(owner));
                let Some(stream) = stream else { return Ok(()) };
                stream.cache.break_others(act, Scope::All, owner, Instant::now());
                stream.cache.wait_for(act, Scope::All, owner)?
            };
            let Some(place) = wait else { return Ok(()) };
            BreakWait::new(&self.node, self.stream, place).done().await;
            if self.is_closed() {
                return Err(NtStatus::FILE_CLOSED);
            }
        }
    }

    /// Those who may have another file open only because they cache opens are asked to close it.
    ///
    /// # Errors
    /// INSUFFICIENT_RESOURCES.
    pub(crate) async fn break_handles(&self, node: &Arc<FileNode>) -> Result<(), NtStatus> {
        loop {
            let wait = node.state().break_handles(node, self.cache.owner.as_ref())?;
            let Some(wait) = wait else { return Ok(()) };
            wait.done().await;
        }
    }

    /// The same of everything beneath a directory ([MS-FSA] 2.1.4.2).
    ///
    /// # Errors
    /// INSUFFICIENT_RESOURCES.
    pub(crate) async fn break_beneath(&self, directory: &NtPath) -> Result<(), NtStatus> {
        for node in self.file_system.open_beneath(directory) {
            self.break_handles(&node).await?;
        }
        Ok(())
    }

    /// What this open may cache now.
    #[must_use]
    pub fn held_cache(&self) -> HeldCache {
        let state = self.node.state();
        state.stream(self.stream).map_or(HeldCache::NONE, |s| s.cache.held(self.cache.owner.as_ref()))
    }

    /// Whether its client may keep it open though it has closed it, and no break on its way takes that.
    #[must_use]
    pub fn keeps_handle(&self) -> bool {
        let state = self.node.state();
        let Some(owner) = self.cache.owner.as_ref() else { return false };
        state.stream(self.stream).is_some_and(|s| s.cache.coming_of(owner).contains(CacheState::HANDLE))
    }

    /// Whether it belongs to the lease of this key in that table ([`super::LeaseTable::number`]).
    #[must_use]
    pub fn is_leased(&self, table: u64, key: Guid) -> bool {
        let lease = self.cache.owner.as_ref().and_then(Owner::lease);
        lease.is_some_and(|l| l.key == key && l.table.number() == table)
    }

    /// What the client calls the open from now on: breaks of its oplock carry it ([`super::BreakNotice::Oplock`]). Not 0.
    pub fn set_name(&self, name: u64) {
        if let Some(Owner::Oplock(oplock)) = &self.cache.owner {
            oplock.set_name(name);
        }
    }

    /// Breaks of its oplock go another way from now on: it came back over another session.
    pub fn set_break_route(&self, route: &Arc<super::BreakRoute>) {
        if let Some(Owner::Oplock(oplock)) = &self.cache.owner {
            oplock.set_route(Arc::clone(route));
        }
    }

    /// The client answers the break of an oplock ([MS-SMB2] 3.3.5.22.1); what is left of it.
    ///
    /// # Errors
    /// INVALID_OPLOCK_PROTOCOL: nothing is breaking, or that cannot be answered; the oplock is gone then.
    pub fn acknowledge_oplock(&self, level: OplockLevel) -> Result<OplockLevel, NtStatus> {
        let owner = self.cache.owner.as_ref().filter(|o| o.lease().is_none());
        let owner = owner.ok_or(NtStatus::INVALID_OPLOCK_PROTOCOL)?;
        let mut state = self.node.state();
        let stream = state.stream_mut(self.stream).ok_or(NtStatus::FILE_CLOSED)?;
        let now = Instant::now();
        let held = OplockLevel::of(stream.cache.state_of(owner));
        let (answer, right) = match (held, level) {
            (_, OplockLevel::None | OplockLevel::Two) => (level.state(), true),
            (OplockLevel::Batch, OplockLevel::Exclusive) => (CacheState::NONE, true),
            _ => (CacheState::NONE, false),
        };
        let outcome = stream.cache.acknowledge(owner, answer, now);
        let outcome = match outcome {
            // It was to be none: level II is not kept, and that is no error ([MS-FSA] 2.1.5.19 BREAK_TO_NONE).
            Err(NtStatus::REQUEST_NOT_ACCEPTED) => stream.cache.acknowledge(owner, CacheState::NONE, now),
            other => other,
        };
        let left = outcome.map_err(|_| NtStatus::INVALID_OPLOCK_PROTOCOL)?;
        if right { Ok(OplockLevel::of(left)) } else { Err(NtStatus::INVALID_OPLOCK_PROTOCOL) }
    }

    /// Takes the open out of its stream's caches: part of closing it. Answers where the file is if what its directory's list shows of it
    /// changed by writing through this open: that is up to date from now on.
    pub(crate) fn leave_cache(&self, state: &mut NodeState) -> Option<Arc<NtPath>> {
        let changed = self.cache.changed_entry.load(Ordering::Relaxed);
        let path = || state.link(self.link).map(|l| Arc::clone(&l.path));
        let path = if changed || self.is_leased_directory() { path() } else { None };
        if let Some(path) = &path {
            self.leave_directory_cache(path);
        }
        let owner = self.cache.owner.as_ref();
        if let Some(stream) = state.stream_mut(self.stream) {
            stream.cache.leave(owner, self.cache.active);
        }
        if let Some(lease) = owner.and_then(Owner::lease) {
            lease.table.leave(lease);
        }
        path.filter(|_| changed)
    }

    /// Its file is going, and its lease with it.
    pub(crate) fn lease_goes(&self) {
        if let Some(lease) = self.cache.owner.as_ref().and_then(Owner::lease) {
            lease.table.set_going(lease);
        }
    }

    /// Notes that what the directory's list shows of the file changed.
    pub(crate) fn note_entry_changed(&self) {
        if !self.cache.changed_entry.load(Ordering::Relaxed) {
            self.cache.changed_entry.store(true, Ordering::Relaxed);
        }
    }
}
