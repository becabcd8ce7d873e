use super::ServiceStatus;
use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_wire::DecodeError;

/// [MS-SCMR] 3.1.4.2 dwControl. Any 32-bit value is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Control(pub u32);

impl Control {
    /// SERVICE_CONTROL_STOP
    pub const STOP: Self = Self(1);
    /// SERVICE_CONTROL_PAUSE
    pub const PAUSE: Self = Self(2);
    /// SERVICE_CONTROL_CONTINUE
    pub const CONTINUE: Self = Self(3);
    /// SERVICE_CONTROL_INTERROGATE
    pub const INTERROGATE: Self = Self(4);
}

/// [MS-SCMR] 3.1.4.2 RControlService (Opnum 1), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlRequest {
    /// hService
    pub service: ContextHandle,
    /// dwControl
    pub control: Control,
}

/// What RControlService and RQueryServiceStatus (Opnum 6) return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusResponse {
    /// lpServiceStatus
    pub service_status: ServiceStatus,
    /// A Win32 error.
    pub status: u32,
}

impl ControlRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { service: r.context_handle("hService")?, control: Control(r.u32("dwControl")?) })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.service);
        w.u32(self.control.0);
    }
}

impl StatusResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { service_status: ServiceStatus::decode(r)?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        self.service_status.encode(w);
        w.u32(self.status);
    }
}
