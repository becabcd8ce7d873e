use core::time::Duration;
use std::collections::VecDeque;

use super::GreDrop;

/// Puts packets into the order of their numbers, for as long as it may wait for one that is missing ([RFC 2637] 4.3, [MS-PTPT] 3.1.5.8).
/// Nothing is ever delivered twice or out of order.
#[derive(Debug)]
pub struct Receiver {
    /// The last number that was delivered, or given up.
    last: Option<u32>,
    /// When a number was last believed.
    believed: Duration,
    /// What waits for those before it, in order.
    held: VecDeque<Held>,
    held_octets: usize,
    /// How long a packet waits. Zero: what comes late is gone.
    patience: Duration,
    /// Numbers too far ahead, that follow one another.
    far: Option<Far>,
    lost: u64,
}

#[derive(Debug)]
struct Held {
    sequence: u32,
    until: Duration,
    payload: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Far {
    last: u32,
    count: u8,
}

/// What becomes of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It is the next one, behind so many that are lost. Others may be due behind it.
    Deliver {
        /// Packets that are not coming any more.
        lost: u32,
    },
    /// It is kept until those before it come, or do not.
    Held,
    /// It is not for anybody.
    Dropped(GreDrop),
}

impl Receiver {
    /// The most packets that wait.
    pub const MAX_HELD: usize = 32;
    /// The most octets that wait.
    pub const MAX_HELD_OCTETS: usize = 32 * 1500;
    /// The farthest a number may be ahead of the last.
    pub const MAX_JUMP: u32 = 1024;
    /// First numbers are small: 0 and 1 are what peers begin with.
    const MAX_FIRST: u32 = 1 << 16;
    /// So many numbers that follow one another, all too far ahead, are the sender's after all,
    const FAR_COUNT: u8 = 16;
    /// when no other has come for so long.
    const FAR_SILENCE: Duration = Duration::from_secs(1);
    /// How far apart these may be.
    const FAR_STEP: u32 = 32;

    /// Nothing has come yet, and nothing is waited for: see [`Receiver::set_patience`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            last: None,
            believed: Duration::ZERO,
            held: VecDeque::new(),
            held_octets: 0,
            patience: Duration::ZERO,
            far: None,
            lost: 0,
        }
    }

    /// How long a packet that came too early waits for those before it.
    pub const fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// The highest number up to which everything has come or is lost: what is acknowledged.
    #[must_use]
    pub const fn acknowledgement(&self) -> Option<u32> {
        self.last
    }

    /// Packets that did not come.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes a packet. Ask [`Receiver::next_due`] behind it.
    pub fn arrive(&mut self, sequence: u32, payload: &[u8], now: Duration) -> Arrival {
        let Some(last) = self.last else {
            if sequence >= Self::MAX_FIRST {
                return Arrival::Dropped(GreDrop::FarAhead);
            }
            return self.deliver(sequence, 0, now);
        };
        // Serial numbers: half of all are behind, and long gone.
        let ahead = match sequence.wrapping_sub(last) {
            0 | 0x8000_0000.. => return Arrival::Dropped(GreDrop::Duplicate),
            ahead => ahead,
        };
        if ahead > Self::MAX_JUMP {
            return self.arrive_from_afar(sequence, ahead, now);
        }
        let missing = ahead.saturating_sub(1);
        if missing == 0 || (self.patience.is_zero() && self.held.is_empty()) {
            return self.deliver(sequence, missing, now);
        }
        self.hold(sequence, ahead, payload, now)
    }

    /// The next packet whose turn has come, with the number of those lost before it.
    pub fn next_due(&mut self, now: Duration) -> Option<(Vec<u8>, u32)> {
        let first = self.held.front()?;
        let missing = self.last.map_or(0, |last| first.sequence.wrapping_sub(last).saturating_sub(1));
        let full = self.held.len() > Self::MAX_HELD || self.held_octets > Self::MAX_HELD_OCTETS;
        if missing != 0 && first.until > now && !full {
            return None;
        }
        let Held { sequence, payload, .. } = self.held.pop_front()?;
        self.held_octets = self.held_octets.saturating_sub(payload.len());
        self.deliver(sequence, missing, now);
        Some((payload, missing))
    }

    /// When [`Receiver::next_due`] has something without another packet.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.held.front().map(|first| first.until)
    }

    fn deliver(&mut self, sequence: u32, lost: u32, now: Duration) -> Arrival {
        self.last = Some(sequence);
        self.believed = now;
        self.far = None;
        self.lost = self.lost.saturating_add(lost.into());
        Arrival::Deliver { lost }
    }

    fn hold(&mut self, sequence: u32, ahead: u32, payload: &[u8], now: Duration) -> Arrival {
        let distance = |held: &Held| held.sequence.wrapping_sub(sequence.wrapping_sub(ahead));
        let Err(place) = self.held.binary_search_by_key(&ahead, distance) else {
            return Arrival::Dropped(GreDrop::Duplicate);
        };
        self.believed = now;
        // No packet waits longer than those behind it: what came later and belongs before it is not waited for again.
        let behind = self.held.get(place).map(|held| held.until);
        let until = now.saturating_add(self.patience);
        let until = behind.map_or(until, |behind| behind.min(until));
        self.held_octets = self.held_octets.saturating_add(payload.len());
        self.held.insert(place, Held { sequence, until, payload: payload.to_vec() });
        Arrival::Held
    }

    /// One such number is noise or a lie, and must not make all others late; many in a row are a sender that was away.
    fn arrive_from_afar(&mut self, sequence: u32, ahead: u32, now: Duration) -> Arrival {
        let follows = self.far.filter(|far| (1..=Self::FAR_STEP).contains(&sequence.wrapping_sub(far.last)));
        let count = follows.map_or(1, |far| far.count.saturating_add(1));
        self.far = Some(Far { last: sequence, count });
        if count < Self::FAR_COUNT || now.saturating_sub(self.believed) < Self::FAR_SILENCE {
            return Arrival::Dropped(GreDrop::FarAhead);
        }
        let held = u32::try_from(self.held.len()).unwrap_or(0);
        self.held.clear();
        self.held_octets = 0;
        self.deliver(sequence, ahead.saturating_sub(1), now);
        self.lost = self.lost.saturating_add(held.into());
        Arrival::Deliver { lost: ahead.saturating_sub(1) }
    }
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}
