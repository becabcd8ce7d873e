use crate::Header;
use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The MAC key of a connection ([MS-CIFS] 3.1.4.1): the session key of its first user, and for NTLM the response to the challenge.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<Vec<u8>>);

impl core::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SigningKey")
    }
}

/// What signed messages are counted with ([MS-CIFS] 3.2.4.1.5): a request takes one, its answer the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SequenceNumber(pub u32);

impl SequenceNumber {
    /// The answer's, where this is the request's.
    #[must_use]
    pub const fn answer(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// The next request's, where this one is answered or not.
    #[must_use]
    pub const fn next(self, answered: bool) -> Self {
        Self(self.0.wrapping_add(if answered { 2 } else { 1 }))
    }
}

/// The low byte of Flags2, and its SMB_FLAGS2_SMB_SECURITY_SIGNATURE.
const FLAGS2: usize = 10;
const SIGNED: u8 = 0x04;

impl SigningKey {
    /// A key of a session key and the response that proved it; that is empty where the proof was SPNEGO's.
    #[must_use]
    pub fn new(session_key: &[u8], response: &[u8]) -> Self {
        Self(Zeroizing::new([session_key, response].concat()))
    }

    /// Signs a message, which begins with its header. One that is shorter than a header stays as it is.
    pub fn sign(&self, message: &mut [u8], sequence: SequenceNumber) {
        if let Some(flags) = message.get_mut(FLAGS2) {
            *flags |= SIGNED;
        }
        let mac = self.mac(message, sequence);
        if let Some(place) = message.get_mut(Header::SIGNATURE) {
            place.copy_from_slice(&mac);
        }
    }

    /// Whether a message carries the signature of `sequence`.
    #[must_use]
    pub fn verify(&self, message: &[u8], sequence: SequenceNumber) -> bool {
        let Some(signature) = message.get(Header::SIGNATURE) else { return false };
        signature.ct_eq(&self.mac(message, sequence)).into()
    }

    /// [MS-CIFS] 3.1.4.1: the first half of MD5 over key and message, in which the sequence number stands in the place of the signature.
    fn mac(&self, message: &[u8], sequence: SequenceNumber) -> [u8; 8] {
        let (before, behind) = (message.get(..Header::SIGNATURE.start), message.get(Header::SIGNATURE.end..));
        let mut md5 = Md5::new();
        md5.update(&*self.0);
        md5.update(before.unwrap_or_default());
        md5.update(sequence.0.to_le_bytes());
        md5.update([0; 4]);
        md5.update(behind.unwrap_or_default());
        let digest: [u8; 16] = md5.finalize().into();
        digest.first_chunk().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_mac_is_md5_of_key_sequence_and_message() {
        let key = SigningKey::new(&[7; 16], &[9; 24]);
        let mut message = [0x55; 40];
        key.sign(&mut message, SequenceNumber(4));
        let mut signed = [0x55; 40];
        signed[10] |= 4;
        signed[14..22].copy_from_slice(&[4, 0, 0, 0, 0, 0, 0, 0]);
        let whole = [&[7; 16][..], &[9; 24], &signed].concat();
        assert_eq!(message[14..22], Md5::digest(&whole)[..8]);
        assert!(key.verify(&message, SequenceNumber(4)));
        assert!(!key.verify(&message, SequenceNumber(5)) && !key.verify(&message[..20], SequenceNumber(4)));
        assert!(!SigningKey::new(&[7; 16], &[]).verify(&message, SequenceNumber(4)));
    }

    #[test]
    fn requests_and_answers_take_turns() {
        let request = SequenceNumber(2);
        assert_eq!(
            (request.answer(), request.next(true), request.next(false)),
            (SequenceNumber(3), SequenceNumber(4), SequenceNumber(3))
        );
    }

    proptest! {
        #[test]
        fn no_byte_can_be_changed(message in proptest::collection::vec(any::<u8>(), 32..200), at: usize, bit in 0u8..8) {
            let key = SigningKey::new(&[1; 16], &[2; 24]);
            let mut message = message;
            key.sign(&mut message, SequenceNumber(0));
            let at = at % message.len();
            message[at] ^= 1 << bit;
            prop_assert!(!key.verify(&message, SequenceNumber(0)));
        }
    }
}
