//! From a proof to a session, and to signing ([MS-CIFS] 3.3.5.43, [MS-SMB] 3.3.5.3).

use super::context::Context;
use super::session::Session;
use super::signing::activates;
use crate::logon;
use crate::service::now;
use lanward_auth::{ResponseVersion, SecurityContext};
use lanward_nt::NtStatus;
use lanward_server::{NewSession, SessionProtection, UserKind};
use lanward_smb1::{Dialect, SigningKey};
use std::sync::Arc;

/// What proved a user, and what it is signed with from then on.
#[derive(Debug)]
pub(crate) struct Proved {
    pub(crate) context: Box<SecurityContext>,
    /// SigningChallengeResponse: what SPNEGO proved has none.
    pub(crate) response: Vec<u8>,
    /// It was the LM or LMv2 response.
    pub(crate) by_lm: bool,
}

/// Opens a session for whoever has been proved, and begins to sign where that is due.
pub(crate) async fn establish(context: &mut Context<'_>, proved: &Proved) -> Result<Arc<Session>, NtStatus> {
    let connection = context.connection;
    let (service, peer) = (&connection.service, connection.peer);
    let zone = connection.zone();
    let dialect = connection.negotiated().map_or(Dialect::Core, |n| n.dialect);
    let (user, client_name) = logon::user_of(service, &proved.context);
    let (named, sid) = (user.kind == UserKind::Named, user.sid.clone());
    let can_sign = dialect == Dialect::NtLm && proved.context.response != ResponseVersion::Plaintext;
    let demand = service.server.demand_of(&user);
    let must_sign = named && (zone.signing_required || demand.signing);
    let must_seal = zone.encryption_required || demand.encryption;
    if must_seal || dialect.number() < demand.min_dialect || (must_sign && !can_sign) {
        let why = "the zone or a floor of the user demands what SMB1 or the client cannot do";
        return Err(logon::not_enough(service, peer, &user, why));
    }
    let (id, entry) = (service.server.new_session_id(), Arc::clone(&connection.entry));
    let new = NewSession { id, user, client_name, connection: entry, expiry: None, now: now() };
    let core = service.server.open_session(new)?;
    core.confirm().await?;
    if named {
        core.keep_application_key(proved.context.session_key.clone());
    }
    if named && can_sign && activates(must_sign, context.header.flags2) {
        let key = SigningKey::new(proved.context.session_key.expose(), &proved.response);
        context.turn = connection.signing().activate(key, &sid).or_else(|| context.turn.take());
    }
    // All users of a connection sign with the key of the first: to one who knows that, a logon relayed here would be as good as the password.
    if must_sign && connection.signing().is_anothers(&sid) {
        tracing::info!(%peer, zone = zone.name, user = %sid, "Refused a logon: another user's key signs here");
        core.close().await;
        return Err(NtStatus::ACCESS_DENIED);
    }
    core.set_protection(SessionProtection {
        authentication: logon::authentication(&proved.context),
        signing_required: named && connection.signing().is_active(),
        encrypted: false,
    });
    let session = connection.enter(context.header.user_id, core).ok_or(NtStatus::TOO_MANY_SESSIONS)?;
    tracing::info!(%peer, dialect = dialect.name(), user = %sid, "Logged on");
    Ok(session)
}
