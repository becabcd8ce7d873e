use crate::pdu::Flags;
use crate::{Fault, NdrReader};
use lanward_wire::{DecodeError, Encode, Writer};

/// [C706] 12.6.4.9 request: a fragment of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// What the client thinks the whole call's arguments take, in bytes; never used to allocate.
    pub allocation_hint: u32,
    /// The presentation context.
    pub context_id: u16,
    /// The operation.
    pub operation: u16,
    /// The arguments, or a part of them.
    pub stub: &'a [u8],
}

/// [C706] 12.6.4.10 response: a fragment of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// Bytes of the answer from here on, as a hint.
    pub allocation_hint: u32,
    /// The presentation context.
    pub context_id: u16,
    /// The results, or a part of them.
    pub stub: &'a [u8],
}

/// [C706] 12.6.4.7 fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultPdu {
    /// The presentation context.
    pub context_id: u16,
    /// Why.
    pub status: Fault,
}

impl<'a> Request<'a> {
    pub(crate) fn decode(r: &mut NdrReader<'a>, flags: Flags) -> Result<Self, DecodeError> {
        let allocation_hint = r.u32("alloc_hint")?;
        let (context_id, operation) = (r.u16("p_cont_id")?, r.u16("opnum")?);
        if flags.contains(Flags::OBJECT_UUID) {
            r.bytes(16, "object")?;
        }
        Ok(Self { allocation_hint, context_id, operation, stub: r.rest() })
    }
}

impl Encode for Request<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.allocation_hint);
        w.u16(self.context_id);
        w.u16(self.operation);
        w.bytes(self.stub);
    }
}

impl<'a> Response<'a> {
    pub(crate) fn decode(r: &mut NdrReader<'a>) -> Result<Self, DecodeError> {
        let (allocation_hint, context_id) = (r.u32("alloc_hint")?, r.u16("p_cont_id")?);
        r.u16("cancel_count")?;
        Ok(Self { allocation_hint, context_id, stub: r.rest() })
    }
}

impl Encode for Response<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.allocation_hint);
        w.u16(self.context_id);
        w.zeros(2);
        w.bytes(self.stub);
    }
}

impl FaultPdu {
    pub(crate) fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        r.u32("alloc_hint")?;
        let context_id = r.u16("p_cont_id")?;
        r.u16("cancel_count")?;
        Ok(Self { context_id, status: Fault(r.u32("status")?) })
    }
}

impl Encode for FaultPdu {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(0);
        w.u16(self.context_id);
        w.zeros(2);
        w.u32(self.status.0);
        w.zeros(4);
    }
}
