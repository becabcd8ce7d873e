use super::ServiceStatus;
use super::query::buffer_size;
use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// What REnumDependentServicesW (Opnum 13), REnumServicesStatusW (Opnum 14) and REnumServicesStatusExW (Opnum 42) are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumServicesRequest {
    /// hSCManager; hService for the dependents of one.
    pub handle: ContextHandle,
    /// InfoLevel; only Opnum 42 has one.
    pub level: u32,
    /// dwServiceType; Opnum 13 has none.
    pub service_type: u32,
    /// dwServiceState
    pub state: u32,
    /// cbBufSize: bytes the client has room for.
    pub buffer_size: u32,
    /// lpResumeIndex; Opnum 13 has none.
    pub resume: Option<u32>,
    /// pszGroupName; only Opnum 42 has one.
    pub group: Option<NtString>,
}

/// What they return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumServicesResponse {
    /// Exactly as many bytes as the client has room for.
    pub buffer: Vec<u8>,
    /// pcbBytesNeeded
    pub needed: u32,
    /// lpServicesReturned
    pub returned: u32,
    /// lpResumeIndex
    pub resume: Option<u32>,
    /// A Win32 error.
    pub status: u32,
}

/// A service in an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEntry {
    /// lpServiceName
    pub name: NtString,
    /// lpDisplayName
    pub display_name: NtString,
    /// ServiceStatus
    pub status: ServiceStatus,
    /// dwProcessId; 0 if it is not running.
    pub process_id: u32,
}

const LARGEST: u32 = 256 * 1024;

impl EnumServicesRequest {
    /// The arguments of Opnum 13.
    ///
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode_dependents(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (handle, state) = (r.context_handle("hService")?, r.u32("dwServiceState")?);
        let buffer_size = buffer_size(r, LARGEST)?;
        Ok(Self { handle, level: 0, service_type: 0, state, buffer_size, resume: None, group: None })
    }

    /// The arguments of Opnum 14.
    ///
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let handle = r.context_handle("hSCManager")?;
        Self::decode_rest(r, handle, 0)
    }

    /// The arguments of Opnum 42.
    ///
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode_ex(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (handle, level) = (r.context_handle("hSCManager")?, r.u32("InfoLevel")?);
        let request = Self::decode_rest(r, handle, level)?;
        Ok(Self { group: r.string_pointer("pszGroupName")?, ..request })
    }

    fn decode_rest(r: &mut NdrReader<'_>, handle: ContextHandle, level: u32) -> Result<Self, DecodeError> {
        let (service_type, state) = (r.u32("dwServiceType")?, r.u32("dwServiceState")?);
        let buffer_size = buffer_size(r, LARGEST)?;
        let resume = r.unique("lpResumeIndex", |r| r.u32("lpResumeIndex"))?;
        Ok(Self { handle, level, service_type, state, buffer_size, resume, group: None })
    }

    /// Appends the arguments of Opnum 14.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.handle);
        self.encode_rest(w);
    }

    /// Appends the arguments of Opnum 42.
    pub fn encode_ex(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.handle);
        w.u32(self.level);
        self.encode_rest(w);
        w.string_pointer(self.group.as_ref());
    }

    /// Appends the arguments of Opnum 13.
    pub fn encode_dependents(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.handle);
        w.u32(self.state);
        w.u32(self.buffer_size);
    }

    fn encode_rest(&self, w: &mut NdrWriter<'_>) {
        w.u32(self.service_type);
        w.u32(self.state);
        w.u32(self.buffer_size);
        w.unique(self.resume, NdrWriter::u32);
    }
}

impl EnumServicesResponse {
    /// The results of Opnum 14 and 42.
    ///
    /// # Errors
    /// The bytes are not such an operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let buffer = r.byte_array("lpBuffer")?.to_vec();
        let (needed, returned) = (r.u32("pcbBytesNeeded")?, r.u32("lpServicesReturned")?);
        let resume = r.unique("lpResumeIndex", |r| r.u32("lpResumeIndex"))?;
        Ok(Self { buffer, needed, returned, resume, status: r.u32("status")? })
    }

    /// Appends the results of Opnum 14 and 42.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        self.encode_list(w);
        w.unique(self.resume, NdrWriter::u32);
        w.u32(self.status);
    }

    /// Appends the results of Opnum 13.
    pub fn encode_dependents(&self, w: &mut NdrWriter<'_>) {
        self.encode_list(w);
        w.u32(self.status);
    }

    fn encode_list(&self, w: &mut NdrWriter<'_>) {
        w.byte_array(&self.buffer);
        w.u32(self.needed);
        w.u32(self.returned);
    }
}

impl ServiceEntry {
    /// An array of ENUM_SERVICE_STATUSW ([MS-SCMR] 2.2.11), or of ENUM_SERVICE_STATUS_PROCESSW (2.2.13) with `processes`: offsets in the place of
    /// pointers, and the names behind the last entry.
    #[must_use]
    pub fn list(entries: &[Self], processes: bool) -> Vec<u8> {
        // Two offsets and a SERVICE_STATUS or SERVICE_STATUS_PROCESS.
        let size: usize = if processes { 44 } else { 36 };
        let mut at = size.saturating_mul(entries.len());
        let (mut fixed, mut names) = (Vec::new(), Vec::new());
        for entry in entries {
            for name in [&entry.name, &entry.display_name] {
                fixed.extend(u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes());
                let before = names.len();
                names.extend(name.units().iter().chain(&[0]).flat_map(|unit| unit.to_le_bytes()));
                at = at.saturating_add(names.len().saturating_sub(before));
            }
            if processes {
                fixed.extend(entry.status.with_process(entry.process_id));
            } else {
                fixed.extend(entry.status.fields().into_iter().flat_map(u32::to_le_bytes));
            }
        }
        fixed.extend(names);
        fixed
    }
}
