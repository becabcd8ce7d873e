use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{cmac, constant_time, error::Unspecified, hmac};

use crate::{Header, Side};

/// How messages are signed ([MS-SMB2] 2.2.3.1.7, 3.1.4.1). 2.0.2 and 2.1 use HMAC-SHA256, 3.0 and 3.0.2 AES-CMAC,
/// 3.1.1 what SMB2_SIGNING_CAPABILITIES agreed on, or else AES-CMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// The first 16 bytes of HMAC-SHA256.
    HmacSha256,
    /// AES-128-CMAC (RFC 4493).
    AesCmac,
    /// AES-128-GMAC (RFC 4543): by far the fastest.
    AesGmac,
}

impl SigningAlgorithm {
    /// The algorithm with this SigningAlgorithmId; `None` for one this server does not know.
    #[must_use]
    pub const fn from_id(id: u16) -> Option<Self> {
        match id {
            0 => Some(Self::HmacSha256),
            1 => Some(Self::AesCmac),
            2 => Some(Self::AesGmac),
            _ => None,
        }
    }

    /// Its SigningAlgorithmId.
    #[must_use]
    pub const fn id(self) -> u16 {
        match self {
            Self::HmacSha256 => 0,
            Self::AesCmac => 1,
            Self::AesGmac => 2,
        }
    }
}

/// A key that is ready to sign and verify any number of messages, from any thread.
#[derive(Debug)]
pub struct SigningKey {
    key: Key,
    side: Side,
}

#[derive(Debug)]
enum Key {
    Hmac(Box<hmac::Key>),
    Cmac(cmac::Key),
    Gmac(LessSafeKey),
}

/// The message has no whole SMB2 header, or the cryptographic library failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningFailed;

impl SigningKey {
    /// Prepares `key` for the end of the connection that is `side`: the AES-GMAC nonce tells the directions apart, so
    /// that a message sent back to its sender never verifies.
    ///
    /// # Errors
    /// The cryptographic library has no memory left.
    pub fn new(algorithm: SigningAlgorithm, key: &[u8; 16], side: Side) -> Result<Self, SigningFailed> {
        let key = match algorithm {
            SigningAlgorithm::HmacSha256 => Key::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, key))),
            SigningAlgorithm::AesCmac => Key::Cmac(cmac::Key::new(cmac::AES_128, key)?),
            SigningAlgorithm::AesGmac => Key::Gmac(LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key)?)),
        };
        Ok(Self { key, side })
    }

    /// Which algorithm the key is for.
    #[must_use]
    pub const fn algorithm(&self) -> SigningAlgorithm {
        match self.key {
            Key::Hmac(_) => SigningAlgorithm::HmacSha256,
            Key::Cmac(_) => SigningAlgorithm::AesCmac,
            Key::Gmac(_) => SigningAlgorithm::AesGmac,
        }
    }

    /// Writes the Signature field of one message: its SMB2 header, its body and, within a compound, the padding up to
    /// the next message. SMB2_FLAGS_SIGNED and everything else must be in place. One pass, nothing is copied.
    ///
    /// With AES-GMAC a MessageId must never be signed twice by the same side with the same key; interim responses are
    /// therefore not signed ([MS-SMB2] 3.3.4.1.1).
    ///
    /// # Errors
    /// The message is shorter than an SMB2 header; it is left as it was.
    pub fn sign(&self, message: &mut [u8]) -> Result<(), SigningFailed> {
        *signature_mut(message)? = [0; 16];
        let signature = self.compute(message, self.side)?;
        *signature_mut(message)? = signature;
        Ok(())
    }

    /// Whether the Signature field of a message from the other side is right, in constant time. The field is zeroed
    /// during the computation and restored, so that the message need not be copied; `message` has the extent that
    /// [`SigningKey::sign`] asks for. Whether SMB2_FLAGS_SIGNED is set is not looked at.
    #[must_use]
    pub fn verify(&self, message: &mut [u8]) -> bool {
        let from = match self.side {
            Side::Server => Side::Client,
            Side::Client => Side::Server,
        };
        let Ok(field) = signature_mut(message) else {
            return false;
        };
        let received = core::mem::take(field);
        let computed = self.compute(message, from);
        if let Ok(field) = signature_mut(message) {
            *field = received;
        }
        computed.is_ok_and(|c| constant_time::verify_slices_are_equal(&c, &received).is_ok())
    }

    /// The signature of a message whose Signature field is zero.
    fn compute(&self, message: &[u8], from: Side) -> Result<[u8; 16], SigningFailed> {
        match &self.key {
            Key::Hmac(key) => first_16(hmac::sign(key, message).as_ref()),
            Key::Cmac(key) => first_16(cmac::sign(key, message)?.as_ref()),
            Key::Gmac(key) => {
                let nonce = Nonce::assume_unique_for_key(gmac_nonce(message, from).ok_or(SigningFailed)?);
                first_16(key.seal_in_place_separate_tag(nonce, Aad::from(message), &mut [])?.as_ref())
            }
        }
    }
}

impl From<Unspecified> for SigningFailed {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// MessageId, then 32 bits: bit 0 when the server sends, bit 1 for a CANCEL request ([MS-SMB2] 3.1.4.1). CANCEL has
/// the MessageId of the request it cancels, hence the bit.
fn gmac_nonce(message: &[u8], from: Side) -> Option<[u8; 12]> {
    const CANCEL: [u8; 2] = [0x0c, 0];
    let [m0, m1, m2, m3, m4, m5, m6, m7] = *message.get(24..)?.first_chunk()?;
    let command: &[u8; 2] = message.get(12..)?.first_chunk()?;
    let role = match from {
        Side::Server => 1,
        Side::Client if *command == CANCEL => 2,
        Side::Client => 0,
    };
    Some([m0, m1, m2, m3, m4, m5, m6, m7, role, 0, 0, 0])
}

fn signature_mut(message: &mut [u8]) -> Result<&mut [u8; 16], SigningFailed> {
    message.get_mut(Header::SIGNATURE_OFFSET..).and_then(<[u8]>::first_chunk_mut).ok_or(SigningFailed)
}

fn first_16(tag: &[u8]) -> Result<[u8; 16], SigningFailed> {
    tag.first_chunk().copied().ok_or(SigningFailed)
}

#[cfg(test)]
mod tests;
