use super::job::{halves, whole};
use super::{Block, Info};
use crate::spoolss::{Devmode, SystemTime};
use lanward_nt::NtString;
use lanward_nt::security::SecurityDescriptor;
use lanward_wire::DecodeError;

/// [MS-RPRN] 2.2.2.9 _PRINTER_INFO. Times of day are minutes after midnight.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrinterInfo {
    /// Flags: PRINTER_ENUM_*
    pub flags: u32,
    /// ServerName
    pub server_name: Option<NtString>,
    /// PrinterName
    pub printer_name: Option<NtString>,
    /// ShareName
    pub share_name: Option<NtString>,
    /// PortName
    pub port_name: Option<NtString>,
    /// DriverName
    pub driver_name: Option<NtString>,
    /// Description: name, driver and location.
    pub description: Option<NtString>,
    /// Comment
    pub comment: Option<NtString>,
    /// Location
    pub location: Option<NtString>,
    /// DevMode
    pub devmode: Option<Devmode>,
    /// SepFile
    pub separator_file: Option<NtString>,
    /// PrintProcessor
    pub print_processor: Option<NtString>,
    /// Datatype
    pub datatype: Option<NtString>,
    /// Parameters
    pub parameters: Option<NtString>,
    /// SecurityDescriptor
    pub descriptor: Option<SecurityDescriptor>,
    /// Attributes: PRINTER_ATTRIBUTE_*
    pub attributes: u32,
    /// Priority
    pub priority: u32,
    /// DefaultPriority
    pub default_priority: u32,
    /// StartTime
    pub start_time: u32,
    /// UntilTime
    pub until_time: u32,
    /// Status: PRINTER_STATUS_*
    pub status: u32,
    /// cJobs
    pub jobs: u32,
    /// AveragePPM
    pub average_pages: u32,
    /// DeviceNotSelectedTimeout, in milliseconds.
    pub select_timeout: u32,
    /// TransmissionRetryTimeout, in milliseconds.
    pub retry_timeout: u32,
    /// szObjectGUID
    pub object_guid: Option<NtString>,
    /// dwAction: DSPRINT_*
    pub action: u32,
    /// What only level 0 has.
    pub stress: Stress,
}

/// What only [MS-RPRN] 2.2.2.9.1 _PRINTER_INFO_STRESS has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stress {
    /// cTotalJobs
    pub total_jobs: u32,
    /// cTotalBytes and dwHighPartTotalBytes
    pub total_bytes: u64,
    /// stUpTime: since when it has been there.
    pub up_time: SystemTime,
    /// MaxcRef
    pub most_references: u32,
    /// cTotalPagesPrinted
    pub total_pages: u32,
    /// dwGetVersion
    pub version: u32,
    /// fFreeBuild
    pub free_build: u32,
    /// cSpooling
    pub spooling: u32,
    /// cMaxSpooling
    pub most_spooling: u32,
    /// cRef
    pub references: u32,
    /// cErrorOutOfPaper, cErrorNotReady and cJobError
    pub errors: [u32; 3],
    /// dwNumberOfProcessors
    pub processors: u32,
    /// dwProcessorType
    pub processor_type: u32,
    /// cChangeID
    pub change_id: u32,
    /// dwLastError
    pub last_error: u32,
    /// wProcessorArchitecture
    pub architecture: u16,
}

/// Values of [MS-RPRN] 2.2.3.7 and 2.2.3.12.
impl PrinterInfo {
    /// PRINTER_STATUS_PAUSED
    pub const STATUS_PAUSED: u32 = 0x1;
    /// PRINTER_STATUS_ERROR
    pub const STATUS_ERROR: u32 = 0x2;
    /// PRINTER_STATUS_PRINTING
    pub const STATUS_PRINTING: u32 = 0x400;
    /// PRINTER_ATTRIBUTE_QUEUED
    pub const QUEUED: u32 = 0x1;
    /// PRINTER_ATTRIBUTE_SHARED
    pub const SHARED: u32 = 0x8;
    /// PRINTER_ATTRIBUTE_LOCAL
    pub const LOCAL: u32 = 0x40;
    /// PRINTER_ATTRIBUTE_RAW_ONLY
    pub const RAW_ONLY: u32 = 0x1000;
    /// PRINTER_ENUM_ICON8: the flag of a printer in lists.
    pub const ICON8: u32 = 0x0080_0000;
    /// DSPRINT_UNPUBLISH
    pub const UNPUBLISHED: u32 = 4;
}

