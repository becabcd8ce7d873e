//! What happened since the start, as numbers. A connection counts for itself alone, so that no two of them share what they write; whoever asks
//! adds up.

use crate::{ConnectionEntry, Refusal, Server};
use lanward_nt::NtStatus;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The commands of [MS-SMB2] 2.2.1.2, by their numbers.
pub const COMMANDS: usize = 19;

/// Requests of one connection.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    by_command: [AtomicU64; COMMANDS],
    failed: AtomicU64,
}

/// Traffic of connections, those that have ended among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes received.
    pub received: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Requests that were answered, by command.
    pub requests: [u64; COMMANDS],
    /// Those of them that were answered with an error.
    pub failed: u64,
}

/// What is kept of what is over.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    ended: Mutex<Traffic>,
    /// What was told last: nobody is told less later.
    told: Mutex<Traffic>,
    refusals: Mutex<BTreeMap<&'static str, u64>>,
    weak: Mutex<BTreeMap<&'static str, u64>>,
    breaks: AtomicU64,
}

impl Traffic {
    fn join(&mut self, other: &Self, with: impl Fn(u64, u64) -> u64) {
        self.received = with(self.received, other.received);
        self.sent = with(self.sent, other.sent);
        self.failed = with(self.failed, other.failed);
        for (own, other) in self.requests.iter_mut().zip(other.requests) {
            *own = with(*own, other);
        }
    }
}

impl ConnectionEntry {
    /// Counts a request that was answered; `command` is its number.
    pub fn count_request(&self, command: u16, status: NtStatus) {
        if let Some(count) = self.requests.by_command.get(usize::from(command)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if status.is_error() {
            self.requests.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts the notice of a break that is sent to the client.
    pub fn count_break(&self) {
        self.server().totals.breaks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn traffic(&self) -> Traffic {
        let (received, sent) = self.bytes();
        let requests = self.requests.by_command.each_ref().map(|count| count.load(Ordering::Relaxed));
        Traffic { received, sent, requests, failed: self.requests.failed.load(Ordering::Relaxed) }
    }
}

impl Totals {
    pub(crate) fn end(&self, traffic: &Traffic) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).join(traffic, u64::saturating_add);
    }

    pub(crate) fn refuse(&self, why: &'static str) {
        *self.refusals.lock().unwrap_or_else(PoisonError::into_inner).entry(why).or_default() += 1;
    }

    pub(crate) fn weaken(&self, what: &'static str) {
        *self.weak.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    pub(crate) fn weak(&self) -> BTreeMap<&'static str, u64> {
        self.weak.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Server {
    /// Traffic since the start. It never becomes less.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let mut sum = *self.totals.ended.lock().unwrap_or_else(PoisonError::into_inner);
        for connection in self.connections() {
            sum.join(&connection.traffic(), u64::saturating_add);
        }
        let mut told = self.totals.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.join(&sum, u64::max);
        *told
    }

    /// Refusals since the start, by reason.
    #[must_use]
    pub fn refusals(&self) -> BTreeMap<&'static str, u64> {
        self.totals.refusals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Breaks of oplocks and leases that were sent since the start.
    #[must_use]
    pub fn breaks_sent(&self) -> u64 {
        self.totals.breaks.load(Ordering::Relaxed)
    }

    /// Counts a logon that was refused.
    pub fn count_refused_logon(&self) {
        self.totals.refuse("logon");
    }
}

/// Why a connection was refused, in a word.
pub(crate) const fn of_connection(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::TooMany => "connections",
        Refusal::TooManyFromAddress => "connections-per-address",
        Refusal::Draining => "stopping",
        Refusal::Interface => "interface",
    }
}

/// Why somebody who was proved got no session.
pub(crate) fn of_session(status: NtStatus, anonymous: bool) -> &'static str {
    match (status, anonymous) {
        (NtStatus::REQUEST_NOT_ACCEPTED, true) => "null-session-limit",
        (_, true) => "null-session",
        (NtStatus::LOGON_FAILURE, false) => "guest",
        (_, false) => "session",
    }
}

/// Why a share was not connected.
pub(crate) fn of_share(status: NtStatus) -> &'static str {
    match status {
        NtStatus::BAD_NETWORK_NAME => "no-such-share",
        NtStatus::REQUEST_NOT_ACCEPTED => "limit",
        NtStatus::ACCESS_DENIED => "share-access",
        _ => "share",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_never_becomes_less() {
        let totals = Totals::default();
        let mut one = Traffic { received: 5, ..Traffic::default() };
        one.requests[3] = 2;
        totals.end(&one);
        totals.end(&one);
        let ended = *totals.ended.lock().unwrap();
        assert_eq!((ended.received, ended.requests[3]), (10, 4));
        let mut told = Traffic { received: 12, ..Traffic::default() };
        told.join(&ended, u64::max);
        assert_eq!((told.received, told.requests[3]), (12, 4));
    }
}
