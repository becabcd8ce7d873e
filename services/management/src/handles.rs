use lanward_nt::{Guid, Sid};
use lanward_rpc::{ContextHandle, Fault};
use std::any::Any;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Most context handles of an association group.
const GROUP_LIMIT: usize = 2048;

/// Most context handles of a session, over all its pipes.
const SESSION_LIMIT: usize = 4096;

/// Groups from which on those that are gone are forgotten, at each power of two.
const FORGET: usize = 64;

/// The association groups of a server ([MS-RPCE] 3.3.1.2.3), and what their sessions hold.
#[derive(Default)]
pub(crate) struct Groups {
    last: AtomicU32,
    table: Mutex<HashMap<u32, Weak<Group>>>,
    sessions: Mutex<HashMap<u64, Weak<AtomicUsize>>>,
}

/// Associations that share context handles. What the handles stand for is dropped with the last of them: the rundown ([C706] 5.1.6).
pub(crate) struct Group {
    id: u32,
    machine: IpAddr,
    user: Sid,
    handles: Handles,
}

/// Who joins a group.
pub(crate) struct Member<'a> {
    pub session: Option<u64>,
    pub machine: IpAddr,
    pub user: &'a Sid,
}

/// The context handles of an association group. Each stands for a value whose type says of which kind it is.
pub(crate) struct Handles {
    open: Mutex<HashMap<Guid, OpenHandle>>,
    /// Handles of the session the group belongs to.
    session: Arc<AtomicUsize>,
}

/// What a handle stands for, and who opened it.
struct OpenHandle {
    user: Sid,
    value: Arc<dyn Any + Send + Sync>,
}

/// The handles of a group as one of its users has them. Who joins a group proves only later who he is, and is let in as whoever opened the
/// pipe, or as nobody: so a handle is for the user who opened it, and for all others there is none.
#[derive(Clone, Copy)]
pub(crate) struct OwnHandles<'g> {
    handles: &'g Handles,
    user: &'g Sid,
}

impl Groups {
    /// The group of this number, or a new one for 0. [MS-RPCE] 3.3.1.5.7: only the machine that founded a group may join it; here also only
    /// the same user.
    pub(crate) fn join(&self, asked: u32, member: &Member<'_>) -> Option<Arc<Group>> {
        if asked == 0 {
            return Some(self.found(member));
        }
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let group = table.get(&asked)?.upgrade()?;
        drop(table);
        (group.machine == member.machine && group.user == *member.user).then_some(group)
    }

    fn found(&self, member: &Member<'_>) -> Arc<Group> {
        let handles = Handles { open: Mutex::default(), session: self.counter(member.session) };
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        // Twice as many as live ones at most, so that forgetting the dead costs little.
        if table.len() >= FORGET && table.len().is_power_of_two() {
            table.retain(|_, group| group.strong_count() > 0);
        }
        let id = loop {
            let id = self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            if id != 0 && table.get(&id).is_none_or(|group| group.strong_count() == 0) {
                break id;
            }
        };
        let group = Arc::new(Group { id, machine: member.machine, user: member.user.clone(), handles });
        table.insert(id, Arc::downgrade(&group));
        group
    }

    fn counter(&self, session: Option<u64>) -> Arc<AtomicUsize> {
        let Some(session) = session else { return Arc::default() };
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = sessions.get(&session).and_then(Weak::upgrade) {
            return counter;
        }
        sessions.retain(|_, counter| counter.strong_count() > 0);
        let counter = Arc::default();
        sessions.insert(session, Arc::downgrade(&counter));
        counter
    }
}

impl Group {
    pub(crate) const fn id(&self) -> u32 {
        self.id
    }

    /// Its handles as they are for a user.
    pub(crate) const fn handles<'g>(&'g self, user: &'g Sid) -> OwnHandles<'g> {
        OwnHandles { handles: &self.handles, user }
    }
}

impl OwnHandles<'_> {
    /// A new handle for `value`.
    ///
    /// # Errors
    /// NO_MEMORY: the caller has too many.
    pub(crate) fn open<T: Any + Send + Sync>(&self, value: T) -> Result<ContextHandle, Fault> {
        /// Numbers all handles there ever were, so that an old one never is a new one.
        static LAST: AtomicU64 = AtomicU64::new(0);
        let mut open = self.handles.lock();
        if open.len() >= GROUP_LIMIT || self.handles.session.load(Ordering::Relaxed) >= SESSION_LIMIT {
            return Err(Fault::NO_MEMORY);
        }
        let mut uuid = Guid([0; 16]);
        let (number, kind) = uuid.0.split_at_mut(8);
        number.copy_from_slice(&LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1).to_le_bytes());
        kind.copy_from_slice(b"lanward\0");
        open.insert(uuid, OpenHandle { user: self.user.clone(), value: Arc::new(value) });
        self.handles.session.fetch_add(1, Ordering::Relaxed);
        Ok(ContextHandle { attributes: 0, uuid })
    }

    /// What a handle stands for.
    ///
    /// # Errors
    /// CONTEXT_MISMATCH: nothing, something of another kind, or of another user.
    pub(crate) fn find<T: Any + Send + Sync>(&self, handle: &ContextHandle) -> Result<Arc<T>, Fault> {
        let open = self.handles.lock();
        let found = open.get(&handle.uuid).filter(|open| handle.attributes == 0 && open.user == *self.user);
        let value = found.map(|open| Arc::clone(&open.value));
        drop(open);
        value.and_then(|value| value.downcast().ok()).ok_or(Fault::CONTEXT_MISMATCH)
    }

    /// Ends a handle; what it stood for is the caller's.
    ///
    /// # Errors
    /// CONTEXT_MISMATCH
    pub(crate) fn close<T: Any + Send + Sync>(&self, handle: &ContextHandle) -> Result<Arc<T>, Fault> {
        let value = self.find(handle)?;
        if self.handles.lock().remove(&handle.uuid).is_none() {
            return Err(Fault::CONTEXT_MISMATCH);
        }
        self.handles.session.fetch_sub(1, Ordering::Relaxed);
        Ok(value)
    }
}

