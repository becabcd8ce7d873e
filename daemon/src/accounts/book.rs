//! The accounts in memory: what signing in looks at, and what management changes.

use super::change::Hash;
use super::{AccountInfo, Change, FIRST_RID, Record, Store};
use crate::exit::Refused;
use anyhow::Result;
use lanward_auth::{Account, AccountLookup, Accounts};
use lanward_nt::{NtStatus, NtString, Sid};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

/// All accounts, by upper-case name.
#[derive(Debug)]
pub(crate) struct AccountBook {
    /// The computer or domain they belong to.
    domain: NtString,
    by_name: RwLock<BTreeMap<NtString, Record>>,
    /// Where they are kept; `None` for accounts of one run.
    store: Option<Store>,
    /// One change at a time; signing in goes on meanwhile.
    changing: Mutex<()>,
    guests: AtomicBool,
}

fn folded(name: &str) -> NtString {
    NtString::from(name).to_uppercase()
}

impl AccountBook {
    /// An empty book, or all that a store has.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn new(domain: &str, store: Option<Store>) -> Result<Self> {
        let records = store.as_ref().map_or_else(|| Ok(Vec::new()), Store::records)?;
        let by_name = records.into_iter().map(|record| (folded(&record.name), record)).collect();
        Ok(Self {
            domain: domain.into(),
            by_name: RwLock::new(by_name),
            store,
            changing: Mutex::default(),
            guests: AtomicBool::new(false),
        })
    }

    /// Says whether unknown users are guests. Whether guests may come in is for their zone to say.
    pub(crate) fn set_guests(&self, guests: bool) {
        self.guests.store(guests, Ordering::Relaxed);
    }

    /// The accounts by name.
    pub(crate) fn list(&self) -> Vec<AccountInfo> {
        let by_name = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        by_name
            .values()
            .map(|r| AccountInfo { name: r.name.clone(), rid: r.rid, admin: r.admin, disabled: r.disabled })
            .collect()
    }

    /// The account of this name, whatever its case.
    pub(crate) fn find(&self, name: &str) -> Option<Record> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(&folded(name)).cloned()
    }

    /// The groups an account belongs to.
    pub(crate) fn groups_of(&self, rid: u32) -> Vec<Sid> {
        let mut groups = vec![Sid::everyone(), Sid::authenticated_users(), Sid::users()];
        let by_name = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        if by_name.values().any(|record| record.rid == rid && record.admin) {
            groups.push(Sid::administrators());
        }
        groups
    }

    /// Makes a change, on disk first. Answers the name of the account.
    ///
    /// # Errors
    /// [`Refused::User`]: the account is there already, is not there, or cannot have the name; the store's.
    pub(crate) fn apply(&self, change: Change) -> Result<String> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        match change {
            Change::Add { name, admin, hash } => self.add(name, admin, hash),
            Change::Remove { name } => self.remove(&name),
            Change::Password { name, hash } => self.update(&name, |record| record.hash = hash.0),
            Change::Disable { name } => self.update(&name, |record| record.disabled = true),
            Change::Enable { name } => self.update(&name, |record| record.disabled = false),
        }
    }

    fn add(&self, name: String, admin: bool, hash: Hash) -> Result<String> {
        check_name(&name)?;
        if let Some(record) = self.find(&name) {
            return Err(Refused::User(format!("there is an account {} already", record.name)).into());
        }
        let rid = match &self.store {
            Some(store) => store.reserve_rid()?,
            None => self.list().iter().map(|account| account.rid + 1).max().unwrap_or(FIRST_RID),
        };
        self.put(Record { name: name.clone(), rid, admin, disabled: false, hash: hash.0 })?;
        Ok(name)
    }

    fn update(&self, name: &str, change: impl FnOnce(&mut Record)) -> Result<String> {
        let mut record = self.find(name).ok_or_else(|| unknown(name))?;
        change(&mut record);
        let name = record.name.clone();
        self.put(record)?;
        Ok(name)
    }

    fn put(&self, record: Record) -> Result<()> {
        if let Some(store) = &self.store {
            store.put(&record)?;
        }
        let mut by_name = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        by_name.insert(folded(&record.name), record);
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<String> {
        let record = self.find(name).ok_or_else(|| unknown(name))?;
        if let Some(store) = &self.store {
            store.remove(record.rid)?;
        }
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).remove(&folded(name));
        Ok(record.name)
    }
}

fn unknown(name: &str) -> Refused {
    Refused::User(format!("there is no account {name}"))
}

