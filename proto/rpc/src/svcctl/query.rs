use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_wire::DecodeError;

/// What RQueryServiceObjectSecurity (Opnum 4), RQueryServiceConfig2W (Opnum 39) and RQueryServiceStatusEx (Opnum 40) are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryRequest {
    /// hService
    pub service: ContextHandle,
    /// dwSecurityInformation, or the level of what is to be returned.
    pub what: u32,
    /// cbBufSize: bytes the client has room for.
    pub buffer_size: u32,
}

/// What they return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BufferResponse {
    /// Exactly as many bytes as the client has room for.
    pub buffer: Vec<u8>,
    /// pcbBytesNeeded
    pub needed: u32,
    /// A Win32 error.
    pub status: u32,
}

/// [MS-SCMR] 3.1.4.6 RSetServiceObjectSecurity (Opnum 5), what the client gives. It is answered with a Win32 error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSecurityRequest {
    /// hService
    pub service: ContextHandle,
    /// dwSecurityInformation
    pub information: u32,
    /// lpSecurityDescriptor
    pub descriptor: Vec<u8>,
}

impl QueryRequest {
    /// With the largest buffer the operation's definition allows.
    ///
    /// # Errors
    /// The bytes are not such an operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>, largest: u32) -> Result<Self, DecodeError> {
        let (service, what) = (r.context_handle("hService")?, r.u32("dwInfoLevel")?);
        Ok(Self { service, what, buffer_size: buffer_size(r, largest)? })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.service);
        w.u32(self.what);
        w.u32(self.buffer_size);
    }
}

/// cbBufSize, within its range: the client's word decides how much is sent.
pub(super) fn buffer_size(r: &mut NdrReader<'_>, largest: u32) -> Result<u32, DecodeError> {
    let size = r.u32("cbBufSize")?;
    if size > largest { Err(DecodeError::invalid("cbBufSize", "out of range")) } else { Ok(size) }
}

impl BufferResponse {
    /// # Errors
    /// The bytes are not such an operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let buffer = r.byte_array("lpBuffer")?.to_vec();
        Ok(Self { buffer, needed: r.u32("pcbBytesNeeded")?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.byte_array(&self.buffer);
        w.u32(self.needed);
        w.u32(self.status);
    }
}

impl SetSecurityRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (service, information) = (r.context_handle("hService")?, r.u32("dwSecurityInformation")?);
        let descriptor = r.byte_array("lpSecurityDescriptor")?.to_vec();
        if usize::try_from(r.u32("cbBufSize")?) != Ok(descriptor.len()) {
            return Err(DecodeError::invalid("cbBufSize", "not the size of the buffer"));
        }
        Ok(Self { service, information, descriptor })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.service);
        w.u32(self.information);
        w.byte_array(&self.descriptor);
        w.u32(u32::try_from(self.descriptor.len()).unwrap_or(u32::MAX));
    }
}
