//! What the server has done since it started ([MS-SRVS] 2.2.4.39 STAT_SERVER_0).

use crate::Server;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of the server. What the lists tell anyway is not counted a second time.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) sessions_opened: Counter,
    pub(crate) sessions_timed_out: Counter,
    pub(crate) password_errors: Counter,
    pub(crate) permission_errors: Counter,
    /// Of connections that are gone.
    pub(crate) bytes_received: Counter,
    pub(crate) bytes_sent: Counter,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Files, directories and pipes opened.
    pub file_opens: u64,
    /// Sessions opened.
    pub sessions_opened: u64,
    /// Sessions that were ended because they did nothing.
    pub sessions_timed_out: u64,
    /// Proofs of identity that failed.
    pub password_errors: u64,
    /// Tree connects and opens that were denied.
    pub permission_errors: u64,
    /// Bytes received over all connections there were and are.
    pub bytes_received: u64,
    /// Bytes sent over them.
    pub bytes_sent: u64,
}

impl Server {
    /// Counts a request that was refused for its signature ([MS-CIFS] 3.3.5.2.3 sts0_permerrors).
    pub fn count_permission_error(&self) {
        self.counters.permission_errors.add(1);
    }

    /// What the server has done since it started.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let counters = &self.counters;
        // Before the connections: one that goes meanwhile may be left out, and is never there twice.
        let gone = (counters.bytes_received.value(), counters.bytes_sent.value());
        let live = self
            .connections()
            .iter()
            .map(|connection| connection.bytes())
            .fold(gone, |sum, bytes| (sum.0.wrapping_add(bytes.0), sum.1.wrapping_add(bytes.1)));
        Statistics {
            file_opens: self.opens.reserved().into(),
            sessions_opened: counters.sessions_opened.value(),
            sessions_timed_out: counters.sessions_timed_out.value(),
            password_errors: counters.password_errors.value(),
            permission_errors: counters.permission_errors.value(),
            bytes_received: live.0,
            bytes_sent: live.1,
        }
    }

    /// Notes that sessions were ended because they did nothing.
    pub fn note_timed_out(&self, sessions: usize) {
        self.counters.sessions_timed_out.add(sessions as u64);
    }
}
