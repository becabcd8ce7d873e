use core::sync::atomic::{AtomicU64, Ordering};

use super::Cipher;

/// The nonces of one encryption key: a counter, so that none ever comes twice. All channels of a session seal with the
/// same key and therefore share one sequence; taking a nonce needs no lock.
#[derive(Debug)]
pub struct NonceSequence {
    issued: AtomicU64,
    start: u64,
    fixed: [u8; 4],
}

/// A nonce that has not been used. It can be neither copied nor made by hand: sealing with it consumes it.
#[derive(Debug, PartialEq, Eq)]
pub struct SealingNonce([u8; 12]);

/// 2^64 - 1 messages have been sealed; the session needs a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoncesExhausted;

impl NonceSequence {
    /// A new sequence for a new key. `random` is where the counter starts (8 bytes) and what stands beside it.
    #[must_use]
    pub const fn new(random: [u8; 12]) -> Self {
        let [c0, c1, c2, c3, c4, c5, c6, c7, fixed @ ..] = random;
        let start = u64::from_le_bytes([c0, c1, c2, c3, c4, c5, c6, c7]);
        Self { issued: AtomicU64::new(0), start, fixed }
    }

    /// The next nonce.
    ///
    /// # Errors
    /// All have been given out. The sequence stays so.
    pub fn next(&self) -> Result<SealingNonce, NoncesExhausted> {
        // Only uniqueness matters, not what other memory the caller sees.
        let issued = self
            .issued
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_add(1))
            .map_err(|_| NoncesExhausted)?;
        let [c0, c1, c2, c3, c4, c5, c6, c7] = self.start.wrapping_add(issued).to_le_bytes();
        let [f0, f1, f2, f3] = self.fixed;
        Ok(SealingNonce([c0, c1, c2, c3, c4, c5, c6, c7, f0, f1, f2, f3]))
    }
}

impl SealingNonce {
    /// The Nonce field: the counter comes first so that the 11 bytes of CCM hold all of it.
    pub(super) fn field(self, cipher: Cipher) -> [u8; 16] {
        let mut field = [0; 16];
        field.iter_mut().zip(self.0).take(cipher.nonce_len()).for_each(|(into, from)| *into = from);
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_nonce_twice_across_the_wrap() {
        let sequence = NonceSequence::new([0xff; 12]);
        let fields: HashSet<_> =
            (0..1000).map(|_| sequence.next().unwrap().field(Cipher::Aes128Ccm)).collect();
        assert_eq!(fields.len(), 1000);
    }

    #[test]
    fn ends_and_stays_ended() {
        let sequence = NonceSequence { issued: AtomicU64::new(u64::MAX - 1), start: 5, fixed: [0; 4] };
        assert!(sequence.next().is_ok());
        assert_eq!(sequence.next(), Err(NoncesExhausted));
        assert_eq!(sequence.next(), Err(NoncesExhausted));
    }

    #[test]
    fn the_rest_of_the_field_is_zero() {
        let field = |cipher| NonceSequence::new([7; 12]).next().unwrap().field(cipher);
        assert_eq!(field(Cipher::Aes256Ccm), [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 0, 0]);
        assert_eq!(field(Cipher::Aes256Gcm), [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 0]);
    }
}
