//! How many requests of a client that signs are waited for.

/// Requests that are taken together.
pub(super) const MOST: usize = 8;

/// Between two waits in vain a client sends at least so many requests, while they go on being in vain up to the other number.
const LEAST_PRICE: u32 = 64;
const MOST_PRICE: u32 = 1024;
/// A wait in vain is nothing to learn from if it comes after so many times its price.
const LONG_AGO: u32 = 4;

/// How many requests of a client are waited for.
///
/// Whoever signs or verifies as slowly as we do never has two requests here at the same time, however many it keeps in flight. So it is given time to send
/// some, while it still has answers to look at: as long as it goes on sending while a batch is answered, the next is larger by one. When it sent nothing
/// meanwhile all it keeps in flight was here, and it had nothing to do: the next is half of that.
///
/// Who sends as many as it may and looks at all answers before it goes on lets the rest of them be waited for in vain. That has a price: so many requests are
/// answered before anything is waited for again, and twice as many each time that it follows soon. A client that goes on before it is answered was only slow.
#[derive(Debug, Default)]
pub(super) struct Pace {
    wanted: usize,
    price: u32,
    /// Requests since the last wait in vain.
    since: u32,
    /// Nothing came while this batch waited for more.
    gap: bool,
}

impl Pace {
    /// Whether another request is waited for where `count` are here.
    pub(super) const fn waits(&self, count: usize) -> bool {
        count < self.wanted && self.since >= self.price
    }

    /// Takes note of a wait in which nothing came.
    pub(super) fn note_gap(&mut self) {
        self.gap = true;
    }

    /// Takes note of a batch of `count` requests, and whether the client sent `more` before it got any answer to them.
    pub(super) fn note(&mut self, count: usize, more: bool) {
        self.wanted = if more { (count + 1).min(MOST) } else { count / 2 };
        self.since = self.since.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        if std::mem::take(&mut self.gap) && !more {
            let soon = self.since < LONG_AGO * self.price;
            self.price = if soon { (2 * self.price).min(MOST_PRICE) } else { LEAST_PRICE };
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
        // It had nothing more in flight than what it waits for answers to.
        for wanted in [4, 2, 1, 0, 0] {
            pace.note(pace.wanted.max(1), false);
            assert!(!pace.waits(wanted.max(1)));
        }
    }

    /// A client that has `window` requests in flight, and sends the next one for every answer it has looked at.
    #[test]
    fn a_client_that_goes_on_is_always_waited_for_and_never_has_nothing_to_do() {
        for window in 2..=50_usize {
            let (mut pace, mut idle) = (Pace::default(), 0);
            for _ in 0..1000 {
                let batch = (1..=window.min(MOST)).find(|n| !pace.waits(*n)).unwrap();
                let more = batch < window;
                idle += usize::from(!more);
                pace.note(batch, more);
            }
            assert!(idle <= if window > MOST { 0 } else { 1000 / window.div_ceil(2) }, "{window}: {idle}");
            assert!(window <= MOST || pace.waits(MOST - 1));
        }
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
