use core::time::Duration;

use lanward_wire::{Encode, Writer};

use crate::control::ControlMessage;

/// Messages that the peer has not taken yet, in order, and never many.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    octets: Vec<u8>,
    /// When the peer last took something, or there was nothing for it.
    moved: Duration,
}

impl Outbox {
    /// The most octets that wait.
    pub(super) const MAX: usize = 4096;

    /// Appends a message; `false` where there is no room for it.
    pub(super) fn push(&mut self, message: &ControlMessage, now: Duration) -> bool {
        if self.octets.is_empty() {
            self.moved = now;
        }
        let start = self.octets.len();
        message.encode(&mut Writer::new(&mut self.octets));
        let fits = self.octets.len() <= Self::MAX;
        if !fits {
            self.octets.truncate(start);
        }
        fits
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// So many octets are on their way.
    pub(super) fn sent(&mut self, octets: usize, now: Duration) {
        let octets = octets.min(self.octets.len());
        self.octets.drain(..octets);
        if octets != 0 {
            self.moved = now;
        }
    }

    /// Since when nothing moves.
    pub(super) fn stuck_since(&self) -> Option<Duration> {
        (!self.octets.is_empty()).then_some(self.moved)
    }
}
