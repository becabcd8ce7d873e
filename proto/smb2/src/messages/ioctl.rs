use super::output::PendingPayload;
use crate::FileId;
use crate::field::{ahead, align8, buffer, counted32, long, offset_unless_empty, structure_size};
use lanward_nt::fscc::CtlCode;
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The Flags of IOCTL.
    IoctlFlags: u32 {
        /// SMB2_0_IOCTL_IS_FSCTL
        IS_FSCTL = 0x0000_0001;
    }
}

/// [MS-SMB2] 2.2.31 SMB2 IOCTL Request. It has room for an output buffer too, which clients MUST leave empty: that is
/// neither read nor written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IoctlRequest<'a> {
    /// What to do.
    pub ctl_code: CtlCode,
    /// The open, or all ones where the control is not about one.
    pub file_id: FileId,
    /// Bytes of input that the answer may carry.
    pub max_input_response: u32,
    /// Bytes of output that the answer may carry.
    pub max_output_response: u32,
    /// Flags.
    pub flags: IoctlFlags,
    /// The control's own structure.
    pub input: &'a [u8],
}

impl<'a> Decode<'a> for IoctlRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 57)?;
        r.skip(2, "Reserved")?;
        let ctl_code = CtlCode(r.u32("CtlCode")?);
        let file_id = FileId::decode(r)?;
        let (offset, len) = (r.u32("InputOffset")?, r.u32("InputCount")?);
        let max_input_response = r.u32("MaxInputResponse")?;
        r.skip(8, "OutputOffset")?;
        let max_output_response = r.u32("MaxOutputResponse")?;
        let flags = IoctlFlags::from_bits_retain(r.u32("Flags")?);
        r.skip(4, "Reserved2")?;
        let input = buffer(r, offset, len, "Input")?;
        Ok(Self { ctl_code, file_id, max_input_response, max_output_response, flags, input })
    }
}

impl Encode for IoctlRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (input, len) = counted32(self.input);
        w.u16(57);
        w.u16(0);
        w.u32(self.ctl_code.0);
        self.file_id.encode(w);
        w.u32(long(offset_unless_empty(ahead(w, 32), input)));
        w.u32(len);
        w.u32(self.max_input_response);
        w.u64(0);
        w.u32(self.max_output_response);
        w.u32(self.flags.bits());
        w.u32(0);
        w.bytes(input);
    }
}

/// [MS-SMB2] 2.2.32 SMB2 IOCTL Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IoctlResponse<'a> {
    /// What was done.
    pub ctl_code: CtlCode,
    /// The open.
    pub file_id: FileId,
    /// Only a pass-through returns some.
    pub input: &'a [u8],
    /// The control's own structure.
    pub output: &'a [u8],
}

impl IoctlResponse<'_> {
    /// Bytes of the fixed part: the output of an answer without input begins this far behind the header.
    const FIXED_LEN: usize = 48;

    /// Writes the fixed part of an answer without input; the caller appends the output and then calls
    /// [`PendingPayload::finish`].
    pub fn begin(w: &mut Writer<'_>, ctl_code: CtlCode, file_id: FileId) -> PendingPayload {
        Self::begin_with_input(w, ctl_code, file_id, &[])
    }

    fn begin_with_input(
        w: &mut Writer<'_>,
        ctl_code: CtlCode,
        file_id: FileId,
        input: &[u8],
    ) -> PendingPayload {
        let (input, input_len) = counted32(input);
        let input_at = ahead(w, Self::FIXED_LEN);
        let output_at = align8(input_at.saturating_add(input.len()));
        w.u16(49);
        w.u16(0);
        w.u32(ctl_code.0);
        file_id.encode(w);
        w.u32(long(input_at));
        w.u32(input_len);
        w.u32(long(output_at));
        let length_at = w.position();
        w.u32(0);
        w.u64(0);
        w.bytes(input);
        w.align(8);
        PendingPayload::new(length_at, output_at)
    }
}

impl<'a> Decode<'a> for IoctlResponse<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 49)?;
        r.skip(2, "Reserved")?;
        let ctl_code = CtlCode(r.u32("CtlCode")?);
        let file_id = FileId::decode(r)?;
        let (input_offset, input_len) = (r.u32("InputOffset")?, r.u32("InputCount")?);
        let (output_offset, output_len) = (r.u32("OutputOffset")?, r.u32("OutputCount")?);
        r.skip(8, "Flags")?;
        let input = buffer(r, input_offset, input_len, "Input")?;
        let output = buffer(r, output_offset, output_len, "Output")?;
        Ok(Self { ctl_code, file_id, input, output })
    }
}

impl Encode for IoctlResponse<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let payload = Self::begin_with_input(w, self.ctl_code, self.file_id, self.input);
        w.bytes(counted32(self.output).0);
        payload.finish(w.written_mut());
    }
}
