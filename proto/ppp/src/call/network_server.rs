use core::time::Duration;

use super::{CallKey, CallState, CallStep, Calls};
use crate::control::{
    BearerType, CallDisconnectNotify, ControlMessage, FixedText, FramingType, OutgoingCallReply,
    OutgoingCallReplyResult, OutgoingCallRequest,
};
use crate::control_connection::ControlConfig;
use crate::tunnel::CloseReason;

/// The client's end ([RFC 2637] 3.2.4.2).
impl Calls {
    /// A new call, and what the server is asked. `None` where there may be no more.
    pub fn ask(
        &mut self,
        call_id: u16,
        config: &ControlConfig,
        now: Duration,
    ) -> Option<(CallKey, ControlMessage)> {
        if self.calls.len() >= self.most {
            return None;
        }
        let key = self.add(CallState::WaitReply, call_id, 0, now);
        let request = OutgoingCallRequest {
            call_id,
            serial: call_id,
            minimum_bps: 300,
            maximum_bps: 100_000_000,
            bearer: BearerType::ANALOG | BearerType::DIGITAL,
            framing: FramingType::ASYNC | FramingType::SYNC,
            receive_window: config.window(),
            processing_delay: 0,
            phone_number_len: 0,
            phone_number: FixedText::default(),
            subaddress: FixedText::default(),
        };
        Some((key, ControlMessage::OutgoingCallRequest(request)))
    }

    pub(super) fn receive_as_network_server(&mut self, message: ControlMessage, now: Duration) -> CallStep {
        match message {
            ControlMessage::OutgoingCallReply(reply) => self.replied(&reply, now),
            ControlMessage::CallDisconnectNotify(notify) => self.disconnected(&notify),
            // Some servers send these, to no effect; [MS-PTPT] 3.2.5.6.
            ControlMessage::WanErrorNotify(_)
            | ControlMessage::SetLinkInfo(_)
            | ControlMessage::CallClearRequest(_) => CallStep::Ignored,
            _ => CallStep::Violation,
        }
    }

    /// The server may call the call anything, 0 too.
    fn replied(&mut self, reply: &OutgoingCallReply, now: Duration) -> CallStep {
        let Some(call) = self.calls.iter_mut().find(|call| call.call_id == reply.peer_call_id) else {
            return CallStep::Violation;
        };
        let connected = reply.result == OutgoingCallReplyResult::CONNECTED;
        match (call.state, connected) {
            (CallState::WaitReply, true) => {
                (call.state, call.since) = (CallState::Established, now);
                call.peer_call_id = reply.call_id;
                CallStep::Connected(call.key)
            }
            (CallState::WaitReply | CallState::WaitDisconnect, false) => {
                CallStep::Ended(call.key, CloseReason::CallRefusedByPeer)
            }
            // It was asked to end before it was answered, and will.
            (CallState::WaitDisconnect, true) => CallStep::Ignored,
            (CallState::Requested | CallState::Established, _) => CallStep::Violation,
        }
    }

    /// The id ought to be the server's. Some put the client's there, or its octets the wrong way round: where there is one call, it is that one.
    fn disconnected(&self, notify: &CallDisconnectNotify) -> CallStep {
        let known = |state| matches!(state, CallState::Established | CallState::WaitDisconnect);
        let by_id = self.calls.iter().find(|call| known(call.state) && call.peer_call_id == notify.call_id);
        let only = || self.calls.first().filter(|_| self.calls.len() == 1);
        let named = by_id.or_else(only);
        named.map_or(CallStep::Ignored, |call| CallStep::Ended(call.key, CloseReason::PeerDisconnected))
    }
}
