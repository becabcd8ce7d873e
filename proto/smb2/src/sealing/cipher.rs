/// The ciphers of SMB2_ENCRYPTION_CAPABILITIES ([MS-SMB2] 2.2.3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cipher {
    /// The only one of 3.0 and 3.0.2. Slow: two passes, one of them serial.
    Aes128Ccm,
    /// The fastest.
    Aes128Gcm,
    /// CCM with a 256-bit key.
    Aes256Ccm,
    /// GCM with a 256-bit key.
    Aes256Gcm,
}

impl Cipher {
    /// The cipher with this id; `None` for one this server does not know.
    #[must_use]
    pub const fn from_id(id: u16) -> Option<Self> {
        match id {
            1 => Some(Self::Aes128Ccm),
            2 => Some(Self::Aes128Gcm),
            3 => Some(Self::Aes256Ccm),
            4 => Some(Self::Aes256Gcm),
            _ => None,
        }
    }

    /// Its id.
    #[must_use]
    pub const fn id(self) -> u16 {
        match self {
            Self::Aes128Ccm => 1,
            Self::Aes128Gcm => 2,
            Self::Aes256Ccm => 3,
            Self::Aes256Gcm => 4,
        }
    }

    /// Bytes in a key.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Ccm | Self::Aes128Gcm => 16,
            Self::Aes256Ccm | Self::Aes256Gcm => 32,
        }
    }

    /// Bytes of the Nonce field that are the nonce; the rest is zero.
    #[must_use]
    pub const fn nonce_len(self) -> usize {
        match self {
            Self::Aes128Ccm | Self::Aes256Ccm => 11,
            Self::Aes128Gcm | Self::Aes256Gcm => 12,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_both_ways() {
        let known: Vec<u16> = (0..=u16::MAX).filter_map(Cipher::from_id).map(Cipher::id).collect();
        assert_eq!(known, [1, 2, 3, 4]);
        assert_eq!(Cipher::from_id(4).map(Cipher::key_len), Some(32));
    }
}
