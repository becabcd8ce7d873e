use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// SERVICE_NO_CHANGE
pub const NO_CHANGE: u32 = 0xffff_ffff;

/// [MS-SCMR] 3.1.4.11 RChangeServiceConfigW (Opnum 11), what the client gives. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeServiceConfigRequest {
    /// hService
    pub service: ContextHandle,
    /// dwServiceType
    pub service_type: u32,
    /// dwStartType
    pub start_type: u32,
    /// dwErrorControl
    pub error_control: u32,
    /// lpBinaryPathName
    pub binary_path: Option<NtString>,
    /// lpLoadOrderGroup
    pub load_order_group: Option<NtString>,
    /// lpdwTagId
    pub tag_id: Option<u32>,
    /// lpDependencies
    pub dependencies: Option<Vec<u8>>,
    /// lpServiceStartName
    pub start_name: Option<NtString>,
    /// lpPassword
    pub password: Option<Vec<u8>>,
    /// lpDisplayName
    pub display_name: Option<NtString>,
}

/// What the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeServiceConfigResponse {
    /// lpdwTagId
    pub tag_id: Option<u32>,
    /// A Win32 error.
    pub status: u32,
}

impl ChangeServiceConfigRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let service = r.context_handle("hService")?;
        let (service_type, start_type) = (r.u32("dwServiceType")?, r.u32("dwStartType")?);
        let error_control = r.u32("dwErrorControl")?;
        let binary_path = r.string_pointer("lpBinaryPathName")?;
        let load_order_group = r.string_pointer("lpLoadOrderGroup")?;
        let tag_id = r.unique("lpdwTagId", |r| r.u32("lpdwTagId"))?;
        let dependencies = r.unique("lpDependencies", |r| Ok(r.byte_array("lpDependencies")?.to_vec()))?;
        r.u32("dwDependSize")?;
        let start_name = r.string_pointer("lpServiceStartName")?;
        let password = r.unique("lpPassword", |r| Ok(r.byte_array("lpPassword")?.to_vec()))?;
        r.u32("dwPwSize")?;
        let display_name = r.string_pointer("lpDisplayName")?;
        Ok(Self {
            service,
            service_type,
            start_type,
            error_control,
            binary_path,
            load_order_group,
            tag_id,
            dependencies,
            start_name,
            password,
            display_name,
        })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        let size =
            |bytes: &Option<Vec<u8>>| u32::try_from(bytes.as_ref().map_or(0, Vec::len)).unwrap_or(u32::MAX);
        w.context_handle(&self.service);
        w.u32(self.service_type);
        w.u32(self.start_type);
        w.u32(self.error_control);
        w.string_pointer(self.binary_path.as_ref());
        w.string_pointer(self.load_order_group.as_ref());
        w.unique(self.tag_id, NdrWriter::u32);
        w.unique(self.dependencies.as_ref(), |w, bytes| w.byte_array(bytes));
        w.u32(size(&self.dependencies));
        w.string_pointer(self.start_name.as_ref());
        w.unique(self.password.as_ref(), |w, bytes| w.byte_array(bytes));
        w.u32(size(&self.password));
        w.string_pointer(self.display_name.as_ref());
    }
}

impl ChangeServiceConfigResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { tag_id: r.unique("lpdwTagId", |r| r.u32("lpdwTagId"))?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.unique(self.tag_id, NdrWriter::u32);
        w.u32(self.status);
    }
}
