use super::connection::ActiveSigning;
use super::proof::Proof;
use super::transact::MORE_DATA;
use super::{Connection, Reply, Request, Scope, Session, Signing};
use crate::login::now;
use crate::random::random;
use crate::{Error, Result};
use lanward_auth::{Credentials, InitiatorConfig, InitiatorNonces, NtHash, SpnegoInitiator, Step};
use lanward_nt::NtStatus;
use lanward_smb1::messages::{SecurityMode, SessionProof, SessionSetupAndxRequest, SessionSetupAndxResponse};
use lanward_smb1::{Command, Dialect, Flags2, SequenceNumber, SigningKey};
use std::collections::BTreeMap;

/// How a user proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The password itself, in the code page.
    Plaintext,
    /// The password itself, in Unicode.
    PlaintextUnicode,
    /// LAN Manager's response alone.
    Lm,
    /// NTLMv1.
    NtlmV1,
    /// NTLMv2 and LMv2.
    NtlmV2,
    /// Whatever SPNEGO comes to, which is NTLM.
    Spnego,
}

/// Who logs in, and how.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account; `None` for nobody.
    pub user: Option<String>,
    /// Its password.
    pub password: String,
    /// Its domain; may be empty.
    pub domain: String,
    /// The form of the proof.
    pub form: Form,
    /// Whether NTLMv1 is spoken within SPNEGO.
    pub ntlmv1: bool,
    /// The session that is authenticated again, with SPNEGO; 0 for none.
    pub user_id: u16,
    /// VcNumber
    pub vc_number: u16,
}

impl Login {
    /// An account of the server's own, by this form.
    #[must_use]
    pub fn user(user: &str, password: &str, form: Form) -> Self {
        Self { user: Some(user.into()), password: password.into(), form, ..Self::anonymous(form) }
    }

    /// Nobody, by this form: [`Form::Spnego`] or any other.
    #[must_use]
    pub const fn anonymous(form: Form) -> Self {
        Self {
            user: None,
            password: String::new(),
            domain: String::new(),
            form,
            ntlmv1: false,
            user_id: 0,
            vc_number: 1,
        }
    }
}

/// What becomes of signing ([MS-SMB] 3.2.4.2.4).
enum Outlook {
    Unsigned,
    Signed,
    Blocked,
}

