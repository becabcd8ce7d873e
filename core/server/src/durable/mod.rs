//! Opens their clients may come back for ([MS-SMB2] 3.3.1.10): durable, resilient and persistent ones, replays of a create, and
//! applications that move to another computer.

mod app_instance;
mod caching;
mod create_guids;
mod disconnected;
mod keeper;
mod kept;
mod lock_sequence;
mod reconnect;
mod restore;
#[cfg(test)]
mod tests;

pub use app_instance::{AppInstance, AppVersion};
pub use caching::{Caching, HeldLease};
pub use create_guids::{Duplicate, PendingCreate};
pub use keeper::{Keep, KeepRequest};
pub use kept::KeptOpen;
pub use lock_sequence::LockSequences;
pub use reconnect::{LeaseClaim, PersistentReplay, Reconnect};

pub(crate) use app_instance::AppInstances;
pub(crate) use create_guids::CreateGuids;
pub(crate) use disconnected::Disconnected;
pub(crate) use keeper::Keeper;

use crate::{Open, ShareKind, UserKind};
use lanward_nt::{AccessMask, CreateAction, Guid, NtStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Where an open came from, as far as that decides who may come back for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Open.ClientGuid
    pub client: Guid,
    /// Open.CreateGuid; `None` where the client gave none.
    pub create_guid: Option<Guid>,
    /// What the create came to, which its replay is told again.
    pub action: CreateAction,
    /// Open.DesiredAccess: what the create asked for.
    pub desired_access: AccessMask,
    /// The application it belongs to.
    pub app: Option<AppInstance>,
}

/// What the client was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Promise {
    /// Open.IsDurable
    pub durable: bool,
    /// Open.IsPersistent
    pub persistent: bool,
    /// Open.IsResilient
    pub resilient: bool,
    /// How long the open waits for its client.
    pub timeout: Duration,
}

/// What an open keeps so that its client can come back for it. Only opens that need it have one.
#[derive(Debug)]
pub struct Durability {
    origin: Origin,
    promise: Mutex<Promise>,
    replay_eligible: AtomicBool,
    pub(crate) kept: keeper::Kept,
}

impl Durability {
    pub(crate) fn new(origin: Origin) -> Self {
        let kept = keeper::Kept::default();
        Self { origin, promise: Mutex::default(), replay_eligible: AtomicBool::new(true), kept }
    }

    /// Where the open came from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What its client was promised.
    #[must_use]
    pub fn promise(&self) -> Promise {
        *self.promise.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_promise(&self, promise: Promise) {
        *self.promise.lock().unwrap_or_else(PoisonError::into_inner) = promise;
    }

    /// Open.IsReplayEligible
    #[must_use]
    pub fn is_replay_eligible(&self) -> bool {
        self.replay_eligible.load(Ordering::Acquire)
    }
}

impl Open {
    /// What lets its client come back for it, if anything does.
    #[must_use]
    pub fn durability(&self) -> Option<&Durability> {
        self.durability.get().map(Box::as_ref)
    }

    /// What its client was promised; nothing by default.
    #[must_use]
    pub fn promise(&self) -> Promise {
        self.durability().map_or_else(Promise::default, Durability::promise)
    }

    /// Notes where a new open came from. Once only: what is there stays.
    pub fn set_origin(&self, origin: Origin) -> &Durability {
        self.durability.get_or_init(|| {
            if let Some(app) = origin.app {
                self.server.app_instances.enter(app.id, self.id);
            }
            Box::new(Durability::new(origin))
        })
    }

    /// Whether its client can be promised anything. Guests are all the same user, so any of them could take what is another's; what is beside
    /// the share's own files (snapshots) is found again by another open.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        let (ShareKind::Disk(file_system), Some(file)) = (&self.share.kind, self.file()) else {
            return false;
        };
        let own = file_system.is_same(file.file_system());
        self.user.kind == UserKind::Named && !file.is_directory() && own
    }

    /// [MS-SMB2] 3.3.5.9.6, 3.3.5.9.10: promises that the open waits for its client for so long, if it may ([`Open::may_wait`]).
    pub fn make_durable(&self, origin: Origin, timeout: Duration, persistent: bool) {
        if !self.may_wait() {
            self.set_origin(origin);
            return;
        }
        self.set_origin(origin).set_promise(Promise { durable: true, persistent, resilient: false, timeout });
    }

    /// [MS-SMB2] 3.3.5.15.9: the same whatever oplock it has; it is no longer durable then.
    ///
    /// # Errors
    /// INVALID_PARAMETER: longer than any open waits; NOT_SUPPORTED: it may not wait ([`Open::may_wait`]).
    pub fn make_resilient(&self, client: Guid, timeout: Duration) -> Result<(), NtStatus> {
        let settings = self.server.settings();
        if !self.may_wait() {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        if timeout > settings.resilient_timeout_max {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let timeout = if timeout.is_zero() { settings.resilient_timeout } else { timeout };
        let origin = Origin {
            client,
            create_guid: None,
            action: CreateAction::Opened,
            desired_access: AccessMask::empty(),
            app: None,
        };
        let durability = self.set_origin(origin);
        let persistent = durability.promise().persistent;
        durability.set_promise(Promise { durable: false, persistent, resilient: true, timeout });
        Ok(())
    }

    /// A request changed something through it: its create cannot be repeated any more (Open.IsReplayEligible).
    pub fn end_replay(&self) {
        let Some(durability) = self.durability() else { return };
        if durability.replay_eligible.swap(false, Ordering::AcqRel) {
            self.server.create_guids.leave(self);
        }
    }

    /// The lock sequences of its client.
    pub fn lock_sequences(&self) -> &LockSequences {
        self.lock_sequences.get_or_init(Box::default)
    }

    /// Whether it waits for its client when the session is lost ([MS-SMB2] 3.3.7.1).
    #[must_use]
    pub fn is_preserved(&self) -> bool {
        let promise = self.promise();
        if self.is_closed() || !(promise.durable || promise.persistent || promise.resilient) {
            return false;
        }
        promise.resilient || promise.persistent || self.caching().keeps_handle()
    }
}
