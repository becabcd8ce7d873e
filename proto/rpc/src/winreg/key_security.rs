use crate::{Alignment, ContextHandle, NdrReader, NdrWriter};
use lanward_wire::DecodeError;

/// [MS-RRP] 3.1.5.13 BaseRegGetKeySecurity (Opnum 12), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySecurityRequest {
    /// hKey
    pub key: ContextHandle,
    /// SecurityInformation
    pub information: u32,
    /// cbInSecurityDescriptor of pRpcSecurityDescriptorIn: bytes the client has room for.
    pub room: u32,
}

/// What the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySecurityResponse {
    /// lpSecurityDescriptor of pRpcSecurityDescriptorOut
    pub descriptor: Option<Vec<u8>>,
    /// cbInSecurityDescriptor: bytes it takes.
    pub size: u32,
    /// A Win32 error.
    pub status: u32,
}

const FIELD: &str = "RpcSecurityDescriptor";

impl KeySecurityRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (key, information) = (r.context_handle("hKey")?, r.u32("SecurityInformation")?);
        let (present, room) = header(r)?;
        if present {
            // Its contents are arbitrary; what it has room for is announced and not sent.
            let (maximum, offset, actual) = (r.size(FIELD)?, r.size(FIELD)?, r.size(FIELD)?);
            if offset != 0 || actual > maximum {
                return Err(DecodeError::invalid(FIELD, "array counts"));
            }
            r.bytes(usize::try_from(actual).unwrap_or(usize::MAX), FIELD)?;
        }
        Ok(Self { key, information, room })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.key);
        w.u32(self.information);
        put_header(w, false, self.room, 0);
    }
}

impl KeySecurityResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (present, size) = header(r)?;
        let descriptor = present.then(|| Ok(r.varying_byte_array(FIELD)?.to_vec())).transpose()?;
        Ok(Self { descriptor, size, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        let length = self.descriptor.as_ref().map_or(0, Vec::len);
        put_header(w, self.descriptor.is_some(), self.size, u32::try_from(length).unwrap_or(u32::MAX));
        if let Some(descriptor) = &self.descriptor {
            w.varying_byte_array(descriptor);
        }
        w.u32(self.status);
    }
}

/// [MS-RRP] 2.2.8 RPC_SECURITY_DESCRIPTOR: whether there is one, and cbInSecurityDescriptor.
fn header(r: &mut NdrReader<'_>) -> Result<(bool, u32), DecodeError> {
    r.structure(Alignment::Pointer, FIELD, |r| {
        let (present, size) = (r.pointer(FIELD)?, r.u32(FIELD)?);
        r.u32(FIELD)?;
        Ok((present, size))
    })
}

fn put_header(w: &mut NdrWriter<'_>, present: bool, size: u32, length: u32) {
    w.structure(Alignment::Pointer, |w| {
        w.pointer(present);
        w.u32(size);
        w.u32(length);
    });
}
