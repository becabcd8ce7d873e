//! [MS-SMB2] 3.3.5.5 Receiving an SMB2 SESSION_SETUP Request

use crate::service::{now, random};
use crate::smb2::connection::{Authentication, Negotiated};
use crate::smb2::context::{Context, Fault, Outcome};
use crate::smb2::reply::Out;
use crate::smb2::session::Session;
use lanward_auth::{AcceptorConfig, Identity, NtlmPolicy, SecurityContext, SpnegoAcceptor, Step};
use lanward_nt::{NtStatus, NtString, Sid};
use lanward_server::{NewSession, User, UserKind};
use lanward_smb2::messages::{
    SecurityMode, SessionFlags, SessionSetupFlags, SessionSetupRequest, SessionSetupResponse,
};
use lanward_smb2::{Command, Dialect, KeySchedule, PreauthHash, SessionId, SessionKeys, Side, SigningKey};
use lanward_wire::{Decode, Encode, Reader};
use std::sync::Arc;

/// Authentications of one connection that may be under way at once.
const MAX_AUTHENTICATIONS: usize = 8;

pub(in crate::smb2) async fn session_setup(
    context: &mut Context<'_>,
    r: &mut Reader<'_>,
    out: &mut Out,
) -> Outcome {
    let request = SessionSetupRequest::decode(r)?;
    if request.flags.contains(SessionSetupFlags::BINDING) {
        // Connection.IsMultiChannelCapable is FALSE ([MS-SMB2] 3.3.5.5).
        return Err(NtStatus::REQUEST_NOT_ACCEPTED.into());
    }
    let (id, mut authentication) = begin(context)?;
    context.header.session_id = id;
    authentication.preauth.update(context.message);
    let accounts = context.connection.service.accounts.clone();
    match authentication.acceptor.step(request.security_buffer, &*accounts, now(), random()) {
        Ok(Step::Continue(token)) => {
            let response =
                SessionSetupResponse { session_flags: SessionFlags::default(), security_buffer: &token };
            out.body(|w| response.encode(w));
            context.connection.authentications().insert(id.0, authentication);
            Ok(NtStatus::MORE_PROCESSING_REQUIRED)
        }
        Ok(Step::Done { token, context: proved }) => {
            let flags = match authentication.renews.clone() {
                Some(session) => renew(&session, context, &proved)?,
                None => establish(context, id, &authentication.preauth, &proved, &request).await?,
            };
            let response = SessionSetupResponse { session_flags: flags, security_buffer: &token };
            out.body(|w| response.encode(w));
            Ok(NtStatus::SUCCESS)
        }
        Err(status) => {
            tell_refusal(context, &authentication.acceptor, status);
            if let Some(session) = authentication.renews {
                // [MS-SMB2] 3.3.5.5.3: whoever cannot prove again who it is loses what it had.
                context.connection.leave(session.id);
                session.leave().await;
            }
            Err(status.into())
        }
    }
}

