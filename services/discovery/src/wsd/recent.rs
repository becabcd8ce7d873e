//! Messages that came not long ago: SOAP over UDP sends each of them more than once.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

/// Messages that are remembered.
const MAX: usize = 64;

/// How long: April 2005 3.1.3 leaves it to who receives; copies come within a second.
const KEPT: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<(Duration, IpAddr, String)>);

impl Recent {
    /// Whether a message of this sender's is new, which it is not again.
    pub(super) fn is_new(&mut self, from: IpAddr, id: &str, now: Duration) -> bool {
        while self.0.front().is_some_and(|(at, ..)| now.saturating_sub(*at) >= KEPT) || self.0.len() >= MAX {
            self.0.pop_front();
        }
        if self.0.iter().any(|(_, sender, known)| *sender == from && known == id) {
            return false;
        }
        self.0.push_back((now, from, id.to_owned()));
        true
    }
}
