use core::time::Duration;

use super::{CallKey, CallState, CallStep, Calls};
use crate::control::{
    ControlMessage, GeneralError, OutgoingCallReply, OutgoingCallReplyResult, OutgoingCallRequest,
};
use crate::control_connection::ControlConfig;
use crate::tunnel::CloseReason;

/// The server's end ([RFC 2637] 3.2.4.1).
impl Calls {
    /// Bits in a second that a client is told; nothing is limited to it.
    const CONNECT_SPEED: u32 = 100_000_000;

    pub(super) fn receive_as_concentrator(&mut self, message: ControlMessage, now: Duration) -> CallStep {
        match message {
            ControlMessage::OutgoingCallRequest(request) => self.requested(request, now),
            ControlMessage::CallClearRequest(request) => {
                let named = self.calls.iter().find(|call| call.peer_call_id == request.call_id);
                named.map_or(CallStep::Ignored, |call| CallStep::Ended(call.key, CloseReason::PeerCleared))
            }
            // Nothing is escaped in GRE, and there is no line that could have errors.
            ControlMessage::SetLinkInfo(_)
            | ControlMessage::CallDisconnectNotify(_)
            | ControlMessage::WanErrorNotify(_) => CallStep::Ignored,
            // Replies to what was never asked for.
            _ => CallStep::Violation,
        }
    }

    fn requested(&mut self, request: OutgoingCallRequest, now: Duration) -> CallStep {
        let error = if request.has_bad_value() {
            GeneralError::BAD_VALUE
        } else if self.calls.iter().any(|call| call.peer_call_id == request.call_id) {
            GeneralError::BAD_CALL_ID
        } else if self.calls.len() >= self.most {
            GeneralError::NO_RESOURCE
        } else {
            let key = self.add(CallState::Requested, 0, request.call_id, now);
            return CallStep::Requested(key, request);
        };
        let result = OutgoingCallReplyResult::GENERAL_ERROR;
        let reply = OutgoingCallReply::refusal(request.call_id, result, error);
        CallStep::Reply(ControlMessage::OutgoingCallReply(reply))
    }

    /// There may be the call, and this end calls it so: what the client is told. `None` where it has been cleared meanwhile.
    pub fn take(
        &mut self,
        key: CallKey,
        call_id: u16,
        config: &ControlConfig,
        now: Duration,
    ) -> Option<ControlMessage> {
        let requested = self.calls.iter_mut().find(|call| call.key == key);
        let call = requested.filter(|call| call.state == CallState::Requested)?;
        (call.state, call.call_id, call.since) = (CallState::Established, call_id, now);
        Some(ControlMessage::OutgoingCallReply(OutgoingCallReply {
            call_id,
            connect_speed: Self::CONNECT_SPEED,
            receive_window: config.window(),
            ..OutgoingCallReply::refusal(
                call.peer_call_id,
                OutgoingCallReplyResult::CONNECTED,
                GeneralError::NONE,
            )
        }))
    }

    /// There may not be the call: what the client is told.
    pub fn refuse(
        &mut self,
        key: CallKey,
        result: OutgoingCallReplyResult,
        error: GeneralError,
    ) -> Option<ControlMessage> {
        let call = self.find(key).filter(|call| call.state == CallState::Requested)?;
        let reply = OutgoingCallReply::refusal(call.peer_call_id, result, error);
        self.forget(key);
        Some(ControlMessage::OutgoingCallReply(reply))
    }
}
