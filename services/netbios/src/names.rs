//! Waiting for what becomes of names.

use lanward_netbios::{NameEvent, NetbiosName};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

/// Why a name could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFault {
    /// Somebody else has it, at this address if that is known.
    InUse(Option<Ipv4Addr>),
    /// No name server answers, and this node may not do without.
    NoAnswer,
    /// This node has as many names as it can.
    TooMany,
    /// The subnet is gone, or the name was given up meanwhile.
    Gone,
}

/// Whoever waits for a name.
#[derive(Debug, Default)]
pub(crate) struct Claims(Mutex<HashMap<NetbiosName, Vec<Claimant>>>);

type Claimant = oneshot::Sender<Result<(), NameFault>>;

/// How many may wait for one name.
const MAX_WAITING: usize = 16;

impl Claims {
    pub(crate) fn wait(&self, name: NetbiosName) -> Option<oneshot::Receiver<Result<(), NameFault>>> {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = claims.entry(name).or_default();
        waiting.retain(|claimant| !claimant.is_closed());
        if waiting.len() >= MAX_WAITING {
            return None;
        }
        let (claimant, answer) = oneshot::channel();
        waiting.push(claimant);
        Some(answer)
    }

    pub(crate) fn tell(&self, event: NameEvent) {
        let (name, outcome) = match event {
            NameEvent::Registered(name) => (name, Ok(())),
            NameEvent::Refused(name, owner) => (name, Err(NameFault::InUse(owner))),
            NameEvent::Released(name) => (name, Err(NameFault::Gone)),
        };
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        for claimant in waiting.into_iter().flatten() {
            // Who does not wait any more needs no answer.
            claimant.send(outcome).ok();
        }
    }

    /// Nothing more becomes of any name.
    pub(crate) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
