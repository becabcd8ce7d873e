use std::sync::Arc;

use lanward_nt::{FileTime, NtStatus};

use super::mech::{Mech, mech_list_der};
use super::token::{NegState, NegToken, NegTokenInit, NegTokenResp};
use super::{answering, has_integrity};
use crate::ntlm::{AcceptorConfig, Claim, NegotiateFlags, NtlmAcceptor, SIGNATURE, Side};
use crate::{Accounts, Identity, MAX_TOKEN, SecurityContext, Step};

/// [MS-SPNG] 2.2.1: what hintName says.
const HINT: &[u8] = b"not_defined_in_RFC4178@please_ignore";

/// The server's half of one authentication: SPNEGO with NTLM in it, or NTLM alone if that is what the client sends.
#[derive(Debug)]
pub struct SpnegoAcceptor {
    ntlm: NtlmAcceptor,
    stage: Stage,
    optional_mech_list_mic: bool,
    /// The DER of the client's MechTypeList, which a mechListMIC is over.
    mech_list: Vec<u8>,
    /// NTLM was not what the client wanted most, so the list has to be protected (RFC 4178 5).
    mic_required: bool,
    refusal: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was received.
    First,
    /// The mechanism is agreed on; its first message is awaited.
    Agreed,
    /// The CHALLENGE_MESSAGE was sent.
    Challenged,
    /// Nothing more is expected.
    Over,
}

/// The arguments of a step, besides the token.
#[derive(Clone, Copy)]
struct World<'a> {
    accounts: &'a dyn Accounts,
    now: FileTime,
    server_challenge: [u8; 8],
}

/// What NTLM made of its message.
enum Ntlm {
    Challenge(Vec<u8>),
    Done(SecurityContext),
}

impl SpnegoAcceptor {
    /// Before the first token.
    #[must_use]
    pub fn new(config: Arc<AcceptorConfig>) -> Self {
        Self {
            optional_mech_list_mic: config.policy.optional_mech_list_mic,
            ntlm: NtlmAcceptor::new(config),
            stage: Stage::First,
            mech_list: Vec::new(),
            mic_required: false,
            refusal: None,
        }
    }

    /// The NegTokenInit2 a server shows before the client has said anything: SMB's NEGOTIATE response.
    #[must_use]
    pub fn hint() -> Vec<u8> {
        let mech_types = vec![Mech::Ntlmssp];
        NegTokenInit { mech_types, hint_name: Some(HINT), ..Default::default() }.to_bytes()
    }

    /// Who the client said it is, once that is known.
    #[must_use]
    pub const fn claim(&self) -> Option<&Claim> {
        self.ntlm.claim()
    }

