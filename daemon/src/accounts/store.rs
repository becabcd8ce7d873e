//! The accounts on disk.

use super::stored::{StoredAlias, StoredGroup, StoredPolicy, StoredRights, StoredUser};
use crate::identity::Machine;
use anyhow::{Context as _, Result};
use lanward_auth::{LmHash, NtHash};
use lanward_nt::{NtStatus, Sid};
use lanward_server::{AccountChange, AccountStore, AliasDomain, Kept, UserAccount};
use redb::{
    Builder, Database, DatabaseError, Key, ReadTransaction, ReadableDatabase as _, ReadableTable as _,
    TableDefinition, TableError, Value, WriteTransaction,
};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;

/// Relative identifier to what everybody may know of an account, as JSON.
const ACCOUNTS: TableDefinition<'static, u32, &str> = TableDefinition::new("accounts");
/// Relative identifier to NT hash.
const HASHES: TableDefinition<'static, u32, [u8; 16]> = TableDefinition::new("nt-hashes");
/// Relative identifier to LM hash, of those that have one.
const LM_HASHES: TableDefinition<'static, u32, [u8; 16]> = TableDefinition::new("lm-hashes");
/// Relative identifier to the NT hashes of earlier passwords, one after the other, the latest first.
const HISTORIES: TableDefinition<'static, u32, &[u8]> = TableDefinition::new("nt-hash-histories");
/// Relative identifier to a group, as JSON.
const GROUPS: TableDefinition<'static, u32, &str> = TableDefinition::new("groups");
/// Domain and relative identifier to an alias, as JSON.
const ALIASES: TableDefinition<'static, u64, &str> = TableDefinition::new("aliases");
/// SID to what it may do, as JSON.
const RIGHTS: TableDefinition<'static, &str, &str> = TableDefinition::new("rights");
/// What is asked of passwords, as JSON.
const POLICY: TableDefinition<'static, (), &str> = TableDefinition::new("policy");
const NUMBERS: TableDefinition<'static, &str, u32> = TableDefinition::new("numbers");
const GUID: TableDefinition<'static, (), [u8; 16]> = TableDefinition::new("server-guid");

const NEXT_RID: &str = "next-rid";
const DOMAIN: [&str; 3] = ["domain-1", "domain-2", "domain-3"];

/// Bytes of the file kept in memory; the accounts themselves are all in memory anyway.
const CACHE: usize = 1 << 20;

/// The file of accounts, open in one process at a time.
#[derive(Debug)]
pub(crate) struct Store {
    database: Database,
}

/// The file is open in another process: a running daemon.
#[derive(Debug)]
pub(crate) struct InUse;

impl std::fmt::Display for InUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("another lanward uses the accounts")
    }
}

impl std::error::Error for InUse {}

