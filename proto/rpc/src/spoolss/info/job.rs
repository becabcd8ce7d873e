use super::{Block, Info};
use crate::spoolss::{Devmode, SystemTime};
use lanward_nt::NtString;
use lanward_nt::security::SecurityDescriptor;
use lanward_wire::DecodeError;

/// [MS-RPRN] 2.2.2.6 _JOB_INFO. Times of day are minutes after midnight.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobInfo {
    /// JobId
    pub id: u32,
    /// PrinterName
    pub printer: Option<NtString>,
    /// MachineName
    pub machine: Option<NtString>,
    /// UserName
    pub user: Option<NtString>,
    /// Document
    pub document: Option<NtString>,
    /// NotifyName
    pub notify: Option<NtString>,
    /// Datatype
    pub datatype: Option<NtString>,
    /// PrintProcessor
    pub print_processor: Option<NtString>,
    /// Parameters
    pub parameters: Option<NtString>,
    /// DriverName
    pub driver: Option<NtString>,
    /// DevMode
    pub devmode: Option<Devmode>,
    /// Status in words.
    pub status_text: Option<NtString>,
    /// SecurityDescriptor
    pub descriptor: Option<SecurityDescriptor>,
    /// Status: JOB_STATUS_*
    pub status: u32,
    /// Priority
    pub priority: u32,
    /// Position: 1 for what is printed next.
    pub position: u32,
    /// StartTime
    pub start_time: u32,
    /// UntilTime
    pub until_time: u32,
    /// TotalPages
    pub total_pages: u32,
    /// Size and SizeHigh, in bytes; level 2 has 32 bits for it.
    pub size: u64,
    /// Submitted
    pub submitted: SystemTime,
    /// Time: milliseconds since printing began.
    pub time: u32,
    /// PagesPrinted
    pub pages_printed: u32,
    /// NextJobId: 0 for none.
    pub next: u32,
}

/// JOB_STATUS_* ([MS-RPRN] 2.2.3.12)
impl JobInfo {
    /// JOB_STATUS_PAUSED
    pub const PAUSED: u32 = 0x1;
    /// JOB_STATUS_ERROR
    pub const ERROR: u32 = 0x2;
    /// JOB_STATUS_DELETING
    pub const DELETING: u32 = 0x4;
    /// JOB_STATUS_SPOOLING
    pub const SPOOLING: u32 = 0x8;
    /// JOB_STATUS_PRINTING
    pub const PRINTING: u32 = 0x10;
    /// JOB_STATUS_PRINTED
    pub const PRINTED: u32 = 0x80;
}

impl Info for JobInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 1..=4)
    }

    fn members(&mut self, level: u32, m: &mut impl Block) -> Result<(), DecodeError> {
        m.u32("JobId", &mut self.id)?;
        match level {
            1 => self.short(m),
            3 => {
                m.u32("NextJobId", &mut self.next)?;
                m.u32("Reserved", &mut 0)
            }
            _ => self.long(level == 4, m),
        }
    }
}

impl JobInfo {
    fn short(&mut self, m: &mut impl Block) -> Result<(), DecodeError> {
        m.string("PrinterNameOffset", &mut self.printer)?;
        m.string("MachineNameOffset", &mut self.machine)?;
        m.string("UserNameOffset", &mut self.user)?;
        m.string("DocumentOffset", &mut self.document)?;
        m.string("DatatypeOffset", &mut self.datatype)?;
        m.string("StatusOffset", &mut self.status_text)?;
        m.u32("Status", &mut self.status)?;
        m.u32("Priority", &mut self.priority)?;
        m.u32("Position", &mut self.position)?;
        m.u32("TotalPages", &mut self.total_pages)?;
        m.u32("PagesPrinted", &mut self.pages_printed)?;
        m.time(&mut self.submitted)
    }

    fn long(&mut self, large: bool, m: &mut impl Block) -> Result<(), DecodeError> {
        m.string("PrinterNameOffset", &mut self.printer)?;
        m.string("MachineNameOffset", &mut self.machine)?;
        m.string("UserNameOffset", &mut self.user)?;
        m.string("DocumentOffset", &mut self.document)?;
        m.string("NotifyNameOffset", &mut self.notify)?;
        m.string("DatatypeOffset", &mut self.datatype)?;
        m.string("PrintProcessorOffset", &mut self.print_processor)?;
        m.string("ParametersOffset", &mut self.parameters)?;
        m.string("DriverNameOffset", &mut self.driver)?;
        m.devmode("DevModeOffset", &mut self.devmode)?;
        m.string("StatusOffset", &mut self.status_text)?;
        m.descriptor("SecurityDescriptorOffset", &mut self.descriptor)?;
        m.u32("Status", &mut self.status)?;
        m.u32("Priority", &mut self.priority)?;
        m.u32("Position", &mut self.position)?;
        m.u32("StartTime", &mut self.start_time)?;
        m.u32("UntilTime", &mut self.until_time)?;
        m.u32("TotalPages", &mut self.total_pages)?;
        let mut halves = halves(self.size);
        m.u32("Size", &mut halves[0])?;
        m.time(&mut self.submitted)?;
        m.u32("Time", &mut self.time)?;
        m.u32("PagesPrinted", &mut self.pages_printed)?;
        if large {
            m.u32("SizeHigh", &mut halves[1])?;
        }
        self.size = whole(halves);
        Ok(())
    }
}

/// The low and the high half.
pub(super) fn halves(v: u64) -> [u32; 2] {
    let half = |v: u64| u32::try_from(v & 0xffff_ffff).unwrap_or(u32::MAX);
    [half(v), half(v >> 32)]
}

pub(super) fn whole([low, high]: [u32; 2]) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
