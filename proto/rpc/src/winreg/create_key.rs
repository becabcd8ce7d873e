use super::{name, put_name};
use crate::{Alignment, ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-RRP] 3.1.5.7 BaseRegCreateKey (Opnum 6), what the client gives. Its security attributes are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateKeyRequest {
    /// hKey
    pub key: ContextHandle,
    /// lpSubKey
    pub sub_key: Option<NtString>,
    /// lpClass
    pub class: Option<NtString>,
    /// dwOptions
    pub options: u32,
    /// samDesired
    pub desired_access: u32,
    /// lpdwDisposition
    pub disposition: Option<u32>,
}

/// What the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateKeyResponse {
    /// phkResult
    pub key: ContextHandle,
    /// lpdwDisposition
    pub disposition: Option<u32>,
    /// A Win32 error.
    pub status: u32,
}

impl CreateKeyRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let key = r.context_handle("hKey")?;
        let (sub_key, class) = (name(r, "lpSubKey")?, name(r, "lpClass")?);
        let (options, desired_access) = (r.u32("dwOptions")?, r.u32("samDesired")?);
        r.unique("lpSecurityAttributes", security_attributes)?;
        let disposition = r.unique("lpdwDisposition", |r| r.u32("lpdwDisposition"))?;
        Ok(Self { key, sub_key, class, options, desired_access, disposition })
    }

    /// Appends the arguments, without security attributes.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.key);
        put_name(w, self.sub_key.as_ref());
        put_name(w, self.class.as_ref());
        w.u32(self.options);
        w.u32(self.desired_access);
        w.pointer(false);
        w.unique(self.disposition, NdrWriter::u32);
    }
}

/// [MS-RRP] 2.2.7 RPC_SECURITY_ATTRIBUTES
fn security_attributes(r: &mut NdrReader<'_>) -> Result<(), DecodeError> {
    const FIELD: &str = "lpSecurityAttributes";
    let present = r.structure(Alignment::Pointer, FIELD, |r| {
        r.u32(FIELD)?;
        let present = r.structure(Alignment::Pointer, FIELD, |r| {
            let present = r.pointer(FIELD)?;
            r.u32(FIELD)?;
            r.u32(FIELD)?;
            Ok(present)
        })?;
        r.u8(FIELD)?;
        Ok(present)
    })?;
    if present {
        r.varying_byte_array(FIELD)?;
    }
    Ok(())
}

impl CreateKeyResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let key = r.context_handle("phkResult")?;
        let disposition = r.unique("lpdwDisposition", |r| r.u32("lpdwDisposition"))?;
        Ok(Self { key, disposition, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.key);
        w.unique(self.disposition, NdrWriter::u32);
        w.u32(self.status);
    }
}
