use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer, wire_values};

use super::{BearerType, FixedText, FramingType, GeneralError};

wire_values! {
    /// The Result Code of an Incoming-Call-Reply.
    IncomingCallReplyResult(u8) {
        /// The call is to be taken.
        CONNECT = 1;
        /// The Error Code says more.
        GENERAL_ERROR = 2;
        /// It is not.
        DO_NOT_ACCEPT = 3;
    }
}

/// [RFC 2637] 2.9 Incoming-Call-Request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingCallRequest {
    /// What the access concentrator calls the call.
    pub call_id: u16,
    /// For its logs.
    pub serial: u16,
    /// The channel it came on.
    pub bearer: BearerType,
    /// Physical Channel ID
    pub channel: u32,
    /// Octets of `dialed_number` that count, as they were on the wire.
    pub dialed_number_len: u16,
    /// Octets of `dialing_number` that count, as they were on the wire.
    pub dialing_number_len: u16,
    /// Who is called.
    pub dialed_number: FixedText<64>,
    /// Who calls.
    pub dialing_number: FixedText<64>,
    /// And whom there.
    pub subaddress: FixedText<64>,
}

/// [RFC 2637] 2.10 Incoming-Call-Reply
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingCallReply {
    /// What the network server calls the call.
    pub call_id: u16,
    /// What the access concentrator calls it.
    pub peer_call_id: u16,
    /// Whether it is to be taken.
    pub result: IncomingCallReplyResult,
    /// More about a general error.
    pub error: GeneralError,
    /// Packets the sender buffers.
    pub receive_window: u16,
    /// Tenths of a second the sender takes for a packet.
    pub transmit_delay: u16,
}

/// [RFC 2637] 2.11 Incoming-Call-Connected
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingCallConnected {
    /// What the network server calls the call.
    pub peer_call_id: u16,
    /// Bits in a second.
    pub connect_speed: u32,
    /// Packets the sender buffers.
    pub receive_window: u16,
    /// Tenths of a second the sender takes for a packet.
    pub transmit_delay: u16,
    /// The framing of the line.
    pub framing: FramingType,
}

impl<'a> Decode<'a> for IncomingCallRequest {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            call_id: r.u16_be("Call ID")?,
            serial: r.u16_be("Call Serial Number")?,
            bearer: BearerType::from_bits_retain(r.u32_be("Call Bearer Type")?),
            channel: r.u32_be("Physical Channel ID")?,
            dialed_number_len: r.u16_be("Dialed Number Length")?,
            dialing_number_len: r.u16_be("Dialing Number Length")?,
            dialed_number: FixedText::decode(r)?,
            dialing_number: FixedText::decode(r)?,
            subaddress: FixedText::decode(r)?,
        })
    }
}

impl Encode for IncomingCallRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.call_id);
        w.u16_be(self.serial);
        w.u32_be(self.bearer.bits());
        w.u32_be(self.channel);
        w.u16_be(self.dialed_number_len);
        w.u16_be(self.dialing_number_len);
        self.dialed_number.encode(w);
        self.dialing_number.encode(w);
        self.subaddress.encode(w);
    }
}

impl<'a> Decode<'a> for IncomingCallReply {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (call_id, peer_call_id) = (r.u16_be("Call ID")?, r.u16_be("Peer's Call ID")?);
        let (result, error) = (r.u8("Result Code")?, r.u8("Error Code")?);
        let receive_window = r.u16_be("Packet Recv. Window Size")?;
        let transmit_delay = r.u16_be("Packet Transmit Delay")?;
        r.skip(2, "Reserved1")?;
        let (result, error) = (IncomingCallReplyResult(result), GeneralError(error));
        Ok(Self { call_id, peer_call_id, result, error, receive_window, transmit_delay })
    }
}

impl Encode for IncomingCallReply {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.call_id);
        w.u16_be(self.peer_call_id);
        w.u8(self.result.0);
        w.u8(self.error.0);
        w.u16_be(self.receive_window);
        w.u16_be(self.transmit_delay);
        w.u16_be(0); // Reserved1
    }
}

impl<'a> Decode<'a> for IncomingCallConnected {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let peer_call_id = r.u16_be("Peer's Call ID")?;
        r.skip(2, "Reserved1")?;
        Ok(Self {
            peer_call_id,
            connect_speed: r.u32_be("Connect Speed")?,
            receive_window: r.u16_be("Packet Recv. Window Size")?,
            transmit_delay: r.u16_be("Packet Transmit Delay")?,
            framing: FramingType::from_bits_retain(r.u32_be("Framing Type")?),
        })
    }
}

impl Encode for IncomingCallConnected {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.peer_call_id);
        w.u16_be(0); // Reserved1
        w.u32_be(self.connect_speed);
        w.u16_be(self.receive_window);
        w.u16_be(self.transmit_delay);
        w.u32_be(self.framing.bits());
    }
}
