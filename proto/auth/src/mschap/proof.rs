use super::{AUTHENTICATOR_RESPONSE, MasterKey, MppeKeys, authenticator_response, nt_response_v2};
use crate::NtHash;
use subtle::ConstantTimeEq;

/// A response of MS-CHAPv2, and what it responds to (RFC 2759, 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MsChapV2Proof {
    /// What was sent.
    pub authenticator_challenge: [u8; 16],
    /// What the peer put beside it.
    pub peer_challenge: [u8; 16],
    /// NT-Response
    pub nt_response: [u8; 24],
}

impl MsChapV2Proof {
    /// Whether it was made with this hash for this name, in a time that tells nothing.
    #[must_use]
    pub fn is_right(&self, hash: &NtHash, name: &[u8]) -> bool {
        let expected = nt_response_v2(hash, &self.authenticator_challenge, &self.peer_challenge, name);
        expected.ct_eq(&self.nt_response).into()
    }

    /// What the server proves itself with in return.
    #[must_use]
    pub fn answer(&self, hash: &NtHash, name: &[u8]) -> [u8; AUTHENTICATOR_RESPONSE] {
        let Self { authenticator_challenge, peer_challenge, nt_response } = self;
        authenticator_response(hash, nt_response, authenticator_challenge, peer_challenge, name)
    }

    /// The keys that follow.
    #[must_use]
    pub fn keys(&self, hash: &NtHash) -> MppeKeys {
        MppeKeys::v2(&MasterKey::derive(hash, &self.nt_response))
    }
}
