//! Changes of passwords by whoever knows the old one, whatever protocol they come by. Wrong guesses count like those at logon, and nobody learns from the
//! answer whether there is such an account.

use crate::now;
use crate::operations::change_for;
use crate::samr::Password;
use lanward_auth::{Account, AccountLookup, Accounts as _, Claim, LmHash, NtHash};
use lanward_nt::{NtStatus, NtString};
use lanward_server::{Caller, PasswordFault, PasswordProperties, UserAccount, UserKind};
use std::sync::Arc;

/// Somebody who wants to change a password.
pub(crate) struct PasswordChange<'c> {
    caller: &'c Caller,
    claim: Claim,
    /// `None` where there is no account that could be changed; the work is the same.
    user: Option<Arc<UserAccount>>,
    /// The hash of the old password.
    pub hash: NtHash,
}

/// Why a password was not changed.
pub(crate) enum NotChanged {
    /// Policy is against it.
    Fault(PasswordFault),
    Status(NtStatus),
}

impl From<NtStatus> for NotChanged {
    fn from(status: NtStatus) -> Self {
        Self::Status(status)
    }
}

impl NotChanged {
    /// What is answered where no reason is asked for.
    pub(crate) const fn status(&self) -> NtStatus {
        match self {
            Self::Fault(_) => NtStatus::PASSWORD_RESTRICTION,
            Self::Status(status) => *status,
        }
    }
}

/// What a wrong password is told.
fn check_lock(caller: &Caller, claim: &Claim) -> Result<NtStatus, NtStatus> {
    match caller.server.logons_from(caller.peer.ip()).look_up(claim, now()) {
        AccountLookup::Locked => Err(NtStatus::ACCOUNT_LOCKED_OUT),
        AccountLookup::Refused => Err(NtStatus::ACCESS_DENIED),
        AccountLookup::Found(Account { wrong: NtStatus::ACCOUNT_LOCKED_OUT, .. }) => {
            Ok(NtStatus::ACCOUNT_LOCKED_OUT)
        }
        AccountLookup::Found(_) | AccountLookup::Unknown | AccountLookup::Guest => {
            Ok(NtStatus::WRONG_PASSWORD)
        }
    }
}

impl<'c> PasswordChange<'c> {
    /// Begins one for the account of a name.
    ///
    /// # Errors
    /// ACCOUNT_LOCKED_OUT; ACCESS_DENIED: NULL sessions, where the policy is against them; too many failures from the same address.
    pub(crate) fn new(caller: &'c Caller, name: NtString) -> Result<Self, NtStatus> {
        let directory = caller.server.accounts().directory();
        let anonymous = caller.user.kind == UserKind::Anonymous;
        let properties = directory.policy().properties;
        if anonymous && properties.contains(PasswordProperties::NO_ANON_CHANGE) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let claim = Claim { domain: NtString::default(), user: name, workstation: NtString::default() };
        check_lock(caller, &claim)?;
        let user = directory.user_named(&claim.user).filter(|user| user.hash.is_some()).cloned();
        let hash = user.as_ref().and_then(|user| user.hash.clone());
        // Nobody's hash: whatever is held against it is wrong.
        Ok(Self { caller, claim, user, hash: hash.unwrap_or_else(|| NtHash::new([0; 16])) })
    }

    /// The LM hash of the old password, where one is kept.
    pub(crate) fn lm_hash(&self) -> Option<&LmHash> {
        self.user.as_ref()?.lm_hash.as_ref()
    }

    /// Takes a new password if the old one was `right`.
    ///
    /// # Errors
    /// Why it is not taken.
    pub(crate) async fn decide(
        self,
        right: bool,
        password: Option<Password>,
        hash: NtHash,
    ) -> Result<(), NotChanged> {
        let server = &self.caller.server;
        // Others may have guessed while this one was looked at.
        let wrong = check_lock(self.caller, &self.claim)?;
        let Some(user) = self.user.filter(|_| right) else {
            server.logons_from(self.caller.peer.ip()).tried(&self.claim, false, now());
            server.count_failed_logon();
            return Err(wrong.into());
        };
        if user.is_disabled() {
            return Err(NtStatus::ACCOUNT_DISABLED.into());
        }
        let directory = server.accounts().directory();
        if directory.policy().properties.contains(PasswordProperties::REFUSE_CHANGE) {
            return Err(NtStatus::ACCESS_DENIED.into());
        }
        let text = password.as_ref().map(Password::text);
        directory.may_change_password(&user, now()).map_err(NotChanged::Fault)?;
        directory.judge_password(&user, text, &hash).map_err(NotChanged::Fault)?;
        // Whoever has the account for clients of such a zone would have locked them out.
        let zone = server.zone_of(self.caller.local, self.caller.peer);
        let kept = text.filter(|_| zone.lm && user.lm_hash.is_some());
        let lm_hash = kept.and_then(|text| LmHash::of_text(text, zone.code_page));
        let (rid, old, now) = (user.rid, self.hash, now());
        change_for(self.caller, "password changed", user.name.to_string_lossy(), move |draft| {
            draft.replace_password(rid, &old, hash, now)?;
            lm_hash.map_or(Ok(()), |hash| draft.keep_lm_hash(rid, hash))
        })
        .await?;
        Ok(())
    }
}
