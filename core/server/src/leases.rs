use crate::{ConnectionEntry, Server, User, UserKind};
use lanward_fsa::{BreakRoute, LeaseTable};
use lanward_nt::{Guid, Sid};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// [MS-SMB2] 3.3.1.5 GlobalLeaseTableList: a table for each client that is connected or has a lease. What a client calls itself anybody can say, and
/// it is said before anybody is proved: who is told of a lease and may give it up is decided by the user too.
#[derive(Debug, Default)]
pub(crate) struct LeaseTables(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    known: HashMap<Holder, Weak<LeaseTable>>,
    last: u64,
}

type Holder = (Guid, UserKind, Sid);

impl Server {
    /// The leases of the user at the client that calls itself `client`, whose breaks may go over `connection` from now on.
    #[must_use]
    pub fn lease_table(&self, client: Guid, user: &User, connection: &ConnectionEntry) -> Arc<LeaseTable> {
        let table = self.leases_of(client, user);
        table.route().add(connection.breaks());
        table
    }

    /// The leases of a user at a client that may not be connected.
    pub(crate) fn leases_of(&self, client: Guid, user: &User) -> Arc<LeaseTable> {
        let holder = (client, user.kind, user.sid.clone());
        let mut tables = self.leases.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.known.get(&holder).and_then(Weak::upgrade) {
            return table;
        }
        tables.known.retain(|_, table| table.strong_count() > 0);
        tables.last += 1;
        let table = Arc::new(LeaseTable::new(tables.last, BreakRoute::new(&self.orphans)));
        tables.known.insert(holder, Arc::downgrade(&table));
        table
    }
}
