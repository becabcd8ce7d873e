use core::time::Duration;

use super::{Admission, ControlConnection, ControlState, ControlStep};
use crate::control::start::VERSION;
use crate::control::{
    ControlMessage, GeneralError, StartReply, StartReplyResult, StartRequest, StopReason, StopRequest,
};
use crate::tunnel::CloseReason;

impl ControlConnection {
    /// [RFC 2637] 2.1, 2.2: whatever minor version is asked for, the answer is the one there is.
    pub(super) fn start_requested(
        &mut self,
        admission: Admission,
        request: &StartRequest,
        now: Duration,
    ) -> Option<ControlStep> {
        let refused = if request.version >> 8 != VERSION >> 8 {
            Some((StartReplyResult::VERSION, GeneralError::NONE, CloseReason::Version))
        } else {
            match admission {
                Admission::Accept => None,
                Admission::NotAuthorized => {
                    Some((StartReplyResult::NOT_AUTHORIZED, GeneralError::NONE, CloseReason::NotAuthorized))
                }
                Admission::NoResource => Some((
                    StartReplyResult::GENERAL_ERROR,
                    GeneralError::NO_RESOURCE,
                    CloseReason::NoResource,
                )),
            }
        };
        let sender = self.config.sender();
        let reply = |result, error| {
            ControlMessage::StartReply(StartReply { version: VERSION, result, error, sender })
        };
        if let Some((result, error, reason)) = refused {
            self.send(&reply(result, error), now);
            self.close(reason, now);
            return None;
        }
        self.send(&reply(StartReplyResult::OK, GeneralError::NONE), now);
        self.enter(ControlState::Established, now);
        Some(ControlStep::Established { host: request.sender.host, vendor: request.sender.vendor })
    }

    pub(super) fn start_replied(&mut self, reply: &StartReply, now: Duration) -> Option<ControlStep> {
        if !matches!(reply.result, StartReplyResult::OK | StartReplyResult::ZERO) {
            self.close(CloseReason::StartRefused, now);
            return None;
        }
        if reply.version >> 8 != VERSION >> 8 {
            let stop = StopRequest { reason: StopReason::PROTOCOL };
            self.send(&ControlMessage::StopRequest(stop), now);
            self.enter(ControlState::WaitStopReply(CloseReason::Version), now);
            return None;
        }
        self.enter(ControlState::Established, now);
        Some(ControlStep::Established { host: reply.sender.host, vendor: reply.sender.vendor })
    }
}