impl Handles {
    fn lock(&self) -> MutexGuard<'_, HashMap<Guid, OpenHandle>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Handles {
    fn drop(&mut self) {
        let left = self.lock().len();
        self.session.fetch_sub(left, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(groups: &Groups, session: u64) -> Arc<Group> {
        let machine = IpAddr::from([10, 0, 0, 1]);
        groups.join(0, &Member { session: Some(session), machine, user: &Sid::everyone() }).unwrap()
    }

    #[test]
    fn a_group_is_joined_by_whom_it_belongs_to_while_it_lives() {
        let groups = Groups::default();
        let (here, there) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let group = found(&groups, 1);
        let join = |machine, user: &Sid| groups.join(group.id(), &Member { session: Some(2), machine, user });
        let same = join(here, &Sid::everyone()).unwrap();
        let handle = group.handles(&Sid::everyone()).open(7_u32).unwrap();
        assert!(same.handles(&Sid::everyone()).find::<u32>(&handle).is_ok());
        assert!(join(there, &Sid::everyone()).is_none());
        assert!(join(here, &Sid::guests()).is_none());
        let id = group.id();
        drop((group, same));
        let member = Member { session: Some(1), machine: here, user: &Sid::everyone() };
        assert!(groups.join(id, &member).is_none());
        (0..1000).for_each(|_| drop(found(&groups, 1)));
        assert!(groups.table.lock().unwrap().len() <= 2 * FORGET);
    }

    #[test]
    fn a_handle_is_for_its_kind_and_its_group_and_until_it_is_closed() {
        let groups = Groups::default();
        let (first, second) = (found(&groups, 1), found(&groups, 1));
        let handle = first.handles(&Sid::everyone()).open(7_u32).unwrap();
        assert_eq!(first.handles(&Sid::everyone()).find::<u32>(&handle).as_deref(), Ok(&7));
        assert_eq!(first.handles(&Sid::everyone()).find::<u64>(&handle), Err(Fault::CONTEXT_MISMATCH));
        assert_eq!(second.handles(&Sid::everyone()).find::<u32>(&handle), Err(Fault::CONTEXT_MISMATCH));
        let guests = Sid::guests();
        let stranger = first.handles(&guests);
        assert_eq!(stranger.find::<u32>(&handle), Err(Fault::CONTEXT_MISMATCH));
        assert_eq!(stranger.close::<u32>(&handle), Err(Fault::CONTEXT_MISMATCH));
        let marked = ContextHandle { attributes: 1, ..handle };
        assert_eq!(first.handles(&Sid::everyone()).find::<u32>(&marked), Err(Fault::CONTEXT_MISMATCH));
        assert_eq!(
            first.handles(&Sid::everyone()).find::<u32>(&ContextHandle::NULL),
            Err(Fault::CONTEXT_MISMATCH)
        );
        assert_eq!(first.handles(&Sid::everyone()).close::<u32>(&handle).as_deref(), Ok(&7));
        assert_eq!(first.handles(&Sid::everyone()).close::<u32>(&handle), Err(Fault::CONTEXT_MISMATCH));
    }

    #[test]
    fn handles_are_limited_and_run_down_with_their_group() {
        let groups = Groups::default();
        let value = Arc::new(());
        let full: Vec<_> = (0..2).map(|_| found(&groups, 1)).collect();
        for group in &full {
            (0..GROUP_LIMIT)
                .for_each(|_| assert!(group.handles(&Sid::everyone()).open(Arc::clone(&value)).is_ok()));
            assert_eq!(group.handles(&Sid::everyone()).open(()), Err(Fault::NO_MEMORY));
        }
        assert_eq!(found(&groups, 1).handles(&Sid::everyone()).open(()), Err(Fault::NO_MEMORY));
        assert!(found(&groups, 2).handles(&Sid::everyone()).open(()).is_ok());
        drop(full);
        assert_eq!(Arc::strong_count(&value), 1);
        assert!(found(&groups, 1).handles(&Sid::everyone()).open(()).is_ok());
        assert_eq!(groups.sessions.lock().unwrap().len(), 1);
    }
}
