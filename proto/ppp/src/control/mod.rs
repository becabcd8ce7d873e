//! The control messages of PPTP ([RFC 2637] 2) and their framing on the stream.
//!
//! Every message has one length. It is held against the type as soon as ten octets are there, so nothing else is ever read or kept.

mod ending;
mod fixed_text;
mod framing;
#[cfg(test)]
mod framing_tests;
mod incoming_call;
mod link;
mod outgoing_call;
#[cfg(test)]
mod scapy;
pub(crate) mod start;
mod stop;
#[cfg(test)]
pub(crate) mod vectors;

use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer, wire_flags, wire_values};

pub use ending::{CallClearRequest, CallDisconnectNotify, CallDisconnectResult};
pub use fixed_text::FixedText;
pub use framing::{Framing, FramingError};
pub use incoming_call::{
    IncomingCallConnected, IncomingCallReply, IncomingCallReplyResult, IncomingCallRequest,
};
pub use link::{SetLinkInfo, WanErrorNotify};
pub use outgoing_call::{OutgoingCallReply, OutgoingCallReplyResult, OutgoingCallRequest};
pub use start::{Sender, StartReply, StartReplyResult, StartRequest};
pub use stop::{EchoReply, EchoRequest, StopReason, StopReply, StopRequest};

wire_values! {
    /// The Control Message Type ([RFC 2637] 1.5).
    ControlMessageType(u16) {
        /// Start-Control-Connection-Request
        START_REQUEST = 1;
        /// Start-Control-Connection-Reply
        START_REPLY = 2;
        /// Stop-Control-Connection-Request
        STOP_REQUEST = 3;
        /// Stop-Control-Connection-Reply
        STOP_REPLY = 4;
        /// Echo-Request
        ECHO_REQUEST = 5;
        /// Echo-Reply
        ECHO_REPLY = 6;
        /// Outgoing-Call-Request
        OUTGOING_CALL_REQUEST = 7;
        /// Outgoing-Call-Reply
        OUTGOING_CALL_REPLY = 8;
        /// Incoming-Call-Request
        INCOMING_CALL_REQUEST = 9;
        /// Incoming-Call-Reply
        INCOMING_CALL_REPLY = 10;
        /// Incoming-Call-Connected
        INCOMING_CALL_CONNECTED = 11;
        /// Call-Clear-Request
        CALL_CLEAR_REQUEST = 12;
        /// Call-Disconnect-Notify
        CALL_DISCONNECT_NOTIFY = 13;
        /// WAN-Error-Notify
        WAN_ERROR_NOTIFY = 14;
        /// Set-Link-Info
        SET_LINK_INFO = 15;
    }
    /// The Error Code of a reply whose result is a general error ([RFC 2637] 2.16).
    GeneralError(u8) {
        /// No error.
        NONE = 0;
        /// There is no control connection yet.
        NOT_CONNECTED = 1;
        /// A length is wrong, or the magic cookie.
        BAD_FORMAT = 2;
        /// A field is out of range, or a reserved one not zero.
        BAD_VALUE = 3;
        /// There is no room for this now.
        NO_RESOURCE = 4;
        /// There is no such call, or there is one already.
        BAD_CALL_ID = 5;
        /// Something else is wrong at the access concentrator.
        PAC_ERROR = 6;
    }
}

wire_flags! {
    /// Framing Capabilities and Framing Type.
    FramingType: u32 {
        /// Asynchronous framing.
        ASYNC = 1;
        /// Synchronous framing.
        SYNC = 2;
    }
    /// Bearer Capabilities and Bearer Type.
    BearerType: u32 {
        /// Analog channels.
        ANALOG = 1;
        /// Digital channels.
        DIGITAL = 2;
    }
}

