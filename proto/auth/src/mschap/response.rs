use super::sha1;
use crate::NtHash;
use crate::ntlm::crypto::{md4, md5};
use crate::ntlm::ntlm_response;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Length of what a server proves itself with, in bytes.
pub const AUTHENTICATOR_RESPONSE: usize = 20;

const SIGNING: &[u8; 39] = b"Magic server to client signing constant";
const PADDING: &[u8; 41] = b"Pad to make it do more than one iteration";

/// What of a name is hashed: the part behind the last backslash (RFC 2759, 4), in whatever characters it came.
#[must_use]
pub fn user_of(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b'\\').next().unwrap_or(name)
}

/// The response of CHAP without Microsoft (RFC 1994, 4.1).
#[must_use]
pub fn chap_md5(identifier: u8, secret: &[u8], challenge: &[u8]) -> [u8; 16] {
    md5(&[&[identifier], secret, challenge])
}

/// RFC 2759, 8.2 ChallengeHash. `name` may have a domain in front.
#[must_use]
pub fn challenge_hash(peer_challenge: &[u8; 16], authenticator_challenge: &[u8; 16], name: &[u8]) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = sha1(&[peer_challenge, authenticator_challenge, user_of(name)]);
    [a, b, c, d, e, f, g, h]
}

/// RFC 2433, A.5 ChallengeResponse with the hash of a password.
#[must_use]
pub fn nt_response_v1(hash: &NtHash, challenge: &[u8; 8]) -> [u8; 24] {
    ntlm_response(hash, challenge, None)
}

/// Whether a response of version 1 was made with this hash, in a time that tells nothing.
#[must_use]
pub fn is_right_v1(hash: &NtHash, challenge: &[u8; 8], response: &[u8; 24]) -> bool {
    nt_response_v1(hash, challenge).ct_eq(response).into()
}

/// RFC 2759, 8.1 GenerateNTResponse. `name` may have a domain in front.
#[must_use]
pub fn nt_response_v2(
    hash: &NtHash,
    authenticator_challenge: &[u8; 16],
    peer_challenge: &[u8; 16],
    name: &[u8],
) -> [u8; 24] {
    nt_response_v1(hash, &challenge_hash(peer_challenge, authenticator_challenge, name))
}

/// RFC 2759, 8.7 GenerateAuthenticatorResponse: what only a server can say that knows the password's hash too. The message of success has it in
/// hexadecimal.
#[must_use]
pub fn authenticator_response(
    hash: &NtHash,
    nt_response: &[u8; 24],
    authenticator_challenge: &[u8; 16],
    peer_challenge: &[u8; 16],
    name: &[u8],
) -> [u8; AUTHENTICATOR_RESPONSE] {
    let digest = sha1(&[&*hash_of_hash(hash), nt_response, SIGNING]);
    sha1(&[&digest, &challenge_hash(peer_challenge, authenticator_challenge, name), PADDING])
}

/// RFC 2759, 8.4 HashNtPasswordHash
pub(super) fn hash_of_hash(hash: &NtHash) -> Zeroizing<[u8; 16]> {
    Zeroizing::new(md4(hash.expose()))
}
