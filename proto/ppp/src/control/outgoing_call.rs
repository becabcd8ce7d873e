use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer, wire_values};

use super::{BearerType, FixedText, FramingType, GeneralError};

wire_values! {
    /// The Result Code of an Outgoing-Call-Reply.
    OutgoingCallReplyResult(u8) {
        /// The call is there.
        CONNECTED = 1;
        /// The Error Code says more.
        GENERAL_ERROR = 2;
        /// No carrier.
        NO_CARRIER = 3;
        /// Busy.
        BUSY = 4;
        /// No dial tone.
        NO_DIAL_TONE = 5;
        /// It took too long.
        TIME_OUT = 6;
        /// Calls are forbidden.
        DO_NOT_ACCEPT = 7;
    }
}

/// [RFC 2637] 2.7 Outgoing-Call-Request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingCallRequest {
    /// What the network server calls the call.
    pub call_id: u16,
    /// For its logs.
    pub serial: u16,
    /// Minimum BPS
    pub minimum_bps: u32,
    /// Maximum BPS
    pub maximum_bps: u32,
    /// Channels that will do.
    pub bearer: BearerType,
    /// Framings that will do.
    pub framing: FramingType,
    /// Packets the sender buffers. Nothing is sent by it.
    pub receive_window: u16,
    /// Tenths of a second the sender takes for a packet.
    pub processing_delay: u16,
    /// Octets of `phone_number` that count, as they were on the wire: up to 65535.
    pub phone_number_len: u16,
    /// Whom to call.
    pub phone_number: FixedText<64>,
    /// And whom there.
    pub subaddress: FixedText<64>,
}

/// [RFC 2637] 2.8 Outgoing-Call-Reply
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingCallReply {
    /// What the access concentrator calls the call.
    pub call_id: u16,
    /// What the network server calls it.
    pub peer_call_id: u16,
    /// Whether there is one.
    pub result: OutgoingCallReplyResult,
    /// More about a general error.
    pub error: GeneralError,
    /// A cause of Q.931, for logs.
    pub cause: u16,
    /// Bits in a second.
    pub connect_speed: u32,
    /// Packets the sender buffers. Nothing is sent by it.
    pub receive_window: u16,
    /// Tenths of a second the sender takes for a packet.
    pub processing_delay: u16,
    /// Physical Channel ID, for logs.
    pub channel: u32,
}

impl OutgoingCallRequest {
    /// Whether a field has a value that there cannot be.
    #[must_use]
    pub const fn has_bad_value(&self) -> bool {
        self.phone_number_len > 64
    }
}

impl OutgoingCallReply {
    /// The call with this id of the peer's is not made.
    #[must_use]
    pub const fn refusal(peer_call_id: u16, result: OutgoingCallReplyResult, error: GeneralError) -> Self {
        Self {
            call_id: 0,
            peer_call_id,
            result,
            error,
            cause: 0,
            connect_speed: 0,
            receive_window: 0,
            processing_delay: 0,
            channel: 0,
        }
    }
}

impl<'a> Decode<'a> for OutgoingCallRequest {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let call_id = r.u16_be("Call ID")?;
        let serial = r.u16_be("Call Serial Number")?;
        let (minimum_bps, maximum_bps) = (r.u32_be("Minimum BPS")?, r.u32_be("Maximum BPS")?);
        let bearer = BearerType::from_bits_retain(r.u32_be("Bearer Type")?);
        let framing = FramingType::from_bits_retain(r.u32_be("Framing Type")?);
        let receive_window = r.u16_be("Packet Recv. Window Size")?;
        let processing_delay = r.u16_be("Packet Processing Delay")?;
        let phone_number_len = r.u16_be("Phone Number Length")?;
        r.skip(2, "Reserved1")?;
        Ok(Self {
            call_id,
            serial,
            minimum_bps,
            maximum_bps,
            bearer,
            framing,
            receive_window,
            processing_delay,
            phone_number_len,
            phone_number: FixedText::decode(r)?,
            subaddress: FixedText::decode(r)?,
        })
    }
}

impl Encode for OutgoingCallRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.call_id);
        w.u16_be(self.serial);
        w.u32_be(self.minimum_bps);
        w.u32_be(self.maximum_bps);
        w.u32_be(self.bearer.bits());
        w.u32_be(self.framing.bits());
        w.u16_be(self.receive_window);
        w.u16_be(self.processing_delay);
        w.u16_be(self.phone_number_len);
        w.u16_be(0); // Reserved1
        self.phone_number.encode(w);
        self.subaddress.encode(w);
    }
}

impl<'a> Decode<'a> for OutgoingCallReply {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            call_id: r.u16_be("Call ID")?,
            peer_call_id: r.u16_be("Peer's Call ID")?,
            result: OutgoingCallReplyResult(r.u8("Result Code")?),
            error: GeneralError(r.u8("Error Code")?),
            cause: r.u16_be("Cause Code")?,
            connect_speed: r.u32_be("Connect Speed")?,
            receive_window: r.u16_be("Packet Recv. Window Size")?,
            processing_delay: r.u16_be("Packet Processing Delay")?,
            channel: r.u32_be("Physical Channel ID")?,
        })
    }
}

impl Encode for OutgoingCallReply {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.call_id);
        w.u16_be(self.peer_call_id);
        w.u8(self.result.0);
        w.u8(self.error.0);
        w.u16_be(self.cause);
        w.u32_be(self.connect_speed);
        w.u16_be(self.receive_window);
        w.u16_be(self.processing_delay);
        w.u32_be(self.channel);
    }
}