impl ControlMessageType {
    /// Octets in every message of this type, headers included; `None` where there is no such type.
    #[must_use]
    pub const fn exact_len(self) -> Option<usize> {
        Some(match self {
            Self::START_REQUEST | Self::START_REPLY => 156,
            Self::STOP_REQUEST | Self::STOP_REPLY | Self::ECHO_REQUEST | Self::CALL_CLEAR_REQUEST => 16,
            Self::ECHO_REPLY => 20,
            Self::OUTGOING_CALL_REQUEST => 168,
            Self::OUTGOING_CALL_REPLY => 32,
            Self::INCOMING_CALL_REQUEST => 220,
            Self::INCOMING_CALL_REPLY | Self::SET_LINK_INFO => 24,
            Self::INCOMING_CALL_CONNECTED => 28,
            Self::CALL_DISCONNECT_NOTIFY => 148,
            Self::WAN_ERROR_NOTIFY => 40,
            _ => return None,
        })
    }
}

/// One control message, without its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlMessage {
    /// Somebody wants a control connection.
    StartRequest(StartRequest),
    /// It is there, or not.
    StartReply(StartReply),
    /// The control connection is to end.
    StopRequest(StopRequest),
    /// It ends.
    StopReply(StopReply),
    /// Are you there?
    EchoRequest(EchoRequest),
    /// Here.
    EchoReply(EchoReply),
    /// A network server wants a call.
    OutgoingCallRequest(OutgoingCallRequest),
    /// It is there, or not.
    OutgoingCallReply(OutgoingCallReply),
    /// An access concentrator is called.
    IncomingCallRequest(IncomingCallRequest),
    /// The call is to be taken, or not.
    IncomingCallReply(IncomingCallReply),
    /// It is taken.
    IncomingCallConnected(IncomingCallConnected),
    /// A network server wants a call to end.
    CallClearRequest(CallClearRequest),
    /// A call has ended. Half a message is strings that nobody sends: not kept inline.
    CallDisconnectNotify(Box<CallDisconnectNotify>),
    /// What went wrong on the line.
    WanErrorNotify(WanErrorNotify),
    /// What PPP has negotiated.
    SetLinkInfo(SetLinkInfo),
}

impl ControlMessage {
    /// The longest message there is.
    pub const MAX_LEN: usize = 220;
    /// Octets in front of what a type defines.
    pub const HEADER_LEN: usize = 12;
    /// The PPTP Message Type of all of them.
    pub(crate) const CONTROL: u16 = 1;
    /// The magic cookie.
    pub(crate) const MAGIC: u32 = 0x1a2b_3c4d;

    /// What kind of message it is.
    #[must_use]
    pub const fn message_type(&self) -> ControlMessageType {
        match self {
            Self::StartRequest(_) => ControlMessageType::START_REQUEST,
            Self::StartReply(_) => ControlMessageType::START_REPLY,
            Self::StopRequest(_) => ControlMessageType::STOP_REQUEST,
            Self::StopReply(_) => ControlMessageType::STOP_REPLY,
            Self::EchoRequest(_) => ControlMessageType::ECHO_REQUEST,
            Self::EchoReply(_) => ControlMessageType::ECHO_REPLY,
            Self::OutgoingCallRequest(_) => ControlMessageType::OUTGOING_CALL_REQUEST,
            Self::OutgoingCallReply(_) => ControlMessageType::OUTGOING_CALL_REPLY,
            Self::IncomingCallRequest(_) => ControlMessageType::INCOMING_CALL_REQUEST,
            Self::IncomingCallReply(_) => ControlMessageType::INCOMING_CALL_REPLY,
            Self::IncomingCallConnected(_) => ControlMessageType::INCOMING_CALL_CONNECTED,
            Self::CallClearRequest(_) => ControlMessageType::CALL_CLEAR_REQUEST,
            Self::CallDisconnectNotify(_) => ControlMessageType::CALL_DISCONNECT_NOTIFY,
            Self::WanErrorNotify(_) => ControlMessageType::WAN_ERROR_NOTIFY,
            Self::SetLinkInfo(_) => ControlMessageType::SET_LINK_INFO,
        }
    }
}

