use core::fmt;

use crate::control::{CallDisconnectResult, FramingError, GeneralError};
use crate::link::CloseReason as LinkReason;

/// Why a call or a control connection ended: what logs, counters, accounting and the peer are told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CloseReason {
    /// The peer connected and did not say that it wants a control connection.
    StartTimeout,
    /// The peer is not one that may have a control connection.
    NotAuthorized,
    /// There are too many already.
    NoResource,
    /// The peer's version of the protocol cannot be used.
    Version,
    /// The server refused the control connection.
    StartRefused,
    /// The peer asked for no call.
    NoCall,
    /// A message had another length than its type has.
    BadLength,
    /// A message was no control message.
    BadMessageType,
    /// A message did not begin with the magic cookie.
    BadMagic,
    /// A message was of a type that there is not.
    UnknownMessage,
    /// A message made no sense in its state, or came from the wrong end.
    UnexpectedMessage,
    /// A message began and did not end.
    MessageTimeout,
    /// Messages came faster than anybody needs them.
    Flood,
    /// The peer does not read what it is answered.
    PeerDoesNotRead,
    /// The peer does not answer requests for an echo on the control connection.
    EchoTimeout,
    /// The peer ended the control connection.
    PeerStopped,
    /// The connection was closed or reset.
    ConnectionLost,
    /// The call was refused, as there are too many or nothing is left to give it.
    CallRefused,
    /// Nobody decided on the call in time.
    CallTimeout,
    /// The server refused the call.
    CallRefusedByPeer,
    /// The client ended the call.
    PeerCleared,
    /// The server ended the call.
    PeerDisconnected,
    /// An administrator ended it.
    Administrator,
    /// The same user calls again and gets what was its.
    Superseded,
    /// This end was told to end it.
    Local,
    /// This end shuts down.
    Shutdown,
    /// The link over the call ended.
    Link(LinkReason),
}

impl CloseReason {
    const OWN: [Self; 26] = [
        Self::StartTimeout,
        Self::NotAuthorized,
        Self::NoResource,
        Self::Version,
        Self::StartRefused,
        Self::NoCall,
        Self::BadLength,
        Self::BadMessageType,
        Self::BadMagic,
        Self::UnknownMessage,
        Self::UnexpectedMessage,
        Self::MessageTimeout,
        Self::Flood,
        Self::PeerDoesNotRead,
        Self::EchoTimeout,
        Self::PeerStopped,
        Self::ConnectionLost,
        Self::CallRefused,
        Self::CallTimeout,
        Self::CallRefusedByPeer,
        Self::PeerCleared,
        Self::PeerDisconnected,
        Self::Administrator,
        Self::Superseded,
        Self::Local,
        Self::Shutdown,
    ];

