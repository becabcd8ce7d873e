//! How messages are protected and users proved, for whoever looks at the live lists.

use std::fmt;

/// How messages are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// The first 8 bytes of MD5, of SMB1.
    Md5,
    /// The first 16 bytes of HMAC-SHA256.
    HmacSha256,
    /// AES-128-CMAC.
    AesCmac,
    /// AES-128-GMAC.
    AesGmac,
}

/// How messages are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// AES-128-CCM
    Aes128Ccm,
    /// AES-128-GCM
    Aes128Gcm,
    /// AES-256-CCM
    Aes256Ccm,
    /// AES-256-GCM
    Aes256Gcm,
}

/// What a connection negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectionProtection {
    /// How what is signed is signed.
    pub signing: SigningAlgorithm,
    /// How what is encrypted is encrypted; `None` if nothing can be.
    pub cipher: Option<Cipher>,
}

/// How a user proved who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Authentication {
    /// Not at all: guests and NULL sessions.
    #[default]
    None,
    /// By the password itself.
    Plaintext,
    /// By an LM response.
    Lm,
    /// By an NTLMv1 response.
    NtlmV1,
    /// By an NTLMv2 response.
    NtlmV2,
}

/// What a session demands of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SessionProtection {
    /// How its user proved who it is.
    pub authentication: Authentication,
    /// Unsigned requests are refused ([MS-SMB2] 3.3.1.8 Session.SigningRequired).
    pub signing_required: bool,
    /// Unencrypted requests are refused (Session.EncryptData).
    pub encrypted: bool,
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::AesCmac => "AES-CMAC",
            Self::AesGmac => "AES-GMAC",
        })
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes128Ccm => "AES-128-CCM",
            Self::Aes128Gcm => "AES-128-GCM",
            Self::Aes256Ccm => "AES-256-CCM",
            Self::Aes256Gcm => "AES-256-GCM",
        })
    }
}

impl fmt::Display for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Plaintext => "plaintext",
            Self::Lm => "LM",
            Self::NtlmV1 => "NTLMv1",
            Self::NtlmV2 => "NTLMv2",
        })
    }
}
