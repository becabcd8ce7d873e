use crate::Server;
use lanward_nt::{NtStatus, Sid};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Which users at which computers use the server, for the limit of behaviour 1.2. One user at one computer is one, however many
/// sessions, shares and connections that takes (behaviour 1.4).
#[derive(Debug, Default)]
pub(crate) struct SessionSlots(Mutex<HashMap<(IpAddr, Sid), u32>>);

/// A counted user at a computer.
#[derive(Debug)]
pub(crate) struct SessionSlot {
    server: Arc<Server>,
    key: (IpAddr, Sid),
}

impl SessionSlot {
    /// Takes a slot, or shares the one the same user has at the same computer.
    pub(crate) fn take(server: &Arc<Server>, computer: IpAddr, sid: &Sid) -> Result<Self, NtStatus> {
        let limit = server.settings().limits.users;
        let key = (computer.to_canonical(), sid.clone());
        let mut slots = server.slots.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = limit.is_some_and(|limit| slots.len() >= limit as usize);
        if full && !slots.contains_key(&key) {
            return Err(NtStatus::REQUEST_NOT_ACCEPTED);
        }
        *slots.entry(key.clone()).or_default() += 1;
        Ok(Self { server: Arc::clone(server), key })
    }
}

impl Drop for SessionSlot {
    fn drop(&mut self) {
        let mut slots = self.server.slots.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(uses) = slots.get_mut(&self.key) {
            *uses -= 1;
            if *uses == 0 {
                slots.remove(&self.key);
            }
        }
    }
}

impl Server {
    /// Users at computers that count against [`crate::Limits::users`] now.
    #[must_use]
    pub fn counted_users(&self) -> usize {
        self.slots.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
