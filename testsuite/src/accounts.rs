use lanward_auth::NtHash;
use lanward_nt::{FileTime, NtStatus, Sid};
use lanward_server::{AccountBook, AccountControl, DomainPolicy, Draft};

/// An ordinary user and her password.
pub const ALICE: (&str, &str) = ("alice", "Secret007");
/// An administrator.
pub const ROOT: (&str, &str) = ("root", "Secret008");
/// A user whose account is disabled.
pub const BOB: (&str, &str) = ("bob", "Secret009");

/// Accounts that live as long as their test.
#[derive(Debug)]
pub struct MemAccounts(AccountBook);

impl Default for MemAccounts {
    /// [`ALICE`], [`ROOT`] and [`BOB`]. Nobody is locked for guessing passwords; a test that wants that sets the policy.
    fn default() -> Self {
        let accounts = Self(AccountBook::transient("TESTSITE", Sid::new(5, &[21, 1, 2, 3])));
        accounts.change(|draft| {
            draft.set_policy(DomainPolicy { lockout_threshold: 0, ..DomainPolicy::default() });
            add(draft, ALICE)?;
            let root = add(draft, ROOT)?;
            draft.set_admin(root, true)?;
            let bob = add(draft, BOB)?;
            draft.update_user(bob, |user| user.control |= AccountControl::DISABLED)
        });
        accounts
    }
}

impl MemAccounts {
    /// Adds an ordinary user with a password.
    ///
    /// # Panics
    /// Somebody has the name.
    pub fn add_user(&mut self, user: &str, password: &str) {
        self.change(|draft| add(draft, (user, password)));
    }

    /// Changes them.
    ///
    /// # Panics
    /// They cannot be changed so.
    pub fn change<T>(&self, edit: impl FnOnce(&mut Draft) -> Result<T, NtStatus>) -> T {
        self.0.change(edit).expect("the accounts of a test can be changed")
    }

    pub(crate) fn into_book(self) -> AccountBook {
        self.0
    }
}

fn add(draft: &mut Draft, (user, password): (&str, &str)) -> Result<u32, NtStatus> {
    let rid = draft.add_user(user.into())?;
    draft.set_password(rid, NtHash::of_password(&password.into()), FileTime(0))?;
    Ok(rid)
}
