use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [RFC 2637] 2.14 WAN-Error-Notify: counts since the call was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WanErrorNotify {
    /// What the network server calls the call.
    pub peer_call_id: u16,
    /// CRC Errors
    pub crc_errors: u32,
    /// Framing Errors
    pub framing_errors: u32,
    /// Hardware Overruns
    pub hardware_overruns: u32,
    /// Buffer Overruns
    pub buffer_overruns: u32,
    /// Time-out Errors
    pub time_out_errors: u32,
    /// Alignment Errors
    pub alignment_errors: u32,
}

/// [RFC 2637] 2.15 Set-Link-Info: what to escape on the line. Nothing is escaped in GRE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetLinkInfo {
    /// What the receiver, an access concentrator, calls the call.
    pub peer_call_id: u16,
    /// Send ACCM
    pub send_accm: u32,
    /// Receive ACCM
    pub receive_accm: u32,
}

impl<'a> Decode<'a> for WanErrorNotify {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let peer_call_id = r.u16_be("Peer's Call ID")?;
        r.skip(2, "Reserved1")?;
        Ok(Self {
            peer_call_id,
            crc_errors: r.u32_be("CRC Errors")?,
            framing_errors: r.u32_be("Framing Errors")?,
            hardware_overruns: r.u32_be("Hardware Overruns")?,
            buffer_overruns: r.u32_be("Buffer Overruns")?,
            time_out_errors: r.u32_be("Time-out Errors")?,
            alignment_errors: r.u32_be("Alignment Errors")?,
        })
    }
}

impl Encode for WanErrorNotify {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.peer_call_id);
        w.u16_be(0); // Reserved1
        w.u32_be(self.crc_errors);
        w.u32_be(self.framing_errors);
        w.u32_be(self.hardware_overruns);
        w.u32_be(self.buffer_overruns);
        w.u32_be(self.time_out_errors);
        w.u32_be(self.alignment_errors);
    }
}

impl<'a> Decode<'a> for SetLinkInfo {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let peer_call_id = r.u16_be("Peer's Call ID")?;
        r.skip(2, "Reserved1")?;
        Ok(Self { peer_call_id, send_accm: r.u32_be("Send ACCM")?, receive_accm: r.u32_be("Receive ACCM")? })
    }
}

impl Encode for SetLinkInfo {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.peer_call_id);
        w.u16_be(0); // Reserved1
        w.u32_be(self.send_accm);
        w.u32_be(self.receive_accm);
    }
}
