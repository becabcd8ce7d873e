use super::names::Names;
use super::system::{self, Found};
use lanward_fsa::UnixIdentity;
use lanward_nt::{NtStatus, NtString};
use lanward_server::{AccountBook, UnixUsers, User, UserKind};
use lanward_vfs::UnixUser;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long what the machine said of a user counts.
const FRESH: Duration = Duration::from_secs(30);
/// How long it counts that there is no such user: whoever signs in again and again does not have the machine asked each time.
const ABSENT: Duration = Duration::from_secs(5);
/// Users remembered at once.
const MOST: usize = 10_000;

/// Whom accounts are on this machine.
#[derive(Debug, Default)]
pub(crate) struct UnixAccounts {
    /// `[unix-users]`, by the account's name in upper case.
    said: RwLock<BTreeMap<NtString, String>>,
    names: Arc<Names>,
    known: Mutex<HashMap<String, (Instant, Option<Found>)>>,
}

impl UnixAccounts {
    /// Takes over what the configuration says.
    pub(crate) fn set(&self, said: &BTreeMap<String, String>) {
        let said = said.iter().map(|(account, user)| (folded(account), user.clone())).collect();
        *self.said.write().unwrap_or_else(PoisonError::into_inner) = said;
        self.known().clear();
    }

    /// Looks up whom the accounts are: they or what is said of them have changed. May block.
    pub(crate) fn refresh(&self, book: &AccountBook) {
        let directory = book.directory();
        let found = directory.users().filter_map(|account| {
            let found = self.find(&account.name, UserKind::Named).ok()?;
            Some((directory.domain().child(account.rid), found.user))
        });
        self.names.replace(found.collect::<Vec<_>>());
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Instant, Option<Found>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The user an account is, or why it is none.
    fn find(&self, account: &NtString, kind: UserKind) -> Result<Found, String> {
        let said =
            self.said.read().unwrap_or_else(PoisonError::into_inner).get(&account.to_uppercase()).cloned();
        let candidates = match (&said, kind) {
            (_, UserKind::Anonymous) => return Err("nobody has signed in".to_owned()),
            (Some(user), _) => vec![user.clone()],
            (None, UserKind::Guest) => return Err("[unix-users] does not say whom guests are".to_owned()),
            (None, UserKind::Named) => {
                let name = account.to_string_lossy();
                let lower = name.to_lowercase();
                if name == lower { vec![name] } else { vec![name, lower] }
            }
        };
        for name in &candidates {
            let Some(found) = self.look_up(name).map_err(|error| format!("{error:#}"))? else { continue };
            return match found.user {
                0 if said.is_none() => Err("it would be root, and [unix-users] does not say so".to_owned()),
                user if user != 0 && user == system::own_number() => {
                    Err("it would be the user of the server itself".to_owned())
                }
                _ => Ok(found),
            };
        }
        Err(format!("this machine has no user {}", candidates.join(" or ")))
    }

    fn look_up(&self, name: &str) -> anyhow::Result<Option<Found>> {
        self.remembered(name, Instant::now(), || system::look_up(name))
    }

    fn remembered(
        &self,
        name: &str,
        now: Instant,
        ask: impl FnOnce() -> anyhow::Result<Option<Found>>,
    ) -> anyhow::Result<Option<Found>> {
        if let Some((at, found)) = self.known().get(name)
            && now.duration_since(*at) < if found.is_some() { FRESH } else { ABSENT }
        {
            return Ok(found.clone());
        }
        let found = ask()?;
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(name.to_owned(), (now, found.clone()));
        Ok(found)
    }
}

/// The same for one share, with what is made in it.
#[derive(Debug)]
pub(crate) struct ShareUsers {
    pub(crate) accounts: Arc<UnixAccounts>,
    pub(crate) file_mask: u16,
    pub(crate) directory_mask: u16,
}

impl UnixUsers for ShareUsers {
    fn look_up(&self, user: &User) {
        // Who asks next is told, and told the log.
        let _ = self.accounts.find(&user.name, user.kind);
    }

    fn identity_of(&self, user: &User) -> Result<UnixIdentity, NtStatus> {
        let found = self.accounts.find(&user.name, user.kind).map_err(|why| {
            tracing::warn!(account = %user.name, "An account is no user of this machine: {why}");
            NtStatus::ACCESS_DENIED
        })?;
        let Found { user, group, groups } = found;
        let (file_mask, directory_mask) = (self.file_mask, self.directory_mask);
        let user = Arc::new(UnixUser { user, group, groups, file_mask, directory_mask });
        Ok(UnixIdentity { user, names: Arc::clone(&self.accounts.names) as _ })
    }
}

fn folded(name: &str) -> NtString {
    NtString::from(name).to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(said: &[(&str, &str)], account: &str, kind: UserKind) -> Result<u32, String> {
        let accounts = UnixAccounts::default();
        let said = said.iter().map(|(a, u)| ((*a).to_owned(), (*u).to_owned())).collect();
        accounts.set(&said);
        accounts.find(&account.into(), kind).map(|found| found.user)
    }

    #[test]
    fn accounts_are_users_of_their_name_or_of_that_which_is_said() {
        let daemon = system::look_up("daemon").unwrap();
        let Some(daemon) = daemon else {
            println!("skipped: this machine has no user `daemon`");
            return;
        };
        assert!(daemon.user != 0 && !daemon.groups.contains(&daemon.group));
        let named = UserKind::Named;
        for account in ["daemon", "Daemon"] {
            assert_eq!(find(&[], account, named), Ok(daemon.user), "{account}");
        }
        assert_eq!(find(&[("ANN", "daemon")], "ann", named), Ok(daemon.user));
        assert_eq!(find(&[("guest", "daemon")], "Guest", UserKind::Guest), Ok(daemon.user));
        for (said, account, kind) in [
            (&[][..], "root", named),
            (&[][..], "daemon", UserKind::Guest),
            (&[("", "daemon")][..], "", UserKind::Anonymous),
            (&[][..], "nobody of this name", named),
            (&[("daemon", "nobody of this name")][..], "daemon", named),
        ] {
            assert!(find(said, account, kind).is_err(), "{account} {kind:?}");
        }
        assert_eq!(find(&[("boss", "root")], "boss", named), Ok(0), "where it is said");
    }

    #[test]
    fn the_machine_is_asked_once_in_a_while_though_it_knows_nobody() {
        let (accounts, start) = (UnixAccounts::default(), Instant::now());
        let asked = std::cell::Cell::new(0);
        let ask = |after: Duration| {
            let found = accounts.remembered("nobody", start + after, || {
                asked.set(asked.get() + 1);
                Ok(None)
            });
            assert!(found.unwrap().is_none());
            asked.get()
        };
        assert_eq!([ask(Duration::ZERO), ask(Duration::ZERO), ask(ABSENT / 2), ask(ABSENT)], [1, 1, 1, 2]);
    }
}
