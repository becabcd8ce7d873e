use super::owner::Lease;
use super::{BreakRoute, CacheState, Owner};
use crate::node::{FileNode, Link};
use lanward_nt::{Guid, NtPath, NtStatus, NtString};
use lanward_vfs::FileNumber;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::time::Instant;

/// The leases of one user of one client, whatever connections and sessions it has ([MS-SMB2] 3.3.1.11 Per Lease Table).
#[derive(Debug)]
pub struct LeaseTable {
    number: u64,
    route: BreakRoute,
    leases: Mutex<HashMap<Guid, Home>>,
}

/// What a lease is on.
#[derive(Debug)]
struct Home {
    lease: Arc<Lease>,
    node: Weak<FileNode>,
    /// Its name, empty for the data.
    stream: NtString,
    opens: u32,
    /// [MS-SMB2] 3.3.1.12 Lease.FileDeleteOnClose: the name may be used for another file already.
    going: bool,
}

impl LeaseTable {
    /// A table of its own: no other may have the same `number`.
    #[must_use]
    pub fn new(number: u64, route: BreakRoute) -> Self {
        Self { number, route, leases: Mutex::default() }
    }

    /// Which table it is.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The connections over which breaks go.
    #[must_use]
    pub const fn route(&self) -> &BreakRoute {
        &self.route
    }

    /// Leases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The client answers a break ([MS-SMB2] 3.3.5.22.2); what is left of the lease.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: no such lease; UNSUCCESSFUL: it is not breaking; REQUEST_NOT_ACCEPTED: more than it was left.
    pub fn acknowledge(&self, key: Guid, state: CacheState) -> Result<CacheState, NtStatus> {
        let (lease, node, stream) = self.find(key).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        let mut state_of_file = node.state();
        let cache = state_of_file.stream_named(&stream).map(|s| &mut s.cache);
        let cache = cache.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        cache.acknowledge(&Owner::Lease(lease), state, Instant::now())
    }

    /// The file a lease is on, if that is not known by the name `path`. What is going is on no file.
    pub(crate) fn elsewhere(&self, key: Guid, path: &NtPath) -> Option<FileNumber> {
        if self.lock().get(&key).is_none_or(|home| home.going) {
            return None;
        }
        let (_, node, _) = self.find(key)?;
        let there = |l: &Link| l.path.as_string().eq_ignore_case(path.as_string());
        (!node.state().links.iter().any(there)).then_some(node.number)
    }

    /// A further open under the name. Called under the file's lock.
    ///
    /// # Errors
    /// INVALID_PARAMETER: it is the name of a lease on another file ([MS-SMB2] 3.3.5.9.8).
    pub(crate) fn enter(
        self: &Arc<Self>,
        key: Guid,
        node: &Arc<FileNode>,
        stream: &NtString,
    ) -> Result<Owner, NtStatus> {
        let mut leases = self.lock();
        let new = || Home {
            lease: Arc::new(Lease::new(Arc::clone(self), key)),
            node: Arc::downgrade(node),
            stream: stream.clone(),
            opens: 0,
            going: false,
        };
        let home = leases.entry(key).or_insert_with(new);
        if !home.stream.eq_ignore_case(stream) || !std::ptr::eq(home.node.as_ptr(), Arc::as_ptr(node)) {
            if !home.going {
                return Err(NtStatus::INVALID_PARAMETER);
            }
            *home = new();
        }
        home.opens += 1;
        Ok(Owner::Lease(Arc::clone(&home.lease)))
    }

    /// An open of the lease is closed.
    pub(crate) fn leave(&self, lease: &Arc<Lease>) {
        let mut leases = self.lock();
        let Some(home) = leases.get_mut(&lease.key).filter(|h| Arc::ptr_eq(&h.lease, lease)) else { return };
        home.opens -= 1;
        if home.opens == 0 {
            leases.remove(&lease.key);
        }
    }

    /// The lease's file goes with its last open.
    pub(crate) fn set_going(&self, lease: &Arc<Lease>) {
        let mut leases = self.lock();
        if let Some(home) = leases.get_mut(&lease.key).filter(|h| Arc::ptr_eq(&h.lease, lease)) {
            home.going = true;
        }
    }

    fn find(&self, key: Guid) -> Option<(Arc<Lease>, Arc<FileNode>, NtString)> {
        let leases = self.lock();
        let home = leases.get(&key)?;
        Some((Arc::clone(&home.lease), home.node.upgrade()?, home.stream.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Guid, Home>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