impl Connection {
    /// Logs in with a user's name and password: by SPNEGO or NTLMv2, and before NT LM 0.12 by LAN Manager's response or, where the server
    /// gives no challenge, by the password itself.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn login(&mut self, user: &str, password: &str) -> Result<Session> {
        let form = self.usual_form();
        self.login_with(&Login::user(user, password, form))
    }

    /// Logs in as nobody.
    ///
    /// # Errors
    /// As for [`Connection::login`].
    pub fn login_anonymous(&mut self) -> Result<Session> {
        let form = self.usual_form();
        self.login_with(&Login::anonymous(form))
    }

    /// Logs in as it is asked for.
    ///
    /// # Errors
    /// As for [`Connection::login`].
    pub fn login_with(&mut self, login: &Login) -> Result<Session> {
        if self.signing.is_none() && matches!(self.outlook(), Outlook::Blocked) {
            return Err(Error::Unable("client and server do not agree about signing"));
        }
        if login.form == Form::Spnego { self.login_spnego(login) } else { self.login_password(login) }
    }

    fn usual_form(&self) -> Form {
        let negotiated = &self.negotiated;
        match negotiated.dialect {
            _ if negotiated.token.is_some() => Form::Spnego,
            _ if negotiated.challenge.is_empty() => Form::Plaintext,
            Some(Dialect::NtLm) => Form::NtlmV2,
            _ => Form::Lm,
        }
    }

    fn outlook(&self) -> Outlook {
        let mode = self.negotiated.security_mode;
        let required = mode.contains(SecurityMode::SIGNATURES_REQUIRED);
        let enabled = required || mode.contains(SecurityMode::SIGNATURES_ENABLED);
        match self.options.signing {
            Signing::Disabled if required => Outlook::Blocked,
            Signing::Declined if required => Outlook::Signed,
            Signing::Disabled | Signing::Declined => Outlook::Unsigned,
            Signing::Enabled if !enabled => Outlook::Unsigned,
            Signing::Required if !enabled => Outlook::Blocked,
            Signing::Enabled | Signing::Required => Outlook::Signed,
        }
    }

    fn login_password(&mut self, login: &Login) -> Result<Session> {
        let proof = self.proof(login)?;
        let (account, domain) =
            (login.user.as_deref().unwrap_or_default().into(), login.domain.as_str().into());
        let session_proof = if self.negotiated.dialect == Some(Dialect::NtLm) {
            SessionProof::Nt { oem_password: &proof.oem, unicode_password: &proof.unicode, account, domain }
        } else {
            SessionProof::LanMan { password: &proof.oem, account, domain }
        };
        let reply = self.session_setup(login, session_proof, 0)?.check(&[])?;
        let mut session = session(&reply)?;
        let lan_man = session.is_lan_man_key();
        session.session_key = if lan_man { proof.lm_key } else { proof.nt_key.or(proof.lm_key) };
        let Proof { oem, unicode, .. } = &proof;
        let response = if lan_man || unicode.is_empty() { oem } else { unicode };
        self.established(login, session, &reply, response)
    }

    fn login_spnego(&mut self, login: &Login) -> Result<Session> {
        let credentials = match &login.user {
            Some(user) => Credentials::User {
                domain: login.domain.as_str().into(),
                user: user.as_str().into(),
                nt_hash: NtHash::of_password(&login.password.as_str().into()),
            },
            None => Credentials::Anonymous,
        };
        let mut initiator = SpnegoInitiator::new(InitiatorConfig {
            credentials,
            workstation: "CLIENT".into(),
            target_name: None,
            ntlmv1: login.ntlmv1,
        });
        let nonces = InitiatorNonces { client_challenge: random()?, random_session_key: random()? };
        let (mut token, mut user_id) = (initiator.start(), login.user_id);
        loop {
            let proof = SessionProof::Extended { security_blob: &token };
            let reply = self.session_setup(login, proof, user_id)?;
            let reply = reply.check(&[NtStatus::MORE_PROCESSING_REQUIRED, MORE_DATA])?;
            user_id = reply.header.user_id;
            let blob = reply.decode::<SessionSetupAndxResponse<'_>>()?.security_blob.unwrap_or_default();
            let step = initiator.step(blob, now(), &nonces).map_err(refused)?;
            let more = reply.status() != NtStatus::SUCCESS;
            match step {
                Step::Continue(next) if more => token = next,
                Step::Done { context, .. } if !more => {
                    let mut session = session(&reply)?;
                    session.session_key = login.user.as_ref().map(|_| *context.session_key.expose());
                    return self.established(login, session, &reply, &[]);
                }
                Step::Continue(_) | Step::Done { .. } => {
                    return Err(Error::Protocol("the server's status does not fit its token"));
                }
            }
        }
    }

    fn session_setup(&mut self, login: &Login, proof: SessionProof<'_>, user_id: u16) -> Result<Reply> {
        let body = SessionSetupAndxRequest {
            max_buffer_size: self.options.max_buffer_size,
            max_mpx_count: self.negotiated.max_mpx_count.max(1),
            vc_number: login.vc_number,
            session_key: self.negotiated.session_key,
            capabilities: self.options.capabilities,
            proof,
            native_os: "Lanward".into(),
            native_lan_man: "Lanward".into(),
        };
        let mut flags2 = self.flags2();
        let signed = matches!(self.outlook(), Outlook::Signed);
        flags2.set(Flags2::SECURITY_SIGNATURE, signed);
        flags2.set(Flags2::SECURITY_SIGNATURE_REQUIRED, self.options.signing == Signing::Required);
        let scope = Scope { user_id, tree_id: 0 };
        self.call(&Request::new(Command::SESSION_SETUP_ANDX, scope, &body).flags2(flags2))
    }

    /// Keeps the session, and signs from now on if both ends are for it and there is a key that somebody knows.
    fn established(
        &mut self,
        login: &Login,
        session: Session,
        reply: &Reply,
        response: &[u8],
    ) -> Result<Session> {
        self.sessions.retain(|s| s.user_id != session.user_id);
        self.sessions.push(session.clone());
        let Some(session_key) = session.session_key.filter(|_| !session.is_guest()) else {
            return Ok(session);
        };
        let wanted = login.user_id == 0 && matches!(self.outlook(), Outlook::Signed);
        if self.signing.is_some() || !wanted {
            return Ok(session);
        }
        let key = SigningKey::new(&session_key, response);
        if self.options.verify && !key.verify(reply.message(), SequenceNumber(1)) {
            return Err(Error::Protocol("the answer to SESSION_SETUP_ANDX has no right signature"));
        }
        self.signing = Some(ActiveSigning { key, next: SequenceNumber(2), answers: BTreeMap::new() });
        Ok(session)
    }

    /// Stops signing, as somebody does who never began: for tests of what a server thinks of that.
    pub fn stop_signing(&mut self) {
        self.signing = None;
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn logoff(&mut self, session: &Session) -> Result<()> {
        let body = super::RawBody::default();
        self.call(&Request::new(Command::LOGOFF_ANDX, session, &body))?.check(&[])?;
        self.sessions.retain(|s| s.user_id != session.user_id);
        Ok(())
    }
}

fn session(reply: &Reply) -> Result<Session> {
    let response: SessionSetupAndxResponse<'_> = reply.decode()?;
    Ok(Session {
        user_id: reply.header.user_id,
        action: response.action,
        session_key: None,
        native_os: response.native_os.to_string_lossy(),
        native_lan_man: response.native_lan_man.to_string_lossy(),
        primary_domain: response.primary_domain.to_string_lossy(),
    })
}

fn refused(status: NtStatus) -> Error {
    Error::Smb1 { command: Command::SESSION_SETUP_ANDX, status }
}
