use super::{Environment, Event, Refused};
use crate::Fault;
use crate::pdu::{AuthenticationLevel, AuthenticationType, BindNak, Header, SecurityTrailer};
use lanward_auth::ntlm::{MessageSecurity, NegotiateFlags, Side};
use lanward_auth::{SecurityContext, SpnegoAcceptor, Step};
use std::collections::VecDeque;

/// The security context of an association ([MS-RPCE] 3.3.1.5.2): NTLM, alone or in SPNEGO.
#[derive(Debug)]
pub(super) struct Security {
    authentication_type: AuthenticationType,
    /// As the client wants it to be called.
    asked: AuthenticationLevel,
    /// As it is done.
    level: AuthenticationLevel,
    context_id: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Building(Box<SpnegoAcceptor>),
    Built(Box<Messages>),
    Failed,
}

#[derive(Debug)]
struct Messages {
    incoming: MessageSecurity,
    outgoing: MessageSecurity,
}

/// Bytes of an NTLM signature.
const SIGNATURE: usize = 16;

impl Security {
    /// Before the first token.
    ///
    /// # Errors
    /// AUTHENTICATION_TYPE: no such provider; NOT_SPECIFIED: no such level.
    pub(super) fn begin(
        trailer: &SecurityTrailer<'_>,
        environment: &Environment<'_>,
    ) -> Result<Self, BindNak> {
        let SecurityTrailer { authentication_type, context_id, .. } = *trailer;
        let known = matches!(authentication_type, AuthenticationType::NTLM | AuthenticationType::SPNEGO);
        let authentication =
            environment.authentication.filter(|_| known).ok_or(BindNak::AUTHENTICATION_TYPE)?;
        let level = level(trailer.level).ok_or(BindNak::NOT_SPECIFIED)?;
        let acceptor = SpnegoAcceptor::new((authentication.config)());
        let state = State::Building(Box::new(acceptor));
        Ok(Self { authentication_type, asked: trailer.level, level, context_id, state })
    }

    /// The level at which what travels is protected; NONE until it is known who is there.
    pub(super) const fn level(&self) -> AuthenticationLevel {
        match self.state {
            State::Built(_) => self.level,
            State::Building(_) | State::Failed => AuthenticationLevel::NONE,
        }
    }

    /// Whether this is about this security context.
    pub(super) fn continues(&self, trailer: &SecurityTrailer<'_>) -> bool {
        (trailer.authentication_type, trailer.level, trailer.context_id)
            == (self.authentication_type, self.asked, self.context_id)
    }

    /// Takes the client's next token; answers what to send back.
    ///
    /// # Errors
    /// ACCESS_DENIED: the client did not prove who it is, or cannot protect what travels as it wanted.
    pub(super) fn step(
        &mut self,
        token: &[u8],
        environment: &Environment<'_>,
        events: &mut VecDeque<Event>,
    ) -> Result<Vec<u8>, Fault> {
        let state = core::mem::replace(&mut self.state, State::Failed);
        let (State::Building(mut acceptor), Some(authentication)) = (state, environment.authentication)
        else {
            return Err(Fault::ACCESS_DENIED);
        };
        let challenge = (authentication.challenge)();
        match acceptor.step(token, authentication.accounts, authentication.now, challenge) {
            Ok(Step::Continue(token)) => {
                self.state = State::Building(acceptor);
                Ok(token)
            }
            Ok(Step::Done { token, context }) if self.suffices(&context) => {
                let [incoming, outgoing] = [Side::Client, Side::Server]
                    .map(|side| context.message_security(side).at(context.first_sequence));
                self.state = State::Built(Box::new(Messages { incoming, outgoing }));
                events.push_back(Event::Authenticated(context));
                Ok(token)
            }
            Ok(Step::Done { .. }) => Err(Fault::ACCESS_DENIED),
            Err(status) => {
                let (claimed, why) = (acceptor.claim().cloned(), acceptor.refusal().unwrap_or_default());
                events.push_back(Event::Refused(Refused { claimed, status, why }));
                Err(Fault::ACCESS_DENIED)
            }
        }
    }

    /// Whether what was negotiated can protect as the level says.
    fn suffices(&self, context: &SecurityContext) -> bool {
        let needed = match self.level {
            AuthenticationLevel::INTEGRITY => NegotiateFlags::SIGN,
            AuthenticationLevel::PRIVACY => NegotiateFlags::SIGN | NegotiateFlags::SEAL,
            _ => NegotiateFlags::empty(),
        };
        context.flags.contains(needed)
    }

    fn signs(&self) -> bool {
        self.level >= AuthenticationLevel::INTEGRITY
    }