    /// Why the client was refused, in more detail than it was told: for logs.
    #[must_use]
    pub fn refusal(&self) -> Option<&'static str> {
        self.refusal.or_else(|| self.ntlm.refusal())
    }

    /// Takes the client's next token. `server_challenge` must be random; it is used when this step makes the CHALLENGE_MESSAGE.
    ///
    /// # Errors
    /// What [`NtlmAcceptor`] refuses with; `INVALID_PARAMETER` for a token that makes no sense, is too long or comes out of turn;
    /// `NOT_SUPPORTED` if the client does not offer NTLM; `ACCESS_DENIED` for a mechListMIC that is wrong or missing. The acceptor is
    /// then used up.
    pub fn step(
        &mut self,
        token: &[u8],
        accounts: &dyn Accounts,
        now: FileTime,
        server_challenge: [u8; 8],
    ) -> Result<Step, NtStatus> {
        let step = self.dispatch(token, World { accounts, now, server_challenge });
        if !matches!(step, Ok(Step::Continue(_))) {
            self.stage = Stage::Over;
            self.mech_list = Vec::new();
        }
        step
    }

    fn dispatch(&mut self, token: &[u8], world: World<'_>) -> Result<Step, NtStatus> {
        if token.len() > MAX_TOKEN {
            return self.refuse(NtStatus::INVALID_PARAMETER, "token too long");
        }
        if token.starts_with(&SIGNATURE) {
            return self.raw(token, world);
        }
        match (NegToken::decode(token), self.stage) {
            (Ok(NegToken::Init(init)), Stage::First) => self.init(&init, world),
            (Ok(NegToken::Resp(resp)), Stage::Agreed | Stage::Challenged) => self.resp(&resp, world),
            (Ok(_), _) => self.refuse(NtStatus::INVALID_PARAMETER, "SPNEGO token out of turn"),
            (Err(_), _) => self.refuse(NtStatus::INVALID_PARAMETER, "malformed SPNEGO token"),
        }
    }

    /// NTLM without SPNEGO around it. Windows clients drop SPNEGO half-way, too.
    fn raw(&mut self, token: &[u8], world: World<'_>) -> Result<Step, NtStatus> {
        match self.ntlm(token, world)? {
            Ntlm::Challenge(challenge) => Ok(Step::Continue(challenge)),
            Ntlm::Done(context) => {
                self.check_list(&context, None)?;
                Ok(Step::Done { token: Vec::new(), context: Box::new(context) })
            }
        }
    }

    fn ntlm(&mut self, token: &[u8], world: World<'_>) -> Result<Ntlm, NtStatus> {
        match self.stage {
            Stage::First | Stage::Agreed => {
                let challenge = self.ntlm.negotiate(token, world.server_challenge, world.now)?;
                self.stage = Stage::Challenged;
                Ok(Ntlm::Challenge(challenge))
            }
            Stage::Challenged => self.ntlm.authenticate(token, world.accounts, world.now).map(Ntlm::Done),
            Stage::Over => self.refuse(NtStatus::INVALID_PARAMETER, "token after the end"),
        }
    }

    fn init(&mut self, init: &NegTokenInit<'_>, world: World<'_>) -> Result<Step, NtStatus> {
        if !init.mech_types.contains(&Mech::Ntlmssp) {
            return self.refuse(NtStatus::NOT_SUPPORTED, "the client does not offer NTLM");
        }
        self.mech_list = mech_list_der(&init.mech_types);
        let preferred = init.mech_types.first() == Some(&Mech::Ntlmssp);
        self.mic_required = !preferred;
        let mut resp = NegTokenResp { supported_mech: Some(Mech::Ntlmssp), ..Default::default() };
        // An optimistic token belongs to the first mechanism; that of any other is passed over.
        let Some(token) = init.mech_token.filter(|_| preferred) else {
            self.stage = Stage::Agreed;
            resp.neg_state = Some(if preferred { NegState::AcceptIncomplete } else { NegState::RequestMic });
            return Ok(Step::Continue(resp.to_bytes()));
        };
        match self.ntlm(token, world)? {
            Ntlm::Challenge(challenge) => {
                resp.neg_state = Some(NegState::AcceptIncomplete);
                resp.response_token = Some(&challenge);
                Ok(Step::Continue(resp.to_bytes()))
            }
            Ntlm::Done(_) => self.refuse(NtStatus::INVALID_PARAMETER, "AUTHENTICATE_MESSAGE out of turn"),
        }
    }

    fn resp(&mut self, resp: &NegTokenResp<'_>, world: World<'_>) -> Result<Step, NtStatus> {
        if resp.neg_state == Some(NegState::Reject) {
            return self.refuse(NtStatus::ACCESS_DENIED, "the client rejected the negotiation");
        }
        let Some(token) = resp.response_token else {
            return self.refuse(NtStatus::INVALID_PARAMETER, "no NTLM message in the SPNEGO token");
        };
        match self.ntlm(token, world)? {
            Ntlm::Challenge(challenge) => {
                let neg_state = Some(NegState::AcceptIncomplete);
                let response_token = Some(challenge.as_slice());
                Ok(Step::Continue(
                    NegTokenResp { neg_state, response_token, ..Default::default() }.to_bytes(),
                ))
            }
            Ntlm::Done(mut context) => {
                let mic = self.check_list(&context, resp.mech_list_mic)?;
                context.first_sequence = mic.is_some().into();
                let neg_state = Some(NegState::AcceptCompleted);
                let mech_list_mic = mic.as_ref().map(<[u8; 16]>::as_slice);
                let token = NegTokenResp { neg_state, mech_list_mic, ..Default::default() }.to_bytes();
                Ok(Step::Done { token, context: Box::new(context) })
            }
        }
    }

    /// Verifies the client's mechListMIC and makes ours, which answers one ([MS-SPNG] 3.2.5.1: both from fresh handles).
    fn check_list(
        &mut self,
        context: &SecurityContext,
        mic: Option<&[u8]>,
    ) -> Result<Option<[u8; 16]>, NtStatus> {
        if matches!(context.identity, Identity::Guest { .. }) {
            return Ok(None); // there is no key to verify or make one with
        }
        match mic.filter(|_| has_integrity(context)) {
            Some(mic) if context.message_security(Side::Client).verify(&self.mech_list, mic) => {
                // Without extended session security clients disagree about the key state of an answer, and go without one, as they do with
                // servers before Windows Vista (note 8).
                let answers = context.flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY);
                Ok(answers.then(|| answering(context).sign(&self.mech_list)))
            }
            Some(_) => self.refuse(
                NtStatus::ACCESS_DENIED,
                "the mechListMIC is wrong: the negotiation was tampered with",
            ),
            None if self.mic_required && !self.optional_mech_list_mic => self.refuse(
                NtStatus::ACCESS_DENIED,
                "NTLM was not the client's first choice and it sent no mechListMIC",
            ),
            None => Ok(None),
        }
    }

    fn refuse<T>(&mut self, status: NtStatus, why: &'static str) -> Result<T, NtStatus> {
        self.refusal = Some(why);
        Err(status)
    }
}
