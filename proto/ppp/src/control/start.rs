use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer, wire_values};

use super::{BearerType, FixedText, FramingType, GeneralError};

wire_values! {
    /// The Result Code of a Start-Control-Connection-Reply.
    StartReplyResult(u8) {
        /// What some modems send for success.
        ZERO = 0;
        /// The control connection is there.
        OK = 1;
        /// The Error Code says more.
        GENERAL_ERROR = 2;
        /// There is one already.
        EXISTS = 3;
        /// The requester may not.
        NOT_AUTHORIZED = 4;
        /// Not with this version of the protocol.
        VERSION = 5;
    }
}

/// [RFC 2637] 2.1 Start-Control-Connection-Request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// Protocol Version; the high octet is the version, the low one the revision.
    pub version: u16,
    /// Who asks.
    pub sender: Sender,
}

/// [RFC 2637] 2.2 Start-Control-Connection-Reply
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartReply {
    /// Protocol Version
    pub version: u16,
    /// Whether there is a control connection now.
    pub result: StartReplyResult,
    /// More about a general error.
    pub error: GeneralError,
    /// Who answers.
    pub sender: Sender,
}

/// What either side says of itself when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// Framings the sender can do.
    pub framing: FramingType,
    /// Channels the sender can use.
    pub bearer: BearerType,
    /// Sessions a concentrator can have. Nothing to count by.
    pub maximum_channels: u16,
    /// Firmware Revision
    pub firmware: u16,
    /// The sender's name.
    pub host: FixedText<64>,
    /// Whose product it is.
    pub vendor: FixedText<64>,
}

/// The only version of the protocol.
pub(crate) const VERSION: u16 = 0x0100;

impl<'a> Decode<'a> for StartRequest {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let version = r.u16_be("Protocol Version")?;
        r.skip(2, "Reserved1")?;
        Ok(Self { version, sender: Sender::decode(r)? })
    }
}

impl Encode for StartRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.version);
        w.u16_be(0); // Reserved1
        self.sender.encode(w);
    }
}

impl<'a> Decode<'a> for StartReply {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            version: r.u16_be("Protocol Version")?,
            result: StartReplyResult(r.u8("Result Code")?),
            error: GeneralError(r.u8("Error Code")?),
            sender: Sender::decode(r)?,
        })
    }
}

impl Encode for StartReply {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.version);
        w.u8(self.result.0);
        w.u8(self.error.0);
        self.sender.encode(w);
    }
}

impl<'a> Decode<'a> for Sender {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            framing: FramingType::from_bits_retain(r.u32_be("Framing Capabilities")?),
            bearer: BearerType::from_bits_retain(r.u32_be("Bearer Capabilities")?),
            maximum_channels: r.u16_be("Maximum Channels")?,
            firmware: r.u16_be("Firmware Revision")?,
            host: FixedText::decode(r)?,
            vendor: FixedText::decode(r)?,
        })
    }
}

impl Encode for Sender {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32_be(self.framing.bits());
        w.u32_be(self.bearer.bits());
        w.u16_be(self.maximum_channels);
        w.u16_be(self.firmware);
        self.host.encode(w);
        self.vendor.encode(w);
    }
}
