use lanward_nt::{FileTime, NtStatus, NtString};
use lanward_wire::{Decode, Encode, Reader};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::crypto::rc4k;
use super::response::{lmv2_response, nt_proof, ntowf_v2, session_base_key};
use super::v1::{key_exchange_key_v1, ntlm_response, session_base_key_v1};
use super::{
    AuthenticateMessage, AvFlags, AvPair, ChallengeMessage, ClientChallenge, NegotiateFlags,
    NegotiateMessage, TargetInfo, Version, keys,
};
use crate::{Identity, MAX_TOKEN, NtHash, ResponseVersion, SecurityContext, SessionKey};

/// Who a client says it is, and can prove.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// An account.
    User {
        /// Its domain; may be empty.
        domain: NtString,
        /// Its name.
        user: NtString,
        /// Its password's hash: [`NtHash::of_password`].
        nt_hash: NtHash,
    },
    /// Nobody.
    Anonymous,
}

/// What a client brings to an authentication.
#[derive(Debug, Clone)]
pub struct InitiatorConfig {
    /// Who it is.
    pub credentials: Credentials,
    /// This computer's NetBIOS name; may be empty.
    pub workstation: NtString,
    /// The SPN of the server meant, such as `cifs/server`.
    pub target_name: Option<NtString>,
    /// Answer with NTLMv1 (with extended session security if the server has it) instead of NTLMv2.
    pub ntlmv1: bool,
}

/// The random numbers of one authentication.
#[derive(Debug, Clone, Zeroize, ZeroizeOnDrop)]
pub struct InitiatorNonces {
    /// ChallengeFromClient.
    pub client_challenge: [u8; 8],
    /// The ExportedSessionKey, if keys are exchanged.
    pub random_session_key: [u8; 16],
}

/// The client's half of one NTLM authentication ([MS-NLMP] 3.1.5.1).
#[derive(Debug)]
pub struct NtlmInitiator {
    config: InitiatorConfig,
    negotiate: Vec<u8>,
}

struct Responses {
    nt: Vec<u8>,
    lm: Vec<u8>,
    key_exchange_key: SessionKey,
    mic: bool,
    version: ResponseVersion,
}

const REQUESTED: NegotiateFlags = NegotiateFlags::UNICODE
    .union(NegotiateFlags::REQUEST_TARGET)
    .union(NegotiateFlags::SIGN)
    .union(NegotiateFlags::SEAL)
    .union(NegotiateFlags::NTLM)
    .union(NegotiateFlags::ALWAYS_SIGN)
    .union(NegotiateFlags::EXTENDED_SESSIONSECURITY)
    .union(NegotiateFlags::TARGET_INFO)
    .union(NegotiateFlags::VERSION)
    .union(NegotiateFlags::KEY_128)
    .union(NegotiateFlags::KEY_EXCH)
    .union(NegotiateFlags::KEY_56);

impl NtlmInitiator {
    /// With the NEGOTIATE_MESSAGE made and not yet sent.
    #[must_use]
    pub fn new(config: InitiatorConfig) -> Self {
        let message = NegotiateMessage {
            flags: REQUESTED,
            domain: None,
            workstation: None,
            version: Some(Version::CURRENT),
        };
        Self { config, negotiate: message.to_bytes() }
    }

    /// The NEGOTIATE_MESSAGE.
    #[must_use]
    pub fn negotiate(&self) -> &[u8] {
        &self.negotiate
    }

