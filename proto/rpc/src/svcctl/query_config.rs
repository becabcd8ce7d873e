use super::query::buffer_size;
use crate::{Alignment, ContextHandle, NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SCMR] 3.1.4.17 RQueryServiceConfigW (Opnum 17), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryConfigRequest {
    /// hService
    pub service: ContextHandle,
    /// cbBufSize: bytes the client has room for.
    pub buffer_size: u32,
}

/// [MS-SCMR] 2.2.15 QUERY_SERVICE_CONFIGW
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceConfig {
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
    /// dwTagId
    pub tag_id: u32,
    /// lpDependencies
    pub dependencies: Option<NtString>,
    /// lpServiceStartName
    pub start_name: Option<NtString>,
    /// lpDisplayName
    pub display_name: Option<NtString>,
}

/// What the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryConfigResponse {
    /// lpServiceConfig; all zero with an error.
    pub config: ServiceConfig,
    /// pcbBytesNeeded
    pub needed: u32,
    /// A Win32 error.
    pub status: u32,
}

impl QueryConfigRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { service: r.context_handle("hService")?, buffer_size: buffer_size(r, 8 * 1024)? })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.service);
        w.u32(self.buffer_size);
    }
}

impl ServiceConfig {
    /// SERVICE_AUTO_START
    pub const AUTO_START: u32 = 2;
    /// SERVICE_DISABLED
    pub const DISABLED: u32 = 4;
    /// SERVICE_ERROR_NORMAL
    pub const ERROR_NORMAL: u32 = 1;

    const fn strings(&self) -> [Option<&NtString>; 5] {
        [
            self.binary_path.as_ref(),
            self.load_order_group.as_ref(),
            self.dependencies.as_ref(),
            self.start_name.as_ref(),
            self.display_name.as_ref(),
        ]
    }

    /// Bytes the structure takes at a client with pointers of 8 bytes, its strings included.
    #[must_use]
    pub fn size(&self) -> u32 {
        const FIXED: u32 = 64;
        let bytes = |s: &NtString| u32::try_from(s.units().len()).unwrap_or(u32::MAX).saturating_add(1);
        let strings = self.strings().into_iter().flatten().map(bytes);
        strings.fold(FIXED, |sum, units| sum.saturating_add(units.saturating_mul(2)))
    }

    fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (mut config, present) = r.structure(Alignment::Pointer, "lpServiceConfig", |r| {
            let mut config = Self {
                service_type: r.u32("dwServiceType")?,
                start_type: r.u32("dwStartType")?,
                error_control: r.u32("dwErrorControl")?,
                ..Self::default()
            };
            let path = r.pointer("lpBinaryPathName")?;
            let group = r.pointer("lpLoadOrderGroup")?;
            config.tag_id = r.u32("dwTagId")?;
            let others =
                [r.pointer("lpDependencies")?, r.pointer("lpServiceStartName")?, r.pointer("lpDisplayName")?];
            Ok((config, (path, group, others)))
        })?;
        let mut string = |present: bool| present.then(|| r.string("lpServiceConfig")).transpose();
        let (path, group, [dependencies, start_name, display_name]) = present;
        config.binary_path = string(path)?;
        config.load_order_group = string(group)?;
        config.dependencies = string(dependencies)?;
        config.start_name = string(start_name)?;
        config.display_name = string(display_name)?;
        Ok(config)
    }

    fn encode(&self, w: &mut NdrWriter<'_>) {
        w.structure(Alignment::Pointer, |w| {
            w.u32(self.service_type);
            w.u32(self.start_type);
            w.u32(self.error_control);
            w.pointer(self.binary_path.is_some());
            w.pointer(self.load_order_group.is_some());
            w.u32(self.tag_id);
            w.pointer(self.dependencies.is_some());
            w.pointer(self.start_name.is_some());
            w.pointer(self.display_name.is_some());
        });
        for string in self.strings() {
            w.deferred_string(string);
        }
    }
}

impl QueryConfigResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let config = ServiceConfig::decode(r)?;
        Ok(Self { config, needed: r.u32("pcbBytesNeeded")?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        self.config.encode(w);
        w.u32(self.needed);
        w.u32(self.status);
    }
}
