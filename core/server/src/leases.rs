use crate::{ConnectionEntry, Server};
use lanward_fsa::{BreakRoute, LeaseTable};
use lanward_nt::Guid;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// [MS-SMB2] 3.3.1.5 GlobalLeaseTableList: a table for each client that is connected or has a lease.
#[derive(Debug, Default)]
pub(crate) struct LeaseTables(Mutex<HashMap<Guid, Weak<LeaseTable>>>);

impl Server {
    /// The leases of the client that calls itself `client`, whose breaks may go over `connection` from now on.
    #[must_use]
    pub fn lease_table(&self, client: Guid, connection: &ConnectionEntry) -> Arc<LeaseTable> {
        let table = self.leases_of(client);
        table.route().add(connection.breaks());
        table
    }

    /// The leases of a client that may not be connected.
    pub(crate) fn leases_of(&self, client: Guid) -> Arc<LeaseTable> {
        let mut tables = self.leases.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tables.get(&client).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            tables.retain(|_, table| table.strong_count() > 0);
            let table = Arc::new(LeaseTable::new(client, BreakRoute::new(&self.orphans)));
            tables.insert(client, Arc::downgrade(&table));
            table
        })
    }
}
