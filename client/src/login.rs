use crate::options::Signing;
use crate::random::random;
use crate::reply::Reply;
use crate::request::{Protection, Request};
use crate::session::{Binding, Session};
use crate::{Connection, Error, Result};
use lanward_auth::{
    Credentials, InitiatorConfig, InitiatorNonces, NtHash, SessionKey, SpnegoInitiator, Step,
};
use lanward_nt::{FileTime, NtStatus};
use lanward_smb2::messages::{
    SecurityMode, SessionFlags, SessionSetupFlags, SessionSetupRequest, SessionSetupResponse,
};
use lanward_smb2::{
    Command, Dialect, HeaderFlags, KeySchedule, PreauthHash, SessionId, SessionKeys, Side, signing_key,
};
use std::time::SystemTime;

/// Who logs in, and how.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account, or nobody.
    pub credentials: Credentials,
    /// The session that this one takes the place of; 0 for none.
    pub previous_session: SessionId,
    /// An existing session that is authenticated again.
    pub session: Option<SessionId>,
    /// A session of another connection that this connection becomes a channel of.
    pub bind: Option<Binding>,
    /// Answers with NTLMv1 instead of NTLMv2.
    pub ntlmv1: bool,
}

impl Login {
    /// An account of the server's own.
    #[must_use]
    pub fn user(user: &str, password: &str) -> Self {
        let nt_hash = NtHash::of_password(&password.into());
        Self::with(Credentials::User { domain: "".into(), user: user.into(), nt_hash })
    }

    /// Nobody.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self::with(Credentials::Anonymous)
    }

    /// With credentials made elsewhere.
    #[must_use]
    pub const fn with(credentials: Credentials) -> Self {
        Self { credentials, previous_session: SessionId(0), session: None, bind: None, ntlmv1: false }
    }

    /// The same, binding the connection to a session of another one ([`Session::binding`](crate::Session::binding)),
    /// which must have been negotiated alike, with the same ClientGuid.
    #[must_use]
    pub fn bind(self, session: Binding) -> Self {
        Self { bind: Some(session), ..self }
    }
}

const BEFORE: Error = Error::Unable("log in after the negotiation");

/// One authentication on its way.
struct Exchange {
    initiator: SpnegoInitiator,
    preauth: PreauthHash,
    session: SessionId,
}

