//! [MS-SMB2] 3.3.5.5 Receiving an SMB2 SESSION_SETUP Request

use super::bind;
use crate::logon::{self, MAX_AUTHENTICATIONS};
use crate::service::{now, random};
use crate::smb2::connection::{Authentication, Negotiated, Purpose};
use crate::smb2::context::{Context, Fault, Outcome};
use crate::smb2::reply::Out;
use crate::smb2::{Channel, Ids, Session};
use lanward_auth::{SecurityContext, SessionKey, SpnegoAcceptor, Step};
use lanward_nt::{NtStatus, Sid};
use lanward_server::{NewSession, SessionProtection, UserKind};
use lanward_smb2::messages::{
    SecurityMode, SessionFlags, SessionSetupFlags, SessionSetupRequest, SessionSetupResponse,
};
use lanward_smb2::{Command, Dialect, KeySchedule, PreauthHash, SessionId, SessionKeys, Side, SigningKey};
use lanward_wire::{Decode, Encode, Reader};
use std::sync::Arc;

pub(in crate::smb2) async fn session_setup(
    context: &mut Context<'_>,
    r: &mut Reader<'_>,
    out: &mut Out,
) -> Outcome {
    let request = SessionSetupRequest::decode(r)?;
    // [MS-SMB2] 3.3.5.5: without a SessionId it is about a new session, whatever the flag says.
    let binding =
        request.flags.contains(SessionSetupFlags::BINDING) && context.header.session_id != SessionId(0);
    let (id, mut authentication) = begin(context, binding)?;
    context.header.session_id = id;
    authentication.preauth.update(context.message);
    let connection = context.connection;
    let accounts = connection.service.server.logons_from(connection.peer.ip());
    match authentication.acceptor.step(request.security_buffer, &accounts, now(), random()) {
        Ok(Step::Continue(token)) => {
            let response =
                SessionSetupResponse { session_flags: SessionFlags::default(), security_buffer: &token };
            out.body(|w| response.encode(w));
            context.connection.authentications().insert(id.0, authentication);
            Ok(NtStatus::MORE_PROCESSING_REQUIRED)
        }
        Ok(Step::Done { token, context: proved }) => {
            let flags = match &authentication.purpose {
                Purpose::Renew(session) => renew(session, context, &proved).await?,
                Purpose::Bind(session) => bind::bind(context, session, &authentication.preauth, &proved)?,
                Purpose::Establish => {
                    establish(context, id, &authentication.preauth, &proved, &request).await?
                }
            };
            let response = SessionSetupResponse { session_flags: flags, security_buffer: &token };
            out.body(|w| response.encode(w));
            Ok(NtStatus::SUCCESS)
        }
        Err(status) => {
            let acceptor = &authentication.acceptor;
            let (told, why) = (connection.note_refusal(), acceptor.refusal().unwrap_or_default());
            logon::refused(&connection.service, connection.peer, told, acceptor.claim(), status, why);
            if let Purpose::Renew(session) = authentication.purpose {
                // [MS-SMB2] 3.3.5.5.3: whoever cannot prove again who it is loses what it had. Who cannot prove it for one more channel has lost nothing.
                context.connection.service.end_session(&session).await;
            }
            Err(status.into())
        }
    }
}

/// Adds a response to the chains that the keys depend on ([MS-SMB2] 3.3.5.4, 3.3.5.5): NEGOTIATE's to the connection's, one of an unfinished
/// SESSION_SETUP to its own.
pub(in crate::smb2) fn extend_preauth(context: &Context<'_>, status: NtStatus, out: &Out) {
    let connection = context.connection;
    if context.dialect() != Some(Dialect::V3_1_1) {
        return;
    }
    if context.header.command == Command::NEGOTIATE {
        connection.extend_preauth(&[context.message, out.message()]);
        return;
    }
    if status != NtStatus::MORE_PROCESSING_REQUIRED {
        return;
    }
    if let Some(authentication) = connection.authentications().get_mut(&context.header.session_id.0) {
        authentication.preauth.update(out.message());
    }
}

