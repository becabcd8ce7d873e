use crate::attribute::{AttributeType, Attributes, put_number};
use crate::packet::{Authenticator, Code, Packet, Secret, build};
use core::time::Duration;
use std::collections::VecDeque;
use std::net::Ipv4Addr;

/// What a RADIUS server wants of a session (RFC 5176, 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DynamicKind {
    /// Its end.
    Disconnect,
    /// Other terms.
    ChangeOfAuthorization,
}

/// RFC 5176, 2: Disconnect-Request or CoA-Request. A session is meant if all that is said of it is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DynamicRequest {
    /// What is wanted.
    pub kind: DynamicKind,
    /// User-Name
    pub user: Option<Vec<u8>>,
    /// Acct-Session-Id
    pub session: Option<Vec<u8>>,
    /// Framed-IP-Address
    pub address: Option<Ipv4Addr>,
    /// Calling-Station-Id
    pub calling: Option<Vec<u8>>,
    /// NAS-Port
    pub port: Option<u32>,
    /// NAS-Identifier: whom the request is for.
    pub nas_identifier: Option<Vec<u8>>,
    /// Session-Timeout: the new one.
    pub session_timeout: Option<Duration>,
    /// Idle-Timeout: the new one.
    pub idle_timeout: Option<Duration>,
    /// Whether it asks for anything else, which cannot be given.
    pub unsupported: bool,
}

impl DynamicRequest {
    fn of(kind: DynamicKind, attributes: Attributes<'_>) -> Self {
        let bytes = |kind| attributes.first(kind).map(|attribute| attribute.value.to_vec());
        let seconds = |kind| {
            let number = attributes.first(kind).and_then(|attribute| attribute.number());
            number.map(|number| Duration::from_secs(number.into()))
        };
        let known = [
            AttributeType::USER_NAME,
            AttributeType::NAS_IP_ADDRESS,
            AttributeType::NAS_PORT,
            AttributeType::FRAMED_IP_ADDRESS,
            AttributeType::CALLED_STATION_ID,
            AttributeType::CALLING_STATION_ID,
            AttributeType::NAS_IDENTIFIER,
            AttributeType::ACCT_SESSION_ID,
            AttributeType::EVENT_TIMESTAMP,
            AttributeType::NAS_PORT_TYPE,
            AttributeType::MESSAGE_AUTHENTICATOR,
            AttributeType::REPLY_MESSAGE,
            AttributeType::ACCT_TERMINATE_CAUSE,
            AttributeType::CLASS,
        ];
        let terms = [AttributeType::SESSION_TIMEOUT, AttributeType::IDLE_TIMEOUT];
        let coa = kind == DynamicKind::ChangeOfAuthorization;
        let supported = |kind| known.contains(&kind) || coa && terms.contains(&kind);
        Self {
            kind,
            user: bytes(AttributeType::USER_NAME),
            session: bytes(AttributeType::ACCT_SESSION_ID),
            address: attributes.first(AttributeType::FRAMED_IP_ADDRESS).and_then(|a| a.address()),
            calling: bytes(AttributeType::CALLING_STATION_ID),
            port: attributes.first(AttributeType::NAS_PORT).and_then(|a| a.number()),
            nas_identifier: bytes(AttributeType::NAS_IDENTIFIER),
            session_timeout: seconds(AttributeType::SESSION_TIMEOUT),
            idle_timeout: seconds(AttributeType::IDLE_TIMEOUT),
            unsupported: attributes.iter().any(|attribute| !supported(attribute.kind)),
        }
    }

    /// Whether it says which session is meant.
    #[must_use]
    pub const fn names_a_session(&self) -> bool {
        self.user.is_some() || self.session.is_some() || self.address.is_some() || self.port.is_some()
    }
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DynamicAnswer {
    /// It is done.
    Ack,
    /// It is not.
    Nak(ErrorCause),
}

/// Why not (RFC 5176, 3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCause {
    /// Unsupported Attribute
    UnsupportedAttribute,
    /// Missing Attribute
    MissingAttribute,
    /// NAS Identification Mismatch
    NasIdentificationMismatch,
    /// Unsupported Service
    UnsupportedService,
    /// Session Context Not Found
    SessionContextNotFound,
    /// Resources Unavailable
    ResourcesUnavailable,
}

impl ErrorCause {
    const fn number(self) -> u32 {
        match self {
            Self::UnsupportedAttribute => 401,
            Self::MissingAttribute => 402,
            Self::NasIdentificationMismatch => 403,
            Self::UnsupportedService => 405,
            Self::SessionContextNotFound => 503,
            Self::ResourcesUnavailable => 506,
        }
    }
}

