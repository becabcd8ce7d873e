use lanward_nt::{FileTime, NtStatus};

use super::mech::{Mech, mech_list_der};
use super::token::{NegState, NegToken, NegTokenInit, NegTokenResp};
use super::{answering, has_integrity};
use crate::ntlm::{InitiatorConfig, InitiatorNonces, NtlmInitiator, Side};
use crate::{MAX_TOKEN, SecurityContext, SessionKey, Step};

/// The client's half of one authentication: SPNEGO that offers NTLM.
#[derive(Debug)]
pub struct SpnegoInitiator {
    ntlm: NtlmInitiator,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Started,
    Authenticated(Box<SecurityContext>),
    Over,
}

impl SpnegoInitiator {
    /// Before the first token is sent.
    #[must_use]
    pub fn new(config: InitiatorConfig) -> Self {
        Self { ntlm: NtlmInitiator::new(config), stage: Stage::Started }
    }

    /// The first token, a NegTokenInit with the NEGOTIATE_MESSAGE in it.
    #[must_use]
    pub fn start(&self) -> Vec<u8> {
        let mech_token = Some(self.ntlm.negotiate());
        NegTokenInit { mech_types: vec![Mech::Ntlmssp], mech_token, ..Default::default() }.to_bytes()
    }

    /// The session key, once the AUTHENTICATE_MESSAGE is made: SMB needs it to check the response that carries the last token.
    #[must_use]
    pub fn session_key(&self) -> Option<&SessionKey> {
        match &self.stage {
            Stage::Authenticated(context) => Some(&context.session_key),
            Stage::Started | Stage::Over => None,
        }
    }

    /// Takes the server's next token: first the one with the challenge, then the one that ends it, which may be empty.
    ///
    /// # Errors
    /// `INVALID_PARAMETER`: the token makes no sense or comes out of turn. `LOGON_FAILURE`: the server rejects us. `NOT_SUPPORTED`: it
    /// chose a mechanism we did not offer. `ACCESS_DENIED`: its mechListMIC is wrong.
    pub fn step(&mut self, token: &[u8], now: FileTime, nonces: &InitiatorNonces) -> Result<Step, NtStatus> {
        let stage = core::mem::replace(&mut self.stage, Stage::Over);
        if token.len() > MAX_TOKEN {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        match stage {
            Stage::Started => self.challenged(&resp(token)?, now, nonces),
            Stage::Authenticated(context) if token.is_empty() => {
                Ok(Step::Done { token: Vec::new(), context })
            }
            Stage::Authenticated(context) => completed(&resp(token)?, context),
            Stage::Over => Err(NtStatus::INVALID_PARAMETER),
        }
    }

    fn challenged(
        &mut self,
        resp: &NegTokenResp<'_>,
        now: FileTime,
        nonces: &InitiatorNonces,
    ) -> Result<Step, NtStatus> {
        if resp.supported_mech.as_ref().is_some_and(|m| *m != Mech::Ntlmssp) {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        let challenge = resp.response_token.ok_or(NtStatus::INVALID_PARAMETER)?;
        let (authenticate, mut context) = self.ntlm.authenticate(challenge, now, nonces)?;
        let mic = has_integrity(&context).then(|| context.message_security(Side::Client).sign(&mech_list()));
        let token = NegTokenResp {
            neg_state: Some(NegState::AcceptIncomplete),
            supported_mech: None,
            response_token: Some(&authenticate),
            mech_list_mic: mic.as_ref().map(<[u8; 16]>::as_slice),
        }
        .to_bytes();
        context.first_sequence = mic.is_some().into();
        self.stage = Stage::Authenticated(Box::new(context));
        Ok(Step::Continue(token))
    }
}

fn mech_list() -> Vec<u8> {
    mech_list_der(&[Mech::Ntlmssp])
}

fn resp(token: &[u8]) -> Result<NegTokenResp<'_>, NtStatus> {
    match NegToken::decode(token) {
        Ok(NegToken::Resp(resp)) if resp.neg_state == Some(NegState::Reject) => Err(NtStatus::LOGON_FAILURE),
        Ok(NegToken::Resp(resp)) => Ok(resp),
        Ok(NegToken::Init(_)) | Err(_) => Err(NtStatus::INVALID_PARAMETER),
    }
}

/// The last token. Only one mechanism was offered, so a server that leaves the mechListMIC out takes nothing away.
fn completed(resp: &NegTokenResp<'_>, context: Box<SecurityContext>) -> Result<Step, NtStatus> {
    if resp.neg_state.is_some_and(|s| s != NegState::AcceptCompleted) {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    // Windows 2000 repeats its responseToken where the MIC should be.
    let mic = resp.mech_list_mic.filter(|m| Some(*m) != resp.response_token && has_integrity(&context));
    if let Some(mic) = mic
        && !answering(&context).verify(&mech_list(), mic)
    {
        return Err(NtStatus::ACCESS_DENIED);
    }
    Ok(Step::Done { token: Vec::new(), context })
}