/// Finds the exchange this request continues, or begins one.
fn begin(context: &Context<'_>, binding: bool) -> Result<(SessionId, Authentication), Fault> {
    let connection = context.connection;
    let id = context.header.session_id;
    let begun = connection.authentications().remove(&id.0);
    let purpose = purpose(context, binding)?;
    match (&purpose, begun) {
        (Purpose::Establish, Some(a)) if matches!(a.purpose, Purpose::Establish) => return Ok((id, a)),
        (Purpose::Renew(_), Some(a)) if matches!(a.purpose, Purpose::Renew(_)) => return Ok((id, a)),
        (Purpose::Bind(_), Some(a)) if matches!(a.purpose, Purpose::Bind(_)) => return Ok((id, a)),
        (Purpose::Establish, _) if id != SessionId(0) => return Err(NtStatus::USER_SESSION_DELETED.into()),
        _ => {}
    }
    context.negotiated()?;
    let service = &connection.service;
    let number = forget_abandoned(&mut connection.authentications());
    let config = logon::acceptor_config(service, &connection.zone());
    let new = matches!(purpose, Purpose::Establish);
    let id = if new { SessionId(service.server.new_session_id()) } else { id };
    let acceptor = SpnegoAcceptor::new(config);
    Ok((id, Authentication { acceptor, preauth: connection.preauth(), purpose, number }))
}

/// What the request is about, if it is about anything that is there.
fn purpose(context: &Context<'_>, binding: bool) -> Result<Purpose, NtStatus> {
    let Some(channel) = &context.channel else {
        return if binding { Err(NtStatus::USER_SESSION_DELETED) } else { Ok(Purpose::Establish) };
    };
    let session = &channel.session;
    if session.core.is_closed() {
        return Err(NtStatus::USER_SESSION_DELETED);
    }
    let bound = context.connection.channel(session.id).is_some();
    match (binding, bound) {
        (true, true) => Err(NtStatus::REQUEST_NOT_ACCEPTED),
        (true, false) => {
            let negotiated = context.connection.negotiated().ok_or(NtStatus::REQUEST_NOT_ACCEPTED)?;
            bind::check(session, negotiated)?;
            Ok(Purpose::Bind(session.clone()))
        }
        (false, true) => Ok(Purpose::Renew(session.clone())),
        (false, false) => Err(NtStatus::USER_SESSION_DELETED),
    }
}

/// Makes room for one more exchange, where there is none at the cost of the oldest, and answers its number.
fn forget_abandoned(under_way: &mut Ids<u64, Authentication>) -> u32 {
    let number = under_way.values().map(|a| a.number).max().map_or(0, |n| n.wrapping_add(1));
    if under_way.len() >= MAX_AUTHENTICATIONS {
        let oldest = under_way.iter().min_by_key(|(_, a)| a.number).map(|(id, _)| *id);
        oldest.and_then(|id| under_way.remove(&id));
    }
    number
}

/// A session whose user proved again who it is; the keys stay ([MS-SMB2] 3.3.5.5.3).
async fn renew(
    session: &Session,
    context: &Context<'_>,
    proved: &SecurityContext,
) -> Result<SessionFlags, NtStatus> {
    let connection = context.connection;
    logon::renew(&connection.service, &session.core, &connection.zone(), proved).await?;
    Ok(flags_of(session))
}

