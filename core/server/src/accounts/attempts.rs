use super::user::later;
use super::{DomainPolicy, UserAccount};
use lanward_nt::{FileTime, NtString};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// How often somebody tried to sign in, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempt {
    /// Wrong passwords since the last right one, or since counting began anew.
    pub bad_passwords: u16,
    /// When the last one came; 0 for never.
    pub last_bad: FileTime,
    /// When so many had come that the account was locked; 0 for not at all.
    pub locked_at: FileTime,
    /// When somebody signed in last; 0 for never in this run.
    pub last_logon: FileTime,
    /// How often, in this run.
    pub logons: u16,
}

/// The attempts on every account, and on so many names that are nobody's: whether a name exists is not told by what happens when somebody guesses
/// passwords for it. Kept for one run.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    kept: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    accounts: BTreeMap<u32, Attempt>,
    /// Of those that are locked for one host at a time.
    hosts: BTreeMap<(u32, IpAddr), Attempt>,
    /// The same accounts as if they were locked for everybody: what who guesses is told of them.
    seeming: BTreeMap<u32, Attempt>,
    strangers: BTreeMap<NtString, Attempt>,
}

/// Whom an attempt was on.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Account(u32),
    /// One that nobody locks for others than the host itself.
    AccountFrom(u32, IpAddr),
    /// Its upper-case name.
    Stranger(NtString),
}

/// Names of nobody that are counted; of those there are more of the oldest is forgotten.
pub(super) const STRANGERS: usize = 1_024;

/// Hosts that are counted for accounts that are locked for one host at a time; of those there are more of the oldest is forgotten.
pub(super) const HOSTS: usize = 4_096;

/// Longest name that is counted, in UTF-16 code units; nobody has a longer one.
const LONGEST: usize = 64;

impl Target {
    /// `host` is where a user signs in from whom nobody locks for others.
    pub(super) fn new(user: Option<&UserAccount>, name: &NtString, host: Option<IpAddr>) -> Self {
        match (user, host) {
            (Some(user), Some(host)) => Self::AccountFrom(user.rid, host),
            (Some(user), None) => Self::Account(user.rid),
            (None, _) => {
                Self::Stranger(NtString(name.to_uppercase().units().iter().take(LONGEST).copied().collect()))
            }
        }
    }
}

impl Attempt {
    /// Whether it is locked now.
    #[must_use]
    pub fn is_locked(&self, policy: &DomainPolicy, now: FileTime) -> bool {
        let ends = policy.lockout_duration.map(|span| later(self.locked_at, span));
        policy.lockout_threshold > 0 && self.locked_at.0 != 0 && ends.is_none_or(|end| now < end)
    }

    fn count(&mut self, policy: &DomainPolicy, now: FileTime) {
        let lock_is_over = self.locked_at.0 != 0 && !self.is_locked(policy, now);
        let window = policy.lockout_window;
        if lock_is_over || !window.is_zero() && later(self.last_bad, window) <= now {
            (self.bad_passwords, self.locked_at) = (0, FileTime(0));
        }
        self.bad_passwords = self.bad_passwords.saturating_add(1);
        self.last_bad = now;
    }

    fn failed(&mut self, policy: &DomainPolicy, now: FileTime) {
        self.count(policy, now);
        if policy.lockout_threshold > 0
            && self.bad_passwords >= policy.lockout_threshold
            && self.locked_at.0 == 0
        {
            self.locked_at = now;
        }
    }
}

impl Attempts {
    pub(super) fn of(&self, target: &Target) -> Attempt {
        let books = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match target {
            Target::Account(rid) => books.accounts.get(rid),
            Target::AccountFrom(rid, host) => books.hosts.get(&(*rid, *host)),
            Target::Stranger(name) => books.strangers.get(name),
        };
        found.copied().unwrap_or_default()
    }

    /// Whether a wrong password is to be told that the account is locked, though a right one is not.
    pub(super) fn seems_locked(&self, target: &Target, policy: &DomainPolicy, now: FileTime) -> bool {
        let Target::AccountFrom(rid, _) = target else { return false };
        let books = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        books.seeming.get(rid).is_some_and(|attempt| attempt.is_locked(policy, now))
    }

    /// Counts a wrong password. Answers whether it was the one that locked.
    pub(super) fn failed(&self, target: Target, policy: &DomainPolicy, now: FileTime) -> bool {
        let mut books = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = match target {
            Target::Account(rid) => books.accounts.entry(rid).or_default(),
            Target::AccountFrom(rid, host) => {
                books.accounts.entry(rid).or_default().count(policy, now);
                books.seeming.entry(rid).or_default().failed(policy, now);
                make_room(&mut books.hosts, &(rid, host), HOSTS);
                books.hosts.entry((rid, host)).or_default()
            }
            Target::Stranger(name) => {
                make_room(&mut books.strangers, &name, STRANGERS);
                books.strangers.entry(name).or_default()
            }
        };
        let was_locked = attempt.is_locked(policy, now);
        attempt.failed(policy, now);
        !was_locked && attempt.is_locked(policy, now)
    }

    pub(super) fn succeeded(&self, rid: u32, host: IpAddr, policy: &DomainPolicy, now: FileTime) {
        let mut books = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        books.hosts.remove(&(rid, host));
        // Nobody signs in with an account that is locked, so its seeming so must not end by that either.
        if books.seeming.get(&rid).is_some_and(|attempt| !attempt.is_locked(policy, now)) {
            books.seeming.remove(&rid);
        }
        let attempt = books.accounts.entry(rid).or_default();
        let logons = attempt.logons.saturating_add(1);
        *attempt = Attempt { last_logon: now, logons, last_bad: attempt.last_bad, ..Attempt::default() };
    }

    /// Forgets the wrong passwords of an account.
    pub(super) fn unlock(&self, rid: u32) {
        let mut books = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(attempt) = books.accounts.get_mut(&rid) {
            (attempt.bad_passwords, attempt.locked_at) = (0, FileTime(0));
        }
        books.hosts.retain(|(whose, _), _| *whose != rid);
        books.seeming.remove(&rid);
    }

    pub(super) fn forget(&self, rid: u32) {
        let mut books = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        books.accounts.remove(&rid);
        books.seeming.remove(&rid);
        books.hosts.retain(|(whose, _), _| *whose != rid);
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> (usize, usize) {
        let books = self.kept.lock().unwrap();
        (books.strangers.len(), books.hosts.len())
    }
}

/// Forgets the oldest where there is no place for one more.
fn make_room<K: Ord + Clone>(books: &mut BTreeMap<K, Attempt>, key: &K, most: usize) {
    if books.len() < most || books.contains_key(key) {
        return;
    }
    let oldest = books.iter().min_by_key(|(_, attempt)| attempt.last_bad).map(|(key, _)| key.clone());
    if let Some(oldest) = oldest {
        books.remove(&oldest);
    }
}
