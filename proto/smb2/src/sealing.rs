//! Encrypted messages: the SMB2 TRANSFORM_HEADER, its ciphers and their nonces.

mod cipher;
mod nonce;
mod transform_header;

use core::fmt;

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use ccm::aead::inout::InOutBuf;
use ccm::consts::{U11, U16};
use ccm::{AeadInOut, Ccm, KeyInit};
use lanward_wire::DecodeError;

use crate::CipherKey;
pub use cipher::Cipher;
pub use nonce::{NonceSequence, NoncesExhausted, SealingNonce};
pub use transform_header::TransformHeader;

/// A cipher key that is ready to seal or open any number of messages, from any thread.
pub struct Sealer {
    key: Key,
    cipher: Cipher,
}

enum Key {
    Gcm(LessSafeKey),
    Ccm128(Box<Ccm<aes::Aes128, U16, U11>>),
    Ccm256(Box<Ccm<aes::Aes256, U16, U11>>),
}

/// The buffer has no room for the header, holds more than 4 GiB, or the cryptographic library failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealFailed;

/// Why an encrypted message could not be opened. Each disconnects ([MS-SMB2] 3.3.5.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// The transform header is not one, or does not describe what follows it.
    Malformed(DecodeError),
    /// The message was not sealed with this key, or has been changed. Its bytes are now undefined.
    NotAuthentic,
}

impl Sealer {
    /// Prepares a key.
    ///
    /// # Errors
    /// The cryptographic library has no memory left.
    pub fn new(key: &CipherKey) -> Result<Self, SealFailed> {
        let (cipher, bytes) = (key.cipher(), key.as_bytes());
        let key = match cipher {
            Cipher::Aes128Gcm => Key::Gcm(LessSafeKey::new(UnboundKey::new(&AES_128_GCM, bytes)?)),
            Cipher::Aes256Gcm => Key::Gcm(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes)?)),
            Cipher::Aes128Ccm => Key::Ccm128(Box::new(Ccm::new_from_slice(bytes).map_err(|_| SealFailed)?)),
            Cipher::Aes256Ccm => Key::Ccm256(Box::new(Ccm::new_from_slice(bytes).map_err(|_| SealFailed)?)),
        };
        Ok(Self { key, cipher })
    }

    /// Which cipher the key is for.
    #[must_use]
    pub const fn cipher(&self) -> Cipher {
        self.cipher
    }

    /// Encrypts in place ([MS-SMB2] 3.1.4.3). `buf` is [`TransformHeader::LEN`] bytes of any content, which become the
    /// transform header, and the plaintext: one message, a compound, or a compressed message.
    ///
    /// # Errors
    /// `buf` has no room for the header, or there is too much plaintext for the size field.
    pub fn seal_in_place(
        &self,
        buf: &mut [u8],
        session_id: u64,
        nonce: SealingNonce,
    ) -> Result<(), SealFailed> {
        let (head, text) = buf.split_first_chunk_mut().ok_or(SealFailed)?;
        let mut header = TransformHeader {
            signature: [0; 16],
            nonce: nonce.field(self.cipher),
            original_message_size: u32::try_from(text.len()).map_err(|_| SealFailed)?,
            reserved: 0,
            session_id,
        };
        header.signature = self.encrypt(&header, text)?;
        *head = header.to_array();
        Ok(())
    }

    /// Decrypts in place and gives the plaintext ([MS-SMB2] 3.3.5.2.1.1, 3.2.5.1.1.1). `buf` is the whole frame. The
    /// caller has found this key by [`TransformHeader::session_id`] and has bounded the frame's length.
    ///
    /// # Errors
    /// [`OpenError`]; nothing of the message may be used.
    pub fn open_in_place<'b>(&self, buf: &'b mut [u8]) -> Result<&'b mut [u8], OpenError> {
        let (header, text) = TransformHeader::split_mut(buf).map_err(OpenError::Malformed)?;
        self.decrypt(&header, text)?;
        Ok(text)
    }

    fn encrypt(&self, header: &TransformHeader, text: &mut [u8]) -> Result<[u8; 16], SealFailed> {
        let aad = header.authenticated();
        match &self.key {
            Key::Gcm(key) => {
                let tag = key.seal_in_place_separate_tag(gcm_nonce(header), Aad::from(aad), text)?;
                tag.as_ref().first_chunk().copied().ok_or(SealFailed)
            }
            Key::Ccm128(key) => encrypt_ccm(&**key, header, &aad, text),
            Key::Ccm256(key) => encrypt_ccm(&**key, header, &aad, text),
        }
    }

    fn decrypt(&self, header: &TransformHeader, text: &mut [u8]) -> Result<(), OpenError> {
        let aad = header.authenticated();
        let opened = match &self.key {
            Key::Gcm(key) => key
                .open_in_place_separate_tag(gcm_nonce(header), Aad::from(aad), &header.signature, text)
                .is_ok(),
            Key::Ccm128(key) => decrypt_ccm(&**key, header, &aad, text),
            Key::Ccm256(key) => decrypt_ccm(&**key, header, &aad, text),
        };
        if opened { Ok(()) } else { Err(OpenError::NotAuthentic) }
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("cipher", &self.cipher).finish_non_exhaustive()
    }
}

impl From<Unspecified> for SealFailed {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

fn gcm_nonce(header: &TransformHeader) -> Nonce {
    let [nonce @ .., _, _, _, _] = header.nonce;
    Nonce::assume_unique_for_key(nonce)
}

fn ccm_nonce(header: &TransformHeader) -> [u8; 11] {
    let [nonce @ .., _, _, _, _, _] = header.nonce;
    nonce
}

fn encrypt_ccm<C>(
    key: &C,
    header: &TransformHeader,
    aad: &[u8],
    text: &mut [u8],
) -> Result<[u8; 16], SealFailed>
where
    C: AeadInOut<NonceSize = U11, TagSize = U16>,
{
    let tag = key.encrypt_inout_detached(&ccm_nonce(header).into(), aad, InOutBuf::from(text));
    tag.map(Into::into).map_err(|_| SealFailed)
}

fn decrypt_ccm<C>(key: &C, header: &TransformHeader, aad: &[u8], text: &mut [u8]) -> bool
where
    C: AeadInOut<NonceSize = U11, TagSize = U16>,
{
    let (nonce, tag) = (ccm_nonce(header).into(), header.signature.into());
    key.decrypt_inout_detached(&nonce, aad, InOutBuf::from(text), &tag).is_ok()
}

#[cfg(test)]
mod tests;
