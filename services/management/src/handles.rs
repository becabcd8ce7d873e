use lanward_nt::Guid;
use lanward_rpc::{ContextHandle, Fault};
use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Most context handles of an association group.
const GROUP_LIMIT: usize = 2048;

/// Most context handles of a session, over all its pipes.
const SESSION_LIMIT: usize = 4096;

/// The association groups of a server ([MS-RPCE] 3.3.1.2.3), and what their sessions hold.
#[derive(Default)]
pub(crate) struct Groups {
    last: AtomicU32,
    sessions: Mutex<HashMap<u64, Weak<AtomicUsize>>>,
}

/// Associations that share context handles. What the handles stand for is dropped with the last of them: the rundown ([C706] 5.1.6).
pub(crate) struct Group {
    id: u32,
    handles: Handles,
}

/// The context handles of an association group. Each stands for a value whose type says of which kind it is.
pub(crate) struct Handles {
    open: Mutex<HashMap<Guid, Arc<dyn Any + Send + Sync>>>,
    /// Handles of the session the group belongs to.
    session: Arc<AtomicUsize>,
}

impl Groups {
    /// A new group.
    pub(crate) fn found(&self, session: Option<u64>) -> Arc<Group> {
        let id = self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1);
        let handles = Handles { open: Mutex::default(), session: self.counter(session) };
        Arc::new(Group { id, handles })
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

    pub(crate) const fn handles(&self) -> &Handles {
        &self.handles
    }
}

impl Handles {
    /// A new handle for `value`.
    ///
    /// # Errors
    /// NO_MEMORY: the caller has too many.
    pub(crate) fn open<T: Any + Send + Sync>(&self, value: T) -> Result<ContextHandle, Fault> {
        /// Numbers all handles there ever were, so that an old one never is a new one.
        static LAST: AtomicU64 = AtomicU64::new(0);
        let mut open = self.lock();
        if open.len() >= GROUP_LIMIT || self.session.load(Ordering::Relaxed) >= SESSION_LIMIT {
            return Err(Fault::NO_MEMORY);
        }
        let mut uuid = Guid([0; 16]);
        let (number, kind) = uuid.0.split_at_mut(8);
        number.copy_from_slice(&LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1).to_le_bytes());
        kind.copy_from_slice(b"lanward\0");
        open.insert(uuid, Arc::new(value));
        self.session.fetch_add(1, Ordering::Relaxed);
        Ok(ContextHandle { attributes: 0, uuid })
    }

    /// What a handle stands for.
    ///
    /// # Errors
    /// CONTEXT_MISMATCH: nothing, or something of another kind.
    pub(crate) fn find<T: Any + Send + Sync>(&self, handle: &ContextHandle) -> Result<Arc<T>, Fault> {
        let found = self.lock().get(&handle.uuid).filter(|_| handle.attributes == 0).cloned();
        found.and_then(|value| value.downcast().ok()).ok_or(Fault::CONTEXT_MISMATCH)
    }

    /// Ends a handle; what it stood for is the caller's.
    ///
    /// # Errors
    /// CONTEXT_MISMATCH
    pub(crate) fn close<T: Any + Send + Sync>(&self, handle: &ContextHandle) -> Result<Arc<T>, Fault> {
        let value = self.find(handle)?;
        if self.lock().remove(&handle.uuid).is_none() {
            return Err(Fault::CONTEXT_MISMATCH);
        }
        self.session.fetch_sub(1, Ordering::Relaxed);
        Ok(value)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Guid, Arc<dyn Any + Send + Sync>>> {
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

    #[test]
    fn a_handle_is_for_its_kind_and_its_group_and_until_it_is_closed() {
        let groups = Groups::default();
        let (first, second) = (groups.found(Some(1)), groups.found(Some(1)));
        let handle = first.handles().open(7_u32).unwrap();
        assert_eq!(first.handles().find::<u32>(&handle).as_deref(), Ok(&7));
        assert_eq!(first.handles().find::<u64>(&handle), Err(Fault::CONTEXT_MISMATCH));
        assert_eq!(second.handles().find::<u32>(&handle), Err(Fault::CONTEXT_MISMATCH));
        let marked = ContextHandle { attributes: 1, ..handle };
        assert_eq!(first.handles().find::<u32>(&marked), Err(Fault::CONTEXT_MISMATCH));
        assert_eq!(first.handles().find::<u32>(&ContextHandle::NULL), Err(Fault::CONTEXT_MISMATCH));
        assert_eq!(first.handles().close::<u32>(&handle).as_deref(), Ok(&7));
        assert_eq!(first.handles().close::<u32>(&handle), Err(Fault::CONTEXT_MISMATCH));
    }

    #[test]
    fn handles_are_limited_and_run_down_with_their_group() {
        let groups = Groups::default();
        let value = Arc::new(());
        let full: Vec<_> = (0..2).map(|_| groups.found(Some(1))).collect();
        for group in &full {
            (0..GROUP_LIMIT).for_each(|_| assert!(group.handles().open(Arc::clone(&value)).is_ok()));
            assert_eq!(group.handles().open(()), Err(Fault::NO_MEMORY));
        }
        assert_eq!(groups.found(Some(1)).handles().open(()), Err(Fault::NO_MEMORY));
        assert!(groups.found(Some(2)).handles().open(()).is_ok());
        drop(full);
        assert_eq!(Arc::strong_count(&value), 1);
        assert!(groups.found(Some(1)).handles().open(()).is_ok());
        assert_eq!(groups.sessions.lock().unwrap().len(), 1);
    }
}
