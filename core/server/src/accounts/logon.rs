use super::attempts::Target;
use super::{AccountBook, Directory, PasswordProperties, SystemAccess, UserAccount};
use crate::rates::host_of;
use crate::{Server, User, UserKind};
use lanward_auth::{Account, AccountLookup, Accounts, Claim};
use lanward_nt::{FileTime, NtStatus, NtString};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// The accounts as they are to whoever signs in from one host. What is guessed there locks an account for everybody, but an administrator's for
/// that host alone, unless the policy says otherwise ([MS-SAMR] 2.2.3.5 DOMAIN_LOCKOUT_ADMINS): nobody keeps those out who could unlock it. Elsewhere a
/// wrong password is told what it would be of any other account, so that nobody finds out who is one.
#[derive(Debug, Clone, Copy)]
pub struct LogonsFrom<'a> {
    pub(super) book: &'a AccountBook,
    host: IpAddr,
    failures_per_minute: Option<u32>,
}

impl AccountBook {
    /// The accounts for who signs in from `peer`, where `failures_per_minute` may go wrong; `None` for any number.
    #[must_use]
    pub fn logons_from(&self, peer: IpAddr, failures_per_minute: Option<u32>) -> LogonsFrom<'_> {
        LogonsFrom { book: self, host: host_of(peer), failures_per_minute }
    }
}

impl LogonsFrom<'_> {
    fn target(&self, directory: &Directory, user: Option<&UserAccount>, name: &NtString) -> Target {
        let for_all = directory.policy().properties.contains(PasswordProperties::LOCKOUT_ADMINS);
        let alone = !for_all && user.is_some_and(|user| directory.is_admin(user));
        Target::new(user, name, alone.then_some(self.host))
    }
}

impl Accounts for LogonsFrom<'_> {
    fn look_up(&self, claim: &Claim, now: FileTime) -> AccountLookup {
        let book = self.book;
        let directory = book.directory();
        let name = without_domain(&claim.user);
        let user = directory.user_named(&name).map(Arc::as_ref);
        if user.is_none() && book.guests.load(Ordering::Relaxed) {
            return AccountLookup::Guest;
        }
        let rate = self.failures_per_minute;
        let rid = user.map(|user| user.rid);
        if rate.is_some_and(|rate| !book.failures.may_try(self.host, rid, rate, Instant::now())) {
            return AccountLookup::Refused;
        }
        let target = self.target(&directory, user, &name);
        if book.attempts.of(&target).is_locked(directory.policy(), now) {
            return AccountLookup::Locked;
        }
        let seems_locked = book.attempts.seems_locked(&target, directory.policy(), now);
        let found = user.and_then(|user| Some((user, user.hash.clone()?)));
        let Some((user, nt_hash)) = found else { return AccountLookup::Unknown };
        let refused = denied(&directory, user).then_some(NtStatus::LOGON_TYPE_NOT_GRANTED);
        let barred = user.barred(&claim.workstation, directory.policy(), now).or(refused);
        AccountLookup::Found(Account {
            name: user.name.clone(),
            domain: book.domain_name.clone(),
            rid: user.rid,
            nt_hash,
            lm_hash: user.lm_hash.clone(),
            wrong: if seems_locked { NtStatus::ACCOUNT_LOCKED_OUT } else { NtStatus::LOGON_FAILURE },
            barred,
        })
    }

    fn tried(&self, claim: &Claim, right: bool, now: FileTime) {
        let book = self.book;
        let directory = book.directory();
        let name = without_domain(&claim.user);
        let user = directory.user_named(&name).map(Arc::as_ref);
        let rid = user.map(|user| user.rid);
        if right {
            if let Some(rid) = rid {
                book.attempts.succeeded(rid, self.host, directory.policy(), now);
                book.failures.proved(self.host, rid, Instant::now());
            }
            return;
        }
        if let Some(rate) = self.failures_per_minute {
            book.failures.failed(self.host, rid, rate, Instant::now());
        }
        let target = self.target(&directory, user, &name);
        let from = matches!(target, Target::AccountFrom(..)).then_some(self.host);
        let locked = book.attempts.failed(target, directory.policy(), now);
        if locked && user.is_some() {
            tracing::warn!(user = %name, for_host = from.map(tracing::field::display), "Locked after too many wrong passwords");
        }
    }
}

/// Whether a right keeps the user from signing in over the network.
pub(super) fn denied(directory: &Directory, user: &UserAccount) -> bool {
    let groups = directory.token_groups(user);
    let own = directory.domain().child(user.rid);
    let rights = directory.combined_rights(groups.iter().chain([&own]));
    rights.system_access.contains(SystemAccess::DENY_NETWORK)
}

/// `name@domain` without its domain.
fn without_domain(user: &NtString) -> NtString {
    let at = user.units().iter().position(|unit| *unit == u16::from(b'@'));
    NtString(at.map_or(user.units(), |at| &user.units()[..at]).to_vec())
}

impl Server {
    /// The accounts as they are to whoever signs in from `peer`.
    #[must_use]
    pub fn logons_from(&self, peer: IpAddr) -> LogonsFrom<'_> {
        self.accounts().logons_from(peer, self.settings().limits.logon_failures_per_minute)
    }

    /// Counts a logon that failed.
    pub fn count_failed_logon(&self) {
        self.counters.password_errors.add(1);
    }

    /// Whether what somebody proved no longer holds: the account is gone or switched off, or an administrator's no more.
    #[must_use]
    pub fn is_barred(&self, user: &User) -> bool {
        let directory = self.accounts().directory();
        let rid = directory.domain().rid_of(&user.sid).filter(|_| user.kind == UserKind::Named);
        let demoted = |account: &UserAccount| user.is_admin && !directory.is_admin(account);
        rid.is_some_and(|rid| directory.user(rid).is_none_or(|a| a.is_disabled() || demoted(a)))
    }

    /// Ends the sessions of users who are barred ([`Server::is_barred`]), but for the one that asks for it, which may still be answered.
    pub async fn close_barred_sessions(&self, asking: Option<u64>) {
        for session in self.sessions() {
            if Some(session.id()) != asking && self.is_barred(&session.user()) {
                self.close_session(session.id()).await;
            }
        }
    }
}
