//! What is sent instead of a password ([MS-CIFS] 3.2.4.2.4).

use super::{Connection, Form, Login};
use crate::login::now;
use crate::random::random;
use crate::{Error, Result};
use lanward_auth::ntlm::{
    AvPair, ClientChallenge, TargetInfo, lm_response, lmv2_response, nt_proof, ntlm_response, ntowf_v2,
    session_base_key, session_base_key_v1,
};
use lanward_auth::{LmHash, NtHash};
use lanward_nt::NtString;
use lanward_wire::{CodePage, Encode as _};

/// The two passwords of a SESSION_SETUP_ANDX, and the keys that follow from the one or the other.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    pub(crate) oem: Vec<u8>,
    pub(crate) unicode: Vec<u8>,
    /// The session key if the server took the Unicode one.
    pub(crate) nt_key: Option<[u8; 16]>,
    /// The session key if it took the OEM one.
    pub(crate) lm_key: Option<[u8; 16]>,
}

impl Connection {
    pub(crate) fn proof(&self, login: &Login) -> Result<Proof> {
        let Some(user) = &login.user else { return Ok(Proof::default()) };
        let password: NtString = login.password.as_str().into();
        let code_page = self.options.code_page;
        match login.form {
            Form::Plaintext => Ok(Proof { oem: code_page.encode(password.units()).0, ..Proof::default() }),
            Form::PlaintextUnicode => {
                let unicode = password.units().iter().flat_map(|unit| unit.to_le_bytes()).collect();
                Ok(Proof { unicode, ..Proof::default() })
            }
            Form::Lm => Ok(lm(&password, code_page, &self.challenge()?)),
            Form::NtlmV1 => Ok(v1(&password, &self.challenge()?)),
            Form::NtlmV2 => {
                let target = self.negotiated.domain_name.as_str().into();
                v2(
                    &password,
                    &user.as_str().into(),
                    &login.domain.as_str().into(),
                    target,
                    &self.challenge()?,
                )
            }
            Form::Spnego => Err(Error::Unable("SPNEGO is no password")),
        }
    }

    fn challenge(&self) -> Result<[u8; 8]> {
        let challenge = self.negotiated.challenge.as_slice().try_into();
        challenge.map_err(|_| Error::Unable("the server gave no challenge"))
    }
}

fn lm(password: &NtString, code_page: CodePage, challenge: &[u8; 8]) -> Proof {
    let hash = LmHash::of_password(&code_page.encode(password.to_uppercase().units()).0);
    let oem = lm_response(&hash, challenge).to_vec();
    Proof { oem, lm_key: Some(hash.session_key()), ..Proof::default() }
}

/// The LM response repeats the other, so that nobody learns an LM hash.
fn v1(password: &NtString, challenge: &[u8; 8]) -> Proof {
    let hash = NtHash::of_password(password);
    let response = ntlm_response(&hash, challenge, None).to_vec();
    let key = Some(session_base_key_v1(&hash));
    Proof { oem: response.clone(), unicode: response, nt_key: key, lm_key: key }
}

fn v2(
    password: &NtString,
    user: &NtString,
    domain: &NtString,
    target: NtString,
    challenge: &[u8; 8],
) -> Result<Proof> {
    let client = random()?;
    let key = ntowf_v2(&NtHash::of_password(password), user, domain);
    let target_info = TargetInfo { pairs: vec![AvPair::NbDomainName(target)] };
    let temp = ClientChallenge { timestamp: now(), challenge: client, target_info }.to_bytes();
    let proof = nt_proof(&key, challenge, &temp);
    let lm = lmv2_response(&key, challenge, &client);
    let lm_proof = lm.first_chunk().copied().unwrap_or_default();
    Ok(Proof {
        oem: lm,
        unicode: [proof.as_slice(), &temp].concat(),
        nt_key: Some(session_base_key(&key, &proof)),
        lm_key: Some(session_base_key(&key, &lm_proof)),
    })
}
