use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-SMB2] 2.2.31.3 NETWORK_RESILIENCY_REQUEST, the input of FSCTL_LMR_REQUEST_RESILIENCY
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NetworkResiliencyRequest {
    /// Milliseconds the server keeps the open after a disconnect.
    pub timeout: u32,
}

impl Decode<'_> for NetworkResiliencyRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let timeout = r.u32("Timeout")?;
        r.skip(4, "Reserved")?;
        Ok(Self { timeout })
    }
}

impl Encode for NetworkResiliencyRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.timeout);
        w.u32(0);
    }
}
