use crate::{NdrReader, NdrWriter};
use lanward_wire::DecodeError;

/// [MS-SCMR] 2.2.47 dwCurrentState. Any 32-bit value is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct State(pub u32);

impl State {
    /// SERVICE_STOPPED
    pub const STOPPED: Self = Self(1);
    /// SERVICE_STOP_PENDING
    pub const STOP_PENDING: Self = Self(3);
    /// SERVICE_RUNNING
    pub const RUNNING: Self = Self(4);
    /// SERVICE_PAUSED
    pub const PAUSED: Self = Self(7);
}

/// [MS-SCMR] 2.2.47 SERVICE_STATUS
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServiceStatus {
    /// dwServiceType
    pub service_type: u32,
    /// dwCurrentState
    pub state: State,
    /// dwControlsAccepted
    pub controls_accepted: u32,
    /// dwWin32ExitCode
    pub exit_code: u32,
    /// dwServiceSpecificExitCode
    pub specific_exit_code: u32,
    /// dwCheckPoint
    pub check_point: u32,
    /// dwWaitHint, in milliseconds
    pub wait_hint: u32,
}

impl ServiceStatus {
    /// SERVICE_WIN32_OWN_PROCESS
    pub const OWN_PROCESS: u32 = 0x10;
    /// SERVICE_WIN32_SHARE_PROCESS
    pub const SHARE_PROCESS: u32 = 0x20;
    /// SERVICE_ACCEPT_STOP
    pub const ACCEPT_STOP: u32 = 1;
    /// SERVICE_ACCEPT_PAUSE_CONTINUE
    pub const ACCEPT_PAUSE_CONTINUE: u32 = 2;

    /// # Errors
    /// Not enough bytes.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            service_type: r.u32("dwServiceType")?,
            state: State(r.u32("dwCurrentState")?),
            controls_accepted: r.u32("dwControlsAccepted")?,
            exit_code: r.u32("dwWin32ExitCode")?,
            specific_exit_code: r.u32("dwServiceSpecificExitCode")?,
            check_point: r.u32("dwCheckPoint")?,
            wait_hint: r.u32("dwWaitHint")?,
        })
    }

    /// Appends the structure.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        for field in self.fields() {
            w.u32(field);
        }
    }

    /// Its members in their order.
    #[must_use]
    pub const fn fields(&self) -> [u32; 7] {
        [
            self.service_type,
            self.state.0,
            self.controls_accepted,
            self.exit_code,
            self.specific_exit_code,
            self.check_point,
            self.wait_hint,
        ]
    }

    /// [MS-SCMR] 2.2.49 SERVICE_STATUS_PROCESS as it is in a buffer of bytes.
    #[must_use]
    pub fn with_process(&self, process_id: u32) -> Vec<u8> {
        let fields = self.fields().into_iter().chain([process_id, 0]);
        fields.flat_map(u32::to_le_bytes).collect()
    }
}