impl Info for PrinterInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 0..=8)
    }

    fn members(&mut self, level: u32, m: &mut impl Block) -> Result<(), DecodeError> {
        match level {
            0 => self.stress(m),
            1 => {
                m.u32("Flags", &mut self.flags)?;
                m.string("DescriptionOffset", &mut self.description)?;
                m.string("NameOffset", &mut self.printer_name)?;
                m.string("CommentOffset", &mut self.comment)
            }
            2 => self.whole(m),
            3 => m.descriptor("SecurityDescriptorOffset", &mut self.descriptor),
            4 => {
                m.string("PrinterNameOffset", &mut self.printer_name)?;
                m.string("ServerNameOffset", &mut self.server_name)?;
                m.u32("Attributes", &mut self.attributes)
            }
            5 => {
                m.string("PrinterNameOffset", &mut self.printer_name)?;
                m.string("PortNameOffset", &mut self.port_name)?;
                m.u32("Attributes", &mut self.attributes)?;
                m.u32("DeviceNotSelectedTimeout", &mut self.select_timeout)?;
                m.u32("TransmissionRetryTimeout", &mut self.retry_timeout)
            }
            6 => m.u32("dwStatus", &mut self.status),
            7 => {
                m.string("szObjectGUIDOffset", &mut self.object_guid)?;
                m.u32("dwAction", &mut self.action)
            }
            8 => m.devmode("DevModeOffset", &mut self.devmode),
            _ => Ok(()),
        }
    }
}

impl PrinterInfo {
    /// [MS-RPRN] 2.2.2.9.3 _PRINTER_INFO_2
    fn whole(&mut self, m: &mut impl Block) -> Result<(), DecodeError> {
        m.string("ServerNameOffset", &mut self.server_name)?;
        m.string("PrinterNameOffset", &mut self.printer_name)?;
        m.string("ShareNameOffset", &mut self.share_name)?;
        m.string("PortNameOffset", &mut self.port_name)?;
        m.string("DriverNameOffset", &mut self.driver_name)?;
        m.string("CommentOffset", &mut self.comment)?;
        m.string("LocationOffset", &mut self.location)?;
        m.devmode("DevModeOffset", &mut self.devmode)?;
        m.string("SepFileOffset", &mut self.separator_file)?;
        m.string("PrintProcessorOffset", &mut self.print_processor)?;
        m.string("DatatypeOffset", &mut self.datatype)?;
        m.string("ParametersOffset", &mut self.parameters)?;
        m.descriptor("SecurityDescriptorOffset", &mut self.descriptor)?;
        m.u32("Attributes", &mut self.attributes)?;
        m.u32("Priority", &mut self.priority)?;
        m.u32("DefaultPriority", &mut self.default_priority)?;
        m.u32("StartTime", &mut self.start_time)?;
        m.u32("UntilTime", &mut self.until_time)?;
        m.u32("Status", &mut self.status)?;
        m.u32("cJobs", &mut self.jobs)?;
        m.u32("AveragePPM", &mut self.average_pages)
    }

    /// [MS-RPRN] 2.2.2.9.1 _PRINTER_INFO_STRESS
    fn stress(&mut self, m: &mut impl Block) -> Result<(), DecodeError> {
        m.string("PrinterNameOffset", &mut self.printer_name)?;
        m.string("ServerNameOffset", &mut self.server_name)?;
        m.u32("cJobs", &mut self.jobs)?;
        let stress = &mut self.stress;
        m.u32("cTotalJobs", &mut stress.total_jobs)?;
        let mut halves = halves(stress.total_bytes);
        m.u32("cTotalBytes", &mut halves[0])?;
        m.time(&mut stress.up_time)?;
        m.u32("MaxcRef", &mut stress.most_references)?;
        m.u32("cTotalPagesPrinted", &mut stress.total_pages)?;
        m.u32("dwGetVersion", &mut stress.version)?;
        m.u32("fFreeBuild", &mut stress.free_build)?;
        m.u32("cSpooling", &mut stress.spooling)?;
        m.u32("cMaxSpooling", &mut stress.most_spooling)?;
        m.u32("cRef", &mut stress.references)?;
        stress.errors.iter_mut().try_for_each(|count| m.u32("cError", count))?;
        m.u32("dwNumberOfProcessors", &mut stress.processors)?;
        m.u32("dwProcessorType", &mut stress.processor_type)?;
        m.u32("dwHighPartTotalBytes", &mut halves[1])?;
        stress.total_bytes = whole(halves);
        m.u32("cChangeID", &mut stress.change_id)?;
        m.u32("dwLastError", &mut stress.last_error)?;
        m.u32("Status", &mut self.status)?;
        // No other print server's printers are listed or added.
        m.u32("cEnumerateNetworkPrinters", &mut 0)?;
        m.u32("cAddNetPrinters", &mut 0)?;
        m.u16("wProcessorArchitecture", &mut stress.architecture)?;
        m.u16("wProcessorLevel", &mut 0)?;
        m.u32("cRefIC", &mut 0)?;
        m.u32("dwReserved2", &mut 0)?;
        m.u32("dwReserved3", &mut 0)
    }
}
