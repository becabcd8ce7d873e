use super::header::{Header, after, changes_key};
use super::key_schedule::KeySchedule;
use super::rc4::Rc4;
use super::{FlushRule, HEADER, Mode};
use core::fmt;
use core::time::Duration;
use lanward_auth::mschap::StartKey;

/// Encrypts what goes to the peer.
pub struct Sender {
    keys: KeySchedule,
    cipher: Rc4,
    mode: Mode,
    rule: FlushRule,
    /// Of the next packet.
    count: u16,
    flush: bool,
    flush_asked: Option<Duration>,
}

/// A peer that asks for a new start sooner than this after it asked last is not heard: each one uses the same keystream again.
const BETWEEN_FLUSHES: Duration = Duration::from_millis(100);

impl Sender {
    /// Before the first packet.
    #[must_use]
    pub fn new(start: StartKey, mode: Mode, rule: FlushRule) -> Self {
        let keys = KeySchedule::new(start);
        Self { cipher: keys.cipher(), keys, mode, rule, count: 0, flush: false, flush_asked: None }
    }

    /// Encrypts protocol and information of a packet in place. Answers what goes in front of it.
    pub fn encrypt(&mut self, inner: &mut [u8]) -> [u8; HEADER] {
        let count = self.count;
        self.count = after(count);
        let rekey = match self.mode {
            Mode::Stateless => true,
            Mode::Stateful => changes_key(count) || self.flush && self.rule == FlushRule::NextKey,
        };
        let flushed = rekey || self.flush;
        self.flush = false;
        if rekey {
            self.keys.rekey();
        }
        if flushed {
            self.cipher = self.keys.cipher();
        }
        self.cipher.apply(inner);
        Header { flushed, compressed: false, encrypted: true, count }.to_bytes()
    }

    /// The peer has lost packets (CCP Reset-Request, RFC 3078, 8.2). Answers whether that is to be acknowledged.
    pub fn reset_requested(&mut self, now: Duration) -> bool {
        let too_soon = self.flush_asked.is_some_and(|at| now < at.saturating_add(BETWEEN_FLUSHES));
        if self.mode == Mode::Stateless || too_soon {
            return false;
        }
        self.flush_asked = Some(now);
        self.flush = true;
        true
    }

    /// What it does when it is asked for a new start, as the peer turned out to do it.
    pub const fn set_flush_rule(&mut self, rule: FlushRule) {
        self.rule = rule;
    }

    /// How strong its keys are, and how often they change.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, mode, rule, count, flush, .. } = self;
        f.debug_struct("Sender")
            .field("keys", keys)
            .field("mode", mode)
            .field("rule", rule)
            .field("count", count)
            .field("flush", flush)
            .finish_non_exhaustive()
    }
}
