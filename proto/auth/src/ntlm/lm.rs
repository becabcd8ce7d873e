//! LAN Manager's responses ([MS-NLMP] 3.3.1): for clients that know nothing else, and only where a zone takes them.

use super::crypto::des;
use super::v1::desl;
use crate::LmHash;
use lanward_nt::NtString;
use lanward_wire::CodePage;
use zeroize::Zeroizing;

/// Bytes of a password that count.
const LONGEST: usize = 14;

impl LmHash {
    /// [MS-NLMP] 3.3.1 LMOWFv1 of a password in the client's code page and in upper case. Its first 14 bytes count.
    #[must_use]
    pub fn of_password(password: &[u8]) -> Self {
        let mut key = Zeroizing::new([0; LONGEST]);
        key.iter_mut().zip(password).for_each(|(to, from)| *to = *from);
        let [a0, a1, a2, a3, a4, a5, a6, b @ ..] = *key;
        let [first, second] = [[a0, a1, a2, a3, a4, a5, a6], b].map(|key| des(key, *b"KGS!@#$%"));
        let mut hash = [0; 16];
        hash.iter_mut().zip(first.into_iter().chain(second)).for_each(|(to, from)| *to = from);
        Self::new(hash)
    }

    /// The same of a password in characters: `None` where it is too long, or has characters the code page does not.
    #[must_use]
    pub fn of_text(password: &NtString, code_page: CodePage) -> Option<Self> {
        let (bytes, whole) = code_page.encode(password.to_uppercase().units());
        let bytes = Zeroizing::new(bytes);
        (whole && bytes.len() <= LONGEST).then(|| Self::of_password(&bytes))
    }

    /// The session key of who proved itself by [`lm_response`] alone: the first half of the hash.
    #[must_use]
    pub fn session_key(&self) -> [u8; 16] {
        let mut key = [0; 16];
        key.iter_mut().zip(self.expose()).take(8).for_each(|(to, from)| *to = *from);
        key
    }
}

/// LM_RESPONSE ([MS-NLMP] 2.2.2.3).
#[must_use]
pub fn lm_response(hash: &LmHash, server_challenge: &[u8; 8]) -> [u8; 24] {
    desl(hash.expose(), *server_challenge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ntlm::testing::{SERVER_CHALLENGE, hex};

    #[test]
    fn ms_nlmp_4_2_2_lm() {
        let hash = LmHash::of_password(b"PASSWORD");
        assert_eq!(hash.expose().to_vec(), hex("e52cac67419a9a224a3b108f3fa6cb6d"));
        let response = lm_response(&hash, &SERVER_CHALLENGE);
        assert_eq!(response.to_vec(), hex("98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13"));
        assert_eq!(hash.session_key().to_vec(), hex("e52cac67419a9a220000000000000000"));
    }

    #[test]
    fn what_is_longer_than_14_bytes_does_not_count() {
        assert_eq!(LmHash::of_password(b"FOURTEEN-BYTES"), LmHash::of_password(b"FOURTEEN-BYTES-AND-MORE"));
        let of_text = |text: &str| LmHash::of_text(&text.into(), CodePage::Cp437);
        assert_eq!(of_text("fourteen-bytes"), Some(LmHash::of_password(b"FOURTEEN-BYTES")));
        assert_eq!(of_text("stra\u{df}e"), Some(LmHash::of_password(b"STRA\xe1E")));
        assert_eq!((of_text("fourteen-bytes!"), of_text("\u{20ac}")), (None, None));
        assert_ne!(LmHash::of_password(b"FOURTEEN-BYTE"), LmHash::of_password(b"FOURTEEN-BYTES"));
    }
}
