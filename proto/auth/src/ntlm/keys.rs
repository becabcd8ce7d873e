//! [MS-NLMP] 3.4.5: keys derived from the ExportedSessionKey, and the MIC under it.

use super::crypto::{hmac_md5, md5, rc4k};
use super::{AuthenticateMessage, NegotiateFlags, Side};
use crate::SessionKey;

/// The ExportedSessionKey as the server finds it: what the client encrypted, or the KeyExchangeKey itself.
#[must_use]
pub fn exported_session_key(key_exchange_key: &[u8; 16], encrypted: Option<&[u8; 16]>) -> SessionKey {
    SessionKey::new(match encrypted {
        Some(encrypted) => rc4k(key_exchange_key, encrypted),
        None => *key_exchange_key,
    })
}

/// The MIC of the three messages; whatever the AUTHENTICATE_MESSAGE has in its MIC field counts as zeros.
#[must_use]
pub fn message_integrity(
    key: &SessionKey,
    negotiate: &[u8],
    challenge: &[u8],
    authenticate: &[u8],
) -> [u8; 16] {
    let range = AuthenticateMessage::MIC_RANGE;
    let before = authenticate.get(..range.start).unwrap_or(authenticate);
    let after = authenticate.get(range.end..).unwrap_or_default();
    hmac_md5(key.expose(), &[negotiate, challenge, before, &[0; 16], after])
}

/// [MS-NLMP] 3.4.5.2 SIGNKEY; `None` without extended session security.
#[must_use]
pub fn sign_key(flags: NegotiateFlags, key: &SessionKey, from: Side) -> Option<[u8; 16]> {
    let magic: &[u8] = match from {
        Side::Client => b"session key to client-to-server signing key magic constant\0",
        Side::Server => b"session key to server-to-client signing key magic constant\0",
    };
    let extended = flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY);
    extended.then(|| md5(&[key.expose(), magic]))
}

/// [MS-NLMP] 3.4.5.3 SEALKEY, connection-oriented. The 8-byte keys of LM_KEY sessions are written twice, which RC4 cannot tell from
/// once.
#[must_use]
pub fn seal_key(flags: NegotiateFlags, key: &SessionKey, from: Side) -> [u8; 16] {
    let key = key.expose();
    let cut = |n| key.get(..n).unwrap_or(key);
    if flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY) {
        let magic: &[u8] = match from {
            Side::Client => b"session key to client-to-server sealing key magic constant\0",
            Side::Server => b"session key to server-to-client sealing key magic constant\0",
        };
        let n = match () {
            () if flags.contains(NegotiateFlags::KEY_128) => 16,
            () if flags.contains(NegotiateFlags::KEY_56) => 7,
            () => 5,
        };
        return md5(&[cut(n), magic]);
    }
    if !flags.contains(NegotiateFlags::LM_KEY) {
        return *key;
    }
    let [a, b, c, d, e, f, g, ..] = *key;
    let half = if flags.contains(NegotiateFlags::KEY_56) {
        [a, b, c, d, e, f, g, 0xa0]
    } else {
        [a, b, c, d, e, 0xe5, 0x38, 0xb0]
    };
    let mut twice = [0; 16];
    twice.iter_mut().zip(half.iter().cycle()).for_each(|(to, from)| *to = *from);
    twice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ntlm::testing::hex;

    const V2: NegotiateFlags = NegotiateFlags::from_bits_retain(0xe28a_8233);

    #[test]
    fn ms_nlmp_4_2_4_4_keys_of_128_bits() {
        let key = SessionKey::new([0x55; 16]);
        assert_eq!(seal_key(V2, &key, Side::Client).to_vec(), hex("59f600973cc4960a25480a7c196e4c58"));
        assert_eq!(
            sign_key(V2, &key, Side::Client).unwrap().to_vec(),
            hex("4788dc861b4782f35d43fd98fe1a2d39")
        );
        assert_ne!(sign_key(V2, &key, Side::Server), sign_key(V2, &key, Side::Client));
    }

    #[test]
    fn ms_nlmp_4_2_3_4_keys_of_56_bits() {
        let flags = NegotiateFlags::from_bits_retain(0x820a_8233);
        let key = SessionKey::new(hex("eb93429a8bd952f8b89c55b87f475edc").try_into().unwrap());
        assert_eq!(seal_key(flags, &key, Side::Client).to_vec(), hex("04dd7f014d8504d265a25cc86a3a7c06"));
        assert_eq!(
            sign_key(flags, &key, Side::Client).unwrap().to_vec(),
            hex("60e799be5c72fc92922ae8ebe961fb8d")
        );
        let forty = flags.difference(NegotiateFlags::KEY_56);
        let same_forty = SessionKey::new(hex("eb93429a8b0000000000000000000000").try_into().unwrap());
        assert_eq!(seal_key(forty, &key, Side::Server), seal_key(forty, &same_forty, Side::Server));
    }

    #[test]
    fn keys_without_extended_session_security() {
        let flags = NegotiateFlags::LM_KEY;
        let key = SessionKey::new([1; 16]);
        assert_eq!(sign_key(flags, &key, Side::Client), None);
        assert_eq!(seal_key(flags, &key, Side::Client)[..8], [1, 1, 1, 1, 1, 0xe5, 0x38, 0xb0]);
        assert_eq!(
            seal_key(flags | NegotiateFlags::KEY_56, &key, Side::Client)[8..],
            [1, 1, 1, 1, 1, 1, 1, 0xa0]
        );
        assert_eq!(&seal_key(NegotiateFlags::SIGN, &key, Side::Client), key.expose());
    }

    #[test]
    fn ms_nlmp_4_2_4_2_3_encrypted_session_key() {
        let base = hex("8de40ccadbc14a82f15cb0ad0de95ca3").try_into().unwrap();
        let sent = hex("c5dad2544fc9799094ce1ce90bc9d03e").try_into().unwrap();
        assert_eq!(exported_session_key(&base, Some(&sent)).expose(), &[0x55; 16]);
        assert_eq!(exported_session_key(&base, None).expose(), &base);
    }
}
