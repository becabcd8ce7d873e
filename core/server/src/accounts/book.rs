use super::attempts::{Attempts, Target};
use super::directory::Directory;
use super::{AccountChange, AccountStore, Attempt, Draft, Kept, NothingKept, UserAccount, seed};
use crate::rates::FailureRates;
use lanward_nt::security::Privileges;
use lanward_nt::{FileTime, NtStatus, NtString, Sid};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;

/// The accounts of a server: what signing in looks at, and what management changes.
#[derive(Debug)]
pub struct AccountBook {
    /// What the accounts' domain is called: the computer's name.
    pub(super) domain_name: NtString,
    live: RwLock<Arc<Directory>>,
    store: Arc<dyn AccountStore>,
    /// One change at a time; signing in goes on meanwhile.
    changing: Mutex<()>,
    changed: Notify,
    pub(super) attempts: Attempts,
    pub(super) failures: FailureRates,
    pub(super) guests: AtomicBool,
}

impl AccountBook {
    /// All that a store has, and BUILTIN, which it need not have. `domain` is the SID of the accounts' domain, `domain_name` what it is called.
    ///
    /// # Errors
    /// The store's.
    pub fn new(domain_name: &str, domain: Sid, store: Arc<dyn AccountStore>) -> Result<Self, NtStatus> {
        let draft = seed::complete(domain, store.load()?);
        if !draft.changes.is_empty() {
            store.write(&draft.changes)?;
        }
        Ok(Self::of(domain_name, draft, store))
    }

    /// Accounts of one run, none at first.
    #[must_use]
    pub fn transient(domain_name: &str, domain: Sid) -> Self {
        Self::of(domain_name, seed::complete(domain, Kept::default()), Arc::new(NothingKept))
    }

    fn of(domain_name: &str, draft: Draft, store: Arc<dyn AccountStore>) -> Self {
        Self {
            domain_name: domain_name.into(),
            live: RwLock::new(Arc::new(draft.directory)),
            store,
            changing: Mutex::default(),
            changed: Notify::new(),
            attempts: Attempts::default(),
            failures: FailureRates::default(),
            guests: AtomicBool::new(false),
        }
    }

    /// Says whether unknown users are guests. Whether guests may come in is for their zone to say.
    pub fn set_guests(&self, guests: bool) {
        self.guests.store(guests, Ordering::Relaxed);
    }

    /// What the accounts' domain is called.
    #[must_use]
    pub const fn domain_name(&self) -> &NtString {
        &self.domain_name
    }

    /// The accounts as they are now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the accounts, in the store first: all that `edit` does, or nothing. May wait for a disk.
    ///
    /// # Errors
    /// Those of `edit` and of the store.
    pub fn change<T>(&self, edit: impl FnOnce(&mut Draft) -> Result<T, NtStatus>) -> Result<T, NtStatus> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut draft = Draft::of(Directory::clone(&self.directory()));
        let value = edit(&mut draft)?;
        if draft.changes.is_empty() {
            return Ok(value);
        }
        self.store.write(&draft.changes)?;
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(draft.directory);
        for change in &draft.changes {
            if let AccountChange::NoUser(rid) = change {
                self.attempts.forget(*rid);
            }
        }
        self.changed.notify_one();
        Ok(value)
    }

    /// Waits until the accounts have changed since it waited last; for one who waits.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// What was tried on an account.
    #[must_use]
    pub fn attempts(&self, user: &UserAccount) -> Attempt {
        self.attempts.of(&Target::Account(user.rid))
    }

    /// Whether an account is locked for everybody because somebody guessed passwords.
    #[must_use]
    pub fn is_locked(&self, user: &UserAccount, now: FileTime) -> bool {
        self.attempts(user).is_locked(self.directory().policy(), now)
    }

    /// Forgets the wrong passwords of an account.
    pub fn unlock(&self, rid: u32) {
        self.attempts.unlock(rid);
    }

    /// The groups a user of the account domain belongs to, and its privileges about files.
    #[must_use]
    pub fn standing(&self, rid: u32) -> (Vec<Sid>, Privileges) {
        let directory = self.directory();
        let Some(user) = directory.user(rid) else { return (Vec::new(), Privileges::empty()) };
        let groups = directory.token_groups(user);
        let own = directory.domain().child(rid);
        let privileges = directory.file_privileges(groups.iter().chain([&own]));
        (groups, privileges)
    }
}
