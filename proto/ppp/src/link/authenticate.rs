//! The phase in which the client says who it is, and the server believes it or not (RFC 1661 3.5).

use core::time::Duration;

use super::{CloseReason, Io, Link, LinkEvent, Phase, Role};
use crate::authentication::{
    Authenticatee, AuthenticationFailure, Authenticator, AuthenticatorConfig, Method, MsChapError, Step,
    Verdict,
};
use crate::frame::{HeaderCompression, Protocol};

/// One end of an authentication.
#[derive(Debug)]
pub(super) struct Authentication {
    side: Side,
    /// The token of the question that is open, out there and in here.
    asked: Option<(u32, u32)>,
    /// The frame that was sent last.
    last: Vec<u8>,
    /// When a server sends it again, until the client goes on: most would wait in vain for a lost word that they were let in.
    again: Option<Duration>,
    /// Why the client was refused last.
    refused: Option<MsChapError>,
}

/// Between those.
const AGAIN: Duration = Duration::from_secs(3);

#[derive(Debug)]
enum Side {
    Server(Authenticator),
    Client(Authenticatee),
}

impl Authentication {
    pub(super) fn deadline(&self) -> Option<Duration> {
        let own = match &self.side {
            Side::Server(authenticator) => authenticator.deadline(),
            Side::Client(authenticatee) => authenticatee.deadline(),
        };
        own.into_iter().chain(self.again).min()
    }

    /// Why the client was refused, if it was last.
    pub(super) const fn refused(&self) -> Option<MsChapError> {
        self.refused
    }

    /// The peer has gone on.
    pub(super) const fn heard(&mut self) {
        self.again = None;
    }

    fn method(&self) -> Method {
        match &self.side {
            Side::Server(authenticator) => authenticator.method(),
            Side::Client(authenticatee) => authenticatee.method(),
        }
    }
}

impl Link {
    /// LCP is open.
    pub(super) fn begin_authentication(&mut self, io: &mut Io<'_>) {
        self.phase = Phase::Authenticate;
        self.phase_ends = Some(io.now.saturating_add(self.config.timers.authentication));
        let mut steps = Vec::new();
        let side = match &self.config.role {
            Role::Server(server) => {
                let Some(method) = self.lcp.options.method() else {
                    return self.shut(CloseReason::AuthenticationMethodRefused, io);
                };
                let config = AuthenticatorConfig { name: server.name.clone(), retries: server.retries };
                let mut authenticator = Authenticator::new(method, config);
                authenticator.start(io.now, io.rng, &mut steps);
                Side::Server(authenticator)
            }
            Role::Client(client) => {
                let Some(method) = self.lcp.options.peer.method else {
                    return self.begin_network(io);
                };
                let mut authenticatee = Authenticatee::new(method, client.credentials.clone());
                authenticatee.start(io.now, &mut steps);
                Side::Client(authenticatee)
            }
        };
        self.authentication =
            Some(Authentication { side, asked: None, last: Vec::new(), again: None, refused: None });
        self.take_steps(steps, io);
    }

    pub(super) fn receive_authentication(&mut self, protocol: Protocol, bytes: &[u8], io: &mut Io<'_>) {
        let listens = matches!(self.phase, Phase::Authenticate | Phase::Network);
        let method =
            self.authentication.as_mut().filter(|own| listens && own.method().protocol() == protocol.0);
        let Some(authentication) = method else {
            self.statistics.out_of_phase = self.statistics.out_of_phase.saturating_add(1);
            return;
        };
        let mut steps = Vec::new();
        match &mut authentication.side {
            Side::Server(authenticator) => authenticator.receive(bytes, io.now, io.rng, &mut steps),
            Side::Client(authenticatee) => authenticatee.receive(bytes, io.now, io.rng, &mut steps),
        }
        self.take_steps(steps, io);
    }

    pub(super) fn judged(&mut self, token: u32, verdict: Verdict, io: &mut Io<'_>) {
        let Some(authentication) = &mut self.authentication else { return };
        let (Side::Server(authenticator), Some((_, inner))) =
            (&mut authentication.side, authentication.asked.take_if(|(outer, _)| *outer == token))
        else {
            return;
        };
        let mut steps = Vec::new();
        authenticator.verdict(inner, verdict, io.now, io.rng, &mut steps);
        self.take_steps(steps, io);
    }

    pub(super) fn tick_authentication(&mut self, io: &mut Io<'_>) {
        let Some(authentication) = &mut self.authentication else { return };
        let mut steps = Vec::new();
        match &mut authentication.side {
            Side::Server(authenticator) => authenticator.tick(io.now, &mut steps),
            Side::Client(authenticatee) => authenticatee.tick(io.now, &mut steps),
        }
        if authentication.again.is_some_and(|again| io.now >= again) {
            authentication.again = Some(io.now.saturating_add(AGAIN));
            io.out.push(LinkEvent::Send(authentication.last.clone()));
        }
        self.take_steps(steps, io);
    }

    fn take_steps(&mut self, steps: Vec<Step>, io: &mut Io<'_>) {
        for step in steps {
            let Some(authentication) = &mut self.authentication else { return };
            match step {
                Step::Send(information) => {
                    let mut frame = Vec::with_capacity(information.len().saturating_add(4));
                    let protocol = Protocol(authentication.method().protocol());
                    HeaderCompression::default().write_header(protocol, &mut frame);
                    frame.extend_from_slice(&information);
                    authentication.last.clone_from(&frame);
                    io.out.push(LinkEvent::Send(frame));
                }
                Step::Ask { token, request } => {
                    self.token = self.token.wrapping_add(1);
                    authentication.asked = Some((self.token, token));
                    io.out.push(LinkEvent::Authenticate { token: self.token, request });
                }
                Step::Succeeded(success) => {
                    if self.phase == Phase::Authenticate {
                        let server = matches!(authentication.side, Side::Server(_));
                        authentication.again = server.then(|| io.now.saturating_add(AGAIN));
                        self.success = Some(success);
                        io.out.push(LinkEvent::Authenticated);
                        self.begin_network(io);
                    }
                }
                // Somebody has to type something new.
                Step::Refused(error) => {
                    authentication.refused = Some(error);
                    if self.phase == Phase::Authenticate {
                        self.phase_ends = Some(io.now.saturating_add(self.config.timers.retry));
                    }
                }
                Step::Failed(failure) => self.shut(failed(failure), io),
            }
        }
    }
}

const fn failed(failure: AuthenticationFailure) -> CloseReason {
    match failure {
        AuthenticationFailure::Refused(error) => refused(error),
        AuthenticationFailure::Impostor | AuthenticationFailure::Reflected => CloseReason::ServerNotAuthentic,
        AuthenticationFailure::NoCommonMethod => CloseReason::AuthenticationMethodRefused,
        AuthenticationFailure::TimedOut => CloseReason::AuthenticationTimeout,
    }
}

/// Why a link ends after such a refusal.
pub(super) const fn refused(error: MsChapError) -> CloseReason {
    match error {
        MsChapError::PasswordExpired => CloseReason::PasswordExpired,
        MsChapError::NoDialInPermission | MsChapError::RestrictedLogonHours => CloseReason::NotPermitted,
        _ => CloseReason::AuthenticationFailed,
    }
}
