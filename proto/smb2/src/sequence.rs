use core::fmt;

use crate::MessageId;

/// Connection.CommandSequenceWindow and the credits of a connection ([MS-SMB2] 3.3.1.1, 3.3.1.2, 3.3.5.2.3).
///
/// Every request but CANCEL is [`consume`](Self::consume)d when it arrives, and its charge is released by exactly one
/// [`grant`](Self::grant), when it is answered or, if it goes asynchronous, with the interim response. Credits the
/// client holds and charges not yet released together never pass the maximum, so that a client cannot make the server
/// hold more requests than that. Memory is fixed when the window is made: two bits for each credit of the maximum.
#[derive(Clone)]
pub struct SequenceWindow {
    /// Lowest number that has not been received, or `high`.
    low: u64,
    /// One above the highest number that has been granted.
    high: u64,
    /// Which numbers of `low..high` have been received: a ring of bits, indexed by the number's low bits.
    received: Box<[u64]>,
    /// Numbers of `low..high` that have not been received.
    available: u32,
    /// Charges consumed and not yet released.
    in_flight: u32,
    max_credits: u32,
}

/// Why a request's sequence numbers cannot be accepted. The connection ends ([MS-SMB2] 3.3.5.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SequenceError {
    /// A number was never granted.
    OutsideWindow,
    /// A number was used before.
    Received,
}

impl SequenceWindow {
    /// The most [`SequenceWindow::new`] takes.
    pub const UPPER_MAX_CREDITS: u16 = 8192;

    /// The window of a new connection, { 0 }. `max_credits` is brought into 1 to
    /// [`UPPER_MAX_CREDITS`](Self::UPPER_MAX_CREDITS).
    #[must_use]
    pub fn new(max_credits: u16) -> Self {
        let max_credits = max_credits.clamp(1, Self::UPPER_MAX_CREDITS);
        let bits = usize::from(max_credits).saturating_mul(2).next_power_of_two().max(64);
        let received = vec![0; bits / 64].into();
        Self { low: 0, high: 1, received, available: 1, in_flight: 0, max_credits: max_credits.into() }
    }

    /// Takes the numbers of a request that has arrived: `charge` consecutive ones from `message_id`. A `charge` of 0
    /// counts as 1; where Connection.SupportsMultiCredit is FALSE, pass 1. CANCEL is not to be passed at all.
    ///
    /// # Errors
    /// [`SequenceError`]; nothing was taken.
    pub fn consume(&mut self, message_id: MessageId, charge: u16) -> Result<(), SequenceError> {
        let charge = charge.max(1);
        let first = message_id.0;
        let Some(end) = first.checked_add(charge.into()).filter(|end| *end <= self.high) else {
            return Err(SequenceError::OutsideWindow);
        };
        if first < self.low || (first..end).any(|n| self.is_received(n)) {
            return Err(SequenceError::Received);
        }
        (first..end).for_each(|n| self.set_received(n, true));
        while self.low < self.high && self.is_received(self.low) {
            self.set_received(self.low, false);
            self.low = self.low.saturating_add(1);
        }
        self.available = self.available.saturating_sub(charge.into());
        self.in_flight = self.in_flight.saturating_add(charge.into());
        Ok(())
    }

    /// Releases the charge of a request that is being answered and grants credits with the answer: what the client
    /// requested as far as there is room, and at least 1 when it would have none left. The result is the answer's
    /// CreditResponse.
    ///
    /// Call it once for each consumed request; a final response behind an interim response grants 0.
    pub fn grant(&mut self, charge: u16, requested: u16) -> u16 {
        self.in_flight = self.in_flight.saturating_sub(charge.max(1).into());
        let wanted = if self.available == 0 { requested.max(1) } else { requested };
        let granted = u32::from(wanted).min(self.room());
        self.high = self.high.saturating_add(granted.into());
        self.available = self.available.saturating_add(granted);
        u16::try_from(granted).unwrap_or(wanted)
    }

    /// Credits the client holds.
    #[must_use]
    pub const fn available(&self) -> u32 {
        self.available
    }

    /// Charges of requests that have arrived and are not yet answered.
    #[must_use]
    pub const fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// How many credits may be granted now.
    fn room(&self) -> u32 {
        let held = self.available.saturating_add(self.in_flight);
        // A number that is held back makes the window wide with few credits in it; it stops growing at twice the
        // maximum, as that of Windows does ([MS-SMB2] <207>).
        let span = self.high.saturating_sub(self.low);
        let widest = u64::from(self.max_credits).saturating_mul(2);
        let wide = widest.saturating_sub(span).min(u64::MAX.saturating_sub(self.high));
        self.max_credits.saturating_sub(held).min(u32::try_from(wide).unwrap_or(u32::MAX))
    }

    fn is_received(&self, number: u64) -> bool {
        let (word, bit) = self.place(number);
        self.received.get(word).is_some_and(|w| w & bit != 0)
    }

    fn set_received(&mut self, number: u64, received: bool) {
        let (word, bit) = self.place(number);
        if let Some(w) = self.received.get_mut(word) {
            *w = if received { *w | bit } else { *w & !bit };
        }
    }

    /// The number's word in the ring, whose length is a power of two, and its bit in that word.
    fn place(&self, number: u64) -> (usize, u64) {
        let mask = self.received.len().saturating_sub(1);
        let word = usize::try_from((number / 64) & u64::from(u32::MAX)).unwrap_or(0) & mask;
        (word, 1u64.rotate_left(u32::try_from(number % 64).unwrap_or(0)))
    }
}

impl fmt::Debug for SequenceWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SequenceWindow")
            .field("low", &self.low)
            .field("high", &self.high)
            .field("available", &self.available)
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}

/// The CreditCharge of a request ([MS-SMB2] 3.1.5.2): 1 for each begun 64 KiB of `payload_len`, the larger of the bytes
/// sent and the bytes expected, and at least 1.
#[must_use]
pub const fn credit_charge(payload_len: u32) -> u16 {
    let [_, _, low, high] = payload_len.saturating_sub(1).to_le_bytes();
    u16::from_le_bytes([low, high]).saturating_add(1)
}

/// Whether a request's CreditCharge covers its payload ([MS-SMB2] 3.3.5.2.5), where Connection.SupportsMultiCredit is
/// TRUE. If not, the request fails with STATUS_INVALID_PARAMETER. A charge of 0 covers 64 KiB.
#[must_use]
pub const fn charge_covers(charge: u16, payload_len: u32) -> bool {
    let charge = if charge == 0 { 1 } else { charge };
    credit_charge(payload_len) <= charge
}

#[cfg(test)]
mod tests;
