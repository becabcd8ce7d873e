//! [MS-NLMP] 3.3.1 NTLM v1 Authentication: for peers that know nothing better, and only where a policy asks for it.

use super::crypto::{des, hmac_md5, md4, md5};
use crate::NtHash;

/// NTLM_RESPONSE ([MS-NLMP] 2.2.2.6). With extended session security the client's challenge (the first eight bytes of its LM
/// response) goes into what is encrypted.
#[must_use]
pub fn ntlm_response(
    nt_hash: &NtHash,
    server_challenge: &[u8; 8],
    client_challenge: Option<&[u8; 8]>,
) -> [u8; 24] {
    let challenge = match client_challenge {
        Some(client) => {
            let [a, b, c, d, e, f, g, h, ..] = md5(&[server_challenge, client]);
            [a, b, c, d, e, f, g, h]
        }
        None => *server_challenge,
    };
    desl(nt_hash.expose(), challenge)
}

/// SessionBaseKey of NTLM v1.
#[must_use]
pub fn session_base_key_v1(nt_hash: &NtHash) -> [u8; 16] {
    md4(nt_hash.expose())
}

/// [MS-NLMP] 3.4.5.1 KXKEY of NTLM v1 where LM keys are not negotiated.
#[must_use]
pub fn key_exchange_key_v1(
    session_base_key: &[u8; 16],
    server_challenge: &[u8; 8],
    client_challenge: Option<&[u8; 8]>,
) -> [u8; 16] {
    match client_challenge {
        Some(client) => hmac_md5(session_base_key, &[server_challenge, client]),
        None => *session_base_key,
    }
}

/// [MS-NLMP] 6 DESL: the 16-byte key, five zeros behind it, as three DES keys.
pub(super) fn desl(key: &[u8; 16], block: [u8; 8]) -> [u8; 24] {
    let [k0, k1, k2, k3, k4, k5, k6, rest @ ..] = *key;
    let [k7, k8, k9, k10, k11, k12, k13, k14, k15] = rest;
    let keys = [[k0, k1, k2, k3, k4, k5, k6], [k7, k8, k9, k10, k11, k12, k13], [k14, k15, 0, 0, 0, 0, 0]];
    let mut out = [0; 24];
    for (place, key) in out.as_chunks_mut::<8>().0.iter_mut().zip(keys) {
        *place = des(key, block);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ntlm::testing::{SERVER_CHALLENGE, hex, password_hash};

    #[test]
    fn ms_nlmp_4_2_2_ntlm_v1() {
        let response = ntlm_response(&password_hash(), &SERVER_CHALLENGE, None);
        assert_eq!(response.to_vec(), hex("67c43011f30298a2ad35ece64f16331c44bdbed927841f94"));
        let base = session_base_key_v1(&password_hash());
        assert_eq!(base.to_vec(), hex("d87262b0cde4b1cb7499becccdf10784"));
        assert_eq!(key_exchange_key_v1(&base, &SERVER_CHALLENGE, None), base);
    }

    #[test]
    fn ms_nlmp_4_2_3_ntlm_v1_with_client_challenge() {
        let client = [0xaa; 8];
        let response = ntlm_response(&password_hash(), &SERVER_CHALLENGE, Some(&client));
        assert_eq!(response.to_vec(), hex("7537f803ae367128ca458204bde7caf81e97ed2683267232"));
        let key =
            key_exchange_key_v1(&session_base_key_v1(&password_hash()), &SERVER_CHALLENGE, Some(&client));
        assert_eq!(key.to_vec(), hex("eb93429a8bd952f8b89c55b87f475edc"));
    }
}
