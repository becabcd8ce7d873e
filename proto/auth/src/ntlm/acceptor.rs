use core::time::Duration;
use std::sync::Arc;

use lanward_nt::{FileTime, NtStatus, NtString};
use lanward_wire::{Decode, Encode, Reader};
use subtle::ConstantTimeEq;

use super::legacy::prove_lm;
use super::response::{lmv2_response, nt_proof, ntowf_v2, session_base_key};
use super::v1::{key_exchange_key_v1, ntlm_response, session_base_key_v1};
use super::{
    AuthenticateMessage, AvFlags, AvPair, ChallengeMessage, ClientChallenge, MAX_NEGOTIATE, NegotiateFlags,
    NegotiateMessage, NtResponse, TargetInfo, Version, keys,
};
use crate::{
    Account, AccountLookup, Accounts, Identity, MAX_TOKEN, NtHash, ResponseVersion, SecurityContext,
    SessionKey,
};

/// What a server says of itself, and what it asks of its clients.
#[derive(Debug, Clone, Default)]
pub struct AcceptorConfig {
    /// The NetBIOS computer name.
    pub nb_computer_name: NtString,
    /// The NetBIOS domain or workgroup name.
    pub nb_domain_name: NtString,
    /// The computer's DNS name.
    pub dns_computer_name: Option<NtString>,
    /// The domain's DNS name.
    pub dns_domain_name: Option<NtString>,
    /// Whether the server is a member of that domain; a stand-alone server calls itself by its computer name.
    pub domain_member: bool,
    /// What is asked of clients.
    pub policy: NtlmPolicy,
}

/// What an acceptor asks of clients. The default takes NTLMv2 only and leaves the rest to the client.
#[derive(Debug, Clone, Copy, Default)]
pub struct NtlmPolicy {
    /// Take NTLMv1 and LMv2 responses, which can be cracked by whoever sees them.
    pub ntlmv1: bool,
    /// Take LM responses of clients that send nothing better, for accounts that have an LM hash: they are cracked in no time.
    pub lm: bool,
    /// Take passwords in plain text ([`NtlmAcceptor::password`]).
    pub plaintext: bool,
    /// Refuse NTLMv2 clients that do not protect the exchange with a MIC.
    pub require_mic: bool,
    /// Refuse NTLMv2 responses whose time differs by more than this from the server's.
    pub max_clock_skew: Option<Duration>,
    /// Do without the mechListMIC that RFC 4178 asks for when NTLM was not the client's first choice. It protects a better mechanism
    /// from being negotiated away; old clients never send it.
    pub optional_mech_list_mic: bool,
}

/// Who a client says it is, true or not: for logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// DomainName.
    pub domain: NtString,
    /// UserName.
    pub user: NtString,
    /// Workstation.
    pub workstation: NtString,
}

/// The server's half of one NTLM authentication ([MS-NLMP] 3.2.5.1).
#[derive(Debug)]
pub struct NtlmAcceptor {
    pub(super) config: Arc<AcceptorConfig>,
    pub(super) state: State,
    pub(super) claim: Option<Claim>,
    pub(super) refusal: Option<&'static str>,
}

#[derive(Debug)]
pub(super) enum State {
    Start,
    Challenged(Box<Challenged>),
    Over,
}

#[derive(Debug)]
pub(super) struct Challenged {
    pub(super) negotiate: Vec<u8>,
    pub(super) challenge: Vec<u8>,
    pub(super) server_challenge: [u8; 8],
    pub(super) flags: NegotiateFlags,
}

/// What follows from a response that is right.
pub(super) struct Proven {
    pub(super) key_exchange_key: SessionKey,
    pub(super) response: ResponseVersion,
    pub(super) target_info: TargetInfo,
}

// Why clients are refused that guess.
pub(super) const WRONG_PASSWORD: &str = "wrong password";
pub(super) const NO_ACCOUNT: &str = "no such account";
pub(super) const TOO_MANY: &str = "too many logons failed from here";
pub(super) const LOCKED: &str = "the account is locked after too many wrong passwords";

/// What a client may have if it asks.
const SUPPORTED: NegotiateFlags = NegotiateFlags::UNICODE
    .union(NegotiateFlags::OEM)
    .union(NegotiateFlags::SIGN)
    .union(NegotiateFlags::SEAL)
    .union(NegotiateFlags::EXTENDED_SESSIONSECURITY)
    .union(NegotiateFlags::VERSION)
    .union(NegotiateFlags::KEY_128)
    .union(NegotiateFlags::KEY_EXCH)
    .union(NegotiateFlags::KEY_56);

/// What every CHALLENGE_MESSAGE says.
const ALWAYS: NegotiateFlags = NegotiateFlags::REQUEST_TARGET
    .union(NegotiateFlags::NTLM)
    .union(NegotiateFlags::ALWAYS_SIGN)
    .union(NegotiateFlags::TARGET_INFO);

