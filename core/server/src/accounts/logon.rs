use super::attempts::Target;
use super::{AccountBook, Directory, SystemAccess, UserAccount};
use crate::{Server, User, UserKind};
use lanward_auth::{Account, AccountLookup, Accounts, Claim};
use lanward_nt::{FileTime, NtStatus, NtString};
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Accounts for AccountBook {
    fn look_up(&self, claim: &Claim, now: FileTime) -> AccountLookup {
        let directory = self.directory();
        let name = without_domain(&claim.user);
        let user = directory.user_named(&name);
        if user.is_none() && self.guests.load(Ordering::Relaxed) {
            return AccountLookup::Guest;
        }
        let target = Target::new(user.map(Arc::as_ref), &name);
        if self.attempts.of(&target).is_locked(directory.policy(), now) {
            return AccountLookup::Locked;
        }
        let found = user.and_then(|user| Some((user, user.hash.clone()?)));
        let Some((user, nt_hash)) = found else { return AccountLookup::Unknown };
        let refused = denied(&directory, user).then_some(NtStatus::LOGON_TYPE_NOT_GRANTED);
        let barred = user.barred(&claim.workstation, directory.policy(), now).or(refused);
        AccountLookup::Found(Account {
            name: user.name.clone(),
            domain: self.domain_name.clone(),
            rid: user.rid,
            nt_hash,
            lm_hash: None,
            barred,
        })
    }

    fn tried(&self, claim: &Claim, right: bool, now: FileTime) {
        let directory = self.directory();
        let name = without_domain(&claim.user);
        let user = directory.user_named(&name);
        if right {
            if let Some(user) = user {
                self.attempts.succeeded(user.rid, now);
            }
            return;
        }
        let locked = self.attempts.failed(Target::new(user.map(Arc::as_ref), &name), directory.policy(), now);
        if locked && user.is_some() {
            tracing::warn!(user = %name, "Locked after too many wrong passwords");
        }
    }
}

/// Whether a right keeps the user from signing in over the network.
fn denied(directory: &Directory, user: &UserAccount) -> bool {
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