/// Reads a whole message, headers included. Framing has already held the headers against each other; here it is done again, as the
/// bytes may come from elsewhere.
impl<'a> Decode<'a> for ControlMessage {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let len = r.u16_be("Length")?;
        if r.u16_be("PPTP Message Type")? != Self::CONTROL {
            return Err(DecodeError::invalid("PPTP Message Type", "no control message"));
        }
        if r.u32_be("Magic Cookie")? != Self::MAGIC {
            return Err(DecodeError::invalid("Magic Cookie", "another one"));
        }
        let message_type = ControlMessageType(r.u16_be("Control Message Type")?);
        let Some(exact) = message_type.exact_len() else {
            return Err(DecodeError::unexpected("Control Message Type", message_type.0.into()));
        };
        if usize::from(len) != exact {
            return Err(DecodeError::invalid("Length", "not that of the type"));
        }
        r.skip(2, "Reserved0")?;
        Ok(match message_type {
            ControlMessageType::START_REQUEST => Self::StartRequest(StartRequest::decode(r)?),
            ControlMessageType::START_REPLY => Self::StartReply(StartReply::decode(r)?),
            ControlMessageType::STOP_REQUEST => Self::StopRequest(StopRequest::decode(r)?),
            ControlMessageType::STOP_REPLY => Self::StopReply(StopReply::decode(r)?),
            ControlMessageType::ECHO_REQUEST => Self::EchoRequest(EchoRequest::decode(r)?),
            ControlMessageType::ECHO_REPLY => Self::EchoReply(EchoReply::decode(r)?),
            ControlMessageType::OUTGOING_CALL_REQUEST => {
                Self::OutgoingCallRequest(OutgoingCallRequest::decode(r)?)
            }
            ControlMessageType::OUTGOING_CALL_REPLY => Self::OutgoingCallReply(OutgoingCallReply::decode(r)?),
            ControlMessageType::INCOMING_CALL_REQUEST => {
                Self::IncomingCallRequest(IncomingCallRequest::decode(r)?)
            }
            ControlMessageType::INCOMING_CALL_REPLY => Self::IncomingCallReply(IncomingCallReply::decode(r)?),
            ControlMessageType::INCOMING_CALL_CONNECTED => {
                Self::IncomingCallConnected(IncomingCallConnected::decode(r)?)
            }
            ControlMessageType::CALL_CLEAR_REQUEST => Self::CallClearRequest(CallClearRequest::decode(r)?),
            ControlMessageType::CALL_DISCONNECT_NOTIFY => {
                Self::CallDisconnectNotify(Box::new(CallDisconnectNotify::decode(r)?))
            }
            ControlMessageType::WAN_ERROR_NOTIFY => Self::WanErrorNotify(WanErrorNotify::decode(r)?),
            _ => Self::SetLinkInfo(SetLinkInfo::decode(r)?),
        })
    }
}

impl Encode for ControlMessage {
    fn encode(&self, w: &mut Writer<'_>) {
        let mut w = w.nested();
        w.u16_be(0); // Length
        w.u16_be(Self::CONTROL);
        w.u32_be(Self::MAGIC);
        w.u16_be(self.message_type().0);
        w.u16_be(0); // Reserved0
        match self {
            Self::StartRequest(body) => body.encode(&mut w),
            Self::StartReply(body) => body.encode(&mut w),
            Self::StopRequest(body) => body.encode(&mut w),
            Self::StopReply(body) => body.encode(&mut w),
            Self::EchoRequest(body) => body.encode(&mut w),
            Self::EchoReply(body) => body.encode(&mut w),
            Self::OutgoingCallRequest(body) => body.encode(&mut w),
            Self::OutgoingCallReply(body) => body.encode(&mut w),
            Self::IncomingCallRequest(body) => body.encode(&mut w),
            Self::IncomingCallReply(body) => body.encode(&mut w),
            Self::IncomingCallConnected(body) => body.encode(&mut w),
            Self::CallClearRequest(body) => body.encode(&mut w),
            Self::CallDisconnectNotify(body) => body.encode(&mut w),
            Self::WanErrorNotify(body) => body.encode(&mut w),
            Self::SetLinkInfo(body) => body.encode(&mut w),
        }
        let len = u16::try_from(w.position()).unwrap_or(u16::MAX);
        w.patch(0, &len.to_be_bytes());
    }
}
