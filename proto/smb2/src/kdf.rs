use aws_lc_rs::hmac;
use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Cipher, PreauthHash};

/// Which end of the connection a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The end that answers.
    Server,
    /// The end that asks.
    Client,
}

/// What the negotiated dialect makes of a session key.
#[derive(Debug, Clone, Copy)]
pub enum KeySchedule<'a> {
    /// 2.0.2 and 2.1: the session key signs, nothing is derived and nothing is encrypted.
    Smb2,
    /// 3.0 and 3.0.2: fixed labels and contexts.
    Smb30,
    /// 3.1.1: the session's (or, when a channel is bound, the channel's) preauthentication hash is the context.
    Smb311(&'a PreauthHash),
}

/// An encryption or decryption key, 16 or 32 bytes. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CipherKey {
    bytes: [u8; 32],
    #[zeroize(skip)]
    cipher: Cipher,
}

impl CipherKey {
    /// A key for `cipher` from key material: its first [`Cipher::key_len`] bytes, padded with zeros.
    #[must_use]
    pub fn new(cipher: Cipher, material: &[u8]) -> Self {
        let mut bytes = [0; 32];
        copy(&mut bytes, material);
        Self { bytes, cipher }
    }

    /// The cipher the key is for.
    #[must_use]
    pub const fn cipher(&self) -> Cipher {
        self.cipher
    }

    /// The key: [`Cipher::key_len`] bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.cipher.key_len()).unwrap_or_default()
    }
}

/// The keys of a session ([MS-SMB2] 3.3.5.5.3, 3.2.5.3.1). Wiped when dropped; a [`fmt::Debug`] shows none of it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SessionKeys {
    /// Session.SigningKey, and Channel.SigningKey of the session's first channel.
    pub signing: [u8; 16],
    /// Session.ApplicationKey: what higher layers (named pipes) are told is the session key.
    pub application: [u8; 16],
    /// Session.EncryptionKey: what this side seals with. `None` before 3.0 or without a cipher.
    pub encryption: Option<CipherKey>,
    /// Session.DecryptionKey: what this side opens with.
    pub decryption: Option<CipherKey>,
}

impl SessionKeys {
    /// Derives all keys of a new session.
    ///
    /// `gss_key` is the key the authentication protocol gave, of any length: its first 16 bytes, zero-padded, are
    /// Session.SessionKey; whole it is Session.FullSessionKey, which the AES-256 keys are made from. `cipher` is
    /// Connection.CipherId, `None` when nothing was negotiated; 3.0 and 3.0.2 know only [`Cipher::Aes128Ccm`].
    /// Signing and application keys have 128 bits whatever the cipher.
    #[must_use]
    pub fn derive(side: Side, schedule: KeySchedule<'_>, gss_key: &[u8], cipher: Option<Cipher>) -> Self {
        let session_key = session_key(gss_key);
        let (to_server, to_client) = match schedule {
            KeySchedule::Smb2 => (None, None),
            KeySchedule::Smb30 => {
                let cipher = cipher.map(|_| Cipher::Aes128Ccm);
                (
                    cipher.map(|c| cipher_key(c, &*session_key, b"SMB2AESCCM\0", b"ServerIn \0")),
                    cipher.map(|c| cipher_key(c, &*session_key, b"SMB2AESCCM\0", b"ServerOut\0")),
                )
            }
            KeySchedule::Smb311(hash) => {
                let key = if cipher.is_some_and(|c| c.key_len() == 32) { gss_key } else { &*session_key };
                (
                    cipher.map(|c| cipher_key(c, key, b"SMBC2SCipherKey\0", hash.as_bytes())),
                    cipher.map(|c| cipher_key(c, key, b"SMBS2CCipherKey\0", hash.as_bytes())),
                )
            }
        };
        let (encryption, decryption) = match side {
            Side::Server => (to_client, to_server),
            Side::Client => (to_server, to_client),
        };
        let application = match schedule {
            KeySchedule::Smb2 => *session_key,
            KeySchedule::Smb30 => derive_128(&*session_key, b"SMB2APP\0", b"SmbRpc\0"),
            KeySchedule::Smb311(hash) => derive_128(&*session_key, b"SMBAppKey\0", hash.as_bytes()),
        };
        Self { signing: signing_key(schedule, gss_key), application, encryption, decryption }
    }
}

impl fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKeys").finish_non_exhaustive()
    }
}

impl fmt::Debug for CipherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CipherKey").field("cipher", &self.cipher).finish_non_exhaustive()
    }
}

/// Channel.SigningKey of a channel that is bound to a session: from the binding's own authentication and, in 3.1.1,
/// the binding's own hash ([MS-SMB2] 3.3.5.5.3). For a session's first channel it is Session.SigningKey.
#[must_use]
pub fn signing_key(schedule: KeySchedule<'_>, gss_key: &[u8]) -> [u8; 16] {
    let session_key = session_key(gss_key);
    match schedule {
        KeySchedule::Smb2 => *session_key,
        KeySchedule::Smb30 => derive_128(&*session_key, b"SMB2AESCMAC\0", b"SmbSign\0"),
        KeySchedule::Smb311(hash) => derive_128(&*session_key, b"SMBSigningKey\0", hash.as_bytes()),
    }
}

/// Session.SessionKey: the first 16 bytes, padded with zeros on the right ([MS-SMB2] 3.3.1.8).
fn session_key(gss_key: &[u8]) -> Zeroizing<[u8; 16]> {
    let mut key = Zeroizing::new([0; 16]);
    copy(&mut *key, gss_key);
    key
}

fn cipher_key(cipher: Cipher, key: &[u8], label: &[u8], context: &[u8]) -> CipherKey {
    let bits = if cipher.key_len() == 32 { 256 } else { 128 };
    CipherKey { bytes: counter_mode(key, label, context, bits), cipher }
}

fn derive_128(key: &[u8], label: &[u8], context: &[u8]) -> [u8; 16] {
    let block = Zeroizing::new(counter_mode(key, label, context, 128));
    let mut derived = [0; 16];
    copy(&mut derived, &*block);
    derived
}

/// The first block of SP800-108 5.1 with r = 32 and HMAC-SHA256, which is all a key of up to 256 bits needs
/// ([MS-SMB2] 3.1.4.2). A shorter key is its beginning; `bits` is part of what is hashed.
fn counter_mode(key: &[u8], label: &[u8], context: &[u8], bits: u32) -> [u8; 32] {
    let mut prf = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    prf.update(&1u32.to_be_bytes());
    prf.update(label);
    prf.update(&[0]);
    prf.update(context);
    prf.update(&bits.to_be_bytes());
    let mut block = [0; 32];
    copy(&mut block, prf.sign().as_ref());
    block
}

fn copy(into: &mut [u8], from: &[u8]) {
    into.iter_mut().zip(from).for_each(|(into, from)| *into = *from);
}

#[cfg(test)]
mod tests;
