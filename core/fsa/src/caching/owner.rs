use super::{BreakNotice, BreakRoute, LeaseTable};
use lanward_nt::Guid;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Whose cache it is.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    Oplock(Arc<Oplock>),
    Lease(Arc<Lease>),
}

/// An oplock: it belongs to one open.
#[derive(Debug)]
pub(crate) struct Oplock {
    /// What the client calls the open; 0 until it has a name.
    name: AtomicU64,
    route: Mutex<Arc<BreakRoute>>,
    breaking: AtomicBool,
    owing: AtomicBool,
}

/// A lease: the opens of one client that name the same key share it ([MS-SMB2] 3.3.1.12).
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) table: Arc<LeaseTable>,
    pub(crate) key: Guid,
    breaking: AtomicBool,
    owing: AtomicBool,
}

impl Lease {
    pub(crate) fn new(table: Arc<LeaseTable>, key: Guid) -> Self {
        Self { table, key, breaking: AtomicBool::new(false), owing: AtomicBool::new(false) }
    }
}

impl Oplock {
    pub(crate) fn new(route: Arc<BreakRoute>) -> Self {
        Self {
            name: AtomicU64::new(0),
            route: Mutex::new(route),
            breaking: AtomicBool::new(false),
            owing: AtomicBool::new(false),
        }
    }

    pub(crate) fn name(&self) -> u64 {
        self.name.load(Ordering::Acquire)
    }

    pub(crate) fn set_name(&self, name: u64) {
        self.name.store(name, Ordering::Release);
        self.route().wake();
    }

    pub(crate) fn set_route(&self, route: Arc<BreakRoute>) {
        *self.route.lock().unwrap_or_else(PoisonError::into_inner) = route;
    }

    fn route(&self) -> Arc<BreakRoute> {
        Arc::clone(&self.route.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Owner {
    pub(crate) fn lease(&self) -> Option<&Arc<Lease>> {
        match self {
            Self::Lease(lease) => Some(lease),
            Self::Oplock(_) => None,
        }
    }

    /// Notes whether an acknowledgment is awaited.
    pub(super) fn set_breaking(&self, breaking: bool) {
        self.breaking().store(breaking, Ordering::Release);
    }

    /// Whether an acknowledgment is awaited.
    pub(super) fn is_breaking(&self) -> bool {
        self.breaking().load(Ordering::Acquire)
    }

    fn breaking(&self) -> &AtomicBool {
        match self {
            Self::Oplock(oplock) => &oplock.breaking,
            Self::Lease(lease) => &lease.breaking,
        }
    }

    /// Asks or tells the ways to its client something.
    pub(super) fn route<T>(&self, ask: impl FnOnce(&BreakRoute) -> T) -> T {
        match self {
            Self::Oplock(oplock) => ask(&oplock.route()),
            Self::Lease(lease) => ask(lease.table.route()),
        }
    }

    /// Notes that its client was told of a break and nobody waits for the answer any more.
    pub(super) fn set_owing(&self) {
        self.owing().store(true, Ordering::Release);
    }

    /// Whether such an answer was still due; it is not from now on.
    pub(super) fn take_owing(&self) -> bool {
        self.owing().swap(false, Ordering::AcqRel)
    }

    fn owing(&self) -> &AtomicBool {
        match self {
            Self::Oplock(oplock) => &oplock.owing,
            Self::Lease(lease) => &lease.owing,
        }
    }

    /// Tells the client again, over a connection that is known to be no worse than others; `false` when there is none.
    pub(super) fn tell_again(&self, notice: BreakNotice) -> bool {
        self.route(|route| route.send_well(self, notice))
    }

    /// Tells the client; `false` when there is no way to.
    pub(crate) fn tell(&self, notice: BreakNotice) -> bool {
        self.route(|route| route.send(self, notice))
    }
}

impl PartialEq for Lease {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && Arc::ptr_eq(&self.table, &other.table)
    }
}

impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Oplock(a), Self::Oplock(b)) => Arc::ptr_eq(a, b),
            (Self::Lease(a), Self::Lease(b)) => a == b,
            _ => false,
        }
    }
}
