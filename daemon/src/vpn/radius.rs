//! RADIUS servers instead of the account store: who may come in they say, and they are told who came and went.

use super::VpnSession;
use super::judge::fixed;
use crate::config::VpnSection;
use anyhow::{Context as _, Result, bail};
use lanward_ppp::authentication::{AuthenticationRequest, Grant};
use lanward_radius::{
    AccessAnswer, AccessRequest, AccountingRequest, AccountingStatus, DynamicRequest, Nas, RetryPolicy,
    Secret, TerminateCause, Usage,
};
use lanward_vpn::radius::{Disconnector, Radius, RadiusServer};
use lanward_vpn::{Answer, Ended, Keys, SessionBegun, Terms};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The RADIUS servers, and what they are told.
#[derive(Debug, Clone)]
pub(super) struct Judges {
    radius: Radius,
    section: VpnSection,
    identifier: String,
    /// In front of the numbers of sessions, which begin anew with every run.
    run: u64,
    accepted: Arc<Mutex<Accepted>>,
}

/// What came with an acceptance, until the session begins.
type Accepted = BTreeMap<(Ipv4Addr, String), Told>;

#[derive(Debug, Clone, Default)]
struct Told {
    class: Vec<Vec<u8>>,
    interim: Option<Duration>,
}

/// Sessions that have not begun and are remembered.
const ACCEPTED: usize = 256;

impl Judges {
    /// The servers of the configuration, if it names any, and what hears whom they send away. Within a runtime.
    ///
    /// # Errors
    /// A secret cannot be read, or a socket not be had.
    pub(super) fn start(section: &VpnSection, name: &str) -> Result<Option<(Self, Option<Disconnector>)>> {
        let Some(given) = &section.radius else { return Ok(None) };
        let identifier = given.identifier.clone().unwrap_or_else(|| name.to_owned());
        let mut servers = Vec::new();
        for server in &given.servers {
            let text = std::fs::read_to_string(&server.secret_file).with_context(|| {
                format!("reading the secret of a RADIUS server, {}", server.secret_file.display())
            })?;
            let secret = text.lines().next().unwrap_or_default().trim();
            if secret.is_empty() {
                bail!(
                    "{} is empty: it has the secret of a RADIUS server in its first line",
                    server.secret_file.display()
                );
            }
            servers.push(RadiusServer {
                address: server.address,
                port: server.port,
                accounting_port: (server.accounting_port != 0).then_some(server.accounting_port),
                secret: Secret::new(secret.as_bytes()),
            });
        }
        let usual = RetryPolicy::default();
        let wait = given.timeout.and_then(|span| span.0).unwrap_or(usual.wait);
        let policy = RetryPolicy { wait, tries: given.tries.unwrap_or(usual.tries), ..usual };
        let radius = Radius::start(&servers, policy).context("opening a socket to a RADIUS server")?;
        let disconnector = given.disconnect_port.map(|port| {
            let secrets = servers.iter().map(|server| (server.address, server.secret.clone()));
            let any = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port);
            Disconnector::bind(any, &identifier, secrets).with_context(|| {
                format!("listening at UDP port {port} for RADIUS servers that send sessions away")
            })
        });
        let accepted = Arc::default();
        let judges =
            Self { radius, section: section.clone(), identifier, run: crate::run::now().0, accepted };
        Ok(Some((judges, disconnector.transpose()?)))
    }

    /// What the servers say to a request.
    pub(super) async fn judge(&self, peer: Ipv4Addr, request: AuthenticationRequest) -> Answer {
        let claimed = String::from_utf8_lossy(lanward_auth::mschap::user_of(&request.name)).into_owned();
        let (nas, request) = (self.nas(0, None, peer), Box::new(request));
        match self.radius.access(AccessRequest { nas, request, state: None }).await {
            Some(AccessAnswer::Accept(accept)) => {
                let named = accept.user_name.map(|name| String::from_utf8_lossy(&name).into_owned());
                let user = named.unwrap_or(claimed);
                let told = Told { class: accept.class, interim: accept.interim_interval };
                self.remember(peer, &user, told);
                Answer::Accepted {
                    address: fixed(&self.section, accept.grant.address, &user),
                    user,
                    authenticator_response: accept.authenticator_response,
                    keys: accept.keys.as_ref().map(Keys::new),
                    terms: terms(&accept.grant),
                }
            }
            Some(AccessAnswer::Reject { error, retry }) => Answer::Refused { error: error.number(), retry },
            None => Answer::unavailable(),
        }
    }

    /// What RADIUS servers call a session.
    fn session_name(&self, id: u64) -> String {
        format!("{:016x}-{id:x}", self.run)
    }

    /// Whether everything that a request says of a session is so.
    pub(super) fn means(&self, request: &DynamicRequest, session: &VpnSession) -> bool {
        let is = |said: &Option<Vec<u8>>, own: &str| {
            said.as_ref().is_none_or(|said| said.eq_ignore_ascii_case(own.as_bytes()))
        };
        is(&request.user, &session.user)
            && is(&request.session, &self.session_name(session.id))
            && is(&request.calling, &session.peer.to_string())
            && request.address.is_none_or(|address| address == session.address)
            && request.port.is_none_or(|port| u64::from(port) == session.id)
    }

    fn remember(&self, peer: Ipv4Addr, user: &str, told: Told) {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        if accepted.len() >= ACCEPTED {
            accepted.pop_first();
        }
        accepted.insert((peer, user.to_owned()), told);
    }

    fn nas(&self, port: u32, called: Option<Ipv4Addr>, peer: Ipv4Addr) -> Nas {
        Nas {
            identifier: self.identifier.clone(),
            address: called,
            port,
            called: called.map(IpAddr::V4),
            calling: peer.into(),
        }
    }
}