impl NtlmAcceptor {
    /// Before the first message.
    #[must_use]
    pub const fn new(config: Arc<AcceptorConfig>) -> Self {
        Self { config, state: State::Start, claim: None, refusal: None }
    }

    /// Who the client said it is, once an AUTHENTICATE_MESSAGE was understood.
    #[must_use]
    pub const fn claim(&self) -> Option<&Claim> {
        self.claim.as_ref()
    }

    /// Why the client was refused, in more detail than it was told: for logs.
    #[must_use]
    pub const fn refusal(&self) -> Option<&'static str> {
        self.refusal
    }

    /// Answers a NEGOTIATE_MESSAGE with a CHALLENGE_MESSAGE ([MS-NLMP] 3.2.5.1.1). `server_challenge` must be random.
    ///
    /// # Errors
    /// `INVALID_PARAMETER`: the message makes no sense or comes out of turn.
    pub fn negotiate(
        &mut self,
        token: &[u8],
        server_challenge: [u8; 8],
        now: FileTime,
    ) -> Result<Vec<u8>, NtStatus> {
        let in_turn = matches!(core::mem::replace(&mut self.state, State::Over), State::Start);
        if !in_turn || token.len() > MAX_NEGOTIATE {
            return self.refuse(NtStatus::INVALID_PARAMETER, "NEGOTIATE_MESSAGE out of turn or too long");
        }
        let Ok(message) = NegotiateMessage::decode(&mut Reader::new(token)) else {
            return self.refuse(NtStatus::INVALID_PARAMETER, "malformed NEGOTIATE_MESSAGE");
        };
        let mut flags = message.flags.intersection(SUPPORTED).union(ALWAYS);
        if flags.contains(NegotiateFlags::UNICODE) {
            flags.remove(NegotiateFlags::OEM);
        } else if !flags.contains(NegotiateFlags::OEM) {
            return self.refuse(NtStatus::INVALID_PARAMETER, "no character set offered");
        }
        let member = self.config.domain_member;
        flags.insert(if member {
            NegotiateFlags::TARGET_TYPE_DOMAIN
        } else {
            NegotiateFlags::TARGET_TYPE_SERVER
        });
        let name = if member { &self.config.nb_domain_name } else { &self.config.nb_computer_name };
        let version = flags.contains(NegotiateFlags::VERSION).then_some(Version::CURRENT);
        let target_info = self.target_info(now);
        let challenge =
            ChallengeMessage { flags, target_name: name.clone(), server_challenge, target_info, version }
                .to_bytes();
        self.state = State::Challenged(Box::new(Challenged {
            negotiate: token.to_vec(),
            challenge: challenge.clone(),
            server_challenge,
            flags,
        }));
        Ok(challenge)
    }

    fn target_info(&self, now: FileTime) -> TargetInfo {
        let config = &self.config;
        let mut pairs = vec![
            AvPair::NbDomainName(config.nb_domain_name.clone()),
            AvPair::NbComputerName(config.nb_computer_name.clone()),
        ];
        pairs.extend(config.dns_domain_name.clone().map(AvPair::DnsDomainName));
        pairs.extend(config.dns_computer_name.clone().map(AvPair::DnsComputerName));
        pairs.push(AvPair::Timestamp(now));
        TargetInfo { pairs }
    }

    /// Judges an AUTHENTICATE_MESSAGE ([MS-NLMP] 3.2.5.1.2). Whatever comes of it, this acceptor is then used up.
    ///
    /// # Errors
    /// `INVALID_PARAMETER`: the message makes no sense, was tampered with or comes out of turn. `LOGON_FAILURE`: no such account, a
    /// wrong password ([`Account::wrong`]), or a response the policy refuses. [`Account::barred`]: the right password of an account that cannot be used.
    pub fn authenticate(
        &mut self,
        token: &[u8],
        accounts: &dyn Accounts,
        now: FileTime,
    ) -> Result<SecurityContext, NtStatus> {
        let State::Challenged(state) = core::mem::replace(&mut self.state, State::Over) else {
            return self.refuse(NtStatus::INVALID_PARAMETER, "AUTHENTICATE_MESSAGE out of turn");
        };
        if token.len() > MAX_TOKEN {
            return self.refuse(NtStatus::INVALID_PARAMETER, "AUTHENTICATE_MESSAGE too long");
        }
        let Ok(message) = AuthenticateMessage::decode(&mut Reader::new(token)) else {
            return self.refuse(NtStatus::INVALID_PARAMETER, "malformed AUTHENTICATE_MESSAGE");
        };
        self.judge(&state, token, message, accounts, now)
    }

    pub(super) fn judge(
        &mut self,
        state: &Challenged,
        token: &[u8],
        message: AuthenticateMessage,
        accounts: &dyn Accounts,
        now: FileTime,
    ) -> Result<SecurityContext, NtStatus> {
        let Ok(nt_response) = NtResponse::parse(&message.nt_response) else {
            return self.refuse(NtStatus::INVALID_PARAMETER, "malformed NtChallengeResponse");
        };
        let claim = Claim {
            domain: message.domain.clone(),
            user: message.user.clone(),
            workstation: message.workstation.clone(),
        };
        self.claim = Some(claim.clone());
        if is_anonymous(&message, &nt_response) {
            let nobody = Proven {
                key_exchange_key: SessionKey::new([0; 16]),
                response: ResponseVersion::None,
                target_info: TargetInfo::default(),
            };
            return self.agree(state, token, &message, &nobody, Identity::Anonymous);
        }
        let account = match accounts.look_up(&claim, now) {
            AccountLookup::Found(account) => Some(account),
            AccountLookup::Unknown => None,
            AccountLookup::Refused => return self.refuse(NtStatus::ACCESS_DENIED, TOO_MANY),
            AccountLookup::Guest => return Ok(guest(state, message)),
            AccountLookup::Locked => {
                // The work is the same, and what comes of it is not looked at.
                let _unseen = self.prove(state, &message, &nt_response, None, now);
                return self.refuse(NtStatus::ACCOUNT_LOCKED_OUT, LOCKED);
            }
        };
        let proven = self.prove(state, &message, &nt_response, account.as_ref(), now);
        if proven.is_ok() || matches!(self.refusal, Some(WRONG_PASSWORD | NO_ACCOUNT)) {
            accounts.tried(&claim, proven.is_ok(), now);
        }
        let told = account.as_ref().map_or(NtStatus::LOGON_FAILURE, |account| account.wrong);
        let proven =
            proven.map_err(|status| if status == NtStatus::LOGON_FAILURE { told } else { status })?;
        let Some(account) = account else { return self.refuse(NtStatus::LOGON_FAILURE, NO_ACCOUNT) };
        let Account { name: user, domain, rid, barred, .. } = account;
        let identity = Identity::User { domain, user, rid, workstation: message.workstation.clone() };
        let context = self.agree(state, token, &message, &proven, identity)?;
        match barred {
            Some(status) => self.refuse(status, "the account cannot be used"),
            None => Ok(context),
        }
    }

    /// Holds the response against the account, or against one that nobody has, with the same work.
    fn prove(
        &mut self,
        state: &Challenged,
        message: &AuthenticateMessage,
        response: &NtResponse<'_>,
        account: Option<&Account>,
        now: FileTime,
    ) -> Result<Proven, NtStatus> {
        let nobody = NtHash::new([0; 16]);
        let wrong = if account.is_some() { WRONG_PASSWORD } else { NO_ACCOUNT };
        let hash = account.map_or(&nobody, |a| &a.nt_hash);
        let NtResponse::V2 { proof, temp, challenge } = response else {
            if *response == NtResponse::Empty && self.config.policy.lm {
                let proven = prove_lm(state, &message.lm_response, account);
                if proven.is_some() || !self.config.policy.ntlmv1 {
                    return proven.map_or_else(|| self.refuse(NtStatus::LOGON_FAILURE, wrong), Ok);
                }
            }
            if !self.config.policy.ntlmv1 {
                return self.refuse(
                    NtStatus::LOGON_FAILURE,
                    "the response is not NTLMv2, which the policy asks for",
                );
            }
            let proven = prove_v1(state, message, response, hash).filter(|_| account.is_some());
            return match proven {
                Some(proven) => Ok(proven),
                None => self.refuse(NtStatus::LOGON_FAILURE, wrong),
            };
        };
        // 3.2.5.1.2: some clients leave the domain out of the key; some write it in capitals there only.
        let mut key = None;
        for domain in [&message.domain.to_uppercase(), &NtString::default(), &message.domain] {
            let candidate = ntowf_v2(hash, &message.user, domain);
            if nt_proof(&candidate, &state.server_challenge, temp).ct_eq(proof).into() {
                key = Some(candidate);
            }
        }
        let Some(key) = key.filter(|_| account.is_some()) else {
            return self.refuse(NtStatus::LOGON_FAILURE, wrong);
        };
        if self.out_of_time(challenge, now) {
            return self.refuse(NtStatus::LOGON_FAILURE, "the response's time is too far off");
        }
        Ok(Proven {
            key_exchange_key: SessionKey::new(session_base_key(&key, proof)),
            response: ResponseVersion::NtlmV2,
            target_info: challenge.target_info.clone(),
        })
    }

    fn out_of_time(&self, challenge: &ClientChallenge, now: FileTime) -> bool {
        let Some(most) = self.config.policy.max_clock_skew else { return false };
        u128::from(challenge.timestamp.0.abs_diff(now.0)) > most.as_nanos() / 100
    }

    /// The keys, and the MIC under them.
    fn agree(
        &mut self,
        state: &Challenged,
        token: &[u8],
        message: &AuthenticateMessage,
        proven: &Proven,
        identity: Identity,
    ) -> Result<SecurityContext, NtStatus> {
        let flags = message.flags.intersection(state.flags);
        let Ok(encrypted) = encrypted_key(flags, message) else {
            return self.refuse(NtStatus::INVALID_PARAMETER, "no EncryptedRandomSessionKey");
        };
        let session_key = keys::exported_session_key(proven.key_exchange_key.expose(), encrypted.as_ref());
        let av = proven.target_info.flags();
        let mic_verified = av.contains(AvFlags::MIC_PRESENT);
        if mic_verified {
            let mic = keys::message_integrity(&session_key, &state.negotiate, &state.challenge, token);
            if !message.mic.is_some_and(|sent| sent.ct_eq(&mic).into()) {
                return self
                    .refuse(NtStatus::INVALID_PARAMETER, "the MIC is wrong: the exchange was tampered with");
            }
        } else if proven.response == ResponseVersion::NtlmV2 && self.config.policy.require_mic {
            return self.refuse(NtStatus::LOGON_FAILURE, "the client sent no MIC, which the policy asks for");
        }
        let vouched = !av.contains(AvFlags::UNTRUSTED_TARGET);
        let target_name =
            proven.target_info.target_name().filter(|n| vouched && !n.units().is_empty()).cloned();
        Ok(SecurityContext {
            identity,
            session_key,
            flags,
            mic_verified,
            response: proven.response,
            target_name,
            first_sequence: 0,
        })
    }

    pub(super) fn refuse<T>(&mut self, status: NtStatus, why: &'static str) -> Result<T, NtStatus> {
        self.refusal = Some(why);
        Err(status)
    }
}

