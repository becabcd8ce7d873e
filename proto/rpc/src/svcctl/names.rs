use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// What RGetServiceDisplayNameW (Opnum 20) and RGetServiceKeyNameW (Opnum 21) are given ([MS-SCMR] 3.1.4.20, 3.1.4.21).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRequest {
    /// hSCManager
    pub manager: ContextHandle,
    /// The one name.
    pub name: NtString,
    /// lpcchBuffer: characters the client has room for, a terminator not among them.
    pub room: u32,
}

/// What they return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameResponse {
    /// The other name; empty with an error.
    pub name: NtString,
    /// lpcchBuffer: characters of the name, also when there was no room for them.
    pub length: u32,
    /// A Win32 error.
    pub status: u32,
}

impl NameRequest {
    /// # Errors
    /// The bytes are not such an operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            manager: r.context_handle("hSCManager")?,
            name: r.string("lpServiceName")?,
            room: r.u32("lpcchBuffer")?,
        })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.manager);
        w.string(&self.name);
        w.u32(self.room);
    }
}

impl NameResponse {
    /// # Errors
    /// The bytes are not such an operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let name = r.string("lpDisplayName")?;
        Ok(Self { name, length: r.u32("lpcchBuffer")?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.string(&self.name);
        w.u32(self.length);
        w.u32(self.status);
    }
}
