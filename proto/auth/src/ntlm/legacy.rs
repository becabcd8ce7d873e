//! Proofs of clients that speak none of NTLM's messages: a response to a challenge that went out elsewhere, and the password itself
//! ([MS-NLMP] 1.3.1.1, [MS-CIFS] 3.3.5.43).

use std::sync::Arc;

use lanward_nt::{FileTime, NtStatus, NtString};
use subtle::ConstantTimeEq;

use super::acceptor::{Challenged, LOCKED, NO_ACCOUNT, Proven, State, TOO_MANY, WRONG_PASSWORD};
use super::{
    AcceptorConfig, AuthenticateMessage, Claim, NegotiateFlags, NtlmAcceptor, TargetInfo, lm_response,
};
use crate::{
    Account, AccountLookup, Accounts, Identity, LmHash, NtHash, ResponseVersion, SecurityContext, SessionKey,
};

/// What a client answers to a challenge where NTLM's messages are not spoken.
#[derive(Debug, Clone)]
pub struct ChallengeResponse<'a> {
    /// Who it says it is.
    pub claim: Claim,
    /// The LM or LMv2 response; may be empty.
    pub lm: &'a [u8],
    /// The NTLM or NTLMv2 response; may be empty.
    pub nt: &'a [u8],
}

impl NtlmAcceptor {
    /// One whose challenge went out in no message of its own: in SMB_COM_NEGOTIATE. What comes back goes to [`NtlmAcceptor::respond`] or
    /// [`NtlmAcceptor::password`].
    #[must_use]
    pub fn challenged(config: Arc<AcceptorConfig>, server_challenge: [u8; 8]) -> Self {
        let (negotiate, challenge, flags) = (Vec::new(), Vec::new(), NegotiateFlags::default());
        let state = Challenged { negotiate, challenge, server_challenge, flags };
        Self { config, state: State::Challenged(Box::new(state)), claim: None, refusal: None }
    }

    /// Judges a response to the challenge of [`NtlmAcceptor::challenged`]. The session key is the NT session key, of an LM proof the LM session
    /// key. Whatever comes of it, this acceptor is then used up.
    ///
    /// # Errors
    /// As [`NtlmAcceptor::authenticate`].
    pub fn respond(
        &mut self,
        response: &ChallengeResponse<'_>,
        accounts: &dyn Accounts,
        now: FileTime,
    ) -> Result<SecurityContext, NtStatus> {
        let State::Challenged(state) = core::mem::replace(&mut self.state, State::Over) else {
            return self.refuse(NtStatus::INVALID_PARAMETER, "a response out of turn");
        };
        let Claim { domain, user, workstation } = response.claim.clone();
        let message = AuthenticateMessage {
            lm_response: response.lm.to_vec(),
            nt_response: response.nt.to_vec(),
            domain,
            user,
            workstation,
            flags: NegotiateFlags::default(),
            encrypted_random_session_key: Vec::new(),
            version: None,
            mic: None,
        };
        self.judge(&state, &[], message, accounts, now)
    }

