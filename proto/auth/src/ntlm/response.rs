//! [MS-NLMP] 3.3.2 NTLM v2 Authentication.

use lanward_nt::{FileTime, NtString};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use super::TargetInfo;
use super::crypto::hmac_md5;
use crate::NtHash;

/// [MS-NLMP] 2.2.2.7 NTLMv2_CLIENT_CHALLENGE
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientChallenge {
    /// TimeStamp: the server's, if it gave one, else the client's.
    pub timestamp: FileTime,
    /// ChallengeFromClient.
    pub challenge: [u8; 8],
    /// AvPairs.
    pub target_info: TargetInfo,
}

impl Decode<'_> for ClientChallenge {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.array("RespType, HiRespType")? != [1, 1] {
            return Err(DecodeError::invalid("RespType", "not version 1"));
        }
        r.skip(6, "Reserved")?;
        let timestamp = FileTime(r.u64("TimeStamp")?);
        let challenge = r.array("ChallengeFromClient")?;
        r.skip(4, "Reserved3")?;
        Ok(Self { timestamp, challenge, target_info: TargetInfo::decode(r)? })
    }
}

impl Encode for ClientChallenge {
    /// With the four zero bytes that `temp` of [MS-NLMP] 3.3.2 ends in.
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&[1, 1]);
        w.zeros(6);
        w.u64(self.timestamp.0);
        w.bytes(&self.challenge);
        w.zeros(4);
        self.target_info.encode(w);
        w.zeros(4);
    }
}

/// [MS-NLMP] 3.3.2 NTOWFv2, which is LMOWFv2, too: the key of every NTLMv2 response. `domain` as it is in the message.
#[must_use]
pub fn ntowf_v2(nt_hash: &NtHash, user: &NtString, domain: &NtString) -> [u8; 16] {
    let mut name = Vec::new();
    let mut w = Writer::new(&mut name);
    w.utf16(user.to_uppercase().units());
    w.utf16(domain.units());
    hmac_md5(nt_hash.expose(), &[&name])
}

/// NTProofStr over the server's challenge and `temp`.
#[must_use]
pub fn nt_proof(response_key: &[u8; 16], server_challenge: &[u8; 8], temp: &[u8]) -> [u8; 16] {
    hmac_md5(response_key, &[server_challenge, temp])
}

/// [MS-NLMP] 2.2.2.4 LMv2_RESPONSE.
#[must_use]
pub fn lmv2_response(
    response_key: &[u8; 16],
    server_challenge: &[u8; 8],
    client_challenge: &[u8; 8],
) -> Vec<u8> {
    let mut response = hmac_md5(response_key, &[server_challenge, client_challenge]).to_vec();
    response.extend_from_slice(client_challenge);
    response
}

/// SessionBaseKey, which with NTLMv2 is also the KeyExchangeKey ([MS-NLMP] 3.4.5.1).
#[must_use]
pub fn session_base_key(response_key: &[u8; 16], nt_proof: &[u8; 16]) -> [u8; 16] {
    hmac_md5(response_key, &[nt_proof])
}
