//! Calls ([RFC 2637] 3.2) of one control connection: outgoing ones, which is what clients make. A server is their access concentrator, a client their
//! network server. Incoming calls are refused ([MS-PTPT] 3.2.5.3: nobody makes them here).
//!
//! Ids mean something only within their control connection. What names a call inside this program is its [`CallKey`], which is never used again.

mod concentrator;
mod network_server;
#[cfg(test)]
mod tests;

use core::time::Duration;

use crate::control::{
    CallClearRequest, CallDisconnectNotify, CallDisconnectResult, ControlMessage, FixedText, GeneralError,
    IncomingCallReply, IncomingCallReplyResult, IncomingCallRequest, OutgoingCallReply,
    OutgoingCallReplyResult, OutgoingCallRequest,
};
use crate::control_connection::{ControlConfig, Profile};
use crate::tunnel::CloseReason;

/// Names a call within its tunnel. None is used twice, so that what is late names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub(crate) u32);

/// Where a call is ([RFC 2637] 3.2.3, 3.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// A server's, of which it is not known whether there is room for it.
    Requested,
    /// A client's, that was asked for.
    WaitReply,
    /// Packets may pass.
    Established,
    /// A client's, that was asked to end.
    WaitDisconnect,
}

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// What it is named here.
    pub key: CallKey,
    /// Where it is.
    pub state: CallState,
    /// What this end calls it; nothing while a server has not taken it.
    pub call_id: u16,
    /// What the peer calls it; nothing while a client's is not answered.
    pub peer_call_id: u16,
    /// Since when it is where it is.
    pub since: Duration,
}

/// The calls of one control connection.
#[derive(Debug)]
pub struct Calls {
    end: End,
    calls: Vec<Call>,
    most: usize,
    next: u32,
}

/// Which end of all calls this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The PAC, which is asked for calls.
    Concentrator,
    /// The PNS, which asks for them.
    NetworkServer,
}

/// What a message about calls leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum CallStep {
    /// Nothing.
    Ignored,
    /// An answer, and nothing else.
    Reply(ControlMessage),
    /// Somebody must say whether there may be this call.
    Requested(CallKey, OutgoingCallRequest),
    /// The call is established.
    Connected(CallKey),
    /// The call is to end, or has ended.
    Ended(CallKey, CloseReason),
    /// The peer is not to be spoken with any more.
    Violation,
}

impl Calls {
    /// How long a call may wait to be taken, or be refused.
    pub const REPLY_TIMEOUT: Duration = Duration::from_secs(30);
    /// How long a call that was asked to end may take.
    pub const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(3);

    /// None yet, and never more than `most`.
    #[must_use]
    pub const fn new(end: End, most: usize) -> Self {
        Self { end, calls: Vec::new(), most, next: 0 }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// One of them.
    #[must_use]
    pub fn find(&self, key: CallKey) -> Option<&Call> {
        self.calls.iter().find(|call| call.key == key)
    }

    /// Takes a message about calls.
    pub fn receive(&mut self, message: ControlMessage, now: Duration) -> CallStep {
        match (self.end, message) {
            (_, ControlMessage::IncomingCallRequest(request)) => CallStep::Reply(refuse_incoming(&request)),
            (End::Concentrator, message) => self.receive_as_concentrator(message, now),
            (End::NetworkServer, message) => self.receive_as_network_server(message, now),
        }
    }

    /// Ends a call, and what the peer is to be told of it. A client's call is still there until the server has agreed.
    pub fn end(
        &mut self,
        key: CallKey,
        reason: CloseReason,
        config: &ControlConfig,
        now: Duration,
    ) -> Option<ControlMessage> {
        let call = self.calls.iter_mut().find(|call| call.key == key)?;
        let message = match call.state {
            CallState::Requested => ControlMessage::OutgoingCallReply(OutgoingCallReply::refusal(
                call.peer_call_id,
                OutgoingCallReplyResult::GENERAL_ERROR,
                GeneralError::NO_RESOURCE,
            )),
            CallState::Established if self.end == End::Concentrator => {
                disconnected(call.call_id, reason, config)
            }
            CallState::Established | CallState::WaitReply => {
                call.state = CallState::WaitDisconnect;
                call.since = now;
                let request = CallClearRequest { call_id: call.call_id };
                return Some(ControlMessage::CallClearRequest(request));
            }
            CallState::WaitDisconnect => return None,
        };
        self.forget(key);
        Some(message)
    }

    /// The call is not there any more.
    pub fn forget(&mut self, key: CallKey) {
        self.calls.retain(|call| call.key != key);
    }

    fn add(&mut self, state: CallState, call_id: u16, peer_call_id: u16, now: Duration) -> CallKey {
        let key = CallKey(self.next);
        self.next = self.next.wrapping_add(1);
        self.calls.push(Call { key, state, call_id, peer_call_id, since: now });
        key
    }
}

fn refuse_incoming(request: &IncomingCallRequest) -> ControlMessage {
    ControlMessage::IncomingCallReply(IncomingCallReply {
        call_id: 0,
        peer_call_id: request.call_id,
        result: IncomingCallReplyResult::DO_NOT_ACCEPT,
        error: GeneralError::NONE,
        receive_window: 0,
        transmit_delay: 0,
    })
}

fn disconnected(call_id: u16, reason: CloseReason, config: &ControlConfig) -> ControlMessage {
    let (result, error) = match config.profile {
        Profile::Rfc => reason.call_disconnect_result(),
        Profile::Windows => (CallDisconnectResult::ZERO, GeneralError::NONE),
    };
    let statistics = FixedText::default();
    ControlMessage::CallDisconnectNotify(Box::new(CallDisconnectNotify {
        call_id,
        result,
        error,
        cause: 0,
        statistics,
    }))
}
