//! What a new password must be, and setting one.

use super::user::later;
use super::{AccountControl, Directory, Draft, PasswordProperties, UserAccount};
use lanward_auth::{LmHash, NtHash};
use lanward_nt::{FileTime, NtStatus, NtString};

/// Why a password cannot be taken ([MS-SAMR] 3.1.1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer characters than the policy asks for.
    TooShort,
    /// It was used before.
    InHistory,
    /// Too few kinds of characters, or the account's name in it.
    NotComplex,
    /// The present one is too new to be changed.
    TooEarly,
}

/// [MS-SAMR] 3.1.1.7.2: characters of three kinds out of five, and neither the account's name nor a part of the full name.
#[must_use]
pub fn check_complexity(password: &NtString, name: &NtString, full_name: &NtString) -> bool {
    let text = password.to_string_lossy();
    let kinds = [
        text.chars().any(char::is_uppercase),
        text.chars().any(char::is_lowercase),
        text.chars().any(|c| c.is_ascii_digit()),
        text.chars().any(|c| c.is_ascii_graphic() && !c.is_ascii_alphanumeric()),
        text.chars().any(|c| c.is_alphabetic() && !c.is_uppercase() && !c.is_lowercase()),
    ];
    let upper = text.to_uppercase();
    let name = name.to_string_lossy().to_uppercase();
    let full = full_name.to_string_lossy().to_uppercase();
    let parts = full.split([',', '.', '-', '_', ' ', '#', '\t']).chain([name.as_str()]);
    kinds.into_iter().filter(|there| *there).count() >= 3
        && !parts.filter(|part| part.chars().count() >= 3).any(|part| upper.contains(part))
}

impl Directory {
    /// Whether the policy lets a user have this password. `password` is `None` where only its hash is known, so that its length and characters cannot be judged.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn judge_password(
        &self,
        user: &UserAccount,
        password: Option<&NtString>,
        hash: &NtHash,
    ) -> Result<(), PasswordFault> {
        let policy = self.policy();
        if let Some(password) = password {
            if password.units().len() < usize::from(policy.min_password_length) {
                return Err(PasswordFault::TooShort);
            }
            let complex = policy.properties.contains(PasswordProperties::COMPLEX);
            if complex && !check_complexity(password, &user.name, &user.full_name) {
                return Err(PasswordFault::NotComplex);
            }
        }
        let remembered = user.hash.iter().chain(&user.history).take(usize::from(policy.password_history));
        if remembered.fold(false, |used, earlier| used | (earlier == hash)) {
            return Err(PasswordFault::InHistory);
        }
        Ok(())
    }

    /// Whether the user may change its own password already.
    ///
    /// # Errors
    /// [`PasswordFault::TooEarly`].
    pub fn may_change_password(&self, user: &UserAccount, now: FileTime) -> Result<(), PasswordFault> {
        let earliest = later(user.password_set, self.policy().min_password_age);
        let kept = user.password_set.0 != 0 && !user.must_change && now < earliest;
        if kept { Err(PasswordFault::TooEarly) } else { Ok(()) }
    }
}

impl Draft {
    /// Gives a user a password, whatever the policy says.
    ///
    /// # Errors
    /// NO_SUCH_USER.
    pub fn set_password(&mut self, rid: u32, hash: NtHash, now: FileTime) -> Result<(), NtStatus> {
        let remembered = usize::from(self.directory.policy.password_history);
        self.update_user(rid, |user| {
            user.history.splice(0..0, user.hash.replace(hash));
            user.history.truncate(remembered);
            user.lm_hash = None;
            user.password_set = now;
            user.must_change = false;
            user.control.remove(AccountControl::PASSWORD_NOT_REQUIRED);
        })
    }

    /// Gives a user another password in the place of this one.
    ///
    /// # Errors
    /// WRONG_PASSWORD: it has been changed meanwhile; as [`Draft::set_password`].
    pub fn replace_password(
        &mut self,
        rid: u32,
        old: &NtHash,
        hash: NtHash,
        now: FileTime,
    ) -> Result<(), NtStatus> {
        if self.directory.user(rid).is_none_or(|user| user.hash.as_ref() != Some(old)) {
            return Err(NtStatus::WRONG_PASSWORD);
        }
        self.set_password(rid, hash, now)
    }

    /// Keeps the LM hash of a user's present password too, which zones with [`crate::Zone::lm`] take. It goes with the password.
    ///
    /// # Errors
    /// NO_SUCH_USER.
    pub fn keep_lm_hash(&mut self, rid: u32, hash: LmHash) -> Result<(), NtStatus> {
        self.update_user(rid, |user| user.lm_hash = Some(hash))
    }
}
