//! The accounts on disk.

use super::{FIRST_RID, Record};
use crate::identity::Machine;
use anyhow::{Context as _, Result};
use lanward_auth::NtHash;
use redb::{Builder, Database, DatabaseError, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;

/// Relative identifier to what everybody may know of an account, as JSON.
const ACCOUNTS: TableDefinition<'static, u32, &str> = TableDefinition::new("accounts");
/// Relative identifier to NT hash.
const HASHES: TableDefinition<'static, u32, [u8; 16]> = TableDefinition::new("nt-hashes");
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

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Stored {
    name: String,
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    disabled: bool,
}

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

    /// All accounts.
    ///
    /// # Errors
    /// The file's.
    pub(crate) fn records(&self) -> Result<Vec<Record>> {
        let read = self.database.begin_read()?;
        let (accounts, hashes) = match (read.open_table(ACCOUNTS), read.open_table(HASHES)) {
            (Ok(accounts), Ok(hashes)) => (accounts, hashes),
            (Err(redb::TableError::TableDoesNotExist(_)), _) => return Ok(Vec::new()),
            (Err(error), _) | (_, Err(error)) => return Err(error.into()),
        };
        let mut records = Vec::new();
        for entry in accounts.iter()? {
            let (rid, stored) = entry?;
            let rid = rid.value();
            let Stored { name, admin, disabled } = serde_json::from_str(stored.value())?;
            let hash = hashes.get(rid)?.with_context(|| format!("account {name} has no hash"))?;
            records.push(Record { name, rid, admin, disabled, hash: NtHash::new(hash.value()) });
        }
        Ok(records)
    }

    /// An identifier that no account has had.
    ///
    /// # Errors
    /// The file's.
    pub(crate) fn reserve_rid(&self) -> Result<u32> {
        let write = self.database.begin_write()?;
        let rid = {
            let mut numbers = write.open_table(NUMBERS)?;
            let rid = numbers.get(NEXT_RID)?.map_or(FIRST_RID, |next| next.value());
            numbers.insert(NEXT_RID, rid + 1)?;
            rid
        };
        write.commit()?;
        Ok(rid)
    }

    /// Keeps an account, in the place of the one with its identifier.
    ///
    /// # Errors
    /// The file's.
    pub(crate) fn put(&self, record: &Record) -> Result<()> {
        let stored = Stored { name: record.name.clone(), admin: record.admin, disabled: record.disabled };
        let write = self.database.begin_write()?;
        write.open_table(ACCOUNTS)?.insert(record.rid, serde_json::to_string(&stored)?.as_str())?;
        write.open_table(HASHES)?.insert(record.rid, record.hash.expose())?;
        Ok(write.commit()?)
    }

    /// Forgets an account.
    ///
    /// # Errors
    /// The file's.
    pub(crate) fn remove(&self, rid: u32) -> Result<()> {
        let write = self.database.begin_write()?;
        write.open_table(ACCOUNTS)?.remove(rid)?;
        write.open_table(HASHES)?.remove(rid)?;
        Ok(write.commit()?)
    }
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
        let (first, second) = (store.reserve_rid().unwrap(), store.reserve_rid().unwrap());
        assert_eq!((first, second), (1000, 1001));
        let hash = NtHash::new([7; 16]);
        let ann = Record { name: "Ann".into(), rid: first, admin: true, disabled: true, hash: hash.clone() };
        store.put(&ann).unwrap();
        store.put(&Record { name: "Bob".into(), rid: second, ..ann.clone() }).unwrap();
        store.remove(second).unwrap();
        assert!(Store::open(&dir).unwrap_err().is::<InUse>());
        drop(store);

        let store = Store::open(&dir).unwrap();
        assert_eq!(store.machine().unwrap(), machine);
        assert_eq!(store.reserve_rid().unwrap(), 1002);
        let records = store.records().unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!((records[0].name.as_str(), records[0].rid), ("Ann", 1000));
        assert!(records[0].admin && records[0].disabled && records[0].hash == hash);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&dir.join("accounts.redb"))), (0o700, 0o600));
    }
}