    /// Bytes of the signature of each PDU.
    pub(super) fn signature_length(&self) -> usize {
        match self.state {
            State::Built(_) if self.signs() => SIGNATURE,
            _ => 0,
        }
    }

    /// The sec_trailer of this context around a token.
    pub(super) const fn trailer<'t>(&self, padding: u8, token: &'t [u8]) -> SecurityTrailer<'t> {
        let Self { authentication_type, asked: level, context_id, .. } = *self;
        SecurityTrailer { authentication_type, level, padding, context_id, token }
    }

    /// Decrypts and checks a request whose stub begins at `stub_at`; answers how long the stub is.
    ///
    /// # Errors
    /// ACCESS_DENIED: nobody knows who is there, or the PDU is not protected as was agreed; SECURITY_PACKAGE: it was changed on its way.
    pub(super) fn open(
        &mut self,
        header: &Header,
        pdu: &mut [u8],
        stub_at: usize,
        header_signing: bool,
    ) -> Result<usize, Fault> {
        let trailer = SecurityTrailer::decode(header, pdu).map_err(|_| Fault::PROTOCOL_ERROR)?;
        let Some(trailer) = trailer else {
            return match self.state {
                State::Built(_) if !self.signs() => Ok(pdu.len().saturating_sub(stub_at)),
                _ => Err(Fault::ACCESS_DENIED),
            };
        };
        if !self.continues(&trailer) {
            return Err(Fault::ACCESS_DENIED);
        }
        let Some(trailer_at) = header.trailer_at().filter(|at| *at >= stub_at) else {
            return Err(Fault::PROTOCOL_ERROR);
        };
        let length = trailer_at.saturating_sub(stub_at).checked_sub(trailer.padding.into());
        let length = length.ok_or(Fault::PROTOCOL_ERROR)?;
        let (privacy, signs) = (self.level == AuthenticationLevel::PRIVACY, self.signs());
        let State::Built(messages) = &mut self.state else { return Err(Fault::ACCESS_DENIED) };
        if !signs {
            return Ok(length);
        }
        let signature = trailer.token.to_vec();
        let covered = Covered::of(pdu, stub_at, trailer_at, header_signing);
        let right = match covered {
            Some(covered) if privacy => {
                messages.incoming.unseal_part(covered.message, covered.body, &signature)
            }
            Some(covered) => messages.incoming.verify(covered.message, &signature),
            None => false,
        };
        if right { Ok(length) } else { Err(Fault::SECURITY_PACKAGE) }
    }

    /// Encrypts a PDU's body if the level says so, and puts the signature where there is room for it: behind the sec_trailer.
    pub(super) fn protect(
        &mut self,
        pdu: &mut [u8],
        stub_at: usize,
        trailer_at: usize,
        header_signing: bool,
    ) {
        let privacy = self.level == AuthenticationLevel::PRIVACY;
        let State::Built(messages) = &mut self.state else { return };
        let Some(covered) = Covered::of(pdu, stub_at, trailer_at, header_signing) else { return };
        let signature = if privacy {
            messages.outgoing.seal_part(covered.message, covered.body)
        } else {
            messages.outgoing.sign(covered.message)
        };
        let at = trailer_at.saturating_add(Header::SECURITY_TRAILER);
        if let Some(place) = pdu.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
            *place = signature;
        }
    }
}

/// What of a PDU a signature covers, and which part of that is the body.
struct Covered<'p> {
    message: &'p mut [u8],
    body: core::ops::Range<usize>,
}

impl<'p> Covered<'p> {
    fn of(pdu: &'p mut [u8], stub_at: usize, trailer_at: usize, header_signing: bool) -> Option<Self> {
        if header_signing {
            let end = trailer_at.checked_add(Header::SECURITY_TRAILER)?;
            return Some(Self { message: pdu.get_mut(..end)?, body: stub_at..trailer_at });
        }
        let message = pdu.get_mut(stub_at..trailer_at)?;
        let body = 0..message.len();
        Some(Self { message, body })
    }
}

/// The level a client gets that asks for `asked`: the next one there is ([MS-RPCE] 2.2.1.1.8).
fn level(asked: AuthenticationLevel) -> Option<AuthenticationLevel> {
    match asked {
        AuthenticationLevel::CONNECT | AuthenticationLevel::INTEGRITY | AuthenticationLevel::PRIVACY => {
            Some(asked)
        }
        AuthenticationLevel::CALL | AuthenticationLevel::PACKET => Some(AuthenticationLevel::INTEGRITY),
        _ => None,
    }
}
