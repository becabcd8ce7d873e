//! [MS-CIFS] 3.3.5.43 and [MS-SMB] 3.3.5.3 Receiving an SMB_COM_SESSION_SETUP_ANDX Request

use crate::logon::{self, MAX_AUTHENTICATIONS};
use crate::service::{now, random};
use crate::smb1::connection::{Authentication, Client, Connection};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::establish::{Proved, establish};
use crate::smb1::reply::Out;
use crate::smb1::respond::{Password, judge};
use crate::smb1::session::Session;
use crate::smb1::status::SMB_BAD_UID;
use lanward_auth::{Claim, SpnegoAcceptor, Step};
use lanward_nt::{NtStatus, NtString};
use lanward_smb1::messages::{SessionProof, SessionSetupAndxRequest, SessionSetupAndxResponse};
use lanward_smb1::{Body, Message};
use std::collections::HashMap;
use std::sync::Arc;

/// Bit 0 of Action: the client is a guest, whoever it said it is.
const AS_GUEST: u16 = 1;

/// Bit 1: it was the LM response that was accepted.
const BY_LM: u16 = 2;

pub(in crate::smb1) async fn session_setup_andx(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = SessionSetupAndxRequest::decode(body)?;
    let (connection, negotiated) = (context.connection, context.negotiated()?);
    let (extended, share_level) = (negotiated.extended_security, negotiated.share_level);
    let (claim, password) = match &request.proof {
        SessionProof::Extended { security_blob } if extended => {
            return step(context, &request, security_blob, out).await;
        }
        SessionProof::Nt { oem_password, unicode_password, account, domain } => {
            (claim(account, domain), Password::of(context, oem_password, unicode_password))
        }
        SessionProof::LanMan { password, account, domain } => {
            (claim(account, domain), Password::of(context, password, &[]))
        }
        SessionProof::Extended { .. } => return Err(NtStatus::INVALID_PARAMETER.into()),
    };
    if extended && !(claim.user.units().is_empty() && password.is_empty()) {
        // Where SPNEGO was agreed on there was no challenge to answer to: so comes nobody only.
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    if share_level {
        // Whoever it says it is: what counts is the password of each share.
        note_client(connection, &request);
        context.header.user_id = 0;
        out.message(&response(context, 0, None));
        return Ok(NtStatus::SUCCESS);
    }
    let proved = judge(connection, &claim, &password)?;
    let session = establish(context, &proved).await?;
    note_client(connection, &request);
    answer(context, &session, proved.by_lm, None, out);
    Ok(NtStatus::SUCCESS)
}

fn claim(account: &NtString, domain: &NtString) -> Claim {
    Claim { domain: domain.clone(), user: account.clone(), workstation: NtString::default() }
}

fn note_client(connection: &Connection, request: &SessionSetupAndxRequest<'_>) {
    connection
        .set_client(Client { max_buffer_size: request.max_buffer_size, capabilities: request.capabilities });
}

/// One step of SPNEGO, or of NTLM without it.
async fn step(
    context: &mut Context<'_>,
    request: &SessionSetupAndxRequest<'_>,
    token: &[u8],
    out: &mut Out,
) -> Outcome {
    let connection = context.connection;
    let mut authentication = begin(context)?;
    let accounts = connection.service.server.logons_from(connection.peer.ip());
    match authentication.acceptor.step(token, &accounts, now(), random()) {
        Ok(Step::Continue(token)) => {
            let uid = match &authentication.renews {
                Some(session) => session.uid,
                None => connection.reserve_uid(context.header.user_id).ok_or(NtStatus::TOO_MANY_SESSIONS)?,
            };
            connection.authentications().insert(uid, authentication);
            context.header.user_id = uid;
            out.message(&response(context, 0, Some(&token)));
            Ok(NtStatus::MORE_PROCESSING_REQUIRED)
        }
        Ok(Step::Done { token, context: proved }) => {
            let proved = Proved { context: proved, response: Vec::new(), by_lm: false };
            let session = match &authentication.renews {
                Some(session) => renew(context, session, &proved).await?,
                None => match establish(context, &proved).await {
                    Ok(session) => session,
                    Err(status) => {
                        connection.free_uid(context.header.user_id);
                        return Err(status.into());
                    }
                },
            };
            note_client(connection, request);
            answer(context, &session, false, Some(&token), out);
            Ok(NtStatus::SUCCESS)
        }
        Err(status) => {
            let acceptor = &authentication.acceptor;
            let (told, why) = (connection.note_refusal(), acceptor.refusal().unwrap_or_default());
            logon::refused(&connection.service, connection.peer, told, acceptor.claim(), status, why);
            match &authentication.renews {
                // [MS-SMB] 3.3.5.3: whoever cannot prove again who it is loses what it had.
                Some(session) => connection.end_session(session).await,
                None => connection.free_uid(context.header.user_id),
            }
            Err(status.into())
        }
    }
}

/// Finds the exchange this request continues, or begins one.
fn begin(context: &Context<'_>) -> Result<Authentication, NtStatus> {
    let (connection, uid) = (context.connection, context.header.user_id);
    let begun = connection.authentications().remove(&uid);
    if let Some(begun) = begun {
        return Ok(begun);
    }
    let renews = connection.session(uid);
    if uid != 0 && renews.is_none() {
        return Err(SMB_BAD_UID);
    }
    let number = forget_abandoned(connection);
    let config = logon::acceptor_config(&connection.service, &connection.zone());
    Ok(Authentication { acceptor: SpnegoAcceptor::new(config), renews, number })
}

/// Makes room for one more exchange, where there is none at the cost of the oldest, and answers its number.
fn forget_abandoned(connection: &Connection) -> u32 {
    let mut under_way = connection.authentications();
    let newest = under_way.values().map(|a| a.number).max();
    if under_way.len() >= MAX_AUTHENTICATIONS {
        let oldest = oldest(&under_way);
        let forgotten = oldest.and_then(|uid| under_way.remove(&uid).map(|a| (uid, a)));
        drop(under_way);
        if let Some((uid, _)) = forgotten.filter(|(_, a)| a.renews.is_none()) {
            connection.free_uid(uid);
        }
    }
    newest.map_or(0, |n| n.wrapping_add(1))
}

fn oldest(under_way: &HashMap<u16, Authentication>) -> Option<u16> {
    under_way.iter().min_by_key(|(_, a)| a.number).map(|(uid, _)| *uid)
}

/// A session whose user proved again who it is.
async fn renew(
    context: &Context<'_>,
    session: &Arc<Session>,
    proved: &Proved,
) -> Result<Arc<Session>, NtStatus> {
    let connection = context.connection;
    logon::renew(&connection.service, &session.core, &connection.zone(), &proved.context).await?;
    Ok(Arc::clone(session))
}

fn answer(
    context: &mut Context<'_>,
    session: &Arc<Session>,
    by_lm: bool,
    token: Option<&[u8]>,
    out: &mut Out,
) {
    context.header.user_id = session.uid;
    context.session = Some(Arc::clone(session));
    let guest = if session.core.is_guest() { AS_GUEST } else { 0 };
    let action = guest | if by_lm { BY_LM } else { 0 };
    out.message(&response(context, action, token));
}

fn response<'a>(context: &Context<'_>, action: u16, token: Option<&'a [u8]>) -> SessionSetupAndxResponse<'a> {
    let service = &context.connection.service;
    SessionSetupAndxResponse {
        action,
        security_blob: token,
        native_os: "Unix".into(),
        native_lan_man: "Lanward".into(),
        primary_domain: service.acceptor.nb_domain_name.clone(),
    }
}
