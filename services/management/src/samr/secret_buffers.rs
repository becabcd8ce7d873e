//! Passwords as they travel ([MS-SAMR] 2.2.6.21, 2.2.6.22, 2.2.6.32).

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};
use lanward_auth::{NtHash, SessionKey, sam};
use lanward_nt::{NtStatus, NtString};
use lanward_rpc::samr::EncryptedPasswordAes;
use lanward_wire::CodePage;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use zeroize::{Zeroize as _, Zeroizing};

/// Longest password, in bytes.
const LONGEST: usize = 512;

/// A password in the clear; wiped when it is dropped.
pub(crate) struct Password(NtString);

impl Drop for Password {
    fn drop(&mut self) {
        self.0.0.zeroize();
    }
}

impl Password {
    /// A password that came in the clear.
    pub(crate) const fn new(text: NtString) -> Self {
        Self(text)
    }

    pub(crate) const fn text(&self) -> &NtString {
        &self.0
    }

    pub(crate) fn hash(&self) -> NtHash {
        NtHash::of_password(&self.0)
    }

    /// One in a client's code page, under RC4 as [`with_key`] has it.
    ///
    /// # Errors
    /// WRONG_PASSWORD: it makes no sense.
    pub(crate) fn in_code_page(
        buffer: &[u8; 516],
        key: &[u8; 16],
        code_page: CodePage,
    ) -> Result<Self, NtStatus> {
        let clear = decrypted(buffer, key);
        let bytes = Self::at_the_end(&*clear).ok_or(NtStatus::WRONG_PASSWORD)?;
        Ok(Self(NtString(code_page.decode(bytes))))
    }

    /// What stands at the end of a buffer of 512 bytes, in front of its length.
    fn at_the_end(clear: &[u8]) -> Option<&[u8]> {
        let (buffer, length) = clear.split_at_checked(LONGEST)?;
        let length = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
        let start = LONGEST.checked_sub(length)?;
        Some(&buffer[start..])
    }
}

/// 2.2.6.21: under RC4 with a key that others may know, so that what comes out may make no sense.
///
/// # Errors
/// WRONG_PASSWORD: it makes none.
pub(super) fn with_key(buffer: &[u8; 516], key: &[u8; 16]) -> Result<Password, NtStatus> {
    let clear = decrypted(buffer, key);
    let bytes = Password::at_the_end(&*clear).ok_or(NtStatus::WRONG_PASSWORD)?;
    Ok(Password(NtString::from_utf16le(bytes)))
}

fn decrypted(buffer: &[u8; 516], key: &[u8; 16]) -> Zeroizing<[u8; 516]> {
    let mut clear = Zeroizing::new(*buffer);
    sam::rc4(key, &mut *clear);
    clear
}

/// 2.2.6.22: the same with a salt behind it.
///
/// # Errors
/// WRONG_PASSWORD
pub(super) fn with_salted_key(buffer: &[u8; 532], key: &SessionKey) -> Result<Password, NtStatus> {
    let (buffer, salt) = buffer.split_first_chunk::<516>().ok_or(NtStatus::WRONG_PASSWORD)?;
    let salt: &[u8; 16] = salt.try_into().map_err(|_| NtStatus::WRONG_PASSWORD)?;
    with_key(buffer, &sam::salted_key(salt, key.expose()))
}

/// [MS-SAMR] 2.2.1.18, with their terminators.
const ENCRYPTION_KEY: &[u8] = b"Microsoft SAM encryption key AEAD-AES-256-CBC-HMAC-SHA512 16\0";
const MAC_KEY: &[u8] = b"Microsoft SAM MAC key AEAD-AES-256-CBC-HMAC-SHA512 16\0";
const VERSION: u8 = 1;

/// 3.2.2.5: so many rounds a client may ask for.
const ITERATIONS: RangeInclusive<u64> = 5_000..=1_000_000;

/// 3.2.2.4: under AES-256-CBC and HMAC-SHA-512, with a length in front of the password.
///
/// # Errors
/// WRONG_PASSWORD: it is under another key, or makes no sense.
pub(super) fn with_aes(encrypted: &EncryptedPasswordAes, key: &[u8; 16]) -> Result<Password, NtStatus> {
    open_aes(encrypted, key).ok_or(NtStatus::WRONG_PASSWORD)
}

