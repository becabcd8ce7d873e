//! One PPP session, at either end: LCP, then who the client is, then encryption and addresses, then packets.

mod config;
mod event;

pub use config::{ClientRole, LinkConfig, LinkTimers, MppePolicy, Role, ServerRole};
pub use event::{Addresses, CloseReason, Encryption, LinkEvent, SendError};

use core::ops::Range;
use core::time::Duration;

use crate::authentication::Verdict;

/// One end of a PPP session. It does no I/O: frames come in, and what is to be done goes out as [`LinkEvent`]s.
#[derive(Debug)]
pub struct Link {
    /// What it may agree to.
    pub config: LinkConfig,
}

impl Link {
    /// A link over a call that is there now; it begins to speak at once.
    pub fn new(
        config: LinkConfig,
        _now: Duration,
        _rng: &mut dyn FnMut(&mut [u8]),
        _out: &mut Vec<LinkEvent>,
    ) -> Self {
        Self { config }
    }

    /// One frame of the peer's, with `lost` frames known to be missing before it. A packet of IP is decrypted in place; where it lies in `frame` is
    /// what comes back.
    pub fn receive(
        &mut self,
        _frame: &mut [u8],
        _lost: u32,
        _now: Duration,
        _rng: &mut dyn FnMut(&mut [u8]),
        _out: &mut Vec<LinkEvent>,
    ) -> Option<Range<usize>> {
        None
    }

    /// Appends the frame that carries a packet of IP.
    ///
    /// # Errors
    /// Such a packet cannot pass; nothing is appended.
    pub fn send_ip(&mut self, _packet: &[u8], _now: Duration, _out: &mut Vec<u8>) -> Result<(), SendError> {
        Err(SendError::NotOpen)
    }

    /// The answer to [`LinkEvent::Authenticate`].
    pub fn authenticated(
        &mut self,
        _token: u32,
        _verdict: Verdict,
        _now: Duration,
        _rng: &mut dyn FnMut(&mut [u8]),
        _out: &mut Vec<LinkEvent>,
    ) {
    }

    /// Ends the link: the peer is told, and [`LinkEvent::Down`] follows when it agrees, or does not answer.
    pub fn close(
        &mut self,
        _reason: CloseReason,
        _now: Duration,
        _rng: &mut dyn FnMut(&mut [u8]),
        _out: &mut Vec<LinkEvent>,
    ) {
    }

    /// Time has passed; to be called at [`Link::deadline`] at the latest.
    pub fn tick(&mut self, _now: Duration, _rng: &mut dyn FnMut(&mut [u8]), _out: &mut Vec<LinkEvent>) {}

    /// When [`Link::tick`] has something to do; `None` once the link is gone.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        None
    }
}
