//! One more channel of a session ([MS-SMB2] 3.3.5.5, SMB2_SESSION_FLAG_BINDING). Nothing of the session changes until its user has proved itself
//! over the new connection too.

use super::session_setup::{flags_of, keys};
use crate::logon;
use crate::service::now;
use crate::smb2::connection::{Connection, Negotiated};
use crate::smb2::context::{Context, Fault};
use crate::smb2::{Channel, Session};
use lanward_auth::SecurityContext;
use lanward_nt::NtStatus;
use lanward_smb2::messages::{SessionFlags, SessionSetupFlags};
use lanward_smb2::{
    Command, Header, HeaderFlags, PreauthHash, SessionId, Side, SigningAlgorithm, SigningKey,
};
use std::sync::Arc;

/// Whether a request asks for one more channel of a session.
pub(in crate::smb2) fn asks_to_bind(header: &Header, message: &[u8]) -> bool {
    /// Where [MS-SMB2] 2.2.5 has Flags.
    const FLAGS: usize = Header::LEN + 2 /* StructureSize */;
    header.command == Command::SESSION_SETUP
        && header.session_id != SessionId(0)
        && message.get(FLAGS).is_some_and(|flags| flags & SessionSetupFlags::BINDING.bits() != 0)
}

/// The session a request wants to bind to, as its answers are signed: with the session's own key. Whoever does not have that key learns nothing and
/// gets nothing signed.
pub(in crate::smb2) fn claim(
    connection: &Connection,
    header: &Header,
    message: &mut [u8],
) -> Result<Arc<Channel>, Fault> {
    let negotiated = connection.negotiated().ok_or(Fault::Disconnect("request before NEGOTIATE"))?;
    let capable = negotiated.dialect.is_smb3();
    let Some(session) = connection.service.sessions.find(header.session_id) else {
        let status = if capable { NtStatus::USER_SESSION_DELETED } else { NtStatus::REQUEST_NOT_ACCEPTED };
        return Err(status.into());
    };
    let Some(key) = session.signing_key() else { return Err(NtStatus::NOT_SUPPORTED.into()) };
    if !header.flags.contains(HeaderFlags::SIGNED) {
        let status = if capable { NtStatus::INVALID_PARAMETER } else { NtStatus::REQUEST_NOT_ACCEPTED };
        return Err(status.into());
    }
    if !key.verify(message) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    Ok(Channel::first(session))
}

/// The session a signed request is for although this connection is no channel of it, so that the refusal can be signed too; only for whoever has the
/// session's key: nobody else may choose what is signed with it.
pub(in crate::smb2) fn elsewhere(
    connection: &Connection,
    header: &Header,
    message: &mut [u8],
) -> Option<Arc<Channel>> {
    let session = connection.service.sessions.find(header.session_id)?;
    let has_key = session.signing_key().is_some_and(|key| key.verify(message));
    has_key.then(|| Channel::first(session))
}

/// Whether a session can have a channel over a connection that negotiated this.
pub(super) fn check(session: &Session, negotiated: &Negotiated) -> Result<(), NtStatus> {
    let gmac = |algorithm| algorithm == SigningAlgorithm::AesGmac;
    let signing = session.signing_key().map(SigningKey::algorithm).ok_or(NtStatus::NOT_SUPPORTED)?;
    // What the specification leaves open: AES-GMAC and the others do not mix in a session.
    match (gmac(signing), gmac(negotiated.signing)) {
        (true, false) => return Err(NtStatus::REQUEST_OUT_OF_SEQUENCE),
        (false, true) => return Err(NtStatus::NOT_SUPPORTED),
        (true, true) | (false, false) => {}
    }
    if !negotiated.dialect.is_smb3() {
        return Err(NtStatus::REQUEST_NOT_ACCEPTED);
    }
    // The keys that seal are the session's, so every channel has its cipher.
    if negotiated.dialect != session.dialect || negotiated.cipher != session.cipher {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    if session.core.is_expired(now()) {
        return Err(NtStatus::NETWORK_SESSION_EXPIRED);
    }
    Ok(())
}

/// The user has proved itself: the connection becomes a channel of the session.
pub(super) fn bind(
    context: &mut Context<'_>,
    session: &Arc<Session>,
    preauth: &PreauthHash,
    proved: &SecurityContext,
) -> Result<SessionFlags, Fault> {
    let connection = context.connection;
    let negotiated = connection.negotiated().ok_or(Fault::Disconnect("request before NEGOTIATE"))?;
    let (user, _) = logon::user_of(&context.connection.service, proved);
    let owner = session.core.user();
    if user.sid != owner.sid || user.kind != owner.kind {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    // A session stands on one floor: what its zone shows must not be reached from another.
    if connection.zone().name != session.core.zone().name {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let key = keys(negotiated, preauth, proved).signing;
    let key = SigningKey::new(negotiated.signing, &key, Side::Server).map_err(|_| NtStatus::NO_MEMORY)?;
    connection.enlist_client(negotiated)?;
    session.core.add_channel(connection.entry.clone())?;
    let channel = Channel::bound(session.clone(), key);
    connection.service.enter_channel(connection, channel.clone());
    context.channel = Some(channel);
    tracing::debug!(peer = %connection.peer, user = %owner.sid, "Bound a channel");
    Ok(flags_of(session))
}
