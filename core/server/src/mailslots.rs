//! The mailslots of the server ([MS-MAIL] 3.2.1): whoever reads one makes it, and what comes for one that is not there is dropped.

use lanward_nt::NtString;
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Most messages that wait in a mailslot; what comes then is dropped.
const MAX_WAITING: usize = 64;

/// Most mailslots there are.
const MAX_MAILSLOTS: usize = 64;

/// A name of NetBIOS: 15 characters in upper case without what fills them up, and what kind of name it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NetbiosAddress {
    /// The name.
    pub name: String,
    /// The sixteenth byte.
    pub suffix: u8,
}

/// How a message came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailslotOrigin {
    /// Class 2: in a datagram, which proves nothing about who sent it.
    Datagram {
        /// Whom it says it is from.
        source: NetbiosAddress,
        /// Whom it is for.
        destination: NetbiosAddress,
        /// Where it came from.
        peer: SocketAddr,
        /// The address of the server, and so the network, at which it came in.
        local: IpAddr,
    },
    /// Class 1: in a transaction of a session.
    Transaction {
        /// The client.
        peer: SocketAddr,
    },
}

/// A message in a mailslot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailslotMessage {
    /// What it says.
    pub data: Vec<u8>,
    /// How it came.
    pub origin: MailslotOrigin,
}

/// The mailslots there are, by the names behind `\MAILSLOT\`, which are keys in this table and nothing else.
#[derive(Default)]
pub struct Mailslots(Arc<Table>);

type Table = RwLock<BTreeMap<NtString, Sender<MailslotMessage>>>;

/// The reader's end of a mailslot, which goes with it.
pub struct Mailslot {
    key: NtString,
    table: Arc<Table>,
    waiting: Receiver<MailslotMessage>,
}

impl Mailslots {
    /// Makes the mailslot `\MAILSLOT\name` ([MS-MAIL] 3.2.4.1). `None` if there is one of that name, or there are too many.
    #[must_use]
    pub fn create(&self, name: &str) -> Option<Mailslot> {
        let key = NtString::from(name).to_uppercase();
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if table.contains_key(&key) || table.len() >= MAX_MAILSLOTS {
            return None;
        }
        let (sender, waiting) = mpsc::channel(MAX_WAITING);
        table.insert(key.clone(), sender);
        Some(Mailslot { key, table: Arc::clone(&self.0), waiting })
    }

    /// Puts a message into the mailslot of a full name, `\MAILSLOT\BROWSE` ([MS-MAIL] 3.2.5.1). `false` if there is none or it is full: then the
    /// message is dropped, which the sender of a datagram is not told.
    pub fn write(&self, name: &NtString, message: MailslotMessage) -> bool {
        let Some(key) = key_of(name) else { return false };
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        table.get(&key).is_some_and(|slot| slot.try_send(message).is_ok())
    }

    /// Whether there is a mailslot of this full name.
    #[must_use]
    pub fn contains(&self, name: &NtString) -> bool {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        key_of(name).is_some_and(|key| table.contains_key(&key))
    }
}

/// What is behind `\MAILSLOT\`, in upper case.
fn key_of(name: &NtString) -> Option<NtString> {
    let upper = name.to_uppercase();
    let prefix = NtString::from("\\MAILSLOT\\");
    upper
        .units()
        .strip_prefix(prefix.units())
        .filter(|rest| !rest.is_empty())
        .map(|rest| NtString(rest.to_vec()))
}

impl fmt::Debug for Mailslots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(table.keys()).finish()
    }
}

impl Mailslot {
    /// The next message; waits for one.
    pub async fn read(&mut self) -> MailslotMessage {
        match self.waiting.recv().await {
            Some(message) => message,
            // The sender is in the table as long as this is there.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Mailslot {
    fn drop(&mut self) {
        self.table.write().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl fmt::Debug for Mailslot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mailslot").field(&self.key).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(data: &[u8]) -> MailslotMessage {
        let origin = MailslotOrigin::Transaction { peer: "10.0.0.2:999".parse().unwrap() };
        MailslotMessage { data: data.to_vec(), origin }
    }

    #[tokio::test]
    async fn messages_come_in_their_order_whatever_the_case_of_the_name() {
        let mailslots = Mailslots::default();
        let mut slot = mailslots.create("Browse").unwrap();
        assert!(mailslots.create("BROWSE").is_none());
        assert!(mailslots.contains(&"\\mailslot\\BROWSE".into()));
        assert!(mailslots.write(&"\\MailSlot\\browse".into(), message(b"1")));
        assert!(mailslots.write(&"\\MAILSLOT\\BROWSE".into(), message(b"2")));
        for other in ["\\MAILSLOT\\", "\\MAILSLOT\\LANMAN", "BROWSE", "\\PIPE\\BROWSE", ""] {
            assert!(!mailslots.write(&other.into(), message(b"3")), "{other}");
        }
        assert_eq!(slot.read().await.data, b"1");
        assert_eq!(slot.read().await.data, b"2");
        drop(slot);
        assert!(!mailslots.write(&"\\MAILSLOT\\BROWSE".into(), message(b"4")));
        assert!(mailslots.create("BROWSE").is_some());
    }

    #[tokio::test]
    async fn a_full_mailslot_drops_what_comes() {
        let mailslots = Mailslots::default();
        let mut slot = mailslots.create("x").unwrap();
        let written =
            (0..MAX_WAITING + 9).filter(|_| mailslots.write(&"\\MAILSLOT\\X".into(), message(b"."))).count();
        assert_eq!(written, MAX_WAITING);
        slot.read().await;
        assert!(mailslots.write(&"\\MAILSLOT\\X".into(), message(b".")));
        let held: Vec<_> = (0..MAX_MAILSLOTS + 9).filter_map(|n| mailslots.create(&n.to_string())).collect();
        assert_eq!(held.len(), MAX_MAILSLOTS - 1);
    }
}