    /// Answers a CHALLENGE_MESSAGE with an AUTHENTICATE_MESSAGE ([MS-NLMP] 3.1.5.1.2), and says what the context is if the server
    /// accepts it.
    ///
    /// # Errors
    /// `INVALID_PARAMETER`: the message makes no sense or the server does not speak Unicode.
    pub fn authenticate(
        &self,
        token: &[u8],
        now: FileTime,
        nonces: &InitiatorNonces,
    ) -> Result<(Vec<u8>, SecurityContext), NtStatus> {
        if token.len() > MAX_TOKEN {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let challenge =
            ChallengeMessage::decode(&mut Reader::new(token)).map_err(|_| NtStatus::INVALID_PARAMETER)?;
        let flags = challenge.flags.intersection(REQUESTED);
        if !flags.contains(NegotiateFlags::UNICODE) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let responses = self.responses(&challenge, flags, now, nonces);
        let exchange = flags.contains(NegotiateFlags::KEY_EXCH);
        let session_key = if exchange {
            SessionKey::new(nonces.random_session_key)
        } else {
            responses.key_exchange_key.clone()
        };
        let encrypted = if exchange {
            rc4k(responses.key_exchange_key.expose(), session_key.expose()).to_vec()
        } else {
            Vec::new()
        };

        let (domain, user) = self.names();
        let message = AuthenticateMessage {
            flags,
            lm_response: responses.lm,
            nt_response: responses.nt,
            domain: domain.clone(),
            user: user.clone(),
            workstation: self.config.workstation.clone(),
            encrypted_random_session_key: encrypted,
            version: flags.contains(NegotiateFlags::VERSION).then_some(Version::CURRENT),
            mic: responses.mic.then_some([0; 16]),
        };
        let mut bytes = message.to_bytes();
        if responses.mic {
            let mic = keys::message_integrity(&session_key, &self.negotiate, token, &bytes);
            if let Some(place) = bytes.get_mut(AuthenticateMessage::MIC_RANGE) {
                place.copy_from_slice(&mic);
            }
        }
        let identity = match self.config.credentials {
            Credentials::Anonymous => Identity::Anonymous,
            Credentials::User { .. } => {
                Identity::User { domain, user, rid: 0, workstation: self.config.workstation.clone() }
            }
        };
        let context = SecurityContext {
            first_sequence: 0,
            identity,
            session_key,
            flags,
            mic_verified: false,
            response: responses.version,
            target_name: self.config.target_name.clone(),
        };
        Ok((bytes, context))
    }

    fn names(&self) -> (NtString, NtString) {
        match &self.config.credentials {
            Credentials::User { domain, user, .. } => (domain.clone(), user.clone()),
            Credentials::Anonymous => Default::default(),
        }
    }

    fn responses(
        &self,
        challenge: &ChallengeMessage,
        flags: NegotiateFlags,
        now: FileTime,
        nonces: &InitiatorNonces,
    ) -> Responses {
        let Credentials::User { domain, user, nt_hash } = &self.config.credentials else {
            let (nt, lm) = (Vec::new(), vec![0]);
            return Responses {
                nt,
                lm,
                key_exchange_key: SessionKey::new([0; 16]),
                mic: false,
                version: ResponseVersion::None,
            };
        };
        let (server, client) = (&challenge.server_challenge, &nonces.client_challenge);
        if self.config.ntlmv1 {
            return v1_responses(
                nt_hash,
                server,
                flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY).then_some(client),
            );
        }
        let server_time = challenge.target_info.timestamp();
        let temp = ClientChallenge {
            timestamp: server_time.unwrap_or(now),
            challenge: *client,
            target_info: self.target_info(&challenge.target_info),
        }
        .to_bytes();
        let key = ntowf_v2(nt_hash, user, domain);
        let proof = nt_proof(&key, server, &temp);
        Responses {
            nt: [proof.as_slice(), &temp].concat(),
            lm: if server_time.is_some() { vec![0; 24] } else { lmv2_response(&key, server, client) },
            key_exchange_key: SessionKey::new(session_base_key(&key, &proof)),
            mic: server_time.is_some(),
            version: ResponseVersion::NtlmV2,
        }
    }

    /// The server's pairs, and ours: the flags, no channel binding, the target ([MS-NLMP] 3.1.5.1.2).
    fn target_info(&self, server: &TargetInfo) -> TargetInfo {
        let ours =
            |p: &AvPair| matches!(p, AvPair::Flags(_) | AvPair::ChannelBindings(_) | AvPair::TargetName(_));
        let mut pairs: Vec<AvPair> = server.pairs.iter().filter(|p| !ours(p)).cloned().collect();
        let mut flags = server.flags();
        flags.set(AvFlags::MIC_PRESENT, server.timestamp().is_some());
        if !flags.is_empty() {
            pairs.push(AvPair::Flags(flags));
        }
        pairs.push(AvPair::ChannelBindings([0; 16]));
        pairs.push(AvPair::TargetName(self.config.target_name.clone().unwrap_or_default()));
        TargetInfo { pairs }
    }
}

fn v1_responses(nt_hash: &NtHash, server: &[u8; 8], client: Option<&[u8; 8]>) -> Responses {
    let nt = ntlm_response(nt_hash, server, client).to_vec();
    // Without extended session security the LM response repeats the NT response: NoLMResponseNTLMv1.
    let lm = match client {
        Some(client) => [client.as_slice(), &[0; 16]].concat(),
        None => nt.clone(),
    };
    let key_exchange_key =
        SessionKey::new(key_exchange_key_v1(&session_base_key_v1(nt_hash), server, client));
    Responses { nt, lm, key_exchange_key, mic: false, version: ResponseVersion::NtlmV1 }
}