    /// Every reason, in order, for tables of counters.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::OWN.into_iter().chain(LinkReason::ALL.into_iter().map(Self::Link))
    }

    /// A word for it, as logs and counters name it. No two reasons have the same.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartTimeout => "start-timeout",
            Self::NotAuthorized => "not-authorized",
            Self::NoResource => "no-resource",
            Self::Version => "version",
            Self::StartRefused => "start-refused",
            Self::NoCall => "no-call",
            Self::BadLength => "bad-length",
            Self::BadMessageType => "bad-message-type",
            Self::BadMagic => "bad-magic",
            Self::UnknownMessage => "unknown-message",
            Self::UnexpectedMessage => "unexpected-message",
            Self::MessageTimeout => "message-timeout",
            Self::Flood => "flood",
            Self::PeerDoesNotRead => "peer-does-not-read",
            Self::EchoTimeout => "control-echo-timeout",
            Self::PeerStopped => "peer-stopped",
            Self::ConnectionLost => "connection-lost",
            Self::CallRefused => "call-refused",
            Self::CallTimeout => "call-timeout",
            Self::CallRefusedByPeer => "call-refused-by-peer",
            Self::PeerCleared => "peer-cleared",
            Self::PeerDisconnected => "peer-disconnected",
            // The link was told so, too, and its reason is the tunnel's.
            Self::Administrator | Self::Link(LinkReason::Administrator) => "administrator",
            Self::Superseded => "superseded",
            Self::Local | Self::Link(LinkReason::Local) => "local",
            Self::Shutdown => "shutdown",
            Self::Link(reason) => reason.name(),
        }
    }

    /// What a client is told of it in a Call-Disconnect-Notify.
    #[must_use]
    pub const fn call_disconnect_result(self) -> (CallDisconnectResult, GeneralError) {
        let lost = (CallDisconnectResult::LOST_CARRIER, GeneralError::NONE);
        match self {
            Self::PeerCleared | Self::PeerStopped => (CallDisconnectResult::REQUEST, GeneralError::NONE),
            Self::Administrator
            | Self::Superseded
            | Self::Local
            | Self::Shutdown
            | Self::Link(
                LinkReason::Administrator
                | LinkReason::Local
                | LinkReason::IdleTimeout
                | LinkReason::SessionTimeout,
            ) => (CallDisconnectResult::ADMIN_SHUTDOWN, GeneralError::NONE),
            Self::CallRefused | Self::CallTimeout | Self::NoResource => {
                (CallDisconnectResult::GENERAL_ERROR, GeneralError::NO_RESOURCE)
            }
            _ => lost,
        }
    }

    /// The Acct-Terminate-Cause of [RFC 2866] 5.10 that says it best.
    #[must_use]
    pub const fn terminate_cause(self) -> u32 {
        const USER_REQUEST: u32 = 1;
        const LOST_CARRIER: u32 = 2;
        const LOST_SERVICE: u32 = 3;
        const IDLE_TIMEOUT: u32 = 4;
        const SESSION_TIMEOUT: u32 = 5;
        const ADMIN_RESET: u32 = 6;
        const ADMIN_REBOOT: u32 = 7;
        const NAS_REQUEST: u32 = 10;
        const SERVICE_UNAVAILABLE: u32 = 15;
        const USER_ERROR: u32 = 17;
        match self {
            Self::PeerStopped | Self::PeerCleared | Self::PeerDisconnected | Self::Link(LinkReason::Peer) => {
                USER_REQUEST
            }
            Self::ConnectionLost
            | Self::EchoTimeout
            | Self::PeerDoesNotRead
            | Self::Link(LinkReason::EchoTimeout | LinkReason::TunnelLost) => LOST_CARRIER,
            Self::Link(LinkReason::DecryptionErrors | LinkReason::EncryptionRestarted) => LOST_SERVICE,
            Self::Link(LinkReason::IdleTimeout) => IDLE_TIMEOUT,
            Self::Link(LinkReason::SessionTimeout) => SESSION_TIMEOUT,
            Self::Administrator | Self::Link(LinkReason::Administrator) => ADMIN_RESET,
            Self::Shutdown => ADMIN_REBOOT,
            Self::Superseded | Self::Local | Self::Link(LinkReason::Local) => NAS_REQUEST,
            Self::NoResource
            | Self::NotAuthorized
            | Self::CallRefused
            | Self::CallTimeout
            | Self::StartRefused
            | Self::CallRefusedByPeer => SERVICE_UNAVAILABLE,
            _ => USER_ERROR,
        }
    }

    /// What the link is told where it is told to end for this reason.
    pub(super) const fn for_link(self) -> LinkReason {
        match self {
            Self::Link(reason) => reason,
            Self::Administrator | Self::Superseded => LinkReason::Administrator,
            Self::Local | Self::Shutdown => LinkReason::Local,
            _ => LinkReason::TunnelLost,
        }
    }
}

impl From<FramingError> for CloseReason {
    fn from(error: FramingError) -> Self {
        match error {
            FramingError::Length(_) => Self::BadLength,
            FramingError::MessageType(_) => Self::BadMessageType,
            FramingError::Magic(_) => Self::BadMagic,
            FramingError::ControlMessageType(_) => Self::UnknownMessage,
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn reasons_have_names_of_their_own() {
        let mut names: BTreeMap<&str, Vec<CloseReason>> = BTreeMap::new();
        CloseReason::all().for_each(|reason| names.entry(reason.name()).or_default().push(reason));
        for (name, reasons) in names {
            let shared = ["administrator", "local"].contains(&name);
            assert_eq!(reasons.len(), if shared { 2 } else { 1 }, "{name}: {reasons:?}");
        }
    }

    #[test]
    fn what_others_are_told() {
        assert_eq!(CloseReason::PeerCleared.call_disconnect_result().0, CallDisconnectResult::REQUEST);
        assert_eq!(CloseReason::Shutdown.call_disconnect_result().0, CallDisconnectResult::ADMIN_SHUTDOWN);
        assert_eq!(
            CloseReason::Link(LinkReason::Peer).call_disconnect_result().0,
            CallDisconnectResult::LOST_CARRIER
        );
        assert_eq!(CloseReason::Link(LinkReason::IdleTimeout).terminate_cause(), 4);
        assert_eq!(CloseReason::ConnectionLost.terminate_cause(), 2);
        assert!(CloseReason::all().all(|reason| (1..=18).contains(&reason.terminate_cause())));
    }
}
