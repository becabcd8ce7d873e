use super::{name, put_name};
use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// What the operations are given that open a root of the registry ([MS-RRP] 3.1.5.1 to 3.1.5.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRootRequest {
    /// ServerName: one character, which says nothing.
    pub server_name: Option<u16>,
    /// samDesired
    pub desired_access: u32,
}

/// [MS-RRP] 3.1.5.15 BaseRegOpenKey (Opnum 15), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenKeyRequest {
    /// hKey
    pub key: ContextHandle,
    /// lpSubKey
    pub sub_key: Option<NtString>,
    /// dwOptions
    pub options: u32,
    /// samDesired
    pub desired_access: u32,
}

impl OpenRootRequest {
    /// # Errors
    /// The bytes are not such an operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let server_name = r.unique("ServerName", |r| r.u16("ServerName"))?;
        Ok(Self { server_name, desired_access: r.u32("samDesired")? })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.unique(self.server_name, NdrWriter::u16);
        w.u32(self.desired_access);
    }
}

impl OpenKeyRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key: r.context_handle("hKey")?,
            sub_key: name(r, "lpSubKey")?,
            options: r.u32("dwOptions")?,
            desired_access: r.u32("samDesired")?,
        })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.key);
        put_name(w, self.sub_key.as_ref());
        w.u32(self.options);
        w.u32(self.desired_access);
    }
}