impl Store {
    /// Opens the accounts in a directory; makes both if they are missing, for this user's eyes only.
    ///
    /// # Errors
    /// [`InUse`]; whatever keeps the file from being read and written.
    pub(crate) fn open(state_dir: &Path) -> Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(state_dir);
        made.with_context(|| format!("making {}", state_dir.display()))?;
        let path = state_dir.join("accounts.redb");
        make(state_dir, &path).with_context(|| path.display().to_string())?;
        match Builder::new().set_cache_size(CACHE).create(&path) {
            Ok(database) => Ok(Self { database }),
            Err(DatabaseError::DatabaseAlreadyOpen) => Err(InUse.into()),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Who the server is, from now on if nobody said before.
    ///
    /// # Errors
    /// The file's or the system's.
    pub(crate) fn machine(&self) -> Result<Machine> {
        let write = self.database.begin_write()?;
        let machine = {
            let mut numbers = write.open_table(NUMBERS)?;
            let mut guids = write.open_table(GUID)?;
            let fresh = Machine::random()?;
            let guid = guids.get(())?.map_or(fresh.guid, |kept| kept.value());
            let mut domain = fresh.domain;
            for (key, number) in DOMAIN.iter().zip(&mut domain) {
                *number = numbers.get(key)?.map_or(*number, |kept| kept.value());
                numbers.insert(key, *number)?;
            }
            guids.insert((), guid)?;
            Machine { guid, domain }
        };
        write.commit()?;
        Ok(machine)
    }

    fn read(&self) -> Result<Kept> {
        let read = self.database.begin_read()?;
        let mut kept = Kept::default();
        let (mut hashes, mut histories) = (BTreeMap::new(), BTreeMap::new());
        let mut lm_hashes = BTreeMap::new();
        each(&read, HASHES, |rid, hash| {
            hashes.insert(rid, NtHash::new(hash));
            Ok(())
        })?;
        each(&read, LM_HASHES, |rid, hash| {
            lm_hashes.insert(rid, LmHash::new(hash));
            Ok(())
        })?;
        each(&read, HISTORIES, |rid, earlier: &[u8]| {
            let earlier = earlier.as_chunks().0.iter().map(|hash| NtHash::new(*hash)).collect();
            histories.insert(rid, earlier);
            Ok(())
        })?;
        each(&read, ACCOUNTS, |rid, text| {
            let stored: StoredUser = serde_json::from_str(text)?;
            kept.administrators.extend(stored.admin.then_some(rid));
            let (hash, history) = (hashes.remove(&rid), histories.remove(&rid).unwrap_or_default());
            let lm_hash = lm_hashes.remove(&rid);
            kept.users.push(UserAccount { hash, lm_hash, history, ..stored.user(rid) });
            Ok(())
        })?;
        each(&read, GROUPS, |rid, text| {
            kept.groups.push(serde_json::from_str::<StoredGroup>(text)?.group(rid));
            Ok(())
        })?;
        each(&read, ALIASES, |_, text| {
            kept.aliases.push(serde_json::from_str::<StoredAlias>(text)?.alias());
            Ok(())
        })?;
        each(&read, RIGHTS, |sid, text| {
            let sid: Sid = sid.parse().with_context(|| format!("rights of {sid}"))?;
            kept.rights.push((sid, serde_json::from_str::<StoredRights>(text)?.rights()));
            Ok(())
        })?;
        each(&read, POLICY, |(), text| {
            kept.policy = Some(serde_json::from_str::<StoredPolicy>(text)?.policy());
            Ok(())
        })?;
        each(&read, NUMBERS, |key, number| {
            kept.next_rid = kept.next_rid.or((key == NEXT_RID).then_some(number));
            Ok(())
        })?;
        Ok(kept)
    }

    fn write_all(&self, changes: &[AccountChange]) -> Result<()> {
        let write = self.database.begin_write()?;
        for change in changes {
            write_one(&write, change)?;
        }
        Ok(write.commit()?)
    }
}

impl AccountStore for Store {
    fn load(&self) -> Result<Kept, NtStatus> {
        self.read().map_err(|error| {
            tracing::error!("the accounts cannot be read: {error:#}");
            NtStatus::INTERNAL_DB_CORRUPTION
        })
    }

