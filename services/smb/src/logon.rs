//! Logons in whatever dialect: who may try, whom a proof stands for, and what is told of those that fail.

use crate::Service;
use crate::service::now;
use lanward_auth::{AcceptorConfig, Claim, Identity, NtlmPolicy, ResponseVersion, SecurityContext};
use lanward_nt::{NtStatus, NtString};
use lanward_server::{Authentication, Event, Session, SessionProtection, User, UserKind, Zone};
use std::net::SocketAddr;
use std::sync::Arc;

/// Authentications of one connection that may be under way at once.
pub(crate) const MAX_AUTHENTICATIONS: usize = 8;

/// Refused logons of one connection that are told at the usual level: the rest would let a stranger fill the log.
pub(crate) const REFUSALS_TOLD: u32 = 16;

/// What a zone asks of those who prove who they are.
pub(crate) fn acceptor_config(service: &Service, zone: &Zone) -> Arc<AcceptorConfig> {
    let policy = NtlmPolicy { ntlmv1: zone.ntlmv1, ..service.acceptor.policy };
    Arc::new(AcceptorConfig { policy, ..service.acceptor.clone() })
}

/// Counts and tells a logon that failed, with whom the client claimed to be, cut to what a name may be long. `told`: at the usual level.
pub(crate) fn refused(
    service: &Service,
    peer: SocketAddr,
    told: bool,
    claim: Option<&Claim>,
    status: NtStatus,
    why: &'static str,
) {
    const LONGEST: usize = 300;
    let claim = claim.map(|c| format!("{}\\{}", c.domain, c.user));
    let user: Option<String> = claim.map(|c| c.chars().take(LONGEST).collect());
    service.server.count_failed_logon();
    service.server.count_refused_logon();
    service.server.event(Event::LogonRefused { peer, claimed: user.clone(), status, why });
    if told {
        tracing::info!(%peer, user, %status, why, "Refused a logon");
    } else {
        tracing::debug!(%peer, user, %status, why, "Refused a logon");
    }
}

/// Counts and tells a logon whose user proved who it is, and whose session would not be what is demanded.
pub(crate) fn not_enough(service: &Service, peer: SocketAddr, user: &User, why: &'static str) -> NtStatus {
    let claimed = format!("{}\\{}", user.domain.to_string_lossy(), user.name.to_string_lossy());
    let status = NtStatus::ACCESS_DENIED;
    tracing::info!(%peer, user = %user.sid, why, "Refused a logon");
    service.server.count_refused_logon();
    service.server.event(Event::LogonRefused { peer, claimed: Some(claimed), status, why });
    status
}

/// Whom a proved identity is to the core, and what its computer calls itself.
pub(crate) fn user_of(service: &Service, proved: &SecurityContext) -> (User, NtString) {
    let user = User::of(&proved.identity, &service.server);
    let workstation = match &proved.identity {
        Identity::User { workstation, .. } | Identity::Guest { workstation, .. } => workstation.clone(),
        Identity::Anonymous => NtString::default(),
    };
    (user, workstation)
}

/// A session whose user proved again who it is. Who comes as nobody, where that is allowed, proves nothing and changes nothing: a security
/// context that is there stays.
///
/// # Errors
/// ACCESS_DENIED: it is somebody else, or nobody where that is not allowed; ACCOUNT_DISABLED: it was switched off meanwhile, and the session is
/// over.
pub(crate) async fn renew(
    service: &Service,
    session: &Session,
    zone: &Zone,
    proved: &SecurityContext,
) -> Result<(), NtStatus> {
    let (user, _) = user_of(service, proved);
    let nobody = user.kind == UserKind::Anonymous && !session.is_anonymous();
    if nobody {
        let allowed = zone.anonymous_allowed && !session.is_expired(now());
        return if allowed { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) };
    }
    session.renew(user, None)?;
    session.confirm().await?;
    let authentication = authentication(proved);
    session.set_protection(SessionProtection { authentication, ..session.protection() });
    Ok(())
}

/// How somebody proved who it is, as the live lists show it.
pub(crate) const fn authentication(proved: &SecurityContext) -> Authentication {
    match proved.response {
        ResponseVersion::None => Authentication::None,
        ResponseVersion::Plaintext => Authentication::Plaintext,
        ResponseVersion::Lm => Authentication::Lm,
        ResponseVersion::NtlmV1 => Authentication::NtlmV1,
        ResponseVersion::NtlmV2 => Authentication::NtlmV2,
    }
}