fn open_aes(encrypted: &EncryptedPasswordAes, key: &[u8; 16]) -> Option<Password> {
    let cipher = encrypted.cipher.as_ref()?;
    let root = hmac::Key::new(hmac::HMAC_SHA512, key);
    let mac_key = hmac::Key::new(hmac::HMAC_SHA512, hmac::sign(&root, MAC_KEY).as_ref());
    let signed = [&[VERSION][..], &encrypted.salt, cipher, &[1]].concat();
    hmac::verify(&mac_key, &signed, &encrypted.auth_data).ok()?;
    let encryption_key = hmac::sign(&root, ENCRYPTION_KEY);
    let aes = UnboundCipherKey::new(&AES_256, encryption_key.as_ref().get(..32)?).ok()?;
    let aes = PaddedBlockDecryptingKey::cbc_pkcs7(aes).ok()?;
    let mut clear = Zeroizing::new(cipher.clone());
    let clear = aes.decrypt(&mut clear, DecryptionContext::Iv128(FixedLength::from(encrypted.salt))).ok()?;
    // 2.2.6.32: the whole buffer is there, however short the password.
    let (length, buffer) = clear.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_le_bytes(*length));
    (buffer.len() >= LONGEST && length <= LONGEST)
        .then(|| Password(NtString::from_utf16le(&buffer[..length])))
}

/// 3.2.2.5: the key made of the old password's hash.
///
/// # Errors
/// INVALID_PARAMETER: fewer or more rounds than there may be.
pub(super) fn derived_key(
    hash: &NtHash,
    salt: &[u8; 16],
    iterations: u64,
) -> Result<Zeroizing<[u8; 16]>, NtStatus> {
    let rounds = Some(iterations).filter(|n| ITERATIONS.contains(n));
    let rounds = rounds.and_then(|n| u32::try_from(n).ok()).and_then(NonZeroU32::new);
    let mut key = Zeroizing::new([0; 16]);
    let rounds = rounds.ok_or(NtStatus::INVALID_PARAMETER)?;
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, rounds, salt, hash.expose(), &mut *key);
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::cipher::{EncryptionContext, PaddedBlockEncryptingKey};

    fn buffer(password: &str) -> [u8; 516] {
        let bytes: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut buffer = [7; 516];
        buffer[512 - bytes.len()..512].copy_from_slice(&bytes);
        buffer[512..].copy_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
        buffer
    }

    #[test]
    fn passwords_at_the_end_of_their_buffers() {
        let key = [9; 16];
        for password in ["", "Secret007", &"x".repeat(256)] {
            let mut encrypted = buffer(password);
            sam::rc4(&key, &mut encrypted);
            assert_eq!(*with_key(&encrypted, &key).ok().unwrap().text(), password.into());

            let salt = [3; 16];
            let mut salted = buffer(password);
            sam::rc4(&sam::salted_key(&salt, &key), &mut salted);
            let salted: [u8; 532] = [&salted[..], &salt].concat().try_into().unwrap();
            let opened = with_salted_key(&salted, &SessionKey::new(key));
            assert_eq!(*opened.ok().unwrap().text(), password.into());
        }
        let mut long = buffer("");
        long[512..].copy_from_slice(&513_u32.to_le_bytes());
        sam::rc4(&key, &mut long);
        assert_eq!(with_key(&long, &key).err(), Some(NtStatus::WRONG_PASSWORD));
    }

    #[test]
    fn passwords_under_aes_are_verified() {
        let key = [9; 16];
        let mut clear = vec![0; 514];
        let bytes: Vec<u8> = "Secret007".encode_utf16().flat_map(u16::to_le_bytes).collect();
        clear[..2].copy_from_slice(&18_u16.to_le_bytes());
        clear[2..20].copy_from_slice(&bytes);
        let root = hmac::Key::new(hmac::HMAC_SHA512, &key);
        let aes = UnboundCipherKey::new(&AES_256, &hmac::sign(&root, ENCRYPTION_KEY).as_ref()[..32]).unwrap();
        let aes = PaddedBlockEncryptingKey::cbc_pkcs7(aes).unwrap();
        let salt = [5; 16];
        aes.less_safe_encrypt(&mut clear, EncryptionContext::Iv128(FixedLength::from(salt))).unwrap();
        let mac = hmac::Key::new(hmac::HMAC_SHA512, hmac::sign(&root, MAC_KEY).as_ref());
        let tag = hmac::sign(&mac, &[&[1][..], &salt, &clear, &[1]].concat());
        let mut encrypted = EncryptedPasswordAes {
            auth_data: tag.as_ref().try_into().unwrap(),
            salt,
            cipher_length: u32::try_from(clear.len()).unwrap(),
            cipher: Some(clear),
            iterations: 10_000,
        };
        assert_eq!(*with_aes(&encrypted, &key).ok().unwrap().text(), "Secret007".into());
        assert!(with_aes(&encrypted, &[8; 16]).is_err());
        encrypted.auth_data[0] ^= 1;
        assert!(with_aes(&encrypted, &key).is_err());
        assert!(derived_key(&NtHash::new(key), &salt, 4_999).is_err());
        assert!(derived_key(&NtHash::new(key), &salt, 1_000_001).is_err());
        assert!(derived_key(&NtHash::new(key), &salt, 5_000).is_ok());
    }
}