fn terms(grant: &Grant) -> Terms {
    let any = |given: [Option<Ipv4Addr>; 2]| Some(given).filter(|given| given.iter().any(Option::is_some));
    Terms {
        dns: any(grant.dns),
        wins: any(grant.wins),
        session_timeout: grant.session_timeout,
        idle_timeout: grant.idle_timeout,
    }
}

/// What servers are told of sessions, which have the numbers of [`super::Live`].
#[derive(Debug)]
pub(super) struct Accounts {
    judges: Judges,
    sessions: BTreeMap<u64, Session>,
}

#[derive(Debug)]
struct Session {
    told: Told,
    last: Instant,
    request: AccountingRequest,
}

impl Accounts {
    pub(super) fn new(judges: Judges) -> Self {
        Self { judges, sessions: BTreeMap::new() }
    }

    pub(super) fn begun(&mut self, id: u64, begun: &SessionBegun) {
        let key = (begun.peer, begun.user.clone());
        let told = self.judges.accepted.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        let told = told.unwrap_or_default();
        let request = AccountingRequest {
            status: AccountingStatus::Start,
            nas: self.judges.nas(u32::try_from(id).unwrap_or(u32::MAX), Some(begun.local), begun.peer),
            session: self.judges.session_name(id),
            user: begun.user.clone().into_bytes(),
            address: Some(begun.address),
            class: told.class.clone(),
            usage: Usage::default(),
            delay: Duration::ZERO,
        };
        self.judges.radius.tell(request.clone());
        self.sessions.insert(id, Session { told, last: Instant::now(), request });
    }

    pub(super) fn ended(&mut self, id: u64, ended: &Ended) {
        let Some(session) = self.sessions.remove(&id) else { return };
        let (status, usage) = (AccountingStatus::Stop(cause(&ended.reason)), usage(&ended.usage));
        self.judges.radius.tell(AccountingRequest { status, usage, ..session.request });
    }

    /// Tells how it goes with those about whom that is wanted, and is due.
    pub(super) fn carried(&mut self, carried: &[(u64, lanward_vpn::Usage)], number: impl Fn(u64) -> u64) {
        for (id, carried) in carried {
            let Some(session) = self.sessions.get_mut(&number(*id)) else { continue };
            session.request.usage = usage(carried);
            if session.told.interim.is_some_and(|every| session.last.elapsed() >= every) {
                session.last = Instant::now();
                let status = AccountingStatus::Interim;
                self.judges.radius.tell(AccountingRequest { status, ..session.request.clone() });
            }
        }
    }

    /// The worker is gone with everybody.
    pub(super) fn lost(&mut self, expected: bool) {
        let cause = if expected { TerminateCause::AdminReboot } else { TerminateCause::NasError };
        for session in std::mem::take(&mut self.sessions).into_values() {
            let status = AccountingStatus::Stop(cause);
            self.judges.radius.tell(AccountingRequest { status, ..session.request });
        }
    }
}

fn usage(carried: &lanward_vpn::Usage) -> Usage {
    Usage {
        time: Duration::from_secs(carried.seconds),
        received_bytes: carried.octets_in,
        sent_bytes: carried.octets_out,
        received_packets: carried.packets_in,
        sent_packets: carried.packets_out,
    }
}

/// What a link's reason is to RADIUS.
fn cause(reason: &str) -> TerminateCause {
    match reason {
        "peer" => TerminateCause::UserRequest,
        "echo-timeout" | "tunnel-lost" => TerminateCause::LostCarrier,
        "idle-timeout" => TerminateCause::IdleTimeout,
        "session-timeout" => TerminateCause::SessionTimeout,
        "administrator" => TerminateCause::AdminReset,
        "local" => TerminateCause::AdminReboot,
        "decryption-errors" | "encryption-restarted" | "renegotiations" => TerminateCause::UserError,
        _ => TerminateCause::NasRequest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_a_link_is_one_of_radius() {
        for reason in lanward_ppp::link::CloseReason::ALL {
            assert_ne!(cause(reason.name()), TerminateCause::NasError, "{reason}");
        }
        assert_eq!(cause("peer"), TerminateCause::UserRequest);
        assert_eq!(cause("administrator"), TerminateCause::AdminReset);
    }

    #[test]
    fn terms_are_only_what_was_said() {
        let grant = Grant { dns: [Some([10, 0, 0, 1].into()), None], ..Grant::default() };
        let terms = terms(&grant);
        assert_eq!((terms.dns, terms.wins), (Some(grant.dns), None));
    }
}
