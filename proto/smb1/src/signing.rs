use crate::Header;
use crate::lanes::BLOCK;
use crate::side_by_side::{Stream, WideMd5, run};
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

/// From so many bytes on it pays to compute MACs side by side.
const LONG: usize = 1024;

/// MAC of a message: what its header carries.
pub type Mac = [u8; 8];

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

    /// Signs several messages, long ones side by side: that costs a part of it.
    pub fn sign_all(&self, messages: &mut [(&mut [u8], SequenceNumber)], wide: Option<WideMd5<'_>>) {
        for (message, _) in &mut *messages {
            if let Some(flags) = message.get_mut(FLAGS2) {
                *flags |= SIGNED;
            }
        }
        let whole: Vec<(&[u8], SequenceNumber)> =
            messages.iter().map(|(message, sequence)| (&**message, *sequence)).collect();
        let macs = self.macs(&whole, wide);
        for ((message, _), mac) in messages.iter_mut().zip(macs) {
            if let Some(place) = message.get_mut(Header::SIGNATURE) {
                place.copy_from_slice(&mac);
            }
        }
    }

    /// The MACs that messages must carry with these numbers, long ones computed side by side, eight at a time by `wide` or else by less.
    #[must_use]
    pub fn macs(&self, messages: &[(&[u8], SequenceNumber)], wide: Option<WideMd5<'_>>) -> Vec<Mac> {
        let mut macs = vec![Mac::default(); messages.len()];
        let (long, short): (Vec<_>, Vec<_>) =
            macs.iter_mut().zip(messages).partition(|(_, (message, _))| message.len() >= LONG);
        let (places, long): (Vec<_>, Vec<_>) =
            long.into_iter().map(|(place, (message, n))| (place, self.spans(message, *n))).unzip();
        let mut streams: Vec<Stream<'_>> = long.iter().map(Spans::stream).collect();
        run(&mut streams, wide);
        for (place, stream) in places.into_iter().zip(&streams) {
            *place = mac_of(stream.digest());
        }
        for (place, (message, sequence)) in short {
            *place = self.mac(message, *sequence);
        }
        macs
    }

    /// Whether a message carries a MAC.
    #[must_use]
    pub fn carries(message: &[u8], mac: &Mac) -> bool {
        message.get(Header::SIGNATURE).is_some_and(|signature| signature.ct_eq(mac).into())
    }

    /// What MD5 goes over, in blocks: those with the key and the beginning of the message, those that lie in the message, and the last.
    fn spans<'a>(&self, message: &'a [u8], sequence: SequenceNumber) -> Spans<'a> {
        let (before, behind) = message.split_at_checked(Header::SIGNATURE.end).unwrap_or((message, &[]));
        let mut first = Zeroizing::new(Vec::with_capacity(self.0.len().saturating_add(2 * BLOCK)));
        first.extend_from_slice(&self.0);
        first.extend_from_slice(before.get(..Header::SIGNATURE.start).unwrap_or(before));
        first.extend_from_slice(&sequence.0.to_le_bytes());
        first.extend_from_slice(&[0; 4]);
        let missing = first.len().next_multiple_of(BLOCK).saturating_sub(first.len());
        let (some, rest) = behind.split_at_checked(missing).unwrap_or((behind, &[]));
        first.extend_from_slice(some);
        let (middle, rest) = rest.as_chunks();
        let bytes = first.len().saturating_add(middle.as_flattened().len()).saturating_add(rest.len());
        let mut last = [rest, &[0x80]].concat();
        last.resize(last.len().saturating_add(8).next_multiple_of(BLOCK).saturating_sub(8), 0);
        let bits = u64::try_from(bytes).unwrap_or(u64::MAX).wrapping_mul(8);
        last.extend_from_slice(&bits.to_le_bytes());
        Spans { first, middle, last }
    }

    /// [MS-CIFS] 3.1.4.1: the first half of MD5 over key and message, in which the sequence number stands in the place of the signature.
    fn mac(&self, message: &[u8], sequence: SequenceNumber) -> Mac {
        if message.len() >= LONG {
            let spans = self.spans(message, sequence);
            let mut streams = [spans.stream()];
            run(&mut streams, None);
            let [stream] = streams;
            return mac_of(stream.digest());
        }
        let (before, behind) = (message.get(..Header::SIGNATURE.start), message.get(Header::SIGNATURE.end..));
        let mut md5 = Md5::new();
        md5.update(&*self.0);
        md5.update(before.unwrap_or_default());
        md5.update(sequence.0.to_le_bytes());
        md5.update([0; 4]);
        md5.update(behind.unwrap_or_default());
        mac_of(md5.finalize().into())
    }
}

/// The first half of a digest.
const fn mac_of(digest: [u8; 16]) -> Mac {
    let [a, b, c, d, e, f, g, h, ..] = digest;
    [a, b, c, d, e, f, g, h]
}

/// Whole blocks of a message with its key.
struct Spans<'a> {
    first: Zeroizing<Vec<u8>>,
    middle: &'a [[u8; BLOCK]],
    last: Vec<u8>,
}

impl Spans<'_> {
    fn stream(&self) -> Stream<'_> {
        Stream::new([self.first.as_chunks().0, self.middle, self.last.as_chunks().0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side_by_side::plain_md5;
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

    #[test]
    fn messages_side_by_side_have_the_same_macs() {
        let lengths = [22, 32, 40, 1024, 1025, 61_500, 61_500, 1087, 1088, 70_000, 61_500, 2000, 1100];
        for response in [0, 18, 24, 42, 43, 300] {
            let key = SigningKey::new(&[3; 16], &vec![5; response]);
            let messages: Vec<Vec<u8>> =
                lengths.iter().map(|n| (0..*n).map(|i| (i * 7 + n) as u8).collect()).collect();
            let numbered: Vec<_> =
                messages.iter().zip(4..).map(|(m, n)| (m.as_slice(), SequenceNumber(n))).collect();
            let alone: Vec<Mac> = numbered
                .iter()
                .map(|(m, n)| {
                    let mut whole = [&*key.0, *m].concat();
                    let from = key.0.len();
                    whole[from + 14..from + 22].copy_from_slice(&u64::from(n.0).to_le_bytes());
                    *Md5::digest(&whole).first_chunk().unwrap()
                })
                .collect();
            assert!(numbered.iter().zip(&alone).all(|((m, n), mac)| key.mac(m, *n) == *mac));
            let ways: [Option<WideMd5<'_>>; 2] = [None, Some(&plain_md5)];
            for wide in ways {
                assert_eq!(key.macs(&numbered, wide), alone);
                for some in 0..=5 {
                    assert_eq!(key.macs(&numbered[5..5 + some], wide), alone[5..5 + some]);
                }
            }
            let mut signed = messages.clone();
            let mut places: Vec<_> =
                signed.iter_mut().zip(4..).map(|(m, n)| (m.as_mut_slice(), SequenceNumber(n))).collect();
            key.sign_all(&mut places, Some(&plain_md5));
            for ((mut message, n), signed) in messages.into_iter().zip(4..).zip(&signed) {
                key.sign(&mut message, SequenceNumber(n));
                assert_eq!(&message, signed);
            }
        }
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