impl Connection {
    /// Logs in with a user's name and password, by NTLMv2 through SPNEGO.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn login(&mut self, user: &str, password: &str) -> Result<SessionId> {
        self.login_with(&Login::user(user, password))
    }

    /// Logs in as nobody.
    ///
    /// # Errors
    /// As for [`Connection::login`].
    pub fn login_anonymous(&mut self) -> Result<SessionId> {
        self.login_with(&Login::anonymous())
    }

    /// Logs in, authenticates an existing session again, or binds the connection to one.
    ///
    /// # Errors
    /// As for [`Connection::login`].
    pub fn login_with(&mut self, login: &Login) -> Result<SessionId> {
        let Some(binding) = &login.bind else { return self.authenticate(login) };
        let algorithm = self.negotiated.signing.ok_or(BEFORE)?;
        self.sessions.push(Session::bound(binding, algorithm)?);
        let bound = self.authenticate(login);
        self.sessions.retain(|s| !s.binding);
        bound
    }

    fn authenticate(&mut self, login: &Login) -> Result<SessionId> {
        let config = InitiatorConfig {
            credentials: login.credentials.clone(),
            workstation: "CLIENT".into(),
            target_name: None,
            ntlmv1: login.ntlmv1,
        };
        let nonces = InitiatorNonces { client_challenge: random()?, random_session_key: random()? };
        let mut exchange = Exchange {
            initiator: SpnegoInitiator::new(config),
            preauth: self.negotiated.preauth,
            session: login.bind.as_ref().map(|b| b.id).or(login.session).unwrap_or_default(),
        };
        let mut token = exchange.initiator.start();
        loop {
            let reply = self.session_setup(&mut exchange, login, &token)?;
            let response: SessionSetupResponse<'_> = reply.decode()?;
            let step = exchange.initiator.step(response.security_buffer, now(), &nonces).map_err(refused)?;
            match step {
                Step::Continue(next) if reply.status() == NtStatus::MORE_PROCESSING_REQUIRED => token = next,
                Step::Done { token: left, context } if reply.status() == NtStatus::SUCCESS => {
                    if !left.is_empty() {
                        return Err(Error::Protocol("the server is done before the client is"));
                    }
                    // A server may leave it to the client to remember that it came as nobody.
                    let nobody = matches!(login.credentials, Credentials::Anonymous);
                    let said = response.session_flags;
                    let flags = if nobody { said | SessionFlags::IS_NULL } else { said };
                    return self.established(&exchange, login, reply, flags, &context.session_key);
                }
                Step::Continue(_) | Step::Done { .. } => {
                    return Err(Error::Protocol("the server's status does not fit its token"));
                }
            }
        }
    }

    fn session_setup(&mut self, exchange: &mut Exchange, login: &Login, token: &[u8]) -> Result<Reply> {
        let [mode, _] = self.security_mode().bits().to_le_bytes();
        let flags = match login.bind {
            Some(_) => SessionSetupFlags::BINDING,
            None => SessionSetupFlags::empty(),
        };
        let body = SessionSetupRequest {
            flags,
            security_mode: SecurityMode::from_bits_retain(mode.into()),
            previous_session_id: login.previous_session,
            security_buffer: token,
            ..SessionSetupRequest::default()
        };
        let request = Request::new(Command::SESSION_SETUP, exchange.session, &body);
        let protection = self.session(exchange.session).map_or(Protection::Plain, |s| s.protection(false));
        let (mut message, ids) = self.compose(&[request])?;
        if protection == Protection::Signed {
            self.sign(exchange.session, &mut message)?;
        }
        exchange.preauth.update(&message);
        let frame = match protection {
            Protection::Sealed => self.seal(exchange.session, &message)?,
            Protection::Plain | Protection::Signed => message,
        };
        self.send_frame(&frame)?;
        let [id] = ids[..] else { return Err(Error::Unable("one request has one id")) };
        let reply = self.receive(id)?.check(&[NtStatus::MORE_PROCESSING_REQUIRED])?;
        if reply.status() == NtStatus::MORE_PROCESSING_REQUIRED {
            exchange.preauth.update(reply.message());
        }
        exchange.session = reply.header.session_id;
        Ok(reply)
    }

    /// The session with its keys, once the last answer has been found to be signed with them.
    fn established(
        &mut self,
        exchange: &Exchange,
        login: &Login,
        reply: Reply,
        flags: SessionFlags,
        key: &SessionKey,
    ) -> Result<SessionId> {
        let id = exchange.session;
        if login.session.is_some() {
            // Authenticating again changes no key ([MS-SMB2] 3.2.5.3.2).
            return Ok(id);
        }
        let negotiated = &self.negotiated;
        let dialect = negotiated.dialect.ok_or(BEFORE)?;
        let signing = negotiated.signing.ok_or(BEFORE)?;
        let schedule = match dialect {
            Dialect::V2_0_2 | Dialect::V2_1 => KeySchedule::Smb2,
            Dialect::V3_0 | Dialect::V3_0_2 => KeySchedule::Smb30,
            Dialect::V3_1_1 => KeySchedule::Smb311(&exchange.preauth),
        };
        if let Some(binding) = &login.bind {
            let mut channel = Session::channel(binding, signing_key(schedule, key.expose()), signing)?;
            channel.sign = self.must_sign();
            return self.adopt_session(channel, dialect, reply);
        }
        let keys = SessionKeys::derive(Side::Client, schedule, key.expose(), negotiated.cipher);
        let mut session = Session::new(id, &keys, signing)?;
        session.flags = flags;
        session.sign = self.must_sign() && !session.is_keyless();
        session.seal = self.options.sealing || flags.contains(SessionFlags::ENCRYPT_DATA);
        if session.seal && !session.can_seal() {
            return Err(Error::Unable("no cipher was negotiated"));
        }
        self.adopt_session(session, dialect, reply)
    }

    fn must_sign(&self) -> bool {
        self.negotiated.security_mode.contains(SecurityMode::SIGNING_REQUIRED)
            || self.options.signing == Signing::Required
    }

    fn adopt_session(&mut self, session: Session, dialect: Dialect, mut reply: Reply) -> Result<SessionId> {
        let id = session.id;
        if self.options.verify && !session.is_keyless() {
            verify_last(&session, dialect, &mut reply)?;
        }
        self.sessions.push(session);
        self.recycle(reply);
        Ok(id)
    }
}

/// The last SESSION_SETUP response is signed whenever signing is required, and always in 3.1.1, where the signature
/// is what proves the negotiation ([MS-SMB2] 3.2.5.3.1).
fn verify_last(session: &Session, dialect: Dialect, reply: &mut Reply) -> Result<()> {
    if !reply.header.flags.contains(HeaderFlags::SIGNED) {
        if dialect == Dialect::V3_1_1 || session.sign {
            return Err(Error::Protocol("the last SESSION_SETUP response is not signed"));
        }
        return Ok(());
    }
    let range = reply.range.clone();
    if session.verify(&mut reply.bytes[range]) {
        return Ok(());
    }
    Err(Error::Protocol("the last SESSION_SETUP response has a wrong signature"))
}

fn refused(status: NtStatus) -> Error {
    Error::Status { command: Command::SESSION_SETUP, status }
}

pub(crate) fn now() -> FileTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    FileTime::from_unix_duration(since)
}