    /// Judges a password as it is. Old clients write it in capitals, so one that is right in small letters is right. There is nothing to sign
    /// with: the session key is zero. Whatever comes of it, this acceptor is then used up.
    ///
    /// # Errors
    /// `LOGON_FAILURE`: no such account, a wrong password, or the policy takes none. [`Account::barred`]: the right password of an account that
    /// cannot be used.
    pub fn password(
        &mut self,
        claim: &Claim,
        password: &NtString,
        accounts: &dyn Accounts,
        now: FileTime,
    ) -> Result<SecurityContext, NtStatus> {
        self.state = State::Over;
        self.claim = Some(claim.clone());
        if !self.config.policy.plaintext {
            return self
                .refuse(NtStatus::LOGON_FAILURE, "a password in plain text, which the policy refuses");
        }
        let found = match accounts.look_up(claim, now) {
            AccountLookup::Found(account) => Ok(account),
            AccountLookup::Unknown => Err((NtStatus::LOGON_FAILURE, NO_ACCOUNT)),
            AccountLookup::Locked => Err((NtStatus::ACCOUNT_LOCKED_OUT, LOCKED)),
            AccountLookup::Refused => return self.refuse(NtStatus::ACCESS_DENIED, TOO_MANY),
            AccountLookup::Guest => {
                let Claim { domain, user, workstation } = claim.clone();
                let guest = Identity::Guest { domain, user, workstation };
                return Ok(without_key(guest, ResponseVersion::None));
            }
        };
        let nobody = NtHash::new([0; 16]);
        let hash = found.as_ref().map_or(&nobody, |account| &account.nt_hash);
        let right = is_right(password, hash) && found.is_ok();
        if !matches!(found, Err((_, LOCKED))) {
            accounts.tried(claim, right, now);
        }
        match found {
            Err((status, why)) => self.refuse(status, why),
            Ok(account) if !right => self.refuse(account.wrong, WRONG_PASSWORD),
            Ok(Account { barred: Some(status), .. }) => self.refuse(status, "the account cannot be used"),
            Ok(Account { name: user, domain, rid, .. }) => {
                let workstation = claim.workstation.clone();
                let identity = Identity::User { domain, user, rid, workstation };
                Ok(without_key(identity, ResponseVersion::Plaintext))
            }
        }
    }
}

/// The same work whether it is right or not.
fn is_right(password: &NtString, hash: &NtHash) -> bool {
    let small: NtString = password.to_string_lossy().to_lowercase().as_str().into();
    let (as_sent, small) = (NtHash::of_password(password) == *hash, NtHash::of_password(&small) == *hash);
    as_sent | small
}

fn without_key(identity: Identity, response: ResponseVersion) -> SecurityContext {
    SecurityContext {
        identity,
        session_key: SessionKey::new([0; 16]),
        flags: NegotiateFlags::default(),
        mic_verified: false,
        response,
        target_name: None,
        first_sequence: 0,
    }
}

