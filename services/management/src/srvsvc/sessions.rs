use super::clients::{client_name, is_client};
use crate::enumeration::Wanted;
use crate::win32;
use lanward_nt::{FileTime, NtString};
use lanward_rpc::srvsvc::{SessionDelRequest, SessionEnumRequest, SessionEnumResponse, SessionInfo};
use lanward_rpc::{Entry as _, StatusResponse};
use lanward_server::{Act, Caller, Event, Session, Subject};
use std::sync::Arc;

/// SESS_GUEST ([MS-SRVS] 2.2.2.3).
const GUEST: u32 = 1;

/// Longest name of a computer or user with its terminator, in characters.
const LONGEST: usize = 1024;

/// Which sessions are meant.
struct Qualifiers<'r> {
    client: Option<&'r NtString>,
    user: Option<&'r NtString>,
}

/// [MS-SRVS] 3.1.4.5 NetrSessionEnum.
pub(crate) fn session_enum(
    caller: &Caller,
    request: &SessionEnumRequest,
    now: FileTime,
) -> SessionEnumResponse {
    let wanted = Wanted {
        level: request.level,
        preferred_maximum_length: request.preferred_maximum_length,
        resume_handle: request.resume_handle,
    };
    if caller.may(Act::Administer).is_err() {
        return wanted.refused(win32::ACCESS_DENIED);
    }
    if !SessionInfo::is_enumerable(request.level) {
        return wanted.refused(win32::INVALID_LEVEL);
    }
    let qualifiers = match Qualifiers::new(request.client.as_ref(), request.user.as_ref()) {
        Ok(qualifiers) => qualifiers,
        Err(status) => return wanted.refused(status),
    };
    if qualifiers.client.is_some_and(|client| !client.units().starts_with(&BACKSLASHES)) {
        return wanted.refused(win32::INVALID_COMPUTER);
    }
    let sessions = caller.server.sessions();
    if !qualifiers.are_none() && !sessions.iter().any(|session| qualifiers.fit(session)) {
        let by_client = qualifiers.client.is_some();
        return wanted.refused(if by_client { win32::CLIENT_NAME_NOT_FOUND } else { win32::USER_NOT_FOUND });
    }
    wanted.part(&sessions, |session| qualifiers.fit(session).then(|| session_info(session, now)))
}

/// [MS-SRVS] 3.1.4.6 NetrSessionDel. The caller's own session goes last.
pub(crate) async fn session_del(caller: &Caller, request: &SessionDelRequest) -> StatusResponse {
    let status = match Qualifiers::new(request.client.as_ref(), request.user.as_ref()) {
        _ if caller.may(Act::Administer).is_err() => win32::ACCESS_DENIED,
        Err(status) => status,
        Ok(qualifiers) if qualifiers.are_none() => win32::INVALID_PARAMETER,
        Ok(Qualifiers { client: Some(client), .. }) if !client.units().starts_with(&BACKSLASHES) => {
            win32::CLIENT_NAME_NOT_FOUND
        }
        Ok(qualifiers) => end(caller, &qualifiers).await,
    };
    StatusResponse { status }
}

const BACKSLASHES: [u16; 2] = [0x5c; 2];

async fn end(caller: &Caller, qualifiers: &Qualifiers<'_>) -> u32 {
    let mut meant = caller.server.sessions();
    meant.retain(|session| qualifiers.fit(session));
    if meant.is_empty() {
        return win32::CLIENT_NAME_NOT_FOUND;
    }
    meant.sort_by_key(|session| Some(session.id()) == caller.session);
    for session in meant {
        let by = Subject::new(&caller.user, Some(caller.peer), caller.session);
        let name = format!("{} of {}", session.user().name, client_name(session.peer()));
        caller.server.event(Event::Changed { by, what: "session ended", name });
        caller.server.close_session(session.id()).await;
    }
    win32::SUCCESS
}

impl<'r> Qualifiers<'r> {
    /// Empty names stand for none.
    fn new(client: Option<&'r NtString>, user: Option<&'r NtString>) -> Result<Self, u32> {
        let given = |name: Option<&'r NtString>| name.filter(|name| !name.units().is_empty());
        let (client, user) = (given(client), given(user));
        if [client, user].into_iter().flatten().any(|name| name.units().len() >= LONGEST) {
            return Err(win32::INVALID_PARAMETER);
        }
        Ok(Self { client, user })
    }

    const fn are_none(&self) -> bool {
        self.client.is_none() && self.user.is_none()
    }

    fn fit(&self, session: &Session) -> bool {
        self.client.is_none_or(|client| is_client(session, client))
            && self.user.is_none_or(|user| session.user().name.eq_ignore_case(user))
    }
}

/// [MS-SMB2] 3.3.4.18: a session as SESSION_INFO_502 shows it.
fn session_info(session: &Arc<Session>, now: FileTime) -> SessionInfo {
    let transport = session.channels().first().and_then(|channel| channel.transport_name());
    SessionInfo {
        client: Some(client_name(session.peer()).as_str().into()),
        user: Some(session.user().name.clone()),
        opens: session.open_count(),
        seconds: seconds_since(session.since(), now),
        idle_seconds: u32::try_from(session.idle(now).as_secs()).unwrap_or(u32::MAX),
        user_flags: if session.is_guest() { GUEST } else { 0 },
        client_type: Some(NtString::default()),
        transport: Some(transport.as_deref().unwrap_or_default().into()),
    }
}

pub(super) fn seconds_since(earlier: FileTime, now: FileTime) -> u32 {
    u32::try_from(now.0.saturating_sub(earlier.0) / 10_000_000).unwrap_or(u32::MAX)
}
