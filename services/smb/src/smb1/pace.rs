//! How many requests of a client that signs are waited for.

/// Requests that are taken together.
pub(super) const MOST: usize = 8;

/// Between two waits in vain a client sends at least so many requests, while they go on being in vain up to the other number. One that is known to have answers
/// left to look at meanwhile is only slow, and hardly harmed.
const LEAST_PRICE: u32 = 32;
const WIDE_PRICE: u32 = 128;
const MOST_PRICE: u32 = 256;
/// A wait in vain is nothing to learn from if it comes after so many times its price.
const LONG_AGO: u32 = 4;
/// For so many requests it is known how many of a client are too many.
const MEMORY: u32 = 64;

/// How many requests of a client are waited for.
///
/// Whoever signs or verifies as slowly as we do never has two requests here at the same time, however many it keeps in flight. So one that had is given time
/// to send some, while it still has answers to look at: as long as it goes on sending while a batch is answered, the next is larger by one. When it sent
/// nothing meanwhile all it keeps in flight was here, and it had nothing to do: no more than half of that is waited for from then on, unless it has shown that
/// it keeps more in flight than a batch takes.
///
/// Who sends several batches, looks at all answers and does the same again is waited for as long as the last two times say that more comes, since it is busy
/// with sending it. Where they differ the rest is waited for in vain. That has a price: so many requests are answered before anything is waited for again, and
/// twice as many each time that it follows soon. A client that goes on before it is answered was only slow.
#[derive(Debug, Default)]
pub(super) struct Pace {
    wanted: usize,
    /// The client had several in flight.
    several: bool,
    /// It had more in flight than a batch takes.
    wide: bool,
    /// What is not too many, for so many requests.
    limit: (usize, u32),
    price: u32,
    /// Requests since the last wait in vain.
    since: u32,
    /// Nothing came while this batch waited for more.
    gap: bool,
    /// Requests since the client had nothing to do.
    burst: usize,
    /// The same of the last time, as long as the time before was like it.
    usual: Option<usize>,
    last: usize,
}

impl Pace {
    /// Whether another request is waited for where `count` are here.
    pub(super) fn waits(&self, count: usize) -> bool {
        let usual = self.usual.filter(|usual| *usual > self.burst);
        // The first are fewer: the client has answers to look at by the time that it has sent all.
        let most = if self.burst == 0 { MOST / 2 } else { MOST };
        let wanted = usual.map_or(self.wanted, |usual| most.min(usual - self.burst));
        count < wanted && self.since >= self.price
    }

    /// Takes note of a wait in which nothing came.
    pub(super) fn note_gap(&mut self) {
        self.gap = true;
    }

    /// Takes note of a batch of `count` requests, and whether the client sent `more` before it got any answer to them.
    pub(super) fn note(&mut self, count: usize, more: bool) {
        let requests = u32::try_from(count).unwrap_or(u32::MAX);
        self.several |= more || count > 1;
        self.wide |= more && count == MOST;
        self.since = self.since.saturating_add(requests);
        self.burst += count;
        self.limit = match self.limit {
            _ if !more && count > 1 => (count / 2, MEMORY),
            (limit, left) if left > requests => (limit, left - requests),
            _ => (MOST, 0),
        };
        self.wanted = match () {
            () if self.wide => MOST,
            () if more => (count + 1).min(self.limit.0),
            () if self.several => self.limit.0.min(2),
            () => 0,
        };
        if !more {
            // Of fewer than these it may have had all in flight in every batch.
            let least = if self.wide { MOST } else { 2 * MOST };
            self.usual = Some(self.burst).filter(|burst| *burst == self.last && *burst > least);
            self.last = std::mem::take(&mut self.burst);
        }
        if std::mem::take(&mut self.gap) && !more {
            let most = if self.wide { WIDE_PRICE } else { MOST_PRICE };
            let soon = self.since < LONG_AGO * self.price;
            self.price = if soon { (2 * self.price).min(most) } else { LEAST_PRICE }.max(LEAST_PRICE);
            self.since = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_waited_for_as_long_as_the_client_goes_on_sending() {
        let mut pace = Pace::default();
        for wanted in [2, 3, 4, 5, 6, 7, 8, 8] {
            pace.note(pace.wanted.max(1), true);
            assert!(pace.waits(wanted - 1) && !pace.waits(wanted));
        }
        // It has more in flight than a batch takes, and is only slow at times.
        pace.note(3, false);
        assert!(pace.waits(7));
        // Then it stops, and begins with less.
        pace.note_gap();
        pace.note(3, false);
        assert!(!pace.waits(1));
        let mut pace = Pace::default();
        pace.note(7, true);
        // It had nothing more in flight than what it waits for answers to.
        for wanted in [4, 2, 1, 0, 0] {
            pace.note(pace.wanted.max(1), false);
            assert!(!pace.waits(wanted.max(1)));
        }
    }

    /// A client that has `window` requests in flight, and sends the next one for every answer it has looked at.
    #[test]
    fn a_client_that_goes_on_is_waited_for_and_hardly_ever_has_nothing_to_do() {
        for window in 2..=50_usize {
            let (mut pace, mut idle) = (Pace::default(), 0);
            for _ in 0..1000 {
                let batch = (1..=window.min(MOST)).find(|n| !pace.waits(*n)).unwrap_or_else(|| {
                    pace.note_gap();
                    window
                });
                let more = batch < window;
                idle += usize::from(!more);
                pace.note(batch, more);
            }
            assert!(
                idle <= if window > MOST { 0 } else { 1000 / window.div_ceil(2) + 50 },
                "{window}: {idle}"
            );
            assert!(window <= MOST || pace.waits(MOST - 1));
        }
    }

    /// A client that sends `burst` requests, each while the one before is answered, and nothing more until it has all answers.
    #[test]
    fn a_client_that_sends_in_bursts_is_waited_for_as_long_as_more_comes() {
        let mut pace = Pace::default();
        for round in 0..100 {
            let (mut left, mut batches) = (20_usize, Vec::new());
            while left > 0 {
                let batch = (1..=left.min(MOST)).find(|n| !pace.waits(*n)).unwrap_or_else(|| {
                    pace.note_gap();
                    left.min(MOST)
                });
                left -= batch;
                batches.push(batch);
                pace.note(batch, left > 0);
            }
            assert!(round < 20 || batches == [4, 8, 8], "{round}: {batches:?}");
        }
        // Another time it has fewer: that is found out once.
        pace.note(4, true);
        assert!(pace.waits(7));
        pace.note_gap();
        pace.note(7, false);
        assert!(!pace.waits(1));
    }

    /// A client that sends `burst` requests and nothing more until it has all answers.
    #[test]
    fn a_client_that_sends_in_bursts_is_hardly_ever_waited_for_in_vain() {
        for burst in 1..=64_usize {
            let (mut pace, mut vain, mut requests) = (Pace::default(), 0_u32, 0);
            while requests < 100_000 {
                let mut left = burst;
                while left > 0 {
                    let here = left.min(MOST);
                    if here == left && pace.waits(here) {
                        vain += 1;
                        pace.note_gap();
                    }
                    left -= here;
                    requests += here;
                    pace.note(here, left > 0);
                }
            }
            assert!(vain <= 120, "{burst}: {vain} of {requests}");
        }
    }
}