/// Holds an LM response against an account, or against one that nobody has, with the same work.
pub(super) fn prove_lm(state: &Challenged, response: &[u8], account: Option<&Account>) -> Option<Proven> {
    let nobody = LmHash::new([0; 16]);
    let known = account.and_then(|account| account.lm_hash.as_ref());
    let hash = known.unwrap_or(&nobody);
    let right: bool = lm_response(hash, &state.server_challenge).ct_eq(response).into();
    let proven = Proven {
        key_exchange_key: SessionKey::new(hash.session_key()),
        response: ResponseVersion::Lm,
        target_info: TargetInfo::default(),
    };
    Some(proven).filter(|_| right && known.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NtlmPolicy;
    use crate::ntlm::{nt_proof, ntlm_response, ntowf_v2, session_base_key, session_base_key_v1};
    use lanward_wire::Encode;

    const CHALLENGE: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];

    struct One {
        barred: Option<NtStatus>,
        lm: bool,
    }

    impl Accounts for One {
        fn look_up(&self, claim: &Claim, _: FileTime) -> AccountLookup {
            if claim.user != "User".into() {
                return AccountLookup::Unknown;
            }
            AccountLookup::Found(Account {
                name: "User".into(),
                domain: "Domain".into(),
                rid: 1000,
                nt_hash: NtHash::of_password(&"password".into()),
                lm_hash: self.lm.then(|| LmHash::of_password(b"password")),
                wrong: NtStatus::LOGON_FAILURE,
                barred: self.barred,
            })
        }

        fn tried(&self, _: &Claim, _: bool, _: FileTime) {}
    }

    const ACCOUNTS: One = One { barred: None, lm: true };

    fn claim(user: &str) -> Claim {
        Claim { domain: "Domain".into(), user: user.into(), workstation: NtString::default() }
    }

    fn acceptor(policy: NtlmPolicy) -> NtlmAcceptor {
        NtlmAcceptor::challenged(Arc::new(AcceptorConfig { policy, ..AcceptorConfig::default() }), CHALLENGE)
    }

    fn respond(policy: NtlmPolicy, lm: &[u8], nt: &[u8]) -> Result<SecurityContext, NtStatus> {
        let response = ChallengeResponse { claim: claim("User"), lm, nt };
        acceptor(policy).respond(&response, &ACCOUNTS, FileTime(0))
    }

    #[test]
    fn each_proof_is_taken_by_its_policy_only() {
        let strict = NtlmPolicy::default();
        let v1 = NtlmPolicy { ntlmv1: true, ..strict };
        let lm = NtlmPolicy { lm: true, ..strict };
        let nt_hash = NtHash::of_password(&"password".into());
        let lm_hash = LmHash::of_password(b"password");
        let (nt_proof_v1, lm_proof) =
            (ntlm_response(&nt_hash, &CHALLENGE, None), lm_response(&lm_hash, &CHALLENGE));

        let proved = respond(v1, &lm_proof, &nt_proof_v1).unwrap();
        assert_eq!(proved.response, ResponseVersion::NtlmV1);
        assert_eq!(*proved.session_key.expose(), session_base_key_v1(&nt_hash));
        assert!(respond(strict, &lm_proof, &nt_proof_v1).is_err());
        assert!(respond(lm, &lm_proof, &nt_proof_v1).is_err(), "what is better is looked at alone");

        let proved = respond(lm, &lm_proof, &[]).unwrap();
        assert_eq!(proved.response, ResponseVersion::Lm);
        assert_eq!(*proved.session_key.expose(), lm_hash.session_key());
        assert!(respond(strict, &lm_proof, &[]).is_err());
        assert!(respond(v1, &lm_proof, &[]).is_err());
        assert!(respond(lm, &[0; 24], &[]).is_err());
        let response = ChallengeResponse { claim: claim("User"), lm: &lm_proof, nt: &[] };
        let unkept = One { lm: false, ..ACCOUNTS };
        assert!(acceptor(lm).respond(&response, &unkept, FileTime(0)).is_err(), "no LM hash is kept");
    }

    #[test]
    fn ntlmv2_needs_no_messages() {
        let key = ntowf_v2(&NtHash::of_password(&"password".into()), &"User".into(), &"Domain".into());
        let temp = crate::ntlm::ClientChallenge {
            timestamp: FileTime(5),
            challenge: [7; 8],
            target_info: TargetInfo::default(),
        }
        .to_bytes();
        let proof = nt_proof(&key, &CHALLENGE, &temp);
        let proved = respond(NtlmPolicy::default(), &[], &[&proof[..], &temp].concat()).unwrap();
        assert_eq!(proved.response, ResponseVersion::NtlmV2);
        assert_eq!(*proved.session_key.expose(), session_base_key(&key, &proof));
    }

    #[test]
    fn passwords_as_they_are() {
        let plain = NtlmPolicy { plaintext: true, ..NtlmPolicy::default() };
        let judge = |policy, user, password: &str, accounts: &One| {
            acceptor(policy).password(&claim(user), &password.into(), accounts, FileTime(0))
        };
        for password in ["password", "PASSWORD"] {
            let proved = judge(plain, "User", password, &ACCOUNTS).unwrap();
            assert_eq!(proved.response, ResponseVersion::Plaintext);
        }
        let refused = |policy, user, password, accounts: &One| judge(policy, user, password, accounts).err();
        assert_eq!(refused(plain, "User", "Passwor", &ACCOUNTS), Some(NtStatus::LOGON_FAILURE));
        assert_eq!(refused(plain, "Nobody", "password", &ACCOUNTS), Some(NtStatus::LOGON_FAILURE));
        assert_eq!(
            refused(NtlmPolicy::default(), "User", "password", &ACCOUNTS),
            Some(NtStatus::LOGON_FAILURE)
        );
        let barred = One { barred: Some(NtStatus::ACCOUNT_DISABLED), ..ACCOUNTS };
        assert_eq!(refused(plain, "User", "password", &barred), Some(NtStatus::ACCOUNT_DISABLED));
        assert_eq!(refused(plain, "User", "wrong", &barred), Some(NtStatus::LOGON_FAILURE));
    }

    #[test]
    fn nobody_comes_without_a_proof() {
        let response = ChallengeResponse { claim: claim(""), lm: &[0], nt: &[] };
        let proved = acceptor(NtlmPolicy::default()).respond(&response, &ACCOUNTS, FileTime(0)).unwrap();
        assert_eq!(proved.identity, Identity::Anonymous);
    }
}
