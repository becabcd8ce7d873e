use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer, wire_values};

use super::GeneralError;

wire_values! {
    /// The Reason of a Stop-Control-Connection-Request.
    StopReason(u8) {
        /// None in particular.
        NONE = 1;
        /// The peer's version of the protocol cannot be used.
        PROTOCOL = 2;
        /// The sender is shut down.
        LOCAL_SHUTDOWN = 3;
    }
}

/// [RFC 2637] 2.3 Stop-Control-Connection-Request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopRequest {
    /// Why.
    pub reason: StopReason,
}

/// [RFC 2637] 2.4 Stop-Control-Connection-Reply
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopReply {
    /// 1 is success, 2 a general error.
    pub result: u8,
    /// More about a general error.
    pub error: GeneralError,
}

/// [RFC 2637] 2.5 Echo-Request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EchoRequest {
    /// To be sent back.
    pub identifier: u32,
}

/// [RFC 2637] 2.6 Echo-Reply
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EchoReply {
    /// That of the request.
    pub identifier: u32,
    /// 1 is success, 2 a general error.
    pub result: u8,
    /// More about a general error.
    pub error: GeneralError,
}

impl<'a> Decode<'a> for StopRequest {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let reason = StopReason(r.u8("Reason")?);
        r.skip(1 /* Reserved1 */ + 2 /* Reserved2 */, "Reserved1")?;
        Ok(Self { reason })
    }
}

impl Encode for StopRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.reason.0);
        w.zeros(1 /* Reserved1 */ + 2 /* Reserved2 */);
    }
}

impl<'a> Decode<'a> for StopReply {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (result, error) = (r.u8("Result Code")?, GeneralError(r.u8("Error Code")?));
        r.skip(2, "Reserved1")?;
        Ok(Self { result, error })
    }
}

impl Encode for StopReply {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.result);
        w.u8(self.error.0);
        w.u16_be(0); // Reserved1
    }
}

impl<'a> Decode<'a> for EchoRequest {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self { identifier: r.u32_be("Identifier")? })
    }
}

impl Encode for EchoRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32_be(self.identifier);
    }
}

impl<'a> Decode<'a> for EchoReply {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let identifier = r.u32_be("Identifier")?;
        let (result, error) = (r.u8("Result Code")?, GeneralError(r.u8("Error Code")?));
        r.skip(2, "Reserved1")?;
        Ok(Self { identifier, result, error })
    }
}

impl Encode for EchoReply {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32_be(self.identifier);
        w.u8(self.result);
        w.u8(self.error.0);
        w.u16_be(0); // Reserved1
    }
}
