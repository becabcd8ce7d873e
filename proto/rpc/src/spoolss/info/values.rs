use super::{Block, Info};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-RPRN] 2.2.2.11 PRINTER_ENUM_VALUES, which has one level.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnumValue {
    /// ValueName
    pub name: NtString,
    /// dwType: REG_*
    pub value_type: u32,
    /// Data
    pub data: Vec<u8>,
}

impl Info for EnumValue {
    fn has_level(level: u32) -> bool {
        level == 0
    }

    fn members(&mut self, _: u32, m: &mut impl Block) -> Result<(), DecodeError> {
        let mut name = Some(self.name.clone());
        m.string("ValueNameOffset", &mut name)?;
        self.name = name.unwrap_or_default();
        let bytes = self.name.units().len().saturating_add(1).saturating_mul(2);
        m.u32("cbValueName", &mut u32::try_from(bytes).unwrap_or(u32::MAX))?;
        m.u32("dwType", &mut self.value_type)?;
        m.counted("DataOffset", &mut self.data)
    }
}
