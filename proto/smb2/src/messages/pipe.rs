use crate::Utf16;
use crate::field::{counted32, index};
use lanward_wire::wire_values;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_values! {
    /// The NamedPipeState of [MS-FSCC] 2.3.46.
    NamedPipeState(u32) {
        /// FILE_PIPE_DISCONNECTED_STATE
        DISCONNECTED = 0x01;
        /// FILE_PIPE_LISTENING_STATE
        LISTENING = 0x02;
        /// FILE_PIPE_CONNECTED_STATE
        CONNECTED = 0x03;
        /// FILE_PIPE_CLOSING_STATE
        CLOSING = 0x04;
    }
}

/// [MS-FSCC] 2.3.49 FSCTL_PIPE_WAIT Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PipeWaitRequest<'a> {
    /// How long to wait at most, in units of 100 ns; `None` leaves it to the pipe.
    pub timeout: Option<i64>,
    /// The pipe, without `\pipe\`.
    pub name: Utf16<'a>,
}

impl<'a> Decode<'a> for PipeWaitRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let timeout = r.i64("Timeout")?;
        let len = index(r.u32("NameLength")?);
        let specified = r.u8("TimeoutSpecified")? != 0;
        r.skip(1, "Padding")?;
        Ok(Self { timeout: specified.then_some(timeout), name: Utf16(r.bytes(len, "Name")?) })
    }
}

impl Encode for PipeWaitRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (name, len) = counted32(self.name.0);
        w.i64(self.timeout.unwrap_or(0));
        w.u32(len);
        w.u8(self.timeout.is_some().into());
        w.u8(0);
        w.bytes(name);
    }
}

/// [MS-FSCC] 2.3.46 FSCTL_PIPE_PEEK Reply
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PipePeekResponse<'a> {
    /// Whether somebody is at the other end.
    pub named_pipe_state: NamedPipeState,
    /// Bytes that can be read.
    pub read_data_available: u32,
    /// Messages that can be read; 0 in byte mode.
    pub number_of_messages: u32,
    /// Bytes of the first message; 0 in byte mode.
    pub message_length: u32,
    /// Bytes that were looked at, and stay in the pipe.
    pub data: &'a [u8],
}

impl<'a> Decode<'a> for PipePeekResponse<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            named_pipe_state: NamedPipeState(r.u32("NamedPipeState")?),
            read_data_available: r.u32("ReadDataAvailable")?,
            number_of_messages: r.u32("NumberOfMessages")?,
            message_length: r.u32("MessageLength")?,
            data: r.rest(),
        })
    }
}

impl Encode for PipePeekResponse<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.named_pipe_state.0);
        w.u32(self.read_data_available);
        w.u32(self.number_of_messages);
        w.u32(self.message_length);
        w.bytes(self.data);
    }
}
