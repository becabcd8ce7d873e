//! How passwords and their hashes go over the wire in [MS-SAMR] and secrets in [MS-LSAD]: RC4, MD5 and DES, as those protocols have it.

use crate::NtHash;
use crate::ntlm::crypto;
use rc4::StreamCipher as _;
use zeroize::Zeroizing;

/// RC4 of `data` in place ([MS-SAMR] 3.2.2.1): the same both ways.
pub fn rc4(key: &[u8; 16], data: &mut [u8]) {
    crypto::rc4_stream(key).apply_keystream(data);
}

/// MD5 over a salt and a key, which is the key of buffers with a salt ([MS-SAMR] 3.2.2.2).
#[must_use]
pub fn salted_key(salt: &[u8; 16], key: &[u8; 16]) -> Zeroizing<[u8; 16]> {
    Zeroizing::new(crypto::md5(&[salt, key]))
}

/// [MS-SAMR] 2.2.11.1.1: a hash under the first 14 bytes of a key.
#[must_use]
pub fn encrypt_hash(hash: &[u8; 16], key: &[u8; 16]) -> [u8; 16] {
    halves(hash, key, crypto::des)
}

/// The hash that [`encrypt_hash`] was given.
#[must_use]
pub fn decrypt_hash(encrypted: &[u8; 16], key: &[u8; 16]) -> NtHash {
    NtHash::new(halves(encrypted, key, crypto::des_back))
}

fn halves(data: &[u8; 16], key: &[u8; 16], des: fn([u8; 7], [u8; 8]) -> [u8; 8]) -> [u8; 16] {
    let [d0, d1, d2, d3, d4, d5, d6, d7, rest @ ..] = *data;
    let [k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, ..] = *key;
    let first = des([k0, k1, k2, k3, k4, k5, k6], [d0, d1, d2, d3, d4, d5, d6, d7]);
    let second = des([k7, k8, k9, k10, k11, k12, k13], rest);
    let mut out = [0; 16];
    out.iter_mut().zip(first.into_iter().chain(second)).for_each(|(to, from)| *to = from);
    out
}

/// [MS-LSAD] 5.1.2 encrypt_secret: its length, a version and the bytes, under a key that moves on with each block.
#[must_use]
pub fn encrypt_secret(secret: &[u8], key: &[u8; 16]) -> Vec<u8> {
    let length = u32::try_from(secret.len()).unwrap_or(u32::MAX);
    let header = [length.to_le_bytes(), SECRET_VERSION.to_le_bytes()].concat();
    let mut keys = SecretKeys { key, at: 0 };
    let blocks = header.chunks(8).chain(secret.chunks(8));
    blocks.flat_map(|bytes| crypto::des(keys.next_key(), block(bytes))).collect()
}

/// [MS-LSAD] 5.1.2 decrypt_secret; `None` if that makes no sense.
#[must_use]
pub fn decrypt_secret(encrypted: &[u8], key: &[u8; 16]) -> Option<Zeroizing<Vec<u8>>> {
    if !encrypted.len().is_multiple_of(8) {
        return None;
    }
    let mut keys = SecretKeys { key, at: 0 };
    let clear = encrypted.chunks(8).flat_map(|bytes| crypto::des_back(keys.next_key(), block(bytes)));
    let clear = Zeroizing::new(clear.collect::<Vec<u8>>());
    let (header, bytes) = clear.split_at_checked(8)?;
    let (length, version) = header.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if version != SECRET_VERSION.to_le_bytes() {
        return None;
    }
    Some(Zeroizing::new(bytes.get(..length)?.to_vec()))
}

const SECRET_VERSION: u32 = 1;

/// A block, filled up with zeros.
fn block(bytes: &[u8]) -> [u8; 8] {
    let mut block = [0; 8];
    block.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    block
}

/// The keys of one block after the other ([MS-LSAD] 5.1.2 AdvanceKey).
struct SecretKeys<'k> {
    key: &'k [u8; 16],
    at: usize,
}

impl SecretKeys<'_> {
    fn next_key(&mut self) -> [u8; 7] {
        const LENGTH: usize = 7;
        let mut key = [0; LENGTH];
        key.iter_mut().zip(self.key.iter().skip(self.at)).for_each(|(to, from)| *to = *from);
        let next = self.at.saturating_add(LENGTH);
        let overrun = next.saturating_add(LENGTH).saturating_sub(self.key.len());
        self.at = if overrun > 0 { LENGTH.saturating_sub(overrun) } else { next };
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ntlm::testing::hex;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hashes_and_secrets_there_and_back(
            hash: [u8; 16],
            key: [u8; 16],
            secret in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            prop_assert_eq!(decrypt_hash(&encrypt_hash(&hash, &key), &key), NtHash::new(hash));
            let encrypted = encrypt_secret(&secret, &key);
            prop_assert_eq!(encrypted.len(), 8 + secret.len().next_multiple_of(8));
            prop_assert_eq!(decrypt_secret(&encrypted, &key).map(|s| s.to_vec()), Some(secret));
        }

        #[test]
        fn noise_is_no_secret(bytes in proptest::collection::vec(any::<u8>(), 0..60), key: [u8; 16]) {
            if let Some(secret) = decrypt_secret(&bytes, &key) {
                prop_assert!(secret.len() <= bytes.len());
            }
        }
    }

    #[test]
    fn ms_lsad_5_1_4_secrets() {
        let key: [u8; 16] = hex("4e98c910b2a988d792fb5aa33e8ef786").try_into().unwrap();
        let clear = hex("50006100730073007700 6f007200640031003200 3300");
        let encrypted = hex("af784403fba092278c95fc7e88564ccd7cd0c241da6f14415626cda581e9223d");
        assert_eq!(encrypt_secret(&clear, &key), encrypted);
        assert_eq!(decrypt_secret(&encrypted, &key).unwrap().to_vec(), clear);
    }

    #[test]
    fn keys_of_blocks_move_on_as_the_specification_says() {
        let key: [u8; 16] = core::array::from_fn(|n| u8::try_from(n).unwrap());
        let mut keys = SecretKeys { key: &key, at: 0 };
        let starts: Vec<u8> = (0..8).map(|_| keys.next_key()[0]).collect();
        assert_eq!(starts, [0, 7, 2, 9, 0, 7, 2, 9]);
    }
}
