use crate::{Open, OpenId, Server};
use lanward_nt::Guid;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The creates that can be repeated: by the client and the name it gave each ([MS-SMB2] 3.3.5.9.10).
#[derive(Debug, Default)]
pub(crate) struct CreateGuids(Mutex<BTreeMap<Key, State>>);

type Key = (Guid, Guid);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Done(OpenId),
}

/// Why a create with this CreateGuid is not the first.
#[derive(Debug, Clone)]
pub enum Duplicate {
    /// It is still being executed.
    Pending,
    /// It made this open.
    Done(Arc<Open>),
}

/// A create that is being executed. Dropped before it made an open, it can be sent again.
#[derive(Debug)]
pub struct PendingCreate {
    server: Arc<Server>,
    key: Key,
    done: bool,
}

impl CreateGuids {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an open out; somebody else's entry stays.
    pub(crate) fn leave(&self, open: &Open) {
        let Some(origin) = open.durability().map(super::Durability::origin) else { return };
        let Some(guid) = origin.create_guid else { return };
        if let Entry::Occupied(entry) = self.lock().entry((origin.client, guid))
            && *entry.get() == State::Done(open.id())
        {
            entry.remove();
        }
    }
}

impl Server {
    /// Begins a create that its client may send again, or finds what came of it.
    ///
    /// # Errors
    /// The create was sent before.
    pub fn begin_create(
        self: &Arc<Self>,
        client: Guid,
        create_guid: Guid,
    ) -> Result<PendingCreate, Duplicate> {
        let key = (client, create_guid);
        let mut creates = self.create_guids.lock();
        match creates.get(&key) {
            Some(State::Pending) => return Err(Duplicate::Pending),
            Some(State::Done(id)) => {
                if let Some(open) = self.open(*id) {
                    return Err(Duplicate::Done(open));
                }
            }
            None => {}
        }
        creates.insert(key, State::Pending);
        drop(creates);
        Ok(PendingCreate { server: Arc::clone(self), key, done: false })
    }
}

impl PendingCreate {
    /// The create made an open, which its repetition is to find. The open's [`super::Origin`] has been set.
    pub fn done(mut self, open: &Open) {
        self.done = true;
        let mut creates = self.server.create_guids.lock();
        if open.is_closed() {
            creates.remove(&self.key);
        } else {
            creates.insert(self.key, State::Done(open.id()));
        }
    }
}

impl Drop for PendingCreate {
    fn drop(&mut self) {
        if !self.done {
            self.server.create_guids.lock().remove(&self.key);
        }
    }
}
