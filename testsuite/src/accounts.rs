use lanward_auth::{Account, AccountLookup, Accounts, NtHash};
use lanward_nt::{NtStatus, NtString, Sid};

/// An ordinary user and her password.
pub const ALICE: (&str, &str) = ("alice", "Secret007");
/// An administrator.
pub const ROOT: (&str, &str) = ("root", "Secret008");
/// A user whose account is disabled.
pub const BOB: (&str, &str) = ("bob", "Secret009");

/// Accounts that live as long as their test.
#[derive(Debug, Clone)]
pub struct MemAccounts(Vec<Entry>);

#[derive(Debug, Clone)]
struct Entry {
    account: Account,
    admin: bool,
}

impl Default for MemAccounts {
    fn default() -> Self {
        let mut accounts = Self(Vec::new());
        accounts.add(ALICE);
        accounts.add(ROOT).admin = true;
        accounts.add(BOB).account.barred = Some(NtStatus::ACCOUNT_DISABLED);
        accounts
    }
}

impl MemAccounts {
    /// Adds an ordinary user with a password.
    pub fn add_user(&mut self, user: &str, password: &str) {
        self.add((user, password));
    }

    fn add(&mut self, (user, password): (&str, &str)) -> &mut Entry {
        let rid = 1000 + u32::try_from(self.0.len()).unwrap_or_default();
        let account = Account {
            name: user.into(),
            domain: "TESTSITE".into(),
            rid,
            nt_hash: NtHash::of_password(&password.into()),
            barred: None,
        };
        self.0.push(Entry { account, admin: false });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// The groups of an account.
    #[must_use]
    pub fn groups_of(&self, rid: u32) -> Vec<Sid> {
        let admin = self.0.iter().any(|e| e.account.rid == rid && e.admin);
        if admin { vec![Sid::administrators()] } else { Vec::new() }
    }
}

impl Accounts for MemAccounts {
    fn look_up(&self, _domain: &NtString, user: &NtString) -> AccountLookup {
        let found = self.0.iter().find(|e| e.account.name.eq_ignore_case(user));
        found.map_or(AccountLookup::Unknown, |e| AccountLookup::Found(e.account.clone()))
    }
}
