use super::{Block, Info};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-RPRN] 2.2.2.3 _DATATYPES_INFO_1, 2.2.2.10 _PRINTPROCESSOR_INFO_1: a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameInfo {
    /// Name
    pub name: Option<NtString>,
}

impl Info for NameInfo {
    fn has_level(level: u32) -> bool {
        level == 1
    }

    fn members(&mut self, _: u32, m: &mut impl Block) -> Result<(), DecodeError> {
        m.string("NameOffset", &mut self.name)
    }
}

/// [MS-RPRN] 2.2.2.8 _PORT_INFO
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortInfo {
    /// PortName
    pub name: Option<NtString>,
    /// MonitorName
    pub monitor: Option<NtString>,
    /// Description
    pub description: Option<NtString>,
    /// fPortType: PORT_TYPE_*
    pub port_type: u32,
}

impl PortInfo {
    /// PORT_TYPE_WRITE
    pub const WRITE: u32 = 1;
}

impl Info for PortInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 1 | 2)
    }

    fn members(&mut self, level: u32, m: &mut impl Block) -> Result<(), DecodeError> {
        m.string("PortNameOffset", &mut self.name)?;
        if level == 1 {
            return Ok(());
        }
        m.string("MonitorNameOffset", &mut self.monitor)?;
        m.string("DescriptionOffset", &mut self.description)?;
        m.u32("fPortType", &mut self.port_type)?;
        m.u32("Reserved", &mut 0)
    }
}

/// [MS-RPRN] 2.2.2.7 _MONITOR_INFO
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MonitorInfo {
    /// Name
    pub name: Option<NtString>,
    /// Environment
    pub environment: Option<NtString>,
    /// DLLName
    pub library: Option<NtString>,
}

impl Info for MonitorInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 1 | 2)
    }

    fn members(&mut self, level: u32, m: &mut impl Block) -> Result<(), DecodeError> {
        m.string("NameOffset", &mut self.name)?;
        if level == 1 {
            return Ok(());
        }
        m.string("EnvironmentOffset", &mut self.environment)?;
        m.string("DLLNameOffset", &mut self.library)
    }
}
