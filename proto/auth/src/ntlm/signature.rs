use core::ops::Range;

use rc4::{Rc4, StreamCipher};
use subtle::ConstantTimeEq;

use super::crypto::{crc32, hmac_md5, rc4_stream};
use super::{NegotiateFlags, keys};
use crate::SessionKey;

/// Which end a message comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The initiator.
    Client,
    /// The acceptor.
    Server,
}

/// [MS-NLMP] 3.4: signatures and seals of the messages one side sends, in order from sequence number 0.
pub struct MessageSecurity {
    flags: NegotiateFlags,
    signing_key: Option<SessionKey>,
    handle: Rc4,
    sequence: u32,
}

impl core::fmt::Debug for MessageSecurity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MessageSecurity").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

impl MessageSecurity {
    /// For the messages of `from`. A new one has the RC4 state and the sequence number both the mechListMIC and the first message
    /// of an application start from ([MS-SPNG] 3.2.5.1).
    #[must_use]
    pub fn new(flags: NegotiateFlags, key: &SessionKey, from: Side) -> Self {
        let handle = rc4_stream(&keys::seal_key(flags, key, from));
        Self {
            flags,
            signing_key: keys::sign_key(flags, key, from).map(SessionKey::new),
            handle,
            sequence: 0,
        }
    }

    /// The same at another sequence number.
    #[must_use]
    pub fn at(mut self, sequence: u32) -> Self {
        self.sequence = sequence;
        self
    }

    /// [MS-NLMP] 3.4.8 GSS_GetMICEx: NTLMSSP_MESSAGE_SIGNATURE of a message.
    pub fn sign(&mut self, message: &[u8]) -> [u8; 16] {
        let sequence = self.sequence;
        if !self.flags.intersects(NegotiateFlags::SIGN | NegotiateFlags::SEAL) {
            // 3.4.4.3: no integrity was negotiated, so none is claimed.
            return assemble([0; 4], [0; 4], 0);
        }
        self.sequence = sequence.wrapping_add(1);
        let Some(key) = self.signing_key.clone() else { return self.sign_crc(message, sequence) };
        let [a, b, c, d, e, f, g, h, ..] = hmac_md5(key.expose(), &[&sequence.to_le_bytes(), message]);
        let mut checksum = [a, b, c, d, e, f, g, h];
        if self.flags.contains(NegotiateFlags::KEY_EXCH) {
            self.handle.apply_keystream(&mut checksum);
        }
        let [a, b, c, d, e, f, g, h] = checksum;
        assemble([a, b, c, d], [e, f, g, h], sequence)
    }

    /// Whether `signature` is that of the peer's next message.
    #[must_use]
    pub fn verify(&mut self, message: &[u8], signature: &[u8]) -> bool {
        let expected = self.sign(message);
        // Without extended session security bytes 4 to 8 are a pad that some peers leave encrypted and some set to zero.
        let from = if self.signing_key.is_some() { 0 } else { 8 };
        let (expected, got) = (expected.get(from..).unwrap_or(&expected), signature.get(from..));
        signature.len() == 16 && got.is_some_and(|got| expected.ct_eq(got).into())
    }

    /// [MS-NLMP] 3.4.3 SEAL: encrypts in place and returns the signature.
    pub fn seal(&mut self, message: &mut [u8]) -> [u8; 16] {
        let whole = 0..message.len();
        self.seal_part(message, whole)
    }

    /// [MS-NLMP] 3.4.6 GSS_WrapEx of a message of which only a part is encrypted, in place; the signature is that of all of it.
    /// A part that does not lie within the message is none.
    pub fn seal_part(&mut self, message: &mut [u8], part: Range<usize>) -> [u8; 16] {
        let plain = message.to_vec();
        self.handle.apply_keystream(message.get_mut(part).unwrap_or_default());
        self.sign(&plain)
    }

    /// The reverse of [`MessageSecurity::seal`]: decrypts in place and says whether the signature is right.
    #[must_use]
    pub fn unseal(&mut self, message: &mut [u8], signature: &[u8]) -> bool {
        let whole = 0..message.len();
        self.unseal_part(message, whole, signature)
    }

