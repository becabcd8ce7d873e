//! [MS-SMB2] 3.3.1.16 Per Client: a client speaks one dialect at a time.

use lanward_nt::{Guid, NtStatus};
use lanward_smb2::Dialect;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// GlobalClientTable. A client is in it for as long as a connection on which one of its users logged on.
#[derive(Debug, Default)]
pub(crate) struct ClientTable(Mutex<HashMap<Guid, Client>>);

#[derive(Debug)]
struct Client {
    dialect: Dialect,
    connections: u32,
}

/// A connection's place in the table.
#[derive(Debug)]
pub(crate) struct ClientUse {
    table: Arc<ClientTable>,
    guid: Guid,
}

impl ClientTable {
    /// Enters a connection of a client ([MS-SMB2] 3.3.5.5.3, the verification of the dialect).
    ///
    /// # Errors
    /// USER_SESSION_DELETED: the client speaks another dialect elsewhere, so somebody in the path may have changed a negotiation.
    pub(crate) fn enter(self: &Arc<Self>, guid: Guid, dialect: Dialect) -> Result<ClientUse, NtStatus> {
        let mut clients = self.lock();
        let client = clients.entry(guid).or_insert(Client { dialect, connections: 0 });
        if client.dialect != dialect {
            return Err(NtStatus::USER_SESSION_DELETED);
        }
        client.connections += 1;
        Ok(ClientUse { table: Arc::clone(self), guid })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Guid, Client>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ClientUse {
    fn drop(&mut self) {
        let mut clients = self.table.lock();
        if let Some(client) = clients.get_mut(&self.guid) {
            client.connections -= 1;
            if client.connections == 0 {
                clients.remove(&self.guid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_keeps_its_dialect_until_its_last_connection_is_gone() {
        let table = Arc::new(ClientTable::default());
        let first = table.enter(Guid([1; 16]), Dialect::V3_1_1).unwrap();
        let second = table.enter(Guid([1; 16]), Dialect::V3_1_1).unwrap();
        let refused = |dialect| table.enter(Guid([1; 16]), dialect).err();
        assert_eq!(refused(Dialect::V3_0), Some(NtStatus::USER_SESSION_DELETED));
        let other = table.enter(Guid([2; 16]), Dialect::V3_0).unwrap();
        drop(first);
        assert_eq!(refused(Dialect::V3_0), Some(NtStatus::USER_SESSION_DELETED));
        drop(second);
        drop(other);
        assert!(table.lock().is_empty());
        assert_eq!(refused(Dialect::V3_0), None);
        assert!(table.lock().is_empty());
    }
}