async fn establish(
    context: &mut Context<'_>,
    id: SessionId,
    preauth: &PreauthHash,
    proved: &SecurityContext,
    request: &SessionSetupRequest<'_>,
) -> Result<SessionFlags, Fault> {
    let (user, client_name) = logon::user_of(&context.connection.service, proved);
    let connection = context.connection;
    let negotiated = connection.negotiated().ok_or(Fault::Disconnect("request before NEGOTIATE"))?;
    let zone = connection.zone();
    let named = user.kind == UserKind::Named;
    if named {
        connection.enlist_client(negotiated)?;
    }
    let keys = keys(negotiated, preauth, proved);
    let sealable = named && keys.encryption.is_some();
    let demand = connection.service.server.demand_of(&user);
    let must_seal = zone.encryption_required || demand.encryption;
    if must_seal && !sealable {
        let why = "it cannot be encrypted as its zone or a floor of its user demands";
        return Err(logon::not_enough(&connection.service, connection.peer, &user, why).into());
    }
    if negotiated.dialect.revision() < demand.min_dialect {
        let why = "the dialect is below a floor of its user";
        return Err(logon::not_enough(&connection.service, connection.peer, &user, why).into());
    }
    let sid = user.sid.clone();
    let entry = connection.entry.clone();
    let new = NewSession { id: id.0, user, client_name, connection: entry, expiry: None, now: now() };
    let core = connection.service.server.open_session(new)?;
    core.confirm().await?;
    if named {
        core.keep_application_key(SessionKey::new(keys.application));
    }
    let signing = match named {
        true => Some(
            SigningKey::new(negotiated.signing, &keys.signing, Side::Server)
                .map_err(|_| NtStatus::NO_MEMORY)?,
        ),
        false => None,
    };
    let client_requires = request.security_mode.contains(SecurityMode::SIGNING_REQUIRED)
        || negotiated.client_security_mode.contains(SecurityMode::SIGNING_REQUIRED);
    let required = zone.signing_required || demand.signing || client_requires;
    let session = Arc::new(Session::new(core, negotiated, keys, signing, random(), required, must_seal));
    session.core.set_protection(protection(&session, proved));
    close_previous(context, request.previous_session_id, id, &sid).await;
    let flags = flags_of(&session);
    let channel = Channel::first(session);
    connection.service.enter_channel(connection, channel.clone());
    context.channel = Some(channel);
    tracing::info!(peer = %connection.peer, dialect = %negotiated.dialect, user = %sid, "Logged on");
    Ok(flags)
}

/// What a session demands and how its user proved itself, as the live lists show it.
fn protection(session: &Session, proved: &SecurityContext) -> SessionProtection {
    SessionProtection {
        authentication: logon::authentication(proved),
        signing_required: session.signing_required,
        encrypted: session.encrypt_data,
    }
}

/// [MS-SMB2] 3.3.5.5.3: a client that lost its connection has its old session closed, if it is the same user's.
async fn close_previous(context: &Context<'_>, previous: SessionId, id: SessionId, user: &Sid) {
    if previous == SessionId(0) || previous == id {
        return;
    }
    let service = &context.connection.service;
    let Some(session) = service.sessions.find(previous) else { return };
    let owner = session.core.user();
    if owner.sid == *user && owner.kind == UserKind::Named {
        service.end_session(&session).await;
    }
}

pub(super) fn keys(negotiated: &Negotiated, preauth: &PreauthHash, proved: &SecurityContext) -> SessionKeys {
    let schedule = match negotiated.dialect {
        Dialect::V2_0_2 | Dialect::V2_1 => KeySchedule::Smb2,
        Dialect::V3_0 | Dialect::V3_0_2 => KeySchedule::Smb30,
        Dialect::V3_1_1 => KeySchedule::Smb311(preauth),
    };
    SessionKeys::derive(Side::Server, schedule, proved.session_key.expose(), negotiated.cipher)
}

pub(super) fn flags_of(session: &Session) -> SessionFlags {
    if session.core.is_anonymous() {
        return SessionFlags::IS_NULL;
    }
    if session.core.is_guest() {
        return SessionFlags::IS_GUEST;
    }
    if session.encrypt_data { SessionFlags::ENCRYPT_DATA } else { SessionFlags::default() }
}
