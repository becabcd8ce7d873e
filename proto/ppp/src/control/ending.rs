use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer, wire_values};

use super::{FixedText, GeneralError};

wire_values! {
    /// The Result Code of a Call-Disconnect-Notify.
    CallDisconnectResult(u8) {
        /// What [MS-PTPT] 3.2.5.5 has for every reason.
        ZERO = 0;
        /// The line is gone.
        LOST_CARRIER = 1;
        /// The Error Code says more.
        GENERAL_ERROR = 2;
        /// An administrator wants it so.
        ADMIN_SHUTDOWN = 3;
        /// The network server has asked for it.
        REQUEST = 4;
    }
}

/// [RFC 2637] 2.12 Call-Clear-Request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallClearRequest {
    /// What the sender, a network server, calls the call.
    pub call_id: u16,
}

/// [RFC 2637] 2.13 Call-Disconnect-Notify
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallDisconnectNotify {
    /// What the sender, an access concentrator, calls the call. Some put the receiver's id here.
    pub call_id: u16,
    /// Why.
    pub result: CallDisconnectResult,
    /// More about a general error.
    pub error: GeneralError,
    /// A cause of Q.931, for logs.
    pub cause: u16,
    /// Call Statistics, for logs.
    pub statistics: FixedText<128>,
}

impl<'a> Decode<'a> for CallClearRequest {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let call_id = r.u16_be("Call ID")?;
        r.skip(2, "Reserved1")?;
        Ok(Self { call_id })
    }
}

impl Encode for CallClearRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.call_id);
        w.u16_be(0); // Reserved1
    }
}

impl<'a> Decode<'a> for CallDisconnectNotify {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let call_id = r.u16_be("Call ID")?;
        let result = CallDisconnectResult(r.u8("Result Code")?);
        let error = GeneralError(r.u8("Error Code")?);
        let cause = r.u16_be("Cause Code")?;
        r.skip(2, "Reserved1")?;
        Ok(Self { call_id, result, error, cause, statistics: FixedText::decode(r)? })
    }
}

impl Encode for CallDisconnectNotify {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.call_id);
        w.u8(self.result.0);
        w.u8(self.error.0);
        w.u16_be(self.cause);
        w.u16_be(0); // Reserved1
        self.statistics.encode(w);
    }
}