    /// The reverse of [`MessageSecurity::seal_part`].
    #[must_use]
    pub fn unseal_part(&mut self, message: &mut [u8], part: Range<usize>, signature: &[u8]) -> bool {
        self.handle.apply_keystream(message.get_mut(part).unwrap_or_default());
        self.verify(message, signature)
    }

    /// 3.4.4.1 Without Extended Session Security, RandomPad 0 on the wire as Windows has it.
    fn sign_crc(&mut self, message: &[u8], sequence: u32) -> [u8; 16] {
        let (mut pad, mut crc, mut number) = ([0; 4], crc32(message).to_le_bytes(), [0; 4]);
        self.handle.apply_keystream(&mut pad);
        self.handle.apply_keystream(&mut crc);
        self.handle.apply_keystream(&mut number);
        assemble([0; 4], crc, u32::from_le_bytes(number) ^ sequence)
    }
}

fn assemble(a: [u8; 4], b: [u8; 4], sequence: u32) -> [u8; 16] {
    let number = u128::from(sequence) << 96;
    let words = u128::from(u32::from_le_bytes(b)) << 64 | u128::from(u32::from_le_bytes(a)) << 32;
    (number | words | 1).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ntlm::testing::hex;
    use lanward_wire::utf16le_bytes;

    fn sealed(flags: u32, key: [u8; 16]) -> (Vec<u8>, Vec<u8>) {
        let flags = NegotiateFlags::from_bits_retain(flags);
        let mut message = utf16le_bytes("Plaintext");
        let signature = MessageSecurity::new(flags, &SessionKey::new(key), Side::Client).seal(&mut message);
        let mut peer = MessageSecurity::new(flags, &SessionKey::new(key), Side::Client);
        let mut open = message.clone();
        assert!(peer.unseal(&mut open, &signature));
        assert_eq!(open, utf16le_bytes("Plaintext"));
        (message, signature.to_vec())
    }

    #[test]
    fn ms_nlmp_4_2_2_4_without_extended_session_security() {
        let (message, signature) = sealed(0xe202_8233, [0x55; 16]);
        assert_eq!(message, hex("56fe04d861f9319af0d7238a2e3b4d457fb8"));
        // The example shows the encrypted pad; 3.4.4.1 ends with setting it to zero.
        assert_eq!(signature, hex("010000000000000009dcd1df2e459d36"));
    }

    #[test]
    fn ms_nlmp_4_2_3_4_without_key_exchange() {
        let key = hex("eb93429a8bd952f8b89c55b87f475edc").try_into().unwrap();
        let (message, signature) = sealed(0x820a_8233, key);
        assert_eq!(message, hex("a02372f6530273f3aa1eb90190ce5200c99d"));
        assert_eq!(signature, hex("01000000ff2aeb52f681793a00000000"));
    }

    #[test]
    fn ms_nlmp_4_2_4_4_with_key_exchange() {
        let (message, signature) = sealed(0xe28a_8233, [0x55; 16]);
        assert_eq!(message, hex("54e50165bf1936dc996020c1811b0f06fb5f"));
        assert_eq!(signature, hex("010000007fb38ec5c55d497600000000"));
    }

    #[test]
    fn sequence_and_tampering() {
        let flags = NegotiateFlags::from_bits_retain(0xe28a_8233);
        let key = SessionKey::new([7; 16]);
        let (mut a, mut b) = (
            MessageSecurity::new(flags, &key, Side::Server),
            MessageSecurity::new(flags, &key, Side::Server),
        );
        for message in [&b"one"[..], b"two"] {
            let signature = a.sign(message);
            assert!(b.verify(message, &signature));
        }
        let signature = a.sign(b"three");
        assert!(!b.verify(b"threE", &signature));
        assert!(!MessageSecurity::new(flags, &key, Side::Client).verify(b"three", &signature));
        let mut none = MessageSecurity::new(NegotiateFlags::ALWAYS_SIGN, &key, Side::Client);
        assert_eq!(none.sign(b"x").to_vec(), hex("01000000000000000000000000000000"));
    }
}
