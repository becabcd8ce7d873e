use super::header::{Header, after, changes_key, next_change};
use super::key_schedule::KeySchedule;
use super::rc4::Rc4;
use super::{FlushRule, HEADER, Mode};
use crate::bucket::Bucket;
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
    acknowledged: Bucket,
}

/// New starts are at least this far apart: some ask for one with every packet that they cannot read, and anybody may, as that is not encrypted.
const BETWEEN_FLUSHES: Duration = Duration::from_millis(100);

/// Requests for a new start that are acknowledged in a second. Linux reads nothing until it hears that, and asks again with the next packet.
const ACKNOWLEDGED: u32 = 50;

impl Sender {
    /// Before the first packet.
    #[must_use]
    pub fn new(start: StartKey, mode: Mode, rule: FlushRule) -> Self {
        let keys = KeySchedule::new(start);
        let acknowledged = Bucket::new(ACKNOWLEDGED, Duration::ZERO);
        let cipher = keys.cipher();
        Self { keys, cipher, mode, rule, count: 0, flush: false, flush_asked: None, acknowledged }
    }

    /// Encrypts protocol and information of a packet in place. Answers what goes in front of it.
    pub fn encrypt(&mut self, inner: &mut [u8]) -> [u8; HEADER] {
        let count = match self.rule {
            FlushRule::AtChange if self.flush => next_change(self.count),
            _ => self.count,
        };
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
        if self.mode == Mode::Stateless {
            return false;
        }
        if self.flush_asked.is_none_or(|at| now >= at.saturating_add(BETWEEN_FLUSHES)) {
            self.flush_asked = Some(now);
            self.flush = true;
        }
        self.acknowledged.take(now)
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