/// What answers the requests of RADIUS servers, of which each has a secret. A request that comes again gets the same answer and does nothing.
#[derive(Debug)]
pub struct DynamicServer {
    identifier: Vec<u8>,
    answered: VecDeque<Answered>,
}

#[derive(Debug)]
struct Answered {
    /// When the request came.
    at: u64,
    identifier: u8,
    authenticator: [u8; 16],
    answer: Vec<u8>,
}

/// Answers that are kept: more requests are not taken in twice the time that one is good for.
const KEPT: usize = 4096;

/// How old a request may be, which says when it was made (RFC 5176, 6.3).
const LONGEST_AGE: u64 = 300;

impl DynamicServer {
    /// With the name that requests may be for.
    #[must_use]
    pub fn new(identifier: &str) -> Self {
        Self { identifier: identifier.as_bytes().to_vec(), answered: VecDeque::new() }
    }

    /// A datagram from a server that has this secret; `decide` is asked what becomes of it. Answers what to send back, if the request is one.
    /// `now` are the seconds since 1970.
    pub fn receive(
        &mut self,
        datagram: &[u8],
        secret: &Secret,
        now: u64,
        decide: impl FnOnce(&DynamicRequest) -> DynamicAnswer,
    ) -> Option<Vec<u8>> {
        let packet = Packet::decode(datagram).ok()?;
        let kind = match packet.code {
            Code::DISCONNECT_REQUEST => DynamicKind::Disconnect,
            Code::COA_REQUEST => DynamicKind::ChangeOfAuthorization,
            _ => return None,
        };
        if !packet.is_signed(secret) || packet.message_authenticator(&[0; 16], secret) == Some(false) {
            return None;
        }
        let stamp = packet.attributes.first(AttributeType::EVENT_TIMESTAMP);
        if stamp.is_some_and(|a| a.number().is_none_or(|at| now.abs_diff(at.into()) > LONGEST_AGE)) {
            return None;
        }
        let (identifier, authenticator) = (packet.identifier, packet.authenticator);
        let same = |old: &&Answered| old.identifier == identifier && old.authenticator == authenticator;
        if let Some(old) = self.answered.iter().find(same) {
            return Some(old.answer.clone());
        }
        let request = DynamicRequest::of(kind, packet.attributes);
        self.answered.retain(|old| now.abs_diff(old.at) <= LONGEST_AGE.saturating_mul(2));
        // One that does not say when it was made anybody could send again, who has seen it.
        let fault = match stamp {
            None => Some(ErrorCause::MissingAttribute),
            Some(_) if self.answered.len() >= KEPT => Some(ErrorCause::ResourcesUnavailable),
            Some(_) => self.fault(&request),
        };
        let decided = match fault {
            Some(cause) => DynamicAnswer::Nak(cause),
            None => decide(&request),
        };
        let answer = answer(kind, &packet, decided, secret);
        if stamp.is_some() && self.answered.len() < KEPT {
            self.answered.push_front(Answered { at: now, identifier, authenticator, answer: answer.clone() });
        }
        Some(answer)
    }

    fn fault(&self, request: &DynamicRequest) -> Option<ErrorCause> {
        if request.nas_identifier.as_ref().is_some_and(|name| *name != self.identifier) {
            return Some(ErrorCause::NasIdentificationMismatch);
        }
        if request.unsupported {
            return Some(ErrorCause::UnsupportedAttribute);
        }
        (!request.names_a_session()).then_some(ErrorCause::MissingAttribute)
    }
}

fn answer(kind: DynamicKind, packet: &Packet<'_>, decided: DynamicAnswer, secret: &Secret) -> Vec<u8> {
    let mut attributes = Vec::new();
    let code = match (kind, decided) {
        (DynamicKind::Disconnect, DynamicAnswer::Ack) => Code::DISCONNECT_ACK,
        (DynamicKind::Disconnect, DynamicAnswer::Nak(_)) => Code::DISCONNECT_NAK,
        (DynamicKind::ChangeOfAuthorization, DynamicAnswer::Ack) => Code::COA_ACK,
        (DynamicKind::ChangeOfAuthorization, DynamicAnswer::Nak(_)) => Code::COA_NAK,
    };
    if let DynamicAnswer::Nak(cause) = decided {
        put_number(&mut attributes, AttributeType::ERROR_CAUSE, cause.number());
    }
    build(code, packet.identifier, Authenticator::Answer(&packet.authenticator), &attributes, secret)
}
