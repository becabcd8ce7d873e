use super::budget::{AT_ONCE, Budget, Errors};
use super::header::{BEFORE_FIRST, Header, after, changes_key, distance};
use super::inner::{self, Inner, Likelihood};
use super::key_schedule::KeySchedule;
use super::rc4::Rc4;
use super::{FlushRule, HEADER, Mode};
use core::fmt;
use core::time::Duration;
use lanward_auth::mschap::StartKey;

/// Decrypts what comes from the peer.
pub struct Receiver {
    keys: KeySchedule,
    cipher: Rc4,
    mode: Mode,
    /// What the peer does when it is asked for a new start; `None` until it was seen.
    rule: Option<FlushRule>,
    /// Of the last packet that was read.
    last: u16,
    /// Packets since then that were lost on their way or thrown away here.
    missing: u32,
    /// Waiting for a packet with a new start.
    lost: bool,
    resets: Resets,
    budget: Budget,
    errors: Errors,
}

/// Requests for a new start.
#[derive(Debug, Default)]
struct Resets {
    identifier: u8,
    sent: Option<Duration>,
    /// Since a packet was read last.
    pending: u16,
}

/// Why a packet was thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Discard {
    /// No packet: shorter than its header and a protocol, not encrypted, or compressed.
    Malformed,
    /// It lacks the sign that the cipher begins anew, where it must.
    NotFlushed,
    /// It was seen before, or comes too late.
    Stale,
    /// More packets would have been lost before it than can have been.
    Ahead,
    /// Too many keys were derived for nothing lately.
    Budget,
    /// What came out makes no sense.
    Nonsense,
    /// Packets before it are missing, without which it cannot be read.
    Lost {
        /// Identifier of a CCP Reset-Request that is to be sent now, if one is.
        reset: Option<u8>,
    },
    /// It made no sense, as so many before that this cannot go on.
    Hopeless,
}

/// Packets that may be missing without being known to.
const SLACK: u32 = 32;

/// Counts that may be missing where keys stay; what is older comes late.
const STATEFUL_AT_ONCE: u32 = 15 << 8;

/// Requests for a new start are this far apart: until one is heard all that comes is lost, and senders, as ours, hear one each 100 ms.
const BETWEEN_RESETS: Duration = Duration::from_millis(120);

/// New starts of [`FlushRule::NextKey`] that may have been lost before the one that arrives.
const LOST_FLUSHES: u16 = 16;

impl Receiver {
    /// Before the first packet.
    #[must_use]
    pub fn new(start: StartKey, mode: Mode) -> Self {
        let keys = KeySchedule::new(start);
        Self {
            cipher: keys.cipher(),
            keys,
            mode,
            rule: None,
            last: BEFORE_FIRST,
            missing: 0,
            lost: false,
            resets: Resets::default(),
            budget: Budget::new(),
            errors: Errors::default(),
        }
    }

    /// Decrypts a packet in place, what is behind the frame's protocol; `lost` packets are known to be missing right before it. Nothing changes
    /// unless what comes out makes sense, so that nobody's packet can keep the peer's from being read.
    ///
    /// # Errors
    /// Why it was thrown away; its bytes are then worthless.
    pub fn decrypt(&mut self, packet: &mut [u8], lost: u32, now: Duration) -> Result<Inner, Discard> {
        let known = self.missing.saturating_add(lost);
        self.missing = known.saturating_add(1);
        let (header, sealed) = match packet.split_first_chunk_mut::<HEADER>() {
            Some((header, sealed)) if !sealed.is_empty() => (Header::from_bytes(*header), sealed),
            _ => return Err(Discard::Malformed),
        };
        if !header.encrypted || header.compressed {
            return Err(self.error(Discard::Malformed));
        }
        let ahead = distance(self.last, header.count);
        let (most, gap) = match self.mode {
            Mode::Stateless => (AT_ONCE, known.saturating_add(1).saturating_add(SLACK)),
            // Each new start may leave counts out, and 256 of them cost but one key.
            Mode::Stateful => (STATEFUL_AT_ONCE, u32::MAX),
        };
        if ahead == 0 || u32::from(ahead) > most {
            return Err(Discard::Stale);
        }
        if u32::from(ahead) > gap {
            return Err(Discard::Ahead);
        }
        let inner = match self.mode {
            Mode::Stateless => self.stateless(header, ahead, sealed, now),
            Mode::Stateful => self.stateful(header, sealed, now),
        }?;
        self.last = header.count;
        (self.missing, self.lost, self.resets.pending) = (0, false, 0);
        self.errors.good();
        Ok(inner)
    }