/// What [MS-SAMR] keeps out of account names, and `@`, which begins a domain.
fn check_name(name: &str) -> Result<(), Refused> {
    let forbidden = |c: char| c.is_control() || "\"/\\[]:;|=,+*?<>@".contains(c);
    let trimmed = name.trim_matches([' ', '.']);
    if trimmed.is_empty() || trimmed != name || name.encode_utf16().count() > 64 || name.contains(forbidden) {
        let rule =
            "1 to 64 characters, none of \" / \\ [ ] : ; | = , + * ? < > @, no space or dot at either end";
        return Err(Refused::User(format!("`{name}` is no name for an account: use {rule}")));
    }
    Ok(())
}

impl Accounts for AccountBook {
    fn look_up(&self, _domain: &NtString, user: &NtString) -> AccountLookup {
        let at = user.units().iter().position(|unit| *unit == u16::from(b'@'));
        let bare = NtString(at.map_or(user.units(), |at| &user.units()[..at]).to_vec());
        let by_name = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        let Some(record) = by_name.get(&bare.to_uppercase()) else {
            let guests = self.guests.load(Ordering::Relaxed);
            return if guests { AccountLookup::Guest } else { AccountLookup::Unknown };
        };
        AccountLookup::Found(Account {
            name: record.name.as_str().into(),
            domain: self.domain.clone(),
            rid: record.rid,
            nt_hash: record.hash.clone(),
            barred: record.disabled.then_some(NtStatus::ACCOUNT_DISABLED),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_auth::NtHash;

    fn add(name: &str) -> Change {
        Change::Add { name: name.into(), admin: false, hash: Hash(NtHash::new([1; 16])) }
    }

    fn look_up(book: &AccountBook, name: &str) -> AccountLookup {
        book.look_up(&"ANY".into(), &name.into())
    }

    #[test]
    fn names_of_unlike_case_are_one() {
        let book = AccountBook::new("HERE", None).unwrap();
        book.apply(add("Ängström")).unwrap();
        assert!(book.apply(add("äNGSTRÖM")).unwrap_err().is::<Refused>());
        for name in ["ängström", "ÄNGSTRÖM@here"] {
            let AccountLookup::Found(account) = look_up(&book, name) else { panic!("{name} is known") };
            assert_eq!((account.name, account.domain), ("Ängström".into(), "HERE".into()));
            assert_eq!((account.rid, account.barred), (1000, None));
        }
        assert_eq!(book.apply(Change::Remove { name: "ÄNGSTRÖM".into() }).unwrap(), "Ängström");
        assert!(book.list().is_empty());
    }

    #[test]
    fn strangers_are_guests_only_where_there_are_any() {
        let book = AccountBook::new("HERE", None).unwrap();
        book.apply(add("ann")).unwrap();
        assert!(matches!(look_up(&book, "eve"), AccountLookup::Unknown));
        book.set_guests(true);
        assert!(matches!(look_up(&book, "eve"), AccountLookup::Guest));
        assert!(matches!(look_up(&book, "ann"), AccountLookup::Found(_)));
    }

    #[test]
    fn what_is_changed_stays_changed() {
        let home = tempfile::tempdir().unwrap();
        let open = || AccountBook::new("HERE", Some(Store::open(home.path()).unwrap())).unwrap();
        let book = open();
        book.apply(Change::Add { name: "ann".into(), admin: true, hash: Hash(NtHash::new([1; 16])) })
            .unwrap();
        book.apply(add("bob")).unwrap();
        book.apply(Change::Disable { name: "BOB".into() }).unwrap();
        book.apply(Change::Password { name: "ann".into(), hash: Hash(NtHash::new([2; 16])) }).unwrap();
        drop(book);
        let book = open();
        let AccountLookup::Found(bob) = look_up(&book, "bob") else { panic!("bob is known") };
        assert_eq!(bob.barred, Some(NtStatus::ACCOUNT_DISABLED));
        assert_eq!(book.find("ann").unwrap().hash, NtHash::new([2; 16]));
        assert!(book.groups_of(1000).contains(&Sid::administrators()));
        assert!(!book.groups_of(1001).contains(&Sid::administrators()));
        book.apply(Change::Enable { name: "bob".into() }).unwrap();
        assert!(book.list().iter().all(|account| !account.disabled));
        for change in [
            Change::Remove { name: "eve".into() },
            Change::Disable { name: "eve".into() },
            add("a/b"),
            add(""),
        ] {
            assert!(book.apply(change.clone()).unwrap_err().is::<Refused>(), "{change:?}");
        }
    }
}