fn is_anonymous(message: &AuthenticateMessage, response: &NtResponse<'_>) -> bool {
    let no_lm = matches!(message.lm_response.as_slice(), [] | [0]);
    message.user.units().is_empty() && *response == NtResponse::Empty && no_lm
}

/// A guest's client has keys made from a password nobody here knows, so there is nothing to agree on.
fn guest(state: &Challenged, message: AuthenticateMessage) -> SecurityContext {
    let AuthenticateMessage { domain, user, workstation, flags, .. } = message;
    SecurityContext {
        identity: Identity::Guest { domain, user, workstation },
        session_key: SessionKey::new([0; 16]),
        flags: flags.intersection(state.flags),
        mic_verified: false,
        response: ResponseVersion::None,
        target_name: None,
        first_sequence: 0,
    }
}

/// NTLM v1 with or without extended session security, and LMv2 of clients that send nothing else.
fn prove_v1(
    state: &Challenged,
    message: &AuthenticateMessage,
    response: &NtResponse<'_>,
    hash: &NtHash,
) -> Option<Proven> {
    let server = &state.server_challenge;
    let proven = |key| {
        Some(Proven {
            key_exchange_key: SessionKey::new(key),
            response: ResponseVersion::NtlmV1,
            target_info: TargetInfo::default(),
        })
    };
    let NtResponse::V1(response) = response else {
        let (proof, client) = message.lm_response.split_first_chunk::<16>()?;
        let key = ntowf_v2(hash, &message.user, &message.domain);
        let expected = lmv2_response(&key, server, client.try_into().ok()?);
        let right: bool = expected.ct_eq(&message.lm_response).into();
        return proven(session_base_key(&key, proof)).filter(|_| right);
    };
    let extended = message.flags.intersection(state.flags).contains(NegotiateFlags::EXTENDED_SESSIONSECURITY);
    let client = if extended { Some(message.lm_response.first_chunk::<8>()?) } else { None };
    let right: bool = ntlm_response(hash, server, client).ct_eq(response).into();
    proven(key_exchange_key_v1(&session_base_key_v1(hash), server, client)).filter(|_| right)
}

/// The EncryptedRandomSessionKey, if there is to be one. Clients that negotiate neither signing nor sealing may ask for the exchange
/// and not do it (pyspnego then sends one byte), or do it all the same (the kernel's cifs).
fn encrypted_key(flags: NegotiateFlags, message: &AuthenticateMessage) -> Result<Option<[u8; 16]>, ()> {
    if !flags.contains(NegotiateFlags::KEY_EXCH) {
        return Ok(None);
    }
    let needed = flags.intersects(NegotiateFlags::SIGN | NegotiateFlags::SEAL);
    match <[u8; 16]>::try_from(message.encrypted_random_session_key.as_slice()) {
        Ok(key) => Ok(Some(key)),
        Err(_) if !needed => Ok(None),
        Err(_) => Err(()),
    }
}