    fn write(&self, changes: &[AccountChange]) -> Result<(), NtStatus> {
        self.write_all(changes).map_err(|error| {
            tracing::error!("the accounts cannot be written: {error:#}");
            NtStatus::INTERNAL_DB_ERROR
        })
    }
}

/// Shows every entry of a table, if there is one.
fn each<K: Key + 'static, V: Value + 'static>(
    read: &ReadTransaction,
    table: TableDefinition<'static, K, V>,
    mut show: impl for<'a> FnMut(K::SelfType<'a>, V::SelfType<'a>) -> Result<()>,
) -> Result<()> {
    let table = match read.open_table(table) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for entry in table.iter()? {
        let (key, value) = entry?;
        show(key.value(), value.value())?;
    }
    Ok(())
}

fn write_one(write: &WriteTransaction, change: &AccountChange) -> Result<()> {
    match change {
        AccountChange::User(user) => {
            let text = serde_json::to_string(&StoredUser::new(user))?;
            write.open_table(ACCOUNTS)?.insert(user.rid, text.as_str())?;
            match &user.hash {
                Some(hash) => drop(write.open_table(HASHES)?.insert(user.rid, hash.expose())?),
                None => drop(write.open_table(HASHES)?.remove(user.rid)?),
            }
            match &user.lm_hash {
                Some(hash) => drop(write.open_table(LM_HASHES)?.insert(user.rid, hash.expose())?),
                None => drop(write.open_table(LM_HASHES)?.remove(user.rid)?),
            }
            let history: Vec<u8> = user.history.iter().flat_map(|hash| *hash.expose()).collect();
            write.open_table(HISTORIES)?.insert(user.rid, history.as_slice())?;
        }
        AccountChange::NoUser(rid) => {
            write.open_table(ACCOUNTS)?.remove(rid)?;
            write.open_table(HASHES)?.remove(rid)?;
            write.open_table(LM_HASHES)?.remove(rid)?;
            write.open_table(HISTORIES)?.remove(rid)?;
        }
        AccountChange::Group(group) => {
            let text = serde_json::to_string(&StoredGroup::new(group))?;
            write.open_table(GROUPS)?.insert(group.rid, text.as_str())?;
        }
        AccountChange::NoGroup(rid) => drop(write.open_table(GROUPS)?.remove(rid)?),
        AccountChange::Alias(alias) => {
            let text = serde_json::to_string(&StoredAlias::new(alias))?;
            write.open_table(ALIASES)?.insert(alias_key(alias.domain, alias.rid), text.as_str())?;
        }
        AccountChange::NoAlias(domain, rid) => {
            drop(write.open_table(ALIASES)?.remove(alias_key(*domain, *rid))?);
        }
        AccountChange::Rights(sid, rights) => {
            let text = serde_json::to_string(&StoredRights::new(rights))?;
            write.open_table(RIGHTS)?.insert(sid.to_string().as_str(), text.as_str())?;
        }
        AccountChange::NoRights(sid) => drop(write.open_table(RIGHTS)?.remove(sid.to_string().as_str())?),
        AccountChange::Policy(policy) => {
            let text = serde_json::to_string(&StoredPolicy::new(policy))?;
            write.open_table(POLICY)?.insert((), text.as_str())?;
        }
        AccountChange::NextRid(rid) => drop(write.open_table(NUMBERS)?.insert(NEXT_RID, rid)?),
    }
    Ok(())
}

fn alias_key(domain: AliasDomain, rid: u32) -> u64 {
    u64::from(domain == AliasDomain::Builtin) << 32 | u64::from(rid)
}

/// Makes the file if it is missing. What root makes in the directory of a server that runs as another user is that user's; a link that
/// this user may have put there is not followed.
fn make(directory: &Path, path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) if rustix::process::geteuid().is_root() => {
            let owner = std::fs::metadata(directory)?;
            fchown(file, Some(owner.uid()), Some(owner.gid()))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Err(_) if std::fs::symlink_metadata(path)?.is_file() => Ok(()),
        Err(_) => Err(std::io::Error::other("is not a regular file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::{FileTime, NtString};
    use lanward_server::{AccountControl, DomainPolicy, LogonHours, Rights, SystemAccess};

    #[test]
    fn the_file_belongs_to_whom_the_directory_belongs_to() {
        const SOMEBODY: u32 = 4242;
        let home = tempfile::tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(home.path(), Some(SOMEBODY), None).unwrap();
        }
        drop(Store::open(home.path()).unwrap());
        let owner = |path: &Path| std::fs::metadata(path).unwrap().uid();
        assert_eq!(owner(&home.path().join("accounts.redb")), owner(home.path()));
    }

    #[test]
    fn a_link_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("target");
        std::fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, home.path().join("accounts.redb")).unwrap();
        assert!(Store::open(home.path()).is_err());
        assert_eq!(std::fs::read(&target).unwrap(), b"");
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("state");
        let store = Store::open(&dir).unwrap();
        let machine = store.machine().unwrap();
        let book = super::super::book("HERE", machine, store).unwrap();
        let (first, second, third) = (NtHash::new([7; 16]), NtHash::new([8; 16]), NtHash::new([9; 16]));
        let ann = book.change(|draft| {
            draft.set_policy(DomainPolicy {
                password_history: 2,
                lockout_duration: None,
                ..DomainPolicy::default()
            });
            let ann = draft.add_user("Ann".into())?;
            for hash in [&first, &second, &third] {
                draft.set_password(ann, hash.clone(), FileTime(5))?;
            }
            draft.update_user(ann, |user| {
                (user.full_name, user.parameters) = ("Ann Other".into(), NtString(vec![0xd800, 0]));
                (user.expires, user.logon_hours) = (Some(FileTime(77)), LogonHours([3; 21]));
                user.control |= AccountControl::DISABLED;
            })?;
            let bob = draft.add_user("Bob".into())?;
            draft.remove_user(bob)?;
            let group = draft.add_group("Staff".into())?;
            draft.add_group_member(group, ann)?;
            let alias = draft.add_alias("Local".into())?;
            draft.add_alias_member(AliasDomain::Account, alias, Sid::everyone())?;
            draft.set_admin(ann, true)?;
            let rights = Rights { privileges: [17].into(), system_access: SystemAccess::BATCH };
            draft.set_rights("S-1-5-21-9-9-9-9".parse().unwrap(), rights)?;
            Ok(ann)
        });
        assert_eq!(ann, Ok(1000));
        assert!(Store::open(&dir).unwrap_err().is::<InUse>());
        let before = format!("{:?}", book.directory());
        drop(book);

        let store = Store::open(&dir).unwrap();
        assert_eq!(store.machine().unwrap(), machine);
        let book = super::super::book("HERE", machine, store).unwrap();
        assert_eq!(format!("{:?}", book.directory()), before);
        let directory = book.directory();
        let ann = directory.user(1000).unwrap();
        assert_eq!((&ann.hash, &ann.history), (&Some(third), &vec![second, first]));
        assert!(directory.is_admin(ann));
        assert_eq!(
            book.change(|draft| draft.add_user("Cay".into())),
            Ok(1004),
            "no identifier is given twice"
        );
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&dir.join("accounts.redb"))), (0o700, 0o600));
    }

    #[test]
    fn a_store_of_the_first_version_is_read() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        let machine = store.machine().unwrap();
        let write = store.database.begin_write().unwrap();
        for (rid, text) in [
            (1000, r#"{"name":"Ann","admin":true,"disabled":false}"#),
            (1001, r#"{"name":"Bob","disabled":true}"#),
        ] {
            write.open_table(ACCOUNTS).unwrap().insert(rid, text).unwrap();
            write.open_table(HASHES).unwrap().insert(rid, [7; 16]).unwrap();
        }
        write.open_table(NUMBERS).unwrap().insert(NEXT_RID, 1005).unwrap();
        write.commit().unwrap();
        let book = super::super::book("HERE", machine, store).unwrap();
        for _ in 0..2 {
            let directory = book.directory();
            let [ann, bob] = [1000, 1001].map(|rid| directory.user(rid).unwrap());
            assert!(directory.is_admin(ann) && !directory.is_admin(bob));
            assert!(!ann.is_disabled() && bob.is_disabled());
            assert_eq!(ann.hash, Some(NtHash::new([7; 16])));
        }
        assert_eq!(book.change(|draft| draft.add_user("Cay".into())), Ok(1005));
        // What an administrator was in the first version counts once only.
        book.change(|draft| draft.set_admin(1000, false)).unwrap();
        drop(book);
        let book = super::super::book("HERE", machine, Store::open(home.path()).unwrap()).unwrap();
        let directory = book.directory();
        assert!(!directory.is_admin(directory.user(1000).unwrap()));
    }
}