    /// How often keys change.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    fn stateless(
        &mut self,
        header: Header,
        ahead: u16,
        sealed: &mut [u8],
        now: Duration,
    ) -> Result<Inner, Discard> {
        if !header.flushed {
            return Err(self.error(Discard::NotFlushed));
        }
        if !self.budget.take(u32::from(ahead).saturating_sub(1), now) {
            return Err(Discard::Budget);
        }
        let mut keys = self.keys.clone();
        (0..ahead).for_each(|_| keys.rekey());
        keys.cipher().apply(sealed);
        let (inner, likelihood) = inner::read(sealed);
        if likelihood == Likelihood::Nonsense {
            return Err(self.error(Discard::Nonsense));
        }
        self.keys = keys;
        Ok(inner)
    }

    fn stateful(&mut self, header: Header, sealed: &mut [u8], now: Duration) -> Result<Inner, Discard> {
        let in_order = header.count == after(self.last);
        if header.flushed {
            return self.flushed(header.count, sealed, now);
        }
        if changes_key(header.count) && self.errors.add() {
            return Err(Discard::Hopeless);
        }
        if !in_order || self.lost || changes_key(header.count) {
            self.lost = true;
            return Err(Discard::Lost { reset: self.resets.next(now) });
        }
        let mut cipher = self.cipher.clone();
        cipher.apply(sealed);
        let (inner, likelihood) = inner::read(sealed);
        if likelihood == Likelihood::Nonsense {
            return Err(self.error(Discard::Nonsense));
        }
        self.cipher = cipher;
        Ok(inner)
    }

    /// A packet with which the cipher begins anew: with which key is tried where it is not known.
    fn flushed(&mut self, count: u16, sealed: &mut [u8], now: Duration) -> Result<Inner, Discard> {
        let mut keys = self.keys.clone();
        let changes = boundaries(self.last, count);
        let asked =
            if changes_key(count) && self.resets.pending == 0 { 0 } else { self.resets.pending.max(1) };
        let (least, most) = match self.rule {
            Some(FlushRule::AtChange | FlushRule::SameKey) => (0, 0),
            Some(FlushRule::NextKey) => (u16::from(!changes_key(count)), asked.min(LOST_FLUSHES)),
            None => (0, asked.min(LOST_FLUSHES)),
        };
        if !self.budget.take(u32::from(changes.saturating_add(most)), now) {
            return Err(Discard::Budget);
        }
        (0..changes.saturating_add(least)).for_each(|_| keys.rekey());
        let mut best: Option<(Likelihood, u16, KeySchedule)> = None;
        for extra in least..=most {
            if extra > least {
                keys.rekey();
            }
            keys.cipher().apply(sealed);
            let (_, likelihood) = inner::read(sealed);
            // Back to what it was.
            keys.cipher().apply(sealed);
            if likelihood > best.as_ref().map_or(Likelihood::Nonsense, |(known, ..)| *known) {
                best = Some((likelihood, extra, keys.clone()));
            }
            if likelihood == Likelihood::Certain {
                break;
            }
        }
        let Some((likelihood, extra, keys)) = best else { return Err(self.error(Discard::Nonsense)) };
        let mut cipher = keys.cipher();
        cipher.apply(sealed);
        let (inner, _) = inner::read(sealed);
        if self.rule.is_none() && likelihood == Likelihood::Certain && !changes_key(count) && self.lost {
            self.rule = Some(if extra == 0 { FlushRule::SameKey } else { FlushRule::NextKey });
        }
        (self.keys, self.cipher) = (keys, cipher);
        Ok(inner)
    }

    const fn error(&mut self, why: Discard) -> Discard {
        if self.errors.add() { Discard::Hopeless } else { why }
    }
}

impl Resets {
    fn next(&mut self, now: Duration) -> Option<u8> {
        if self.sent.is_some_and(|at| now < at.saturating_add(BETWEEN_RESETS)) {
            return None;
        }
        self.sent = Some(now);
        self.pending = self.pending.saturating_add(1);
        self.identifier = self.identifier.wrapping_add(1);
        Some(self.identifier)
    }
}

/// How many packets behind `last`, up to `count`, change the key.
fn boundaries(last: u16, count: u16) -> u16 {
    // Those up to a count are one for each that ends in ff; counts are taken as if they did not wrap.
    let end = last.saturating_add(distance(last, count));
    (end.saturating_add(1) >> 8).saturating_sub(last.saturating_add(1) >> 8)
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, mode, rule, last, missing, lost, .. } = self;
        f.debug_struct("Receiver")
            .field("keys", keys)
            .field("mode", mode)
            .field("rule", rule)
            .field("last", last)
            .field("missing", missing)
            .field("lost", lost)
            .finish_non_exhaustive()
    }
}
