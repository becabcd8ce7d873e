use lanward_nt::NtString;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use super::fields::{Payload, Pointer, encode_pointer, prologue, text, text_bytes};
use super::{ClientChallenge, NegotiateFlags, SIGNATURE, Version, version};

/// [MS-NLMP] 2.2.1.3 AUTHENTICATE_MESSAGE
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticateMessage {
    /// The flags both ends are left with.
    pub flags: NegotiateFlags,
    /// LmChallengeResponse: empty, one zero byte (anonymous), or 24 bytes.
    pub lm_response: Vec<u8>,
    /// NtChallengeResponse; see [`NtResponse`].
    pub nt_response: Vec<u8>,
    /// DomainName.
    pub domain: NtString,
    /// UserName.
    pub user: NtString,
    /// Workstation.
    pub workstation: NtString,
    /// EncryptedRandomSessionKey; empty without KEY_EXCH.
    pub encrypted_random_session_key: Vec<u8>,
    /// The client's version, if the VERSION flag says so.
    pub version: Option<Version>,
    /// The MIC field, if there is room for it before the payload. Whether it means anything is for MsvAvFlags to say.
    pub mic: Option<[u8; 16]>,
}

impl AuthenticateMessage {
    /// Where the MIC is in every message that has one.
    pub(crate) const MIC_RANGE: core::ops::Range<usize> = 72..88;
}

impl Decode<'_> for AuthenticateMessage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let base = Reader::new(r.rest());
        let mut at = base.clone();
        prologue(&mut at, 3)?;
        let lm = Pointer::decode(&mut at, "LmChallengeResponse")?;
        let nt = Pointer::decode(&mut at, "NtChallengeResponse")?;
        let domain = Pointer::decode(&mut at, "DomainName")?;
        let user = Pointer::decode(&mut at, "UserName")?;
        let workstation = Pointer::decode(&mut at, "Workstation")?;
        let key = Pointer::decode(&mut at, "EncryptedRandomSessionKey")?;
        let flags = NegotiateFlags::from_bits_retain(at.u32("NegotiateFlags")?);

        // Version and MIC were added over the years; a message has them if its payload begins behind them.
        let starts = [lm, nt, domain, user, workstation, key].into_iter().filter_map(Pointer::start);
        let payload = starts.min().unwrap_or(base.remaining());
        let header = payload.min(base.remaining());
        let has_version = flags.contains(NegotiateFlags::VERSION) && header >= Self::MIC_RANGE.start;
        let version = if has_version { Some(Version::decode(&mut at)?) } else { None };
        let mic = base.whole().get(Self::MIC_RANGE).filter(|_| header >= Self::MIC_RANGE.end);

        Ok(Self {
            flags,
            lm_response: lm.bytes(&base, "LmChallengeResponse")?.to_vec(),
            nt_response: nt.bytes(&base, "NtChallengeResponse")?.to_vec(),
            domain: text(domain.bytes(&base, "DomainName")?, flags),
            user: text(user.bytes(&base, "UserName")?, flags),
            workstation: text(workstation.bytes(&base, "Workstation")?, flags),
            encrypted_random_session_key: key.bytes(&base, "EncryptedRandomSessionKey")?.to_vec(),
            version,
            mic: mic.and_then(|m| m.try_into().ok()),
        })
    }
}

impl Encode for AuthenticateMessage {
    fn encode(&self, w: &mut Writer<'_>) {
        let range = Self::MIC_RANGE;
        let mut payload = Payload::at(if self.mic.is_some() { range.end } else { range.start });
        let domain = payload.push(&text_bytes(&self.domain, self.flags));
        let user = payload.push(&text_bytes(&self.user, self.flags));
        let workstation = payload.push(&text_bytes(&self.workstation, self.flags));
        let lm = payload.push(&self.lm_response);
        let nt = payload.push(&self.nt_response);
        let key = payload.push(&self.encrypted_random_session_key);
        w.bytes(&SIGNATURE);
        w.u32(3);
        for pointer in [lm, nt, domain, user, workstation, key] {
            encode_pointer(pointer, w);
        }
        w.u32(self.flags.bits());
        version::encode_optional(self.version, w);
        if let Some(mic) = &self.mic {
            w.bytes(mic);
        }
        payload.finish(w);
    }
}

/// What an NtChallengeResponse holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NtResponse<'a> {
    /// Nothing: anonymous, or a client that only speaks LM.
    Empty,
    /// [MS-NLMP] 2.2.2.6 NTLM_RESPONSE
    V1([u8; 24]),
    /// [MS-NLMP] 2.2.2.8 NTLMv2_RESPONSE
    V2 {
        /// Response, also called NTProofStr.
        proof: [u8; 16],
        /// The bytes the proof is over, behind the server's challenge: `temp` of [MS-NLMP] 3.3.2.
        temp: &'a [u8],
        /// The same, decoded.
        challenge: ClientChallenge,
    },
}

impl<'a> NtResponse<'a> {
    /// Tells the versions apart by their lengths, as [MS-NLMP] 3.2.5.1.2 does.
    ///
    /// # Errors
    /// The length fits none of them, or an NTLMv2_CLIENT_CHALLENGE makes no sense.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        if bytes.is_empty() {
            return Ok(Self::Empty);
        }
        if let Ok(response) = bytes.try_into() {
            return Ok(Self::V1(response));
        }
        let mut r = Reader::new(bytes);
        let proof = r.array("NTProofStr")?;
        let temp = r.rest();
        let challenge = ClientChallenge::decode(&mut Reader::new(temp))?;
        Ok(Self::V2 { proof, temp, challenge })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_tell_the_response() {
        assert_eq!(NtResponse::parse(&[]), Ok(NtResponse::Empty));
        assert_eq!(NtResponse::parse(&[7; 24]), Ok(NtResponse::V1([7; 24])));
        // Shorter than the proof, shorter than the proof and the fixed part: CVE-2023-0210 and its kin.
        for len in (1..24).chain(25..44) {
            let mut bytes = vec![0; len];
            bytes.iter_mut().skip(16).take(2).for_each(|b| *b = 1);
            assert!(NtResponse::parse(&bytes).is_err(), "{len}");
        }
        let mut least = vec![0; 44];
        least[16..18].fill(1);
        assert!(matches!(NtResponse::parse(&least), Ok(NtResponse::V2 { .. })));
    }
}