/// Tells whom the client claimed to be, cut to what a name may be long.
fn tell_refusal(context: &Context<'_>, acceptor: &SpnegoAcceptor, status: NtStatus) {
    const LONGEST: usize = 300;
    let claim = acceptor.claim().map(|c| format!("{}\\{}", c.domain, c.user));
    let user: Option<String> = claim.map(|c| c.chars().take(LONGEST).collect());
    let (peer, why) = (context.connection.peer, acceptor.refusal().unwrap_or_default());
    if context.connection.note_refusal() {
        tracing::info!(%peer, user, %status, why, "Refused a logon");
    } else {
        tracing::debug!(%peer, user, %status, why, "Refused a logon");
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
fn begin(context: &Context<'_>) -> Result<(SessionId, Authentication), Fault> {
    let connection = context.connection;
    let id = context.header.session_id;
    let begun = connection.authentications().remove(&id.0);
    let renews = begun.as_ref().map_or(&context.session, |a| &a.renews).clone();
    if renews.as_ref().is_some_and(|s| s.core.is_closed()) {
        return Err(NtStatus::USER_SESSION_DELETED.into());
    }
    if let Some(authentication) = begun {
        return Ok((id, authentication));
    }
    if id != SessionId(0) && renews.is_none() {
        return Err(NtStatus::USER_SESSION_DELETED.into());
    }
    if connection.authentications().len() >= MAX_AUTHENTICATIONS {
        return Err(NtStatus::REQUEST_NOT_ACCEPTED.into());
    }
    context.negotiated()?;
    let service = &connection.service;
    let zone = connection.zone();
    let policy = NtlmPolicy { ntlmv1: zone.ntlmv1, ..service.acceptor.policy };
    let config = Arc::new(AcceptorConfig { policy, ..service.acceptor.clone() });
    let id = if renews.is_some() { id } else { SessionId(service.server.new_session_id()) };
    let preauth = if renews.is_some() { PreauthHash::new() } else { connection.preauth() };
    Ok((id, Authentication { acceptor: SpnegoAcceptor::new(config), preauth, renews }))
}

/// A session whose user proved again who it is; the keys stay ([MS-SMB2] 3.3.5.5.3).
fn renew(
    session: &Session,
    context: &Context<'_>,
    proved: &SecurityContext,
) -> Result<SessionFlags, NtStatus> {
    let (user, _) = user_of(context, proved);
    session.core.renew(user, None)?;
    Ok(flags_of(session))
}

async fn establish(
    context: &mut Context<'_>,
    id: SessionId,
    preauth: &PreauthHash,
    proved: &SecurityContext,
    request: &SessionSetupRequest<'_>,
) -> Result<SessionFlags, Fault> {
    let (user, client_name) = user_of(context, proved);
    let connection = context.connection;
    let negotiated = connection.negotiated().ok_or(Fault::Disconnect("request before NEGOTIATE"))?;
    let zone = connection.zone();
    let named = user.kind == UserKind::Named;
    let keys = keys(negotiated, preauth, proved);
    let sealable = named && keys.encryption.is_some();
    if zone.encryption_required && !sealable {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let sid = user.sid.clone();
    let entry = connection.entry.clone();
    let new = NewSession { id: id.0, user, client_name, connection: entry, expiry: None, now: now() };
    let core = connection.service.server.open_session(new)?;
    let signing = match named {
        true => Some(
            SigningKey::new(negotiated.signing, &keys.signing, Side::Server)
                .map_err(|_| NtStatus::NO_MEMORY)?,
        ),
        false => None,
    };
    let client_requires = request.security_mode.contains(SecurityMode::SIGNING_REQUIRED)
        || negotiated.client_security_mode.contains(SecurityMode::SIGNING_REQUIRED);
    let required = zone.signing_required || client_requires;
    let session =
        Arc::new(Session::new(id, core, keys, signing, random(), required, zone.encryption_required));
    close_previous(context, request.previous_session_id, id, &sid).await;
    let flags = flags_of(&session);
    connection.enter(session.clone());
    context.session = Some(session);
    tracing::info!(peer = %connection.peer, dialect = %negotiated.dialect, user = %sid, "Logged on");
    Ok(flags)
}

/// [MS-SMB2] 3.3.5.5.3: a client that lost its connection has its old session closed, if it is the same user's.
async fn close_previous(context: &Context<'_>, previous: SessionId, id: SessionId, user: &Sid) {
    if previous == SessionId(0) || previous == id {
        return;
    }
    let Some(session) = context.connection.service.server.session(previous.0) else { return };
    if session.user().sid == *user && session.user().kind == UserKind::Named {
        session.leave().await;
    }
}

fn keys(negotiated: &Negotiated, preauth: &PreauthHash, proved: &SecurityContext) -> SessionKeys {
    let schedule = match negotiated.dialect {
        Dialect::V2_0_2 | Dialect::V2_1 => KeySchedule::Smb2,
        Dialect::V3_0 | Dialect::V3_0_2 => KeySchedule::Smb30,
        Dialect::V3_1_1 => KeySchedule::Smb311(preauth),
    };
    SessionKeys::derive(Side::Server, schedule, proved.session_key.expose(), negotiated.cipher)
}

fn flags_of(session: &Session) -> SessionFlags {
    if session.core.is_anonymous() {
        return SessionFlags::IS_NULL;
    }
    if session.core.is_guest() {
        return SessionFlags::IS_GUEST;
    }
    if session.encrypt_data { SessionFlags::ENCRYPT_DATA } else { SessionFlags::default() }
}

/// Whom a proved identity is to the core, and what its computer calls itself.
fn user_of(context: &Context<'_>, proved: &SecurityContext) -> (User, NtString) {
    let service = &context.connection.service;
    let domain = &service.server.identity().sid;
    match &proved.identity {
        Identity::User { domain: name, user, rid, workstation } => {
            let groups = (service.groups_of)(*rid);
            let is_admin = groups.contains(&Sid::administrators());
            let user = User {
                name: user.clone(),
                domain: name.clone(),
                sid: domain.child(*rid),
                groups,
                kind: UserKind::Named,
                is_admin,
            };
            (user, workstation.clone())
        }
        Identity::Guest { domain: name, user, workstation } => {
            const GUEST: u32 = 501;
            let user = User {
                name: user.clone(),
                domain: name.clone(),
                sid: domain.child(GUEST),
                groups: vec![Sid::guests()],
                kind: UserKind::Guest,
                is_admin: false,
            };
            (user, workstation.clone())
        }
        Identity::Anonymous => (User::anonymous(), NtString::default()),
    }
}
