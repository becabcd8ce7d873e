use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SCMR] 3.1.4.15 ROpenSCManagerW (Opnum 15), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenManagerRequest {
    /// lpMachineName
    pub machine_name: Option<NtString>,
    /// lpDatabaseName
    pub database_name: Option<NtString>,
    /// dwDesiredAccess
    pub desired_access: u32,
}

/// [MS-SCMR] 3.1.4.16 ROpenServiceW (Opnum 16), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenServiceRequest {
    /// hSCManager
    pub manager: ContextHandle,
    /// lpServiceName
    pub name: NtString,
    /// dwDesiredAccess
    pub desired_access: u32,
}

/// A handle and a status: what opening, closing, locking and unlocking return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandleResponse {
    /// The handle; null where there is none any more, or none yet.
    pub handle: ContextHandle,
    /// A Win32 error.
    pub status: u32,
}

impl OpenManagerRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            machine_name: r.string_pointer("lpMachineName")?,
            database_name: r.string_pointer("lpDatabaseName")?,
            desired_access: r.u32("dwDesiredAccess")?,
        })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.string_pointer(self.machine_name.as_ref());
        w.string_pointer(self.database_name.as_ref());
        w.u32(self.desired_access);
    }
}

impl OpenServiceRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            manager: r.context_handle("hSCManager")?,
            name: r.string("lpServiceName")?,
            desired_access: r.u32("dwDesiredAccess")?,
        })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.manager);
        w.string(&self.name);
        w.u32(self.desired_access);
    }
}

impl HandleResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { handle: r.context_handle("handle")?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.handle);
        w.u32(self.status);
    }
}
